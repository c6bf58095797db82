#include "tests/support/test.h"

#include <string.h>

#include "policy/policy.h"
#include "policy/shape.h"

/* What the message shows, in short; the From domain is a.bank.example. */
struct facts {
	unsigned arc_run;
	bool arc_pass, list, public_suffix;
	enum spf_result spf;
	const char *spf_domain, *mail_from, *client, *client_name;
	enum spf_result vouched; /* of the client for vouched.example */
	bool for_anybody;
	enum dkim_result dkim;
	const char *d;
	bool header_verifies, header_undecided;
};

static const struct str forwarder_domains[] = {STR("fwd.example")};

static struct verdict
verdict_of(const struct facts *facts, struct dkim_outcome *outcome)
{
	static struct client_spf vouched;
	struct verdict verdict;

	memset(&verdict, 0, sizeof verdict);
	memset(outcome, 0, sizeof *outcome);
	outcome->result = facts->dkim;
	outcome->domain = str_of(facts->d);
	outcome->header_verifies = facts->header_verifies;
	outcome->header_undecided = facts->header_undecided;
	verdict.dkim.outcome = outcome;
	verdict.dkim.count = facts->d != NULL;
	verdict.arc.result = facts->arc_pass ? ARC_PASS : ARC_NONE;
	verdict.arc_run = facts->arc_run;
	verdict.list.named = facts->list;
	verdict.spf.result = facts->spf;
	verdict.spf.domain = str_of(facts->spf_domain);
	struct str path = str_of(facts->mail_from);
	verdict.mail_from_local = str_first(path, str_rchr(path, '@'));
	verdict.client_name = str_of(facts->client_name);
	if (facts->client != NULL)
		assert_true(ip_parse(str_of(facts->client), &verdict.client));
	vouched = (struct client_spf){.domain = str_lit("vouched.example"),
				      .result = facts->vouched,
				      .for_anybody = facts->for_anybody};
	verdict.client_spf = &vouched;
	verdict.client_spfs = facts->vouched != SPF_NONE;
	verdict.dmarc.count = 1;
	verdict.dmarc.outcome[0] = (struct dmarc_outcome){
	    .result = DMARC_FAIL,
	    .has_record = true,
	    .policy = DMARC_P_REJECT,
	    .from = str_lit("a.bank.example"),
	    .org_domain = facts->public_suffix ? str_lit("example")
					       : str_lit("bank.example"),
	    .org_domain_is_public_suffix = facts->public_suffix,
	};
	return verdict;
}

static struct shape_forwarders
forwarders(void)
{
	static struct client_element element[] = {
	    {.by = CLIENT_BY_SPF, .domain = STR("vouched.example")},
	    {.by = CLIENT_BY_DOMAIN, .domain = STR("out.fwd.example")},
	    {.by = CLIENT_BY_NETWORK},
	};

	assert_true(
	    ip_network_parse(str_lit("192.0.2.0/28"), &element[2].network));
	return (struct shape_forwarders){{element, 3, 1, 1},
					 {forwarder_domains, 1}};
}

