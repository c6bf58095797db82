/* Where a domain's mail came from, which of it broke and what the DNS had then;
   what rules did, and what is on hold. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "stats/domains.h"
#include "stats/message.h"
#include "stats/rules.h"
#include "tests/support/config_file.h"
#include "tests/support/store/stats_world.h"
#include "tests/support/store/store_world.h"

#define HOUR STATS_WORLD_HOUR
#define DAY STATS_WORLD_DAY
#define NOW STATS_WORLD_NOW

#define MAIL(mail) stats_world_mail(mail, sizeof(mail) / sizeof((mail)[0]))

static const struct stats_period week = {NOW - 7 * DAY, 0};

/* --- sources --- */

static struct stats_domains
look(struct arena *arena, const char *one, const char *two)
{
	const struct str names[] = {str_of(one), str_of(two)};
	struct stats_domains domains;

	assert_true(stats_domains(stats_world_store(), arena, &week, names,
				  two ? 2 : 1, &domains));
	assert_int_equal(domains.domains, two ? 2 : 1);
	return domains;
}

static void
sources(void **state)
{
	static const struct stats_mail mail[] = {
	    {.from = "bank.example",
	     .policy = DMARC_P_REJECT,
	     .client = "192.0.2.1",
	     .spf = "bank.example",
	     .dkim = "bank.example",
	     .count = 7,
	     .ago = 3 * DAY,
	     .each = DAY},
	    {.from = "bank.example",
	     .policy = DMARC_P_REJECT,
	     .client = "198.51.100.6",
	     .count = 2,
	     .ago = DAY},
	    {.from = "bank.example",
	     .policy = DMARC_P_REJECT,
	     .client = "192.0.2.1",
	     .count = 3,
	     .ago = DAY},
	    {.from = "shop.example",
	     .no_policy = true,
	     .client = "192.0.2.1",
	     .dkim = "mail.shop.example",
	     .broken = "other.example",
	     .count = 4,
	     .ago = DAY},
	};
	struct arena *arena = arena_new(NULL);
	struct stats_domains domains;
	const struct stats_origin *origin;

	(void)state;
	MAIL(mail);
	domains = look(arena, "bank.example", "shop.example");
	assert_int_equal(domains.domain[0].counts.messages, 12);
	assert_int_equal(domains.domain[0].counts.result[STATS_PASS], 7);
	assert_int_equal(domains.domain[0].clients, 2);
	assert_int_equal(domains.domain[0].unnamed, 0);
	origin = domains.domain[0].origin;
	assert_str(origin[0].text, "192.0.2.1");
	assert_int_equal(origin[0].counts.messages, 10);
	assert_int_equal(origin[0].counts.decided[ACTION_REJECT], 3);
	assert_str(origin[0].spf, "pass");
	assert_str(origin[0].dkim, "pass bank.example s1");
	assert_str(origin[1].text, "s1 bank.example");
	assert_int_equal(origin[1].kind, ORIGIN_SELECTOR);
	assert_str(origin[2].text, "198.51.100.6");
	assert_str(domains.domain[1].name, "shop.example");
	assert_int_equal(domains.domain[1].origins, 2);
	assert_str(domains.domain[1].origin[0].text, "192.0.2.1");
	assert_str(domains.domain[1].origin[0].dkim,
		   "pass mail.shop.example s1, fail other.example s1");
	assert_str(domains.domain[1].origin[1].text, "s1 mail.shop.example");
	arena_free(arena);
}

/* --- what broke --- */

/* Mail of a.example each hour from `ago` on. */
#define PASSING(at, before, n)                                               \
	{                                                                    \
		.from = "a.example", .policy = DMARC_P_REJECT, .client = at, \
		.dkim = "a.example", .count = n, .ago = before, .each = HOUR \
	}
#define FAILING(at, before, n)                                                 \
	{                                                                      \
		.from = "a.example", .policy = DMARC_P_REJECT, .client = at,   \
		.broken = "a.example", .count = n, .ago = before, .each = HOUR \
	}
/* A forger's. */
#define FORGED(at, before, n)                                                \
	{                                                                    \
		.from = "a.example", .policy = DMARC_P_REJECT, .client = at, \
		.count = n, .ago = before, .each = HOUR                      \
	}

