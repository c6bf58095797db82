#include "dkim/signature.h"

#include <string.h>

#include "base/b64.h"
#include "base/buf.h"
#include "base/domain.h"
#include "base/lex.h"
#include "base/limits.h"
#include "dkim/name.h"
#include "mail/taglist.h"

#define DIGITS_OF_TIME 12
#define DIGITS_OF_LENGTH 76
#define SIGNATURE_OCTETS_MAX (LIMIT_DKIM_RSA_MAX / 8)
/* As base64. */
#define SIGNATURE_TEXT_MAX ((SIGNATURE_OCTETS_MAX + 2) / 3 * 4)

static struct dkim_flaw
flaw(enum dkim_result result, const char *reason)
{
	return (struct dkim_flaw){result, reason};
}

static struct dkim_flaw
bad(const char *reason)
{
	return flaw(DKIM_PERMERROR, reason);
}

static struct dkim_flaw
fine(void)
{
	return flaw(DKIM_NONE, NULL);
}

/* --- one parser for each tag --- */

static struct dkim_flaw
sig_v_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	(void)arena;
	(void)sig;
	return str_is(value, "1") ? fine() : bad("unknown version in v=");
}

static struct dkim_flaw
sig_a_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	(void)arena;
	if (str_is(value, "rsa-sha256")) {
		sig->key_type = KEY_RSA;
	} else if (str_is(value, "ed25519-sha256")) {
		sig->key_type = KEY_ED25519;
	} else if (str_is(value, "rsa-sha1")) {
		sig->algorithm = value;
		return bad("rsa-sha1 is no longer valid"); /* RFC 8301 */
	} else {
		/* RFC 6376 section 3.3.4 */
		return flaw(DKIM_NEUTRAL, "unknown algorithm in a=");
	}
	sig->algorithm = value;
	return fine();
}

static struct dkim_flaw
sig_b_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	if (!b64_decode(arena, value, &sig->octets))
		return bad("b= is not base64");
	sig->b_text = tag_without_fws(arena, value);
	if (sig->octets.n == 0)
		return bad("b= is empty");
	if (sig->octets.n > SIGNATURE_OCTETS_MAX)
		return bad("b= is too long");
	return fine();
}

static struct dkim_flaw
sig_bh_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	if (!b64_decode(arena, value, &sig->body_hash))
		return bad("bh= is not base64");
	if (sig->body_hash.n != SHA256_OCTETS)
		return bad("bh= does not have the length of its hash");
	return fine();
}

static bool
sig_c_tag_alg(struct str name, enum canon *canon_out)
{
	if (str_is(name, "simple"))
		*canon_out = CANON_SIMPLE;
	else if (str_is(name, "relaxed"))
		*canon_out = CANON_RELAXED;
	else
		return false;
	return true;
}

static struct dkim_flaw
sig_c_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	size_t slash = str_chr(value, '/');
	struct str header = str_first(value, slash);
	struct str body = str_from(value, slash + 1);

	(void)arena;
	if (!sig_c_tag_alg(header, &sig->header_canon) ||
	    (slash < value.n && !sig_c_tag_alg(body, &sig->body_canon)))
		return flaw(DKIM_NEUTRAL, "unknown canonicalization in c=");
	return fine();
}

/*
 * A canonical name.  One that is not looked for is no fault of the signer's,
 * but nothing can be said of its signature.
 */
static struct dkim_flaw
domain_name(struct arena *arena, struct str value, struct dkim_signature *sig,
	    const char *reason, struct str *domain_out)
{
	switch (dkim_name(arena, value, sig->labels, domain_out)) {
	case DKIM_NAME_OK:
		return fine();
	case DKIM_NAME_BAD:
		return bad(reason);
	case DKIM_NAME_NOT_MAPPED:
		break;
	}
	sig->not_mapped = true;
	return flaw(DKIM_NEUTRAL, "not tried: too many U-labels");
}

