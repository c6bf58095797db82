/*
 * Inside verify/ only: what a verdict holds before anything is evaluated.
 */
#ifndef VERDICT_VERIFY_FACTS_H
#define VERDICT_VERIFY_FACTS_H

#include "base/arena.h"
#include "verdict/verdict.h"

/* Keeps LIMIT_RECIPIENTS_KEPT, counts the rest; "" is none. */
void facts_add_recipient(struct arena *arena, struct verdict *verdict,
			 struct str path);

/* Once the envelope is known: every result says none, SPF's for whom. */
void facts_before_results(struct verdict *verdict);

#endif
