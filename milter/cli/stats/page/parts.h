/*
 * Inside page/ only: what the parts of the page share.
 *
 * page_put() takes HTML of ours, and is the only one that does.  Whatever comes
 * from mail, DNS, the store or the configuration goes through one of the
 * others.
 */
#ifndef VERDICT_MILTER_CLI_STATS_PAGE_PARTS_H
#define VERDICT_MILTER_CLI_STATS_PAGE_PARTS_H

#include "base/html.h"
#include "milter/cli/stats/page/page.h"
#include "stats/domains.h"
#include "stats/findings.h"

struct page {
	const struct page_options *options;
	struct store *store;
	struct arena *arena;
	struct buf *out;
	bool enforce; /* the mode in force */
	struct stats_totals totals;
	struct stats_findings findings;
	struct stats_sample *sample; /* of each finding, where one is shown */
	struct stats_events events;
	struct stats_gaps gaps;
};

/* Did several mail hosts write into the store? */
bool page_has_hosts(const struct page *page);

/* --- writing --- */

/* Of a name in a table, more tells nobody anything. */
#define PAGE_NAME 100

void page_put(struct page *page, const char *html);
/* A name out of mail or DNS: other than printable ASCII is \xHH. */
void page_name(struct page *page, struct str name);
/* What an admin, or we, wrote. */
void page_text(struct page *page, struct str text);
/* 41,203 */
void page_count(struct page *page, int64_t number);
/* "1 mail", "41,203 mails" */
void page_mails(struct page *page, int64_t mails);
/* base/when.h */
void page_time(struct page *page, int64_t time);
void page_day(struct page *page, int64_t time);
/* "2026-11-29", as options take it */
void page_date(struct page *page, int64_t time);
/* A word of a shell's command, where it is plain (letters, digits, "." "-"
   "_"); else false, and nothing: no name is to be pasted that a shell obeys. */
bool page_argument(struct page *page, struct str word) MUST_CHECK;
/* Lines to copy, with what they are for: read aloud, and on the button. */
void page_paste(struct page *page, struct str lines, const char *what);
/* One word or a few, in the colour of what becomes of the mail. */
void page_action(struct page *page, enum action action, const char *text);
/* The word that names the colour: "pass", "junk", "refuse", "wait". */
const char *page_colour(enum action action);

/* A section with its heading; `empty`, where not NULL, is a sentence that
   stands in its place: there is nothing to close then. */
void page_section(struct page *page, const char *id, const char *heading);
void page_section_end(struct page *page);
void page_nothing(struct page *page, const char *id, const char *sentence);

/*
 * A table that becomes a list of cards where there is no room for columns.
 * heading: of each column, NULL at the end; one that begins with '#' is of
 * numbers.  Each cell is opened and not closed: the next one does that.
 */
struct page_table {
	struct page *page;
	const char *const *heading;
	size_t column; /* of the next cell */
};

struct page_table page_table(struct page *page, const char *const *heading);
void page_table_row(struct page_table *table);
/* extra: a class, or NULL. */
void page_table_cell(struct page_table *table, const char *extra);
/* A row of one cell below the last one, which says more of it. */
void page_table_more(struct page_table *table);
void page_table_end(struct page_table *table);

/* --- the parts; false: the store failed --- */

/*
 * Is there room for another row of a part that began at `begin` and may have so
 * many thousands of octets?  Of hostile names each character may take six, so
 * rows alone are no bound.  All parts together, and what has no such bound of
 * its own, stay below PAGE_OCTETS.
 */
bool page_has_room(const struct page *page, size_t begin, size_t thousands);
#define ROOM_WANTING 70
#define ROOM_OTHERS 20
#define ROOM_DOMAINS 140
#define ROOM_BREAKS 40
#define ROOM_RULES 25
#define ROOM_HELD 25

void page_head(struct page *page);
void page_foot(struct page *page);
bool page_findings(struct page *page) MUST_CHECK;
bool page_over_time(struct page *page) MUST_CHECK;
/* ... and the senders that broke, of the same look at the store. */
bool page_domains(struct page *page) MUST_CHECK;
#define BREAK_ROWS 20
void page_breaks(struct page *page, const struct stats_breaks *breaks);
bool page_rules(struct page *page) MUST_CHECK;
bool page_held(struct page *page) MUST_CHECK;

/* The account of a message, to be opened; where the store does not have it any
   more nothing. */
bool page_sample(struct page *page, struct str queue_id,
		 int64_t time) MUST_CHECK;

extern const char page_style[], page_script[], page_script_digest[];

#endif
