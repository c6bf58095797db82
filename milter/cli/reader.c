#include "milter/cli/reader.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/when.h"
#include "milter/cli/progress.h"
#include "store/frames.h"

#define DAY_MS ((int64_t)86400 * 1000)

static void
complain(const char *command, const char *before, const char *text)
{
	fprintf(stderr, "%s: %s%s\n", command, before, text);
}

/* --- the configuration --- */

static void
print_error(void *ctx, struct str line)
{
	const char *command = ctx;

	fprintf(stderr, "%s: %.*s\n", command, STR_ARG(line));
}

struct config *
reader_config(const char *command, const char *path)
{
	struct config_error error;
	struct config *config;

	if (path == NULL && access(CONFIG_FILE, F_OK) == 0)
		path = CONFIG_FILE;
	if (config_load(path, &config, &error) == ERR_OK)
		return config;
	config_each_error(&error, print_error, (void *)(uintptr_t)command);
	return NULL;
}

char *
reader_store_url(const struct reader_call *call, const struct config *config)
{
	struct str url =
	    call->store != NULL ? str_of(call->store) : config->history.store;

	return mem_copy(url.p, url.n);
}

char *
reader_journal_folder(const struct config *config)
{
	return mem_copy(config->history.folder.p, config->history.folder.n);
}

/* --- whose files they are --- */

static bool
is_others(const struct stat *status)
{
	return status->st_uid != 0;
}

/* Whoever may change what stands at that name: of a link its own owner, and
   of root's, as an admin makes it, that of what it leads to. */
static bool
found_others(const char *path, struct stat *status_out)
{
	return (lstat(path, status_out) == 0 && is_others(status_out)) ||
	       (stat(path, status_out) == 0 && is_others(status_out));
}

/* Somebody else than root to whom the folder belongs, or the one above it: who
   may write there can put root's folder, or a link to it, in its place. */
static bool
owner_of(const char *folder, struct stat *status_out)
{
	struct str path = str_of(folder);
	size_t slash = str_rchr(path, '/');
	char *above = mem_copy(path.p, slash > 0 && slash < path.n ? slash : 1);
	bool found =
	    found_others(folder, status_out) || found_others(above, status_out);

	free(above);
	return found;
}

void
reader_become_owner(const char *journal)
{
	struct stat status;

	if (geteuid() != 0 || !owner_of(journal, &status))
		return;
	if (setgroups(1, &status.st_gid) != 0 || setegid(status.st_gid) != 0 ||
	    seteuid(status.st_uid) != 0)
		reader_become_root();
}

void
reader_become_root(void)
{
	const gid_t root = 0;

	if (getuid() == 0 && seteuid(0) == 0 &&
	    (setegid(0) != 0 || setgroups(1, &root) != 0))
		perror("verdict: the group of root");
}

/* --- the feed --- */

struct feed_options
reader_feed_options(const struct config *config, char *journal, const char *url,
		    const struct log *log)
{
	return (struct feed_options){
	    .journal = journal,
	    .store = url,
	    .retention = {.days = config->history.keep_messages_ms / DAY_MS,
			  .octets = (int64_t)config->history.keep_size,
			  .tally_days =
			      config->history.keep_counts_ms / DAY_MS},
	    .take = frames_take,
	    .log = log,
	};
}

/* All that is there for now. */
static void
feed_all(const char *command, const struct config *config, char *journal,
	 const char *url)
{
	const struct feed_options options =
	    reader_feed_options(config, journal, url, NULL);
	struct feed *feed = feed_new(&options);
	struct feed_report report;
	struct progress progress;
	enum feed_state state;

	progress_begin(&progress, "records read from the journal");
	while ((state = feed_step(feed)) == FEED_MORE) {
		feed_report(feed, &report);
		progress_step(&progress, report.messages, 0);
	}
	progress_end(&progress);
	if (state == FEED_LATER || state == FEED_REFUSED)
		complain(command,
			 "what came last may be missing: ", feed_error(feed));
	feed_free(feed);
}

