/* What became of a time's mail, in numbers. */
#include <stdio.h>

#include "stats/parts.h"
#include "tests/support/store/stats_world.h"
#include "tests/support/store/store_world.h"

#define HOUR STATS_WORLD_HOUR
#define DAY STATS_WORLD_DAY
#define WEEK ((struct stats_period){STATS_WORLD_NOW - 7 * DAY, 0})

#define MAIL(mail) stats_world_mail(mail, sizeof(mail) / sizeof((mail)[0]))

static const struct stats_mail mails[] = {
    /* 40 of 8 hours */
    {.from = "good.example",
     .policy = DMARC_P_REJECT,
     .client = "192.0.2.1",
     .spf = "good.example",
     .dkim = "good.example",
     .count = 40,
     .ago = 8 * HOUR,
     .each = 720},
    {.from = "bank.example",
     .policy = DMARC_P_REJECT,
     .client = "198.51.100.66",
     .count = 3,
     .ago = 2 * DAY},
    {.from = "plain.example",
     .no_policy = true,
     .client = "192.0.2.2",
     .count = 5,
     .ago = 3 * DAY},
    {.from = "slow.example",
     .policy = DMARC_P_QUARANTINE,
     .client = "192.0.2.3",
     .trouble = DMARC_TEMPERROR,
     .count = 2,
     .ago = 3 * DAY},
    {.client = "192.0.2.4", .ago = DAY},
    {.from = "our.example",
     .client = "192.0.2.5",
     .class = CLIENT_AUTHENTICATED,
     .count = 7,
     .ago = DAY},
};

static void
totals(void **state)
{
	const struct stats_period week = WEEK;
	struct stats_totals totals;

	(void)state;
	MAIL(mails);
	stats_world_gap(DAY, 12);
	stats_world_gap(9 * DAY, 100);
	assert_true(stats_totals(stats_world_store(), &week, &totals));
	assert_int_equal(totals.counts.messages, 58);
	assert_int_equal(totals.checked, 51);
	assert_int_equal(totals.counts.result[STATS_PASS], 40);
	assert_int_equal(totals.counts.result[STATS_NO_POLICY], 5);
	assert_int_equal(totals.counts.result[STATS_FAIL], 3);
	assert_int_equal(totals.counts.result[STATS_TEMPERROR], 2);
	assert_int_equal(totals.counts.result[STATS_UNJUDGED], 1);
	assert_int_equal(totals.counts.result[STATS_NOT_CHECKED], 7);
	/* A missing From is refused, too. */
	assert_int_equal(totals.counts.decided[ACTION_REJECT], 4);
	assert_int_equal(totals.counts.decided[ACTION_TEMPFAIL], 2);
	assert_int_equal(totals.counts.done[ACTION_ACCEPT], 58);
	assert_int_equal(totals.lost, 12);
	assert_int_equal(totals.folded, 0);
	assert_int_equal(totals.first, STATS_WORLD_NOW - 3 * DAY);
	assert_int_equal(totals.last, STATS_WORLD_NOW - HOUR);
}

/* Whole hours, the first one and that in which the end lies. */
static void
a_period(void **state)
{
	const struct stats_period some = {STATS_WORLD_NOW - 8 * HOUR + 1800,
					  STATS_WORLD_NOW - 6 * HOUR - 1};
	const struct stats_period none = {STATS_WORLD_NOW, 0};
	struct stats_totals totals;

	(void)state;
	MAIL(mails);
	assert_true(stats_totals(stats_world_store(), &some, &totals));
	assert_int_equal(totals.counts.messages, 10);
	assert_true(stats_totals(stats_world_store(), &none, &totals));
	assert_int_equal(totals.counts.messages, 0);
	assert_int_equal(totals.first, 0);
}

static void
in_mode_enforce(void **state)
{
	const struct stats_period week = WEEK;
	struct stats_totals totals;

	(void)state;
	stats_world_configure("mode: enforce\non-quarantine: hold\n");
	MAIL(mails);
	assert_true(stats_totals(stats_world_store(), &week, &totals));
	assert_int_equal(totals.counts.decided[ACTION_REJECT], 4);
	assert_int_equal(totals.counts.done[ACTION_REJECT], 4);
	assert_int_equal(totals.counts.done[ACTION_TEMPFAIL], 2);
}