static const struct {
	struct facts facts;
	enum shape shape;
	bool strong;
	const char *evidence;
} cases[] = {
    {{.d = NULL}, SHAPE_SPOOF, false, ""},
    {{.arc_run = 1}, SHAPE_FORWARDED, true, "trusted-arc"},
    {{.arc_run = 2, .list = true}, SHAPE_LIST, true, "trusted-arc,list-fields"},
    {{.arc_pass = true}, SHAPE_FORWARDED, false, "foreign-signature"},
    {{.client = "192.0.2.15"}, SHAPE_FORWARDED, true, "forwarder-network"},
    {{.client = "192.0.2.16"}, SHAPE_SPOOF, false, ""},
    {{.client = "192.0.2.16", .client_name = "a.OUT.fwd.example."},
     SHAPE_FORWARDED,
     true,
     "forwarder-name"},
    {{.client = "192.0.2.16", .client_name = "out.fwd.example"},
     SHAPE_SPOOF,
     false,
     ""},
    {{.client = "192.0.2.15", .client_name = "a.out.fwd.example"},
     SHAPE_FORWARDED,
     true,
     "forwarder-network"},
    {{.client = "192.0.2.16", .vouched = SPF_PASS},
     SHAPE_FORWARDED,
     true,
     "forwarder-spf"},
    {{.client = "192.0.2.16", .vouched = SPF_PASS, .list = true},
     SHAPE_LIST,
     true,
     "forwarder-spf,list-fields"},
    {{.client = "192.0.2.16", .vouched = SPF_PASS, .for_anybody = true},
     SHAPE_SPOOF,
     false,
     ""},
    {{.client = "192.0.2.16", .vouched = SPF_SOFTFAIL}, SHAPE_SPOOF, false, ""},
    {{.client = "192.0.2.16", .vouched = SPF_PERMERROR},
     SHAPE_SPOOF,
     false,
     ""},
    /* A lookup that was not answered is no answer. */
    {{.client = "192.0.2.16", .vouched = SPF_TEMPERROR},
     SHAPE_UNKNOWN,
     false,
     "no-answer"},
    {{.client = "192.0.2.15", .vouched = SPF_TEMPERROR},
     SHAPE_FORWARDED,
     true,
     "forwarder-network"},
    {{.d = "fwd.example", .dkim = DKIM_PASS},
     SHAPE_FORWARDED,
     true,
     "forwarder-signature,foreign-signature"},
    {{.d = "x.fwd.example", .dkim = DKIM_PASS},
     SHAPE_FORWARDED,
     false,
     "foreign-signature"},
    {{.d = "fwd.example", .dkim = DKIM_FAIL, .header_verifies = true},
     SHAPE_SPOOF,
     false,
     ""},
    {{.list = true}, SHAPE_LIST, false, "list-fields"},
    /* own organization */
    {{.d = "bank.example", .dkim = DKIM_PASS},
     SHAPE_MISCONFIGURED,
     false,
     "own-identifier"},
    {{.d = "b.bank.example", .dkim = DKIM_PASS, .list = true},
     SHAPE_MISCONFIGURED,
     false,
     "list-fields,own-identifier"},
    {{.d = "notbank.example", .dkim = DKIM_PASS},
     SHAPE_FORWARDED,
     false,
     "foreign-signature"},
    {{.d = "b.example", .dkim = DKIM_PASS, .public_suffix = true},
     SHAPE_FORWARDED,
     false,
     "foreign-signature"},
    {{.spf = SPF_PASS, .spf_domain = "bank.example"},
     SHAPE_MISCONFIGURED,
     false,
     "own-identifier"},
    {{.spf = SPF_SOFTFAIL, .spf_domain = "bank.example"},
     SHAPE_SPOOF,
     false,
     ""},
    {{.client_name = "MX.bank.example."},
     SHAPE_MISCONFIGURED,
     false,
     "own-host"},
    {{.client_name = "mx.notbank.example"}, SHAPE_SPOOF, false, ""},
    {{.client_name = "mx bank.example"}, SHAPE_SPOOF, false, ""},
    /* a changed body */
    {{.d = "bank.example", .dkim = DKIM_FAIL, .header_verifies = true},
     SHAPE_FORWARDED,
     false,
     "changed-body"},
    {{.d = "bank.example", .dkim = DKIM_FAIL}, SHAPE_SPOOF, false, ""},
    {{.d = "bank.example", .dkim = DKIM_FAIL, .header_undecided = true},
     SHAPE_UNKNOWN,
     false,
     "no-answer"},
    {{.d = "b.example", .dkim = DKIM_FAIL, .header_undecided = true},
     SHAPE_SPOOF,
     false,
     ""},
    /* the path */
    {{.spf = SPF_PASS,
      .spf_domain = "fwd.example",
      .mail_from = "SRS0=h=t=A.Bank.example=bob@fwd.example"},
     SHAPE_FORWARDED,
     false,
     "rewritten-path"},
    {{.spf = SPF_PASS,
      .spf_domain = "l.example",
      .mail_from = "l+bob=a.bank.example@l.example"},
     SHAPE_FORWARDED,
     false,
     "rewritten-path"},
    {{.spf = SPF_FAIL,
      .spf_domain = "l.example",
      .mail_from = "l+bob=a.bank.example@l.example"},
     SHAPE_SPOOF,
     false,
     ""},
    {{.spf = SPF_PASS,
      .spf_domain = "l.example",
      .mail_from = "a.bank.example@l.example"},
     SHAPE_SPOOF,
     false,
     ""},
    {{.spf = SPF_PASS,
      .spf_domain = "l.example",
      .mail_from = "x=y@a.bank.example"},
     SHAPE_SPOOF,
     false,
     ""},
    {{.spf = SPF_PASS, .spf_domain = "l.example"}, SHAPE_SPOOF, false, ""},
    /* no answer */
    {{.spf = SPF_TEMPERROR, .spf_domain = "l.example"},
     SHAPE_UNKNOWN,
     false,
     "no-answer"},
    {{.d = "l.example", .dkim = DKIM_TEMPERROR, .list = true},
     SHAPE_LIST,
     false,
     "list-fields,no-answer"},
};

