/*
 * A request on the control socket: one line of words, by one table for who
 * writes it and for who reads it.  Pure.
 *
 *   status [json] | reload | rules [json] | metrics
 *   trace | trace on DOMAIN | trace off DOMAIN
 *   cache show NAME | cache flush
 */
#ifndef VERDICT_CONTROL_REQUEST_H
#define VERDICT_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum request_verb {
	REQUEST_BAD,
	REQUEST_STATUS,
	REQUEST_RULES,
	REQUEST_METRICS,
	REQUEST_TRACE,
	REQUEST_CACHE_SHOW,
	REQUEST_RELOAD,
	REQUEST_TRACE_ON,
	REQUEST_TRACE_OFF,
	REQUEST_CACHE_FLUSH
};

struct request {
	enum request_verb verb;
	struct str argument; /* DOMAIN or NAME, else "" */
	bool json;           /* the answer is a JSON value, not text */
};

/* line: without its end.  The argument points into it; REQUEST_BAD: no line of
   the table. */
struct request request_parse(struct str line);
/* The same of words that were split elsewhere, the last one maybe an argument,
   which is taken as it is. */
struct request request_of_words(size_t n, const char *const *word);
/*
 * Appends the line, its end included.  False, and nothing is appended: what
 * request_parse() would not read back, so REQUEST_BAD, or an argument that is
 * missing, too much, or has blanks or controls.
 */
bool request_write(const struct request *request, struct buf *out) MUST_CHECK;
/* Is it for root and the daemon's user alone? */
bool request_is_privileged(enum request_verb verb);

#endif
