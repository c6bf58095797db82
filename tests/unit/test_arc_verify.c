#include "tests/support/test.h"

#include <string.h>

#include "tests/support/arc_world.h"

static void
test_pass(void **state)
{
	struct arc_world *w = *state;
	struct arc_how second = {.domain = "b.example", .selector = "s2"};

	arc_world_seal(w, NULL);
	arc_world_seal(w, &second);
	arc_world_run(w);
	assert_arc(w, ARC_PASS, "");
	assert_int_equal(w->results.oldest_pass, 0);
	assert_int_equal(w->results.count, 2);
	assert_int_equal(w->results.hop[0].instance, 1);
	assert_str(w->results.hop[0].domain, "a.example");
	assert_str(w->results.hop[1].domain, "b.example");
	assert_str(w->results.hop[1].selector, "s2");
}

static void
test_ed25519(void **state)
{
	struct arc_world *w = *state;
	struct arc_how how = {.signer = dkim_world_ed25519,
			      .algorithm = "ed25519-sha256",
			      .selector = "ed"};

	arc_world_seal(w, &how);
	arc_world_seal(w, NULL);
	arc_world_seal(w, &how);
	arc_world_run(w);
	assert_arc(w, ARC_PASS, "");
}

/* --- tampering --- */

static void
test_tampered_results(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal_times(w, 2);
	arc_world_replace(w, &w->set[0].results, "dmarc=pass", "dmarc=fail");
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, "ARC-Seal 2: signature did not verify");
}

static void
test_tampered_newest_results(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal_times(w, 2);
	arc_world_replace(w, &w->set[1].results, "a.example", "b.example");
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, "ARC-Seal 2: signature did not verify");
}

static void
test_tampered_message_signature(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal_times(w, 2);
	arc_world_replace(w, &w->set[0].message, "h=from", "t=1; h=from");
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, "ARC-Seal 2: signature did not verify");
}

static void
test_tampered_newest_message_signature(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal_times(w, 2);
	arc_world_replace(w, &w->set[1].message, "h=from", "t=1; h=from");
	arc_world_run(w);
	assert_arc(w, ARC_FAIL,
		   "ARC-Message-Signature 2: signature did not verify");
}

static void
test_tampered_seal(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal_times(w, 3);
	arc_world_replace(w, &w->set[0].seal, "cv=none", "cv=none; t=1");
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, "ARC-Seal 3: signature did not verify");
}

/* A first set made for another message, below an honest second one. */
static void
test_forged_seal(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal(w, NULL);
	arc_world_replace(w, &w->set[0].seal, "b=", "t=1; b=");
	arc_world_seal(w, NULL);
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, "ARC-Seal 1: signature did not verify");
}

static void
test_tampered_from(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal(w, NULL);
	/* The lowest one is what the signature covers. */
	struct arc *arc = arc_world_begin(w);
	arc_world_field(w, "From", str_lit("joe@bank.example"));
	bodyhash_update(w->hashes, BODY, sizeof BODY - 1);
	bodyhash_finish(w->hashes);
	arc_evaluate(arc, clock_monotonic_ms() + 10000, &w->results);
	assert_arc(w, ARC_FAIL,
		   "ARC-Message-Signature 1: signature did not verify");
}

static void
test_changed_body(void **state)
{
	struct arc_world *w = *state;
	struct arc_how how = {.body = "Other.\r\n"};

	arc_world_seal(w, &how);
	arc_world_run(w);
	assert_arc(w, ARC_FAIL,
		   "ARC-Message-Signature 1: body hash did not verify");
}

/* --- oldest-pass, RFC 8617 section 5.2 step 5 --- */

static void
expect_oldest_pass(struct arc_world *w, unsigned oldest_pass)
{
	arc_world_run(w);
	assert_arc(w, ARC_PASS, "");
	assert_int_equal(w->results.oldest_pass, oldest_pass);
}

static void
test_oldest_pass(void **state)
{
	struct arc_world *w = *state;
	struct arc_how before = {.body = "Before the list.\r\n"};

	arc_world_seal(w, NULL);
	arc_world_seal(w, &before);
	arc_world_seal_times(w, 2);
	expect_oldest_pass(*state, 3);
}

static void
test_oldest_pass_is_newest(void **state)
{
	struct arc_how before = {.body = "Before the list.\r\n"};

	arc_world_seal(*state, &before);
	arc_world_seal(*state, NULL);
	expect_oldest_pass(*state, 2);
}

static void
test_older_message_signature_expired(void **state)
{
	struct arc_how expired = {.message_tags = "; x=999999"};

	arc_world_seal(*state, &expired);
	arc_world_seal(*state, NULL);
	expect_oldest_pass(*state, 2);
}

