/* What is told of messages that were judged, recorded and stored. */
#include "tests/support/store/situations.h"

#include <string.h>

/* Lines as one, so that where they end does not matter. */
static struct str
unwrapped(struct arena *arena, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '\n') {
			buf_addc(&out, text.p[i]);
			continue;
		}
		buf_addc(&out, ' ');
		while (i + 1 < text.n && text.p[i + 1] == ' ')
			i++;
	}
	buf_addc(&out, '\0');
	return buf_str(&out);
}

static void
assert_tells(struct arena *arena, struct str text, const char *wanted)
{
	if (strstr(unwrapped(arena, text).p, wanted) == NULL)
		fail_msg("\"%s\" does not stand in\n%.*s", wanted,
			 STR_ARG(text));
}

/* --- every kind of decision --- */

static void
tells_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < situations_n; i++) {
		struct arena *arena = arena_new(NULL);
		struct tell_known known;
		struct verdict verdict;
		struct buf text;

		buf_init(&text, arena);
		situations_find(arena, situations[i].is.queue_id, &verdict,
				&known);
		tell_whole(&text, arena, &verdict, &known, &situations_rule);
		for (size_t t = 0; t < 8 && situations[i].tells[t]; t++)
			assert_tells(arena, buf_str(&text),
				     situations[i].tells[t]);
		arena_free(arena);
	}
}

/* What is counted of a part of the mail is not told as the whole. */
static void
tells_of_a_sample(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct tell_known known;
	struct verdict verdict;

	(void)state;
	situations_find(arena, "4SPOOF", &verdict, &known);
	assert_tells(arena, tell_before(arena, &verdict, &known.kinds),
		     "1 of 14 messages of bank.example since 2025-11-29");
	known.kinds.sampled = true;
	assert_tells(
	    arena, tell_before(arena, &verdict, &known.kinds),
	    "1 messages, of some kinds of mail alone, of bank.example");
	known.kinds.kinds = 0;
	assert_tells(arena, tell_before(arena, &verdict, &known.kinds),
		     "no mail of bank.example passed DMARC since 2025-11-29");
	arena_free(arena);
}

/* --- the rule to paste --- */

/* It is valid, it lets in that very message, and nobody else's mail. */
static void
rule_lets_it_in(void **state)
{
	(void)state;
	for (size_t i = 0; i < situations_n; i++) {
		struct arena *arena = arena_new(NULL);
		struct tell_known known;
		struct tell_rule rule;
		struct verdict verdict;

		situations_find(arena, situations[i].is.queue_id, &verdict,
				&known);
		tell_rule(arena, &verdict, &situations_rule, &rule);
		if (situations[i].rule != NULL &&
		    situations[i].rule[0] == '\0') {
			assert_int_equal(rule.yaml.n, 0);
			assert_true(rule.note.n > 0);
		} else if (situations[i].rule != NULL) {
			const char *config = situations_with_rule(
			    arena, situations[i].is.config, rule.yaml);
			assert_non_null(strstr(config, situations[i].rule));
			struct decision decision =
			    situation_decide(arena, &verdict, config);
			assert_int_equal(decision.action, ACTION_ACCEPT);
			assert_true(str_starts(decision.rule,
					       verdict.from.count > 0
						   ? verdict.from.domain[0]
						   : str_lit("until")));
			verdict.now += (TELL_RULE_DAYS + 1) * 86400;
			decision = situation_decide(arena, &verdict, config);
			assert_int_not_equal(decision.action, ACTION_ACCEPT);
		}
		arena_free(arena);
	}
}

/* Another client in the same name does not come in by it. */
static void
rule_lets_in_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < situations_n; i++) {
		struct arena *arena = arena_new(NULL);
		struct tell_known known;
		struct verdict verdict, forged;
		struct tell_rule rule;

		situations_find(arena, situations[i].is.queue_id, &verdict,
				&known);
		tell_rule(arena, &verdict, &situations_rule, &rule);
		situations_find(arena, "4SPOOF", &forged, &known);
		forged.from = verdict.from;
		forged.list = verdict.list;
		forged.helo = verdict.helo;
		forged.mail_from_domain = verdict.mail_from_domain;
		assert_true(ip_parse(str_lit("203.0.113.99"), &forged.client));
		if (rule.yaml.n > 0)
			assert_int_equal(
			    situation_decide(
				arena, &forged,
				situations_with_rule(arena, NULL, rule.yaml))
				.rule.n,
			    0);
		arena_free(arena);
	}
}

