/*
 * A verdict as text for people: what was found, step by step, and why the
 * decision is what it is.
 */
#ifndef VERDICT_MILTER_CLI_EXPLAIN_H
#define VERDICT_MILTER_CLI_EXPLAIN_H

#include <stdio.h>

#include "base/arena.h"
#include "verdict/verdict.h"

void explain_verdict(FILE *stream, struct arena *arena,
		     const struct verdict *verdict, struct str field);
void explain_spf(FILE *stream, const struct spf_outcome *spf);

#endif
