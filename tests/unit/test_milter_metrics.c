/* The metrics as Prometheus reads them: every line by the grammar of its text
   format, version 0.0.4, and what mail does to the numbers. */
#include "tests/support/milter/mail_world.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/control/answer.h"

#define ZONE                                            \
	"p.example TXT \"v=spf1 ip4:192.0.2.1 -all\"\n" \
	"_dmarc.p.example TXT \"v=DMARC1; p=reject\"\n"

static struct buf text;

static const char *
metrics(struct server *server)
{
	buf_clear(&text);
	buf_init(&text, NULL);
	answer_metrics(server, &text);
	return text.p;
}

static int
teardown(void **state)
{
	buf_clear(&text);
	return mail_world_teardown(state);
}

/* --- the grammar --- */

#define FAMILIES 100
#define SAMPLES 1000

static struct {
	struct str family, type; /* in hand */
	struct str families[FAMILIES], samples[SAMPLES];
	size_t n_families, n_samples, of_family;
	double bucket; /* the last one of a histogram */
} seen;

static size_t
name_end(struct str line)
{
	size_t n = 0;

	while (n < line.n && (isalnum((unsigned char)line.p[n]) ||
			      line.p[n] == '_' || line.p[n] == ':'))
		n++;
	assert_true(n > 0 && !isdigit((unsigned char)line.p[0]));
	return n;
}

/* To what follows the label set: {NAME="VALUE",...} with \\, \" and \n. */
static size_t
labels_end(struct str line, size_t at)
{
	do {
		at += 1 + name_end(str_from(line, at + 1));
		assert_true(str_starts(str_from(line, at), str_lit("=\"")));
		for (at += 2; at < line.n && line.p[at] != '"'; at++) {
			if (line.p[at] != '\\')
				continue;
			at++;
			assert_true(at < line.n &&
				    strchr("\\\"n", line.p[at]) != NULL);
		}
		at++;
	} while (at < line.n && line.p[at] == ',');
	assert_true(at < line.n && line.p[at] == '}');
	return at + 1;
}

static void
take_help(struct str line)
{
	size_t n = name_end(line);

	assert_true(seen.n_families == 0 || seen.of_family > 0 ||
		    str_is(seen.family, "verdict_rule_hits_total"));
	seen.family = str_first(line, n);
	seen.type = str_empty();
	seen.of_family = 0;
	assert_true(line.n > n + 1 && line.p[n] == ' ');
	assert_int_equal(str_chr(line, '\\'), line.n);
	for (size_t i = 0; i < seen.n_families; i++)
		assert_false(str_eq(seen.families[i], seen.family));
	assert_true(seen.n_families < FAMILIES);
	seen.families[seen.n_families++] = seen.family;
}

static void
take_type(struct str line)
{
	size_t n = name_end(line);

	/* Right after the help of the same. */
	assert_true(str_eq(str_first(line, n), seen.family));
	assert_int_equal(seen.type.n, 0);
	seen.type = str_from(line, n + 1);
	assert_true(str_is(seen.type, "counter") ||
		    str_is(seen.type, "gauge") ||
		    str_is(seen.type, "histogram"));
	assert_int_equal(str_is(seen.type, "counter"),
			 str_ends_nocase(seen.family, str_lit("_total")));
	seen.bucket = 0;
}

static void
take_sample(struct str line)
{
	size_t n = name_end(line), end = n;
	struct str part = str_from(str_first(line, n), seen.family.n);

	assert_true(str_starts(line, seen.family));
	assert_true(seen.type.n > 0);
	if (str_is(seen.type, "histogram"))
		assert_true(str_is(part, "_bucket") || str_is(part, "_sum") ||
			    str_is(part, "_count"));
	else
		assert_int_equal(part.n, 0);
	if (end < line.n && line.p[end] == '{')
		end = labels_end(line, end);
	assert_true(end < line.n && line.p[end] == ' ');
	char *after, number[64];
	snprintf(number, sizeof number, "%.*s",
		 STR_ARG(str_from(line, end + 1)));
	double value = strtod(number, &after);
	assert_true(after != number && *after == '\0' && value >= 0);
	if (str_is(part, "_bucket") || str_is(part, "_count")) {
		assert_true(value >= seen.bucket);
		if (str_is(part, "_count"))
			assert_true(!(value > seen.bucket));
		seen.bucket = value;
	}
	for (size_t i = 0; i < seen.n_samples; i++)
		assert_false(str_eq(seen.samples[i], str_first(line, end)));
	assert_true(seen.n_samples < SAMPLES);
	seen.samples[seen.n_samples++] = str_first(line, end);
	seen.of_family++;
}

