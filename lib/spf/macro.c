#include "spf/macro.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/lex.h"
#include "base/limits.h"

/* One macro-expand. */
struct macro {
	char letter; /* lower case; '%', '_' and '-' for %%, %_ and %- */
	bool escape; /* written in upper case (7.3) */
	bool reverse;
	unsigned keep; /* right-hand parts; 0: all */
	struct str delimiters;
};

/* --- grammar (section 7.1) --- */

static bool
is_delimiter(char c)
{
	return c != '\0' && strchr(".-+,/_=", c) != NULL;
}

/* macro-literal: visible characters except "%". */
static bool
is_macro_literal(char c)
{
	return c >= 0x21 && c <= 0x7e && c != '%';
}

/* transformers = *DIGIT [ "r" ]; a value of zero is an error (7.3). */
static bool
transformers(struct lex *lex, struct macro *macro)
{
	struct str digits;

	if (lex_run(lex, ascii_is_digit, &digits)) {
		for (size_t i = 0; i < digits.n; i++) {
			unsigned digit = (unsigned)(digits.p[i] - '0');
			/* More parts than any value has mean all of them. */
			if (macro->keep < LIMIT_MAILBOX)
				macro->keep = macro->keep * 10 + digit;
		}
		if (macro->keep == 0)
			return false;
	}
	macro->reverse = lex_char(lex, 'r') || lex_char(lex, 'R');
	return true;
}

static bool
macro_letter(struct lex *lex, struct macro *macro)
{
	int c = lex_peek(lex);

	if (c <= 0 || strchr("slodiphcrtvSLODIPHCRTV", c) == NULL)
		return false;
	macro->letter = ascii_lower((char)c);
	macro->escape = macro->letter != (char)c;
	lex->p++;
	return true;
}

/* macro-expand */
static bool
macro_expand(struct lex *lex, struct macro *macro_out)
{
	struct lex at = *lex;
	struct macro macro = {.delimiters = str_lit(".")};

	if (!lex_char(&at, '%'))
		return false;
	if (lex_char(&at, '{')) {
		if (!macro_letter(&at, &macro) || !transformers(&at, &macro))
			return false;
		lex_run(&at, is_delimiter, &macro.delimiters);
		if (!lex_char(&at, '}'))
			return false;
	} else if (lex_char(&at, '%') || lex_char(&at, '_') ||
		   lex_char(&at, '-')) {
		macro.letter = at.p[-1];
	} else {
		return false;
	}
	*lex = at;
	*macro_out = macro;
	return true;
}

/* toplabel */
static bool
toplabel(struct str label)
{
	bool alpha = false, hyphen = false;

	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];
		if (!ascii_is_alnum(c) && c != '-')
			return false;
		alpha = alpha || ascii_is_alpha(c);
		hyphen = hyphen || c == '-';
	}
	return label.n > 0 && (alpha || hyphen) && label.p[0] != '-' &&
	       label.p[label.n - 1] != '-';
}

/* "." toplabel [ "." ] at the end of a literal */
static bool
domain_end(struct str literal)
{
	if (literal.n > 0 && literal.p[literal.n - 1] == '.')
		literal.n--;
	size_t dot = str_rchr(literal, '.');
	return dot < literal.n && toplabel(str_from(literal, dot + 1));
}

/*
 * Walks a text of macro-expand and literals.  *tail_out: the literal behind
 * the last macro.
 */
static const char *
macro_string(struct str text, bool explanation, struct str *tail_out)
{
	struct lex lex = lex_of(text);
	const char *literal = lex.p;

	while (!lex_eof(&lex)) {
		struct macro macro;
		if (macro_expand(&lex, &macro)) {
			if (!explanation && macro.letter != '\0' &&
			    strchr("crt", macro.letter) != NULL)
				return "macro letter is for explanations only";
			literal = lex.p;
		} else if (*lex.p == '%') {
			return "invalid macro";
		} else if (is_macro_literal(*lex.p) ||
			   (explanation && *lex.p == ' ')) {
			lex.p++;
		} else {
			return "invalid character";
		}
	}
	*tail_out = lex_since(&lex, literal);
	return NULL;
}

const char *
spf_domain_spec_error(struct str text)
{
	struct str tail;

	if (text.n == 0)
		return "domain name is missing";
	const char *error = macro_string(text, false, &tail);
	if (error == NULL && tail.n > 0 && !domain_end(tail))
		error = "domain name has no valid top label";
	return error;
}

const char *
spf_macro_string_error(struct str text)
{
	struct str tail;

	return macro_string(text, false, &tail);
}

const char *
spf_explain_string_error(struct str text)
{
	struct str tail;

	return macro_string(text, true, &tail);
}

static bool
uses(struct str text, struct str letters)
{
	struct lex lex = lex_of(text);
	struct macro macro;

	while (!lex_eof(&lex)) {
		if (!macro_expand(&lex, &macro))
			lex.p++;
		else if (str_chr(letters, macro.letter) < letters.n)
			return true;
	}
	return false;
}

bool
spf_macro_uses_local(struct str text)
{
	return uses(text, str_lit("sl"));
}

bool
spf_macro_uses_address(struct str text)
{
	return uses(text, str_lit("i"));
}

/* --- values (section 7.2) --- */

