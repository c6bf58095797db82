/* What a store knows beside its messages. */
#include <stdio.h>
#include <string.h>

#include "store/look.h"
#include "tests/support/store/store_world.h"
#include "tests/support/store/synthetic.h"

#define JOURNAL 0x8000000000000001u
#define BEGIN 1764547200 /* 2025-12-01 UTC */
#define DAY ((int64_t)86400)

static struct {
	struct store *store;
	struct batch *batch;
	struct journal_cursor cursor;
	struct arena *arena;
} world;

static int
setup(void **state)
{
	struct sql_error error;

	store_world_setup(state);
	world.arena = arena_new(NULL);
	world.store = store_open(store_world_url(), SQL_MAKE, &error);
	if (!world.store)
		fail_msg("%s", error.text);
	world.batch = batch_new(store_key(world.store));
	batch_reset(world.batch, str_lit("mx.receiver.example"));
	assert_true(store_cursor_read(world.store, JOURNAL, &world.cursor));
	return 0;
}

static int
teardown(void **state)
{
	batch_free(world.batch);
	store_close(world.store);
	arena_free(world.arena);
	return store_world_teardown(state);
}

static void
write_batch(void)
{
	struct journal_cursor to = world.cursor;

	to.sequence = 1;
	to.offset++;
	if (!store_write(world.store, world.batch, &world.cursor, &to))
		fail_msg("%s", store_error(world.store)->text);
	world.cursor = to;
	batch_reset(world.batch, str_lit("mx.receiver.example"));
}

static const char *action = "accept";

static const char *
column_text(size_t column)
{
	static char text[16];

	if (column == TALLY_ACTION)
		return action;
	if (column == TALLY_WOULD)
		return "";
	snprintf(text, sizeof(text), "c%zu", column);
	return text;
}

static void
add(const char *from, const char *client, int64_t time, const char *record)
{
	struct store_message message = {.time = time,
					.from_domain = str_of(from),
					.client = str_of(client),
					.action = str_of(action),
					.record = str_of(record)};
	struct arena *arena = arena_new(NULL);

	for (size_t i = 0; i < TALLY_COLUMNS; i++)
		message.tally[i] = arena_copy(arena, str_of(column_text(i)));
	message.tally[TALLY_FROM_DOMAIN] = message.from_domain;
	message.tally[TALLY_CLIENT] = message.client;
	batch_add_message(world.batch, &message);
	arena_free(arena);
}

static struct store_kinds
kinds_of(const char *from, int64_t until, int64_t enough)
{
	struct store_kinds kinds = {.enough = enough};

	if (!store_kinds_of(world.store, world.arena, str_of(from), until,
			    &kinds))
		fail_msg("%s", store_error(world.store)->text);
	return kinds;
}

static int64_t
messages(const struct store_kinds *kinds)
{
	int64_t n = 0;

	for (size_t i = 0; i < kinds->kinds; i++)
		n += kinds->kind[i].messages;
	return n;
}

/* Of that domain alone, up to that day, each kind with all its columns. */
static void
counts_a_domain(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		add("a.example", "192.0.2.1", BEGIN + i * DAY, "r");
	add("a.example", "192.0.2.2", BEGIN + 9 * DAY, "r");
	add("b.example", "192.0.2.1", BEGIN + 9 * DAY, "r");
	write_batch();
	struct store_kinds kinds = kinds_of("a.example", BEGIN + 20 * DAY, 99);
	assert_int_equal(kinds.kinds, 2);
	assert_int_equal(messages(&kinds), 11);
	assert_int_equal(kinds.since, BEGIN);
	assert_false(kinds.sampled);
	const struct store_kind *one = &kinds.kind[0];
	if (one->messages == 1)
		one++;
	assert_int_equal(one->messages, 10);
	for (size_t i = 0; i < TALLY_COLUMNS; i++)
		assert_str(one->column[i], i == TALLY_FROM_DOMAIN ? "a.example"
					   : i == TALLY_CLIENT
					       ? "192.0.2.1"
					       : column_text(i));
	kinds = kinds_of("a.example", BEGIN + 4 * DAY, 99);
	assert_int_equal(messages(&kinds), 5);
	kinds = kinds_of("nobody.example", BEGIN + 9 * DAY, 99);
	assert_int_equal(kinds.kinds, 0);
}

