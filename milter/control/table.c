#include "milter/control/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "base/line.h"

void
table_open(struct table *table)
{
	table->begun = false;
	if (table->json)
		buf_addc(table->out, '{');
}

void
table_close(struct table *table)
{
	if (table->json)
		buf_addc(table->out, '}');
}

/* "load_time": or "load time", in a column. */
static void
add_name(struct table *table, const char *name)
{
	char text[32];
	size_t n = 0;

	if (table->json) {
		buf_printf(table->out, "%s\"%s\":", table->begun ? "," : "",
			   name);
		table->begun = true;
		return;
	}
	for (; name[n] != '\0' && n + 1 < sizeof text; n++)
		text[n] = name[n] == '_' ? ' ' : name[n];
	text[n] = '\0';
	buf_printf(table->out, "%-24s", text);
}

void
table_text(struct table *table, const char *name, struct str value)
{
	add_name(table, name);
	if (table->json) {
		buf_add_json(table->out, value);
		return;
	}
	if (value.n == 0)
		buf_addc(table->out, '-');
	line_add(table->out, LINE_TEXT, value, LINE_WHOLE);
	buf_addc(table->out, '\n');
}

void
table_number(struct table *table, const char *name, int64_t value)
{
	add_name(table, name);
	buf_printf(table->out, "%" PRId64 "%s", value, table->json ? "" : "\n");
}

const char *
table_time_text(int64_t seconds, char text[TABLE_TIME_TEXT])
{
	struct tm tm;
	time_t when = (time_t)seconds;

	if (seconds == 0 || gmtime_r(&when, &tm) == NULL ||
	    strftime(text, TABLE_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(text, TABLE_TIME_TEXT, "never");
	return text;
}

void
table_time(struct table *table, const char *name, int64_t seconds)
{
	char text[TABLE_TIME_TEXT];

	add_name(table, name);
	if (table->json && seconds == 0) {
		buf_adds(table->out, "null");
		return;
	}
	if (table->json)
		buf_addc(table->out, '"');
	buf_adds(table->out, table_time_text(seconds, text));
	buf_addc(table->out, table->json ? '"' : '\n');
}