static struct dkim_flaw
sig_d_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	struct str domain;

	if (sig->labels != NULL)
		dkim_labels_of(sig->labels, value);
	struct dkim_flaw found =
	    domain_name(arena, value, sig, "d= is not a domain name", &domain);
	if (found.reason != NULL)
		return found;
	if (domain_labels(domain) < 2)
		return bad("d= is a single label");
	sig->domain = domain;
	return fine();
}

static struct dkim_flaw
sig_s_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	return domain_name(arena, value, sig, "s= is not a selector",
			   &sig->selector);
}

/* hdr-name; the colon cannot stand inside. */
static bool
is_hdr_name(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] < 0x21 || name.p[i] > 0x7e)
			return false;
	}
	return name.n > 0;
}

static size_t
names_in(struct str value)
{
	size_t names = 1;

	for (size_t i = 0; i < value.n; i++)
		names += value.p[i] == ':';
	return names;
}

static struct dkim_flaw
sig_h_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	size_t names = names_in(value);
	struct str piece;
	bool from = false;

	if (names > LIMIT_DKIM_H_NAMES)
		return bad("h= has too many names");
	sig->signed_name = arena_array(arena, names, sizeof *sig->signed_name);
	while (str_split(&value, ':', &piece)) {
		struct str name = str_trim_fws(piece);
		if (!is_hdr_name(name))
			return bad("h= has a bad field name");
		from = from || str_is_nocase(name, "from");
		sig->signed_name[sig->signed_names++] = name;
	}
	/* RFC 6376 section 5.4: "From" MUST be signed. */
	return from ? fine() : bad("From is not in h=");
}

static struct dkim_flaw
sig_i_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	struct str text, domain;

	if (!dkim_identity(arena, value, &text, &domain))
		return bad("i= is not an address");
	struct dkim_flaw found =
	    domain_name(arena, domain, sig, "i= is not an address", &domain);
	if (found.reason != NULL)
		return found;
	sig->identity = text;
	if (!domain_is_at_or_below(domain, sig->domain))
		return bad("i= is not at or below d=");
	sig->identity_below = domain.n > sig->domain.n;
	return fine();
}

static bool
digits(struct str value, size_t most)
{
	for (size_t i = 0; i < value.n; i++) {
		if (!ascii_is_digit(value.p[i]))
			return false;
	}
	return value.n >= 1 && value.n <= most;
}

static struct dkim_flaw
sig_l_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	(void)arena;
	if (!digits(value, DIGITS_OF_LENGTH))
		return bad("l= is not a number");
	/* What does not fit is longer than any body. */
	if (!str_uint(value, BODYHASH_NO_LIMIT - 1, &sig->body_limit))
		sig->body_limit = BODYHASH_NO_LIMIT - 1;
	return fine();
}

static struct dkim_flaw
sig_q_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	struct str method;

	(void)arena;
	(void)sig;
	while (str_split(&value, ':', &method)) {
		if (str_is(str_trim_fws(method), "dns/txt"))
			return fine();
	}
	return flaw(DKIM_NEUTRAL, "unknown query method in q=");
}

static struct dkim_flaw
sig_t_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	(void)arena;
	if (!digits(value, DIGITS_OF_TIME) ||
	    !str_uint(value, UINT64_MAX, &sig->timestamp))
		return bad("t= is not a time");
	return fine();
}

static struct dkim_flaw
sig_x_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	(void)arena;
	if (!digits(value, DIGITS_OF_TIME) ||
	    !str_uint(value, UINT64_MAX, &sig->expiration))
		return bad("x= is not a time");
	return fine();
}

/* RFC 8617 section 4.2.1: position = 1*2DIGIT */
static struct dkim_flaw
arc_i_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	uint64_t instance;

	(void)arena;
	if (!digits(value, LIMIT_ARC_INSTANCE_DIGITS) ||
	    !str_uint(value, LIMIT_ARC_SETS, &instance) || instance == 0)
		return bad("i= is not an instance from 1 to 50");
	sig->instance = (unsigned)instance;
	return fine();
}

