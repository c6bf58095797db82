#include "milter/server/history.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "dkim/crypto.h"
#include "milter/limits.h"
#include "record/record.h"

_Static_assert(LIMIT_RECORD_OCTETS <= LIMIT_JOURNAL_FRAME,
	       "every record fits into a frame");

/* A snapshot that is in force, or was when a message in progress began. */
struct known {
	const struct config *config; /* to find it by; may be gone */
	uint32_t number;
	struct buf context; /* as record_context_pack() made it */
};

/* Of a text of the DNS: the segment in which it stands already. */
struct written {
	uint8_t digest[DNS_DIGEST_OCTETS];
	uint64_t segment;
};

struct history {
	struct journal *journal;
	char host[HOST_NAME_MAX + 1];
	pthread_mutex_t lock;
	/* under the lock */
	struct known known[LIMIT_HISTORY_CONTEXTS]; /* the newest last */
	size_t count;
	uint32_t number;         /* of the newest; 0: none yet */
	struct written *written; /* LIMIT_HISTORY_TEXTS, by digest */
};

/* --- contexts --- */

static void
digest_of(const struct config *config,
	  uint8_t digest_out[RECORD_CONFIGURATION_OCTETS])
{
	struct crypto_sha256 *sha = crypto_sha256_new();
	struct buf text;

	buf_init(&text, NULL);
	config_print(config, true, &text);
	crypto_sha256_update(sha, text.p, text.n);
	crypto_sha256_final(sha, digest_out);
	buf_clear(&text);
}

/* Under the lock. */
static void
forget_oldest(struct history *history)
{
	buf_clear(&history->known[0].context);
	history->count--;
	memmove(&history->known[0], &history->known[1],
		history->count * sizeof history->known[0]);
}

/* The octets of the newest, in the arena. */
static struct str
know(struct history *history, struct arena *arena, const struct config *config)
{
	struct record_context context = {
	    .time = clock_wall_seconds(),
	    .host = str_of(history->host),
	    .version = str_of(VERDICT_VERSION),
	    .enforce = config->policy.mode == POLICY_ENFORCE,
	};

	digest_of(config, context.configuration);
	pthread_mutex_lock(&history->lock);
	context.number = ++history->number;
	struct str octets = record_context_pack(arena, &context);
	if (history->count == LIMIT_HISTORY_CONTEXTS)
		forget_oldest(history);
	struct known *known = &history->known[history->count++];
	*known = (struct known){.config = config, .number = context.number};
	buf_init(&known->context, NULL);
	buf_add(&known->context, octets);
	pthread_mutex_unlock(&history->lock);
	return octets;
}

static void
add_contexts(void *ctx, struct journal_first *first)
{
	struct history *history = ctx;

	pthread_mutex_lock(&history->lock);
	for (size_t i = 0; i < history->count; i++)
		journal_add_first(first, RECORD_CONTEXT,
				  buf_str(&history->known[i].context));
	pthread_mutex_unlock(&history->lock);
}

/* 0: it is so old that it was forgotten. */
static uint32_t
number_of(struct history *history, const struct config *config)
{
	uint32_t number = 0;

	pthread_mutex_lock(&history->lock);
	/* Where two had the same place, the later one is there now. */
	for (size_t i = history->count; i-- > 0 && number == 0;)
		if (history->known[i].config == config)
			number = history->known[i].number;
	pthread_mutex_unlock(&history->lock);
	return number;
}

void
history_adopt(struct history *history, const struct config *config)
{
	if (history == NULL)
		return;
	struct arena *arena = arena_new(NULL);
	const struct journal_frame frame = {RECORD_CONTEXT,
					    know(history, arena, config)};
	(void)!journal_append(history->journal, &frame, 1, JOURNAL_ANY_SEGMENT);
	arena_free(arena);
}

/* --- texts of the DNS --- */

static struct written *
place_of(struct history *history, const uint8_t digest[DNS_DIGEST_OCTETS])
{
	size_t place = (size_t)digest[0] << 8 | digest[1];

	return &history->written[place % LIMIT_HISTORY_TEXTS];
}

static bool
is_written(struct history *history, uint64_t segment,
	   const uint8_t digest[DNS_DIGEST_OCTETS])
{
	pthread_mutex_lock(&history->lock);
	const struct written *written = place_of(history, digest);
	bool found = written->segment == segment &&
		     memcmp(written->digest, digest, DNS_DIGEST_OCTETS) == 0;
	pthread_mutex_unlock(&history->lock);
	return found;
}

/* Once it stands there, so that no message comes before its texts. */
static void
note_written(struct history *history, uint64_t segment,
	     const uint8_t digest[DNS_DIGEST_OCTETS])
{
	pthread_mutex_lock(&history->lock);
	struct written *written = place_of(history, digest);
	memcpy(written->digest, digest, DNS_DIGEST_OCTETS);
	written->segment = segment;
	pthread_mutex_unlock(&history->lock);
}

