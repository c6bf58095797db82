#include "config/portable.h"

#include <stdio.h>

#include "base/err.h"
#include "config/rules_section.h"
#include "config/schema.h"
#include "config/snapshot.h"
#include "config/value.h"

static const struct str in_file = STR("file:");

/* The first value of these entries that is a list in a file, or NULL. */
static const struct reader_value *
list_in_file(const struct reader_entry *entry, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < entry[i].count; j++)
			if (str_starts(entry[i].value[j].text, in_file))
				return &entry[i].value[j];
	}
	return NULL;
}

/* --- to give away --- */

static void
add_keyword(const struct config *config, const struct config_key *key,
	    struct str *section, struct buf *out)
{
	const struct str of = schema_section(key);

	if (of.n > 0 && !str_eq(of, *section))
		buf_printf(out, "%.*s:\n", STR_ARG(of));
	*section = of;
	buf_printf(out, "%s%.*s: ", of.n > 0 ? "  " : "",
		   STR_ARG(schema_keyword(key)));
	value_print(config, key, false, out);
	buf_addc(out, '\n');
}

bool
config_print_portable(const struct config *config, struct buf *out,
		      struct buf *why)
{
	const struct snapshot *s = snapshot_of(config);
	const struct rules *rules = config->policy.rules;
	struct str section = str_empty();

	for (size_t i = 0; rules != NULL && i < rules->count; i++) {
		const struct reader_value *list = list_in_file(
		    s->rules_source[i].entry, s->rules_source[i].count);
		if (list == NULL)
			continue;
		buf_printf(why,
			   "rule %.*s takes a list from %.*s; name what it "
			   "needs of it in a copy of the configuration",
			   STR_ARG(rules->rule[i].name), STR_ARG(list->text));
		return false;
	}
	rules_section_print(s, false, out);
	for (size_t i = 0; i < config_schema_count; i++)
		if (config_schema[i].use != CONFIG_USE_HOST)
			add_keyword(config, &config_schema[i], &section, out);
	return true;
}

/* --- of somebody else --- */

int
config_load_portable(const char *name, struct str text,
		     struct config **config_out, struct config_error *error_out)
{
	struct arena *arena = arena_new(NULL);
	struct errors errors = {.arena = arena, .path = name};
	const struct reader_value *list;
	struct reader_result result;
	int err = ERR_CONFIG;

	reader_parse(arena, text, &result, &errors);
	list = list_in_file(result.entry, result.count);
	if (list != NULL)
		snprintf(error_out->text, sizeof error_out->text,
			 "%s:%zu:%zu: a list in a file is not taken from here",
			 name, list->place.line, list->place.column);
	arena_free(arena);
	if (list == NULL)
		err = config_load_text(name, text, config_out, error_out);
	return err;
}
