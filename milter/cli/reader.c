#include "milter/cli/reader.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/wrap.h"
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

/* Of the folder, or where it is not yet there, of the one above. */
static bool
owner_of(const char *folder, struct stat *status_out)
{
	struct str path = str_of(folder);
	size_t slash = str_rchr(path, '/');

	if (stat(folder, status_out) == 0)
		return true;
	char *above = mem_copy(path.p, slash > 0 && slash < path.n ? slash : 1);
	bool found = stat(above, status_out) == 0;
	free(above);
	return found;
}

void
reader_become_owner(const char *journal)
{
	struct stat status;

	if (geteuid() != 0 || !owner_of(journal, &status) || status.st_uid == 0)
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
