/*
 * Domains whose messages are explained in the log: as From domain or in MAIL
 * FROM.  A domain is traced for an hour, LIMIT_TRACES at once.  Any thread; no
 * lock is taken while none is traced.
 */
#ifndef VERDICT_MILTER_OBSERVE_TRACE_H
#define VERDICT_MILTER_OBSERVE_TRACE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/limits.h"
#include "base/log.h"
#include "milter/limits.h"
#include "verdict/verdict.h"

struct traced {
	char domain[LIMIT_DOMAIN + 1]; /* canonical; "" free */
	int64_t end_ms;                /* monotonic */
};

struct trace {
	atomic_uint count; /* that may be in the table; 0: skip it */
	pthread_mutex_t lock;
	struct traced traced[LIMIT_TRACES];
};

void trace_init(struct trace *trace);
void trace_clear(struct trace *trace);

/* Canonical domains.  False: LIMIT_TRACES are traced; or it was not traced. */
bool trace_on(struct trace *trace, struct str domain, int64_t now_ms);
bool trace_off(struct trace *trace, struct str domain, int64_t now_ms);
/* "DOMAIN, for N s more" lines. */
void trace_list(struct trace *trace, int64_t now_ms, struct buf *out);
bool trace_wants(struct trace *trace, const struct verdict *verdict,
		 int64_t now_ms);
/* The explanation, line by line, whatever the level of the log is. */
void trace_write(const struct log *log, struct arena *arena,
		 const struct verdict *verdict, struct str field);

#endif
