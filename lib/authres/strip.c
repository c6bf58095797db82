#include "authres/authres.h"
#include "authres/claims.h"

#include <string.h>

#include "base/buf.h"
#include "base/domain.h"
#include "base/lex.h"
#include "base/limits.h"

static struct str
before_slash(struct str id)
{
	return str_first(id, str_chr(id, '/'));
}

struct own_ids
own_ids_of(struct arena *arena, const struct str *ids, size_t n_ids)
{
	struct own_ids own = {
	    .id = arena_array(arena, n_ids, sizeof *ids),
	    .count = n_ids,
	};

	for (size_t i = 0; i < n_ids; i++) {
		own.id[i] = before_slash(ids[i]);
		domain_canonical(arena, own.id[i], &own.id[i]);
	}
	return own;
}

/* True also for what is one name with 8-bit octets too many. */
static bool
is_own(struct arena *arena, struct own_ids *own, struct str text)
{
	struct str id = text;

	if (!str_is_ascii(text) && own->mapped++ >= LIMIT_AUTHRES_MAPPED)
		return true;
	domain_canonical(arena, text, &id);
	for (size_t i = 0; i < own->count; i++) {
		if (str_eq_nocase(id, own->id[i]))
			return true;
	}
	return false;
}

/* Up to the first octet that no domain name has, or no ASCII one. */
static struct str
domain_prefix(struct str text, bool ascii)
{
	size_t n = 0;

	while (n < text.n && domain_may_hold(text.p[n]) &&
	       !(ascii && (unsigned char)text.p[n] > 0x7f))
		n++;
	return str_first(text, n);
}

/* Without the octets that a reader may drop. */
static struct str
domain_octets(struct arena *arena, struct str text)
{
	struct buf kept;

	buf_init(&kept, arena);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (c > 0x20 && c != 0x7f && c != '"' && c != '\\')
			buf_addc(&kept, text.p[i]);
	}
	return buf_str(&kept);
}

/* Readers that take a trailing dot away may take all. */
static struct str
without_dots(struct str text)
{
	while (text.n > 0 && text.p[text.n - 1] == '.')
		text.n--;
	while (text.n > 0 && text.p[0] == '.')
		text = str_from(text, 1);
	return text;
}

/* Does any reading of what stands for the authserv-id give a name of ours? */
static bool
may_be_own(struct arena *arena, struct own_ids *own, struct str text)
{
	struct str id = without_dots(before_slash(text));

	return is_own(arena, own, id) ||
	       is_own(arena, own, domain_octets(arena, id)) ||
	       is_own(arena, own, domain_prefix(id, false)) ||
	       is_own(arena, own, domain_prefix(id, true));
}

static bool
is_id_octet(char c)
{
	return c != ' ' && c != '\t' && c != ';' && c != '(';
}

/*
 * authserv-id = value, RFC 8601 section 2.2.  A token may go on with octets
 * that no token has, but not begin with one (tspecials, RFC 2045 section 5.1).
 */
static bool
authserv_id(struct lex *lex, struct str *id_out)
{
	int first = lex_peek(lex);

	if (first == '"')
		return lex_quoted_string(lex, id_out);
	return strchr("()<>@,;:\\/[]?=", first) == NULL &&
	       lex_run(lex, is_id_octet, id_out);
}

/*
 * The identifier; *whole_out: with its quotes and what follows them at once, to
 * readers that drop quotes wherever they stand.
 */
static bool
identifier(struct lex *lex, struct str *id_out, struct str *whole_out)
{
	const char *start = lex->p;
	struct lex after;
	struct str rest;

	if (!authserv_id(lex, id_out))
		return false;
	after = *lex;
	lex_run(&after, is_id_octet, &rest);
	*whole_out = lex_since(&after, start);
	return true;
}

/* authres-version other than 1: for no reader of ours (section 5) */
static bool
has_other_version(struct lex lex)
{
	struct str digits;
	uint64_t version = 0;

	if (!lex_skip_cfws(&lex) || !lex_run(&lex, ascii_is_digit, &digits))
		return false;
	if (!lex_skip_cfws(&lex) || (!lex_eof(&lex) && lex_peek(&lex) != ';'))
		return false;
	return !str_uint(digits, 1, &version) || version != 1;
}

/*
 * Some readers decode encoded words (RFC 2047) wherever they stand, before they
 * look for the identifier; no other one is written with one.
 */
static bool
holds_encoded_word(struct str text)
{
	return memmem(text.p, text.n, "=?", 2) != NULL;
}

