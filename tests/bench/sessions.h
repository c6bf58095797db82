/*
 * The load program's sessions: each a thread that sends batches of a corpus
 * until the time is over or all passes are done, and what they saw.
 */
#ifndef TESTS_BENCH_SESSIONS_H
#define TESTS_BENCH_SESSIONS_H

#include <pthread.h>
#include <stdatomic.h>

#include "tests/bench/chain.h"

/* In nanoseconds. */
struct times {
	int64_t *ns;
	size_t n, room;
};

/* What was seen. */
struct tally {
	struct times open;       /* one a session: until it may begin */
	struct times eom, whole; /* one each a message */
	size_t octets, answered[256];
	size_t lost;    /* connections, within a message */
	size_t refused; /* connections, before it */
};

struct run {
	const struct filter_address *address;
	size_t address_n;
	FILE *dump; /* or NULL */
	struct corpus corpus;
	int64_t end_ns;     /* no batch begins later; 0: see left */
	atomic_size_t left; /* batches that may still begin */
	atomic_size_t next; /* the batch to be sent next */
};

/* Runs n sessions to their end; tally_clear() the result. */
struct tally run_sessions(struct run *run, size_t n);
/* Members of one JSON object, a comma before each; sorts the times. */
void tally_print(struct tally *tally);
void tally_clear(struct tally *tally);

#endif
