#include "spf/record.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/lex.h"
#include "base/limits.h"
#include "base/mem.h"
#include "spf/macro.h"
#include "spf/spf.h"

/* A record being parsed; every production returns NULL or what is wrong. */
struct parser {
	struct spf_record *record;
	size_t room;      /* allocated in record->term */
	unsigned lookups; /* terms kept that look something up */
	bool closed;      /* what follows is checked but never evaluated */
	bool has_redirect, has_explanation;
};

static struct spf_span
span_of(const struct parser *parser, struct str piece)
{
	size_t at = (size_t)(piece.p - parser->record->text);

	return (struct spf_span){(uint16_t)at, (uint16_t)piece.n};
}

/* --- CIDR lengths (section 5.6) --- */

/* "0" / %x31-39 *DIGIT, at most max */
static bool
cidr_number(struct str digits, unsigned max, uint8_t *prefix_out)
{
	uint64_t value;

	if (digits.n > 1 && digits.p[0] == '0')
		return false;
	if (!str_uint(digits, max, &value))
		return false;
	*prefix_out = (uint8_t)value;
	return true;
}

/* Where a "/" with digits behind it begins, at the end of the value; or n. */
static size_t
cidr_start(struct str value)
{
	size_t at = value.n;

	while (at > 0 && ascii_is_digit(value.p[at - 1]))
		at--;
	return at > 0 && at < value.n && value.p[at - 1] == '/' ? at - 1
								: value.n;
}

/*
 * dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ], taken from
 * the end: no domain-spec ends in "/" and digits.
 */
static bool
dual_cidr_length(struct str *value, struct spf_term *term)
{
	size_t at = cidr_start(*value);

	if (at < value->n && at > 0 && value->p[at - 1] == '/') {
		if (!cidr_number(str_from(*value, at + 1), 128, &term->prefix6))
			return false;
		value->n = at - 1;
		at = cidr_start(*value);
	}
	if (at < value->n) {
		if (!cidr_number(str_from(*value, at + 1), 32, &term->prefix4))
			return false;
		value->n = at;
	}
	return true;
}

/* --- mechanisms (section 5) --- */

/* domain-spec */
static const char *
domain_spec(const struct parser *parser, struct str text,
	    struct spf_span *span_out)
{
	const char *error = spf_domain_spec_error(text);

	if (error == NULL)
		*span_out = span_of(parser, text);
	return error;
}

/* all = "all" */
static const char *
all(struct parser *parser, struct str value, struct spf_term *term)
{
	(void)parser;
	(void)term;
	return value.n ? "\"all\" takes no argument" : NULL;
}

/* include and exists: ":" domain-spec */
static const char *
required_domain(struct parser *parser, struct str value, struct spf_term *term)
{
	if (value.n == 0 || value.p[0] != ':')
		return "domain name is missing";
	return domain_spec(parser, str_from(value, 1), &term->spec);
}

/* ptr: [ ":" domain-spec ] */
static const char *
optional_domain(struct parser *parser, struct str value, struct spf_term *term)
{
	if (value.n == 0)
		return NULL;
	if (value.p[0] != ':')
		return "argument is not a domain name";
	return domain_spec(parser, str_from(value, 1), &term->spec);
}

/* a and mx: [ ":" domain-spec ] [ dual-cidr-length ] */
static const char *
domain_and_cidr(struct parser *parser, struct str value, struct spf_term *term)
{
	if (!dual_cidr_length(&value, term))
		return "invalid CIDR length";
	return optional_domain(parser, value, term);
}

/* ":" network [ "/" length ] cut into its two parts */
static bool
network_and_length(struct str value, unsigned max, char text_out[IP_TEXT_MAX],
		   uint8_t *prefix_out)
{
	size_t slash = str_chr(value, '/');

	if (value.n == 0 || value.p[0] != ':' || slash > IP_TEXT_MAX ||
	    (slash < value.n &&
	     !cidr_number(str_from(value, slash + 1), max, prefix_out)))
		return false;
	memcpy(text_out, value.p + 1, slash - 1);
	text_out[slash - 1] = '\0';
	return strlen(text_out) == slash - 1;
}

/* ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ] */
static const char *
ip4(struct parser *parser, struct str value, struct spf_term *term)
{
	char text[IP_TEXT_MAX];

	(void)parser;
	if (!network_and_length(value, 32, text, &term->prefix4) ||
	    inet_pton(AF_INET, text, term->network) != 1)
		return "invalid IPv4 network";
	return NULL;
}

/* ip6 = "ip6" ":" ip6-network [ ip6-cidr-length ] */
static const char *
ip6(struct parser *parser, struct str value, struct spf_term *term)
{
	char text[IP_TEXT_MAX];

	(void)parser;
	if (!network_and_length(value, 128, text, &term->prefix6) ||
	    inet_pton(AF_INET6, text, term->network) != 1)
		return "invalid IPv6 network";
	return NULL;
}

static const struct mechanism {
	const char *name;
	enum spf_kind kind;
	const char *(*parse)(struct parser *parser, struct str value,
			     struct spf_term *term);
} mechanisms[] = {
    {"all", SPF_ALL, all},
    {"include", SPF_INCLUDE, required_domain},
    {"a", SPF_A, domain_and_cidr},
    {"mx", SPF_MX, domain_and_cidr},
    {"ptr", SPF_PTR, optional_domain},
    {"ip4", SPF_IP4, ip4},
    {"ip6", SPF_IP6, ip6},
    {"exists", SPF_EXISTS, required_domain},
};

/* --- terms (section 4.6.1) --- */

static bool
is_name_octet(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ) */
static bool
name(struct lex *lex, struct str *name_out)
{
	return ascii_is_alpha((char)lex_peek(lex)) &&
	       lex_run(lex, is_name_octet, name_out);
}

/* qualifier = "+" / "-" / "?" / "~" */
static enum spf_result
qualifier(struct lex *lex)
{
	if (lex_char(lex, '-'))
		return SPF_FAIL;
	if (lex_char(lex, '~'))
		return SPF_SOFTFAIL;
	if (lex_char(lex, '?'))
		return SPF_NEUTRAL;
	lex_char(lex, '+');
	return SPF_PASS;
}

static void
keep_term(struct parser *parser, const struct spf_term *term)
{
	struct spf_record *record = parser->record;

	if (parser->closed)
		return;
	if (record->terms == parser->room) {
		parser->room = parser->room ? parser->room * 2 : 4;
		record->term =
		    mem_resize(record->term, parser->room * sizeof *term);
	}
	record->term[record->terms++] = *term;
	parser->lookups += spf_term_looks_up(term);
	parser->closed =
	    term->kind == SPF_ALL || parser->lookups > LIMIT_SPF_TERMS;
}

/* directive = [ qualifier ] mechanism */
static const char *
directive(struct parser *parser, struct str text)
{
	struct lex lex = lex_of(text);
	struct spf_term term = {.prefix4 = 32, .prefix6 = 128};
	struct str word;

	term.text = span_of(parser, text);
	term.qualifier = (uint8_t)qualifier(&lex);
	if (!name(&lex, &word))
		return "not a mechanism or modifier";
	for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
		if (!str_is_nocase(word, mechanisms[i].name))
			continue;
		term.kind = (uint8_t)mechanisms[i].kind;
		const char *error =
		    mechanisms[i].parse(parser, lex_rest(&lex), &term);
		if (error != NULL)
			return error;
		parser->record->has_all |= term.kind == SPF_ALL;
		keep_term(parser, &term);
		return NULL;
	}
	return "unknown mechanism";
}

/* redirect = "redirect" "=" domain-spec */
static const char *
redirect(struct parser *parser, struct str value)
{
	if (parser->has_redirect)
		return "second redirect modifier";
	parser->has_redirect = true;
	return domain_spec(parser, value, &parser->record->redirect);
}

