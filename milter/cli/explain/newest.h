/*
 * The newest of the messages that are found, whatever the order in which a
 * store hands them out: bounded by their number and by their octets.
 */
#ifndef VERDICT_MILTER_CLI_EXPLAIN_NEWEST_H
#define VERDICT_MILTER_CLI_EXPLAIN_NEWEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/store.h"

/* Of records; those of a hundred thousand usual messages fit. */
#define NEWEST_OCTETS ((size_t)64 * 1024 * 1024)
/* How far two messages of one host may stand apart from their order: the time
   of a message is that of its beginning, its record is written at its end. */
#define NEWEST_SLACK_S 3600

struct newest {
	size_t most; /* becomes less where the octets are used up */
	struct newest_kept {
		int64_t time;
		struct store_place place;
		struct str record; /* on the heap */
	} * kept;                  /* the newest first */
	size_t count, room, octets;
	uint64_t found; /* in all */
	/* Records of several hosts: they come a day at a time. */
	bool days;
};

void newest_init(struct newest *newest, size_t most);
void newest_clear(struct newest *newest);
/* Copies the record. */
void newest_add(struct newest *newest, int64_t time,
		const struct store_place *place, struct str record);
/* A message of that time comes: can none after it be among the newest? */
bool newest_is_done(const struct newest *newest, int64_t time);

#endif
