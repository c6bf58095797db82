/* verdict search: the messages that fit some conditions, the newest first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "milter/cli/explain/criteria.h"
#include "milter/cli/explain/newest.h"
#include "milter/cli/explain/rows.h"
#include "milter/cli/progress.h"
#include "milter/cli/reader.h"
#include "record/record.h"
#include "tell/tell.h"

#define NAME "verdict search"
/* One screen; and as many as fit into newest.h where messages are usual. */
#define LAST 20
#define LAST_MAX 100000

struct call {
	struct reader_call reader;
	struct reader_period period;
	struct arena *arena;
	struct criteria criteria;
	int64_t now;
	size_t last;
	bool json, csv, help;
};

static const char *
set_rcpt(void *ctx, const char *value)
{
	struct call *call = ctx;

	return criterion_read(call->arena, value, &call->criteria.rcpt);
}

static const char *
set_from(void *ctx, const char *value)
{
	struct call *call = ctx;

	return criterion_read(call->arena, value, &call->criteria.from);
}

static const char *
set_mail_from(void *ctx, const char *value)
{
	struct call *call = ctx;

	return criterion_read(call->arena, value, &call->criteria.mail_from);
}

static const char *
set_client(void *ctx, const char *value)
{
	struct call *call = ctx;

	return criteria_read_client(value, &call->criteria);
}

static const char *
set_rule(void *ctx, const char *value)
{
	struct call *call = ctx;

	call->criteria.rule = str_of(value);
	return value[0] != '\0' ? NULL : "it is empty";
}

static const char *
set_action(void *ctx, const char *value)
{
	struct call *call = ctx;

	return criteria_read_action(value, &call->criteria);
}

static const char *
set_last(void *ctx, const char *value)
{
	struct call *call = ctx;
	uint64_t n;

	if (!str_uint(str_of(value), LAST_MAX, &n) || n == 0)
		return "it is no number from 1 to 100000";
	call->last = (size_t)n;
	return NULL;
}

static const struct option_row rows[] = {
    {"rcpt", .argument = "ADDR", .help = "to this address or domain",
     .set = set_rcpt},
    {"from", .argument = "ADDR",
     .help = "its From field has this address or domain;\n"
	     ".sender.example is sender.example and all below",
     .set = set_from},
    {"mail-from", .argument = "ADDR",
     .help = "the same of the envelope sender; '<>' is the null path",
     .set = set_mail_from},
    {"client", .argument = "ADDR", .help = "from this address or network",
     .set = set_client},
    {"rule", .argument = "NAME", .help = "this rule decided", .set = set_rule},
    {"action", .argument = "ACTION",
     .help = "decided so, whatever the mode: accept, quarantine,\n"
	     "reject, tempfail, discard",
     .set = set_action},
    READER_PERIOD_ROWS(struct call, period, "all that is kept"),
    {"last", .letter = 'n', .argument = "N",
     .help = "so many of them (20), the newest", .set = set_last},
    {"json", .help = "a JSON object a line", .at = offsetof(struct call, json)},
    {"csv", .help = "CSV, for spreadsheets", .at = offsetof(struct call, csv)},
    READER_ROWS(struct call, reader),
    {"help", .letter = 'h', .help = "this text",
     .at = offsetof(struct call, help)},
    {NULL}};

static const struct options options = {
    .command = "search",
    .usage = "usage: verdict search [OPTION...]\n"
	     "Lists the messages for which all of this holds, the newest "
	     "first: time, queue\nid, what became of it (in parentheses: "
	     "would have, in mode enforce), From,\nrecipient.\n",
    .row = rows,
    .notes = "Exit status: 0 there are some, 1 there are none, 64 wrong call, "
	     "69 the store\ncannot be used, 70 the system failed, 78 the "
	     "configuration cannot be used.\n",
    .long_help = true,
};

/* --- finding --- */

struct looking {
	const struct criteria *criteria;
	struct newest newest;
	struct progress progress;
	uint64_t looked, unreadable;
	int64_t of;
};

static bool
see(void *ctx, const struct store_place *place, struct str record)
{
	struct looking *looking = ctx;
	struct arena *arena = arena_new(NULL);
	struct verdict verdict;
	uint32_t context;
	bool on = true;

	if (record_unpack(arena, record, &verdict, &context) != NULL) {
		looking->unreadable++;
	} else {
		on = !newest_is_done(&looking->newest, verdict.now);
		if (on && criteria_match(arena, looking->criteria, &verdict))
			newest_add(&looking->newest, verdict.now, place,
				   record);
	}
	arena_free(arena);
	progress_step(&looking->progress, ++looking->looked,
		      (uint64_t)looking->of);
	return on;
}

/* Messages that more than one term finds come once for each: addresses and what
   stands for them are never in one record. */
static bool
look_by_terms(struct store *store, const struct criteria *criteria,
	      const struct store_term *term, size_t terms,
	      struct looking *looking)
{
	bool done = true;

	for (size_t i = 0; done && i < terms; i++)
		done = store_find(store, &term[i], criteria->since,
				  criteria->until, see, looking);
	return done;
}

