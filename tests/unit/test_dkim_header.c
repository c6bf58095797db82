/* dkim_evaluate_headers(): the header of a message whose body was changed. */
#include "tests/support/dkim_world.h"
#include "tests/support/test.h"

#define DAY 86400
#define FRESH TAGS "; t=1000000"

/* A signature over BODY on another body. */
static const struct dkim_outcome *
changed(struct dkim_world *w, const char *tags, const char *zone)
{
	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, tags));
	dkim_world_run(w, zone, "Hi!\r\n");
	dkim_evaluate_headers(w->dkim, clock_monotonic_ms() + 5000,
			      &w->results);
	assert_dkim_outcome(w, 0, DKIM_FAIL, "body hash did not verify");
	return &w->results.outcome[0];
}

static void
author(struct dkim_world *w, const char *domain)
{
	w->author[0] = str_of(domain);
	w->input.author = w->author;
	w->input.authors = 1;
}

static void
test_fresh(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	assert_true(changed(w, FRESH, dkim_world_zone(w, ""))->header_verifies);
}

static void
test_no_time(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	assert_false(changed(w, TAGS, dkim_world_zone(w, ""))->header_verifies);
}

static void
test_week(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	w->input.now = NOW + 7 * DAY;
	assert_true(changed(w, FRESH, dkim_world_zone(w, ""))->header_verifies);
}

static void
test_older(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	w->input.now = NOW + 7 * DAY + 1;
	assert_false(
	    changed(w, FRESH, dkim_world_zone(w, ""))->header_verifies);
}

static void
test_signed_later(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	w->input.now = NOW - 7 * DAY;
	assert_true(changed(w, FRESH, dkim_world_zone(w, ""))->header_verifies);
}

static void
test_signed_too_late(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	w->input.now = NOW - 7 * DAY - 1;
	assert_false(
	    changed(w, FRESH, dkim_world_zone(w, ""))->header_verifies);
}

/* x= alone: NOW and a week is 1604800. */
static void
test_expires_within_a_week(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	assert_true(changed(w, TAGS "; x=1604800", dkim_world_zone(w, ""))
			->header_verifies);
}

static void
test_expires_later(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	assert_false(changed(w, TAGS "; x=1604801", dkim_world_zone(w, ""))
			 ->header_verifies);
}

/* One of the two is enough. */
static void
test_old_but_not_expired(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	assert_true(changed(w, TAGS "; t=1; x=1604800", dkim_world_zone(w, ""))
			->header_verifies);
}

static void
test_other_key(void **state)
{
	struct dkim_world *w = *state;
	struct dkim_signer *other = dkim_signer_rsa(1024);
	struct str zone = dkim_world_key(w, S1, "", other);

	author(w, "a.example");
	const struct dkim_outcome *got = changed(w, FRESH, zone.p);
	assert_false(got->header_verifies);
	assert_false(got->header_undecided);
	dkim_signer_free(other);
}

/* As many keys as are tried, and none that fits. */
static void
test_other_keys(void **state)
{
	struct dkim_world *w = *state;
	struct str one = dkim_world_key(w, S1, "", dkim_world_ed25519);

	author(w, "a.example");
	assert_false(
	    changed(w, FRESH, arena_printf(w->arena, "%s%s", one.p, one.p).p)
		->header_verifies);
}

static void
test_second_key(void **state)
{
	struct dkim_world *w = *state;
	struct str one = dkim_world_key(w, S1, "", dkim_world_ed25519);
	const char *fits = dkim_world_zone(w, "");

	author(w, "a.example");
	assert_true(
	    changed(w, FRESH, arena_printf(w->arena, "%s%s", one.p, fits).p)
		->header_verifies);
}

static void
test_not_aligned(void **state)
{
	struct dkim_world *w = *state;

	author(w, "b.example");
	assert_false(
	    changed(w, FRESH, dkim_world_zone(w, ""))->header_verifies);
}

static void
test_added_field(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	dkim_world_field(w, "From", "eve@a.example");
	assert_false(
	    changed(w, FRESH, dkim_world_zone(w, ""))->header_verifies);
}

static void
test_key_trouble(void **state)
{
	struct dkim_world *w = *state;

	author(w, "a.example");
	const struct dkim_outcome *got = changed(w, FRESH, S1 " !servfail\n");
	assert_false(got->header_verifies);
	assert_true(got->header_undecided);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f)                                              \
	cmocka_unit_test_setup_teardown(f, dkim_world_setup, \
					dkim_world_teardown)
	    TEST(test_fresh),
	    TEST(test_no_time),
	    TEST(test_week),
	    TEST(test_older),
	    TEST(test_signed_later),
	    TEST(test_signed_too_late),
	    TEST(test_expires_within_a_week),
	    TEST(test_expires_later),
	    TEST(test_old_but_not_expired),
	    TEST(test_other_key),
	    TEST(test_other_keys),
	    TEST(test_second_key),
	    TEST(test_not_aligned),
	    TEST(test_added_field),
	    TEST(test_key_trouble),
	};

	return cmocka_run_group_tests_name("dkim_header", tests,
					   dkim_world_group_setup,
					   dkim_world_group_teardown);
}
