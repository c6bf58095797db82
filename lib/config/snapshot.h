/*
 * Inside config/ only: a snapshot with what stands behind the public struct.
 */
#ifndef VERDICT_CONFIG_SNAPSHOT_H
#define VERDICT_CONFIG_SNAPSHOT_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/suffix.h"
#include "config/errors.h"

struct snapshot {
	struct config config; /* first: a config is found in its snapshot */
	atomic_uint references;
	struct arena *arena;        /* every slice and list of the config */
	const char *path;           /* NULL: no file */
	struct config_place *place; /* of each keyword of the schema */
	bool *faulty; /* of each: an error was told, so its value tells
			 nothing */
	struct errors errors;
	struct suffix_list *suffixes; /* while the file is read */
	struct rule *rules;           /* of the config, while they are read */
	struct config_place rules_place;
	const struct rules_source *rules_source; /* of each rule */
	struct str unusable_servers; /* lines on resolv.conf; "" none */
};

static inline const struct snapshot *
snapshot_of(const struct config *config)
{
	return (const struct snapshot *)config;
}

/* Every keyword at its default, and nothing that the host tells.  To be given
   back with config_unref(). */
struct config *config_defaults(void) MUST_CHECK;

/* config_load() of a file's text; `path` is what errors call it. */
int config_load_text(const char *path, struct str text,
		     struct config **config_out,
		     struct config_error *error_out) MUST_CHECK;

/* No error was told of the keyword, so its value tells something. */
bool config_is_sound(const struct snapshot *snapshot, const char *keyword);
/* Values that contradict each other. */
void config_check(struct snapshot *snapshot);
/* A line for each keyword that another one makes void. */
void config_warn_of_voids(const struct snapshot *snapshot, struct buf *out);

#endif
