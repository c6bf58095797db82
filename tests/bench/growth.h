/*
 * Pieces of work whose cost must not grow with what strangers send, or with
 * the admin's lists: what tests/bench/growth.c measures.
 */
#ifndef TESTS_BENCH_GROWTH_H
#define TESTS_BENCH_GROWTH_H

#include <stddef.h>

#include "dkim/bodyhash.h"
#include "mail/header.h"
#include "tests/support/dns_packet.h"

struct job {
	struct arena *arena;
	const char *piece; /* of a text that repeats it */
	size_t n;          /* its size */
	struct str text;
	struct header header;
	struct bodyhash *hashes;
	struct buf packet;
};

/* `prepare` is not measured, nor is `end`, which may be NULL. */
struct work {
	const char *name;
	void (*prepare)(struct job *job);
	void (*run)(struct job *job);
	void (*end)(struct job *job);
	size_t small, large;
	unsigned most; /* hundredths of the small one's cost */
};

/* For four times the input; a quarter is for what is not smooth about it. */
#define GROWTH_LINEAR 500
/* For four times the input, of which only a first part may be dear. */
#define GROWTH_BOUNDED 250
/* Whatever the size: a tree may be some levels deeper. */
#define GROWTH_NONE 200
/* Of the same work, with many more orders for it. */
#define GROWTH_LITTLE 130

/* Called once for each piece that a text may repeat, and once for each other.
 */
typedef void growth_measure(const struct work *work, const char *piece);
void growth_of_texts(growth_measure *measure);
void growth_of_headers(growth_measure *measure);
/* Lists are written into the folder. */
void growth_of_worlds(growth_measure *measure, const char *folder);

#endif