/* Older days are looked at only while there are too few. */
static void
ends_when_it_has_enough(void **state)
{
	(void)state;
	add("a.example", "192.0.2.1", BEGIN, "r");
	add("a.example", "192.0.2.1", BEGIN + 10 * DAY, "r");
	write_batch();
	struct store_kinds kinds = kinds_of("a.example", BEGIN + 10 * DAY, 1);
	assert_int_equal(messages(&kinds), 1);
	assert_int_equal(kinds.since, BEGIN + 10 * DAY);
	kinds = kinds_of("a.example", BEGIN + 10 * DAY, 2);
	assert_int_equal(messages(&kinds), 2);
	assert_int_equal(kinds.since, BEGIN);
}

/* Of a crowd of forgeries a few genuine ones are not lost. */
static void
good_mail_comes_first(void **state)
{
	char client[32];

	(void)state;
	action = "reject";
	for (int i = 0; i < 600; i++) {
		snprintf(client, sizeof(client), "198.51.%d.%d", i / 250,
			 i % 250);
		add("a.example", client, BEGIN, "r");
	}
	action = "accept";
	add("a.example", "192.0.2.1", BEGIN, "r");
	write_batch();
	struct store_kinds kinds = kinds_of("a.example", BEGIN, 9999);
	size_t good = 0;
	for (size_t i = 0; i < kinds.kinds; i++)
		good += str_is(kinds.kind[i].column[TALLY_CLIENT], "192.0.2.1");
	assert_true(kinds.sampled);
	assert_int_equal(good, 1);
}

/* A domain with ever new clients: what is asked for stays bounded. */
static void
samples_a_crowd(void **state)
{
	char client[32];

	(void)state;
	for (int i = 0; i < 600; i++) {
		snprintf(client, sizeof(client), "198.51.%d.%d", i / 250,
			 i % 250);
		add("a.example", client, BEGIN, "r");
	}
	write_batch();
	struct store_kinds kinds = kinds_of("a.example", BEGIN, 9999);
	assert_true(kinds.sampled);
	assert_int_equal(kinds.kinds, STORE_KINDS);
	assert_int_equal(messages(&kinds), STORE_KINDS);
}

static void
gives_texts_by_digest(void **state)
{
	const struct str texts[] = {STR("v=spf1 -all"), STR("\0\xff'")};
	const uint8_t digest[DNS_DIGEST_OCTETS] = {1, 2, 3},
		      other[DNS_DIGEST_OCTETS] = {4};
	const struct str *found;
	size_t n;

	(void)state;
	batch_add_texts(world.batch, digest, texts, 2, BEGIN);
	write_batch();
	assert_true(store_texts(world.store, world.arena, digest, &found, &n));
	assert_int_equal(n, 2);
	assert_true(str_eq(found[0], texts[0]) && str_eq(found[1], texts[1]));
	assert_true(store_texts(world.store, world.arena, other, &found, &n));
	assert_int_equal(n, 0);
}

static bool
note_host(void *ctx, const struct store_host *host)
{
	struct store_host *seen = ctx;

	assert_true(host->name.n > 0);
	*seen = *host;
	seen->name = str_empty();
	return true;
}

