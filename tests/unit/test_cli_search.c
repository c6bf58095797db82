/* verdict search: what is looked for, which are the newest, and rows of a
 * table. */
#include "tests/support/test.h"

#include <stdlib.h>

#include "base/mem.h"
#include "milter/cli/explain/criteria.h"
#include "milter/cli/explain/newest.h"
#include "milter/cli/explain/rows.h"
#include "tests/support/passing.h"

/* --- conditions --- */

static const struct str rcpts[] = {STR("Jane@receiver.example"),
				   STR("joe@other.example")};

static struct verdict
mail(void)
{
	struct verdict verdict = passing();

	verdict.now = 1000;
	verdict.from.state = FROM_ONE;
	verdict.from.count = verdict.from.addresses = 1;
	verdict.from.domain[0] = verdict.from.address[0].domain =
	    str_lit("news.sender.example");
	verdict.from.address[0].local = str_lit("Ann");
	verdict.mail_from_known = true;
	verdict.mail_from = str_lit("bounce@sender.example");
	verdict.mail_from_local = str_lit("bounce");
	verdict.mail_from_domain = str_lit("sender.example");
	verdict.recipient = rcpts;
	verdict.recipients = 2;
	verdict.decision.rule = str_lit("partners");
	assert_true(ip_parse(str_lit("192.0.2.7"), &verdict.client));
	return verdict;
}

enum about { RCPT, FROM, MAIL_FROM, CLIENT, ACTION };

static const char *
read_one(struct arena *arena, enum about about, const char *text,
	 struct criteria *criteria)
{
	switch (about) {
	case RCPT:
		return criterion_read(arena, text, &criteria->rcpt);
	case FROM:
		return criterion_read(arena, text, &criteria->from);
	case MAIL_FROM:
		return criterion_read(arena, text, &criteria->mail_from);
	case CLIENT:
		return criteria_read_client(text, criteria);
	case ACTION:
		break;
	}
	return criteria_read_action(text, criteria);
}

static const struct {
	enum about about;
	const char *text;
	bool matches;
	char term; /* 0: none */
	const char *of;
} conditions[] = {
    {RCPT, "jane@RECEIVER.example", true, 'r', "jane@RECEIVER.example"},
    {RCPT, "<joe@other.example>", true, 'r', "joe@other.example"},
    {RCPT, "receiver.example", true, 0, ""},
    {RCPT, ".example", true, 0, ""},
    {RCPT, "nobody@receiver.example", false, 'r', "nobody@receiver.example"},
    {FROM, "news.sender.example", true, 'f', "news.sender.example"},
    {FROM, "News.Sender.Example.", true, 'f', "news.sender.example"},
    {FROM, "sender.example", false, 'f', "sender.example"},
    {FROM, ".sender.example", true, 0, ""},
    {FROM, "ann@news.sender.example", true, 'f', "news.sender.example"},
    {FROM, "bob@news.sender.example", false, 'f', "news.sender.example"},
    {MAIL_FROM, "sender.example", true, 'd', "sender.example"},
    {MAIL_FROM, "bounce@sender.example", true, 's', "bounce@sender.example"},
    {MAIL_FROM, "else@sender.example", false, 's', "else@sender.example"},
    {MAIL_FROM, "<>", false, 0, ""},
    {CLIENT, "192.0.2.7", true, 'c', "192.0.2.7"},
    {CLIENT, "192.0.2.0/24", true, 0, ""},
    {CLIENT, "198.51.100.0/24", false, 0, ""},
    {CLIENT, "2001:db8::1", false, 'c', "2001:db8::1"},
    {ACTION, "accept", true, 0, ""},
    {ACTION, "reject", false, 0, ""},
};

static void
each_condition(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
		struct arena *arena = arena_new(NULL);
		struct criteria criteria = {.until = INT64_MAX};
		struct verdict verdict = mail();
		struct store_term term[CRITERIA_TERMS];

		assert_null(read_one(arena, conditions[i].about,
				     conditions[i].text, &criteria));
		assert_int_equal(criteria_match(arena, &criteria, &verdict),
				 conditions[i].matches);
		assert_int_equal(criteria_terms(arena, &criteria, term),
				 conditions[i].term != 0);
		if (conditions[i].term != 0) {
			assert_int_equal(term[0].kind, conditions[i].term);
			assert_str(term[0].text, conditions[i].of);
		}
		arena_free(arena);
	}
}

