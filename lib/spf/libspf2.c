#include "spf/libspf2.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libspf2's headers name what these declare without including them. */
#include <netinet/in.h>

#include <arpa/nameser.h>
#include <netdb.h>

#include <spf2/spf.h>

#include <spf2/spf_dns.h>
#include <spf2/spf_dns_rr.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"

/*
 * "exists" has no form without a name.  Its only question is for the target,
 * so the name in the text stands for it.
 */
#define EXISTS_NAME "target"
/* An escaped name of LIMIT_DOMAIN octets, with its NUL. */
#define ESCAPED_MAX (3 * LIMIT_DOMAIN + 1)
/* The version and a run of the longest directives: " ~ip6:", "/127". */
#define DIRECTIVE_MAX (12 + IP_TEXT_MAX)
#define TEXT_MAX (8 + SPF_ENGINE_RUN * DIRECTIVE_MAX)

struct spf_engine {
	SPF_dns_server_t dns;
	SPF_server_t *server;
	SPF_request_t *request;
	struct ip client;
	spf_engine_lookup *lookup;
	void *ctx;
	const struct spf_directive *directive; /* the one being evaluated */
};

/* --- names --- */

static bool
is_plain(char c)
{
	return ascii_is_alnum(c) || c == '.' || c == '-' || c == '_';
}

/*
 * Octets that host names do not have become "+" and two hexadecimal digits;
 * dots stay, so that "at or below" holds for escaped names as for plain ones.
 */
static bool
escape(struct str name, char out[ESCAPED_MAX])
{
	size_t n = 0;

	if (name.n > LIMIT_DOMAIN)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (is_plain(name.p[i]))
			out[n++] = ascii_lower(name.p[i]);
		else
			n += (size_t)snprintf(out + n, 4, "+%02x",
					      (unsigned char)name.p[i]);
	}
	out[n] = '\0';
	return true;
}

/* Undoes escape(). */
static struct str
unescape(const char *text, char out[ESCAPED_MAX])
{
	size_t n = 0;

	while (*text != '\0' && n < ESCAPED_MAX - 1) {
		if (text[0] == '+' && ascii_is_xdigit(text[1]) &&
		    ascii_is_xdigit(text[2])) {
			out[n++] = (char)(ascii_hex_value(text[1]) << 4 |
					  ascii_hex_value(text[2]));
			text += 3;
		} else {
			out[n++] = *text++;
		}
	}
	return str_n(out, n);
}

/* --- DNS --- */

/* For libspf2, which ends the process on NULL just the same. */
static SPF_dns_rr_t *
rr_new(SPF_dns_server_t *dns, const char *domain, ns_type type, int status)
{
	SPF_dns_rr_t *rr = SPF_dns_rr_new_init(dns, domain, type, 0, status);

	if (rr == NULL)
		mem_exhausted(sizeof *rr);
	return rr;
}

static void
rr_add(SPF_dns_rr_t *rr, const void *data, size_t n)
{
	if (SPF_dns_rr_buf_realloc(rr, rr->num_rr, n) != SPF_E_SUCCESS)
		mem_exhausted(n);
	memcpy(rr->rr[rr->num_rr++], data, n);
	rr->herrno = NETDB_SUCCESS;
}

static void
add_record(SPF_dns_rr_t *rr, enum dns_type type, const struct dns_rr *record)
{
	char name[ESCAPED_MAX];

	switch (type) {
	case DNS_A:
		rr_add(rr, record->ip.octet, 4);
		break;
	case DNS_AAAA:
		rr_add(rr, record->ip.octet, 16);
		break;
	case DNS_MX:
	case DNS_PTR:
		/* A null MX (RFC 7505) or PTR names no host. */
		if (record->text.n > 0 && escape(record->text, name))
			rr_add(rr, name, strlen(name) + 1);
		break;
	case DNS_TXT:
		break;
	}
}

static int
status_of(const struct spf_engine *engine, const struct dns_answer *answer)
{
	/* Errors under "ptr" are names that are not valid (section 5.5). */
	if (answer != NULL && dns_is_trouble(answer) &&
	    engine->directive->kind == SPF_PTR)
		return HOST_NOT_FOUND;
	if (answer == NULL || dns_is_limited(answer) || dns_is_trouble(answer))
		return TRY_AGAIN;
	/* Never success without a record; add_record() makes it one. */
	return answer->status == DNS_NXDOMAIN ? HOST_NOT_FOUND : NO_DATA;
}

