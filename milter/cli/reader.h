/*
 * What a command that asks the history begins with: the configuration, what
 * waits in the journal brought into the store, and the store open for reading.
 */
#ifndef VERDICT_MILTER_CLI_READER_H
#define VERDICT_MILTER_CLI_READER_H

#include "base/compat.h"
#include "config/config.h"
#include "milter/cli/cli.h"
#include "milter/cli/options.h"
#include "store/feed.h"
#include "store/look.h"

/* Their options, NULL where they are not given. */
struct reader_call {
	const char *config, *store;
	bool no_feed;
};

/* Rows of an option table whose `call` has a struct reader_call as `member`. */
#define READER_ROWS(type, member)                                            \
	{"config", .argument = "FILE",                                       \
	 .help = "the configuration, unless it is the default",              \
	 .at = offsetof(type, member.config)},                               \
	    {"store", .argument = "URL",                                     \
	     .help = "the store, unless it is the configuration's",          \
	     .at = offsetof(type, member.store)},                            \
	{                                                                    \
		"no-feed",                                                   \
		    .help = "read what is in the store already, and leave\n" \
			    "the journal alone",                             \
		    .at = offsetof(type, member.no_feed)                     \
	}

/* Those of commands that ask for a time, as they were given. */
struct reader_period {
	const char *since, *until;
};

/* otherwise: what counts without --since, in the help */
#define READER_PERIOD_ROWS(type, member, otherwise)                    \
	{"since", .argument = "WHEN",                                  \
	 .help = "from then on: 90m, 24h, 7d or 2w ago, 2026-11-29,\n" \
		 "\"2026-11-29 21:58\"; without it " otherwise,        \
	 .at = offsetof(type, member.since)},                          \
	{                                                              \
		"until", .argument = "WHEN", .help = "up to then",     \
			 .at = offsetof(type, member.until)            \
	}

/* What is not given stays.  False: what is wrong was said. */
bool reader_read_period(const struct options *options,
			const struct reader_period *period, int64_t now,
			int64_t *since, int64_t *until) MUST_CHECK;

struct reader {
	struct config *config;
	struct store *store;
	const char *command;
	char *url; /* of the store */
};

/*
 * CLI_ACCEPT; or an exit status after one line on standard error, and then
 * nothing is to be closed.  command: "verdict explain", for such lines.
 *
 * Where root calls, all of this is done as the owner of the journal's folder,
 * so that no file is left that the daemon's user cannot write, and a database
 * sees that user.  What cannot be fed is told in one line, and what the store
 * has is read all the same; another process that feeds is no trouble.
 */
int reader_open(const char *command, const struct reader_call *call,
		struct reader *reader_out) MUST_CHECK;
/* Tells in one line of what the store could not read, though it is there. */
void reader_close(struct reader *reader);
/* Tells, in a line each, what an answer from the messages of that time does not
   have: records that were lost before the store had them, and those of the
   store that could not be unpacked. */
void reader_tell_missing(const struct reader *reader, int64_t since,
			 int64_t until, uint64_t unreadable);
/* Adds "12 messages have no record, noticed last 29 Nov 21:58"; nothing where
   none is lost. */
void reader_add_lost(struct buf *out, const struct store_lost *lost,
		     int64_t now);
/* For the store's error, after one of its calls failed: one line.  Returns the
   exit status. */
int reader_failed(const struct reader *reader);

/* --- for commands that do one of these steps alone --- */

/* NULL, after one line for each error. */
struct config *reader_config(const char *command, const char *path) MUST_CHECK;
/* The URL on the heap: the call's, or the configuration's. */
char *reader_store_url(const struct reader_call *call,
		       const struct config *config) MUST_CHECK;
/* `journal` is its folder, on the heap; the log may be NULL. */
struct feed_options reader_feed_options(const struct config *config,
					char *journal, const char *url,
					const struct log *log);
char *reader_journal_folder(const struct config *config) MUST_CHECK;

/* Root becomes the owner of the journal's folder, until it is itself again. */
void reader_become_owner(const char *journal);
void reader_become_root(void);

#endif
