#include "tests/support/test.h"

#include <string.h>

#include "base/arena.h"
#include "verdict/verdict.h"

static const struct dkim_outcome signatures[] = {
    {.result = DKIM_PASS,
     .domain = STR("sender.example"),
     .selector = STR("s1"),
     .algorithm = STR("rsa-sha256"),
     .identity = STR("@sender.example"),
     .tried = true},
    {.result = DKIM_NEUTRAL, .reason = STR("not tried")},
};

static const struct arc_hop seals[] = {
    {.instance = 1, .domain = STR("a.example"), .selector = STR("s1")},
    {.instance = 2, .domain = STR("b.example"), .selector = STR("s2")},
};

static struct verdict
failing(void)
{
	struct verdict verdict = {
	    .client = {.family = IP_V4},
	    .from = {.state = FROM_ONE,
		     .domain = {STR("sender.example")},
		     .count = 1,
		     .strict = true,
		     .reason = ""},
	    .spf = {.result = SPF_FAIL,
		    .domain = STR("sender.example"),
		    .explanation = STR("no"),
		    .mechanism = STR("-all")},
	    .dkim = {.outcome = signatures, .count = 2},
	    .arc = {.result = ARC_PASS,
		    .oldest_pass = 2,
		    .hop = seals,
		    .count = 2},
	    .dmarc = {.count = 1},
	    .dns = {.questions = 3, .prefetches = 1, .sent = 2, .waited_us = 9},
	    .decision = {.action = ACTION_REJECT,
			 .applied = ACTION_ACCEPT,
			 .cause = CAUSE_DMARC,
			 .reason = STR("dmarc=fail"),
			 .reply_code = "550",
			 .reply_xcode = "5.7.26",
			 .reply_text = STR("DMARC")},
	};

	verdict.dmarc.outcome[0] = (struct dmarc_outcome){
	    .result = DMARC_FAIL,
	    .from = STR("sender.example"),
	    .org_domain = STR("sender.example"),
	    .has_record = true,
	    .policy_domain = STR("sender.example"),
	    .published = DMARC_P_REJECT,
	    .policy = DMARC_P_QUARANTINE,
	    .testing = true,
	    .policy_tag = "p",
	    .spf_aligned = false,
	    .dkim_aligned = true,
	    .reason = STR("r"),
	};
	return verdict;
}

#define SPF_JSON                                                \
	"\"spf\":{\"result\":\"fail\",\"scope\":\"mailfrom\","  \
	"\"domain\":\"sender.example\",\"explanation\":\"no\"," \
	"\"reason\":\"\",\"mechanism\":\"-all\"}"
#define DKIM_JSON                                                        \
	"\"dkim\":[{\"result\":\"pass\",\"domain\":\"sender.example\","  \
	"\"selector\":\"s1\",\"algorithm\":\"rsa-sha256\","              \
	"\"identity\":\"@sender.example\",\"reason\":\"\","              \
	"\"tried\":true,\"key_testing\":false},"                         \
	"{\"result\":\"neutral\",\"domain\":\"\",\"selector\":\"\","     \
	"\"algorithm\":\"\",\"identity\":\"\",\"reason\":\"not tried\"," \
	"\"tried\":false,\"key_testing\":false}]"
#define ARC_JSON                                                          \
	"\"arc\":{\"result\":\"pass\",\"oldest_pass\":2,\"chain\":["      \
	"{\"instance\":1,\"domain\":\"a.example\",\"selector\":\"s1\"},"  \
	"{\"instance\":2,\"domain\":\"b.example\",\"selector\":\"s2\"}]," \
	"\"reason\":\"\"}"
#define DMARC_JSON                                                     \
	"\"dmarc\":{\"result\":\"fail\",\"from\":\"sender.example\","  \
	"\"org_domain\":\"sender.example\",\"policy\":\"quarantine\"," \
	"\"policy_domain\":\"sender.example\",\"policy_tag\":\"p\","   \
	"\"published\":\"reject\",\"testing\":true,"                   \
	"\"spf_aligned\":false,\"dkim_aligned\":true,"                 \
	"\"policy_unknown\":false,"                                    \
	"\"org_domain_is_public_suffix\":false,\"reason\":\"r\"}"
#define DECISION_JSON                                       \
	"\"action\":\"reject\",\"applied\":\"accept\","     \
	"\"cause\":\"dmarc\",\"reason\":\"dmarc=fail\","    \
	"\"reply\":{\"code\":\"550\",\"xcode\":\"5.7.26\"," \
	"\"text\":\"DMARC\"}"
