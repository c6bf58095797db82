/*
 * The command `verdict`, which besides holds each verdict that it prints as
 * JSON against the law of records (tests/support/law.h): under the
 * configuration in force, and under all in the folder that
 * VERDICT_CONFIGURATIONS names.  Where the law is broken it says so on standard
 * error and ends with status 70.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "tests/support/law.h"

struct decision __real_policy_decide_counted(
    struct arena *arena, const struct verdict *verdict,
    const struct policy_options *options, struct deferrals *deferrals,
    int64_t now_ms);
struct decision __wrap_policy_decide_counted(
    struct arena *arena, const struct verdict *verdict,
    const struct policy_options *options, struct deferrals *deferrals,
    int64_t now_ms);
struct str __real_verdict_json(struct arena *arena,
			       const struct verdict *verdict, struct str field);
struct str __wrap_verdict_json(struct arena *arena,
			       const struct verdict *verdict, struct str field);

/* The options that decided last. */
static struct policy_options in_force;

struct decision
__wrap_policy_decide_counted(struct arena *arena, const struct verdict *verdict,
			     const struct policy_options *options,
			     struct deferrals *deferrals, int64_t now_ms)
{
	in_force = *options;
	return __real_policy_decide_counted(arena, verdict, options, deferrals,
					    now_ms);
}

static void
keep(const char *fault, const char *configuration)
{
	if (fault == NULL)
		return;
	fprintf(stderr, "the law of records, under %s: %s\n", configuration,
		fault);
	exit(70);
}

/* Under the one in a file, of another case. */
static void
check_file(const struct verdict *verdict, const struct verdict *unpacked,
	   const char *path)
{
	static struct config_error error;
	struct config *config;

	/* Some cases have one that is refused. */
	if (config_load(path, &config, &error) != 0)
		return;
	struct arena *arena = arena_new(NULL);
	keep(law_decision(arena, verdict, unpacked, &config->policy), path);
	arena_free(arena);
	config_unref(config);
}

static void
check_folder(const struct verdict *verdict, const struct verdict *unpacked,
	     const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[4096];

	if (dir == NULL)
		keep("the folder cannot be read", folder);
	while ((entry = readdir(dir)) != NULL) {
		size_t n = strlen(entry->d_name);
		if (n < 5 || strcmp(entry->d_name + n - 5, ".yaml") != 0)
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		check_file(verdict, unpacked, path);
	}
	closedir(dir);
}

static void
check_all(const struct verdict *verdict)
{
	const char *folder = getenv("VERDICT_CONFIGURATIONS");
	const struct record_about about = law_about(&in_force);
	struct arena *arena = arena_new(NULL);
	struct verdict unpacked;

	keep(law_round_trip(arena, verdict, &about, &unpacked), "any");
	keep(law_decisions(arena, verdict, &unpacked, &in_force),
	     "the one in force");
	if (folder != NULL)
		check_folder(verdict, &unpacked, folder);
	arena_free(arena);
}

struct str
__wrap_verdict_json(struct arena *arena, const struct verdict *verdict,
		    struct str field)
{
	static bool listening = true; /* the law has its own JSON */

	if (listening) {
		listening = false;
		check_all(verdict);
		listening = true;
	}
	return __real_verdict_json(arena, verdict, field);
}
