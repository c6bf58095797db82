/* verdict history feed: moves the journal into the store, once or for ever. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "milter/cli/history/history.h"
#include "milter/cli/progress.h"
#include "milter/cli/reader.h"

/* How soon what came last is to be found. */
#define LOOK_MS 1000
/* A database that is away, or that somebody must mend, is tried again. */
#define AGAIN_MS 5000
/* Another process feeds for a moment, as reading commands do; for longer it is
   one that nobody meant. */
#define HELD_MS 60000

#define NAME "verdict history feed"

struct call {
	struct reader_call reader;
	bool follow, help;
};

static const struct option_row rows[] = {
    {"follow", .letter = 'f',
     .help = "go on with what comes, until it is stopped; SIGHUP has\n"
	     "it read its configuration again",
     .at = offsetof(struct call, follow)},
    {"config", .argument = "FILE",
     .help = "the configuration, unless it is the default",
     .at = offsetof(struct call, reader.config)},
    {"store", .argument = "URL",
     .help = "the store, unless it is the configuration's",
     .at = offsetof(struct call, reader.store)},
    {"help", .letter = 'h', .help = "this text",
     .at = offsetof(struct call, help)},
    {NULL}};

static const struct options options = {
    .command = "history feed",
    .usage = "usage: verdict history feed [OPTION...]\n"
	     "Moves the records of decided messages from the daemon's journal "
	     "into the store,\nand removes there what is older than it is to "
	     "stay.\n",
    .row = rows,
    .notes = "Exit status: 0 done, 64 wrong call, 69 the store cannot be used, "
	     "78 the\nconfiguration cannot be used.\n",
};

/* --- the configuration in use --- */

struct source {
	struct config *config;
	char *journal, *url;
	struct feed *feed;
};

/* Standard error, as the unit's log. */
static void
write_line(void *ctx, enum log_level level, struct str line)
{
	(void)ctx;
	(void)level;
	fprintf(stderr, NAME ": %.*s\n", STR_ARG(line));
}

static struct log log_to_stderr = {.level = LOG_LEVEL_INFO,
				   .write = write_line};

static bool
source_open(const struct call *call, struct source *source_out)
{
	struct source source = {.config =
				    reader_config(NAME, call->reader.config)};

	if (source.config == NULL)
		return false;
	source.journal = reader_journal_folder(source.config);
	source.url = reader_store_url(&call->reader, source.config);
	const struct feed_options feed =
	    reader_feed_options(source.config, source.journal, source.url,
				call->follow ? &log_to_stderr : NULL);
	source.feed = feed_new(&feed);
	*source_out = source;
	return true;
}

static void
source_close(struct source *source)
{
	feed_free(source->feed);
	free(source->journal);
	free(source->url);
	config_unref(source->config);
}

/* --- once --- */

static void
print_report(const struct feed_report *report)
{
	printf("%llu records moved into the store\n",
	       (unsigned long long)report->messages);
	if (report->lost > 0)
		printf("%llu messages have no record: the journal had lost "
		       "them\n",
		       (unsigned long long)report->lost);
	if (report->octets > 0 || report->unreadable > 0)
		printf("%llu octets and %llu frames of the journal cannot be "
		       "read\n",
		       (unsigned long long)report->octets,
		       (unsigned long long)report->unreadable);
	if (report->nameless > 0)
		printf("%llu names of the DNS were left out: there were too "
		       "many in an hour\n",
		       (unsigned long long)report->nameless);
	if (report->folded > 0)
		printf("%llu messages are counted in one row: there were too "
		       "many kinds\n",
		       (unsigned long long)report->folded);
}

static int
feed_once(struct source *source)
{
	struct feed_report report;
	struct progress progress;
	enum feed_state state;

	progress_begin(&progress, "records moved");
	while ((state = feed_step(source->feed)) == FEED_MORE) {
		feed_report(source->feed, &report);
		progress_step(&progress, report.messages, 0);
	}
	progress_end(&progress);
	feed_report(source->feed, &report);
	print_report(&report);
	if (state == FEED_END)
		return CLI_ACCEPT;
	fprintf(stderr, NAME ": %s\n", feed_error(source->feed));
	return CLI_UNAVAILABLE;
}

/* --- for ever --- */

static volatile sig_atomic_t hangup;

static void
on_hangup(int signal)
{
	(void)signal;
	hangup = 1;
}

/* Also ends at a signal. */
static void
wait_ms(int64_t ms)
{
	const struct timespec span = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&span, NULL);
}

/* What does not go, told once. */
struct trouble {
	char text[SQL_ERROR_TEXT]; /* "": none */
	int64_t since_ms;
	bool told;
};

static void
trouble_is(struct trouble *trouble, enum feed_state state, const char *text)
{
	const int64_t now = clock_monotonic_ms();

	if (strcmp(trouble->text, text) != 0) {
		*trouble = (struct trouble){.since_ms = now};
		snprintf(trouble->text, sizeof trouble->text, "%s", text);
	}
	if (trouble->told ||
	    (state == FEED_HELD && now - trouble->since_ms < HELD_MS))
		return;
	log_printf(&log_to_stderr, LOG_LEVEL_WARNING,
		   "%s; it is tried again, and the journal keeps what comes",
		   text);
	trouble->told = true;
}

static void
trouble_is_over(struct trouble *trouble)
{
	if (trouble->told)
		log_printf(&log_to_stderr, LOG_LEVEL_INFO,
			   "the store is fed again");
	*trouble = (struct trouble){.told = false};
}

/* A file that is refused changes nothing. */
static void
read_again(const struct call *call, struct source *source)
{
	struct source next;

	hangup = 0;
	if (!source_open(call, &next))
		return;
	source_close(source);
	*source = next;
	log_printf(&log_to_stderr, LOG_LEVEL_INFO,
		   "the configuration was read again");
}

static void
follow(const struct call *call, struct source *source)
{
	const struct sigaction action = {.sa_handler = on_hangup};
	struct trouble trouble = {.told = false};
	enum feed_state state;

	sigaction(SIGHUP, &action, NULL);
	for (;;) {
		if (hangup)
			read_again(call, source);
		state = feed_step(source->feed);
		if (state == FEED_MORE || state == FEED_END)
			trouble_is_over(&trouble);
		else
			trouble_is(&trouble, state, feed_error(source->feed));
		if (state == FEED_END || state == FEED_HELD)
			wait_ms(LOOK_MS);
		else if (state != FEED_MORE)
			wait_ms(AGAIN_MS);
	}
}

int
history_feed(int argc, char **argv)
{
	struct call call = {.follow = false};
	struct source source;
	int status = CLI_ACCEPT;

	if (!options_read(&options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	if (!source_open(&call, &source))
		return CLI_CONFIG;
	reader_become_owner(source.journal);
	if (call.follow)
		follow(&call, &source);
	else
		status = feed_once(&source);
	source_close(&source);
	return status;
}
