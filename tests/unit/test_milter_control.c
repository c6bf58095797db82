#include "tests/support/test.h"

#include <stdio.h>

#include "base/histogram.h"
#include "milter/limits.h"
#include "milter/observe/hits.h"
#include "milter/observe/metrics.h"
#include "milter/observe/trace.h"

static void
test_histogram(void **state)
{
	struct histogram histogram = {0};
	struct histogram_counts counts;

	(void)state;
	histogram_add(&histogram, -5);
	histogram_add(&histogram, 250);
	histogram_add(&histogram, 251);
	histogram_add(&histogram, 30000000);
	histogram_add(&histogram, 30000001);
	histogram_read(&histogram, &counts);
	assert_int_equal(counts.bucket[0], 2);
	assert_int_equal(counts.bucket[1], 1);
	assert_int_equal(counts.bucket[HISTOGRAM_BOUNDS - 1], 1);
	assert_int_equal(counts.bucket[HISTOGRAM_BOUNDS], 1);
	assert_int_equal(counts.sum_us, 60000502);
}

static void
test_results_of_what_was_evaluated(void **state)
{
	struct metrics metrics = {0};
	struct verdict verdict = {.limits = VERDICT_LIMIT_SPF_TIME,
				  .total_us = 1000};
	struct histogram_counts evaluation;

	(void)state;
	metrics_message(&metrics, &verdict);
	verdict.decision.applied = ACTION_TEMPFAIL;
	verdict.limits = VERDICT_LIMIT_EVALUATIONS;
	metrics_message(&metrics, &verdict);
	verdict.limits = VERDICT_LIMIT_MEMORY;
	metrics_message(&metrics, &verdict);
	assert_int_equal(metrics_get(&metrics.applied[ACTION_ACCEPT]), 1);
	assert_int_equal(metrics_get(&metrics.applied[ACTION_TEMPFAIL]), 2);
	assert_int_equal(metrics_get(&metrics.limit[2]), 1);
	assert_int_equal(metrics_get(&metrics.limit[12]), 1);
	assert_int_equal(metrics_get(&metrics.spf[SPF_NONE]), 1);
	assert_int_equal(metrics_get(&metrics.dmarc[DMARC_NONE]), 1);
	assert_int_equal(metrics_get(&metrics.shape[SHAPE_NONE]), 1);
	histogram_read(&metrics.evaluation, &evaluation);
	assert_int_equal(evaluation.sum_us, 1000);
}

static void
test_hits_live_on(void **state)
{
	struct hits *hits = hits_new();
	char name[16];
	uint64_t count;
	int64_t last;

	(void)state;
	hits_count(hits, str_lit("a"), 5);
	hits_get(hits, str_lit("a"), &count, &last);
	assert_int_equal(count, 0);
	hits_know(hits, str_lit("a"));
	hits_count(hits, str_lit("a"), 6);
	hits_know(hits, str_lit("a"));
	hits_count(hits, str_lit("a"), 7);
	hits_get(hits, str_lit("a"), &count, &last);
	assert_int_equal(count, 2);
	assert_int_equal(last, 7);
	/* More names than are kept: the first ones stay, and it ends. */
	for (int i = 0; i < 2 * LIMIT_RULE_NAMES; i++) {
		snprintf(name, sizeof name, "r%d", i);
		hits_know(hits, str_of(name));
		hits_count(hits, str_of(name), 8);
	}
	/* "a" is one of them. */
	for (int i = 0; i < 2 * LIMIT_RULE_NAMES; i++) {
		snprintf(name, sizeof name, "r%d", i);
		hits_get(hits, str_of(name), &count, &last);
		assert_int_equal(count, i < LIMIT_RULE_NAMES - 1);
	}
	hits_free(hits);
}

static void
test_a_trace_ends(void **state)
{
	struct trace trace;
	struct verdict verdict = {.mail_from_domain = STR("a.example")};

	(void)state;
	trace_init(&trace);
	assert_false(trace_wants(&trace, &verdict, 1000));
	assert_true(trace_on(&trace, str_lit("a.example"), 1000));
	assert_true(trace_wants(&trace, &verdict, 999 + LIMIT_TRACE_MS));
	verdict.mail_from_domain = str_lit("b.example");
	assert_false(trace_wants(&trace, &verdict, 1000));
	verdict.from.domain[0] = str_lit("a.example");
	verdict.from.count = 1;
	assert_true(trace_wants(&trace, &verdict, 1000));
	assert_false(trace_wants(&trace, &verdict, 1000 + LIMIT_TRACE_MS));
	assert_int_equal(atomic_load(&trace.count), 0);
	assert_false(
	    trace_off(&trace, str_lit("a.example"), 1000 + LIMIT_TRACE_MS));
	assert_false(trace_off(&trace, str_empty(), 1000));
	trace_clear(&trace);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_histogram),
	    cmocka_unit_test(test_results_of_what_was_evaluated),
	    cmocka_unit_test(test_hits_live_on),
	    cmocka_unit_test(test_a_trace_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
