/*
 * verdict stats: what became of a time's mail, and what mode enforce would do
 * to it.
 */
#include "milter/cli/stats/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/words.h"

#define DEFAULT_SINCE_S ((int64_t)7 * 86400)

static const char *
set_by(void *call, const char *value)
{
	struct stats_call *stats = call;
	size_t by;

	if (!words_find(stats_by_words, str_of(value), &by))
		return "it is none of from, client, selector, shape, action, "
		       "rule and day";
	stats->by = (enum stats_by)by;
	stats->has_by = true;
	return NULL;
}

static const char *
set_rows(void *call, const char *value)
{
	struct stats_call *stats = call;
	uint64_t rows;

	if (!str_uint(str_of(value), STATS_ROWS_MOST, &rows) || rows == 0)
		return "it is no number from 1 to 10000";
	stats->rows = (size_t)rows;
	return NULL;
}

static const char *
set_mail(void *call, const char *value)
{
	struct stats_call *stats = call;

	stats->mail = value;
	return stats_mail_fault(value);
}

static const struct option_row rows[] = {
    READER_PERIOD_ROWS(struct stats_call, period, "7d"),
    {"by", .argument = "WHAT",
     .help = "count by from, client, selector, shape, action, rule\n"
	     "or day",
     .set = set_by},
    {"rows", .argument = "N", .help = "so many rows of a table",
     .set = set_rows},
    {"csv", .help = "a table for spreadsheets",
     .at = offsetof(struct stats_call, csv)},
    {"json", .help = "JSON instead of text",
     .at = offsetof(struct stats_call, json)},
    {"html", .argument = "FILE",
     .help = "write a page for browsers to FILE, which is replaced\n"
	     "at once",
     .at = offsetof(struct stats_call, html)},
    {"mail", .argument = "ADDRESS",
     .help = "send the answer there, by sendmail(1)", .set = set_mail},
    {"sendmail", .argument = "PROGRAM",
     .help = "this one, and not /usr/sbin/sendmail",
     .at = offsetof(struct stats_call, sendmail)},
    READER_ROWS(struct stats_call, reader),
    {"help", .letter = 'h', .help = "this text",
     .at = offsetof(struct stats_call, help)},
    {NULL}};

static const struct options options = {
    .command = "stats",
    .usage = "usage: verdict stats [OPTION...]\n"
	     "Shows what mode enforce would do to the mail of a week, or "
	     "did: for each From\ndomain and source, what such mail looks "
	     "like, and what to do about it.\n",
    .row = rows,
    .notes = "Exit status: 0 done, 64 wrong call, 69 the store or the mail "
	     "server cannot be\nused, 70 the system failed, 78 the "
	     "configuration cannot be used.\n",
};

/* --- the answer --- */

static size_t
rows_of(const struct stats_call *call)
{
	if (call->rows)
		return call->rows;
	return call->csv || call->json ? STATS_ROWS_MOST : STATS_ROWS;
}

static struct stats_period
period_of(const struct stats_call *call)
{
	return (struct stats_period){call->since, call->until};
}

/* What any answer begins with. */
static bool
head_read(struct store *store, struct arena *arena,
	  const struct stats_call *call, struct stats_answer *answer)
{
	answer->period = period_of(call);
	answer->now = call->now;
	return stats_totals(store, &answer->period, &answer->totals) &&
	       stats_events(store, arena, &answer->period, &answer->events) &&
	       stats_gaps(store, arena, &answer->period, &answer->gaps);
}

bool
stats_answer_read(struct store *store, struct arena *arena,
		  const struct stats_call *call,
		  struct stats_answer *answer_out)
{
	const struct stats_findings_options findings = {
	    .period = period_of(call),
	    .now = call->now,
	    .most =
		rows_of(call) > STATS_ROWS ? rows_of(call) : STATS_ROWS * 2};
	struct stats_answer answer = {.now = 0};

	if (!head_read(store, arena, call, &answer) ||
	    !stats_findings(store, arena, &findings, &answer.findings))
		return false;
	*answer_out = answer;
	return true;
}

static int
print_groups(const struct reader *reader, struct arena *arena,
	     const struct stats_call *call, struct buf *out)
{
	struct stats_answer answer = {.now = 0};
	struct stats_groups groups;

	if (!head_read(reader->store, arena, call, &answer) ||
	    !stats_groups(reader->store, arena, &answer.period, call->by,
			  rows_of(call), &groups))
		return reader_failed(reader);
	if (call->json)
		stats_groups_add_json(out, &answer, call->by, &groups);
	else if (call->csv)
		stats_groups_add_csv(out, &groups);
	else
		stats_groups_add_text(out, &answer, call->by, &groups);
	return CLI_ACCEPT;
}

static int
print_answer(const struct reader *reader, struct arena *arena,
	     const struct stats_call *call, struct buf *out)
{
	const bool colour = isatty(STDOUT_FILENO) == 1 && !getenv("NO_COLOR");
	struct stats_answer answer;

	if (!stats_answer_read(reader->store, arena, call, &answer))
		return reader_failed(reader);
	if (call->mail)
		return stats_mail(call, reader->config, &answer);
	if (call->json)
		stats_add_json(out, arena, &answer);
	else if (call->csv)
		stats_add_csv(out, arena, &answer);
	else
		stats_add_text(out, arena, &answer, colour);
	return CLI_ACCEPT;
}

static int
answer_call(const struct reader *reader, const struct stats_call *call)
{
	struct arena *arena;
	struct buf out;
	int status;

	if (call->html)
		return stats_html(reader, call);
	arena = arena_new(NULL);
	buf_init(&out, NULL);
	status = call->has_by ? print_groups(reader, arena, call, &out)
			      : print_answer(reader, arena, call, &out);
	fwrite(out.p ? out.p : "", 1, out.n, stdout);
	buf_clear(&out);
	arena_free(arena);
	return status;
}

static bool
is_sound(const struct stats_call *call)
{
	if (call->csv && call->json)
		return options_complain(&options, "--json or --csv, not both");
	if (call->mail && (call->csv || call->json || call->has_by))
		return options_complain(
		    &options, "--mail sends the answer as text: leave out "
			      "--by, --csv and --json");
	if (call->html &&
	    (call->csv || call->json || call->has_by || call->mail))
		return options_complain(&options,
					"--html writes the whole page: leave "
					"out --by, --csv, --json and --mail");
	return true;
}

int
cli_stats(int argc, char **argv)
{
	struct stats_call call = {.now = clock_wall_seconds()};
	struct reader reader;
	int status;

	if (!options_read(&options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	call.since = call.now - DEFAULT_SINCE_S;
	if (!is_sound(&call) ||
	    !reader_read_period(&options, &call.period, call.now, &call.since,
				&call.until))
		return CLI_USAGE;
	status = reader_open(STATS_NAME, &call.reader, &reader);
	if (status != CLI_ACCEPT)
		return status;
	status = answer_call(&reader, &call);
	reader_close(&reader);
	return status;
}
