/*
 * SPF through the whole wrapper and libspf2: each line of the input is a TXT
 * record (the first) or an answer to the next question.
 */
#include "base/clock.h"
#include "dns/answer.h"
#include "spf/spf.h"
#include "tests/fuzz/fuzz.h"

struct script {
	struct str all, rest;
	unsigned questions;
};

static struct dns_answer *
scripted(void *ctx, struct str name, enum dns_type type)
{
	struct script *script = ctx;
	struct str line;

	script->questions++;
	if (!str_split(&script->rest, '\n', &line)) {
		script->rest = script->all;
		if (!str_split(&script->rest, '\n', &line))
			return NULL;
	}
	struct dns_answer *answer = dns_answer_new(name, type, DNS_NODATA, "");
	struct ip ip;
	if (type == DNS_TXT)
		dns_answer_add_text(answer, line);
	else if (type == DNS_MX)
		dns_answer_add_mx(answer, 10, line);
	else if (type == DNS_PTR)
		dns_answer_add_text(answer, line);
	else if (ip_parse(line, &ip) && (ip.family == IP_V4) == (type == DNS_A))
		dns_answer_add_ip(answer, ip);
	return answer;
}

void
fuzz_one(struct str input)
{
	struct script script = {.all = input, .rest = input};
	struct dns_resolver *resolver =
	    dns_resolver_new_offline(scripted, &script);
	struct dns_session *session = dns_session_new(resolver, NULL);
	struct arena *arena = arena_new(NULL);
	struct spf_input spf = {
	    .client = {.family = IP_V4, .octet = {192, 0, 2, 1}},
	    .helo = str_lit("mx.sender.example"),
	    .mail_from_known = true,
	    .receiver = str_lit("mx.receiver.example"),
	    .now = 1700000000,
	};
	struct spf_outcome outcome;

	address_path(arena, str_lit("u%{d}r+x-y@sender.example"),
		     &spf.mail_from);
	spf_evaluate(spf_begin(arena, session, &spf),
		     clock_monotonic_ms() + 60000, &outcome);
	/* 10 terms with up to 10 names each, and the records themselves */
	fuzz_require(script.questions <= 200);
	fuzz_require(str_is_printable(outcome.explanation));
	fuzz_require(outcome.explanation.n <= LIMIT_SPF_EXPLANATION);
	fuzz_require(outcome.result == SPF_FAIL || outcome.explanation.n == 0);
	fuzz_canary(outcome.mechanism, "+ip4:192.0.2.1/30");
	fuzz_canary(outcome.mechanism, "ip4:192.0.2.1/30");
	arena_free(arena);
	dns_session_cancel(session);
	dns_session_unref(session);
	dns_resolver_free(resolver);
}
