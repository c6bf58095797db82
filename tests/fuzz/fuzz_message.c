/*
 * One whole message through the pipeline, the policy, Authentication-Results,
 * the JSON and a record, with a resolver that answers out of the input: the
 * first line of the input lists how each question is answered, octet by octet.
 */
#include "authres/authres.h"
#include "dns/answer.h"
#include "policy/policy.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/law.h"
#include "verify/verify.h"

struct script {
	struct str answers; /* how: one octet a question, then around */
	struct str text;    /* a record's text: the rest of the script line */
	size_t at;
};

static const struct str records[] = {
    STR("v=spf1 include:a.example a mx ptr exists:%{i}.b.example -all"),
    STR("v=DMARC1; p=reject; sp=quarantine; np=none; psd=u; t=y"),
    STR("v=DMARC1; p=quarantine; psd=n; adkim=s"),
    STR("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
    STR("v=spf1 redirect=%{d2}.c.example"),
};

static struct dns_answer *
scripted(void *ctx, struct str name, enum dns_type type)
{
	struct script *script = ctx;

	if (script->answers.n == 0)
		return NULL;
	uint8_t how =
	    (uint8_t)script->answers.p[script->at++ % script->answers.n];
	if (how % 8 == 0)
		return NULL;
	if (how % 8 == 1)
		return dns_answer_new(name, type, DNS_FAILED, "SERVFAIL");
	if (how % 8 == 2)
		return dns_answer_new(name, type, DNS_TIMEOUT, "silence");
	struct dns_answer *answer = dns_answer_new(name, type, DNS_NODATA, "");
	if (how % 8 == 3)
		return answer;
	if (type == DNS_A || type == DNS_AAAA) {
		struct ip ip = {.family = type == DNS_A ? IP_V4 : IP_V6,
				.octet = {192, 0, 2, how}};
		dns_answer_add_ip(answer, ip);
	} else if (type == DNS_MX) {
		dns_answer_add_mx(answer, how, str_lit("mx.a.example"));
	} else if (how % 8 == 4) {
		dns_answer_add_text(answer, script->text);
	} else {
		dns_answer_add_text(
		    answer,
		    records[how / 8 % (sizeof records / sizeof records[0])]);
	}
	return answer;
}

static void
check_field(struct str field)
{
	size_t line = 0;

	for (size_t i = 0; i < field.n; i++) {
		unsigned char c = (unsigned char)field.p[i];
		fuzz_require(c == '\n' || c == '\t' ||
			     (c >= 0x20 && c <= 0x7e));
		line = c == '\n' ? 0 : line + 1;
		fuzz_require(line < 998);
	}
}

static void
check_record(struct arena *arena, const struct verdict *verdict,
	     const struct policy_options *policy)
{
	static const struct str names[] = {STR("Subject"), STR("From")};
	static const struct record_about about = {.field = names, .fields = 2};
	struct verdict unpacked;

	fuzz_require(law_round_trip(arena, verdict, &about, &unpacked) == NULL);
	fuzz_require(law_decision(arena, verdict, &unpacked, policy) == NULL);
}

void
fuzz_one(struct str input)
{
	static const struct str ids[] = {STR("mx.receiver.example")};
	static const struct authres_options own = {
	    .id = STR("mx.receiver.example"),
	    .ids = ids,
	    .n_ids = 1,
	    .comments = true,
	    .iprev = true,
	    .tag_header = STR("X-Verdict-Action"),
	};
	size_t end = str_chr(input, '\n');
	struct str script_line = str_first(input, end);
	size_t bar = str_chr(script_line, '|');
	struct script script = {.answers = str_first(script_line, bar),
				.text = str_from(script_line, bar + 1)};
	struct arena_pool pool;
	struct verify_options options = {.authserv_id = ids[0]};
	struct verify_envelope envelope = {
	    .client = {.family = IP_V4, .octet = {192, 0, 2, 1}},
	    .helo = str_lit("mx.sender.example"),
	    .mail_from_known = true,
	    .mail_from = str_lit("<user@sender.example>"),
	    .now = 1700000000,
	    .prefetch = true,
	    .iprev = (enum iprev_result)(end % (IPREV_PERMERROR + 1)),
	};
	struct verify_engine engine = {.pool = &pool};
	struct policy_options policy = policy_options_default();
	struct verify *verify;
	size_t deletions;

	arena_pool_init(&pool, 0);
	engine.resolver = dns_resolver_new_offline(scripted, &script);
	verify_message(&engine, &options, &envelope, str_from(input, end + 1),
		       &verify);
	const struct verdict *verdict = verify_verdict(verify);
	struct arena *arena = verify_arena(verify);
	verify_decide(verify, policy_decide(arena, verdict, &policy));
	struct str field = authres_build(arena, &own, verdict);
	check_field(field);
	fuzz_require(verdict_json(arena, verdict, field).n > 0);
	check_record(arena, verdict, &policy);
	(void)authres_forged(arena, verify_header_fields(verify), &own,
			     CLIENT_FOREIGN, &deletions);
	if (verdict->from.count > 0)
		fuzz_canary(verdict->from.domain[0], "z.ab");
	verify_free(verify);
	dns_resolver_free(engine.resolver);
}
