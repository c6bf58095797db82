/*
 * Inside config/ only: YAML text into a flat list of keywords and values, each
 * with its place.  Knows the shape of the file (one mapping, nested at most
 * once, values scalars, lists of scalars or, at the top level, lists of
 * mappings), nothing of the keywords but what own_line.h makes of its errors.
 */
#ifndef VERDICT_CONFIG_READER_H
#define VERDICT_CONFIG_READER_H

#include "base/arena.h"
#include "config/errors.h"

struct reader_value {
	struct str text;
	struct config_place place;
	bool absent; /* nothing, "~" or "null" where a value was expected */
};

struct reader_entry {
	struct str section; /* "" at the top level */
	size_t item;        /* of a list of mappings, from 1; 0: none */
	struct str name;
	struct config_place place;
	/* READER_ITEM: one mapping of a list; its entries follow */
	enum { READER_SCALAR, READER_LIST, READER_MAPPING, READER_ITEM } shape;
	const struct reader_value *value; /* one for a scalar, none for a
					     mapping, whose entries follow */
	size_t count;
	bool faulty; /* an error was told: the values are not to be looked at */
};

struct reader_result {
	const struct reader_entry *entry;
	size_t count;
	bool whole; /* else what follows the last entry could not be read */
};

/*
 * What can be read; what is not YAML, or not of that shape, is told in
 * `errors`.  All in the arena.
 */
void reader_parse(struct arena *arena, struct str text,
		  struct reader_result *result_out, struct errors *errors);

#endif