static struct stats_breaks
breaks_of(struct arena *arena, const struct stats_mail *mail, size_t n)
{
	struct stats_domains domains;
	struct stats_breaks breaks;

	stats_world_mail(mail, n);
	domains = look(arena, "a.example", NULL);
	assert_true(
	    stats_breaks(stats_world_store(), arena, &domains, 5, &breaks));
	return breaks;
}

static void
a_break(void **state)
{
	static const struct stats_mail mail[] = {
	    PASSING("192.0.2.1", 5 * DAY, 70),
	    FAILING("192.0.2.1", 50 * HOUR, 50),
	    FORGED("198.51.100.6", 6 * DAY, 100),
	    PASSING("192.0.2.2", 1 * HOUR, 1)};
	struct arena *arena = arena_new(NULL);
	struct stats_breaks breaks = breaks_of(arena, mail, 4);
	const struct stats_break *one = &breaks.broke[0];

	(void)state;
	assert_int_equal(breaks.all, 1);
	assert_int_equal(breaks.breaks, 1);
	assert_str(one->domain, "a.example");
	assert_str(one->client, "192.0.2.1");
	assert_int_equal(one->clients, 1);
	assert_int_equal(one->time, NOW - 50 * HOUR);
	assert_int_equal(one->passed_before, 70);
	assert_int_equal(one->failed_before, 0);
	assert_int_equal(one->failed_since, 50);
	assert_int_equal(one->changes, 0);
	arena_free(arena);
}

/* At midnight, at noon of the last day, after a forger used the address. */
static void
hours_of_breaks(void **state)
{
	static const struct {
		int64_t ago;
		int failing;
	} table[] = {{60 * HOUR, 40}, {59 * HOUR, 40}, {36 * HOUR, 30},
		     {8 * HOUR, 8},   {12 * HOUR, 12}, {13 * HOUR, 13}};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const int64_t begin = 6 * DAY;
		const struct stats_mail mail[] = {
		    PASSING("192.0.2.1", begin,
			    (int)((begin - table[i].ago) / HOUR)),
		    FAILING("192.0.2.1", table[i].ago, table[i].failing)};
		struct arena *arena = arena_new(NULL);
		struct stats_breaks breaks = breaks_of(arena, mail, 2);

		assert_int_equal(breaks.all, 1);
		assert_int_equal(breaks.broke[0].time, NOW - table[i].ago);
		assert_str(breaks.broke[0].selector, "s1 a.example");
		assert_str(breaks.broke[0].client, "192.0.2.1");
		assert_int_equal(breaks.broke[0].failed_since,
				 table[i].failing);
		arena_free(arena);
		stats_world_teardown(state);
		stats_world_setup(state);
	}
}

static void
no_breaks(void **state)
{
	static const struct {
		const char *title;
		struct stats_mail mail[3];
	} table[] = {
	    {"it passes", {PASSING("192.0.2.1", 6 * DAY, 140)}},
	    {"it never passed", {FAILING("192.0.2.1", 6 * DAY, 140)}},
	    {"forgers, from elsewhere",
	     {PASSING("192.0.2.1", 6 * DAY, 140),
	      FORGED("198.51.100.6", 2 * DAY, 48)}},
	    {"it was mended",
	     {PASSING("192.0.2.1", 6 * DAY, 40),
	      FAILING("192.0.2.1", 4 * DAY, 40),
	      PASSING("192.0.2.1", 2 * DAY, 47)}},
	    {"too little before",
	     {PASSING("192.0.2.1", 6 * DAY, 19),
	      FAILING("192.0.2.1", 4 * DAY, 90)}},
	    {"too little since",
	     {PASSING("192.0.2.1", 6 * DAY, 100),
	      FAILING("192.0.2.1", 1 * DAY, 4)}},
	    {"a part of it fails, always",
	     {PASSING("192.0.2.1", 6 * DAY, 140),
	      FAILING("192.0.2.1", 6 * DAY, 30)}},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct arena *arena = arena_new(NULL);
		size_t n = 0;

		while (n < 3 && table[i].mail[n].from)
			n++;
		if (breaks_of(arena, table[i].mail, n).all != 0)
			fail_msg("%s: it broke", table[i].title);
		arena_free(arena);
		stats_world_teardown(state);
		stats_world_setup(state);
	}
}

