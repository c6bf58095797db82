#include "tests/support/test.h"

#include "base/buf.h"
#include "tests/support/dkim_world.h"

/* --- which fields are hashed --- */

static void
test_fields_from_bottom(void **state)
{
	struct dkim_world *w = *state;
	const char *tags = "v=1; a=rsa-sha256; c=relaxed; d=a.example; s=s1; "
			   "h=Received:from:received:Received:received:x";

	dkim_world_field(w, "Received", " A");
	dkim_world_field(w, "received", " B");
	dkim_world_from(w);
	dkim_world_field(w, "RECEIVED ", " C");
	dkim_world_signature(
	    w, dkim_signer_sign(
		   w->arena, dkim_world_rsa, tags, "dkim-signature:",
		   "received:C\r\n" FROM "received:B\r\nreceived:A\r\n", BODY));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
}

/* Named once more than it stood there: a field added later breaks it. */
static void
test_oversigned(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_field(w, "From", " eve@b.example");
	dkim_world_from(w);
	dkim_world_signature(
	    w, dkim_world_sign(
		   w, "v=1; a=rsa-sha256; c=relaxed; d=a.example; s=s1; "
		      "h=from:from"));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_dkim_outcome(w, 0, DKIM_FAIL, "signature did not verify");
}

/* Another signature may be signed, with its b=; a signature itself never is. */
static void
test_signs_signature(void **state)
{
	struct dkim_world *w = *state;
	struct str first = dkim_world_sign(w, TAGS);
	struct str fields = arena_printf(
	    w->arena, FROM "dkim-signature:%.*s\r\n", STR_ARG(first));

	dkim_world_signature(
	    w, dkim_signer_sign(w->arena, dkim_world_rsa,
				TAGS ":dkim-signature:DKIM-Signature",
				"dkim-signature:", fields.p, BODY));
	dkim_world_signature(w, first);
	dkim_world_from(w);
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
	assert_dkim_outcome(w, 1, DKIM_PASS, "");
}

/* Full house: the index finds each field, and none twice. */
static void
test_many_fields(void **state)
{
	struct dkim_world *w = *state;
	struct buf tags, fields;

	buf_init(&tags, w->arena);
	buf_init(&fields, w->arena);
	buf_adds(&tags, TAGS);
	buf_adds(&fields, FROM);
	for (int i = 0; i < LIMIT_HEADER_FIELDS - 2; i++)
		dkim_world_field(w, arena_printf(w->arena, "X-%d", i % 200).p,
				 arena_printf(w->arena, " %d", i).p);
	dkim_world_from(w);
	int used[200] = {0};
	for (int i = 1; i < LIMIT_DKIM_H_NAMES; i++) {
		int name = i * 7 % 30, at = LIMIT_HEADER_FIELDS - 3;
		while (at % 200 != name)
			at--;
		buf_printf(&tags, ":X-%d", name);
		at -= 200 * used[name]++;
		if (at >= 0)
			buf_printf(&fields, "x-%d:%d\r\n", name, at);
	}
	dkim_world_signature(
	    w, dkim_signer_sign(w->arena, dkim_world_rsa, tags.p,
				"dkim-signature:", fields.p, BODY));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
}

/* --- choosing --- */

static struct str
junk_signature(struct dkim_world *w, const char *domain, int i)
{
	return arena_printf(w->arena,
			    "v=1; a=rsa-sha256; d=%s; s=j%d; h=from; bh=AAAAAAA"
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AAAA",
			    domain, i);
}

static void
test_aligned_behind_junk(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	for (int i = 0; i < 999; i++)
		dkim_world_signature(w, junk_signature(w, "junk.example", i));
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_int_equal(w->results.count, LIMIT_DKIM_SHOWN);
	assert_int_equal(w->results.unshown, 1000 - LIMIT_DKIM_SHOWN);
	assert_dkim_outcome(w, LIMIT_DKIM_SHOWN - 1, DKIM_PASS, "");
	size_t tried = 0;
	for (size_t i = 0; i < w->results.count; i++)
		tried += w->results.outcome[i].tried;
	assert_int_equal(tried, LIMIT_DKIM_SIGNATURES);
	assert_dkim_outcome(w, LIMIT_DKIM_SIGNATURES - 1, DKIM_NEUTRAL,
			    "not tried: more than 10 signatures");
	assert_dkim_outcome(w, 0, DKIM_FAIL, "body hash did not verify");
	struct dns_usage usage;
	dns_session_usage(w->session, &usage);
	assert_true(usage.questions <= LIMIT_DKIM_SIGNATURES);
}

