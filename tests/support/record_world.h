/* A verdict of which nothing is at its default, for the tests of records. */
#ifndef TESTS_SUPPORT_RECORD_WORLD_H
#define TESTS_SUPPORT_RECORD_WORLD_H

#include "record/record.h"

/* A message of a list, over a relay; its header is in the arena. */
struct verdict record_world_verdict(struct arena *arena);

#endif