#define REST_JSON                                                        \
	"\"from\":{\"state\":\"one\",\"domains\":[\"sender.example\"],"  \
	"\"strict\":true,\"reason\":\"\"},\"client_class\":\"foreign\"," \
	"\"limits\":[],\"dns\":{\"questions\":3,\"prefetches\":1,"       \
	"\"sent\":2,\"waited_us\":9}"

/* The contract, key by key. */
static void
test_json(void **state)
{
	struct verdict verdict = failing();

	assert_str(verdict_json(*state, &verdict, str_empty()),
		   "{" SPF_JSON "," DKIM_JSON "," ARC_JSON "," DMARC_JSON
		   "," DECISION_JSON "," REST_JSON "}");
	assert_str(verdict_json(*state, &verdict, exact("mx;\n\tspf=fail")),
		   "{" SPF_JSON "," DKIM_JSON "," ARC_JSON "," DMARC_JSON
		   "," DECISION_JSON "," REST_JSON
		   ",\"authentication_results\":"
		   "\"mx;\\n\\tspf=fail\"}");
}

static bool
has(struct str json, const char *text)
{
	return memmem(json.p, json.n, text, strlen(text)) != NULL;
}

static void
test_json_removed(void **state)
{
	static const struct verdict_removed removed[] = {
	    {STR("X-Tag"), 2}, {STR("BIMI-Location"), 1}};
	struct verdict verdict = failing();

	verdict.removed = removed;
	verdict.removed_names = 2;
	assert_true(has(verdict_json(*state, &verdict, str_empty()),
			",\"removed\":{\"X-Tag\":2,\"BIMI-Location\":1}}"));
}

/* What a relay told, where it was asked. */
static void
test_json_seen(void **state)
{
	struct verdict verdict = failing();

	assert_false(
	    has(verdict_json(*state, &verdict, str_empty()), "\"seen\""));
	verdict.seen =
	    (struct verdict_seen){.asked = true, .reason = "it wrote none"};
	assert_false(verdict_seen_is_checked(&verdict.seen));
	assert_true(has(verdict_json(*state, &verdict, str_empty()),
			",\"seen\":{\"client\":\"\",\"helo\":\"\","
			"\"time\":0,\"reason\":\"it wrote none\"},"));
	assert_true(ip_parse(exact("2001:db8::9"), &verdict.seen.client));
	assert_false(verdict_seen_is_checked(&verdict.seen));
	verdict.seen.helo = exact("h.example");
	verdict.seen.time = 1700000000;
	verdict.seen.reason = "";
	assert_true(verdict_seen_is_checked(&verdict.seen));
	assert_true(has(verdict_json(*state, &verdict, str_empty()),
			",\"seen\":{\"client\":\"2001:db8::9\",\"helo\":"
			"\"h.example\",\"time\":1700000000,\"reason\":\"\"},"));
}

static void
test_json_without_record(void **state)
{
	struct verdict verdict = failing();

	verdict.dmarc.outcome[0].has_record = false;
	verdict.dmarc.outcome[0].result = DMARC_NONE;
	struct str json = verdict_json(*state, &verdict, str_empty());
	assert_true(has(json, "\"dmarc\":{\"result\":\"none\""));
	assert_false(has(json, "\"policy\""));
	assert_false(has(json, "\"policy_domain\""));
}

static void
test_json_of_little(void **state)
{
	struct verdict verdict = {.client_class = CLIENT_FOREIGN};

	verdict.from.state = FROM_MISSING;
	struct str json = verdict_json(*state, &verdict, str_empty());
	assert_true(has(json, "\"dkim\":[]"));
	assert_true(has(json, "\"arc\":{\"result\":\"none\","
			      "\"oldest_pass\":0,\"chain\":[]"));
	assert_true(has(json, "\"dmarc\":{\"result\":\"none\",\"from\":\"\""));
	assert_true(has(json, "\"reason\":\"no From field\""));
	assert_true(has(json, "\"action\":\"accept\""));
	assert_false(has(json, "\"reply\""));
	assert_false(has(json, "\"authentication_results\""));
	verdict.client.family = IP_V6;
	verdict.client_class = CLIENT_AUTHENTICATED;
	json = verdict_json(*state, &verdict, str_empty());
	assert_true(has(json, "\"reason\":\"not checked\""));
	assert_true(has(json, "\"client_class\":\"authenticated\""));
}