static void
over_time(void **state)
{
	const struct stats_period week = WEEK;
	const struct stats_period long_time = {
	    STATS_WORLD_NOW - 600 * (int64_t)DAY, 0};
	const struct stats_mail old = {.from = "good.example",
				       .client = "192.0.2.1",
				       .ago = 500 * (int64_t)DAY};
	struct arena *arena = arena_new(NULL);
	struct stats_series series;
	int64_t all = 0;
	size_t i;

	(void)state;
	MAIL(mails);
	stats_world_mail(&old, 1);
	assert_true(stats_series(stats_world_store(), arena, &week, STATS_HOUR,
				 &series));
	assert_int_equal(series.width, STATS_HOUR);
	assert_int_equal(series.slots, 72);
	assert_int_equal(series.slot[0].begin, STATS_WORLD_NOW - 3 * DAY);
	assert_int_equal(series.slot[0].counts.messages, 7);
	assert_int_equal(series.slot[1].counts.messages, 0);
	assert_int_equal(series.slot[71].counts.result[STATS_PASS], 5);
	for (i = 0; i < series.slots; i++) {
		assert_int_equal(series.slot[i].begin,
				 series.slot[0].begin + (int64_t)i * HOUR);
		all += series.slot[i].counts.messages;
	}
	assert_int_equal(all, 58);
	/* Too many hours: days, and of those the last ones. */
	assert_true(stats_series(stats_world_store(), arena, &long_time,
				 STATS_HOUR, &series));
	assert_int_equal(series.width, STATS_DAY);
	assert_int_equal(series.slots, STATS_SLOTS);
	assert_int_equal(series.slot[STATS_SLOTS - 1].begin,
			 STATS_WORLD_NOW - 12 * HOUR);
	arena_free(arena);
}

static void
an_empty_store(void **state)
{
	const struct stats_period week = WEEK;
	struct arena *arena = arena_new(NULL);
	struct stats_series series;
	struct stats_events events;
	struct stats_groups groups;
	struct stats_totals totals;
	struct stats_gaps gaps;
	unsigned by;

	(void)state;
	assert_true(stats_totals(stats_world_store(), &week, &totals));
	assert_int_equal(totals.counts.messages + totals.lost, 0);
	assert_true(stats_series(stats_world_store(), arena, &week, STATS_DAY,
				 &series));
	assert_int_equal(series.slots, 0);
	assert_true(stats_events(stats_world_store(), arena, &week, &events));
	assert_int_equal(events.events, 0);
	assert_str(events.mode, "");
	assert_true(stats_gaps(stats_world_store(), arena, &week, &gaps));
	assert_int_equal(gaps.gaps, 0);
	for (by = 0; by < STATS_BYS; by++) {
		assert_true(stats_groups(stats_world_store(), arena, &week,
					 (enum stats_by)by, 10, &groups));
		assert_int_equal(groups.groups + groups.all, 0);
	}
	arena_free(arena);
}

static void
events(void **state)
{
	static const struct {
		enum stats_event_kind kind;
		const char *mode, *version;
	} wanted[] = {{STATS_RELOAD, "monitor", "0.2.0"},
		      {STATS_MODE, "enforce", "0.2.0"},
		      {STATS_VERSION, "enforce", "0.3.0"},
		      {STATS_START, "enforce", "0.3.0"}};
	const struct stats_period week = WEEK;
	struct arena *arena = arena_new(NULL);
	struct stats_events found;
	size_t i;

	(void)state;
	stats_world_event(8 * DAY, "start", "0.2.0", "monitor");
	stats_world_event(5 * DAY, "reload", "0.2.0", "monitor");
	stats_world_event(4 * DAY, "reload", "0.2.0", "enforce");
	stats_world_event(3 * DAY, "start", "0.3.0", "enforce");
	stats_world_event(2 * DAY, "start", "0.3.0", "enforce");
	assert_true(stats_events(stats_world_store(), arena, &week, &found));
	assert_int_equal(found.events, 4);
	for (i = 0; i < found.events; i++) {
		assert_int_equal(found.event[i].kind, wanted[i].kind);
		assert_int_equal(found.event[i].time,
				 STATS_WORLD_NOW - (5 - (int64_t)i) * DAY);
		assert_str(found.event[i].mode, wanted[i].mode);
		assert_str(found.event[i].version, wanted[i].version);
		assert_str(found.event[i].host, "mx");
	}
	assert_str(found.mode, "enforce");
	assert_str(found.version, "0.3.0");
	arena_free(arena);
}

