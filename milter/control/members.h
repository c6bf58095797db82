/*
 * A JSON value, written from its begin to its end: objects and lists within
 * each other, what stands between their members, and the forms of single
 * values.
 */
#ifndef VERDICT_MILTER_CONTROL_MEMBERS_H
#define VERDICT_MILTER_CONTROL_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct members {
	struct buf *out;
	bool begun; /* the next member follows a comma */
};

/* name: NULL within a list, and for the whole value. */
void members_object(struct members *members, const char *name);
void members_object_end(struct members *members);
void members_list(struct members *members, const char *name);
void members_list_end(struct members *members);

void members_text(struct members *members, const char *name, struct str value);
void members_number(struct members *members, const char *name, int64_t value);
/* Seconds since 1970, as RFC 3339 in UTC; 0, which stands for never, is null.
 */
void members_time(struct members *members, const char *name, int64_t seconds);

#endif