static SPF_dns_rr_t *
on_lookup(SPF_dns_server_t *dns, const char *domain, ns_type type, int cache)
{
	struct spf_engine *engine = dns->hook;
	enum dns_type wanted = (enum dns_type)type;
	char name[ESCAPED_MAX];

	(void)cache;
	struct str question = engine->directive->kind == SPF_EXISTS
				  ? engine->directive->target
				  : unescape(domain, name);
	const struct dns_answer *answer =
	    engine->lookup(engine->ctx, question, wanted);
	SPF_dns_rr_t *rr = rr_new(dns, domain, type, status_of(engine, answer));
	if (rr->herrno == TRY_AGAIN)
		return rr;
	size_t most = wanted == DNS_PTR ? LIMIT_SPF_PTR : answer->count;
	for (size_t i = 0; i < answer->count && i < most; i++)
		add_record(rr, wanted, &answer->rr[i]);
	return rr;
}

/* --- life --- */

static void
set_client(SPF_request_t *request, struct ip client)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (client.family == IP_V4) {
		memcpy(&v4, client.octet, sizeof v4);
		SPF_request_set_ipv4(request, v4);
	} else {
		memcpy(&v6, client.octet, sizeof v6);
		SPF_request_set_ipv6(request, v6);
	}
}

struct spf_engine *
spf_engine_new(struct ip client, spf_engine_lookup *lookup, void *ctx)
{
	struct spf_engine *engine = mem_alloc(sizeof *engine);
	SPF_response_t *response = NULL;

	engine->client = client;
	engine->lookup = lookup;
	engine->ctx = ctx;
	/* Without a destructor: the library frees nothing of ours. */
	engine->dns.lookup = on_lookup;
	engine->dns.name = "verdict";
	engine->dns.hook = engine;
	engine->server = SPF_server_new_dns(&engine->dns, 0);
	if (engine->server == NULL)
		mem_exhausted(sizeof *engine->server);
	/* Its own texts are made after every record: keep them trivial. */
	SPF_server_set_explanation(engine->server, "x", &response);
	if (response != NULL)
		SPF_response_free(response);
	SPF_server_set_rec_dom(engine->server, "x");
	engine->request = SPF_request_new(engine->server);
	if (engine->request == NULL)
		mem_exhausted(sizeof *engine->request);
	set_client(engine->request, client);
	return engine;
}

void
spf_engine_free(struct spf_engine *engine)
{
	if (engine == NULL)
		return;
	SPF_request_free(engine->request);
	SPF_server_free(engine->server);
	free(engine);
}

/* --- evaluation --- */

bool
spf_engine_accepts(struct str text)
{
	static const struct str octets =
	    STR("abcdefghijklmnopqrstuvwxyz0123456789 =:/._+-~?");

	if (text.n >= TEXT_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (str_chr(octets, text.p[i]) == octets.n)
			return false;
	}
	return true;
}

static char
qualifier_sign(enum spf_result qualifier)
{
	switch (qualifier) {
	case SPF_FAIL:
		return '-';
	case SPF_SOFTFAIL:
		return '~';
	case SPF_NEUTRAL:
		return '?';
	default:
		return '+';
	}
}

static int
directive_text(const struct spf_engine *engine,
	       const struct spf_directive *directive, char out[DIRECTIVE_MAX])
{
	char sign = qualifier_sign(directive->qualifier);
	const char *slash = engine->client.family == IP_V4 ? "/" : "//";
	char network[IP_TEXT_MAX];

	switch (directive->kind) {
	case SPF_ALL:
		return snprintf(out, DIRECTIVE_MAX, " %call", sign);
	case SPF_IP4:
	case SPF_IP6:
		return snprintf(out, DIRECTIVE_MAX, " %cip%c:%s/%u", sign,
				directive->kind == SPF_IP4 ? '4' : '6',
				ip_format(directive->network, network),
				directive->prefix);
	case SPF_A:
	case SPF_MX:
		return snprintf(out, DIRECTIVE_MAX, " %c%s%s%u", sign,
				directive->kind == SPF_A ? "a" : "mx", slash,
				directive->prefix);
	case SPF_PTR:
		return snprintf(out, DIRECTIVE_MAX, " %cptr", sign);
	case SPF_EXISTS:
		return snprintf(out, DIRECTIVE_MAX, " %cexists:" EXISTS_NAME,
				sign);
	case SPF_INCLUDE:
		break;
	}
	return 0;
}

