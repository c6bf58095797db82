#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "journal/parts.h"
#include "journal/past.h"

/* A trouble that comes and goes within so many syncs is one. */
#define CALM_SYNCS 5

/* --- trouble --- */

void
journal_say(struct journal *journal, const struct trouble *trouble)
{
	char text[JOURNAL_TROUBLE_TEXT];

	trouble_text(trouble, journal->folder_path, text);
	log_printf(journal->options.log, LOG_LEVEL_ERROR, "journal: %s", text);
}

void
journal_complain(struct journal *journal, enum trouble_of of, int error)
{
	pthread_mutex_lock(&journal->lock);
	bool fresh =
	    trouble_begin(&journal->trouble, of, error, journal_lost(journal));
	struct trouble trouble = journal->trouble;
	pthread_mutex_unlock(&journal->lock);
	if (fresh)
		journal_say(journal, &trouble);
}

uint64_t
journal_end_trouble(const struct journal *journal, struct trouble *trouble)
{
	trouble->since = 0;
	return journal_lost(journal) - trouble->lost;
}

void
journal_say_over(struct journal *journal, const char *what, uint64_t lost)
{
	log_printf(journal->options.log, LOG_LEVEL_INFO,
		   "journal: %s is %s again; records lost meanwhile: %llu",
		   journal->folder_path, what, (unsigned long long)lost);
}

static void
settle(struct journal *journal)
{
	int64_t calm = CALM_SYNCS * journal->options.sync_ms;
	uint64_t lost = 0;

	pthread_mutex_lock(&journal->lock);
	bool over = journal->trouble.since != 0 && journal->now.fd >= 0 &&
		    journal->paused_ms == 0 &&
		    clock_monotonic_ms() - journal->trouble.latest_ms > calm;
	if (over)
		lost = journal_end_trouble(journal, &journal->trouble);
	pthread_mutex_unlock(&journal->lock);
	if (over)
		journal_say_over(journal, "written", lost);
}

/* --- the folder --- */

static void
come_down(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	struct segment before = journal->now;
	journal->now = (struct segment){.fd = -1};
	journal->earlier = (struct folder_content){.last = 0};
	if (before.fd >= 0)
		journal->number_down = journal->number;
	pthread_mutex_unlock(&journal->lock);
	segment_end(&before);
	if (journal->lock_file >= 0)
		close(journal->lock_file);
	if (journal->folder >= 0)
		close(journal->folder);
	journal->lock_file = journal->folder = -1;
}

/* Goes on where the segments that stand there end. */
static bool
take_up(struct journal *journal)
{
	struct past past;
	struct folder_content earlier;
	enum past_state state =
	    past_look(journal->folder_path, journal->folder, &past);

	if (state == PAST_FAILED ||
	    !folder_look(journal->folder, UINT64_MAX, &earlier)) {
		journal_complain(journal, TROUBLE_FOLDER, errno);
		return false;
	}
	if (state == PAST_NEWER) {
		journal_complain(journal, TROUBLE_NEWER, 0);
		return false;
	}
	if (past.sequence > journal->sequence)
		journal->sequence = past.sequence;
	pthread_mutex_lock(&journal->lock);
	/* What was lost meanwhile has its numbers, too. */
	if (past.journal != 0 && past.journal != journal->id)
		journal->number =
		    past.number + journal->number - journal->number_down;
	else if (past.number > journal->number)
		journal->number = past.number;
	journal->earlier = earlier;
	pthread_mutex_unlock(&journal->lock);
	if (past.journal != 0)
		journal->id = past.journal;
	while (journal->id == 0)
		journal_random(&journal->id, sizeof journal->id);
	return true;
}

static bool
come_up(struct journal *journal)
{
	bool up = false;

	journal->folder = folder_make(journal->folder_path);
	if (journal->folder < 0) {
		journal_complain(journal, TROUBLE_FOLDER, errno);
		return false;
	}
	journal->lock_file = folder_lock(journal->folder);
	if (journal->lock_file < 0)
		journal_complain(journal, TROUBLE_LOCK, errno);
	else
		up = take_up(journal);
	if (!up)
		come_down(journal);
	return up;
}

/* Is what is written to still what readers find? */
static bool
is_up(struct journal *journal)
{
	struct stat status;

	return journal->folder >= 0 &&
	       folder_is(journal->folder_path, journal->folder) &&
	       (journal->now.fd < 0 || (fstat(journal->now.fd, &status) == 0 &&
					status.st_nlink > 0)) &&
	       fstat(journal->lock_file, &status) == 0 && status.st_nlink > 0;
}

/* --- the thread --- */

static void
look_after(struct journal *journal)
{
	if (!is_up(journal)) {
		come_down(journal);
		if (!come_up(journal))
			return;
	}
	if (segment_is_due(journal))
		segment_begin(journal);
	segment_sync(journal);
	journal_keep_bound(journal);
	settle(journal);
}

static void *
run(void *ctx)
{
	struct journal *journal = ctx;

	pthread_mutex_lock(&journal->lock);
	while (!journal->stopping) {
		int64_t next_ms =
		    clock_monotonic_ms() + journal->options.sync_ms;
		while (!journal->stopping && !journal->wanted &&
		       clock_wait(&journal->wake, &journal->lock, next_ms))
			;
		journal->wanted = false;
		pthread_mutex_unlock(&journal->lock);
		look_after(journal);
		pthread_mutex_lock(&journal->lock);
	}
	pthread_mutex_unlock(&journal->lock);
	return NULL;
}

static void
release(struct journal *journal)
{
	come_down(journal);
	pthread_mutex_destroy(&journal->lock);
	pthread_cond_destroy(&journal->wake);
	free(journal->folder_path);
	free(journal->host);
	free(journal);
}

struct journal *
journal_open(const struct journal_options *options)
{
	struct journal *journal = mem_alloc(sizeof *journal);

	*journal = (struct journal){
	    .options = *options,
	    .folder_path = mem_copy(options->folder, strlen(options->folder)),
	    .host = mem_copy(options->host, strlen(options->host)),
	    .folder = -1,
	    .lock_file = -1,
	    .now = {.fd = -1}};
	if (journal->options.segment_octets == 0)
		journal->options.segment_octets = JOURNAL_SEGMENT_OCTETS;
	if (journal->options.segment_ms == 0)
		journal->options.segment_ms = JOURNAL_SEGMENT_MS;
	if (journal->options.sync_ms == 0)
		journal->options.sync_ms = JOURNAL_SYNC_MS;
	pthread_mutex_init(&journal->lock, NULL);
	clock_condition_init(&journal->wake);
	look_after(journal);
	int error = pthread_create(&journal->thread, NULL, run, journal);
	if (error == 0)
		return journal;
	release(journal);
	errno = error;
	return NULL;
}

void
journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	pthread_mutex_lock(&journal->lock);
	journal->stopping = true;
	pthread_cond_signal(&journal->wake);
	pthread_mutex_unlock(&journal->lock);
	pthread_join(journal->thread, NULL);
	release(journal);
}
