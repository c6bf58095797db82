/* The page of `verdict stats --html`: what it says of a week, that it is whole
   and stays small, and that nothing in it is what a stranger made of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/cli/stats/page/page.h"
#include "stats/findings.h"
#include "tests/support/config_file.h"
#include "tests/support/html_page.h"
#include "tests/support/store/stats_week.h"
#include "tests/support/store/stats_world.h"
#include "tests/support/store/store_world.h"

#define HOUR STATS_WORLD_HOUR
#define DAY STATS_WORLD_DAY
#define NOW STATS_WORLD_NOW

#define MAIL(mail) stats_world_mail(mail, sizeof(mail) / sizeof((mail)[0]))

/* A folder, to look at them. */
#define SHOW "VERDICT_PAGE"

/* --- the page --- */

static const char plain[] = "on-quarantine: hold\n"
			    "authserv-id: mx.receiver.example\n";

static void
show(const struct buf *page)
{
	static int made;
	char path[512];
	FILE *file;

	if (!getenv(SHOW))
		return;
	snprintf(path, sizeof(path), "%s/page-%d.html", getenv(SHOW), ++made);
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(page->p, 1, page->n, file);
	fclose(file);
}

/* The page of seven days, and what stands in it; assert_html() of it. */
static void
make_page(const char *configuration, struct buf *page, struct buf *text)
{
	struct config *config = config_file_load(configuration);
	const struct page_options options = {
	    .store = stats_world_store(),
	    .config = config,
	    .period = {NOW - 7 * DAY, 0},
	    .now = NOW,
	};

	buf_init(page, NULL);
	assert_true(page_make(&options, page));
	config_unref(config);
	show(page);
	assert_in_range(page->n, 1, PAGE_OCTETS);
	assert_html(buf_str(page), text);
}

static bool
holds(const struct buf *text, const char *what)
{
	return text->n > 0 && strstr(text->p, what) != NULL;
}

static void
assert_holds(const struct buf *text, const char *what)
{
	if (!holds(text, what))
		fail_msg("\"%s\" is not there", what);
}

static void
assert_lacks(const struct buf *text, const char *what)
{
	if (holds(text, what))
		fail_msg("\"%s\" is there", what);
}