/* The last ones, and how many are left out. */
static void
many_events(void **state)
{
	const struct stats_period week = WEEK;
	struct arena *arena = arena_new(NULL);
	struct stats_events found;
	struct stats_gaps gaps;
	int i;

	(void)state;
	for (i = STATS_EVENTS + 3; i >= 0; i--)
		stats_world_event(i * 60, "reload", "0.2.0", "monitor");
	for (i = STATS_GAPS; i >= 0; i--)
		stats_world_gap(i * 60, i + 1);
	assert_true(stats_events(stats_world_store(), arena, &week, &found));
	assert_int_equal(found.events, STATS_EVENTS);
	assert_int_equal(found.left_out, 4);
	assert_int_equal(found.event[STATS_EVENTS - 1].time, STATS_WORLD_NOW);
	assert_true(stats_gaps(stats_world_store(), arena, &week, &gaps));
	assert_int_equal(gaps.gaps, STATS_GAPS);
	assert_int_equal(gaps.left_out, 1);
	assert_int_equal(gaps.gap[STATS_GAPS - 1].messages, 1);
	assert_int_equal(gaps.gap[0].messages, STATS_GAPS);
	arena_free(arena);
}

/* --- by one thing --- */

static struct stats_groups
by(struct arena *arena, enum stats_by by, size_t most)
{
	const struct stats_period week = WEEK;
	struct stats_groups groups;

	assert_true(
	    stats_groups(stats_world_store(), arena, &week, by, most, &groups));
	return groups;
}

static const struct stats_group *
group(const struct stats_groups *groups, const char *name)
{
	size_t i;

	for (i = 0; i < groups->groups; i++)
		if (str_is(groups->group[i].name, name))
			return &groups->group[i];
	fail_msg("no group %s", name);
	return NULL;
}

static void
by_from_and_client(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct stats_groups groups;

	(void)state;
	MAIL(mails);
	groups = by(arena, STATS_BY_FROM, 100);
	assert_int_equal(groups.groups, 6);
	assert_int_equal(groups.all, 6);
	assert_str(groups.group[0].name, "good.example");
	assert_int_equal(groups.group[0].counts.messages, 40);
	assert_int_equal(groups.group[0].counts.result[STATS_PASS], 40);
	assert_int_equal(
	    group(&groups, "bank.example")->counts.decided[ACTION_REJECT], 3);
	assert_int_equal(group(&groups, "")->counts.result[STATS_UNJUDGED], 1);
	assert_int_equal(group(&groups, "bank.example")->first,
			 STATS_WORLD_NOW - 2 * DAY - 12 * HOUR);
	groups = by(arena, STATS_BY_FROM, 2);
	assert_int_equal(groups.groups, 2);
	assert_int_equal(groups.all, 6);
	assert_str(groups.group[1].name, "our.example");
	assert_int_equal(groups.rest.messages, 58 - 47);
	assert_int_equal(groups.rest.result[STATS_FAIL], 3);
	groups = by(arena, STATS_BY_CLIENT, 100);
	assert_int_equal(group(&groups, "198.51.100.66")->counts.messages, 3);
	arena_free(arena);
}