static void
rule_has_a_name_of_its_own(void **state)
{
	struct arena *arena = arena_new(NULL);
	const struct rule taken[] = {
	    {.name = STR("bank.example-until-2025-12-13")},
	    {.name = STR("bank.example-until-2025-12-13-2")}};
	const struct rules rules = {.rule = taken, .count = 2};
	const struct tell_rule_options options = {.now = SITUATION_NOW,
						  .rules = &rules};
	struct tell_known known;
	struct verdict verdict;
	struct tell_rule rule;

	(void)state;
	situations_find(arena, "4SPOOF", &verdict, &known);
	tell_rule(arena, &verdict, &options, &rule);
	assert_tells(arena, rule.yaml,
		     "- name: \"bank.example-until-2025-12-13-3\"");
	assert_str(rule.expires, "2025-12-13");
	assert_false(rule.proven);
	arena_free(arena);
}

/* A signature or SPF of a registry's domain would be anybody's. */
static void
rule_names_no_registry(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct suffix_list *suffixes = suffix_list_open();
	const struct tell_rule_options options = {.now = SITUATION_NOW,
						  .suffixes = suffixes};
	struct dkim_outcome signature = {.result = DKIM_PASS,
					 .domain = str_lit("co.uk")};
	struct tell_known known;
	struct verdict verdict;
	struct tell_rule rule;

	(void)state;
	situations_find(arena, "4SPOOF", &verdict, &known);
	verdict.dkim = (struct dkim_results){.outcome = &signature, .count = 1};
	tell_rule(arena, &verdict, &options, &rule);
	assert_tells(arena, rule.yaml, "client: 198.51.100.66");
	signature.domain = str_lit("mail.bank.co.uk");
	tell_rule(arena, &verdict, &options, &rule);
	assert_tells(arena, rule.yaml, "dkim-domain: mail.bank.co.uk");
	verdict.spf.result = SPF_PASS;
	verdict.spf.domain = str_lit("any.example");
	verdict.spf.for_anybody = true;
	tell_rule(arena, &verdict, &options, &rule);
	assert_null(strstr(rule.yaml.p, "spf-domain"));
	suffix_list_close(suffixes);
	arena_free(arena);
}

/* Of two authors the second one's mail would come in by what is the first
   one's. */
static void
rule_proves_each_author(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct dkim_outcome signature = {
	    .result = DKIM_PASS, .domain = str_lit("x.attacker.example")};
	struct tell_known known;
	struct verdict verdict;
	struct tell_rule rule;

	(void)state;
	situations_find(arena, "4SPOOF", &verdict, &known);
	verdict.dkim = (struct dkim_results){.outcome = &signature, .count = 1};
	verdict.dmarc.outcome[1] = verdict.dmarc.outcome[0];
	verdict.dmarc.outcome[0].from = verdict.dmarc.outcome[0].org_domain =
	    verdict.from.domain[0] = str_lit("attacker.example");
	tell_rule(arena, &verdict, &situations_rule, &rule);
	assert_true(rule.proven);
	verdict.from.domain[1] = str_lit("bank.example");
	verdict.from.count = verdict.dmarc.count = 2;
	verdict.from.state = FROM_SEVERAL;
	tell_rule(arena, &verdict, &situations_rule, &rule);
	assert_tells(arena, rule.yaml, "dkim-domain: x.attacker.example");
	assert_false(rule.proven);
	assert_tells(arena, rule.note, "Be sure first");
	/* One that was not judged. */
	verdict.dmarc.count = 1;
	tell_rule(arena, &verdict, &situations_rule, &rule);
	assert_false(rule.proven);
	arena_free(arena);
}

