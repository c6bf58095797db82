/* A verdict that passes everything, with one signature. */
#ifndef TESTS_SUPPORT_PASSING_H
#define TESTS_SUPPORT_PASSING_H

#include "verdict/verdict.h"

extern const struct dkim_outcome passing_signature;

struct verdict passing(void);

#endif
