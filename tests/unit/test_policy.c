#include "tests/support/test.h"

#include <string.h>

#include "base/arena.h"
#include "policy/policy.h"

/* A verdict and options in short; what is left out is the ordinary case. */
struct facts {
	enum client_class client;
	enum from_state from;
	bool null_path, bad_header;
	enum dmarc_result result;
	enum dmarc_policy policy;
	bool no_record, policy_unknown;
};

static struct verdict
verdict_of(const struct facts *facts)
{
	struct verdict verdict;

	memset(&verdict, 0, sizeof verdict);
	verdict.client_class = facts->client;
	verdict.from.state = facts->from;
	verdict.from.reason = "";
	verdict.mail_from_known = true;
	verdict.mail_from_null = facts->null_path;
	verdict.header_fields = 2100;
	verdict.header_dropped = facts->bad_header ? 100 : 0;
	verdict.dmarc.count = facts->from <= FROM_UNREADABLE ? 2 : 0;
	verdict.dmarc.decisive = 1;
	verdict.dmarc.outcome[1] = (struct dmarc_outcome){
	    .result = facts->result,
	    .from = str_lit("victim.example"),
	    .has_record = !facts->no_record && !facts->policy_unknown,
	    .policy_unknown = facts->policy_unknown,
	    .policy = facts->policy,
	    .reason = str_lit("TXT lookup of _dmarc.victim.example timed out"),
	};
	return verdict;
}

static struct policy_options
enforcing(enum policy_on_reject on_reject,
	  enum policy_on_quarantine on_quarantine)
{
	struct policy_options options = policy_options_default();

	options.mode = POLICY_ENFORCE;
	options.on_reject = on_reject;
	options.on_quarantine = on_quarantine;
	options.tag_filed = true;
	return options;
}

static struct policy_options
as_published(void)
{
	struct policy_options options = policy_options_default();

	options.as_published = true;
	options.on_quarantine = ON_QUARANTINE_REJECT;
	return options;
}

struct row {
	struct facts facts;
	enum action action;
	enum quarantine_how how;
	const char *xcode, *cause;
};

static void
check_rows(struct arena *arena, const struct policy_options *options,
	   const struct row *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct verdict verdict = verdict_of(&row[i].facts);
		struct decision got = policy_decide(arena, &verdict, options);
		if (got.action != row[i].action ||
		    (got.action == ACTION_QUARANTINE &&
		     got.how != row[i].how) ||
		    strcmp(got.reply_xcode, row[i].xcode) != 0 ||
		    strcmp(decision_cause_text(got.cause), row[i].cause) != 0)
			fail_msg("row %zu: action %d how %d xcode %s cause %s "
				 "(%.*s)",
				 i, (int)got.action, (int)got.how,
				 got.reply_xcode,
				 decision_cause_text(got.cause),
				 STR_ARG(got.reason));
		assert_int_equal(got.applied, options->mode == POLICY_ENFORCE
						  ? got.action
						  : ACTION_ACCEPT);
	}
}

#define ACCEPTED(why, ...)                               \
	{                                                \
		{__VA_ARGS__}, ACTION_ACCEPT, 0, "", why \
	}
#define TAGGED(why, ...)                                                  \
	{                                                                 \
		{__VA_ARGS__}, ACTION_QUARANTINE, QUARANTINE_TAG, "", why \
	}
#define HELD(why, ...)                                                     \
	{                                                                  \
		{__VA_ARGS__}, ACTION_QUARANTINE, QUARANTINE_HOLD, "", why \
	}
#define REFUSED(why, xcode, ...)                            \
	{                                                   \
		{__VA_ARGS__}, ACTION_REJECT, 0, xcode, why \
	}
#define DEFERRED(why, ...)                                      \
	{                                                       \
		{__VA_ARGS__}, ACTION_TEMPFAIL, 0, "4.7.5", why \
	}
#define CHECK(arena, options, row) \
	check_rows(arena, options, row, sizeof(row) / sizeof(row)[0])

#define FAIL(p) .result = DMARC_FAIL, .policy = DMARC_P_##p
#define TEMP(p) .result = DMARC_TEMPERROR, .policy = DMARC_P_##p