/*
 * RFC 8617 section 4.1.2 keeps all fields of ARC out of h=.  Sealers of its
 * drafts named the results, and still do; a seal is made later than what it
 * seals, so that nobody names one with good reason.
 */
static struct dkim_flaw
arc_h_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	struct dkim_flaw found = sig_h_tag(arena, value, sig);

	for (size_t i = 0; i < sig->signed_names; i++) {
		if (found.reason == NULL &&
		    str_is_nocase(sig->signed_name[i], "ARC-Seal"))
			found = bad("ARC-Seal is in h=");
	}
	return found;
}

static struct dkim_flaw
seal_cv_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	(void)arena;
	if (!str_is(value, "none") && !str_is(value, "pass") &&
	    !str_is(value, "fail"))
		return bad("cv= is not a chain validation status");
	sig->status = value;
	return fine();
}

/* RFC 8617 section 4.1.3 */
static struct dkim_flaw
seal_h_tag(struct arena *arena, struct str value, struct dkim_signature *sig)
{
	(void)arena;
	(void)value;
	(void)sig;
	return bad("h= is not allowed in a seal");
}

/* --- the whole field --- */

#define FORMS_MESSAGE (FORM_DKIM | FORM_ARC_MESSAGE)
#define FORMS_ARC (FORM_ARC_MESSAGE | FORM_ARC_SEAL)
#define FORMS_ALL (FORM_DKIM | FORMS_ARC)

typedef struct dkim_flaw tag_parser(struct arena *arena, struct str value,
				    struct dkim_signature *sig);

/* In the order in which a flaw counts; d= stands before i=, which needs it. */
static const struct {
	const char *name;
	unsigned forms;
	const char *missing; /* NULL: optional */
	tag_parser *parse;
} known_tags[] = {
    {"v", FORM_DKIM, "v= is missing", sig_v_tag},
    {"i", FORMS_ARC, "i= is missing", arc_i_tag},
    {"a", FORMS_ALL, "a= is missing", sig_a_tag},
    {"d", FORMS_ALL, "d= is missing", sig_d_tag},
    {"s", FORMS_ALL, "s= is missing", sig_s_tag},
    {"h", FORM_DKIM, "h= is missing", sig_h_tag},
    {"h", FORM_ARC_MESSAGE, "h= is missing", arc_h_tag},
    {"h", FORM_ARC_SEAL, NULL, seal_h_tag},
    {"i", FORM_DKIM, NULL, sig_i_tag},
    {"c", FORMS_MESSAGE, NULL, sig_c_tag},
    {"l", FORMS_MESSAGE, NULL, sig_l_tag},
    {"q", FORMS_MESSAGE, NULL, sig_q_tag},
    {"t", FORMS_ALL, NULL, sig_t_tag},
    {"x", FORMS_MESSAGE, NULL, sig_x_tag},
    {"cv", FORM_ARC_SEAL, "cv= is missing", seal_cv_tag},
    {"bh", FORMS_MESSAGE, "bh= is missing", sig_bh_tag},
    {"b", FORMS_ALL, "b= is missing", sig_b_tag},
};

/* All tags, for the sake of what can be shown; the first flaw stays. */
static void
parse_tags(struct arena *arena, enum dkim_form form, const struct taglist *list,
	   struct dkim_signature *sig)
{
	for (size_t i = 0; i < sizeof known_tags / sizeof *known_tags; i++) {
		if ((known_tags[i].forms & form) == 0)
			continue;
		const struct tag *tag = taglist_find(list, known_tags[i].name);
		struct dkim_flaw found = fine();
		if (tag != NULL)
			found = known_tags[i].parse(arena, tag->value, sig);
		else if (known_tags[i].missing != NULL)
			found = bad(known_tags[i].missing);
		if (sig->flaw.reason == NULL)
			sig->flaw = found;
	}
}