static const struct {
	enum about about;
	const char *text;
} wrong[] = {
    {RCPT, "a b"},         {FROM, "joe@"},        {FROM, "a..example"},
    {FROM, ".joe@a.test"}, {MAIL_FROM, "@"},      {CLIENT, "192.0.2.7/24"},
    {CLIENT, "mx.test"},   {ACTION, "delivered"},
};

static void
what_is_no_condition(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct arena *arena = arena_new(NULL);
		struct criteria criteria = {.until = INT64_MAX};

		assert_non_null(
		    read_one(arena, wrong[i].about, wrong[i].text, &criteria));
		arena_free(arena);
	}
}

/* All of them must hold, and the term is the narrowest. */
static void
together(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct criteria criteria = {.since = 1000, .until = 1000};
	struct verdict verdict = mail();
	struct store_term term[CRITERIA_TERMS];

	(void)state;
	criteria.rule = str_lit("Partners");
	assert_true(criteria_match(arena, &criteria, &verdict));
	assert_int_equal(criteria_terms(arena, &criteria, term), 1);
	assert_int_equal(term[0].kind, TERM_RULE);
	assert_null(read_one(arena, FROM, ".sender.example", &criteria));
	assert_null(read_one(arena, RCPT, "jane@receiver.example", &criteria));
	assert_true(criteria_match(arena, &criteria, &verdict));
	assert_int_equal(criteria_terms(arena, &criteria, term), 1);
	assert_int_equal(term[0].kind, TERM_RECIPIENT);
	verdict.now = 1001;
	assert_false(criteria_match(arena, &criteria, &verdict));
	verdict.now = 999;
	assert_false(criteria_match(arena, &criteria, &verdict));
	verdict = mail();
	verdict.decision.rule = str_lit("other");
	assert_false(criteria_match(arena, &criteria, &verdict));
	arena_free(arena);
}

static void
null_path_and_relay(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct criteria criteria = {.until = INT64_MAX};
	struct verdict verdict = mail();

	(void)state;
	assert_null(read_one(arena, MAIL_FROM, "", &criteria));
	assert_false(criteria_match(arena, &criteria, &verdict));
	verdict.mail_from_null = true;
	assert_true(criteria_match(arena, &criteria, &verdict));
	assert_null(read_one(arena, CLIENT, "198.51.100.9", &criteria));
	assert_false(criteria_match(arena, &criteria, &verdict));
	assert_true(ip_parse(str_lit("198.51.100.9"), &verdict.seen.client));
	assert_true(criteria_match(arena, &criteria, &verdict));
	arena_free(arena);
}

/* By the host's key what stands for an address is found, too. */
static void
hidden_addresses(void **state)
{
	static const struct siphash_key key = {{1, 2}}, other = {{3, 4}};
	static const enum about abouts[] = {RCPT, FROM, MAIL_FROM};
	static const char *const texts[] = {"JANE@receiver.example",
					    "ann@news.sender.example",
					    "Bounce@sender.example"};
	struct arena *arena = arena_new(NULL);
	struct verdict open = mail(), hidden = privacy_hide(arena, &key, &open);
	struct store_term term[CRITERIA_TERMS];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct criteria criteria = {.until = INT64_MAX};
		assert_false(criteria_name_address(&criteria));
		assert_null(read_one(arena, abouts[i], texts[i], &criteria));
		assert_true(criteria_name_address(&criteria));
		assert_false(criteria_match(arena, &criteria, &hidden));
		criteria_hide(arena, &criteria, &key);
		assert_true(criteria_match(arena, &criteria, &hidden));
		assert_true(criteria_match(arena, &criteria, &open));
		assert_int_equal(criteria_terms(arena, &criteria, term),
				 abouts[i] == FROM ? 1 : 2);
		if (abouts[i] == RCPT)
			assert_str(term[1].text, hidden.recipient[0].p);
		if (abouts[i] == MAIL_FROM)
			assert_str(term[1].text, hidden.mail_from.p);
		criteria = (struct criteria){.until = INT64_MAX};
		assert_null(read_one(arena, abouts[i], texts[i], &criteria));
		criteria_hide(arena, &criteria, &other);
		assert_false(criteria_match(arena, &criteria, &hidden));
	}
	struct criteria criteria = {.until = INT64_MAX};
	assert_null(read_one(arena, RCPT, hidden.recipient[0].p, &criteria));
	assert_true(criteria_match(arena, &criteria, &hidden));
	arena_free(arena);
}

