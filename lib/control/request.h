/*
 * A request on the control socket: one line of words.  Pure.
 *
 *   status [json] | reload | rules [json] | metrics
 *   trace | trace on DOMAIN | trace off DOMAIN
 *   cache show NAME | cache flush
 */
#ifndef VERDICT_CONTROL_REQUEST_H
#define VERDICT_CONTROL_REQUEST_H

#include <stdbool.h>

#include "base/str.h"

enum request_verb {
	REQUEST_BAD,
	REQUEST_STATUS,
	REQUEST_STATUS_JSON,
	REQUEST_RULES,
	REQUEST_RULES_JSON,
	REQUEST_METRICS,
	REQUEST_TRACE,
	REQUEST_CACHE_SHOW,
	/* only root and the daemon's user may: */
	REQUEST_RELOAD,
	REQUEST_TRACE_ON,
	REQUEST_TRACE_OFF,
	REQUEST_CACHE_FLUSH
};

struct request {
	enum request_verb verb;
	struct str argument; /* DOMAIN or NAME, else "" */
};

/* line: without its end. */
struct request request_parse(struct str line);
bool request_is_privileged(enum request_verb verb);

#endif
