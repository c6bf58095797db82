#include "tests/support/test.h"

#include <string.h>

#include "tests/support/arc_world.h"

/* One change of a good chain of two, and what it is worth. */
enum where { RESULTS, MESSAGE, SEAL };

struct change {
	size_t instance;
	enum where where;
	const char *from, *to; /* from NULL: the whole value */
	const char *reason;
};

static struct str *
value_of(struct arc_world *w, size_t instance, enum where where)
{
	struct arc_sealed *set = &w->set[instance - 1];

	return where == RESULTS   ? &set->results
	       : where == MESSAGE ? &set->message
				  : &set->seal;
}

static void
expect(const struct change *change)
{
	void *state;

	arc_world_setup(&state);
	struct arc_world *w = state;
	arc_world_seal_times(w, 2);
	struct str *value = value_of(w, change->instance, change->where);
	if (change->from != NULL)
		arc_world_replace(w, value, change->from, change->to);
	else
		*value = str_of(change->to);
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, change->reason);
	assert_int_equal(w->results.oldest_pass, 0);
	arc_world_teardown(&state);
}

#define NO_INSTANCE "i= is not an instance from 1 to 50"
#define AAR "ARC-Authentication-Results: "
#define AMS "ARC-Message-Signature: "
#define AS "ARC-Seal: "

static const struct change broken[] = {
    /* RFC 8617 section 5.2 step 3A */
    {1, RESULTS, NULL, "", "no ARC-Authentication-Results with i=1"},
    {2, RESULTS, NULL, "", "no ARC-Authentication-Results with i=2"},
    {1, MESSAGE, NULL, "", "no ARC-Message-Signature with i=1"},
    {2, MESSAGE, NULL, "", "no ARC-Message-Signature with i=2"},
    {1, SEAL, NULL, "", "no ARC-Seal with i=1"},
    {2, SEAL, NULL, "", "no ARC-Seal with i=2"},
    {2, RESULTS, "i=2", "i=1",
     "two ARC-Authentication-Results fields with i=1"},
    {2, MESSAGE, "i=2", "i=1", "two ARC-Message-Signature fields with i=1"},
    {2, SEAL, "i=2", "i=1", "two ARC-Seal fields with i=1"},
    /* step 3B */
    {2, SEAL, "i=2", "i=3", "no ARC-Authentication-Results with i=3"},
    {1, MESSAGE, "i=1", "i=0", AMS NO_INSTANCE},
    {1, MESSAGE, "i=1", "i=51", AMS NO_INSTANCE},
    {1, MESSAGE, "i=1", "i=001", AMS NO_INSTANCE},
    {1, MESSAGE, "i=1", "i=-1", AMS NO_INSTANCE},
    {1, MESSAGE, "i=1", "i=", AMS NO_INSTANCE},
    {1, MESSAGE, "i=1", "i=1 1", AMS NO_INSTANCE},
    {1, MESSAGE, "i=1", "i=99999999999999999999", AMS NO_INSTANCE},
    {1, MESSAGE, "i=1; ", "", AMS "i= is missing"},
    {1, MESSAGE, "i=1; ", "I=1; ", AMS "i= is missing"},
    {1, MESSAGE, "i=1", "i=1; i=1", AMS "tag list has a tag twice"},
    {1, SEAL, "i=1", "i=x", AS NO_INSTANCE},
    {1, SEAL, "i=1; ", "", AS "i= is missing"},
    {1, SEAL, "i=1", "i=1;;", AS "tag list has an empty element"},
    {1, RESULTS, "i=1", "i=0",
     AAR "does not begin with an instance from 1 to 50"},
    {1, RESULTS, "i=1", "i=51",
     AAR "does not begin with an instance from 1 to 50"},
    {1, RESULTS, "i=1", "I=1",
     AAR "does not begin with an instance from 1 to 50"},
    {1, RESULTS, "i=1", "x; i=1",
     AAR "does not begin with an instance from 1 to 50"},
    {1, RESULTS, "i=1", "(i=1",
     AAR "does not begin with an instance from 1 to 50"},
    {1, RESULTS, NULL, "i=1", AAR "no semicolon after the instance"},
    {1, RESULTS, "i=1;", "i=1", AAR "no semicolon after the instance"},
    /* step 3C, and step 2 */
    {1, SEAL, "cv=none", "cv=pass", "ARC-Seal 1 has cv=pass"},
    {1, SEAL, "cv=none", "cv=fail", "ARC-Seal 1 has cv=fail"},
    {2, SEAL, "cv=pass", "cv=none", "ARC-Seal 2 has cv=none"},
    {2, SEAL, "cv=pass", "cv=fail", "ARC-Seal 2 has cv=fail"},
    {2, SEAL, "cv=pass", "cv=Pass",
     "ARC-Seal 2: cv= is not a chain validation status"},
    {2, SEAL, "cv=pass; ", "", "ARC-Seal 2: cv= is missing"},
    /* section 4.1.3 */
    {1, SEAL, "cv=none", "h=from; cv=none",
     "ARC-Seal 1: h= is not allowed in a seal"},
    {1, SEAL, "a=rsa-sha256", "a=rsa-sha1",
     "ARC-Seal 1: rsa-sha1 is no longer valid"},
    {1, SEAL, "a=rsa-sha256; ", "", "ARC-Seal 1: a= is missing"},
    {1, SEAL, "d=a.example; ", "", "ARC-Seal 1: d= is missing"},
    {1, SEAL, "s=s1; ", "", "ARC-Seal 1: s= is missing"},
    {1, SEAL, "; b=", "; c=", "ARC-Seal 1: b= is missing"},
    {1, SEAL, "; b=", "; t=x; b=", "ARC-Seal 1: t= is not a time"},
    /* section 4.1.2 */
    {2, MESSAGE, "a=rsa-sha256", "a=rsa-sha1",
     "ARC-Message-Signature 2: rsa-sha1 is no longer valid"},
    {2, MESSAGE, "h=from", "h=to",
     "ARC-Message-Signature 2: From is not in h="},
    {2, MESSAGE, "h=from", "h=from:arc-seal",
     "ARC-Message-Signature 2: ARC-Seal is in h="},
    {2, MESSAGE, "bh=", "bx=", "ARC-Message-Signature 2: bh= is missing"},
};