static void
tells_of_each_host(void **state)
{
	const struct batch_gap gap = {
	    .time = BEGIN + 7, .messages = 12, .octets = 34};
	struct store_host host = {.messages = -1};

	(void)state;
	assert_true(store_hosts(world.store, note_host, &host));
	assert_int_equal(host.messages, -1);
	batch_add_gap(world.batch, &gap);
	write_batch();
	assert_true(store_hosts(world.store, note_host, &host));
	assert_int_equal(host.messages, 0);
	assert_int_equal(host.lost.messages, 12);
	add("a.example", "192.0.2.1", BEGIN, "r");
	add("a.example", "192.0.2.1", BEGIN + 99, "r");
	write_batch();
	assert_true(store_hosts(world.store, note_host, &host));
	assert_int_equal(host.messages, 2);
	assert_int_equal(host.first, BEGIN);
	assert_int_equal(host.last, BEGIN + 99);
	assert_true(host.octets > 0);
	assert_int_equal(host.lost.octets, 34);
	assert_int_equal(host.lost.last, BEGIN + 7);
}

static void
tells_its_extent(void **state)
{
	const struct batch_gap gap = {
	    .time = BEGIN + 7, .messages = 12, .octets = 34};
	struct store_extent extent;
	struct store_lost lost;

	(void)state;
	assert_true(store_extent(world.store, &extent));
	assert_int_equal(extent.messages, 0);
	assert_int_equal(extent.hosts, 0);
	add("a.example", "192.0.2.1", BEGIN, "r");
	add("a.example", "192.0.2.1", BEGIN + 99, "r");
	batch_add_gap(world.batch, &gap);
	write_batch();
	assert_true(store_extent(world.store, &extent));
	assert_int_equal(extent.messages, 2);
	assert_int_equal(extent.first, BEGIN);
	assert_int_equal(extent.last, BEGIN + 99);
	assert_int_equal(extent.lost.messages, 12);
	assert_int_equal(extent.lost.octets, 34);
	assert_int_equal(extent.lost.last, BEGIN + 7);
	assert_int_equal(extent.hosts, 1);
	assert_true(store_lost(world.store, BEGIN + 7, BEGIN + 7, &lost));
	assert_int_equal(lost.messages, 12);
	assert_true(store_lost(world.store, BEGIN, BEGIN + 6, &lost));
	assert_int_equal(lost.messages, 0);
	assert_int_equal(lost.last, 0);
}

/* --- the newest first --- */

struct order {
	int64_t before_day, before_block;
	uint64_t count;
};

static bool
see(void *ctx, const struct store_place *place, struct str record)
{
	struct order *order = ctx;
	const int64_t block = place->place / 128;

	(void)record;
	assert_true(
	    place->day < order->before_day ||
	    (place->day == order->before_day && block <= order->before_block));
	order->before_day = place->day;
	order->before_block = block;
	return ++order->count < 700;
}

static void
newest_come_first(void **state)
{
	struct order order = {INT64_MAX, 0, 0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		add("a.example", "192.0.2.1", BEGIN + i * 200, "record");
	write_batch();
	assert_true(store_newest(world.store, 0, INT64_MAX, see, &order));
	assert_int_equal(order.count, 700);
	order = (struct order){INT64_MAX, 0, 0};
	assert_true(store_newest(world.store, 0, BEGIN + 100, see, &order));
	assert_int_equal(order.count, 432);
}

static const struct CMUnitTest look_tests[] = {
    cmocka_unit_test_setup_teardown(counts_a_domain, setup, teardown),
    cmocka_unit_test_setup_teardown(ends_when_it_has_enough, setup, teardown),
    cmocka_unit_test_setup_teardown(good_mail_comes_first, setup, teardown),
    cmocka_unit_test_setup_teardown(samples_a_crowd, setup, teardown),
    cmocka_unit_test_setup_teardown(gives_texts_by_digest, setup, teardown),
    cmocka_unit_test_setup_teardown(tells_of_each_host, setup, teardown),
    cmocka_unit_test_setup_teardown(tells_its_extent, setup, teardown),
    cmocka_unit_test_setup_teardown(newest_come_first, setup, teardown),
};

int
main(void)
{
	return store_world_main(look_tests);
}