static void
test_reject_and_hold(void **state)
{
	static const struct row rows[] = {
	    ACCEPTED("none", .result = DMARC_PASS, .policy = DMARC_P_REJECT),
	    ACCEPTED("none", .result = DMARC_NONE, .no_record = true),
	    ACCEPTED("dmarc", FAIL(NONE)),
	    HELD("dmarc", FAIL(QUARANTINE)),
	    REFUSED("dmarc", "5.7.26", FAIL(REJECT)),
	    ACCEPTED("temperror", TEMP(NONE)),
	    DEFERRED("temperror", TEMP(QUARANTINE)),
	    DEFERRED("temperror", TEMP(REJECT)),
	    DEFERRED("temperror", TEMP(NONE), .policy_unknown = true),
	    HELD("limit", .result = DMARC_PERMERROR, .policy_unknown = true),
	    ACCEPTED("none", .result = DMARC_PASS, .policy_unknown = true),
	    REFUSED("dmarc", "5.7.26", FAIL(REJECT), .from = FROM_SEVERAL),
	    REFUSED("from", "5.7.1", .from = FROM_TOO_MANY),
	    REFUSED("from", "5.7.1", .from = FROM_FIELDS),
	    REFUSED("from", "5.7.1", .from = FROM_NO_DOMAIN),
	    REFUSED("from", "5.7.1", .from = FROM_MISSING),
	    REFUSED("from", "5.7.1", .from = FROM_UNREADABLE),
	    REFUSED("header", "5.3.4", .bad_header = true,
		    .result = DMARC_PASS),
	    REFUSED("header", "5.3.4", .bad_header = true, FAIL(REJECT)),
	};
	struct policy_options options =
	    enforcing(ON_REJECT_REJECT, ON_QUARANTINE_HOLD);

	CHECK(*state, &options, rows);
}

static void
test_quarantine_and_tag(void **state)
{
	static const struct row rows[] = {
	    TAGGED("dmarc", FAIL(QUARANTINE)),
	    TAGGED("dmarc", FAIL(REJECT)),
	    ACCEPTED("temperror", TEMP(REJECT)),
	    ACCEPTED("temperror", TEMP(NONE), .policy_unknown = true),
	    TAGGED("limit", .result = DMARC_PERMERROR, .policy_unknown = true),
	    ACCEPTED("none", .from = FROM_FIELDS),
	    ACCEPTED("none", .from = FROM_MISSING, .null_path = true),
	    TAGGED("dmarc", .from = FROM_TOO_MANY, FAIL(REJECT)),
	    TAGGED("header", .bad_header = true),
	};
	struct policy_options options =
	    enforcing(ON_REJECT_QUARANTINE, ON_QUARANTINE_TAG);

	options.on_temperror = ON_TEMPERROR_ACCEPT;
	options.on_bad_from = CHOICE_ACCEPT;
	options.on_oversize_header = CHOICE_QUARANTINE;
	CHECK(*state, &options, rows);
}

/* accept < tag < tempfail < hold < reject */
static void
test_strictest_part(void **state)
{
	static const struct row held[] = {
	    HELD("header", .bad_header = true, TEMP(REJECT)),
	};
	static const struct row tagged[] = {
	    DEFERRED("temperror", .bad_header = true, TEMP(REJECT)),
	};
	struct policy_options options =
	    enforcing(ON_REJECT_REJECT, ON_QUARANTINE_HOLD);

	options.on_oversize_header = CHOICE_QUARANTINE;
	CHECK(*state, &options, held);
	options.on_oversize_header = CHOICE_TAG;
	CHECK(*state, &options, tagged);
}

static void
test_quarantine_refused(void **state)
{
	static const struct row rows[] = {
	    ACCEPTED("dmarc", FAIL(NONE)),
	    REFUSED("dmarc", "5.7.26", FAIL(QUARANTINE)),
	    REFUSED("dmarc", "5.7.26", FAIL(REJECT)),
	    REFUSED("limit", "5.7.1", .result = DMARC_PERMERROR,
		    .policy_unknown = true),
	    TAGGED("from", .from = FROM_FIELDS),
	    REFUSED("dmarc", "5.7.26", .bad_header = true, FAIL(REJECT)),
	};
	struct policy_options options =
	    enforcing(ON_REJECT_QUARANTINE, ON_QUARANTINE_REJECT);

	options.on_bad_from = CHOICE_TAG;
	options.on_oversize_header = CHOICE_TAG;
	CHECK(*state, &options, rows);
}

static void
test_as_published(void **state)
{
	static const struct row rows[] = {
	    ACCEPTED("none", .result = DMARC_PASS),
	    ACCEPTED("dmarc", FAIL(NONE)),
	    TAGGED("dmarc", FAIL(QUARANTINE)),
	    REFUSED("dmarc", "5.7.26", FAIL(REJECT)),
	    DEFERRED("temperror", TEMP(REJECT)),
	    ACCEPTED("temperror", TEMP(NONE)),
	    TAGGED("temperror", TEMP(REJECT), .from = FROM_SEVERAL),
	    REFUSED("from", "5.7.1", TEMP(REJECT), .from = FROM_TOO_MANY),
	    REFUSED("from", "5.7.1", .from = FROM_MISSING),
	};
	struct policy_options options = as_published();

	CHECK(*state, &options, rows);
	/* Nothing local softens. */
	options.on_temperror = ON_TEMPERROR_ACCEPT;
	options.on_bad_from = CHOICE_ACCEPT;
	options.on_oversize_header = CHOICE_TAG;
	CHECK(*state, &options, rows);
}

