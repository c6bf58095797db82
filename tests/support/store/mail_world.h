/*
 * A store of made-up mail (synthetic.h), written batch by batch.  The record of
 * a message is its number, so that a reader sees whose it is.
 */
#ifndef TESTS_SUPPORT_STORE_MAIL_WORLD_H
#define TESTS_SUPPORT_STORE_MAIL_WORLD_H

#include "store/store.h"
#include "tests/support/store/store_world.h"
#include "tests/support/store/synthetic.h"

extern struct mail_world {
	struct store *store;
	struct batch *batch; /* what the next mail_write() writes */
	struct journal_cursor cursor;
	/* Which records came last, and how often. */
	struct {
		uint64_t sum, count;
		int64_t wanted; /* the reader ends with this one; or -1 */
	} seen;
} mail_world;

/* For one test: an empty store, and an empty batch. */
int mail_setup(void **state);
int mail_teardown(void **state);
/* As another process would: the store is opened anew. */
void mail_reopen(void);
#define MAIL_TEST(f) \
	cmocka_unit_test_setup_teardown(f, mail_setup, mail_teardown)

/* Those from that one on, to the batch. */
void mail_add(const struct synthetic *of, uint64_t from, uint64_t n);
void mail_write(void);
bool mail_try_write(void);

/* Fails unless the store has the first n, each once. */
void mail_check(uint64_t n);
/* Reads into mail_world.seen; store_each. */
bool mail_see(void *ctx, const struct store_place *place, struct str record);
/* How many records come along with those that have the term, up to the n-th
   message's; -1: all of them. */
uint64_t mail_find(enum term_kind kind, const char *text, int64_t n);

#endif