static void
a_week(void **state)
{
	static const char *const there[] = {
	    "Incoming mail of mx.receiver.example, mode monitor",
	    "Enforcing today would refuse 136 mails; 1 sender needs you.",
	    "The records of 12 mails were lost",
	    "checked5,909",
	    "DMARC pass4,911",
	    "would be refused136",
	    "mx.payroll.example sends in your name.",
	    "spf-domain: \"payroll.example\"",
	    "The most was refused on ",
	    "bank.example1,539 mails91 % pass136 to refuse",
	    "198.51.100.6696failnot signed0 % pass96 to refuse",
	    "travel.example: selector s1 travel.example, from 192.0.2.80",
	    "300 of 300 mails passed; since then 0 of 57.",
	    "Their DNS changed: s1._domainkey.travel.example, first seen",
	    "wasv=DKIM1; k=rsa; p=MIIBIjANBgkqhisv=DKIM1; k=rsa; p=MIGf",
	    "broken-partnerthey mend their SPF record in December",
	    "in 5 days, 5 Dec",
	    "expired on 1 Oct",
	    "No mail was put on hold in this time.",
	    "started, mode monitor",
	};
	struct buf page, text;
	size_t i;

	(void)state;
	stats_week();
	make_page(stats_week_rules, &page, &text);
	for (i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		assert_holds(&text, there[i]);
	buf_clear(&page);
	buf_clear(&text);
}

/* What there is none of takes a sentence. */
static void
nothing(void **state)
{
	struct buf page, text;

	(void)state;
	make_page(plain, &page, &text);
	assert_holds(&text, "No mail was recorded in this time.");
	assert_holds(&text, "There is nothing to do");
	assert_holds(&text, "There is no mail to draw.");
	assert_holds(&text, "No sender's mail that passed before fails now.");
	assert_holds(&text, "The configuration has no rule of yours.");
	assert_holds(&text, "No mail was put on hold in this time.");
	assert_holds(&text, "No record was lost.");
	assert_lacks(&page, "<section");
	assert_lacks(&page, "<table");
	buf_clear(&page);
	buf_clear(&text);
}

static void
on_hold(void **state)
{
	static const char enforce[] = "mode: enforce\n"
				      "on-quarantine: hold\n";
	static const struct stats_mail mail[] = {
	    {.from = "a.example",
	     .policy = DMARC_P_QUARANTINE,
	     .client = "192.0.2.9",
	     .queue_id = "4ABCDE",
	     .ago = DAY},
	    {.from = "b.example",
	     .policy = DMARC_P_QUARANTINE,
	     .client = "192.0.2.9",
	     .queue_id = "$(reboot)",
	     .ago = DAY},
	    {.from = "c.example",
	     .policy = DMARC_P_QUARANTINE,
	     .client = "192.0.2.9",
	     .queue_id = "-d ALL",
	     .ago = DAY},
	    {.from = "d.example",
	     .policy = DMARC_P_REJECT,
	     .client = "192.0.2.9",
	     .count = 3,
	     .ago = DAY},
	};
	struct buf page, text;

	(void)state;
	stats_world_configure(enforce);
	MAIL(mail);
	make_page(enforce, &page, &text);
	assert_holds(&text, "3 mails were refused; nobody needs you.");
	assert_holds(&text, "What was stopped");
	assert_lacks(&text, "What needs you");
	assert_lacks(&text, "Paste into");
	assert_holds(&page, "value=\"postsuper -H 4ABCDE\"");
	assert_lacks(&page, "postsuper -H $");
	assert_lacks(&page, "postsuper -H -");
	assert_holds(&text, "no usable queue id");
	buf_clear(&page);
	buf_clear(&text);
}

/* Nobody who gets mail stands on the page, whatever names him. */
static void
no_recipients(void **state)
{
	static const struct stats_mail mail[] = {
	    {.from = "list.example",
	     .policy = DMARC_P_REJECT,
	     .client = "192.0.2.9",
	     .spf = "verp.example",
	     .local = "bounce-jane=home.example",
	     .recipient = "jane@home.example",
	     .spf_says = "bounce-jane=home.example.verp.example is not there",
	     .count = 4,
	     .ago = 2 * DAY,
	     .each = DAY},
	    {.from = "shop.example",
	     .policy = DMARC_P_QUARANTINE,
	     .client = "192.0.2.9",
	     .local = "jane+home.example",
	     .recipient = "jane@home.example",
	     .count = 4,
	     .ago = 2 * DAY,
	     .each = DAY}};
	struct buf page, text;

	(void)state;
	MAIL(mail);
	make_page(plain, &page, &text);
	assert_holds(&page, "...@verp.example");
	assert_lacks(&page, "jane");
	assert_lacks(&page, "home.example");
	buf_clear(&page);
	buf_clear(&text);
}

/* --- hostile names --- */

#define SCRIPT "<script>alert(1)</script>"
#define LEAVES "</textarea></pre></td></table><img src=x onerror=alert(1)>"
#define QUOTES "\"'><a href=//evil.example onclick=x>`"
#define TURNS          \
	"\xe2\x80\xae" \
	"gpj.exe\xe2\x81\xa6\xc2\x85\x1b[2J\r\n\x07"
#define NO_UTF8 "\xff\xfe\xc0\xaf\xed\xa0\x80"
#define YAML "x\"]\n    action: accept\n  - name: evil\n    client: 0.0.0.0/0"

static const char *const hostile[] = {
    SCRIPT, LEAVES,           QUOTES, TURNS, NO_UTF8,
    YAML,   "&lt;&amp;&#60;", "<!--", "]]>", "</style>"};
#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

static void
put_everywhere(const char *name)
{
	const struct stats_mail mail[] = {
	    {.from = name,
	     .policy = DMARC_P_REJECT,
	     .client = "192.0.2.9",
	     .name = name,
	     .spf = name,
	     .dkim = name,
	     .broken = "x.example",
	     .list = name,
	     .queue_id = name,
	     .local = name,
	     .spf_says = name,
	     .count = 30,
	     .ago = 4 * DAY,
	     .each = HOUR},
	    {.from = name,
	     .policy = DMARC_P_REJECT,
	     .client = "192.0.2.9",
	     .name = name,
	     .spf = "other.example",
	     .dkim = "y.example",
	     .broken = name,
	     .list = name,
	     .queue_id = name,
	     .local = name,
	     .spf_says = name,
	     .count = 9,
	     .ago = DAY,
	     .each = HOUR},
	    {.from = "our.example",
	     .class = CLIENT_AUTHENTICATED,
	     .client = "192.0.2.1",
	     .count = 9,
	     .ago = 2 * DAY,
	     .each = HOUR},
	    {.from = "our.example",
	     .policy = DMARC_P_REJECT,
	     .client = "192.0.2.3",
	     .name = name,
	     .spf = name,
	     .dkim = name,
	     .queue_id = name,
	     .count = 9,
	     .ago = 4 * DAY,
	     .each = 8 * HOUR},
	};
	struct buf record;

	MAIL(mail);
	stats_world_event(2 * DAY, "reload", name, name);
	buf_init(&record, NULL);
	buf_printf(&record, "s1._domainkey.%s", name);
	stats_world_seen(record.p, name, 30 * DAY, DAY + HOUR);
	buf_clear(&record);
}

/* One page for each, since the names of others might hide what one does. */
static void
hostile_names(void **state)
{
	struct buf page, text;
	size_t i;

	for (i = 0; i < HOSTILE; i++) {
		put_everywhere(hostile[i]);
		make_page(plain, &page, &text);
		assert_lacks(&text, "\x1b");
		assert_lacks(&text, "\xe2\x80\xae");
		assert_lacks(&text, "\n  - name: evil");
		buf_clear(&page);
		buf_clear(&text);
		stats_world_teardown(state);
		stats_world_setup(state);
	}
}

/* A NUL in a record of the DNS, and names that fill any column. */
static void
long_names(void **state)
{
	static char name[300][254];
	static struct stats_mail mail[300];
	struct buf page, text;
	size_t i;

	(void)state;
	for (i = 0; i < 300; i++) {
		memset(name[i], '"', sizeof(name[i]) - 1);
		snprintf(name[i], 12, "%zu", i);
		name[i][strlen(name[i])] = '&';
		mail[i] = (struct stats_mail){
		    .from = name[i],
		    .policy = DMARC_P_REJECT,
		    .client = "192.0.2.9",
		    .name = name[i],
		    .dkim = "signs.example",
		    .broken = name[i],
		    .queue_id = name[i],
		    .spf_says = name[i],
		    .count = 6,
		    .ago = 5 * DAY,
		    .each = DAY - HOUR,
		};
	}
	stats_world_mail(mail, 300);
	make_page(plain, &page, &text);
	assert_holds(&text, "domains more: ");
	buf_clear(&page);
	buf_clear(&text);
}

/* --- much mail --- */

#define DOMAINS 20000

static void
many_domains(void **state)
{
	struct stats_mail *mail = calloc(DOMAINS, sizeof(*mail));
	char(*name)[32] = calloc(DOMAINS, sizeof(*name));
	struct buf page, text;
	size_t i;

	(void)state;
	for (i = 0; i < DOMAINS; i++) {
		snprintf(name[i], sizeof(name[i]), "d%zu.example", i);
		mail[i] = (struct stats_mail){
		    .from = name[i],
		    .policy = (enum dmarc_policy)(i % 3),
		    .client = i % 5 ? "192.0.2.1" : "198.51.100.1",
		    .spf = i % 5 ? name[i] : NULL,
		    .ago = (int64_t)(i % (7 * DAY - HOUR)) + 1};
	}
	stats_world_mail(mail, DOMAINS);
	make_page(plain, &page, &text);
	assert_holds(&text, "And 19,960 domains more: 19,960 mails.");
	buf_clear(&page);
	buf_clear(&text);
	free(mail);
	free(name);
}

#define STATS_TEST(f)                                         \
	cmocka_unit_test_setup_teardown(f, stats_world_setup, \
					stats_world_teardown)

static const struct CMUnitTest page_tests[] = {
    STATS_TEST(a_week),        STATS_TEST(nothing),
    STATS_TEST(on_hold),       STATS_TEST(no_recipients),
    STATS_TEST(hostile_names), STATS_TEST(long_names),
    STATS_TEST(many_domains),
};

int
main(void)
{
	return store_world_main(page_tests);
}