static void
record_text(const struct spf_engine *engine,
	    const struct spf_directive *directive, size_t n, char out[TEXT_MAX])
{
	static const char version[] = "v=spf1";
	size_t used = sizeof version - 1;

	memcpy(out, version, sizeof version);
	for (size_t i = 0; i < n; i++)
		used +=
		    (size_t)directive_text(engine, &directive[i], out + used);
}

static bool
refuse(void)
{
	if (DEBUG_BUILD)
		abort();
	return false;
}

/* The one way into the compiler of libspf2. */
static bool
compile(struct spf_engine *engine, SPF_response_t *response, const char *text,
	size_t n, SPF_record_t **record_out)
{
	if (!spf_engine_accepts(str_of(text)) ||
	    !spf_engine_accepts(str_of(engine->request->cur_dom)))
		return refuse();
	return SPF_record_compile(engine->server, response, record_out, text) ==
		   SPF_E_SUCCESS &&
	       (*record_out)->num_mech == n;
}

static enum spf_match
read_response(SPF_response_t *response, enum spf_result *result_out)
{
	bool match = SPF_response_reason(response) == SPF_REASON_MECH;

	switch (SPF_response_result(response)) {
	case SPF_RESULT_PASS:
		*result_out = SPF_PASS;
		break;
	case SPF_RESULT_FAIL:
		*result_out = SPF_FAIL;
		break;
	case SPF_RESULT_SOFTFAIL:
		*result_out = SPF_SOFTFAIL;
		break;
	case SPF_RESULT_NEUTRAL:
		if (!match)
			return SPF_NO_MATCH;
		*result_out = SPF_NEUTRAL;
		break;
	case SPF_RESULT_TEMPERROR:
		return SPF_MATCH_TEMPERROR;
	default:
		return SPF_MATCH_PERMERROR;
	}
	return match ? SPF_MATCH : SPF_MATCH_PERMERROR;
}

/* Hands the library one record. */
static enum spf_match
interpret(struct spf_engine *engine, const struct spf_directive *directive,
	  size_t n, enum spf_result *result_out)
{
	enum spf_match match = SPF_MATCH_PERMERROR;
	SPF_record_t *record = NULL;
	char text[TEXT_MAX], target[ESCAPED_MAX];

	if (n > SPF_ENGINE_RUN || !escape(directive->target, target))
		return SPF_MATCH_PERMERROR;
	SPF_response_t *response = SPF_response_new(engine->request);
	if (response == NULL)
		mem_exhausted(sizeof *response);
	record_text(engine, directive, n, text);
	engine->directive = directive;
	engine->request->cur_dom = target;
	if (!compile(engine, response, text, n, &record))
		goto out;
	/* Must be set, or the library ends the process. */
	response->spf_record_exp = record;
	SPF_record_interpret(record, engine->request, response, 0);
	match = read_response(response, result_out);
out:
	engine->request->cur_dom = NULL;
	if (record != NULL)
		SPF_record_free(record);
	SPF_response_free(response);
	return match;
}

enum spf_match
spf_engine_evaluate(struct spf_engine *engine,
		    const struct spf_directive *directive, size_t n,
		    size_t *index_out, enum spf_result *result_out)
{
	enum spf_match match = interpret(engine, directive, n, result_out);
	size_t first = 0;

	/* The library does not tell which one matched: ask it for halves. */
	while (match == SPF_MATCH && n > 1) {
		size_t half = n / 2;
		enum spf_result ignored;
		enum spf_match left =
		    interpret(engine, directive + first, half, &ignored);
		if (left != SPF_MATCH)
			first += half;
		n = left == SPF_MATCH ? half : n - half;
	}
	if (match == SPF_MATCH)
		*index_out = first;
	return match;
}