static void
by_selector(void **state)
{
	static const struct stats_mail signed_mail[] = {
	    {.from = "a.example",
	     .client = "192.0.2.1",
	     .dkim = "a.example",
	     .count = 4},
	    {.from = "a.example",
	     .client = "192.0.2.9",
	     .dkim = "list.example",
	     .broken = "a.example"},
	};
	struct arena *arena = arena_new(NULL);
	struct stats_groups groups;

	(void)state;
	MAIL(signed_mail);
	groups = by(arena, STATS_BY_SELECTOR, 100);
	assert_int_equal(groups.groups, 2);
	assert_str(groups.group[0].name, "s1 a.example");
	assert_int_equal(groups.group[0].counts.result[STATS_PASS], 4);
	assert_int_equal(groups.group[0].counts.result[STATS_FAIL], 1);
	assert_str(groups.group[1].name, "s1 list.example");
	assert_int_equal(groups.group[1].counts.result[STATS_PASS], 1);
	arena_free(arena);
}

static void
by_sums(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct stats_groups groups;

	(void)state;
	stats_world_configure("on-quarantine: hold\n"
			      "rules:\n"
			      "  - name: strict\n"
			      "    from: plain.example\n"
			      "    action: reject\n");
	MAIL(mails);
	groups = by(arena, STATS_BY_SHAPE, 100);
	assert_int_equal(group(&groups, "spoof")->counts.messages, 3);
	assert_int_equal(group(&groups, "")->counts.messages, 55);
	groups = by(arena, STATS_BY_ACTION, 100);
	assert_int_equal(group(&groups, "reject")->counts.messages, 9);
	assert_int_equal(group(&groups, "tempfail")->counts.messages, 2);
	groups = by(arena, STATS_BY_RULE, 100);
	assert_int_equal(group(&groups, "strict")->counts.messages, 5);
	assert_int_equal(group(&groups, "strict")->last,
			 STATS_WORLD_NOW - 3 * DAY);
	groups = by(arena, STATS_BY_DAY, 100);
	assert_int_equal(groups.groups, 4);
	assert_str(groups.group[0].name, "2026-11-26");
	assert_str(groups.group[3].name, "2026-11-29");
	assert_int_equal(groups.group[3].counts.messages, 40);
	arena_free(arena);
}

/* More than are kept: the large ones stay, and nothing is lost in the sum. */
static void
many_groups(void **state)
{
	const struct outcome outcome = {STATS_PASS, ACTION_ACCEPT,
					ACTION_ACCEPT};
	struct arena *arena = arena_new(NULL);
	struct stats_groups groups;
	struct grouping grouping;
	char name[32];
	int i, n;

	(void)state;
	grouping_init(&grouping, stats_world_store());
	for (i = 0; i < 250000; i++) {
		n = snprintf(name, sizeof(name), "n%d", i);
		grouping_add(&grouping, str_n(name, (size_t)n), i, i, outcome,
			     1);
		if (i % 1000 == 0)
			grouping_add(&grouping, str_lit("large"), i, i, outcome,
				     5);
	}
	assert_true(grouping.groups <= STATS_GROUPS_KEPT);
	grouping_end(&grouping, arena, 2, &groups);
	assert_int_equal(groups.groups, 2);
	assert_true(groups.all >= STATS_GROUPS_KEPT);
	assert_str(groups.group[0].name, "large");
	assert_int_equal(groups.group[0].counts.messages, 1250);
	assert_int_equal(groups.group[0].last, 249000);
	assert_int_equal(groups.group[1].counts.messages + groups.rest.messages,
			 250000);
	grouping_clear(&grouping);
	arena_free(arena);
}

#define STATS_TEST(f)                                         \
	cmocka_unit_test_setup_teardown(f, stats_world_setup, \
					stats_world_teardown)

static const struct CMUnitTest sums_tests[] = {
    STATS_TEST(totals),      STATS_TEST(a_period),
    STATS_TEST(over_time),   STATS_TEST(in_mode_enforce),
    STATS_TEST(events),      STATS_TEST(an_empty_store),
    STATS_TEST(many_events), STATS_TEST(by_from_and_client),
    STATS_TEST(by_selector), STATS_TEST(by_sums),
    STATS_TEST(many_groups),
};

int
main(void)
{
	return store_world_main(sums_tests);
}