/* What cannot be used takes no one's place. */
static void
test_unusable_take_no_try(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	for (int i = 0; i < 100; i++)
		dkim_world_signature(w, str_lit("v=1; d=a.example; s=s1"));
	w->input.max_signatures = 1;
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
	dkim_world_run(w, dkim_world_zone(w, ""), BODY);
	assert_dkim_outcome(w, LIMIT_DKIM_SHOWN - 1, DKIM_PASS, "");
	assert_dkim_outcome(w, 0, DKIM_PERMERROR, "a= is missing");
}

static void
test_max_signatures(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	w->input.max_signatures = 2;
	dkim_world_signature(w, junk_signature(w, "junk.example", 1));
	dkim_world_signature(w, junk_signature(w, "junk.example", 2));
	dkim_world_signature(w, junk_signature(w, "sub.a.example", 3));
	dkim_world_signature(w, junk_signature(w, "a.example.junk.example", 4));
	dkim_world_run(w, "", BODY);
	assert_true(w->results.outcome[0].tried);
	assert_false(w->results.outcome[1].tried);
	assert_true(w->results.outcome[2].tried);
	assert_false(w->results.outcome[3].tried);
	assert_dkim_outcome(w, 1, DKIM_NEUTRAL,
			    "not tried: more than 2 signatures");
}

/* Whatever an admin allows, no more are tried than are shown. */
static void
test_max_shown(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	w->input.max_signatures = 1000;
	for (int i = 0; i < LIMIT_DKIM_SHOWN + 2; i++)
		dkim_world_signature(w, junk_signature(w, "junk.example", i));
	dkim_world_run(w, "", BODY);
	assert_int_equal(w->results.count, LIMIT_DKIM_SHOWN);
	assert_int_equal(w->results.untried, 2);
}

static void
test_groups(void **state)
{
	struct dkim_world *w = *state;
	struct dns_usage usage;
	struct str zone;

	dkim_world_from(w);
	w->author[0] = str_lit("x.y.a.example");
	dkim_world_signature(
	    w, dkim_world_sign(w, "v=1; a=rsa-sha256; c=relaxed; d=b.example; "
				  "s=s1; h=from"));
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
	zone = arena_printf(
	    w->arena, "%s%s", dkim_world_zone(w, ""),
	    dkim_world_key(w, "s1._domainkey.b.example", "", dkim_world_rsa).p);
	dkim_world_begin(w, zone.p, BODY);
	dns_session_usage(w->session, &usage);
	assert_int_equal(usage.prefetches, 2);
	int64_t deadline_ms = clock_monotonic_ms() + 10000;
	dkim_evaluate(w->dkim, DKIM_ALIGNED, deadline_ms, &w->results);
	assert_dkim_outcome(w, 0, DKIM_NEUTRAL, "not evaluated");
	assert_dkim_outcome(w, 1, DKIM_PASS, "");
	dkim_evaluate(w->dkim, DKIM_OTHER, deadline_ms, &w->results);
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
}

/* RFC 6008: as long as it takes to tell them apart. */
static void
test_b_start(void **state)
{
	static const char *const b[] = {
	    "AAAA BBBB CCCC DDDD",
	    "AAAABBBBCCCC\r\n DDDE",
	    "AAAABBBBCCCC",
	    "ZZZZ",
	    "ZZZZ",
	};
	struct dkim_world *w = *state;

	for (size_t i = 0; i < 5; i++)
		dkim_world_signature(w,
				     arena_printf(w->arena, "v=2; b=%s", b[i]));
	dkim_world_run(w, "", BODY);
	assert_str(w->results.outcome[0].b_start, "AAAABBBBCCCCDDDD");
	assert_str(w->results.outcome[1].b_start, "AAAABBBBCCCCDDDE");
	assert_str(w->results.outcome[2].b_start, "AAAABBBBCCCC");
	assert_str(w->results.outcome[3].b_start, "ZZZZ");
	assert_str(w->results.outcome[4].b_start, "ZZZZ");
}

#define TEST(name)                                              \
	cmocka_unit_test_setup_teardown(name, dkim_world_setup, \
					dkim_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_fields_from_bottom),
	    TEST(test_oversigned),
	    TEST(test_signs_signature),
	    TEST(test_many_fields),
	    TEST(test_aligned_behind_junk),
	    TEST(test_unusable_take_no_try),
	    TEST(test_max_signatures),
	    TEST(test_max_shown),
	    TEST(test_groups),
	    TEST(test_b_start),
	};

	return cmocka_run_group_tests_name("dkim_choose", tests,
					   dkim_world_group_setup,
					   dkim_world_group_teardown);
}
