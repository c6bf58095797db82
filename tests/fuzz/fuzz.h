/*
 * What every fuzz target shares.  A target defines fuzz_one(); libFuzzer runs
 * it through entry.c, `make check` replays seeds and found inputs through
 * replay.c.  With FUZZ_CANARY defined, fuzz_canary() crashes on its word: a
 * planted bug that proves that the fuzzer reaches the parser's results.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* `input` is a heap block of exactly its size, freed by the caller. */
void fuzz_one(struct str input);

/* Aborts where the condition is false: a promise of the code was broken. */
void fuzz_require(int condition);

/* In a canary build: aborts where the two are equal. */
void fuzz_canary(struct str got, const char *planted);

#endif
