/* Files of lines "name value" or "name = value", with comments after "#". */
#include "milter/cli/over/parts.h"

/* Without its comment; OpenDKIM ends a line at a carriage return, too. */
static struct str
bare(struct str line)
{
	line = str_first(line, str_chr(line, '#'));
	return str_trim_fws(str_first(line, str_chr(line, '\r')));
}

static size_t
name_length(const struct over *over, struct str line)
{
	size_t n = 0;

	if (over->translator->equals)
		return str_chr(line, '=');
	while (n < line.n && !ascii_is_wsp(line.p[n]))
		n++;
	return n;
}

static bool
include(struct over *over, const char *path, size_t number, struct str value,
	unsigned nesting) // NOLINT(misc-no-recursion)
{
	struct over_option option = {str_lit("Include"),
				     arena_copy(over->arena, value),
				     path,
				     number,
				     NULL,
				     false};
	struct buf text;
	bool good = true;

	if (nesting == OVER_NESTING) {
		over_mark(over, OVER_NOTHING, &option,
			  "Not read: files include each other over %d deep.",
			  OVER_NESTING);
		return true;
	}
	buf_init(&text, NULL);
	if (over_file(over, OVER_NOTHING, &option, option.value.p, &text)) {
		over_note(over, OVER_NOTHING, &option,
			  "Read: its options stand in their places here.");
		good = over_read_words(over, option.value.p, buf_str(&text),
				       nesting + 1);
	}
	buf_clear(&text);
	return good;
}

bool
over_read_words(struct over *over, const char *path, struct str text,
		unsigned nesting) // NOLINT(misc-no-recursion)
{
	struct str line;

	for (size_t number = 1; str_split(&text, '\n', &line); number++) {
		line = bare(line);
		if (line.n == 0)
			continue;
		size_t n = name_length(over, line);
		struct str name = str_trim_wsp(str_first(line, n));
		struct str value = str_trim_wsp(
		    str_from(line, over->translator->equals ? n + 1 : n));
		bool good =
		    over->program == OVER_OPENDKIM &&
			    str_is_nocase(name, "Include")
			? include(over, path, number, value, nesting)
			: over_option_add(over, path, number, name, value);
		if (!good)
			return false;
	}
	return true;
}
