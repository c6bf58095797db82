/* Within a message each name is walked once, and its records are read once. */
#include "tests/support/test.h"

#include "base/clock.h"
#include "base/limits.h"
#include "dmarc/treewalk.h"
#include "tests/support/dns_server.h"

#define LATER (clock_monotonic_ms() + 60000)

struct world {
	struct arena *arena;
	struct zone *zone;
	struct dns_resolver *resolver;
	struct dns_session *session;
	struct dmarc_walker walker;
};

static int
setup(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct world *w = arena_alloc(arena, sizeof *w);

	w->arena = arena;
	w->zone =
	    zone_parse("_dmarc.corp.example TXT \"v=DMARC1; p=reject\"\n");
	w->resolver = dns_resolver_new_offline(zone_oracle, w->zone);
	w->session = dns_session_new(w->resolver, NULL);
	dmarc_walker_init(&w->walker, arena, w->session, LIMIT_ZONE_MS);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	dns_session_unref(w->session);
	dns_resolver_free(w->resolver);
	zone_free(w->zone);
	arena_free(w->arena);
	return 0;
}

/* From here on a lookup would have nobody to ask. */
static void
forbid_lookups(struct world *w)
{
	w->walker.session = NULL;
}

static void
test_walk_stands(void **state)
{
	struct world *w = *state;

	dmarc_walker_begin(&w->walker, LATER);
	const struct dmarc_walk *walk =
	    dmarc_walk(&w->walker, str_lit("a.corp.example"));
	assert_int_equal(walk->steps, 3);
	assert_null(walk->trouble);
	forbid_lookups(w);
	assert_ptr_equal(dmarc_walk(&w->walker, str_lit("a.corp.example")),
			 walk);
	/* And in the rounds that follow, with their time. */
	walk = dmarc_walk(&w->walker, str_lit("a.corp.example"));
	dmarc_walker_begin(&w->walker, 7);
	assert_ptr_equal(dmarc_walk(&w->walker, str_lit("a.corp.example")),
			 walk);
	assert_int_equal(walk->steps, 3);
	assert_int_equal(walk->deadline_ms, 7);
	assert_str(dmarc_walk_org(walk, NULL), "corp.example");
}

static void
test_names_on_the_way_are_read_once(void **state)
{
	struct world *w = *state;

	dmarc_walker_begin(&w->walker, LATER);
	const struct dmarc_walk *below =
	    dmarc_walk(&w->walker, str_lit("a.corp.example"));
	forbid_lookups(w);
	const struct dmarc_walk *above =
	    dmarc_walk(&w->walker, str_lit("corp.example"));
	assert_int_equal(above->steps, 2);
	assert_non_null(above->step[0].record);
	assert_ptr_equal(above->step[0].record, below->step[1].record);
	assert_null(above->step[1].record);
	assert_str(dmarc_walk_org(above, NULL), "corp.example");
}

/* No answer in time: the next round asks again, this one does not. */
static void
test_failed_lookups_are_tried_again(void **state)
{
	struct world *w = *state;

	dmarc_walker_begin(&w->walker, 0);
	const struct dmarc_walk *walk =
	    dmarc_walk(&w->walker, str_lit("a.corp.example"));
	assert_non_null(walk->trouble);
	assert_int_equal(walk->steps, 3);
	w->walker.deadline_ms = LATER;
	assert_non_null(
	    dmarc_walk(&w->walker, str_lit("a.corp.example"))->trouble);
	dmarc_walker_begin(&w->walker, LATER);
	walk = dmarc_walk(&w->walker, str_lit("a.corp.example"));
	assert_null(walk->trouble);
	assert_int_equal(walk->steps, 3);
	assert_non_null(walk->step[1].record);
}

/* What a limit of ours forbids is told anew, too. */
static void
test_limited_walk(void **state)
{
	struct world *w = *state;
	struct dns_limits limits = {.questions = 1};
	struct dns_session *session = dns_session_new(w->resolver, &limits);

	w->walker.session = session;
	dmarc_walker_begin(&w->walker, LATER);
	const struct dmarc_walk *walk =
	    dmarc_walk(&w->walker, str_lit("a.corp.example"));
	assert_true(walk->limited);
	w->walker.session = w->session;
	dmarc_walker_begin(&w->walker, LATER);
	walk = dmarc_walk(&w->walker, str_lit("a.corp.example"));
	assert_false(walk->limited);
	assert_null(walk->trouble);
	dns_session_unref(session);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_walk_stands),
	    TEST(test_names_on_the_way_are_read_once),
	    TEST(test_failed_lookups_are_tried_again),
	    TEST(test_limited_walk),
	};

	return cmocka_run_group_tests_name("dmarc_walker", tests, NULL, NULL);
}
