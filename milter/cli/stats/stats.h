/*
 * verdict stats: what was asked for, and what is shown of it.
 */
#ifndef VERDICT_MILTER_CLI_STATS_STATS_H
#define VERDICT_MILTER_CLI_STATS_STATS_H

#include "milter/cli/reader.h"
#include "stats/findings.h"

#define STATS_NAME "verdict stats"

/* Rows of a table for people: one screen. */
#define STATS_ROWS 20
/* For programs; a table of more is told what was left out. */
#define STATS_ROWS_MOST 10000

struct stats_call {
	struct reader_call reader;
	struct reader_period period;
	int64_t now, since, until; /* until 0: now */
	bool has_by;
	enum stats_by by;
	size_t rows; /* 0: not given */
	bool csv, json, help;
	const char *mail, *sendmail; /* NULL: not given */
	const char *html;            /* the file; the same */
};

/* The answer without --by. */
struct stats_answer {
	struct stats_period period;
	int64_t now;
	struct stats_totals totals;
	struct stats_findings findings;
	struct stats_events events;
	struct stats_gaps gaps;
};

/* False: the store failed. */
bool stats_answer_read(struct store *store, struct arena *arena,
		       const struct stats_call *call,
		       struct stats_answer *answer_out) MUST_CHECK;

/* --- each adds one form of the answer --- */

/* colour: for a terminal. */
void stats_add_text(struct buf *out, struct arena *arena,
		    const struct stats_answer *answer, bool colour);
void stats_add_json(struct buf *out, struct arena *arena,
		    const struct stats_answer *answer);
void stats_add_csv(struct buf *out, struct arena *arena,
		   const struct stats_answer *answer);

void stats_groups_add_text(struct buf *out, const struct stats_answer *answer,
			   enum stats_by by, const struct stats_groups *groups);
void stats_groups_add_json(struct buf *out, const struct stats_answer *answer,
			   enum stats_by by, const struct stats_groups *groups);
void stats_groups_add_csv(struct buf *out, const struct stats_groups *groups);

/* Writes the page into the file.  An exit status; what went wrong was said. */
int stats_html(const struct reader *reader,
	       const struct stats_call *call) MUST_CHECK;

/* --- parts of these --- */

/* From when to when, mode, what was checked, what is missing. */
void stats_add_head(struct buf *out, const struct stats_answer *answer);
/* The name in so many columns; the end of it counts more. */
void stats_add_name(struct buf *out, struct str name, size_t columns);
/* "since", "until", "mode", "messages", ... of a JSON object, begun. */
void stats_add_json_head(struct buf *out, const struct stats_answer *answer);

/* --- the digest --- */

/* NULL, or what is wrong with the address: "it ..." */
const char *stats_mail_fault(const char *address) MUST_CHECK;
/* Sends the answer as a message by sendmail(1).  An exit status; what went
   wrong was said. */
int stats_mail(const struct stats_call *call, const struct config *config,
	       const struct stats_answer *answer) MUST_CHECK;
/* The message itself, lines ending in LF. */
void stats_add_mail(struct buf *out, struct arena *arena, struct str host,
		    const char *address, const struct stats_answer *answer);

#endif
