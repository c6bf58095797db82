#include "dmarc/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum tag_state {
	TAG_ABSENT,
	TAG_GIVEN,
	TAG_BAD /* no value that the grammar allows, or the tag repeats */
};

/* Names the owner of the form beside a DNS answer by its address. */
static const char record_kind;

/* "name *WSP = *WSP value", the WSP of dmarc-sep around it. */
static bool
tag_split(struct str piece, struct str *name_out, struct str *value_out)
{
	size_t equals = str_chr(piece, '=');

	if (equals == piece.n)
		return false;
	*name_out = str_trim_wsp(str_first(piece, equals));
	*value_out = str_trim_wsp(str_from(piece, equals + 1));
	return true;
}

/*
 * dmarc-version (section 4.8): the first tag, with nothing before it.  Its
 * value alone is compared with case: %s (RFC 7405).
 */
static bool
dmarc_version(struct str text)
{
	struct str rest = text, piece, name, value;

	return text.n > 0 && !ascii_is_wsp(text.p[0]) &&
	       str_split(&rest, ';', &piece) &&
	       tag_split(piece, &name, &value) && str_is_nocase(name, "v") &&
	       str_is(value, "DMARC1");
}

/*
 * The value of a tag, whose name has no case (section 4.8, RFC 5234 section
 * 2.3).  RFC 9989 does not say what a repeated tag means; it counts as a syntax
 * error of that tag.
 */
static enum tag_state
tag_find(struct str text, const char *wanted, struct str *value_out)
{
	struct str rest = text, piece, name, value;
	enum tag_state state = TAG_ABSENT;

	while (str_split(&rest, ';', &piece)) {
		if (!tag_split(piece, &name, &value) ||
		    !str_is_nocase(name, wanted))
			continue;
		if (state != TAG_ABSENT)
			return TAG_BAD;
		/* 1*dmarc-value */
		bool valid = value.n > 0 && str_is_printable(value);
		state = valid ? TAG_GIVEN : TAG_BAD;
		*value_out = value;
	}
	return state;
}

/* Literals of ABNF are compared without case (RFC 5234 section 2.3). */
static bool
tag_is(struct str text, const char *name, const char *literal)
{
	struct str value;

	return tag_find(text, name, &value) == TAG_GIVEN &&
	       str_is_nocase(value, literal);
}

/* A tag whose value is a dmarc-request; *request_out only with TAG_GIVEN. */
static enum tag_state
dmarc_request(struct str text, const char *name,
	      struct dmarc_request *request_out)
{
	static const enum dmarc_policy all[] = {
	    DMARC_P_NONE, DMARC_P_QUARANTINE, DMARC_P_REJECT};
	struct str value;
	enum tag_state state = tag_find(text, name, &value);

	if (state != TAG_GIVEN)
		return state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		if (!str_is_nocase(value, dmarc_policy_text(all[i])))
			continue;
		*request_out = (struct dmarc_request){all[i], name};
		return TAG_GIVEN;
	}
	return TAG_BAD;
}

/*
 * Sections 4.7 and 4.10.1: without a valid p, or with an invalid sp or np, the
 * record counts as p=none where it asks for aggregate reports, and ends DMARC
 * where it does not.  Section 4.7 alone would make a record without p and rua
 * p=none as well; the two differ in the name of the result only.
 */
static void
settle_requests(struct dmarc_record *record, struct str text)
{
	enum tag_state p = dmarc_request(text, "p", &record->p);
	record->sp = record->p;
	enum tag_state sp = dmarc_request(text, "sp", &record->sp);
	record->np = record->sp;
	enum tag_state np = dmarc_request(text, "np", &record->np);

	record->usable = true;
	record->defect = "";
	if (p == TAG_GIVEN && sp != TAG_BAD && np != TAG_BAD)
		return;
	if (p == TAG_ABSENT)
		record->defect = "p is missing";
	else
		record->defect = p == TAG_BAD    ? "p is invalid"
				 : sp == TAG_BAD ? "sp is invalid"
						 : "np is invalid";
	record->usable = record->rua_count > 0;
	record->p = (struct dmarc_request){DMARC_P_NONE, "p"};
	record->sp = record->np = record->p;
}

/* An octet of a URI (RFC 3986 section 2) but '%' and what a list escapes. */
static bool
is_uri_octet(char c)
{
	return ascii_is_alnum(c) ||
	       (c != '\0' && strchr("-._~:/?#[]@$&'()*+=", c) != NULL);
}

