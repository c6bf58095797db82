#include "milter/control/members.h"

#include <inttypes.h>
#include <time.h>

static void
add_name(struct members *members, const char *name)
{
	if (members->begun)
		buf_addc(members->out, ',');
	members->begun = true;
	if (name != NULL)
		buf_printf(members->out, "\"%s\":", name);
}

static void
open_bracket(struct members *members, const char *name, char bracket)
{
	add_name(members, name);
	buf_addc(members->out, bracket);
	members->begun = false;
}

static void
close_bracket(struct members *members, char bracket)
{
	buf_addc(members->out, bracket);
	members->begun = true;
}

void
members_object(struct members *members, const char *name)
{
	open_bracket(members, name, '{');
}

void
members_object_end(struct members *members)
{
	close_bracket(members, '}');
}

void
members_list(struct members *members, const char *name)
{
	open_bracket(members, name, '[');
}

void
members_list_end(struct members *members)
{
	close_bracket(members, ']');
}

void
members_text(struct members *members, const char *name, struct str value)
{
	add_name(members, name);
	buf_add_json(members->out, value);
}

void
members_number(struct members *members, const char *name, int64_t value)
{
	add_name(members, name);
	buf_printf(members->out, "%" PRId64, value);
}

void
members_time(struct members *members, const char *name, int64_t seconds)
{
	char text[sizeof "YYYY-MM-DDTHH:MM:SSZ"];
	time_t when = (time_t)seconds;
	struct tm tm;

	add_name(members, name);
	if (seconds != 0 && gmtime_r(&when, &tm) != NULL &&
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		buf_printf(members->out, "\"%s\"", text);
	else
		buf_adds(members->out, "null");
}