/* --- what the DNS had --- */

static void
changes(void **state)
{
	static const struct stats_mail mail[] = {
	    PASSING("192.0.2.1", 5 * DAY, 70),
	    FAILING("192.0.2.1", 50 * HOUR, 49)};
	struct arena *arena = arena_new(NULL);
	struct stats_breaks breaks;
	const struct stats_change *change;

	(void)state;
	stats_world_seen("s1._domainkey.a.example", "first key", 90 * DAY,
			 40 * DAY);
	stats_world_seen("s1._domainkey.a.example", "old key", 40 * DAY,
			 52 * HOUR);
	stats_world_seen("s1._domainkey.a.example", "new key", 51 * HOUR,
			 3 * HOUR);
	stats_world_seen("s2._domainkey.a.example", "another key", 51 * HOUR,
			 3 * HOUR);
	stats_world_seen("_dmarc.a.example", "no change", 90 * DAY, 3 * HOUR);
	stats_world_seen("a.example", "long before", 90 * DAY, 30 * DAY);
	stats_world_seen("a.example", "since then", 30 * DAY, 3 * HOUR);
	breaks = breaks_of(arena, mail, 2);
	assert_int_equal(breaks.all, 1);
	assert_str(breaks.broke[0].selector, "s1 a.example");
	assert_int_equal(breaks.broke[0].changes, 1);
	change = &breaks.broke[0].change[0];
	assert_str(change->name, "s1._domainkey.a.example");
	assert_str(change->was, "old key");
	assert_str(change->is, "new key");
	assert_false(change->gone);
	assert_int_equal(change->time, NOW - 51 * HOUR);
	arena_free(arena);
}

static void
what_is_gone(void **state)
{
	static const struct stats_mail mail[] = {
	    PASSING("192.0.2.1", 5 * DAY, 70),
	    FAILING("192.0.2.1", 50 * HOUR, 49)};
	struct arena *arena = arena_new(NULL);
	struct stats_breaks breaks;
	const struct stats_change *change;

	(void)state;
	stats_world_seen("s1._domainkey.a.example", "old key", 40 * DAY,
			 52 * HOUR);
	stats_world_seen("_dmarc.a.example", "no change", 90 * DAY, 6 * HOUR);
	breaks = breaks_of(arena, mail, 2);
	assert_int_equal(breaks.broke[0].changes, 1);
	change = &breaks.broke[0].change[0];
	assert_str(change->name, "s1._domainkey.a.example");
	assert_str(change->was, "old key");
	assert_str(change->is, "");
	assert_true(change->gone);
	arena_free(arena);
}

/* When something was last seen is known to the day. */
static void
what_is_still_there(void **state)
{
	static const struct stats_mail mail[] = {
	    PASSING("192.0.2.1", 5 * DAY, 112),
	    FAILING("192.0.2.1", 8 * HOUR, 8)};
	struct arena *arena = arena_new(NULL);
	struct stats_breaks breaks;

	(void)state;
	stats_world_seen("s1._domainkey.a.example", "key", 40 * DAY, 20 * HOUR);
	stats_world_seen("_dmarc.a.example", "policy", 90 * DAY, 24 * HOUR);
	breaks = breaks_of(arena, mail, 2);
	assert_int_equal(breaks.all, 1);
	assert_int_equal(breaks.broke[0].changes, 0);
	arena_free(arena);
}

/* --- rules --- */

static const char some_rules[] =
    "on-quarantine: hold\n"
    "rules:\n"
    "  - {name: for-ever, client: 192.0.2.4, action: accept}\n"
    "  - {name: late, client: 192.0.2.5, action: accept, expires: "
    "2026-11-01}\n"
    "  - {name: next-year, client: 192.0.2.6, action: accept, expires: "
    "2027-11-01}\n"
    "  - {name: soon, client: 192.0.2.7, action: accept, expires: "
    "2026-12-05}\n"
    "  - {name: never, client: 192.0.2.8, action: accept}\n";