static bool
is_uri_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_uri_octet(s.p[i]))
			continue;
		/* pct-encoded */
		if (s.p[i] != '%' || s.n - i < 3 ||
		    !ascii_is_xdigit(s.p[i + 1]) ||
		    !ascii_is_xdigit(s.p[i + 2]))
			return false;
		i += 2;
	}
	return s.n > 0;
}

/* scheme, RFC 3986 section 3.1. */
static bool
is_uri_scheme(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		bool inner = i > 0 && (ascii_is_digit(s.p[i]) ||
				       strchr("+-.", s.p[i]) != NULL);
		if (!ascii_is_alpha(s.p[i]) && !inner)
			return false;
	}
	return s.n > 0;
}

/* dmarc-uri; a mailto (RFC 6068) must hold an address. */
static bool
is_dmarc_uri(struct str uri)
{
	size_t colon = str_chr(uri, ':');
	struct str scheme = str_first(uri, colon);
	struct str rest = str_from(uri, colon + 1);

	if (colon == uri.n || !is_uri_scheme(scheme) || !is_uri_text(rest))
		return false;
	if (!str_is_nocase(scheme, "mailto"))
		return true;
	struct str to = str_first(rest, str_chr(rest, '?'));
	size_t at = str_rchr(to, '@');
	return at > 0 && at + 1 < to.n;
}

/* Without the size suffix "!10m" of RFC 7489, which means nothing any more. */
static struct str
without_size(struct str uri)
{
	size_t mark = str_rchr(uri, '!');
	struct str size = str_from(uri, mark + 1);
	uint64_t value;

	if (size.n > 0 && strchr("kmgtKMGT", size.p[size.n - 1]) != NULL)
		size.n--;
	return str_uint(size, UINT64_MAX, &value) ? str_first(uri, mark) : uri;
}

/* dmarc-urilist: how many of its URIs are valid and kept. */
static size_t
dmarc_urilist(struct str text, const char *name,
	      struct str uri_out[LIMIT_DMARC_URIS])
{
	struct str rest, piece;
	size_t count = 0;

	if (tag_find(text, name, &rest) != TAG_GIVEN)
		return 0;
	while (count < LIMIT_DMARC_URIS && str_split(&rest, ',', &piece)) {
		struct str uri = without_size(str_trim_wsp(piece));
		if (is_dmarc_uri(uri))
			uri_out[count++] = uri;
	}
	return count;
}

static void
record_parse(struct dmarc_record *record, struct str text)
{
	record->rua_count = dmarc_urilist(text, "rua", record->rua);
	record->ruf_count = dmarc_urilist(text, "ruf", record->ruf);
	settle_requests(record, text);
	if (tag_is(text, "psd", "y"))
		record->psd = DMARC_PSD_Y;
	else if (tag_is(text, "psd", "n"))
		record->psd = DMARC_PSD_N;
	record->testing = tag_is(text, "t", "y");
	record->dkim_strict = tag_is(text, "adkim", "s");
	record->spf_strict = tag_is(text, "aspf", "s");
}

/* Section 4.10 step 2: how many records survive, and the last one of them. */
static size_t
survivors(const struct dns_answer *answer, struct str *text_out)
{
	size_t found = 0;

	*text_out = str_empty();
	for (size_t i = 0; i < answer->count; i++) {
		struct str text = answer->rr[i].text;
		if (text.n > LIMIT_DMARC_RECORD || !dmarc_version(text))
			continue;
		found++;
		*text_out = text;
	}
	return found;
}

/* block: zeroed, with room for the text. */
static void
record_fill(struct dmarc_record *block, size_t found, struct str text)
{
	block->found = found;
	if (found != 1)
		return;
	memcpy(block->text, text.p, text.n);
	record_parse(block, str_n(block->text, text.n));
}

static const struct dmarc_record *
record_make(struct arena *arena, const struct dns_answer *answer)
{
	struct str text;
	size_t found = survivors(answer, &text);
	size_t size = sizeof(struct dmarc_record) + text.n;
	struct dmarc_record *record = mem_alloc(size);

	record_fill(record, found, text);
	const void *kept =
	    dns_answer_set_form(answer, &record_kind, record, free);
	if (kept != NULL)
		return kept;
	/* Another module's form stands there: an SPF check of this name. */
	free(record);
	if (arena == NULL)
		return NULL;
	record = arena_alloc(arena, size);
	record_fill(record, found, text);
	return record;
}

const struct dmarc_record *
dmarc_record_of(struct arena *arena, const struct dns_answer *answer)
{
	if (answer->status != DNS_OK)
		return NULL;
	const struct dmarc_record *record =
	    dns_answer_form(answer, &record_kind);
	if (record == NULL)
		record = record_make(arena, answer);
	return record != NULL && record->found == 1 ? record : NULL;
}
