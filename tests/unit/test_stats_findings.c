/* What enforce would do: how it is counted, and in which order. */
#include <stdio.h>
#include <string.h>

#include "base/words.h"
#include "stats/findings.h"
#include "tests/support/store/stats_world.h"
#include "tests/support/store/store_world.h"

#define HOUR STATS_WORLD_HOUR
#define DAY STATS_WORLD_DAY

#define MAIL(mail) stats_world_mail(mail, sizeof(mail) / sizeof((mail)[0]))

/* The site's own mail, by which its domains are known. */
static const struct stats_mail own = {.from = "our.example",
				      .client = "192.0.2.200",
				      .class = CLIENT_AUTHENTICATED,
				      .count = 30,
				      .ago = 5 * DAY,
				      .each = 4 * HOUR};

static struct stats_findings
find_since(struct arena *arena, int64_t ago, size_t most)
{
	const struct stats_findings_options options = {
	    .period = {STATS_WORLD_NOW - ago, 0},
	    .now = STATS_WORLD_NOW,
	    .most = most};
	struct stats_findings findings;

	assert_true(
	    stats_findings(stats_world_store(), arena, &options, &findings));
	return findings;
}

static struct stats_findings
find(struct arena *arena)
{
	return find_since(arena, 7 * DAY, 100);
}

#define STAYS .count = 6, .ago = 4 * DAY, .each = 12 * HOUR
#define REJECT .policy = DMARC_P_REJECT
#define JUNK .policy = DMARC_P_QUARANTINE

static void
counts(void **state)
{
	static const struct stats_mail mails[] = {
	    {.from = "bank.example",
	     REJECT,
	     .client = "198.51.100.66",
	     .count = 3,
	     .ago = 3 * DAY},
	    {.from = "bank.example",
	     REJECT,
	     .client = "198.51.100.67",
	     .ago = 2 * DAY},
	    {.from = "bank.example",
	     REJECT,
	     .client = "192.0.2.9",
	     .ago = 2 * DAY},
	    {.from = "fresh.example",
	     JUNK,
	     .client = "192.0.2.9",
	     .ago = 2 * HOUR},
	    {.from = "quiet.example",
	     .policy = DMARC_P_NONE,
	     .client = "192.0.2.9",
	     .ago = DAY},
	    {.from = "good.example",
	     REJECT,
	     .client = "192.0.2.1",
	     .spf = "good.example",
	     .count = 50,
	     .ago = DAY},
	};
	struct arena *arena = arena_new(NULL);
	struct stats_findings findings;

	(void)state;
	MAIL(mails);
	findings = find(arena);
	assert_int_equal(findings.all, 2);
	assert_int_equal(findings.findings, 2);
	assert_str(findings.finding[0].from_domain, "bank.example");
	assert_int_equal(findings.finding[0].decided, ACTION_REJECT);
	assert_int_equal(findings.finding[0].messages, 5);
	assert_int_equal(findings.finding[0].done, 0);
	assert_int_equal(findings.finding[0].source.networks, 2);
	assert_str(findings.finding[0].source.text, "2 networks");
	assert_int_equal(findings.finding[0].source.clients, 3);
	assert_int_equal(findings.finding[0].first, STATS_WORLD_NOW - 3 * DAY);
	assert_int_equal(findings.finding[0].last, STATS_WORLD_NOW - 2 * DAY);
	assert_false(findings.finding[0].is_new);
	assert_str(findings.finding[1].from_domain, "fresh.example");
	assert_int_equal(findings.finding[1].decided, ACTION_QUARANTINE);
	assert_true(findings.finding[1].is_new);
	assert_int_equal(findings.fresh, 1);
	assert_int_equal(findings.decided[ACTION_REJECT], 5);
	assert_int_equal(findings.decided[ACTION_QUARANTINE], 1);
	/* Of a single day nothing is new. */
	findings = find_since(arena, DAY, 100);
	assert_int_equal(findings.all, 1);
	assert_int_equal(findings.fresh, 0);
	arena_free(arena);
}

static void
in_mode_enforce(void **state)
{
	static const struct stats_mail mails[] = {
	    {.from = "bank.example",
	     REJECT,
	     .client = "198.51.100.66",
	     .count = 3,
	     .ago = DAY},
	};
	struct arena *arena = arena_new(NULL);
	struct stats_findings findings;

	(void)state;
	stats_world_configure("mode: enforce\non-quarantine: hold\n");
	MAIL(mails);
	findings = find(arena);
	assert_int_equal(findings.finding[0].messages, 3);
	assert_int_equal(findings.finding[0].done, 3);
	arena_free(arena);
}

