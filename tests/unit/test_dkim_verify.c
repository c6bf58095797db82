#include <string.h>

#include "tests/support/test.h"

#include "tests/support/dkim_world.h"

/* --- one signature --- */

static void
test_none(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	dkim_world_run(w, "", BODY);
	assert_int_equal(w->results.count, 0);
	assert_int_equal(w->results.unshown, 0);
	assert_false(bodyhash_wants_more(w->hashes));
}

static void
test_pass(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_expect(state, TAGS "; i=joe@sub.a.example",
			  dkim_world_zone(w, "v=DKIM1; "), DKIM_PASS, "");
	const struct dkim_outcome *got = &w->results.outcome[0];
	assert_str(got->domain, "a.example");
	assert_str(got->selector, "s1");
	assert_str(got->algorithm, "rsa-sha256");
	assert_str(got->identity, "joe@sub.a.example");
	assert_int_equal(got->b_start.n, 8);
	assert_true(got->tried);
	assert_false(got->key_testing);
	assert_true(w->verifier.budget.used_us > 0);
}

static void
test_pass_ed25519(void **state)
{
	struct dkim_world *w = *state;
	struct str line =
	    dkim_world_key(w, S1, "k=ed25519; ", dkim_world_ed25519);

	dkim_world_from(w);
	dkim_world_signature(
	    w, dkim_signer_sign(w->arena, dkim_world_ed25519,
				"v=1; a=ed25519-sha256; c=relaxed; "
				"d=a.example; s=s1; h=from",
				"dkim-signature:", FROM, BODY));
	dkim_world_run(w, line.p, BODY);
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
	assert_str(w->results.outcome[0].algorithm, "ed25519-sha256");
}

/* Names and folds exactly as they stand; b= in the middle. */
static void
test_pass_simple(void **state)
{
	struct dkim_world *w = *state;
	const char *fields = "FROM : joe \r\n\t<joe@a.example>\r\n";
	struct str value = dkim_signer_sign(
	    w->arena, dkim_world_rsa,
	    "v=1;\r\n\ta=rsa-sha256; d=a.example;s=s1;h=From:subject:from",
	    "dkim-SIGNATURE:", fields, BODY);

	dkim_world_field(w, "FROM ", " joe \r\n\t<joe@a.example>");
	assert_true(header_add(&w->header, str_lit("dkim-SIGNATURE"), value));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
}

static void
test_pass_u_labels(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_expect(
	    state,
	    "v=1; a=rsa-sha256; c=relaxed; d=b\xc3\xbc"
	    "cher.example; "
	    "s=m\xc3\xa4rz; i=@b\xc3\xbc"
	    "cher.example; h=from",
	    dkim_world_key(w, "xn--mrz-qla._domainkey.xn--bcher-kva.example",
			   "", dkim_world_rsa)
		.p,
	    DKIM_PASS, "");
	assert_str(w->results.outcome[0].domain, "xn--bcher-kva.example");
}

static void
test_fail_body(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
	dkim_world_run(w, dkim_world_zone(w, ""), "Hi!\r\n");
	assert_dkim_outcome(w, 0, DKIM_FAIL, "body hash did not verify");
	assert_int_equal(w->verifier.budget.used_us, 0);
}

/* Nobody waits for the key of a signature that cannot pass. */
static void
test_fail_body_without_key(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
	dkim_world_run(w, S1 " !silent\n", "Hi!\r\n");
	assert_dkim_outcome(w, 0, DKIM_FAIL, "body hash did not verify");
}

static void
test_fail_header(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_field(w, "From", " eve@a.example");
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
	dkim_world_run(w, dkim_world_zone(w, "t=y; "), BODY);
	assert_dkim_outcome(w, 0, DKIM_FAIL, "signature did not verify");
	assert_true(w->results.outcome[0].key_testing);
}