static void
test_json_several_authors(void **state)
{
	struct verdict verdict = failing();

	verdict.dmarc.outcome[1] = verdict.dmarc.outcome[0];
	verdict.dmarc.outcome[1].from = str_lit("b.example");
	verdict.dmarc.count = 2;
	verdict.dmarc.decisive = 1;
	struct str json = verdict_json(*state, &verdict, str_empty());
	assert_true(has(json, "\"dmarc\":{\"result\":\"fail\","
			      "\"from\":\"b.example\""));
	assert_true(has(json, "\"others\":[{\"result\":\"fail\","
			      "\"from\":\"sender.example\""));
}

/* RFC 8259 section 8.1: whatever octets a sender wrote */
static void
test_json_octets(void **state)
{
	static const struct {
		const char *octets;
		size_t n;
		const char *json;
	} cases[] = {
	    {"a\"b\\", 4, "a\\\"b\\\\"},
	    {"\x01\n\x7f", 3, "\\u0001\\n"},
	    {"a\0b", 3, "a\\u0000b"},
	    {"\xc3\xbc", 2, "\\u00FC"},
	    {"\xf0\x9f\x98\x80", 4, "\\uD83D\\uDE00"},
	    {"\xe2\x80\xae", 3, "\\u202E"},
	    {"a\xff\xc3(\xc3\xbc", 6, "a\\\\xff\\\\xc3(\\u00FC"},
	    {"\xed\xa0\x80", 3, "\\\\xed\\\\xa0\\\\x80"},
	    {"\xc0\x80", 2, "\\\\xc0\\\\x80"},
	    {"\xc3", 1, "\\\\xc3"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct verdict verdict = failing();
		verdict.spf.reason = exact_n(cases[i].octets, cases[i].n);
		struct str json = verdict_json(*state, &verdict, str_empty());
		assert_true(has(json, cases[i].json));
		for (size_t k = 0; k < json.n; k++)
			assert_true(json.p[k] >= 0x20);
	}
}

static void
test_limits(void **state)
{
	const struct verdict verdict = {.limits = ~0U};

	assert_str(verdict_limits_text(*state, 0), "");
	assert_str(verdict_limits_text(*state, VERDICT_LIMIT_SPF_TIME),
		   "spf-time");
	assert_str(verdict_limits_text(*state, verdict.limits),
		   "dns-questions,message-time,spf-time,crypto-time,"
		   "signatures,header-fields,header-bytes,max-memory,"
		   "author-domains,dns-prefetches,zone-time,zone-waiters,"
		   "max-evaluations,arc-time,arc-keys,"
		   "slow-waiters,dns-records");
	struct str json = verdict_json(*state, &verdict, str_empty());
	assert_true(has(json, "\"limits\":[\"dns-questions\","));
}

static void
test_from_text(void **state)
{
	static const struct {
		enum from_state state;
		bool strict;
		const char *reason, *want;
	} cases[] = {
	    {FROM_ONE, true, "", ""},
	    {FROM_ONE, true, "an address literal", "an address literal"},
	    {FROM_ONE, false, "bare CR or LF", "malformed From: bare CR or LF"},
	    {FROM_SEVERAL, true, "", "several From domains"},
	    {FROM_TOO_MANY, true, "too many From domains",
	     "too many From domains"},
	    {FROM_UNREADABLE, true, "a line that the next hop folds",
	     "unreadable From: a line that the next hop folds"},
	    {FROM_FIELDS, true, "", "several From fields"},
	    {FROM_NO_DOMAIN, true, "no mailbox",
	     "no domain in From: no mailbox"},
	    {FROM_MISSING, true, NULL, "no From field"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct verdict verdict = {0};
		verdict.from.state = cases[i].state;
		verdict.from.strict = cases[i].strict;
		verdict.from.reason = cases[i].reason;
		assert_str(verdict_from_text(*state, &verdict), cases[i].want);
	}
}

static void
test_decisive(void **state)
{
	struct verdict verdict = {0};

	(void)state;
	assert_null(verdict_dmarc(&verdict));
	verdict.dmarc.count = 2;
	verdict.dmarc.decisive = 1;
	assert_ptr_equal(verdict_dmarc(&verdict), &verdict.dmarc.outcome[1]);
	verdict.dmarc.decisive = 2;
	assert_null(verdict_dmarc(&verdict));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_json_removed),
	    cmocka_unit_test(test_json_seen),
	    cmocka_unit_test(test_json_without_record),
	    cmocka_unit_test(test_json_of_little),
	    cmocka_unit_test(test_json_several_authors),
	    cmocka_unit_test(test_json_octets),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_from_text),
	    cmocka_unit_test(test_decisive),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
