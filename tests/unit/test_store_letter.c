/* The letter to the sender's postmaster, and texts of strangers everywhere. */
#include "tests/support/store/situations.h"

#include <string.h>

/* --- the letter --- */

static const char *const ours[] = {
    "jane@",   "joe@receiver", "receiver.example", "no-pals", "fell out",
    "trusted", "relay",        "192.0.2.25",       "rule no"};

/* No line is one that a mail program obeys, and none is a field of a header. */
static void
assert_harmless(struct str text)
{
	struct str line;

	while (str_split(&text, '\n', &line)) {
		assert_true(str_is_printable(line));
		assert_false(
		    line.n > 0 &&
		    (line.p[0] == '~' || line.p[0] == '.' || line.p[0] == '-'));
		assert_false(str_starts(line, str_lit("From ")));
		size_t colon = str_chr(line, ':');
		assert_true(colon == line.n ||
			    str_chr(str_first(line, colon), ' ') < colon);
	}
}

static void
letter_has_nothing_of_ours(void **state)
{
	size_t written = 0;

	(void)state;
	for (size_t i = 0; i < situations_n; i++) {
		struct arena *arena = arena_new(NULL);
		struct tell_known known;
		struct verdict verdict;
		struct buf letter;
		const char *why = NULL;

		buf_init(&letter, arena);
		situations_find(arena, situations[i].is.queue_id, &verdict,
				&known);
		if (tell_letter(&letter, arena, &verdict, &known, &why)) {
			assert_harmless(buf_str(&letter));
			for (size_t o = 0; o < sizeof ours / sizeof *ours; o++)
				if (strstr(letter.p, ours[o]) != NULL)
					fail_msg("\"%s\" stands in\n%s",
						 ours[o], letter.p);
			written++;
		} else {
			assert_non_null(why);
			assert_int_equal(letter.n, 0);
		}
		arena_free(arena);
	}
	/* Of all but the one that passed and the one of our own client. */
	assert_int_equal(written, situations_n - 2);
}

static const char spoof_letter[] =
    "To the postmaster of bank.example\n"
    "\n"
    "Our mail server got a message in the name of your domain at "
    "2025-11-29T21:58:00Z\n"
    "and refused it.\n"
    "\n"
    "    From domain  bank.example\n"
    "    Sent by      198.51.100.66\n"
    "    HELO         mail.attacker.example\n"
    "    MAIL FROM    bank.example\n"
    "    Message-ID   <1@attacker.example>\n"
    "    Our answer   550 5.7.26\n"
    "    Our queue id 4SPOOF\n"
    "\n"
    "What was found:\n"
    "\n"
    "    SPF          fail for bank.example: -all in the SPF record of "
    "bank.example\n"
    "    DKIM         not signed\n"
    "    DMARC        fail for bank.example: no aligned identifier: no "
    "spf=pass, no\n"
    "                 dkim=pass\n"
    "\n"
    "The DNS said then:\n"
    "\n"
    "                 bank.example\n"
    "                 \"v=spf1 ip4:192.0.2.10 -all\"\n"
    "                 _dmarc.bank.example\n"
    "                 \"v=DMARC1; p=reject\"\n"
    "\n"
    "If the message is yours, it passes once one of these is so:\n"
    "\n"
    "  * the SPF record of bank.example lists 198.51.100.66\n"
    "  * it is signed with d=bank.example\n"
    "\n"
    "If it is not yours, somebody uses your name, and you need do nothing.\n";

static void
letter_of_a_spoof(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct tell_known known;
	struct verdict verdict;
	struct buf letter;
	const char *why;

	(void)state;
	buf_init(&letter, arena);
	situations_find(arena, "4SPOOF", &verdict, &known);
	assert_true(tell_letter(&letter, arena, &verdict, &known, &why));
	assert_string_equal(letter.p, spoof_letter);
	situations_find(arena, "4FINE", &verdict, &known);
	assert_false(tell_letter(&letter, arena, &verdict, &known, &why));
	assert_string_equal(why, "nothing is wrong with the mail");
	situations_find(arena, "4LOGIN", &verdict, &known);
	assert_false(tell_letter(&letter, arena, &verdict, &known, &why));
	assert_string_equal(why, "the mail came from a client of your own, not "
				 "from a stranger");
	arena_free(arena);
}

/* --- hostile texts --- */

#define BAD "\x1b]0;x\x07\r\n~!rm -rf /\r\nBcc: all\xe2\x80\xae\" \\: - [&*"

/* Whatever a record holds: what is shown is printable, what is pasted and sent
   holds no word of it that does something. */
static void
texts_of_strangers(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct str rcpt = str_lit(BAD "@receiver.example");
	struct dkim_outcome signature = {.result = DKIM_PASS,
					 .domain = str_lit(BAD),
					 .selector = str_lit(BAD),
					 .reason = str_lit(BAD)};
	struct tell_known known;
	struct verdict verdict;
	struct buf text;
	struct tell_rule rule;
	const char *why;

	(void)state;
	situations_find(arena, "4SPOOF", &verdict, &known);
	verdict.helo = verdict.message_id = verdict.mail_from = str_lit(BAD);
	verdict.mail_from_domain = verdict.list.id = str_lit(BAD);
	verdict.client_name = verdict.queue_id = str_lit(BAD);
	verdict.spf.reason = verdict.spf.domain = str_lit(BAD);
	verdict.spf.result = SPF_PASS;
	verdict.from.address[0].local = str_lit(BAD);
	verdict.recipient = &rcpt;
	verdict.decision.reply_text = str_lit(BAD);
	verdict.dkim = (struct dkim_results){.outcome = &signature, .count = 1};
	known.record[0].name = str_lit(BAD);
	buf_init(&text, arena);
	tell_whole(&text, arena, &verdict, &known, &situations_rule);
	tell_line(&text, arena, &verdict, SITUATION_NOW);
	for (size_t i = 0; i < text.n; i++)
		assert_true(text.p[i] == '\n' || ascii_is_printable(text.p[i]));
	tell_rule(arena, &verdict, &situations_rule, &rule);
	assert_int_equal(
	    situation_decide(arena, &verdict,
			     situations_with_rule(arena, NULL, rule.yaml))
		.action,
	    ACTION_ACCEPT);
	buf_reset(&text);
	assert_true(tell_letter(&text, arena, &verdict, &known, &why));
	assert_harmless(buf_str(&text));
	verdict.from.domain[0] = verdict.dmarc.outcome[0].from = str_lit(BAD);
	tell_rule(arena, &verdict, &situations_rule, &rule);
	assert_int_equal(rule.yaml.n, 0);
	assert_false(tell_letter(&text, arena, &verdict, &known, &why));
	arena_free(arena);
}

static const struct CMUnitTest letter_tests[] = {
    SITUATIONS_TEST(letter_has_nothing_of_ours),
    SITUATIONS_TEST(letter_of_a_spoof),
    SITUATIONS_TEST(texts_of_strangers),
};

int
main(void)
{
	return situations_run(letter_tests);
}
