/* The answer for people: 80 columns. */
#include <string.h>

#include "base/line.h"
#include "base/number.h"
#include "base/when.h"
#include "base/words.h"
#include "base/wrap.h"
#include "milter/cli/stats/stats.h"

#define BOLD "\033[1m"
#define PLAIN "\033[0m"

/* --- the head --- */

/* "pass 38,990", after four blanks or in the next line. */
static void
add_count(struct buf *out, size_t *column, const char *name, int64_t count)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_printf(&text, "%s ", name);
	number_add(&text, count);
	if (*column > 0 && *column + 4 + text.n > WRAP_COLUMNS) {
		buf_addc(out, '\n');
		*column = 0;
	} else if (*column > 0) {
		buf_adds(out, "    ");
		*column += 4;
	}
	buf_add(out, buf_str(&text));
	*column += text.n;
	buf_clear(&text);
}

static void
add_span(struct buf *out, const struct stats_answer *answer)
{
	const int64_t until =
	    answer->period.until > 0 ? answer->period.until : answer->now;
	struct buf line;

	buf_init(&line, NULL);
	when_add(&line, answer->period.since, answer->now);
	buf_adds(&line, " to ");
	when_add(&line, until, answer->now);
	if (answer->events.mode.n) {
		const size_t room = WRAP_COLUMNS - 6 - answer->events.mode.n;

		while (line.n < room)
			buf_addc(&line, ' ');
		buf_adds(&line, "mode: ");
		line_add(&line, LINE_ASCII, answer->events.mode, LINE_WHOLE);
	}
	buf_add(out, buf_str(&line));
	buf_addc(out, '\n');
	buf_clear(&line);
}

static void
add_missing(struct buf *out, const struct stats_answer *answer)
{
	const struct stats_totals *totals = &answer->totals;

	if (totals->lost > 0) {
		buf_adds(out, "Too low: ");
		number_add(out, totals->lost);
		buf_adds(out, " messages have no record, the last at ");
		when_add(out,
			 answer->gaps.gaps
			     ? answer->gaps.gap[answer->gaps.gaps - 1].time
			     : totals->last,
			 answer->now);
		buf_adds(out, ".\n");
	}
	if (totals->lost_octets > 0) {
		number_add(out, totals->lost_octets);
		buf_adds(out, " octets of the journal could not be read.\n");
	}
	if (totals->folded > 0) {
		buf_adds(out, "Of ");
		number_add(out, totals->folded);
		buf_adds(out,
			 " messages only the result is known, not who sent "
			 "them:\nthere were too many kinds in an hour.\n");
	}
}

void
stats_add_head(struct buf *out, const struct stats_answer *answer)
{
	/* These always: 0 is an answer. */
	static const bool always[STATS_RESULTS] = {
	    [STATS_PASS] = true, [STATS_NO_POLICY] = true, [STATS_FAIL] = true};
	const struct stats_totals *totals = &answer->totals;
	size_t column = 0;
	enum stats_result i;

	add_span(out, answer);
	add_count(out, &column, "checked", totals->checked);
	for (i = 0; i < STATS_RESULTS; i++)
		if (always[i] || totals->counts.result[i] > 0)
			add_count(out, &column, stats_result_text(i),
				  totals->counts.result[i]);
	add_count(out, &column, "lost from the record", totals->lost);
	buf_addc(out, '\n');
	add_missing(out, answer);
}

void
stats_add_name(struct buf *out, struct str name, size_t columns)
{
	const size_t begin = out->n;

	if (name.n > columns) {
		buf_adds(out, "..");
		name = str_from(name, name.n - (columns - 2));
	}
	line_add(out, LINE_ASCII, name, LINE_WHOLE);
	while (out->n - begin < columns)
		buf_addc(out, ' ');
}

/* --- the table --- */

#define DECIDED 12 /* "file as junk" */
#define MAILS 8
#define FROM 18
#define SOURCE 16
#define LOOKS 13 /* "misconfigured" */

#define DOUBT                                                                \
	"known? Any forger can make such mail. If you know who sends it, a " \
	"rule lets\n       it in: contrib/rules.yaml has examples.\n"

static void
add_words(struct buf *out, const char *words, size_t columns)
{
	buf_printf(out, "%-*s", (int)columns, words);
}

/* What is to be pasted stands below, under a number. */
static void
add_row(struct buf *out, struct arena *arena,
	const struct stats_finding *finding, size_t number)
{
	struct str source = finding->source.text;

	add_words(out, stats_decided_text(finding->decided), DECIDED);
	number_add_right(out, finding->messages, MAILS);
	buf_adds(out, "  ");
	stats_add_name(out, stats_from_text(arena, finding), FROM);
	buf_addc(out, ' ');
	stats_add_name(out, source, SOURCE);
	buf_addc(out, ' ');
	add_words(out, words_text(stats_looks_words, finding->looks), LOOKS);
	if (number)
		buf_printf(out, " see %zu\n", number);
	else
		buf_adds(out, stats_is_doubtful(finding) ? " known?\n"
							 : " nothing\n");
}