static void
test_expired_within_tolerance(void **state)
{
	struct arc_world *w = *state;

	w->tolerance = 1;
	arc_world_seal(w, &(struct arc_how){.message_tags = "; x=999999"});
	expect_oldest_pass(w, 0);
}

static void
test_newest_message_signature_expired(void **state)
{
	arc_world_seal(*state, NULL);
	arc_world_seal(*state, &(struct arc_how){.message_tags = "; x=999999"});
	arc_world_run(*state);
	assert_arc(*state, ARC_FAIL,
		   "ARC-Message-Signature 2: signature has expired");
}

/* --- keys --- */

static void
expect_key(struct arc_world *w, const char *zone_line, const char *reason)
{
	struct arc_how keyless = {.keyless = true,
				  .domain = "b.example",
				  .message_domain = "a.example"};

	buf_adds(&w->zone_text, zone_line);
	arc_world_seal(w, NULL);
	arc_world_seal(w, &keyless);
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, reason);
}

#define KEY "s1._domainkey.b.example"

static void
test_no_key(void **state)
{
	expect_key(*state, "", "ARC-Seal 2: no key");
}

/* Section 5.2.1: DNS trouble is permanent, too. */
static void
test_key_servfail(void **state)
{
	expect_key(*state, KEY " !servfail\n", "ARC-Seal 2: key lookup failed");
}

static void
test_key_timeout(void **state)
{
	expect_key(*state, KEY " !silent\n",
		   "ARC-Seal 2: key lookup timed out");
}

static void
test_key_revoked(void **state)
{
	expect_key(*state, KEY " TXT \"v=DKIM1; p=\"\n",
		   "ARC-Seal 2: key is revoked");
}

static void
test_key_of_another_type(void **state)
{
	struct arc_world *w = *state;

	expect_key(w,
		   dkim_world_key(&(struct dkim_world){.arena = w->arena}, KEY,
				  "k=ed25519; ", dkim_world_ed25519)
		       .p,
		   "ARC-Seal 2: key type does not fit a=");
}

static void
test_key_of_another(void **state)
{
	struct arc_world *w = *state;
	struct dkim_signer *other = dkim_signer_rsa(1024);

	expect_key(w,
		   dkim_world_key(&(struct dkim_world){.arena = w->arena}, KEY,
				  "", other)
		       .p,
		   "ARC-Seal 2: signature did not verify");
	dkim_signer_free(other);
}

/* RFC 8301 section 3.2 */
static void
test_short_key(void **state)
{
	struct dkim_signer *small = dkim_signer_rsa(768);
	struct arc_how how = {.signer = small, .selector = "small"};

	arc_world_seal(*state, &how);
	arc_world_run(*state);
	assert_arc(*state, ARC_FAIL,
		   "ARC-Message-Signature 1: RSA key is shorter than 1024 "
		   "bits");
	dkim_signer_free(small);
}

/* --- l= --- */

static void
test_partial_body(void **state)
{
	struct arc_how how = {.message_tags = "; l=2", .body = "Hi"};

	arc_world_seal(*state, &how);
	arc_world_run(*state);
	assert_arc(*state, ARC_FAIL,
		   "ARC-Message-Signature 1: l= leaves a part of the body "
		   "unsigned");
}

static void
test_partial_body_allowed(void **state)
{
	struct arc_world *w = *state;
	struct arc_how how = {.message_tags = "; l=2", .body = "Hi"};

	w->verifier.allow_partial_body = true;
	arc_world_seal(w, &how);
	expect_oldest_pass(w, 0);
}

static void
test_partial_body_that_is_whole(void **state)
{
	struct arc_how how = {.message_tags = "; l=5"};

	arc_world_seal(*state, &how);
	arc_world_run(*state);
	assert_arc(*state, ARC_PASS, "");
}

/* RFC 6376 section 3.4.5: l= counts octets that are there. */
static void
test_partial_body_longer_than_body(void **state)
{
	struct arc_how how = {.message_tags = "; l=9999"};

	arc_world_seal(*state, &how);
	arc_world_run(*state);
	assert_arc(*state, ARC_FAIL,
		   "ARC-Message-Signature 1: l= is longer than the body");
}

/* --- limits --- */

static void
seal_by_many(struct arc_world *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct arc_how how = {
		    .domain = arena_printf(w->arena, "d%u.example", i).p,
		};
		arc_world_seal(w, &how);
	}
}

static void
test_16_keys(void **state)
{
	struct arc_world *w = *state;

	seal_by_many(w, 16);
	expect_oldest_pass(w, 0);
	assert_false(w->results.keys_exhausted);
}

