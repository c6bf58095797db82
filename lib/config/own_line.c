#include "config/own_line.h"

#include "config/schema.h"

/* Of a value that is shown: enough to find it. */
#define SHOWN 40

struct own_line {
	struct str keyword, rest; /* rest: what follows it */
	size_t number, column;    /* of what follows; number 0: no line */
};

static bool
is_keyword(struct str word)
{
	if (str_is(word, "rules") || schema_is_section(word))
		return true;
	for (size_t i = 0; i < config_schema_count; i++)
		if (str_eq(word, schema_keyword(&config_schema[i])))
			return true;
	return false;
}

/* False: it begins with no keyword of ours. */
static bool
read_line(struct str line, struct own_line *own_out)
{
	struct str text = str_trim_wsp(line);
	size_t indent = (size_t)(text.p - line.p), end = 0;

	while (end < text.n && text.p[end] != ':' && !ascii_is_wsp(text.p[end]))
		end++;
	if (end == text.n || !is_keyword(str_first(text, end)))
		return false;
	own_out->keyword = str_first(text, end);
	own_out->rest = str_from(text, end);
	own_out->column = indent + end + 1;
	return true;
}

size_t
own_lines_count(struct str text)
{
	struct own_line own;
	struct str line;
	size_t count = 0;

	while (str_split(&text, '\n', &line))
		count += read_line(line, &own);
	return count;
}

static bool
tell(const struct own_line *own, struct errors *errors)
{
	struct config_place place = {own->number, own->column};
	struct str value = str_trim_wsp(own->rest);
	bool colon = str_starts(own->rest, str_lit(":"));

	if (own->number == 0 || str_starts(value, str_lit(":")) != colon)
		return false;
	if (colon)
		value = str_from(own->rest, 1);
	if (value.n == 0 || (colon && ascii_is_wsp(value.p[0])))
		return false;
	errors_add(
	    errors, place, "a %s is missing after %.*s%s; write \"%.*s: %.*s\"",
	    colon ? "space" : "colon", STR_ARG(own->keyword), colon ? ":" : "",
	    STR_ARG(own->keyword), STR_ARG(str_first(value, SHOWN)));
	return true;
}

static bool
says_something(struct str line)
{
	line = str_trim_fws(line);
	return line.n > 0 && line.p[0] != '#';
}

bool
own_lines_slip(struct str text, size_t line, struct errors *errors)
{
	struct own_line before = {.number = 0}, last = {.number = 0};
	struct str one;

	for (size_t n = 1; n <= line && str_split(&text, '\n', &one); n++) {
		if (!says_something(one))
			continue;
		before = last;
		last = (struct own_line){.number = 0};
		if (read_line(one, &last))
			last.number = n;
	}
	return tell(&before, errors) || tell(&last, errors);
}
