/* What mail looks like, and whether what is to be pasted does what it says. */
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

/* --- what it looks like --- */

/* Over days: a sender that stays. */
#define STAYS .count = 6, .ago = 4 * DAY, .each = 12 * HOUR
#define REJECT .policy = DMARC_P_REJECT
#define JUNK .policy = DMARC_P_QUARANTINE

static const struct seen {
	const char *title;
	struct stats_mail mail[3];
	size_t mails;
	enum stats_looks looks;
	const char *source, *brief, *keyword;
	/* What becomes of the first mail once the cure is in the
	   configuration. */
	enum action after;
} table[] = {
    {"a forgery",
     {{.from = "bank.example", REJECT, .client = "198.51.100.66", STAYS}},
     1,
     LOOKS_FORGERY,
     "198.51.100.66",
     "nothing",
     "",
     ACTION_REJECT},
    {"a forgery by a domain of the forger's",
     {{.from = "bank.example",
       REJECT,
       .client = "198.51.100.66",
       .spf = "forger.example",
       STAYS}},
     1,
     LOOKS_FORGERY,
     "198.51.100.66",
     "nothing",
     "",
     ACTION_REJECT},
    {"... which signs",
     {{.from = "bank.example",
       REJECT,
       .client = "198.51.100.66",
       .dkim = "forger.example",
       STAYS}},
     1,
     LOOKS_FORWARDER,
     "forger.example",
     "nothing, unless you know it",
     "",
     ACTION_QUARANTINE},
    {"a forgery of our own",
     {{.from = "our.example", REJECT, .client = "198.51.100.66", STAYS}},
     1,
     LOOKS_FORGERY,
     "198.51.100.66",
     "nothing",
     "",
     ACTION_REJECT},
    {"an own sender by SPF",
     {{.from = "our.example",
       REJECT,
       .client = "192.0.2.7",
       .spf = "mail.provider.example",
       STAYS}},
     1,
     LOOKS_OWN_SENDER,
     "mail.provider.example",
     "a rule",
     "rules",
     ACTION_ACCEPT},
    {"an own sender by signature",
     {{.from = "news.our.example",
       JUNK,
       .client = "192.0.2.7",
       .dkim = "provider.example",
       STAYS}},
     1,
     LOOKS_OWN_SENDER,
     "provider.example",
     "a rule",
     "rules",
     ACTION_ACCEPT},
    {"one mail in our name",
     {{.from = "our.example",
       REJECT,
       .client = "192.0.2.7",
       .spf = "mail.provider.example"}},
     1,
     LOOKS_OWN_SENDER,
     "mail.provider.example",
     "nothing, unless you know it",
     "",
     ACTION_REJECT},
    {"in our name, by a domain that lets in anybody",
     {{.from = "our.example",
       REJECT,
       .client = "192.0.2.7",
       .spf = "mail.provider.example",
       .spf_open = true,
       STAYS}},
     1,
     LOOKS_FORGERY,
     "192.0.2.7",
     "nothing",
     "",
     ACTION_REJECT},
    {"a list that signs",
     {{.from = "uni.example",
       JUNK,
       .client = "192.0.2.20",
       .broken = "uni.example",
       .dkim = "lists.college.example",
       .list = "staff.lists.college.example",
       STAYS},
      {.from = "other.example",
       JUNK,
       .client = "192.0.2.20",
       .broken = "other.example",
       .dkim = "lists.college.example",
       .list = "staff.lists.college.example",
       STAYS}},
     2,
     LOOKS_LIST,
     "staff.lists.college.example",
     "a rule",
     "rules",
     ACTION_ACCEPT},
    {"a list of which one domain is known alone",
     {{.from = "uni.example",
       JUNK,
       .client = "192.0.2.20",
       .dkim = "lists.forger.example",
       .list = "staff.lists.forger.example",
       STAYS}},
     1,
     LOOKS_LIST,
     "staff.lists.forger.example",
     "nothing, unless you know it",
     "",
     ACTION_QUARANTINE},
    {"a list of which nobody had signed",
     {{.from = "uni.example",
       JUNK,
       .client = "192.0.2.20",
       .dkim = "lists.forger.example",
       .list = "staff.lists.forger.example",
       STAYS},
      {.from = "other.example",
       JUNK,
       .client = "192.0.2.20",
       .dkim = "lists.forger.example",
       .list = "staff.lists.forger.example",
       STAYS}},
     2,
     LOOKS_LIST,
     "staff.lists.forger.example",
     "nothing, unless you know it",
     "",
     ACTION_QUARANTINE},
    {"a list that proves itself by its address alone",
     {{.from = "uni.example",
       REJECT,
       .client = "192.0.2.20",
       .name = "mx.lists.example",
       .broken = "uni.example",
       .list = "staff.lists.example",
       STAYS},
      {.from = "other.example",
       REJECT,
       .client = "192.0.2.20",
       .name = "mx.lists.example",
       .list = "staff.lists.example",
       STAYS}},
     2,
     LOOKS_LIST,
     "staff.lists.example",
     "a rule",
     "rules",
     ACTION_ACCEPT},
    {"a forwarder by SPF",
     {{.from = "uni.example",
       REJECT,
       .client = "192.0.2.30",
       .spf = "alumni.example",
       .broken = "uni.example",
       STAYS},
      {.from = "other.example",
       REJECT,
       .client = "192.0.2.31",
       .spf = "alumni.example",
       .broken = "other.example",
       STAYS},
      {.from = "third.example",
       REJECT,
       .client = "192.0.2.32",
       .spf = "alumni.example",
       .broken = "third.example",
       STAYS}},
     3,
     LOOKS_FORWARDER,
     "alumni.example",
     "a rule",
     "rules",
     ACTION_ACCEPT},
    {"a forwarder by address",
     {{.from = "uni.example",
       JUNK,
       .client = "192.0.2.40",
       .name = "mx.alumni.example",
       .broken = "uni.example",
       STAYS},
      {.from = "other.example",
       JUNK,
       .client = "192.0.2.40",
       .name = "mx.alumni.example",
       .broken = "other.example",
       STAYS}},
     2,
     LOOKS_FORWARDER,
     "mx.alumni.example",
     "a rule",
     "rules",
     ACTION_ACCEPT},
    {"a partner whose host is not in SPF",
     {{.from = "partner.example",
       JUNK,
       .client = "2001:db8::25",
       .name = "mail.partner.example",
       STAYS}},
     1,
     LOOKS_MISCONFIGURED,
     "mail.partner.example",
     "a rule",
     "rules",
     ACTION_ACCEPT},
    {"no author",
     {{.client = "198.51.100.66", STAYS}},
     1,
     LOOKS_BAD_FROM,
     "198.51.100.66",
     "nothing",
     "",
     ACTION_REJECT},
    {"DNS trouble",
     {{.from = "slow.example",
       REJECT,
       .client = "192.0.2.3",
       .trouble = DMARC_TEMPERROR,
       STAYS}},
     1,
     LOOKS_DNS,
     "192.0.2.3",
     "nothing",
     "",
     ACTION_TEMPFAIL},
};

