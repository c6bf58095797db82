/*
 * A counted gate: how many of something run at once, against a limit.  Any
 * thread, no lock.
 */
#ifndef VERDICT_BASE_GATE_H
#define VERDICT_BASE_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compat.h"

#define GATE_UNLIMITED 0

struct gate {
	atomic_uint used;
	_Atomic int64_t warned_ms; /* monotonic; 0: never */
};

void gate_init(struct gate *gate);
/* False, with nothing counted, where `limit` are inside already. */
bool gate_enter(struct gate *gate, unsigned limit) MUST_CHECK;
void gate_leave(struct gate *gate);
unsigned gate_used(const struct gate *gate);
/* True at most once a minute: may a full gate be logged now? */
bool gate_may_warn(struct gate *gate, int64_t now_ms);

#endif
