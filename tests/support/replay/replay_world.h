/*
 * A store with recorded messages, and `verdict replay` over it: for the tests
 * of that command, with each engine of stores.
 */
#ifndef TESTS_SUPPORT_REPLAY_REPLAY_WORLD_H
#define TESTS_SUPPORT_REPLAY_REPLAY_WORLD_H

#include "policy/policy.h"
#include "store/store.h"
#include "tests/support/store/store_world.h"

extern struct replay_world {
	struct arena *arena;
	struct store *store;
	struct batch *batch;
	struct policy_options then; /* by which messages are decided first */
	uint64_t added;
	char said[65536]; /* by the command, on standard output */
} replay_world;

#define REPLAY_JOURNAL 0x8000000000000001u

/* For one test. */
int replay_world_setup(void **state);
int replay_world_teardown(void **state);
/* As another process would: the store is opened anew. */
void replay_reopen(void);
#define REPLAY_TEST(f)                                         \
	cmocka_unit_test_setup_teardown(f, replay_world_setup, \
					replay_world_teardown)

/* --- what was recorded --- */

struct ip replay_ip(const char *text);
/* Mail from sender.example, which nothing proves, and which says p=reject;
   2025-12-01 UTC. */
struct verdict replay_spoof(void);
struct verdict replay_honest(void);
/* Decided as then, and gathered: Q0, Q1, ...; then written. */
void replay_add(struct verdict verdict);
void replay_write(void);

/* --- what is tried --- */

/* The exit status. */
int replay_run(int (*command)(int argc, char **argv), char **argv, int argc);
int replay_call(char **argv, int argc);
/* Of all that was added, under this configuration, by two more words. */
int replay_try_with(const char *configuration, const char *option,
		    const char *value);
/* --json */
int replay_try(const char *configuration);
/* Fails unless that text is in it. */
void replay_says(const char *text);

#define REPLAY_ENFORCE "mode: enforce\non-quarantine: tag\ntag-filed: yes\n"

#endif