static void
test_clients(void **state)
{
	static const struct row rows[] = {
	    ACCEPTED("none", FAIL(REJECT), .client = CLIENT_INTERNAL),
	    ACCEPTED("none", FAIL(REJECT), .client = CLIENT_AUTHENTICATED,
		     .bad_header = true),
	    ACCEPTED("none", .from = FROM_FIELDS, .client = CLIENT_INTERNAL),
	    TAGGED("dmarc", FAIL(REJECT), .client = CLIENT_RELAY),
	    TAGGED("temperror", TEMP(REJECT), .client = CLIENT_RELAY),
	    TAGGED("from", .from = FROM_MISSING, .client = CLIENT_RELAY),
	    TAGGED("header", .bad_header = true, .client = CLIENT_RELAY),
	    ACCEPTED("dmarc", FAIL(NONE), .client = CLIENT_RELAY),
	};
	struct policy_options options =
	    enforcing(ON_REJECT_REJECT, ON_QUARANTINE_REJECT);

	CHECK(*state, &options, rows);
}

static void
test_texts(void **state)
{
	struct facts facts = {FAIL(REJECT)};
	struct verdict verdict = verdict_of(&facts);
	struct policy_options options =
	    enforcing(ON_REJECT_REJECT, ON_QUARANTINE_HOLD);
	struct decision got = policy_decide(*state, &verdict, &options);

	assert_string_equal(got.reply_code, "550");
	assert_str(str_first(got.reply_text, 34),
		   "DMARC: the policy of victim.exampl");
	assert_str(got.reason, "dmarc=fail shape=spoof policy=reject "
			       "from=victim.example: TXT lookup "
			       "of _dmarc.victim.example timed out");

	verdict.dmarc.outcome[1].reason = str_lit("odd \x01\xff\r\ntext");
	got = policy_decide(*state, &verdict, &options);
	assert_str(got.reason,
		   "dmarc=fail shape=spoof policy=reject from=victim.example: "
		   "odd ????text");

	facts = (struct facts){TEMP(NONE), .policy_unknown = true};
	verdict = verdict_of(&facts);
	got = policy_decide(*state, &verdict, &options);
	assert_string_equal(got.reply_code, "451");
	assert_str(got.reply_text, "DMARC cannot be checked now: TXT lookup of "
				   "_dmarc.victim.example timed out");

	facts = (struct facts){.from = FROM_FIELDS};
	verdict = verdict_of(&facts);
	got = policy_decide(*state, &verdict, &options);
	assert_str(got.reason, "bad From: the message has several From fields");
	verdict.from.reason = "two";
	got = policy_decide(*state, &verdict, &options);
	assert_str(got.reason,
		   "bad From: the message has several From fields: two");
	assert_str(got.reply_text, "Not accepted by the rules of RFC 5322: the "
				   "message has several From fields");
}

/* --- properties over the whole product of inputs --- */

static bool
same(const struct decision *a, const struct decision *b)
{
	return a->action == b->action && a->applied == b->applied &&
	       a->how == b->how && a->cause == b->cause &&
	       strcmp(a->reply_code, b->reply_code) == 0 &&
	       strcmp(a->reply_xcode, b->reply_xcode) == 0 &&
	       str_eq(a->reason, b->reason) &&
	       str_eq(a->reply_text, b->reply_text);
}

static void
check_form(const struct decision *got)
{
	bool rejects = got->action == ACTION_REJECT;
	bool defers = got->action == ACTION_TEMPFAIL;

	assert_int_equal(got->reply_text.n > 0, rejects || defers);
	assert_int_equal(got->reply_code[0],
			 rejects ? '5' : (defers ? '4' : '\0'));
	assert_int_equal(got->reply_xcode[0], got->reply_code[0]);
	assert_true(str_is_printable(got->reply_text));
	assert_true(str_is_printable(got->reason));
	assert_true(got->reply_text.n <= 400 && got->reason.n <= 400);
}

static void
check_meaning(const struct facts *facts, const struct policy_options *options,
	      enum action action)
{
	bool unchecked = facts->client == CLIENT_INTERNAL ||
			 facts->client == CLIENT_AUTHENTICATED;
	bool evaluated = facts->from <= FROM_UNREADABLE;
	bool calm = facts->from <= FROM_SEVERAL && !facts->bad_header;
	bool harmless = !facts->policy_unknown && facts->policy == DMARC_P_NONE;