static bool
text_claims(struct arena *arena, struct own_ids *own, struct str text)
{
	struct lex lex = lex_of(text);
	struct str id, whole;

	/* An empty string leaves it to the reader what comes next. */
	if (!lex_skip_cfws(&lex) || !identifier(&lex, &id, &whole) || id.n == 0)
		return true;
	return holds_encoded_word(lex_since(&lex, text.p)) ||
	       may_be_own(arena, own, id) ||
	       (whole.n > id.n && may_be_own(arena, own, whole)) ||
	       has_other_version(lex);
}

/* Unfolded; what else could end a line or a string is a blank. */
static struct str
on_one_line(struct arena *arena, struct str value)
{
	struct str text = header_unfold(arena, value);
	char *copy = arena_alloc(arena, text.n);

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		copy[i] = c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
	}
	return str_n(copy, text.n);
}

/* For readers that drop comments before they look for the identifier. */
static struct str
without_comments(struct arena *arena, struct str text)
{
	struct lex lex = lex_of(text);
	struct buf kept;
	struct str quoted;

	buf_init(&kept, arena);
	buf_room(&kept, text.n);
	while (!lex_eof(&lex)) {
		const char *start = lex.p;
		int c = lex_peek(&lex);
		if (c == '(') {
			if (!lex_skip_cfws(&lex))
				break;
			continue;
		}
		if (c != '"')
			lex.p++;
		else if (!lex_quoted_string(&lex, &quoted))
			break;
		buf_add(&kept, lex_since(&lex, start));
	}
	return buf_str(&kept);
}

/* One more reading of a text: what becomes of what is no blank by the RFC. */
struct reading {
	bool ascii; /* all octets outside ASCII count as blanks */
	bool drops; /* blanks are dropped; else each is one */
};

static const struct reading readings[] = {
    {false, false}, {false, true}, {true, false}, {true, true}};

static struct str
read_as(struct arena *arena, struct str text, const struct reading *reading)
{
	struct buf read;

	buf_init(&read, arena);
	buf_room(&read, text.n);
	for (size_t i = 0; i < text.n;) {
		bool foreign = (unsigned char)text.p[i] > 0x7e;
		size_t n = odd_blank(str_from(text, i));
		if (n == 0 && reading->ascii && foreign)
			n = 1;
		if (n == 0)
			buf_addc(&read, text.p[i]);
		else if (!reading->drops)
			buf_addc(&read, ' ');
		i += n > 0 ? n : 1;
	}
	return buf_str(&read);
}

/* The identifier alone: what is left of a foreign one may be none. */
static bool
text_names_own(struct arena *arena, struct own_ids *own, struct str text)
{
	struct lex lex = lex_of(text);
	struct str id, whole;

	return lex_skip_cfws(&lex) && identifier(&lex, &id, &whole) &&
	       (may_be_own(arena, own, id) || may_be_own(arena, own, whole));
}

typedef bool claims_fn(struct arena *arena, struct own_ids *own,
		       struct str text);

static bool
with_and_without_comments(struct arena *arena, struct own_ids *own,
			  struct str text, claims_fn *claim)
{
	return claim(arena, own, text) ||
	       (str_chr(text, '(') < text.n &&
		claim(arena, own, without_comments(arena, text)));
}

/* Some readers strip more than blanks, or cannot read what is not ASCII. */
static bool
reads_as_own(struct arena *arena, struct own_ids *own, struct str text)
{
	bool ours = false;

	if (str_is_printable(text))
		return false;
	for (size_t i = 0; i < sizeof readings / sizeof *readings && !ours;
	     i++) {
		const struct reading *reading = &readings[i];
		struct str read = read_as(arena, text, reading);
		ours = !str_eq(read, text) &&
		       with_and_without_comments(arena, own, read,
						 reading->ascii ? text_names_own
								: text_claims);
	}
	return ours;
}

/* Copies of every field, read by read, do not stay with the message. */
bool
claims(struct own_ids *own, struct str value)
{
	struct arena *scratch = arena_new(NULL);
	struct str text = on_one_line(scratch, value);
	bool ours =
	    with_and_without_comments(scratch, own, text, text_claims) ||
	    reads_as_own(scratch, own, text);

	arena_free(scratch);
	return ours;
}

bool
authres_claims(struct arena *arena, struct str value, const struct str *ids,
	       size_t n_ids)
{
	struct own_ids own = own_ids_of(arena, ids, n_ids);

	return claims(&own, value);
}
