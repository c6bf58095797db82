/*
 * One value after the other, as lines for people or as members of a JSON
 * object: what an answer holds is written once.
 */
#ifndef VERDICT_MILTER_CONTROL_TABLE_H
#define VERDICT_MILTER_CONTROL_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct table {
	struct buf *out;
	bool json;
	bool begun; /* JSON: the next member follows a comma */
};

void table_open(struct table *table);
void table_close(struct table *table);
/* name: words joined by "_".  The text is the admin's or ours: a JSON string,
   or LINE_TEXT in the form for people. */
void table_text(struct table *table, const char *name, struct str value);
void table_number(struct table *table, const char *name, int64_t value);
/* "never" for 0, else RFC 3339 in UTC; returns text. */
#define TABLE_TIME_TEXT 32
const char *table_time_text(int64_t seconds, char text[TABLE_TIME_TEXT]);
/* Seconds since 1970, as RFC 3339 in UTC; 0 stands for never. */
void table_time(struct table *table, const char *name, int64_t seconds);

#endif
