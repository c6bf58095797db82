/*
 * Inside verify/ only: the recipients.
 */
#ifndef VERDICT_VERIFY_FACTS_H
#define VERDICT_VERIFY_FACTS_H

#include "base/arena.h"
#include "verdict/verdict.h"

/* Keeps LIMIT_RECIPIENTS_KEPT, counts the rest; "" is none. */
void facts_add_recipient(struct arena *arena, struct verdict *verdict,
			 struct str path);

#endif