static void
test_unusable(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	dkim_world_signature(w, str_lit("nonsense"));
	dkim_world_signature(w, dkim_world_sign(w, TAGS "; x=5"));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_dkim_outcome(w, 0, DKIM_NEUTRAL,
			    "tag list has a name without \"=\"");
	assert_dkim_outcome(w, 1, DKIM_PERMERROR, "signature has expired");
	assert_false(w->results.outcome[0].tried);
	assert_false(w->results.outcome[1].tried);
	assert_str(w->results.outcome[1].domain, "a.example");
	assert_int_equal(w->results.outcome[1].b_start.n, 8);
	struct dns_usage usage;
	dns_session_usage(w->session, &usage);
	assert_int_equal(usage.questions, 0);
}

/* To the second; a tolerance beyond all time is none of a clock that counts. */
static void
test_tolerance(void **state)
{
	struct dkim_world *w = *state;

	w->input.tolerance = w->input.now - 5;
	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, TAGS "; x=5"));
	dkim_world_signature(w, dkim_world_sign(w, TAGS "; x=4"));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
	assert_dkim_outcome(w, 1, DKIM_PERMERROR, "signature has expired");
}

/* --- keys --- */

static void
test_no_key(void **state)
{
	dkim_world_expect(state, TAGS, "other.example A 192.0.2.1\n",
			  DKIM_PERMERROR, "no key at " S1);
}

static void
test_no_txt(void **state)
{
	dkim_world_expect(state, TAGS, S1 " EMPTY\n", DKIM_PERMERROR,
			  "no key at " S1);
}

static void
test_key_timeout(void **state)
{
	dkim_world_expect(state, TAGS, S1 " !silent\n", DKIM_TEMPERROR,
			  "TXT lookup of " S1 " timed out: no answer");
}

static void
test_key_servfail(void **state)
{
	dkim_world_expect(state, TAGS, S1 " !servfail\n", DKIM_TEMPERROR,
			  "TXT lookup of " S1 " failed: SERVFAIL");
}

static void
test_key_limit(void **state)
{
	struct dkim_world *w = *state;

	w->limits.questions = 0;
	w->limits.prefetches = 0;
	dkim_world_expect(state, TAGS, dkim_world_zone(w, ""), DKIM_NEUTRAL,
			  "TXT lookup of " S1
			  " was not made: the message's questions are used up");
}

static void
test_key_revoked(void **state)
{
	dkim_world_expect(state, TAGS, S1 " TXT \"v=DKIM1; p=\"\n",
			  DKIM_PERMERROR, "key is revoked at " S1);
}

static void
test_key_wildcard_junk(void **state)
{
	dkim_world_expect(state, TAGS, "*.a.example TXT \"v=spf1 -all\"\n",
			  DKIM_PERMERROR,
			  "no TXT record is a key record at " S1);
}

static void
test_key_type(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_expect(
	    state, TAGS,
	    dkim_world_key(w, S1, "k=ed25519; ", dkim_world_ed25519).p,
	    DKIM_PERMERROR, "key type does not fit a=");
}

static void
test_key_strict(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_expect(state, TAGS "; i=@sub.a.example",
			  dkim_world_zone(w, "t=s; "), DKIM_PERMERROR,
			  "the key demands that i= has the domain of d=");
}

static void
test_key_strict_same(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_expect(state, TAGS "; i=x@A.EXAMPLE",
			  dkim_world_zone(w, "t=s:y; "), DKIM_PASS, "");
	assert_true(w->results.outcome[0].key_testing);
}

static void
test_second_key_passes(void **state)
{
	struct dkim_world *w = *state;
	struct dkim_signer *old = dkim_signer_rsa(1024);
	struct str zone =
	    arena_printf(w->arena, "%s%s%s", S1 " TXT \"v=spf1 -all\"\n",
			 dkim_world_key(w, S1, "", old).p,
			 dkim_world_key(w, S1, "t=x; ", dkim_world_rsa).p);

	dkim_signer_free(old);
	dkim_world_expect(state, TAGS, zone.p, DKIM_PASS, "");
}