/* RFC 6376 section 3.5, t= and x=. */
static struct dkim_flaw
validity(const struct dkim_signature *sig, int64_t now)
{
	if (sig->expiration <= sig->timestamp)
		return bad("x= is not after t=");
	if (now > 0 && sig->expiration < (uint64_t)now)
		return bad("signature has expired");
	return fine();
}

/* The field's value without what stands after "b=". */
static struct str
without_b(struct arena *arena, struct str value, const struct taglist *list)
{
	const struct tag *b = taglist_find(list, "b");
	struct buf text;

	if (b == NULL)
		return value;
	size_t before = (size_t)(b->raw.p - value.p);
	buf_init(&text, arena);
	buf_room(&text, value.n - b->raw.n);
	buf_add(&text, str_first(value, before));
	buf_add(&text, str_from(value, before + b->raw.n));
	return buf_str(&text);
}

static void
parse_field(struct arena *arena, enum dkim_form form,
	    const struct taglist *list, int64_t now, struct dkim_signature *sig)
{
	parse_tags(arena, form, list, sig);
	if (form == FORM_DKIM && sig->identity.n == 0 && sig->domain.n > 0)
		sig->identity =
		    arena_printf(arena, "@%.*s", STR_ARG(sig->domain));
	if (sig->flaw.reason == NULL)
		sig->flaw = validity(sig, now);
}

static struct str
keep_text(struct arena *arena, struct str text)
{
	return text.n > 0 ? arena_copy(arena, text) : str_empty();
}

/* What is shown of any signature. */
static void
keep_shown(struct arena *arena, struct dkim_signature *sig)
{
	sig->domain = keep_text(arena, sig->domain);
	sig->selector = keep_text(arena, sig->selector);
	sig->identity = keep_text(arena, sig->identity);
	sig->b_text =
	    keep_text(arena, str_first(sig->b_text, SIGNATURE_TEXT_MAX));
	sig->labels = NULL;
}

/* What a signature is verified by; of one with a flaw that is nothing. */
static void
keep_tried(struct arena *arena, const struct taglist *list,
	   struct dkim_signature *sig)
{
	size_t names = sig->flaw.reason == NULL ? sig->signed_names : 0;
	struct str *name = NULL;

	if (names > 0) {
		name = arena_array(arena, names, sizeof *name);
		memcpy(name, sig->signed_name, names * sizeof *name);
	}
	sig->signed_name = name;
	sig->signed_names = names;
	if (sig->flaw.reason != NULL) {
		sig->body_hash = sig->octets = str_empty();
		return;
	}
	sig->body_hash = keep_text(arena, sig->body_hash);
	sig->octets = keep_text(arena, sig->octets);
	sig->unsigned_value = without_b(arena, sig->field->value, list);
}

/*
 * The list of tags, and what is made of some of them, takes many times the
 * octets of the field, and a message may hold 2,000 fields: it does not stay
 * with the message.
 */
void
dkim_signature_parse(struct arena *arena, enum dkim_form form,
		     const struct header_field *field, int64_t now,
		     struct dkim_labels *labels,
		     struct dkim_signature *signature_out)
{
	struct arena *scratch = arena_new(NULL);
	struct taglist list = {NULL, 0};

	*signature_out = (struct dkim_signature){
	    .field = field,
	    .labels = labels,
	    .body_limit = BODYHASH_NO_LIMIT,
	    .expiration = UINT64_MAX,
	};
	const char *reason = taglist_parse(scratch, field->value, &list);
	if (reason != NULL)
		signature_out->flaw = flaw(DKIM_NEUTRAL, reason);
	else
		parse_field(scratch, form, &list, now, signature_out);
	keep_shown(arena, signature_out);
	keep_tried(arena, &list, signature_out);
	arena_free(scratch);
}
