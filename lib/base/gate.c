#include "base/gate.h"

#include "base/limits.h"

void
gate_init(struct gate *gate)
{
	atomic_init(&gate->used, 0);
	atomic_init(&gate->warned_ms, 0);
}

bool
gate_enter(struct gate *gate, unsigned limit)
{
	unsigned before = atomic_fetch_add(&gate->used, 1);

	if (limit == GATE_UNLIMITED || before < limit)
		return true;
	gate_leave(gate);
	return false;
}

void
gate_leave(struct gate *gate)
{
	atomic_fetch_sub(&gate->used, 1);
}

unsigned
gate_used(const struct gate *gate)
{
	return atomic_load(&gate->used);
}

bool
gate_may_warn(struct gate *gate, int64_t now_ms)
{
	int64_t last = atomic_load(&gate->warned_ms);

	if (last != 0 && now_ms - last < LIMIT_WARNING_MS)
		return false;
	return atomic_compare_exchange_strong(&gate->warned_ms, &last, now_ms);
}