/* --- l= --- */

static void
test_l_partial(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, TAGS "; l=5"));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY "And more.\r\n");
	assert_dkim_outcome(w, 0, DKIM_POLICY,
			    "l= leaves a part of the body unsigned");
}

static void
test_l_partial_allowed(void **state)
{
	struct dkim_world *w = *state;

	w->verifier.allow_partial_body = true;
	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, TAGS "; l=5"));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY "And more.\r\n");
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
}

static void
test_l_whole(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, TAGS "; l=5"));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY "\r\n \r\n");
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
}

static void
test_l_beyond(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_expect(state, TAGS "; l=6", dkim_world_zone(w, ""),
			  DKIM_PERMERROR, "l= is longer than the body");
}

static void
test_over_budget(void **state)
{
	struct dkim_world *w = *state;

	w->verifier.budget.limit_us = 0;
	dkim_world_expect(state, TAGS, dkim_world_zone(w, ""), DKIM_NEUTRAL,
			  "not tried: limit of CPU time for signatures");
	assert_true(w->verifier.budget.exhausted);
}

/* Hashing the header counts too: ten signatures over a large one. */
static void
test_header_hash_is_charged(void **state)
{
	struct dkim_world *w = *state;
	static char large[600 * 1024];

	memset(large, 'x', sizeof large - 1);
	dkim_world_from(w);
	dkim_world_field(w, "X-Large", large);
	for (int i = 0; i < 10; i++)
		dkim_world_signature(w, dkim_world_sign(w, TAGS ":x-large"));
	/* ten public-key operations fit in, ten large hashes do not */
	w->verifier.budget.limit_us = 1000;
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_true(w->verifier.budget.exhausted);
	assert_str(w->results.outcome[9].reason,
		   "not tried: limit of CPU time for signatures");
}

static void
test_result_text(void **state)
{
	(void)state;
	assert_string_equal(dkim_result_text(DKIM_NONE), "none");
	assert_string_equal(dkim_result_text(DKIM_PASS), "pass");
	assert_string_equal(dkim_result_text(DKIM_FAIL), "fail");
	assert_string_equal(dkim_result_text(DKIM_POLICY), "policy");
	assert_string_equal(dkim_result_text(DKIM_NEUTRAL), "neutral");
	assert_string_equal(dkim_result_text(DKIM_TEMPERROR), "temperror");
	assert_string_equal(dkim_result_text(DKIM_PERMERROR), "permerror");
}

#define TEST(name)                                              \
	cmocka_unit_test_setup_teardown(name, dkim_world_setup, \
					dkim_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_none),
	    TEST(test_pass),
	    TEST(test_pass_ed25519),
	    TEST(test_pass_simple),
	    TEST(test_pass_u_labels),
	    TEST(test_fail_body),
	    TEST(test_fail_body_without_key),
	    TEST(test_fail_header),
	    TEST(test_unusable),
	    TEST(test_tolerance),
	    TEST(test_no_key),
	    TEST(test_no_txt),
	    TEST(test_key_timeout),
	    TEST(test_key_servfail),
	    TEST(test_key_limit),
	    TEST(test_key_revoked),
	    TEST(test_key_wildcard_junk),
	    TEST(test_key_type),
	    TEST(test_key_strict),
	    TEST(test_key_strict_same),
	    TEST(test_second_key_passes),
	    TEST(test_l_partial),
	    TEST(test_l_partial_allowed),
	    TEST(test_l_whole),
	    TEST(test_l_beyond),
	    TEST(test_over_budget),
	    TEST(test_header_hash_is_charged),
	    TEST(test_result_text),
	};

	return cmocka_run_group_tests_name("dkim_verify", tests,
					   dkim_world_group_setup,
					   dkim_world_group_teardown);
}
