/*
 * A finished log line (base/log.h) as a JSON object, RFC 8259.
 *
 * Its first member is "level"; then each field under its own name, with quotes
 * and escapes undone.  What holds several values is an array, and counts are
 * numbers: see the table in log_json.c.  A value that is empty ("-") is "", and
 * no element of an array.  Text that is no field, to the end of the line, is
 * "message".  Strings are valid UTF-8: octets that are not stand there as \xHH.
 */
#ifndef VERDICT_BASE_LOG_JSON_H
#define VERDICT_BASE_LOG_JSON_H

#include "base/log.h"

/* Adds the object, on one line, without a line end.  Reentrant. */
void log_json(struct buf *out, enum log_level level, struct str line);

#endif
