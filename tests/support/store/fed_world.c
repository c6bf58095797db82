#include "tests/support/store/fed_world.h"

#include <stdio.h>
#include <string.h>

#define KIND (JOURNAL_COUNTED | 1)

struct fed_world fed_world;

int
fed_setup(void **state)
{
	store_world_setup(state);
	snprintf(fed_world.journal, sizeof(fed_world.journal), "%s/journal",
		 store_world_folder());
	fed_world.url[0] = '\0';
	fed_world.written = 0;
	return 0;
}

/* n frames, each with its number: the journal takes them, whatever the store's
   trouble. */
void
fed_append(uint64_t n)
{
	const struct journal_options options = {.folder = fed_world.journal,
						.host = "mx.receiver.example",
						.size = 1 << 30};
	struct journal *journal = journal_open(&options);
	char text[32];
	uint64_t i;

	assert_non_null(journal);
	for (i = 0; i < n; i++) {
		struct journal_frame frame = {KIND, {text, 0}};

		frame.octets.n =
		    (size_t)snprintf(text, sizeof(text), "record %llu",
				     (unsigned long long)fed_world.written++);
		assert_int_equal(
		    journal_append(journal, &frame, 1, JOURNAL_ANY_SEGMENT),
		    JOURNAL_APPENDED);
	}
	journal_close(journal);
}

static bool
take(void *ctx, struct arena *arena, const struct journal_item *item,
     struct batch *batch)
{
	struct store_message message = {.time = 1764547200,
					.action = str_lit("accept")};
	struct store_term term = {TERM_QUEUE_ID, item->frame.octets};

	(void)ctx, (void)arena;
	message.queue_id = message.record = item->frame.octets;
	message.term = &term;
	message.terms = 1;
	batch_add_message(batch, &message);
	return true;
}

const char *
fed_url(void)
{
	return fed_world.url[0] ? fed_world.url : store_world_url();
}

struct feed *
fed_feed(size_t batch_messages)
{
	const struct feed_options options = {
	    .journal = fed_world.journal,
	    .store = fed_url(),
	    .retention = {100000, STORE_KEEP_OCTETS, 100000},
	    .take = take,
	    .batch_messages = batch_messages,
	};

	return feed_new(&options);
}

/* To the end, or to its trouble. */
enum feed_state
fed_try(struct feed *feed)
{
	enum feed_state state;

	do
		state = feed_step(feed);
	while (state == FEED_MORE);
	return state;
}

void
fed_all(struct feed *feed)
{
	if (fed_try(feed) != FEED_END)
		fail_msg("%s", feed_error(feed));
}

/* One line, which says what, where and what to do. */
bool
fed_tells(const char *error, const char *wanted)
{
	const char *where =
	    IS_SQLITE ? "history.db: " : "postgresql://127.0.0.1/postgres: ";
	const bool told = strstr(error, wanted) && strstr(error, where) &&
			  !strchr(error, '\n');

	if (!told)
		fprintf(stderr, "# \"%s\", not \"%s\"\n", error, wanted);
	return told;
}

void
fed_fails(struct feed *feed, enum feed_state state, const char *text)
{
	enum feed_state now = fed_try(feed);

	assert_true(fed_tells(feed_error(feed), text));
	assert_int_equal(now, state);
}

static bool
see(void *ctx, const struct store_place *place, struct str record)
{
	uint64_t n;

	(void)ctx, (void)place;
	if (!str_uint(str_from(record, 7), UINT64_MAX, &n))
		return false;
	fed_world.seen.sum += n;
	fed_world.seen.count++;
	return true;
}

/* What can be read. */
bool
fed_read(void)
{
	struct sql_error error;
	struct store *store = store_open(fed_url(), SQL_READ, &error);
	struct store_unread left_out;
	const char *unread;
	bool done;

	memset(&fed_world.seen, 0, sizeof(fed_world.seen));
	if (!store) {
		fprintf(stderr, "# %s\n", error.text);
		return false;
	}
	done = store_scan(store, 0, INT64_MAX, see, NULL);
	if (!done)
		fprintf(stderr, "# %s\n", store_error(store)->text);
	unread = store_unread_text(store);
	store_unread(store, &left_out);
	fed_world.seen.left_out = left_out.messages;
	snprintf(fed_world.seen.unread, sizeof(fed_world.seen.unread), "%s",
		 unread ? unread : "");
	store_close(store);
	return done;
}

void
fed_read_all(void)
{
	assert_true(fed_read());
}

/* Each record once. */
void
fed_check_all(void)
{
	fed_read_all();
	assert_string_equal(fed_world.seen.unread, "");
	assert_int_equal(fed_world.seen.count, fed_world.written);
	assert_int_equal(fed_world.seen.sum,
			 fed_world.written * (fed_world.written - 1) / 2);
}

void
fed_once(void)
{
	struct feed *feed = fed_feed(0);

	fed_all(feed);
	feed_free(feed);
}