static void
test_table(void **state)
{
	struct shape_forwarders known = forwarders();

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct dkim_outcome outcome;
		struct verdict verdict = verdict_of(&cases[i].facts, &outcome);
		struct shape_outcome got = shape_of(*state, &verdict, &known);
		if (got.shape != cases[i].shape ||
		    got.strong != cases[i].strong ||
		    !str_is(got.evidence, cases[i].evidence))
			fail_msg("case %zu: %s %d %.*s", i,
				 shape_text(got.shape), got.strong,
				 STR_ARG(got.evidence));
	}
}

static void
test_failures_only(void **state)
{
	const struct facts facts = {.list = true, .arc_run = 1};
	struct shape_forwarders known = forwarders();
	struct dkim_outcome outcome;
	struct verdict verdict = verdict_of(&facts, &outcome);

	for (int r = DMARC_NONE; r <= DMARC_PERMERROR; r++) {
		verdict.dmarc.outcome[0].result = (enum dmarc_result)r;
		assert_int_equal(shape_of(*state, &verdict, &known).shape,
				 r == DMARC_FAIL ? SHAPE_LIST : SHAPE_NONE);
	}
	verdict.dmarc.count = 0;
	assert_int_equal(shape_of(*state, &verdict, &known).shape, SHAPE_NONE);
}

/* Every signature counts, and none behind the last. */
static void
test_signatures(void **state)
{
	const struct facts facts = {.d = "b.example", .dkim = DKIM_PASS};
	struct shape_forwarders known = forwarders();
	struct dkim_outcome outcome[2];
	struct verdict verdict = verdict_of(&facts, outcome);

	outcome[1] = outcome[0];
	outcome[1].domain = str_lit("bank.example");
	assert_str(shape_of(*state, &verdict, &known).evidence,
		   "foreign-signature");
	verdict.dkim.count = 2;
	assert_str(shape_of(*state, &verdict, &known).evidence,
		   "foreign-signature,own-identifier");
}

static void
test_forwarders(void **state)
{
	static const struct str domains[] = {STR("fwd.example"),
					     STR("b.example")};
	const struct facts facts = {.d = "b.example", .dkim = DKIM_PASS};
	struct shape_forwarders known = forwarders();
	struct dkim_outcome outcome;
	struct verdict verdict = verdict_of(&facts, &outcome);

	known.domains.name = domains;
	assert_false(shape_of(*state, &verdict, &known).strong);
	known.domains.count = 2;
	assert_true(shape_of(*state, &verdict, &known).strong);
}

/* Without an organization the From domain stands for itself. */
static void
test_no_organization(void **state)
{
	const struct facts facts = {.d = "bank.example", .dkim = DKIM_PASS};
	struct shape_forwarders known = forwarders();
	struct dkim_outcome outcome;
	struct verdict verdict = verdict_of(&facts, &outcome);

	verdict.dmarc.outcome[0].org_domain = str_empty();
	assert_str(shape_of(*state, &verdict, &known).evidence,
		   "foreign-signature");
	outcome.domain = str_lit("m.a.bank.example");
	assert_str(shape_of(*state, &verdict, &known).evidence,
		   "own-identifier");
	outcome.domain = str_empty();
	assert_str(shape_of(*state, &verdict, &known).evidence,
		   "foreign-signature");
}

