/* verdict.yaml(5) against the table of keywords: default, type and range. */
#include "tests/support/test.h"

#include <stdio.h>

#include "config/config.h"
#include "config/schema.h"
#include "config/value.h"

static struct buf
file_of(const char *path)
{
	FILE *f = fopen(path, "r");
	struct buf text;

	if (f == NULL)
		fail_msg("%s: cannot be read from this folder", path);
	buf_init(&text, NULL);
	while (!feof(f))
		text.n += fread(buf_room(&text, 65536), 1, 65536, f);
	fclose(f);
	return text;
}

/* The value in conf/verdict.yaml, "#word: VALUE" or "#  word: VALUE". */
static struct str
shipped_value(const struct buf *shipped, const struct config_key *key)
{
	struct str rest = buf_str(shipped), line;
	struct buf before;

	buf_init(&before, NULL);
	buf_printf(&before, "%s%.*s: ", schema_section(key).n > 0 ? "#  " : "#",
		   STR_ARG(schema_keyword(key)));
	while (str_split(&rest, '\n', &line)) {
		if (!str_starts(line, buf_str(&before)))
			continue;
		line = str_trim_wsp(str_from(line, before.n));
		buf_clear(&before);
		return line;
	}
	fail_msg("conf/verdict.yaml lacks %s", key->name);
	return str_empty();
}

/* The keyword's line as mdoc has it. */
static struct buf
item_of(const struct config_key *key, struct str value)
{
	struct buf item;

	buf_init(&item, NULL);
	buf_printf(&item, ".It Ic %.*s : Ar \"", STR_ARG(schema_keyword(key)));
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] == '"')
			buf_adds(&item, "\\(dq");
		else
			buf_addc(&item, value.p[i]);
	}
	buf_adds(&item, "\" Pq \"");
	value_describe(key, &item);
	buf_printf(&item, "%s\"",
		   key->restart ? "; read at the start only" : "");
	return item;
}

static size_t
lines_that_are(const struct buf *text, struct str want)
{
	struct str rest = buf_str(text), line;
	size_t found = 0;

	while (str_split(&rest, '\n', &line))
		found += str_eq(line, want);
	return found;
}

static void
manual_has_default_type_and_range(void **state)
{
	struct buf manual = file_of("man/verdict.yaml.5");
	struct buf shipped = file_of("conf/verdict.yaml");

	(void)state;
	for (size_t i = 0; i < config_schema_count; i++) {
		const struct config_key *key = &config_schema[i];
		struct buf item = item_of(key, shipped_value(&shipped, key));
		if (lines_that_are(&manual, buf_str(&item)) != 1)
			fail_msg("man/verdict.yaml.5 lacks: %.*s",
				 STR_ARG(buf_str(&item)));
		buf_clear(&item);
	}
	buf_clear(&shipped);
	buf_clear(&manual);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(manual_has_default_type_and_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
