#include "arc/results.h"

#include <string.h>

#include "base/domain.h"
#include "base/lex.h"

/* What the results say of DMARC. */
struct dmarc_said {
	unsigned results; /* how many */
	bool pass, none;
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
	unsigned char octet = (unsigned char)c; /* U-labels: RFC 8616 */

	return octet > 0x20 && octet != 0x7f && strchr("()<>,;\\\"", c) == NULL;
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

/* "<" value ">", which the grammar has not, but addresses have */
static bool
angle_value(struct lex *lex, struct str *value_out)
{
	struct lex at = *lex;
	struct str quoted, run;

	if (!lex_char(&at, '<'))
		return false;
	lex_quoted_string(&at, &quoted);
	lex_run(&at, is_value_octet, &run);
	if (!lex_char(&at, '>'))
		return false;
	*value_out = lex_since(&at, lex->p);
	*lex = at;
	return true;
}

/* pvalue, without the CFWS around it */
static bool
pvalue(struct lex *lex, struct str *value_out)
{
	const char *start = lex->p;
	struct str quoted, run;

	if (angle_value(lex, value_out))
		return true;
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
	/* A result that lacks the ";" before it. */
	if (property.n == 0 && str_is_nocase(ptype, "dmarc"))
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

/* The propspecs of a resinfo, to its end. */
static bool
propspecs(struct lex *lex, struct dmarc_said *said)
{
	for (;;) {
		const char *before = lex->p;
		if (!lex_skip_cfws(lex))
			return false;
		if (lex_eof(lex))
			return true;
		if (lex->p == before || !propspec(lex, said))
			return false;
	}
}

/*
 * Does the word stand outside of comments and quoted strings?  text is one
 * that result_text() has cut.
 */
static bool
names_dmarc(struct str text)
{
	struct lex lex = lex_of(text);
	struct str word;

	while (lex_skip_cfws(&lex) && !lex_eof(&lex)) {
		if (lex_run(&lex, is_keyword_octet, &word)) {
			if (str_is_nocase(word, "dmarc"))
				return true;
		} else if (!lex_quoted_string(&lex, &word)) {
			lex.p++;
		}
	}
	return false;
}

/*
 * resinfo after its ";", or nothing after the last one.  False: it is off the
 * grammar, and is or may be a result of DMARC.
 */
static bool
resinfo(struct str text, struct dmarc_said *said)
{
	struct lex lex = lex_of(text);
	struct dmarc_said here = {.results = 1};
	struct str method, result;

	if (!methodspec(&lex, &method, &result) || !propspecs(&lex, &here))
		return !names_dmarc(text);
	if (!str_is_nocase(method, "dmarc"))
		return true;
	here.results += said->results;
	here.pass = str_is_nocase(result, "pass");
	here.none = str_is_nocase(result, "none");
	*said = here;
	return true;
}

/* --- the field --- */

static bool
at_end(const struct lex *lex)
{
	return lex_eof(lex) || lex_peek(lex) == ';';
}

/* What ends no result: neither opens nor closes anything. */
static bool
is_text_octet(char c)
{
	return is_value_octet(c) || c == '<' || c == '>' || c == ',';
}

/* Only there does a quote begin a string to every reader. */
static bool
may_open_quote(const struct lex *lex, const char *start)
{
	return lex->p == start || strchr(" \t)=<", lex->p[-1]) != NULL;
}

/*
 * [CFWS]; false also where one quote stands in a comment: of a string that was
 * put there as it came, and that the comment may have ended in.
 */
static bool
sound_cfws(struct lex *lex)
{
	const char *start = lex->p;
	bool open = false;

	if (!lex_skip_cfws(lex))
		return false;
	for (const char *p = start; p < lex->p; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '"')
			open = !open;
	}
	return !open;
}

/*
 * The text up to the next ";" outside of comments and quoted strings.  False:
 * where that is depends on the reader.
 */
static bool
result_text(struct lex *lex, struct str *text_out)
{
	const char *start = lex->p;
	struct str piece;

	for (;;) {
		if (!sound_cfws(lex))
			return false;
		if (at_end(lex))
			break;
		if (!lex_run(lex, is_text_octet, &piece) &&
		    !(may_open_quote(lex, start) &&
		      lex_quoted_string(lex, &piece)))
			return false;
	}
	*text_out = lex_since(lex, start);
	return true;
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
	struct str text;

	if (!authserv(&lex))
		return false;
	while (lex_char(&lex, ';')) {
		if (!result_text(&lex, &text) || !resinfo(text, said))
			return false;
	}
	return lex_eof(&lex);
}

/* --- header.from --- */

static bool
is_local_octet(char c)
{
	return is_value_octet(c) && c != '@';
}

/* A domain name, or an address, also in angle brackets. */
static bool
from_domain(struct arena *arena, struct str value, struct str *domain_out)
{
	struct lex lex = lex_of(value);
	bool angle = lex_char(&lex, '<');
	struct str local;

	if (angle || str_chr(value, '@') < value.n) {
		if (!lex_quoted_string(&lex, &local) &&
		    !lex_run(&lex, is_local_octet, &local))
			return false;
		if (!lex_char(&lex, '@'))
			return false;
	}
	struct str domain = lex_rest(&lex);
	if (angle) {
		if (domain.n == 0 || domain.p[domain.n - 1] != '>')
			return false;
		domain.n--;
	}
	return domain_canonical(arena, domain, domain_out) == DOMAIN_OK;
}

enum arc_dmarc
arc_dmarc_said(struct arena *arena, struct str payload, struct str author)
{
	struct dmarc_said said = {0};
	struct str from;

	if (!authres_payload(payload, &said) || said.results > 1 ||
	    said.froms > 1)
		return ARC_DMARC_OTHER;
	if (said.results == 0)
		return ARC_DMARC_SILENT;
	if (said.froms == 0)
		return said.none ? ARC_DMARC_SILENT : ARC_DMARC_OTHER;
	if (!from_domain(arena, said.from, &from) || !str_eq(from, author))
		return ARC_DMARC_OTHER;
	if (said.pass)
		return ARC_DMARC_PASS;
	return said.none ? ARC_DMARC_SILENT : ARC_DMARC_OTHER;
}
