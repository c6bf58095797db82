#include "arc/results.h"

#include <string.h>

#include "base/domain.h"
#include "base/lex.h"

/* What the results say of DMARC. */
struct dmarc_said {
	unsigned results; /* how many */
	bool pass;
	unsigned froms;
	struct str from;
};

static bool
is_keyword_octet(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_';
}

/*
 * A token, and what stands unquoted in addresses and in base64: nothing that
 * may end a result, begin a comment or a string, or be quoted.
 */
static bool
is_value_octet(char c)
{
	return c > 0x20 && c != 0x7f && strchr("()<>,;\\\"", c) == NULL;
}

/* [CFWS] c [CFWS] */
static bool
between(struct lex *lex, char c)
{
	struct lex at = *lex;

	if (!lex_skip_cfws(&at) || !lex_char(&at, c) || !lex_skip_cfws(&at))
		return false;
	*lex = at;
	return true;
}

/* pvalue, without the CFWS around it */
static bool
pvalue(struct lex *lex, struct str *value_out)
{
	const char *start = lex->p;
	struct str quoted, run;

	if (!lex_quoted_string(lex, &quoted))
		return lex_run(lex, is_value_octet, value_out);
	/* What follows at once: the domain of a quoted local part. */
	*value_out =
	    lex_run(lex, is_value_octet, &run) ? lex_since(lex, start) : quoted;
	return true;
}

/*
 * propspec, reasonspec, or a name of the sealer's own as "action=none": what a
 * name without ptype says counts for nothing.
 */
static bool
propspec(struct lex *lex, struct dmarc_said *said)
{
	struct str ptype, property = str_empty(), value;

	if (!lex_run(lex, is_keyword_octet, &ptype))
		return false;
	if (between(lex, '.') && !lex_run(lex, is_keyword_octet, &property))
		return false;
	if (!between(lex, '=') || !pvalue(lex, &value))
		return false;
	if (str_is_nocase(ptype, "header") && str_is_nocase(property, "from")) {
		said->froms++;
		said->from = value;
	}
	return true;
}

/* Of a method or of the field: only version 1 is known. */
static bool
version_one(struct lex *lex)
{
	struct str digits;

	return lex_run(lex, ascii_is_digit, &digits) && str_is(digits, "1");
}

/* [CFWS "/" [CFWS] method-version] */
static bool
method_version(struct lex *lex)
{
	return !between(lex, '/') || version_one(lex);
}

/* methodspec = [CFWS] method [CFWS] "=" [CFWS] result */
static bool
methodspec(struct lex *lex, struct str *method_out, struct str *result_out)
{
	return lex_skip_cfws(lex) &&
	       lex_run(lex, is_keyword_octet, method_out) &&
	       method_version(lex) && between(lex, '=') &&
	       lex_run(lex, is_keyword_octet, result_out);
}

static bool
at_end(const struct lex *lex)
{
	return lex_eof(lex) || lex_peek(lex) == ';';
}

/* resinfo after its ";" */
static bool
resinfo(struct lex *lex, struct dmarc_said *said)
{
	struct dmarc_said other = {0}, *here = &other;
	struct str method, result;

	if (!methodspec(lex, &method, &result))
		return false;
	if (str_is_nocase(method, "dmarc")) {
		here = said;
		said->results++;
		said->pass = str_is_nocase(result, "pass");
	}
	for (;;) {
		const char *before = lex->p;
		if (!lex_skip_cfws(lex))
			return false;
		if (at_end(lex))
			return true;
		if (lex->p == before || !propspec(lex, here))
			return false;
	}
}

/* authserv-id [CFWS authres-version] [CFWS], between CFWS */
static bool
authserv(struct lex *lex)
{
	struct str id;

	if (!lex_skip_cfws(lex) || !pvalue(lex, &id) || !lex_skip_cfws(lex))
		return false;
	if (!at_end(lex) && !version_one(lex))
		return false;
	return lex_skip_cfws(lex) && at_end(lex);
}

static bool
authres_payload(struct str payload, struct dmarc_said *said)
{
	struct lex lex = lex_of(payload);

	if (!authserv(&lex))
		return false;
	while (lex_char(&lex, ';')) {
		if (!resinfo(&lex, said))
			return false;
	}
	return lex_eof(&lex);
}

bool
arc_dmarc_passed(struct arena *arena, struct str payload, struct str author)
{
	struct dmarc_said said = {0};
	struct str from;

	return authres_payload(payload, &said) && said.results == 1 &&
	       said.pass && said.froms == 1 &&
	       domain_canonical(arena, said.from, &from) == DOMAIN_OK &&
	       str_eq(from, author);
}
