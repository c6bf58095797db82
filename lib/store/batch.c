#include "store/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#define DAY_S 86400
#define HOUR_S 3600

struct batch *
batch_new(const struct siphash_key *key)
{
	struct batch *batch = mem_alloc(sizeof(*batch));

	batch->key = *key;
	batch_reset(batch, str_empty());
	return batch;
}

void
batch_free(struct batch *batch)
{
	if (!batch)
		return;
	arena_free(batch->arena);
	free(batch->message);
	free(batch->term);
	free(batch->tally.row);
	free(batch->sum.row);
	free(batch->seen);
	free(batch->text);
	free(batch->event);
	free(batch->gap);
	hashes_clear(&batch->tally.index);
	hashes_clear(&batch->sum.index);
	hashes_clear(&batch->seen_index);
	hashes_clear(&batch->text_index);
	free(batch);
}

void
batch_reset(struct batch *batch, struct str host)
{
	struct arena *arena = arena_new(NULL);

	batch->host = arena_copy(arena, host);
	arena_free(batch->arena);
	batch->arena = arena;
	batch->messages = batch->terms = batch->seens = 0;
	batch->tally.rows = batch->sum.rows = 0;
	batch->texts = batch->events = batch->gaps = batch->octets = 0;
	hashes_reset(&batch->tally.index);
	hashes_reset(&batch->sum.index);
	hashes_reset(&batch->seen_index);
	hashes_reset(&batch->text_index);
}

bool
batch_full(const struct batch *batch)
{
	return batch->messages >= BATCH_MESSAGES ||
	       batch->octets >= BATCH_OCTETS || batch->terms >= BATCH_TERMS ||
	       batch->events + batch->gaps + batch->texts >= BATCH_MESSAGES;
}

bool
batch_empty(const struct batch *batch)
{
	return batch->messages + batch->texts + batch->events + batch->gaps ==
	       0;
}

int64_t
day_of(int64_t time)
{
	return time / DAY_S - (time % DAY_S < 0);
}

static int64_t
hour_of(int64_t time)
{
	return time / HOUR_S - (time % HOUR_S < 0);
}

static struct str
keep(struct batch *batch, struct str text)
{
	if (text.n == 0)
		return str_empty();
	batch->octets += text.n;
	return arena_copy(batch->arena, text);
}

/* Room for one more in an array of *n: doubled at powers of two. */
static void *
one_more(void *array, size_t *n, size_t size)
{
	if ((*n & (*n - 1)) == 0)
		array = mem_resize(array, (*n ? *n * 2 : 1) * size);
	(*n)++;
	return array;
}

uint64_t
term_hash(const struct siphash_key *key, const struct store_term *term)
{
	char text[1 + LIMIT_LINE];
	size_t i, n = term->text.n < LIMIT_LINE ? term->text.n : LIMIT_LINE;

	text[0] = (char)term->kind;
	for (i = 0; i < n; i++)
		text[1 + i] = ascii_lower(term->text.p[i]);
	return siphash(key, str_n(text, 1 + n));
}

static void
add_terms(struct batch *batch, const struct store_message *message)
{
	size_t i;

	for (i = 0; i < message->terms; i++) {
		batch->term =
		    one_more(batch->term, &batch->terms, sizeof(*batch->term));
		batch->term[batch->terms - 1] =
		    term_hash(&batch->key, &message->term[i]);
	}
}

static uint64_t
key_marks(const struct str column[TALLY_COLUMNS])
{
	uint64_t marks = 0;

	if (column[TALLY_WOULD].n ||
	    (column[TALLY_ACTION].n &&
	     !str_is(column[TALLY_ACTION], action_text(ACTION_ACCEPT))))
		marks |= TALLY_TOUCHED;
	if (str_is(column[TALLY_CLASS], client_class_text(CLIENT_INTERNAL)) ||
	    str_is(column[TALLY_CLASS],
		   client_class_text(CLIENT_AUTHENTICATED)))
		marks |= TALLY_OWN;
	return marks;
}

/* Of all columns, each with its length, so that none can be taken for two. */
static uint64_t
tally_key(struct batch *batch, const struct str column[TALLY_COLUMNS])
{
	struct buf text;
	uint64_t key;
	size_t i;

	buf_init(&text, NULL);
	for (i = 0; i < TALLY_COLUMNS; i++) {
		const uint32_t n = (uint32_t)column[i].n;

		buf_add(&text, str_n((const char *)&n, sizeof(n)));
		buf_add(&text, column[i]);
	}
	key = siphash(&batch->key, buf_str(&text));
	buf_clear(&text);
	key = (key & ~(TALLY_TOUCHED | TALLY_OWN)) | key_marks(column);
	return key ? key : 1; /* 0 is the rest's */
}