#define ROWS (sizeof(table) / sizeof(table[0]))

/* Of enforce, with what the finding gives to paste. */
static enum action
after_cure(struct arena *arena, const struct stats_finding *finding,
	   const struct stats_mail *mail)
{
	static const char plain[] = "mode: enforce\non-quarantine: hold\n";
	const struct stats_advice *advice = &finding->advice;
	struct str text = str_of(plain);

	if (advice->yaml.n)
		text = arena_printf(arena, "%s%s:\n%.*s", plain,
				    advice->keyword, STR_ARG(advice->yaml));
	return stats_world_decide(text.p, mail);
}

static void
check_row(const struct seen *row)
{
	struct arena *arena = arena_new(NULL);
	const struct stats_findings findings = find(arena);
	const struct stats_finding *one = &findings.finding[0];

	print_message("# %s\n", row->title);
	assert_int_equal(findings.findings, 1);
	assert_string_equal(words_text(stats_looks_words, one->looks),
			    words_text(stats_looks_words, row->looks));
	assert_str(one->source.text, row->source);
	assert_str(one->advice.brief, row->brief);
	assert_string_equal(one->advice.keyword, row->keyword);
	assert_int_equal(one->advice.yaml.n > 0, *row->keyword != '\0');
	assert_int_equal(stats_wants(one), *row->keyword != '\0');
	assert_int_equal(findings.wanting, *row->keyword != '\0');
	assert_true(one->advice.text.n > 20);
	assert_int_equal(one->from_domains, row->mails);
	assert_int_equal(after_cure(arena, one, &row->mail[0]), row->after);
	arena_free(arena);
}

