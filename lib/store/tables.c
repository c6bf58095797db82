/* What is written in bulk, column by column, as in schema.c. */
#include "store/schema.h"

#define COLUMNS(columns) (columns), sizeof(columns) / sizeof((columns)[0])

static const struct sql_column message[] = {
    {"day", SQL_INT4},          {"host", SQL_INT2},    {"part", SQL_INT2},
    {"place", SQL_INT4},        {"time", SQL_INT8},    {"queue_id", SQL_TEXTS},
    {"from_domain", SQL_TEXTS}, {"client", SQL_TEXTS}, {"action", SQL_TEXTS},
    {"would", SQL_TEXTS},       {"rule", SQL_TEXTS},   {"shape", SQL_TEXTS}};
const struct sql_table table_message = {"message", COLUMNS(message), true, ""};

static const struct sql_column term[] = {
    {"day", SQL_INT4},   {"host", SQL_INT2},   {"part", SQL_INT2},
    {"page", SQL_INT2},  {"list", SQL_INT4},   {"level", SQL_INT2},
    {"terms", SQL_INT4}, {"octets", SQL_BLOBS}};
const struct sql_table table_term = {"term", COLUMNS(term), false, ""};

static const struct sql_table table_block = {"block", NULL, 0, true, ""};
const struct sql_table *const tables_daily[TABLES_DAILY] = {&table_message,
							    &table_block};

static const struct sql_column tally_key[] = {{"key", SQL_INT8},
					      {"last_day", SQL_INT4},
					      {"policy_domain", SQL_TEXTS},
					      {"published", SQL_TEXTS},
					      {"from_domain", SQL_TEXTS},
					      {"mail_from", SQL_TEXTS},
					      {"client", SQL_TEXTS},
					      {"class", SQL_TEXTS},
					      {"spf", SQL_TEXTS},
					      {"spf_domain", SQL_TEXTS},
					      {"dkim", SQL_TEXTS},
					      {"dmarc", SQL_TEXTS},
					      {"aligned", SQL_TEXTS},
					      {"action", SQL_TEXTS},
					      {"would", SQL_TEXTS},
					      {"cause", SQL_TEXTS},
					      {"rule", SQL_TEXTS},
					      {"shape", SQL_TEXTS},
					      {"client_name", SQL_TEXTS},
					      {"list", SQL_TEXTS},
					      {"spf_open", SQL_TEXTS}};
const struct sql_table table_tally_key = {
    "tally_key", COLUMNS(tally_key), false,
    "ON CONFLICT (key) DO UPDATE SET last_day = excluded.last_day"};

static const struct sql_column tally[] = {{"hour", SQL_INT4},
					  {"host", SQL_INT2},
					  {"key", SQL_INT8},
					  {"messages", SQL_INT8}};
const struct sql_table table_tally = {
    "tally", COLUMNS(tally), false,
    "ON CONFLICT (hour, host, key) DO UPDATE "
    "SET messages = tally.messages + excluded.messages"};
const struct sql_table table_tally_sum = {
    "tally_sum", COLUMNS(tally), false,
    "ON CONFLICT (hour, host, key) DO UPDATE "
    "SET messages = tally_sum.messages + excluded.messages"};

static const struct sql_column tally_day[] = {{"day", SQL_INT4},
					      {"host", SQL_INT2},
					      {"key", SQL_INT8},
					      {"messages", SQL_INT8}};
const struct sql_table table_tally_day = {
    "tally_day", COLUMNS(tally_day), false,
    "ON CONFLICT (day, host, key) DO UPDATE "
    "SET messages = tally_day.messages + excluded.messages"};

static const struct sql_column dns_text[] = {{"digest", SQL_BLOBS},
					     {"place", SQL_INT2},
					     {"last_day", SQL_INT4},
					     {"octets", SQL_BLOBS}};
const struct sql_table table_dns_text = {
    "dns_text", COLUMNS(dns_text), false,
    "ON CONFLICT (digest, place) DO UPDATE SET last_day = excluded.last_day"};

static const struct sql_column dns_seen[] = {{"name", SQL_TEXTS},
					     {"digest", SQL_BLOBS},
					     {"first", SQL_INT8},
					     {"last", SQL_INT8}};
const struct sql_table table_dns_seen = {
    "dns_seen", COLUMNS(dns_seen), false,
    "ON CONFLICT (name, digest) DO UPDATE SET last = excluded.last "
    "WHERE dns_seen.last < excluded.last"};