/* explanation = "exp" "=" domain-spec */
static const char *
explanation(struct parser *parser, struct str value)
{
	if (parser->has_explanation)
		return "second exp modifier";
	parser->has_explanation = true;
	return domain_spec(parser, value, &parser->record->explanation);
}

/* modifier = redirect / explanation / unknown-modifier */
static const char *
modifier(struct parser *parser, struct str word, struct str value)
{
	if (str_is_nocase(word, "redirect"))
		return redirect(parser, value);
	if (str_is_nocase(word, "exp"))
		return explanation(parser, value);
	return spf_macro_string_error(value);
}

/* directive / modifier: only a modifier has "=" right behind its name. */
static const char *
parse_term(struct parser *parser, struct str text)
{
	struct lex lex = lex_of(text);
	struct str word;

	if (name(&lex, &word) && lex_char(&lex, '='))
		return modifier(parser, word, lex_rest(&lex));
	return directive(parser, text);
}

/* terms *SP, where terms = *( 1*SP ( directive / modifier ) ) */
static void
parse_terms(struct parser *parser, struct str terms)
{
	struct str text;

	while (str_split(&terms, ' ', &text)) {
		if (text.n == 0)
			continue;
		const char *error = parse_term(parser, text);
		if (error != NULL) {
			parser->record->error = error;
			parser->record->error_term = span_of(parser, text);
			return;
		}
	}
}

/* --- the record (sections 4.5 and 12) --- */

static const struct str version = STR("v=spf1");

bool
spf_record_is_spf(struct str text)
{
	return str_starts_nocase(text, version) &&
	       (text.n == version.n || text.p[version.n] == ' ');
}

struct spf_record *
spf_record_parse(struct str text)
{
	struct spf_record *record = mem_alloc(sizeof *record);
	struct parser parser = {.record = record};

	record->selection = SPF_ONE_RECORD;
	if (text.n > LIMIT_SPF_RECORD) {
		record->error = "record is too long";
		text.n = 0;
	}
	record->text = mem_copy(text.p, text.n);
	text.p = record->text;
	parse_terms(&parser, str_from(text, version.n));
	record->term =
	    mem_resize(record->term, record->terms * sizeof *record->term);
	return record;
}

void
spf_record_free(struct spf_record *record)
{
	if (record == NULL)
		return;
	free(record->text);
	free(record->term);
	free(record);
}

static struct spf_record *
select_record(const struct dns_answer *answer)
{
	const struct str *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < answer->count; i++) {
		if (spf_record_is_spf(answer->rr[i].text)) {
			found = &answer->rr[i].text;
			n++;
		}
	}
	if (n == 1)
		return spf_record_parse(*found);
	struct spf_record *record = mem_alloc(sizeof *record);
	record->selection = n ? SPF_MANY_RECORDS : SPF_NO_RECORD;
	return record;
}

static void
free_form(void *record)
{
	spf_record_free(record);
}

const struct spf_record *
spf_record_of(const struct dns_answer *answer, struct spf_record **owned_out)
{
	static const char kind;

	*owned_out = NULL;
	const struct spf_record *kept = dns_answer_form(answer, &kind);
	if (kept != NULL)
		return kept;
	struct spf_record *record = select_record(answer);
	kept = dns_answer_set_form(answer, &kind, record, free_form);
	if (kept == NULL)
		kept = *owned_out = record;
	return kept;
}

struct str
spf_record_span(const struct spf_record *record, struct spf_span span)
{
	return span.n ? str_n(record->text + span.at, span.n) : str_empty();
}

struct ip
spf_term_network(const struct spf_term *term)
{
	/* Not ip_v6(): a mapped network lists no IPv4 client (section 5). */
	struct ip ip = {.family = term->kind == SPF_IP4 ? IP_V4 : IP_V6};

	memcpy(ip.octet, term->network, sizeof term->network);
	return ip;
}

bool
spf_term_looks_up(const struct spf_term *term)
{
	return term->kind == SPF_INCLUDE || term->kind == SPF_A ||
	       term->kind == SPF_MX || term->kind == SPF_PTR ||
	       term->kind == SPF_EXISTS;
}