static void
what_it_looks_like(void **state)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		stats_world_mail(&own, 1);
		stats_world_mail(table[i].mail, table[i].mails);
		check_row(&table[i]);
		stats_world_teardown(state);
		stats_world_setup(state);
	}
}

/* What is pasted lets in what it was made of, and nothing that a forger can
   make of it. */
static void
a_forger_gains_nothing(void **state)
{
	/* The same mails without what proves them: from anywhere, SPF and
	   signatures of a domain of the forger's. */
	size_t i;

	for (i = 0; i < ROWS; i++) {
		struct arena *arena = arena_new(NULL);
		struct stats_mail forged = table[i].mail[0];
		struct stats_findings findings;

		stats_world_mail(&own, 1);
		stats_world_mail(table[i].mail, table[i].mails);
		findings = find(arena);
		forged.client = "198.51.100.99";
		forged.spf = forged.dkim = "forger.example";
		if (table[i].looks != LOOKS_BAD_FROM)
			assert_int_not_equal(
			    after_cure(arena, &findings.finding[0], &forged),
			    ACTION_ACCEPT);
		arena_free(arena);
		stats_world_teardown(state);
		stats_world_setup(state);
	}
}

/* Names out of mail never become a line of the configuration. */
static void
hostile_names(void **state)
{
	static const struct stats_mail mails[] = {
	    {.from = "our.example",
	     REJECT,
	     .client = "192.0.2.7",
	     .dkim = "x\"\n  - name: evil\n    action: accept\n#.example",
	     STAYS},
	    {.from = "uni.example",
	     JUNK,
	     .client = "192.0.2.20",
	     .dkim = "lists.example",
	     .broken = "uni.example",
	     .list = "a\"]\n    action: accept # .lists.example",
	     STAYS},
	    {.from = "other.example",
	     JUNK,
	     .client = "192.0.2.20",
	     .dkim = "lists.example",
	     .broken = "other.example",
	     .list = "a\"]\n    action: accept # .lists.example",
	     STAYS},
	};
	struct arena *arena = arena_new(NULL);
	struct stats_findings findings;
	size_t i;

	(void)state;
	stats_world_mail(&own, 1);
	MAIL(mails);
	findings = find(arena);
	assert_int_equal(findings.findings, 2);
	for (i = 0; i < findings.findings; i++) {
		const struct str yaml = findings.finding[i].advice.yaml;

		assert_true(yaml.n > 0);
		assert_null(memmem(yaml.p, yaml.n, "evil", 4));
		assert_null(memmem(yaml.p, yaml.n, "]\n    action", 12));
		assert_int_equal(
		    after_cure(arena, &findings.finding[i], &mails[i]),
		    ACTION_ACCEPT);
	}
	arena_free(arena);
}

#define STATS_TEST(f)                                         \
	cmocka_unit_test_setup_teardown(f, stats_world_setup, \
					stats_world_teardown)

static const struct CMUnitTest looks_tests[] = {
    STATS_TEST(what_it_looks_like),
    STATS_TEST(a_forger_gains_nothing),
    STATS_TEST(hostile_names),
};

int
main(void)
{
	return store_world_main(looks_tests);
}