#define SPOOF             \
	{                 \
		.d = NULL \
	}
#define WEAK                 \
	{                    \
		.list = true \
	}
#define STRONG               \
	{                    \
		.arc_run = 1 \
	}

static void
test_default(void **state)
{
	static const struct {
		struct facts facts;
		enum policy_on_quarantine how;
		bool filed;
		enum action action;
	} rows[] = {
	    {SPOOF, ON_QUARANTINE_HOLD, false, ACTION_REJECT},
	    {SPOOF, ON_QUARANTINE_TAG, true, ACTION_REJECT},
	    {WEAK, ON_QUARANTINE_HOLD, false, ACTION_QUARANTINE},
	    {WEAK, ON_QUARANTINE_TAG, true, ACTION_QUARANTINE},
	    {WEAK, ON_QUARANTINE_TAG, false, ACTION_REJECT},
	    {WEAK, ON_QUARANTINE_UNSET, true, ACTION_REJECT},
	    {WEAK, ON_QUARANTINE_REJECT, true, ACTION_REJECT},
	    {STRONG, ON_QUARANTINE_HOLD, false, ACTION_QUARANTINE},
	    {STRONG, ON_QUARANTINE_TAG, false, ACTION_QUARANTINE},
	    {STRONG, ON_QUARANTINE_UNSET, false, ACTION_QUARANTINE},
	    {STRONG, ON_QUARANTINE_REJECT, false, ACTION_REJECT},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct policy_options options = policy_options_default();
		struct dkim_outcome outcome;
		struct verdict verdict = verdict_of(&rows[i].facts, &outcome);
		options.mode = POLICY_ENFORCE;
		options.on_quarantine = rows[i].how;
		options.tag_filed = rows[i].filed;
		assert_int_equal(
		    policy_decide(*state, &verdict, &options).action,
		    rows[i].action);
		/* The plain choices know of no shape. */
		options.on_reject = ON_REJECT_REJECT;
		assert_int_equal(
		    policy_decide(*state, &verdict, &options).action,
		    ACTION_REJECT);
		options.as_published = true;
		options.on_reject = ON_REJECT_QUARANTINE;
		assert_int_equal(
		    policy_decide(*state, &verdict, &options).action,
		    ACTION_REJECT);
	}
}

/* Monitor: as enforce will, which wants a quarantine that misses the inbox. */
static void
test_monitor(void **state)
{
	static const struct {
		struct facts facts;
		enum policy_on_quarantine how;
		bool filed;
		enum action action;
		const char *wants;
	} rows[] = {
	    {SPOOF, ON_QUARANTINE_UNSET, false, ACTION_REJECT, ""},
	    {WEAK, ON_QUARANTINE_UNSET, false, ACTION_QUARANTINE,
	     "on-quarantine"},
	    {STRONG, ON_QUARANTINE_UNSET, true, ACTION_QUARANTINE,
	     "on-quarantine"},
	    {WEAK, ON_QUARANTINE_TAG, false, ACTION_QUARANTINE, "tag-filed"},
	    {WEAK, ON_QUARANTINE_TAG, true, ACTION_QUARANTINE, ""},
	    {WEAK, ON_QUARANTINE_HOLD, false, ACTION_QUARANTINE, ""},
	    {WEAK, ON_QUARANTINE_REJECT, false, ACTION_REJECT, ""},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct policy_options options = policy_options_default();
		struct dkim_outcome outcome;
		struct verdict verdict = verdict_of(&rows[i].facts, &outcome);
		options.on_quarantine = rows[i].how;
		options.tag_filed = rows[i].filed;
		struct decision decision =
		    policy_decide(*state, &verdict, &options);
		assert_int_equal(decision.action, rows[i].action);
		assert_int_equal(decision.applied, ACTION_ACCEPT);
		assert_string_equal(decision.wants, rows[i].wants);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_failures_only),
	    cmocka_unit_test(test_signatures),
	    cmocka_unit_test(test_forwarders),
	    cmocka_unit_test(test_no_organization),
	    cmocka_unit_test(test_default),
	    cmocka_unit_test(test_monitor),
	};

	return cmocka_run_group_tests_name("shape", tests, arena_setup,
					   arena_teardown);
}