/* What wants nobody must not push the rest off the screen. */
#define DOUBTFUL_ROWS 6
#define IDLE_ROWS 8

struct shown {
	size_t rows, wanting, doubtful, idle;
};

static bool
show(struct shown *shown, const struct stats_finding *finding)
{
	bool fits;

	if (stats_wants(finding))
		fits = shown->wanting++ < STATS_ROWS;
	else if (stats_is_doubtful(finding))
		fits = shown->doubtful++ < DOUBTFUL_ROWS;
	else
		fits = shown->idle++ < IDLE_ROWS;
	fits = fits && shown->rows < STATS_ROWS;
	shown->rows += fits;
	return fits;
}

static void
add_heading(struct buf *out, const struct stats_answer *answer, bool colour)
{
	const bool did = str_is(answer->events.mode, "enforce");

	buf_adds(out, colour ? BOLD : "");
	add_words(out, did ? "ENFORCE DID" : "ENFORCE WOULD", DECIDED + 1);
	buf_printf(out, "%*s  ", MAILS - 1, "mails");
	add_words(out, "From domain", FROM + 1);
	add_words(out, "source", SOURCE + 1);
	add_words(out, "looks like", LOOKS + 1);
	buf_printf(out, "do%s\n", colour ? PLAIN : "");
}

static void
add_rest(struct buf *out, const struct stats_findings *findings, size_t shown,
	 int64_t messages)
{
	if (findings->all > shown) {
		buf_adds(out, "... and ");
		number_add(out, (int64_t)(findings->all - shown));
		buf_adds(out, " more, of ");
		number_add(out, messages + findings->rest);
		buf_adds(out, " mails: --csv or --json lists them\n");
	}
	if (findings->fresh > 0) {
		buf_adds(out, "new since yesterday: ");
		number_add(out, (int64_t)findings->fresh);
		buf_addc(out, '\n');
	}
}

static void
add_table(struct buf *out, struct arena *arena,
	  const struct stats_answer *answer, bool colour)
{
	const struct stats_findings *findings = &answer->findings;
	struct shown shown = {0};
	size_t i, number = 0;
	int64_t left = 0;

	add_heading(out, answer, colour);
	for (i = 0; i < findings->findings; i++) {
		const struct stats_finding *one = &findings->finding[i];

		if (show(&shown, one))
			add_row(out, arena, one,
				stats_wants(one) ? ++number : 0);
		else
			left += one->messages;
	}
	add_rest(out, findings, shown.rows, left);
	if (shown.doubtful)
		buf_adds(out, DOUBT);
}

/* --- what to do --- */

static void
add_advice(struct buf *out, struct arena *arena,
	   const struct stats_finding *finding, size_t number, bool colour)
{
	const struct stats_advice *advice = &finding->advice;
	struct buf line;

	buf_init(&line, arena);
	buf_printf(&line, "%2zu  ", number);
	line_add(&line, LINE_ASCII, advice->text, LINE_WHOLE);
	buf_addc(out, '\n');
	wrap_line(out, LINE_ASCII, buf_str(&line), 0, 4);
	buf_printf(out, "    Paste under %s%s:%s\n", colour ? BOLD : "",
		   advice->keyword, colour ? PLAIN : "");
	buf_add(out, advice->yaml);
}

static void
add_all_advice(struct buf *out, struct arena *arena,
	       const struct stats_answer *answer, bool colour)
{
	const struct stats_findings *findings = &answer->findings;
	size_t i, number = 0;

	for (i = 0; i < findings->findings && number < STATS_ROWS; i++)
		if (stats_wants(&findings->finding[i]))
			add_advice(out, arena, &findings->finding[i], ++number,
				   colour);
}

void
stats_add_text(struct buf *out, struct arena *arena,
	       const struct stats_answer *answer, bool colour)
{
	stats_add_head(out, answer);
	if (answer->totals.counts.messages == 0) {
		buf_adds(out,
			 "\nNo message was recorded then; `verdict history "
			 "status` shows what there is.\n");
		return;
	}
	buf_addc(out, '\n');
	if (answer->findings.all == 0) {
		buf_adds(out, "Enforce lets all of it in.\n");
		return;
	}
	add_table(out, arena, answer, colour);
	add_all_advice(out, arena, answer, colour);
}