static void
check_grammar(const char *all)
{
	const struct str help = STR("# HELP "), type = STR("# TYPE ");
	struct str rest = str_of(all), line;

	memset(&seen, 0, sizeof seen);
	assert_int_equal(rest.p[rest.n - 1], '\n');
	rest.n--;
	while (str_split(&rest, '\n', &line)) {
		if (str_starts(line, help))
			take_help(str_from(line, help.n));
		else if (str_starts(line, type))
			take_type(str_from(line, type.n));
		else
			take_sample(line);
	}
}

static void
test_grammar(void **state)
{
	struct server *server = mail_world(
	    "rules:\n  - {name: a-b_c.d, spf: fail, action: reject}\n", ZONE);

	(void)state;
	check_grammar(metrics(server));
	assert_true(seen.n_families > 40);
	struct session *session = mail_world_session("192.0.2.1");
	mail_world_send(session, "<joe@p.example>", "From: joe@p.example\n");
	check_grammar(metrics(server));
	assert_non_null(
	    strstr(text.p, "\nverdict_rule_hits_total{rule=\"a-b_c.d\"} 0\n"));
	session_free(session);
}

static void
test_grammar_without_rules(void **state)
{
	(void)state;
	check_grammar(metrics(mail_world("", ZONE)));
}

/* --- the numbers --- */

static void
assert_sample(const char *sample)
{
	char line[200];

	snprintf(line, sizeof line, "\n%s\n", sample);
	if (strstr(text.p, line) == NULL)
		fail_msg("no line \"%s\" in %s", sample, text.p);
}

static void
test_numbers(void **state)
{
	struct server *server = mail_world(
	    "rules:\n  - {name: r, spf: fail, action: reject}\n", ZONE);

	(void)state;
	metrics(server);
	assert_sample("verdict_messages_total{action=\"accept\"} 0");
	assert_sample("verdict_evaluation_seconds_count 0");
	assert_sample("verdict_sessions 0");
	assert_sample("verdict_build_info{version=\"" VERDICT_VERSION "\"} 1");
	struct session *good = mail_world_session("192.0.2.1");
	struct session *bad = mail_world_session("198.51.100.66");
	mail_world_send(good, "<joe@p.example>", "From: joe@p.example\n");
	mail_world_send(good, "<joe@p.example>", "From: joe@p.example\n");
	mail_world_send(bad, "<joe@p.example>", "From: joe@p.example\n");
	mail_world_message(bad, "<joe@p.example>", "From: joe@p.example\n");
	metrics(server);
	/* Monitor: what was done and what was decided differ. */
	assert_sample("verdict_messages_total{action=\"accept\"} 3");
	assert_sample("verdict_messages_total{action=\"reject\"} 0");
	assert_sample("verdict_decisions_total{action=\"accept\"} 2");
	assert_sample("verdict_decisions_total{action=\"reject\"} 1");
	assert_sample("verdict_clients_total{class=\"foreign\"} 3");
	assert_sample("verdict_spf_total{result=\"pass\"} 2");
	assert_sample("verdict_spf_total{result=\"fail\"} 1");
	assert_sample("verdict_dmarc_total{result=\"pass\"} 2");
	assert_sample("verdict_dmarc_total{result=\"fail\"} 1");
	assert_sample("verdict_evaluation_seconds_count 3");
	assert_sample("verdict_evaluation_seconds_bucket{le=\"+Inf\"} 3");
	assert_sample("verdict_sessions_total 2");
	assert_sample("verdict_sessions 2");
	assert_sample("verdict_messages_open 1");
	assert_sample("verdict_evaluations 0");
	assert_sample("verdict_rule_hits_total{rule=\"r\"} 1");
	session_free(good);
	session_free(bad);
	metrics(server);
	assert_sample("verdict_sessions 0");
	assert_sample("verdict_messages_open 0");
	assert_sample("verdict_sessions_total 2");
}

#define ONE(name) cmocka_unit_test_teardown(name, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ONE(test_grammar),
	    ONE(test_grammar_without_rules),
	    ONE(test_numbers),
	};

	return cmocka_run_group_tests_name("milter-metrics", tests,
					   mail_world_group_setup,
					   mail_world_group_teardown);
}