	if (unchecked) {
		assert_int_equal(action, ACTION_ACCEPT);
		return;
	}
	if (facts->client == CLIENT_RELAY)
		assert_true(action == ACTION_ACCEPT ||
			    action == ACTION_QUARANTINE);
	if (facts->from > FROM_SEVERAL)
		assert_int_not_equal(action, ACTION_TEMPFAIL);
	if (calm && (facts->result == DMARC_PASS ||
		     facts->result == DMARC_NONE || harmless))
		assert_int_equal(action, ACTION_ACCEPT);
	if (!evaluated || harmless)
		return;
	/* no failure and no doubt about one is accepted without a trace */
	if (facts->result == DMARC_FAIL || facts->result == DMARC_PERMERROR)
		assert_int_not_equal(action, ACTION_ACCEPT);
	if (facts->result == DMARC_TEMPERROR &&
	    options->on_temperror == ON_TEMPERROR_TEMPFAIL)
		assert_int_not_equal(action, ACTION_ACCEPT);
}

/* Every digit of n is one choice. */
static unsigned
digit(unsigned *n, unsigned base)
{
	unsigned value = *n % base;

	*n /= base;
	return value;
}

static bool
facts_of(unsigned n, struct facts *facts_out)
{
	struct facts facts = {.client = (enum client_class)digit(&n, 4)};

	facts.from = (enum from_state)digit(&n, FROM_MISSING + 1);
	facts.null_path = digit(&n, 2);
	facts.bad_header = digit(&n, 2);
	facts.result = (enum dmarc_result)digit(&n, 5);
	facts.policy = (enum dmarc_policy)digit(&n, 3);
	facts.policy_unknown = digit(&n, 2);
	/* a failure needs a policy that is known */
	if (facts.result == DMARC_FAIL)
		facts.policy_unknown = false;
	*facts_out = facts;
	return n == 0;
}

static bool
options_of(unsigned n, struct policy_options *options_out)
{
	struct policy_options options = policy_options_default();

	options.on_reject = (enum policy_on_reject)digit(&n, 3);
	options.on_quarantine = (enum policy_on_quarantine)digit(&n, 4);
	options.on_temperror = (enum policy_on_temperror)digit(&n, 2);
	options.on_bad_from = (enum policy_choice)digit(&n, 4);
	options.on_oversize_header = (enum policy_choice)digit(&n, 4);
	options.as_published = digit(&n, 2);
	*options_out = options;
	return n == 0;
}

static void
check_point(const struct facts *facts, struct policy_options options)
{
	struct verdict verdict = verdict_of(facts);
	struct arena *arena = arena_new(NULL);

	options.mode = POLICY_MONITOR;
	struct decision watched = policy_decide(arena, &verdict, &options);
	struct decision again = policy_decide(arena, &verdict, &options);
	assert_true(same(&watched, &again));
	assert_int_equal(watched.applied, ACTION_ACCEPT);

	options = policy_options_foreseen(&options);
	options.mode = POLICY_ENFORCE;
	assert_string_equal(policy_enforce_wants(&options), "");
	struct decision done = policy_decide(arena, &verdict, &options);
	assert_int_equal(done.applied, done.action);
	done.applied = ACTION_ACCEPT;
	assert_true(same(&watched, &done));

	check_form(&done);
	check_meaning(facts, &options, done.action);
	arena_free(arena);
}

static void
test_properties(void **state)
{
	struct facts facts;
	struct policy_options options;

	(void)state;
	for (unsigned n = 0; facts_of(n, &facts); n++) {
		/* 768 option sets, each met by every seventh set of facts */
		for (unsigned m = n % 7; options_of(m, &options); m += 7)
			check_point(&facts, options);
	}
}

static void
test_long_names(void **state)
{
	char name[253];
	struct facts facts = {FAIL(REJECT)};
	struct verdict verdict = verdict_of(&facts);
	struct policy_options options = as_published();

	memset(name, 'a', sizeof name);
	verdict.dmarc.outcome[1].from = exact_n(name, sizeof name);
	verdict.dmarc.outcome[1].reason = exact_n(name, sizeof name);
	struct decision got = policy_decide(*state, &verdict, &options);
	check_form(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reject_and_hold),
	    cmocka_unit_test(test_quarantine_and_tag),
	    cmocka_unit_test(test_strictest_part),
	    cmocka_unit_test(test_quarantine_refused),
	    cmocka_unit_test(test_as_published),
	    cmocka_unit_test(test_clients),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_properties),
	    cmocka_unit_test(test_long_names),
	};
	return cmocka_run_group_tests_name("policy", tests, arena_setup,
					   arena_teardown);
}