/* --- the newest --- */

static void
newest_stay(void **state)
{
	static const int64_t times[] = {50, 10, 90, 30, 70, 70, 20};
	struct newest newest;

	(void)state;
	newest_init(&newest, 3);
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		newest_add(&newest, times[i],
			   &(struct store_place){.place = (int64_t)i},
			   str_lit("record"));
	assert_int_equal(newest.found, 7);
	assert_int_equal(newest.count, 3);
	assert_int_equal(newest.kept[0].time, 90);
	assert_int_equal(newest.kept[1].time, 70);
	assert_int_equal(newest.kept[1].place.place, 5);
	assert_int_equal(newest.kept[2].time, 70);
	assert_int_equal(newest.octets, 18);
	assert_false(newest_is_done(&newest, 70 - NEWEST_SLACK_S));
	assert_true(newest_is_done(&newest, 69 - NEWEST_SLACK_S));
	newest.days = true;
	assert_false(newest_is_done(&newest, 69 - NEWEST_SLACK_S));
	assert_true(newest_is_done(&newest, 69 - 2 * 86400));
	newest_clear(&newest);
}

/* Of one second, in whatever order the blocks come: what came last. */
static void
newest_of_a_second(void **state)
{
	static const int64_t places[] = {4, 5, 6, 1, 2, 3};
	struct newest newest;

	(void)state;
	newest_init(&newest, 2);
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		newest_add(&newest, 70,
			   &(struct store_place){.place = places[i]},
			   str_lit("record"));
	assert_int_equal(newest.kept[0].place.place, 6);
	assert_int_equal(newest.kept[1].place.place, 5);
	newest_clear(&newest);
}

/* Large records are few: the oldest ones go. */
static void
newest_are_bounded(void **state)
{
	const size_t n = 1024 * 1024;
	char *large = mem_alloc(n);
	struct newest newest;

	(void)state;
	newest_init(&newest, 1000);
	for (int64_t i = 0; i < 100; i++)
		newest_add(&newest, i, &(struct store_place){0},
			   str_n(large, n));
	assert_int_equal(newest.found, 100);
	assert_int_equal(newest.count, NEWEST_OCTETS / n);
	assert_int_equal(newest.kept[0].time, 99);
	assert_true(newest_is_done(&newest, -NEWEST_SLACK_S));
	newest_clear(&newest);
	free(large);
}

/* --- rows --- */

static void
row_of_a_message(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct verdict verdict = mail();
	struct buf out;

	(void)state;
	buf_init(&out, arena);
	rows_head(&out);
	assert_str(buf_str(&out),
		   "time,queue_id,outcome,from,recipients,client,mail_from,spf,"
		   "dkim,dmarc,shape,rule,message_id\n");
	buf_reset(&out);
	verdict.queue_id = str_lit("=cmd|' /C calc'!A0");
	verdict.mail_from = str_lit("  -1+1\",\"x\r\ny");
	verdict.message_id = str_lit("<@a>");
	rows_message(&out, arena, &verdict);
	assert_str(buf_str(&out),
		   "1970-01-01T00:16:40Z,\"'=cmd|' /C calc'!A0\",passed,"
		   "Ann@news.sender.example,"
		   "\"Jane@receiver.example joe@other.example\",192.0.2.7,"
		   "\"'  -1+1\"\",\"\"x??y\",pass,pass:sender.example,"
		   "pass,none,partners,<@a>\n");
	arena_free(arena);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(each_condition),
    cmocka_unit_test(what_is_no_condition),
    cmocka_unit_test(together),
    cmocka_unit_test(null_path_and_relay),
    cmocka_unit_test(hidden_addresses),
    cmocka_unit_test(newest_stay),
    cmocka_unit_test(newest_of_a_second),
    cmocka_unit_test(newest_are_bounded),
    cmocka_unit_test(row_of_a_message),
};

int
main(void)
{
	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