static bool
look_at_all(struct store *store, const struct criteria *criteria,
	    struct looking *looking)
{
	return store_count(store, criteria->since, criteria->until,
			   &looking->of) &&
	       store_newest(store, criteria->since, criteria->until, see,
			    looking);
}

static bool
look(struct store *store, const struct call *call, struct looking *looking)
{
	const struct criteria *criteria = &call->criteria;
	struct store_term term[CRITERIA_TERMS];
	struct store_extent extent;
	size_t terms = criteria_terms(call->arena, criteria, term);
	bool done;

	if (!store_extent(store, &extent))
		return false;
	looking->newest.days = extent.hosts > 1;
	progress_begin(&looking->progress, "messages looked at");
	done = terms > 0 ? look_by_terms(store, criteria, term, terms, looking)
			 : look_at_all(store, criteria, looking);
	progress_end(&looking->progress);
	/* None of how many?  By terms only what they lead to was read. */
	if (done && terms > 0 && looking->newest.found == 0)
		done = store_count(store, criteria->since, criteria->until,
				   &looking->of);
	return done;
}

/* --- addresses that records hide --- */

static void
hide_addresses(struct call *call, const struct config *config)
{
	const bool strict = config->privacy == CONFIG_PRIVACY_STRICT;
	const struct criterion *rcpt = &call->criteria.rcpt;
	char *path = mem_copy(config->privacy_key.p, config->privacy_key.n);
	struct siphash_key key;
	const char *why = NULL;

	if (criteria_name_address(&call->criteria) &&
	    (strict || access(path, F_OK) == 0)) {
		why = privacy_key_read(path, false, &key);
		if (why == NULL)
			criteria_hide(call->arena, &call->criteria, &key);
		else
			fprintf(stderr,
				NAME ": privacy-key: %s %s; hidden addresses "
				     "are not found\n",
				path, why);
	}
	if (strict && rcpt->given && rcpt->local.n == 0)
		fprintf(stderr, NAME ": by privacy: strict records have no "
				     "domain of recipients; give an "
				     "address\n");
	free(path);
}

/* --- printing --- */

static void
print_one(const struct call *call, struct arena *arena,
	  const struct verdict *verdict)
{
	struct buf text;

	buf_init(&text, arena);
	if (call->json) {
		buf_addc(&text, '{');
		tell_members(&text, arena, verdict);
		buf_adds(&text, "}\n");
	} else if (call->csv) {
		rows_message(&text, arena, verdict);
	} else {
		tell_line(&text, arena, verdict, call->now);
	}
	fwrite(text.p, 1, text.n, stdout);
}

static int
print_found(const struct call *call, const struct looking *looking)
{
	const struct newest *newest = &looking->newest;
	size_t n = newest->count < call->last ? newest->count : call->last;
	struct buf head;

	buf_init(&head, NULL);
	if (call->csv)
		rows_head(&head);
	fwrite(head.n > 0 ? head.p : "", 1, head.n, stdout);
	buf_clear(&head);
	for (size_t i = 0; i < n; i++) {
		struct arena *arena = arena_new(NULL);
		struct verdict verdict;
		uint32_t context;
		if (record_unpack(arena, newest->kept[i].record, &verdict,
				  &context) == NULL)
			print_one(call, arena, &verdict);
		arena_free(arena);
	}
	fflush(stdout);
	if (newest->found > n)
		fprintf(stderr,
			NAME ": these are the last %zu, and there are more: "
			     "--last, --until\n",
			n);
	if (n == 0)
		fprintf(stderr, NAME ": none, of %lld messages of that time\n",
			(long long)looking->of);
	return n > 0 ? CLI_ACCEPT : CLI_NOTHING;
}

static int
answer(const struct reader *reader, const struct call *call)
{
	struct looking looking = {.criteria = &call->criteria};
	int status;

	/* One more tells that there are more. */
	newest_init(&looking.newest, call->last + 1);
	if (look(reader->store, call, &looking)) {
		status = print_found(call, &looking);
		reader_tell_missing(reader, call->criteria.since,
				    call->criteria.until, looking.unreadable);
	} else {
		status = reader_failed(reader);
	}
	newest_clear(&looking.newest);
	return status;
}

static int
run(struct call *call)
{
	struct reader reader;
	int status;

	if (call->help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	if (call->json && call->csv) {
		options_complain(&options, "--json or --csv, not both");
		return CLI_USAGE;
	}
	if (!reader_read_period(&options, &call->period, call->now,
				&call->criteria.since, &call->criteria.until))
		return CLI_USAGE;
	status = reader_open(NAME, &call->reader, &reader);
	if (status != CLI_ACCEPT)
		return status;
	hide_addresses(call, reader.config);
	status = answer(&reader, call);
	reader_close(&reader);
	return status;
}

int
cli_search(int argc, char **argv)
{
	struct call call = {.arena = arena_new(NULL),
			    .now = clock_wall_seconds(),
			    .last = LAST,
			    .criteria = {.until = INT64_MAX}};
	int status = CLI_USAGE;

	if (options_read(&options, argc, argv, &call))
		status = run(&call);
	arena_free(call.arena);
	return status;
}