/* Room for the longest value that is made here: 32 nibbles with dots. */
#define SCRATCH 64

static struct str
dotted_address(struct ip ip, char scratch[SCRATCH])
{
	static const char hex[] = "0123456789ABCDEF";

	if (ip.family == IP_V4)
		return str_of(ip_format(ip, scratch));
	for (size_t i = 0; i < 16; i++) {
		scratch[4 * i] = hex[ip.octet[i] >> 4];
		scratch[4 * i + 1] = '.';
		scratch[4 * i + 2] = hex[ip.octet[i] & 15];
		scratch[4 * i + 3] = '.';
	}
	return str_n(scratch, 63);
}

static struct str
macro_value(char letter, const struct spf_macro_values *values,
	    char scratch[SCRATCH])
{
	switch (letter) {
	case 's':
		return values->sender;
	case 'l':
		return values->local;
	case 'o':
		return values->sender_domain;
	case 'd':
		return values->domain;
	case 'i':
		return dotted_address(values->client, scratch);
	case 'p':
		return values->validated_name(values->ctx, values->domain);
	case 'v':
		return values->client.family == IP_V4 ? str_lit("in-addr")
						      : str_lit("ip6");
	case 'h':
		return values->helo;
	case 'c':
		return str_of(ip_format(values->client, scratch));
	case 'r':
		return values->receiver.n ? values->receiver
					  : str_lit("unknown");
	case 't':
		snprintf(scratch, SCRATCH, "%" PRId64, values->now);
		return str_of(scratch);
	}
	return str_empty();
}

/* --- expansion (section 7.3) --- */

/* Parts of a value of LIMIT_MAILBOX octets that are all delimiters. */
#define PARTS (LIMIT_MAILBOX + 1)

static size_t
split(struct str value, struct str delimiters, struct str part[PARTS])
{
	size_t n = 0, start = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (str_chr(delimiters, value.p[i]) < delimiters.n) {
			part[n++] = str_n(value.p + start, i - start);
			start = i + 1;
		}
	}
	part[n++] = str_from(value, start);
	return n;
}

static bool
is_unreserved(char c)
{
	return ascii_is_alnum(c) ||
	       (c != '\0' && strchr("-._~", c) != NULL); /* RFC 3986 2.3 */
}

static void
add_value(struct buf *out, struct str value, bool escape)
{
	for (size_t i = 0; i < value.n; i++) {
		if (escape && !is_unreserved(value.p[i]))
			buf_printf(out, "%%%02X", (unsigned char)value.p[i]);
		else
			buf_addc(out, value.p[i]);
	}
}

static void
add_parts(struct buf *out, const struct macro *macro, struct str value)
{
	struct str part[PARTS];
	size_t n = split(value, macro->delimiters, part);
	size_t keep = macro->keep && macro->keep < n ? macro->keep : n;

	/* The right-hand parts of the reversed list are the left-hand ones. */
	for (size_t i = 0; i < keep; i++) {
		size_t at = macro->reverse ? keep - 1 - i : n - keep + i;
		if (i > 0)
			buf_addc(out, '.');
		add_value(out, part[at], macro->escape);
	}
}

static void
add_macro(struct buf *out, const struct macro *macro,
	  const struct spf_macro_values *values)
{
	char scratch[SCRATCH];
	struct str value;

	switch (macro->letter) {
	case '%':
		buf_addc(out, '%');
		break;
	case '_':
		buf_addc(out, ' ');
		break;
	case '-':
		buf_adds(out, "%20");
		break;
	default:
		value = macro_value(macro->letter, values, scratch);
		add_parts(out, macro, str_first(value, LIMIT_MAILBOX));
	}
}

/* One macro or one literal octet. */
static void
expand_next(struct buf *out, struct lex *lex,
	    const struct spf_macro_values *values)
{
	struct macro macro;

	if (macro_expand(lex, &macro))
		add_macro(out, &macro, values);
	else
		buf_addc(out, *lex->p++);
}

/* Only the end of a name counts: forget the rest before it grows. */
static void
keep_end(struct buf *name)
{
	size_t end = 2 * LIMIT_DOMAIN;

	if (name->n <= 2 * end)
		return;
	memmove(name->p, name->p + name->n - end, end);
	name->n = end;
}

struct str
spf_expand_domain(struct arena *arena, struct str spec,
		  const struct spf_macro_values *values)
{
	struct lex lex = lex_of(spec);
	struct buf name;

	buf_init(&name, arena);
	while (!lex_eof(&lex)) {
		expand_next(&name, &lex, values);
		keep_end(&name);
	}
	struct str out = buf_str(&name);
	if (out.n > 0 && out.p[out.n - 1] == '.')
		out.n--;
	while (out.n > LIMIT_DOMAIN)
		out = str_from(out, str_chr(out, '.') + 1);
	return out;
}

struct str
spf_expand_explanation(struct arena *arena, struct str text,
		       const struct spf_macro_values *values)
{
	struct lex lex = lex_of(text);
	struct buf out;

	buf_init(&out, arena);
	while (!lex_eof(&lex) && out.n < LIMIT_SPF_EXPLANATION)
		expand_next(&out, &lex, values);
	return str_first(buf_str(&out), LIMIT_SPF_EXPLANATION);
}