static void
add_tally(struct batch *batch, struct batch_tallies *tallies, int64_t hour,
	  const struct str column[TALLY_COLUMNS])
{
	const uint64_t key = tally_key(batch, column);
	const uint64_t both = key ^ (uint64_t)hour * 0x9e3779b97f4a7c15;
	struct batch_tally *tally;
	size_t at, i;

	at = hashes_add(&tallies->index, both, (uint32_t)tallies->rows);
	if (at < tallies->rows) {
		tallies->row[at].messages++;
		return;
	}
	tallies->row = one_more(tallies->row, &tallies->rows, sizeof(*tally));
	tally = &tallies->row[at];
	*tally = (struct batch_tally){hour, key, 1, {{NULL, 0}}};
	for (i = 0; i < TALLY_COLUMNS; i++)
		tally->column[i] = keep(batch, column[i]);
}

static void
add_tallies(struct batch *batch, const struct store_message *message)
{
	const int64_t hour = hour_of(message->time);
	struct str column[TALLY_COLUMNS];
	size_t i;

	add_tally(batch, &batch->tally, hour, message->tally);
	for (i = 0; i < TALLY_COLUMNS; i++)
		column[i] = tally_is_summed((enum tally_column)i)
				? message->tally[i]
				: str_empty();
	add_tally(batch, &batch->sum, hour, column);
}

static void
add_seen(struct batch *batch, const struct store_seen *seen, int64_t time)
{
	char text[DNS_DIGEST_OCTETS + LIMIT_DOMAIN];
	const size_t n =
	    seen->name.n < LIMIT_DOMAIN ? seen->name.n : LIMIT_DOMAIN;
	struct batch_seen *kept;
	uint64_t hash;
	size_t at;

	memcpy(text, seen->digest, DNS_DIGEST_OCTETS);
	memcpy(text + DNS_DIGEST_OCTETS, seen->name.p, n);
	hash = siphash(&batch->key, str_n(text, DNS_DIGEST_OCTETS + n));
	at = hashes_add(&batch->seen_index, hash, (uint32_t)batch->seens);
	if (at == batch->seens) {
		batch->seen =
		    one_more(batch->seen, &batch->seens, sizeof(*kept));
		kept = &batch->seen[at];
		*kept = (struct batch_seen){hash, *seen, time, time};
		kept->seen.name = keep(batch, seen->name);
	}
	kept = &batch->seen[at];
	if (time < kept->first)
		kept->first = time;
	if (time > kept->last)
		kept->last = time;
}

void
batch_add_message(struct batch *batch, const struct store_message *message)
{
	struct batch_message *kept;
	size_t i;

	batch->message =
	    one_more(batch->message, &batch->messages, sizeof(*kept));
	kept = &batch->message[batch->messages - 1];
	*kept = (struct batch_message){
	    .time = message->time,
	    .day = day_of(message->time),
	    .queue_id = keep(batch, message->queue_id),
	    .from_domain = keep(batch, message->from_domain),
	    .client = keep(batch, message->client),
	    .action = keep(batch, message->action),
	    .would = keep(batch, message->would),
	    .rule = keep(batch, message->rule),
	    .shape = keep(batch, message->shape),
	    .record = keep(batch, message->record),
	    .term = batch->terms,
	    .terms = message->terms,
	};
	add_terms(batch, message);
	add_tallies(batch, message);
	for (i = 0; i < message->seens; i++)
		add_seen(batch, &message->seen[i], message->time);
}

void
batch_add_texts(struct batch *batch, const uint8_t *digest,
		const struct str *text, size_t texts, int64_t time)
{
	struct str key = str_n((const char *)digest, DNS_DIGEST_OCTETS);
	const uint64_t hash = siphash(&batch->key, key);
	size_t i;

	if (hashes_have(&batch->text_index, hash))
		return;
	hashes_add(&batch->text_index, hash, 0);
	key = keep(batch, key);
	for (i = 0; i < texts; i++) {
		batch->text =
		    one_more(batch->text, &batch->texts, sizeof(*batch->text));
		batch->text[batch->texts - 1] = (struct batch_text){
		    key, (int64_t)i, day_of(time), keep(batch, text[i])};
	}
}

void
batch_add_event(struct batch *batch, const struct batch_event *event)
{
	struct batch_event *kept;

	batch->event = one_more(batch->event, &batch->events, sizeof(*kept));
	kept = &batch->event[batch->events - 1];
	*kept = (struct batch_event){
	    event->time, keep(batch, event->what), keep(batch, event->version),
	    keep(batch, event->mode), keep(batch, event->configuration)};
}

void
batch_add_gap(struct batch *batch, const struct batch_gap *gap)
{
	batch->gap = one_more(batch->gap, &batch->gaps, sizeof(*batch->gap));
	batch->gap[batch->gaps - 1] = *gap;
}