static void
rules(void **state)
{
	static const struct stats_mail mail[] = {
	    {.from = "a.example",
	     .client = "192.0.2.4",
	     .count = 3,
	     .ago = 2 * DAY,
	     .each = HOUR},
	    {.from = "a.example",
	     .client = "192.0.2.6",
	     .count = 2,
	     .ago = 20 * DAY,
	     .each = HOUR},
	    {.from = "a.example", .client = "192.0.2.7", .ago = 8 * DAY},
	};
	static const char *const names[] = {"late", "soon", "next-year",
					    "for-ever", "never"};
	struct arena *arena = arena_new(NULL);
	struct config *config = config_file_load(some_rules);
	struct stats_rules found;
	size_t i;

	(void)state;
	stats_world_configure(some_rules);
	MAIL(mail);
	assert_true(stats_rules(stats_world_store(), arena, &week,
				config->policy.rules, NOW, 10, &found));
	assert_int_equal(found.all, 5);
	assert_int_equal(found.soon, 1);
	assert_int_equal(found.late, 1);
	for (i = 0; i < 5; i++)
		assert_str(found.rule[i].rule->name, names[i]);
	assert_int_equal(found.rule[1].messages, 0);
	assert_int_equal(found.rule[1].last, NOW - 8 * DAY);
	assert_int_equal(found.rule[2].last, NOW - 20 * DAY + HOUR);
	assert_int_equal(found.rule[3].messages, 3);
	assert_int_equal(found.rule[3].last, NOW - 2 * DAY + 2 * HOUR);
	assert_int_equal(found.rule[4].last, 0);
	assert_true(stats_rules(stats_world_store(), arena, &week,
				config->policy.rules, NOW, 2, &found));
	assert_int_equal(found.rules, 2);
	assert_int_equal(found.all, 5);
	config_unref(config);
	arena_free(arena);
}

/* --- on hold --- */

static void
on_hold(void **state)
{
	static const struct stats_mail mail[] = {
	    {.from = "a.example",
	     .policy = DMARC_P_QUARANTINE,
	     .client = "192.0.2.9",
	     .count = 3,
	     .ago = 3 * DAY,
	     .each = DAY},
	    {.from = "b.example",
	     .policy = DMARC_P_QUARANTINE,
	     .client = "192.0.2.9",
	     .ago = 20 * DAY},
	    {.from = "c.example",
	     .policy = DMARC_P_REJECT,
	     .client = "192.0.2.9",
	     .ago = DAY},
	};
	struct arena *arena = arena_new(NULL);
	struct stats_helds helds;

	(void)state;
	stats_world_configure("mode: enforce\non-quarantine: tag\n"
			      "tag-filed: yes\n");
	MAIL(mail);
	assert_true(stats_helds(stats_world_store(), arena, &week, 10, &helds));
	assert_int_equal(helds.helds, 0);
	assert_false(helds.more);
	stats_world_configure("mode: enforce\non-quarantine: hold\n");
	MAIL(mail);
	assert_true(stats_helds(stats_world_store(), arena, &week, 10, &helds));
	assert_int_equal(helds.helds, 3);
	assert_int_equal(helds.held[0].time, NOW - DAY);
	assert_int_equal(helds.held[2].time, NOW - 3 * DAY);
	assert_str(helds.held[0].from_domain, "a.example");
	assert_str(helds.held[0].queue_id, "Q7");
	assert_true(helds.held[0].reason.n > 0);
	assert_true(stats_helds(stats_world_store(), arena, &week, 2, &helds));
	assert_int_equal(helds.helds, 2);
	assert_true(helds.more);
	arena_free(arena);
}

#define STATS_TEST(f)                                         \
	cmocka_unit_test_setup_teardown(f, stats_world_setup, \
					stats_world_teardown)

static const struct CMUnitTest domains_tests[] = {
    STATS_TEST(sources),
    STATS_TEST(a_break),
    STATS_TEST(hours_of_breaks),
    STATS_TEST(no_breaks),
    STATS_TEST(changes),
    STATS_TEST(what_is_gone),
    STATS_TEST(what_is_still_there),
    STATS_TEST(rules),
    STATS_TEST(on_hold),
};

int
main(void)
{
	return store_world_main(domains_tests);
}