static void
rule_asks_for_no_open_pass(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct tell_known known;
	struct verdict verdict;
	struct tell_rule rule;

	(void)state;
	situations_find(arena, "4RULE", &verdict, &known);
	tell_rule(arena, &verdict, &situations_rule, &rule);
	assert_true(rule.proven);
	verdict.spf.for_anybody = true;
	tell_rule(arena, &verdict, &situations_rule, &rule);
	assert_null(strstr(rule.yaml.p, "dmarc:"));
	assert_tells(arena, rule.yaml, "client: 192.0.2.77");
	assert_false(rule.proven);
	verdict.dmarc.outcome[0].dkim_aligned = true;
	tell_rule(arena, &verdict, &situations_rule, &rule);
	assert_tells(arena, rule.yaml, "dmarc: pass");
	assert_true(rule.proven);
	arena_free(arena);
}

/* --- the line of a list --- */

static void
lines_keep_to_a_screen(void **state)
{
	(void)state;
	for (size_t i = 0; i < situations_n; i++) {
		struct arena *arena = arena_new(NULL);
		struct tell_known known;
		struct verdict verdict;
		struct buf line;

		buf_init(&line, arena);
		situations_find(arena, situations[i].is.queue_id, &verdict,
				&known);
		tell_line(&line, arena, &verdict, SITUATION_NOW);
		assert_true(line.n <= 81);
		assert_non_null(strstr(line.p, situations[i].is.queue_id));
		arena_free(arena);
	}
}

static void
line_of_a_spoof(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct tell_known known;
	struct verdict verdict;
	struct buf line;

	(void)state;
	buf_init(&line, arena);
	situations_find(arena, "4SPOOF", &verdict, &known);
	tell_line(&line, arena, &verdict, SITUATION_NOW);
	assert_str(buf_str(&line),
		   "29 Nov 21:58  4SPOOF       refused    "
		   "boss@bank.example -> jane@receiver.exam...\n");
	situations_find(arena, "4MONITOR", &verdict, &known);
	buf_reset(&line);
	tell_line(&line, arena, &verdict, SITUATION_NOW);
	assert_str(buf_str(&line),
		   "29 Nov 21:58  4MONITOR     (refused)  "
		   "boss@bank.example -> jane@receiver.example\n");
	arena_free(arena);
}

/* --- JSON --- */

static void
json_has_the_same(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct tell_known known;
	struct verdict verdict;
	struct buf text;

	(void)state;
	buf_init(&text, arena);
	situations_find(arena, "4SPOOF", &verdict, &known);
	tell_json(&text, arena, &verdict, &known, &situations_rule);
	assert_tells(
	    arena, buf_str(&text),
	    "{\"time\":\"2025-11-29T21:58:00Z\",\"queue_id\":\"4SPOOF\","
	    "\"message_id\":\"<1@attacker.example>\"");
	assert_tells(arena, buf_str(&text),
		     "\"recipients\":[\"jane@receiver.example\","
		     "\"joe@receiver.example\"]");
	assert_tells(arena, buf_str(&text), "\"outcome\":\"refused\"");
	assert_tells(arena, buf_str(&text),
		     "{\"name\":\"_dmarc.bank.example\",\"status\":\"found\","
		     "\"text\":[\"v=DMARC1; p=reject\"]}");
	assert_tells(arena, buf_str(&text), "\"letter\":\"To the postmaster");
	assert_tells(arena, buf_str(&text), "\"verdict\":{\"spf\":{");
	arena_free(arena);
}

static const struct CMUnitTest tell_tests[] = {
    SITUATIONS_TEST(tells_each),
    SITUATIONS_TEST(tells_of_a_sample),
    SITUATIONS_TEST(rule_lets_it_in),
    SITUATIONS_TEST(rule_lets_in_no_other),
    SITUATIONS_TEST(rule_has_a_name_of_its_own),
    SITUATIONS_TEST(rule_names_no_registry),
    SITUATIONS_TEST(rule_proves_each_author),
    SITUATIONS_TEST(rule_asks_for_no_open_pass),
    SITUATIONS_TEST(lines_keep_to_a_screen),
    SITUATIONS_TEST(line_of_a_spoof),
    SITUATIONS_TEST(json_has_the_same),
};

int
main(void)
{
	return situations_run(tell_tests);
}
