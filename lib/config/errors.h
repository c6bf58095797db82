/*
 * Inside config/ only: what is wrong with a file, found in any order and told
 * in the order of the file.
 */
#ifndef VERDICT_CONFIG_ERRORS_H
#define VERDICT_CONFIG_ERRORS_H

#include "base/arena.h"
#include "base/limits.h"
#include "config/config.h"

struct config_place {
	size_t line, column; /* from 1; line 0: not in the file */
};

struct errors {
	struct arena *arena;
	const char *path; /* what errors call the file; NULL: nothing */
	/* The first ones by place, what has none at the end. */
	struct {
		struct config_place place;
		struct str text;
	} first[LIMIT_CONFIG_ERRORS];
	size_t found; /* these and all beyond */
};

/* "FILE:LINE:COLUMN: text" (without a place: "FILE: text"), LINE_TEXT. */
void errors_add(struct errors *errors, struct config_place place,
		const char *fmt, ...) PRINTF_LIKE(3, 4);
void errors_forget(struct errors *errors);
/* A line for each that is kept, and one that counts the rest. */
void errors_tell(const struct errors *errors, struct config_error *error_out);

#endif