/* --- the time that is asked for --- */

static bool
read_when(const struct options *options, const char *name, const char *text,
	  int64_t now, int64_t *time)
{
	const char *defect = text != NULL ? when_read(text, now, time) : NULL;

	return defect == NULL ||
	       options_complain(options, "--%s takes WHEN, not '%s': it %s",
				name, text, defect);
}

bool
reader_read_period(const struct options *options,
		   const struct reader_period *period, int64_t now,
		   int64_t *since, int64_t *until)
{
	if (!read_when(options, "since", period->since, now, since) ||
	    !read_when(options, "until", period->until, now, until))
		return false;
	return period->until == NULL || *until > *since ||
	       options_complain(options, "--until is not after --since");
}

/* --- what is missing --- */

void
reader_add_lost(struct buf *out, const struct store_lost *lost, int64_t now)
{
	if (lost->messages > 0) {
		number_add(out, lost->messages);
		buf_adds(out, " messages have no record");
	}
	if (lost->octets > 0) {
		buf_adds(out, lost->messages > 0 ? ", and " : "");
		number_add(out, lost->octets);
		buf_adds(out, " octets of the journal could not be read");
	}
	if (lost->last > 0 && (lost->messages > 0 || lost->octets > 0)) {
		buf_adds(out, ", noticed last ");
		when_add(out, lost->last, now);
	}
}

void
reader_tell_missing(const struct reader *reader, int64_t since, int64_t until,
		    uint64_t unreadable)
{
	struct store_lost lost;
	struct buf text;

	buf_init(&text, NULL);
	if (unreadable > 0) {
		number_add(&text, (int64_t)unreadable);
		buf_adds(&text, " records could not be read");
		complain(reader->command, "", text.p);
		buf_reset(&text);
	}
	if (!store_lost(reader->store, since, until, &lost))
		(void)reader_failed(reader);
	else
		reader_add_lost(&text, &lost, clock_wall_seconds());
	if (text.n > 0)
		complain(reader->command, "", text.p);
	buf_clear(&text);
}

/* --- begin and end --- */

static int
status_of(enum sql_trouble trouble)
{
	return trouble == SQL_WRONG ? CLI_FAILURE : CLI_UNAVAILABLE;
}

static int
open_store(const char *command, const struct reader_call *call,
	   struct reader *reader)
{
	char *journal = reader_journal_folder(reader->config);
	struct sql_error error;

	reader_become_owner(journal);
	if (!call->no_feed && access(journal, F_OK) == 0)
		feed_all(command, reader->config, journal, reader->url);
	reader->store = store_open(reader->url, SQL_READ, &error);
	reader_become_root();
	free(journal);
	if (reader->store != NULL)
		return CLI_ACCEPT;
	complain(command, "", error.text);
	return status_of(error.trouble);
}

int
reader_open(const char *command, const struct reader_call *call,
	    struct reader *reader_out)
{
	struct reader reader = {.command = command};

	reader.config = reader_config(command, call->config);
	if (reader.config == NULL)
		return CLI_CONFIG;
	reader.url = reader_store_url(call, reader.config);
	int status = open_store(command, call, &reader);
	if (status == CLI_ACCEPT) {
		*reader_out = reader;
		return CLI_ACCEPT;
	}
	reader_close(&reader);
	return status;
}

void
reader_close(struct reader *reader)
{
	const char *unread =
	    reader->store != NULL ? store_unread_text(reader->store) : NULL;

	if (unread != NULL)
		complain(reader->command, "", unread);
	store_close(reader->store);
	config_unref(reader->config);
	free(reader->url);
}

int
reader_failed(const struct reader *reader)
{
	const struct sql_error *error = store_error(reader->store);

	complain(reader->command, "", error->text);
	return status_of(error->trouble);
}