static void
test_17_keys(void **state)
{
	struct arc_world *w = *state;
	struct dns_usage usage;

	seal_by_many(w, 17);
	arc_world_run(w);
	assert_arc(w, ARC_FAIL, "limit: more than 16 key names in the chain");
	assert_true(w->results.keys_exhausted);
	dns_session_usage(w->session, &usage);
	assert_int_equal(usage.questions, 0);
}

/* Keys of older message signatures are asked for with what room is left. */
static void
test_keys_of_old_message_signatures(void **state)
{
	struct arc_world *w = *state;

	for (unsigned i = 0; i < 18; i++) {
		struct arc_how how = {
		    .domain = "a.example",
		    .message_domain =
			arena_printf(w->arena, "m%u.example", i).p,
		};
		arc_world_seal(w, &how);
	}
	expect_oldest_pass(w, 4);
	assert_true(w->results.keys_exhausted);
}

static void
test_over_budget(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal(w, NULL);
	w->verifier.budget.limit_us = 0;
	arc_world_run(w);
	assert_arc(w, ARC_FAIL,
		   "ARC-Message-Signature 1: not tried: limit of CPU time "
		   "for signatures");
	assert_true(w->verifier.budget.exhausted);
}

/* What hashing the header used up is missing for the key's operation. */
static void
test_over_budget_behind_header(void **state)
{
	struct arc_world *w = *state;
	struct arc_how how = {0};
	struct buf tags;

	buf_init(&tags, w->arena);
	buf_adds(&tags, "; pad=0");
	for (int i = 0; i < 200; i++)
		buf_printf(&tags, "\r\n %0100d", 0);
	buf_addc(&tags, '\0');
	how.message_tags = tags.p;
	arc_world_seal(w, &how);
	w->verifier.budget.limit_us = 1;
	arc_world_run(w);
	assert_arc(w, ARC_FAIL,
		   "ARC-Message-Signature 1: not tried: limit of CPU time "
		   "for signatures");
	assert_true(w->verifier.budget.used_us > 0);
}

/* Others took all questions before the chain had its turn. */
static void
test_no_questions_left(void **state)
{
	struct arc_world *w = *state;

	arc_world_seal(w, NULL);
	struct arc *arc = arc_world_begin(w);
	bodyhash_update(w->hashes, BODY, strlen(BODY));
	bodyhash_finish(w->hashes);
	for (int i = 0; i < LIMIT_DNS_QUESTIONS; i++)
		dns_lookup(w->session, arena_printf(w->arena, "q%d.example", i),
			   DNS_TXT, INT64_MAX);
	arc_evaluate(arc, INT64_MAX, &w->results);
	assert_arc(w, ARC_FAIL,
		   "ARC-Message-Signature 1: key lookup was not made: limit of "
		   "DNS questions");
}

static void
test_result_text(void **state)
{
	(void)state;
	assert_string_equal(arc_result_text(ARC_NONE), "none");
	assert_string_equal(arc_result_text(ARC_PASS), "pass");
	assert_string_equal(arc_result_text(ARC_FAIL), "fail");
}

#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, arc_world_setup, arc_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_pass),
	    TEST(test_ed25519),
	    TEST(test_tampered_results),
	    TEST(test_tampered_newest_results),
	    TEST(test_tampered_message_signature),
	    TEST(test_tampered_newest_message_signature),
	    TEST(test_tampered_seal),
	    TEST(test_forged_seal),
	    TEST(test_tampered_from),
	    TEST(test_changed_body),
	    TEST(test_oldest_pass),
	    TEST(test_oldest_pass_is_newest),
	    TEST(test_older_message_signature_expired),
	    TEST(test_expired_within_tolerance),
	    TEST(test_newest_message_signature_expired),
	    TEST(test_no_key),
	    TEST(test_key_servfail),
	    TEST(test_key_timeout),
	    TEST(test_key_revoked),
	    TEST(test_key_of_another_type),
	    TEST(test_key_of_another),
	    TEST(test_short_key),
	    TEST(test_partial_body),
	    TEST(test_partial_body_allowed),
	    TEST(test_partial_body_that_is_whole),
	    TEST(test_partial_body_longer_than_body),
	    TEST(test_16_keys),
	    TEST(test_17_keys),
	    TEST(test_keys_of_old_message_signatures),
	    TEST(test_over_budget),
	    TEST(test_over_budget_behind_header),
	    TEST(test_no_questions_left),
	    TEST(test_result_text),
	};

	return cmocka_run_group_tests_name("arc_verify", tests,
					   dkim_world_group_setup,
					   dkim_world_group_teardown);
}