static bool
has_text(const struct dns_question *question)
{
	return question->type == DNS_TXT && question->status == DNS_OK &&
	       question->answer != NULL;
}

/* --- messages --- */

/* Frames that stand in one segment, appended as many at once as may be. */
struct batch {
	struct history *history;
	uint64_t segment;
	struct journal_frame frame[JOURNAL_APPEND_MAX];
	const uint8_t *digest[JOURNAL_APPEND_MAX]; /* of texts */
	size_t n;
};

static enum journal_appended
append_batch(struct batch *batch)
{
	enum journal_appended done = journal_append(
	    batch->history->journal, batch->frame, batch->n, batch->segment);

	for (size_t i = 0; done == JOURNAL_APPENDED && i < batch->n; i++)
		if (batch->digest[i] != NULL)
			note_written(batch->history, batch->segment,
				     batch->digest[i]);
	batch->n = 0;
	return done;
}

static enum journal_appended
add_frame(struct batch *batch, uint8_t kind, struct str octets,
	  const uint8_t *digest)
{
	enum journal_appended done = JOURNAL_APPENDED;

	if (batch->n == JOURNAL_APPEND_MAX)
		done = append_batch(batch);
	batch->digest[batch->n] = digest;
	batch->frame[batch->n++] = (struct journal_frame){kind, octets};
	return done;
}

/* The message after the texts that it names and that the segment lacks.  What
   could not be written is counted, and the message is tried all the same. */
static enum journal_appended
append_message(struct history *history, uint64_t segment, struct arena *arena,
	       const struct verdict *verdict, struct str record)
{
	struct batch batch = {.history = history, .segment = segment};
	enum journal_appended done = JOURNAL_APPENDED;

	for (size_t i = 0; done != JOURNAL_MOVED && i < verdict->questions;
	     i++) {
		const struct dns_question *question = &verdict->question[i];
		if (has_text(question) &&
		    !is_written(history, segment, question->digest))
			done = add_frame(&batch, RECORD_DNS_TEXT,
					 record_dns_text_pack(arena, question),
					 question->digest);
	}
	if (done != JOURNAL_MOVED)
		done = add_frame(&batch, JOURNAL_COUNTED | RECORD_MESSAGE,
				 record, NULL);
	return done != JOURNAL_MOVED ? append_batch(&batch) : done;
}

void
history_message(struct history *history, const struct config *config,
		struct arena *arena, const struct verdict *verdict)
{
	if (history == NULL)
		return;
	const struct rules *rules =
	    verdict->addresses_hidden ? NULL : config->policy.rules;
	const struct record_about about = {
	    .context = number_of(history, config),
	    .field = rules != NULL ? rules->field : NULL,
	    .fields = rules != NULL ? rules->fields : 0,
	};
	struct str record = record_pack(arena, verdict, &about);
	enum journal_appended done = JOURNAL_MOVED;

	/* Another segment begins every few seconds at most. */
	while (done == JOURNAL_MOVED)
		done =
		    append_message(history, journal_segment(history->journal),
				   arena, verdict, record);
}

/* --- begin and end --- */

static void
release(struct history *history)
{
	while (history->count > 0)
		forget_oldest(history);
	pthread_mutex_destroy(&history->lock);
	free(history->written);
	free(history);
}

bool
history_open(const struct config *config, const struct log *log,
	     struct history **history_out)
{
	if (!config->history.journal)
		return true;
	struct history *history = mem_alloc(sizeof *history);
	struct arena *arena = arena_new(NULL);
	char *folder =
	    mem_copy(config->history.folder.p, config->history.folder.n);

	if (gethostname(history->host, sizeof history->host - 1) != 0)
		history->host[0] = '\0';
	pthread_mutex_init(&history->lock, NULL);
	history->written =
	    mem_array(LIMIT_HISTORY_TEXTS, sizeof *history->written);
	know(history, arena, config);
	arena_free(arena);
	history->journal =
	    journal_open(&(struct journal_options){.folder = folder,
						   .host = history->host,
						   .size = config->history.size,
						   .first = add_contexts,
						   .ctx = history,
						   .log = log});
	int error = errno;
	free(folder);
	bool begun = history->journal != NULL;
	if (begun)
		*history_out = history;
	else
		release(history);
	errno = error;
	return begun;
}

void
history_close(struct history *history)
{
	if (history == NULL)
		return;
	journal_close(history->journal);
	release(history);
}

bool
history_report(struct history *history, struct journal_report *report_out)
{
	*report_out = (struct journal_report){.written = 0};
	if (history == NULL)
		return false;
	journal_report(history->journal, report_out);
	return true;
}
