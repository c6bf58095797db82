#include "tests/support/store/mail_world.h"

#include <stdio.h>
#include <string.h>

#define JOURNAL 0x8000000000000001u

struct mail_world mail_world;

static void
open_store(void)
{
	struct sql_error error;

	mail_world.store = store_open(store_world_url(), SQL_MAKE, &error);
	if (!mail_world.store)
		fail_msg("%s", error.text);
	mail_world.batch = batch_new(store_key(mail_world.store));
	batch_reset(mail_world.batch, str_lit("mx.receiver.example"));
	assert_true(
	    store_cursor_read(mail_world.store, JOURNAL, &mail_world.cursor));
}

static void
close_store(void)
{
	batch_free(mail_world.batch);
	store_close(mail_world.store);
}

int
mail_setup(void **state)
{
	store_world_setup(state);
	open_store();
	return 0;
}

int
mail_teardown(void **state)
{
	close_store();
	return store_world_teardown(state);
}

void
mail_reopen(void)
{
	close_store();
	open_store();
}

void
mail_add(const struct synthetic *of, uint64_t from, uint64_t n)
{
	struct store_message message;
	struct verdict verdict;
	struct arena *arena;
	uint64_t i;

	for (i = from; i < from + n; i++) {
		arena = arena_new(NULL);
		synthetic_verdict(of, arena, i, &verdict);
		store_message_of(
		    arena, &verdict,
		    arena_printf(arena, "record %llu", (unsigned long long)i),
		    &message);
		batch_add_message(mail_world.batch, &message);
		arena_free(arena);
	}
}

bool
mail_try_write(void)
{
	struct journal_cursor to = mail_world.cursor;
	bool done;

	to.sequence = 1;
	to.offset += 1;
	done = store_write(mail_world.store, mail_world.batch,
			   &mail_world.cursor, &to);
	if (done)
		mail_world.cursor = to;
	batch_reset(mail_world.batch, str_lit("mx.receiver.example"));
	return done;
}

void
mail_write(void)
{
	if (!mail_try_write())
		fail_msg("%s", store_error(mail_world.store)->text);
}

bool
mail_see(void *ctx, const struct store_place *place, struct str record)
{
	uint64_t n;

	(void)ctx, (void)place;
	assert_true(str_uint(str_from(record, 7), UINT64_MAX, &n));
	mail_world.seen.sum += n;
	mail_world.seen.count++;
	return (int64_t)n != mail_world.seen.wanted;
}

void
mail_check(uint64_t n)
{
	int64_t count = -1;

	memset(&mail_world.seen, 0, sizeof(mail_world.seen));
	mail_world.seen.wanted = -1;
	assert_true(store_scan(mail_world.store, 0, INT64_MAX, mail_see, NULL));
	assert_int_equal(mail_world.seen.count, n);
	assert_true(store_count(mail_world.store, 0, INT64_MAX, &count));
	assert_int_equal(count, n);
	assert_int_equal(mail_world.seen.sum, n * (n - 1) / 2);
	assert_int_equal(store_world_get("SELECT count(*) FROM message"), n);
	assert_int_equal(
	    store_world_get("SELECT CAST(sum(messages) AS bigint) FROM tally"),
	    n);
	assert_int_equal(
	    store_world_get("SELECT CAST(sum(messages) AS bigint) FROM block"),
	    n);
}

uint64_t
mail_find(enum term_kind kind, const char *text, int64_t n)
{
	const struct store_term term = {kind, str_of(text)};

	memset(&mail_world.seen, 0, sizeof(mail_world.seen));
	mail_world.seen.wanted = n;
	if (!store_find(mail_world.store, &term, 0, INT64_MAX, mail_see, NULL))
		fail_msg("%s", store_error(mail_world.store)->text);
	return mail_world.seen.count;
}
