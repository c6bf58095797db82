/*
 * What the daemon counts, for `verdict status` and `verdict metrics`
 * (control/status.c and answer_metrics.c read it).
 *
 * Counters only grow, are written without a lock by any thread, and are read
 * one by one.
 */
#ifndef VERDICT_MILTER_OBSERVE_METRICS_H
#define VERDICT_MILTER_OBSERVE_METRICS_H

#include <stdatomic.h>

#include "base/histogram.h"
#include "verdict/verdict.h"

#define METRICS_ACTIONS (ACTION_DISCARD + 1)
#define METRICS_CLASSES (CLIENT_AUTHENTICATED + 1)
#define METRICS_SHAPES (SHAPE_UNKNOWN + 1)
#define METRICS_SPF (SPF_PERMERROR + 1)
#define METRICS_DKIM (DKIM_PERMERROR + 1)
#define METRICS_ALGORITHMS 4
#define METRICS_ARC (ARC_FAIL + 1)
#define METRICS_DMARC (DMARC_PERMERROR + 1)
#define METRICS_LIMITS 32

struct counter {
	atomic_uint_fast64_t n;
};

struct metrics {
	struct counter sessions;  /* connections let in */
	struct counter refused;   /* not let in: over max-sessions */
	struct counter questions; /* of decided messages, cached or not */
	struct counter applied[METRICS_ACTIONS], decided[METRICS_ACTIONS];
	struct counter client_class[METRICS_CLASSES];
	struct counter shape[METRICS_SHAPES];
	struct counter spf[METRICS_SPF];
	struct counter dkim[METRICS_ALGORITHMS][METRICS_DKIM];
	struct counter arc[METRICS_ARC];
	struct counter dmarc[METRICS_DMARC];
	struct counter limit[METRICS_LIMITS];
	struct counter reloads, reload_failures;
	struct histogram evaluation;
};

/* Of the algorithms that are counted, the last one of all others:
   base/words.h. */
extern const char *const metrics_algorithm_words[];

void metrics_add(struct counter *counter);
uint64_t metrics_get(const struct counter *counter);
/* A message whose decision stands. */
void metrics_message(struct metrics *metrics, const struct verdict *verdict);

#endif