static void
a_rule(void **state)
{
	static const struct stats_mail mails[] = {
	    {.from = "a.example",
	     .no_policy = true,
	     .client = "198.51.100.66",
	     .count = 3,
	     .ago = DAY},
	    {.from = "b.example",
	     .no_policy = true,
	     .client = "192.0.2.66",
	     .ago = DAY},
	};
	struct arena *arena = arena_new(NULL);
	struct stats_findings findings;

	(void)state;
	stats_world_configure("on-quarantine: hold\n"
			      "rules:\n"
			      "  - name: lookalikes\n"
			      "    from: [a.example, b.example]\n"
			      "    action: reject\n");
	MAIL(mails);
	findings = find(arena);
	assert_int_equal(findings.findings, 1);
	assert_int_equal(findings.finding[0].looks, LOOKS_RULE);
	assert_str(findings.finding[0].rule, "lookalikes");
	assert_str(findings.finding[0].source.text, "rule lookalikes");
	assert_int_equal(findings.finding[0].messages, 4);
	assert_str(stats_from_text(arena, &findings.finding[0]), "2 domains");
	arena_free(arena);
}

/* A list of the site's own does not make its authors' domains ours. */
static void
own_domains(void **state)
{
	static const struct stats_mail mails[] = {
	    {.from = "our.example",
	     .client = "192.0.2.200",
	     .class = CLIENT_AUTHENTICATED,
	     .count = 300,
	     .ago = DAY},
	    {.from = "second.example",
	     .client = "127.0.0.1",
	     .class = CLIENT_INTERNAL,
	     .count = 100,
	     .ago = DAY},
	    {.from = "author.example",
	     .client = "127.0.0.1",
	     .class = CLIENT_INTERNAL,
	     .ago = DAY},
	};
	struct arena *arena = arena_new(NULL);
	struct stats_findings findings;

	(void)state;
	MAIL(mails);
	findings = find(arena);
	assert_int_equal(findings.findings, 0);
	assert_int_equal(findings.owns, 2);
	assert_str(findings.own[0], "our.example");
	assert_str(findings.own[1], "second.example");
	arena_free(arena);
}

/* What wants somebody comes first; what is not listed is counted. */
static void
the_order(void **state)
{
	const struct stats_mail provider = {.from = "our.example",
					    REJECT,
					    .client = "192.0.2.7",
					    .spf = "mail.provider.example",
					    STAYS};
	struct arena *arena = arena_new(NULL);
	struct stats_mail mail = {REJECT, .client = "198.51.100.66",
				  .ago = DAY};
	struct stats_findings findings;
	char from[32];
	int i;

	(void)state;
	stats_world_mail(&own, 1);
	stats_world_mail(&provider, 1);
	for (i = 1; i <= 20; i++) {
		snprintf(from, sizeof(from), "bank%d.example", i);
		mail.from = from;
		mail.count = i;
		stats_world_mail(&mail, 1);
	}
	findings = find_since(arena, 7 * DAY, 3);
	assert_int_equal(findings.all, 21);
	assert_int_equal(findings.findings, 3);
	assert_int_equal(findings.finding[0].looks, LOOKS_OWN_SENDER);
	assert_str(findings.finding[1].from_domain, "bank20.example");
	assert_str(findings.finding[2].from_domain, "bank19.example");
	assert_int_equal(findings.rest, 18 * 19 / 2);
	assert_int_equal(findings.decided[ACTION_REJECT], 6 + 20 * 21 / 2);
	arena_free(arena);
}

static void
samples(void **state)
{
	static const struct stats_mail mails[] = {
	    {.from = "bank.example",
	     REJECT,
	     .client = "198.51.100.66",
	     .count = 5,
	     .ago = 3 * DAY,
	     .each = HOUR},
	    {.from = "bank.example",
	     REJECT,
	     .client = "192.0.2.1",
	     .spf = "bank.example",
	     .count = 20,
	     .ago = 3 * DAY,
	     .each = HOUR},
	};
	const struct stats_period week = {STATS_WORLD_NOW - 7 * DAY, 0};
	struct arena *arena = arena_new(NULL);
	struct stats_findings findings;
	struct stats_sample *sample;
	size_t n;

	(void)state;
	MAIL(mails);
	findings = find(arena);
	assert_int_equal(findings.findings, 1);
	assert_true(stats_samples(stats_world_store(), arena, &week,
				  &findings.finding[0], 2, &sample, &n));
	assert_int_equal(n, 2);
	assert_str(sample[0].client, "198.51.100.66");
	assert_true(sample[0].queue_id.n > 0);
	assert_true(sample[0].time >= STATS_WORLD_NOW - 3 * DAY);
	arena_free(arena);
}

#define STATS_TEST(f)                                         \
	cmocka_unit_test_setup_teardown(f, stats_world_setup, \
					stats_world_teardown)

static const struct CMUnitTest findings_tests[] = {
    STATS_TEST(counts),      STATS_TEST(in_mode_enforce), STATS_TEST(a_rule),
    STATS_TEST(own_domains), STATS_TEST(the_order),       STATS_TEST(samples),
};

int
main(void)
{
	return store_world_main(findings_tests);
}
