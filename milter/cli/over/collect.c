/* What is known of the old options, and what was made of them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "base/mem.h"
#include "milter/cli/over/parts.h"

/* --- options --- */

static const struct over_option *
option_at(const struct over *over, size_t i)
{
	return (const struct over_option *)(const void *)over->options.p + i;
}

static size_t
options(const struct over *over)
{
	return over->options.n / sizeof(struct over_option);
}

bool
over_option_add(struct over *over, const char *path, size_t line,
		struct str name, struct str value)
{
	struct over_option option = {arena_copy(over->arena, name),
				     arena_copy(over->arena, value),
				     path,
				     line,
				     NULL,
				     false};

	if (options(over) == OVER_OPTIONS)
		return false;
	buf_add(&over->options, str_n((const char *)&option, sizeof option));
	return true;
}

const struct over_option *
over_find(const struct over *over, const char *name)
{
	for (size_t i = options(over); i > 0; i--) {
		const struct over_option *option = option_at(over, i - 1);
		if (over->translator->nocase ? str_is_nocase(option->name, name)
					     : str_is(option->name, name))
			return option;
	}
	return NULL;
}

bool
over_yes(const struct over_option *option)
{
	struct str value = option != NULL ? option->value : str_empty();
	char first = value.n > 0 ? ascii_lower(value.p[0]) : 'n';

	return first == 't' || first == 'y' || first == '1';
}

bool
over_is(const struct over_option *option, const char *word)
{
	return option != NULL && str_is_nocase(option->value, word);
}

/* --- texts --- */

struct str
over_shown(struct over *over, struct str text)
{
	struct buf out;

	buf_init(&out, over->arena);
	if (!line_add(&out, LINE_ESCAPED, text, OVER_SHOWN))
		buf_adds(&out, "...");
	return buf_str(&out);
}

struct str
over_quoted(struct over *over, struct str text)
{
	struct buf out;

	buf_init(&out, over->arena);
	buf_addc(&out, '"');
	line_add(&out, LINE_QUOTED, text, LINE_WHOLE);
	buf_addc(&out, '"');
	return buf_str(&out);
}

/* --- notes --- */

static struct str
option_text(struct over *over, const struct over_option *option)
{
	const char *between = over->translator->equals ? " = " : " ";

	return arena_printf(over->arena, "%.*s%s%.*s",
			    STR_ARG(over_shown(over, option->name)), between,
			    STR_ARG(over_shown(over, option->value)));
}

static void add_note(struct over *over, enum over_key key,
		     const struct over_option *option, bool marked,
		     const char *fmt, va_list args) PRINTF_LIKE(5, 0);

static void
add_note(struct over *over, enum over_key key, const struct over_option *option,
	 bool marked, const char *fmt, va_list args)
{
	struct over_note note = {.key = key, .marked = marked};
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		mem_exhausted(sizeof note);
	note.text = arena_copy(over->arena, str_of(text));
	free(text);
	if (option != NULL) {
		note.option = option_text(over, option);
		struct str file = over_shown(over, str_of(option->file));
		note.place = option->line == 0
				 ? file
				 : arena_printf(over->arena, "%.*s:%zu",
						STR_ARG(file), option->line);
	}
	buf_add(&over->notes, str_n((const char *)&note, sizeof note));
}

void
over_note(struct over *over, enum over_key key,
	  const struct over_option *option, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_note(over, key, option, false, fmt, args);
	va_end(args);
}

void
over_mark(struct over *over, enum over_key key,
	  const struct over_option *option, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_note(over, key, option, true, fmt, args);
	va_end(args);
}

/* --- values --- */

struct over_item *
over_items(const struct over *over, enum over_key key, size_t *count_out)
{
	*count_out = over->value[key].n / sizeof(struct over_item);
	return (void *)over->value[key].p;
}

void
over_drop(struct over *over, enum over_key key, size_t at)
{
	size_t count;
	struct over_item *item = over_items(over, key, &count);

	memmove(item + at, item + at + 1, (count - at - 1) * sizeof *item);
	over->value[key].n -= sizeof *item;
}

static struct over_item *
find_item(const struct over *over, enum over_key key, struct str text)
{
	size_t count;
	struct over_item *item = over_items(over, key, &count);

	for (size_t i = 0; i < count; i++) {
		if (str_eq(item[i].text, text))
			return &item[i];
	}
	return NULL;
}

bool
over_has(const struct over *over, enum over_key key)
{
	return over->value[key].n > 0;
}

bool
over_holds(const struct over *over, enum over_key key, struct str text)
{
	return find_item(over, key, text) != NULL;
}

bool
over_add(struct over *over, enum over_key key, struct str text)
{
	struct over_item *item = find_item(over, key, text);
	unsigned bit = 1u << over->program;

	if (item != NULL) {
		item->programs |= bit;
		return true;
	}
	if (over->value[key].n / sizeof *item == OVER_ENTRIES)
		return false;
	struct over_item new = {arena_copy(over->arena, text), bit};
	buf_add(&over->value[key], str_n((const char *)&new, sizeof new));
	return true;
}

static void
set(struct over *over, enum over_key key, const struct over_option *option,
    struct str value, const char *why, bool marked)
{
	if (!over_has(over, key)) {
		over_add(over, key, value);
		(marked ? over_mark : over_note)(over, key, option, "%s", why);
		return;
	}
	size_t count;
	struct str old = over_items(over, key, &count)->text;
	if (str_eq(old, value))
		over_note(over, key, option, "The same.");
	else
		over_mark(over, key, option,
			  "CONFLICT: this one says %.*s, another one says "
			  "%.*s, which stands. Choose.",
			  STR_ARG(over_shown(over, value)),
			  STR_ARG(over_shown(over, old)));
}

void
over_set(struct over *over, enum over_key key, const struct over_option *option,
	 struct str value, const char *why)
{
	set(over, key, option, value, why, false);
}

void
over_set_marked(struct over *over, enum over_key key,
		const struct over_option *option, struct str value,
		const char *why)
{
	set(over, key, option, value, why, true);
}

static void
add_rule(struct buf *rules, struct str lines)
{
	struct str line;
	bool first = true;

	while (lines.n > 0 && str_split(&lines, '\n', &line)) {
		over_wrap_yaml(rules, first ? "  - " : "    ", "      ", line);
		first = false;
	}
}

void
over_rule(struct over *over, const struct over_option *option, const char *why,
	  struct str lines)
{
	over_mark(over, OVER_RULES, option, "%s", why);
	add_rule(&over->rules, lines);
}

void
over_mild_rule(struct over *over, const struct over_option *option,
	       const char *why, struct str lines)
{
	over_mark(over, OVER_RULES, option, "%s", why);
	add_rule(&over->mild_rules, lines);
}

void
over_acts(struct over *over, const char *what)
{
	over->acts |= 1u << over->program;
	buf_printf(&over->acting, "%s%s (%s)", over->acting.n > 0 ? ", " : "",
		   what, over->translator->name);
}