static void
test_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		expect(&broken[i]);
}

static void
test_none(void **state)
{
	struct arc_world *w = *state;

	arc_world_run(w);
	assert_arc(w, ARC_NONE, "");
	assert_int_equal(w->results.count, 0);
}

/* A field without its set is a broken chain, not none. */
static void
test_lone_field(void **state)
{
	struct arc_world *w = *state;

	arc_world_field(w, "ARC-Seal", str_lit("junk"));
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, AS "tag list has a name without \"=\"");
	assert_int_equal(w->results.count, 0);
}

static void
test_forms_that_are_allowed(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal(w, NULL);
	arc_world_replace(w, &w->set[0].results, "i=1;",
			  "(c) i (c) = (c) 1 (c) ;");
	arc_world_run(w);
	/* The structure holds; it is not what was signed. */
	assert_arc(w, ARC_FAIL, "ARC-Seal 1: signature did not verify");
	assert_int_equal(w->results.count, 1);
	assert_str(w->results.hop[0].payload,
		   " mx.a.example; dmarc=pass header.from=a.example");
}

/* Section 5.2 step 1 */
static void
test_50_sets(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal_times(w, 50);
	arc_world_run(w);
	assert_arc(w, ARC_PASS, "");
	assert_int_equal(w->results.count, 50);
	assert_int_equal(w->results.oldest_pass, 0);
}

static void
test_51_sets(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal_times(w, 51);
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, "more than 50 ARC Sets");
	assert_int_equal(w->results.count, 0);
}

/* RFC 5322 section 2.1.1: what a mail server folds is no longer what is sealed,
   nor what was judged.  n: octets of the line with the name. */
static void
expect_long_line(size_t n, const char *reason)
{
	void *state;
	char payload[1100] = " mx.a.example; none (";
	size_t head = strlen(AAR "i=1;");

	arc_world_setup(&state);
	struct arc_world *w = state;
	while (head + strlen(payload) < n)
		strcat(payload, "x");
	payload[strlen(payload) - 1] = ')';
	arc_world_seal(w, &(struct arc_how){.payload = payload + 1});
	assert_int_equal(w->set[0].results.n, n - strlen(AAR));
	arc_world_run(w);
	assert_arc(w, reason[0] == '\0' ? ARC_PASS : ARC_FAIL, reason);
	arc_world_teardown(&state);
}

static void
test_long_line(void **state)
{
	(void)state;
	expect_long_line(998, "");
	expect_long_line(999, AAR "a line of over 998 octets");
}

/* Nothing is asked for a chain that fails by its structure. */
static void
test_broken_costs_nothing(void **state)
{
	struct arc_world *w = *state;
	struct dns_usage usage;

	arc_world_seal_times(w, 3);
	w->set[1].results = str_empty();
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, "no ARC-Authentication-Results with i=2");
	dns_session_usage(w->session, &usage);
	assert_int_equal(usage.questions, 0);
	assert_false(bodyhash_wants_more(w->hashes));
}

/* RFC 6376 section 2.10, for both signatures of a set; bh= is signed as is. */
static void
test_unpadded(void **state)
{
	struct arc_world *w = *state;
	struct arc_how how = {.signer = dkim_world_ed25519,
			      .algorithm = "ed25519-sha256",
			      .selector = "ed"};

	arc_world_seal(w, &how);
	w->set[0].seal = str_first(w->set[0].seal, w->set[0].seal.n - 2);
	arc_world_seal(w, NULL);
	w->set[1].seal = str_first(w->set[1].seal, w->set[1].seal.n - 1);
	arc_world_run(w);
	assert_arc(w, ARC_PASS, "");
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, arc_world_setup, arc_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_broken),
	    TEST(test_none),
	    TEST(test_lone_field),
	    TEST(test_forms_that_are_allowed),
	    TEST(test_50_sets),
	    TEST(test_51_sets),
	    cmocka_unit_test(test_long_line),
	    TEST(test_broken_costs_nothing),
	    TEST(test_unpadded),
	};

	return cmocka_run_group_tests_name("arc_structure", tests,
					   dkim_world_group_setup,
					   dkim_world_group_teardown);
}
