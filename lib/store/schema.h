/*
 * The tables of a store, and their versions.  verdict-history(7) tells of each
 * column, and a test holds it to that.
 *
 * A message is named by (day, host, part, place).  A part is what one host
 * wrote of one UTC day, at most PART_MESSAGES of them: what one looks for is
 * looked for in each part, what goes by age or size goes part by part, and the
 * index of terms (term) grows within a part, so that feeding is as fast in a
 * store of a year as in an empty one.
 */
#ifndef VERDICT_STORE_SCHEMA_H
#define VERDICT_STORE_SCHEMA_H

#include "base/siphash.h"
#include "store/sql.h"

#define SCHEMA_VERSION 1

/*
 * Makes the tables where there are none (`make`), brings older ones up to date
 * (`make`, in one transaction) and reads the key of terms.  False: sql_error();
 * SQL_NEWER where this program is older than the store.
 */
bool schema_ready(struct sql *sql, bool make,
		  struct siphash_key *key_out) MUST_CHECK;

/* For tests: the tables as they were in that version, of an empty database. */
bool schema_make(struct sql *sql, int64_t version) MUST_CHECK;

extern const struct sql_table table_message, table_term;
/* With block, all that are split by days. */
extern const struct sql_table *const tables_daily[];
#define TABLES_DAILY 2
extern const struct sql_table table_tally_key, table_tally, table_tally_day,
    table_tally_sum;
extern const struct sql_table table_dns_text, table_dns_seen;

#endif
