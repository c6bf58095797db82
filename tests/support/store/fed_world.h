/*
 * A journal and the store that is fed from it.  The record of a message is its
 * number, so that a reader sees whether each came, and once.
 */
#ifndef TESTS_SUPPORT_STORE_FED_WORLD_H
#define TESTS_SUPPORT_STORE_FED_WORLD_H

#include "store/feed.h"
#include "tests/support/store/store_world.h"

#define IS_SQLITE (store_world_engine() == ENGINE_SQLITE)

extern struct fed_world {
	char journal[128]; /* its folder, in the store's */
	char url[256];     /* "": the store_world's */
	uint64_t written;  /* records */
	/* What was read last. */
	struct {
		uint64_t sum, count, left_out;
		char unread[SQL_ERROR_TEXT]; /* store_unread_text(), or "" */
	} seen;
} fed_world;

/* For one test. */
int fed_setup(void **state);
#define FED_TEST(f) \
	cmocka_unit_test_setup_teardown(f, fed_setup, store_world_teardown)

/* n records to the journal: it takes them, whatever the store's trouble. */
void fed_append(uint64_t n);
struct feed *fed_feed(size_t batch_messages);
/* To the end, or to the feed's trouble. */
enum feed_state fed_try(struct feed *feed);
/* To the end. */
void fed_all(struct feed *feed);
void fed_once(void);

/* Is it one line, which has these words and says where?  Fails nothing, so that
   a child may ask. */
bool fed_tells(const char *error, const char *words);
void fed_fails(struct feed *feed, enum feed_state state, const char *words);

const char *fed_url(void);
/* What can be read; false: nothing. */
bool fed_read(void);
void fed_read_all(void);
/* Each record once, and all of them. */
void fed_check_all(void);

#endif
