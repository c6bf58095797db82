/* What was collected, as a configuration file with comments. */
#include <string.h>

#include "base/wrap.h"
#include "milter/cli/over/parts.h"

enum shape { WORD, TEXT, LIST, NONE };

static const struct {
	const char *section, *name;
	enum shape shape;
} keys[OVER_KEYS] = {
    [OVER_LISTEN] = {"", "listen", TEXT},
    [OVER_AUTHSERV_ID] = {"", "authserv-id", TEXT},
    [OVER_STRIP_IDS] = {"", "strip-ids", LIST},
    [OVER_MODE] = {"", "mode", WORD},
    [OVER_ON_REJECT] = {"", "on-reject", WORD},
    [OVER_ON_QUARANTINE] = {"", "on-quarantine", WORD},
    [OVER_ON_TEMPERROR] = {"", "on-temperror", WORD},
    [OVER_ON_BAD_FROM] = {"", "on-bad-from", WORD},
    [OVER_REPLY_TEXT] = {"", "reply-text", LIST},
    [OVER_PARTIAL_BODY] = {"", "dkim-allow-partial-body", WORD},
    [OVER_CLOCK_TOLERANCE] = {"", "clock-tolerance", WORD},
    [OVER_TRUSTED_SEALERS] = {"", "trusted-sealers", LIST},
    [OVER_FORWARDERS] = {"", "forwarders", LIST},
    [OVER_RULES] = {"", "rules", NONE},
    [OVER_INTERNAL_NETWORKS] = {"", "internal-networks", LIST},
    [OVER_TRUSTED_RELAYS] = {"", "trusted-relays", LIST},
    [OVER_RESOLVER] = {"", "resolver", LIST},
    [OVER_KEPT] = {"", "", NONE},
    [OVER_DNS_TIMEOUT] = {"limits", "dns-timeout", WORD},
    [OVER_SPF_TIME] = {"limits", "spf-time", WORD},
    [OVER_SIGNATURES] = {"limits", "signatures", WORD},
    [OVER_HEADER_BYTES] = {"limits", "header-bytes", WORD},
    [OVER_LOG_FACILITY] = {"log", "facility", WORD},
    [OVER_NOTHING] = {"", "", NONE},
};

enum over_key
over_key_of(struct str section, struct str name)
{
	enum over_key key = 0;

	while (key < OVER_NOTHING && (!str_is(section, keys[key].section) ||
				      !str_is(name, keys[key].name)))
		key++;
	return key;
}

bool
over_is_kept(const struct over *over, enum over_key key)
{
	const struct over_kept *kept = (const void *)over->kept.p;
	size_t count = over->kept.n / sizeof *kept;

	for (size_t i = 0; i < count; i++) {
		if (kept[i].key == key)
			return true;
	}
	return false;
}

/* --- lines that fit a terminal --- */

void
over_wrap(struct buf *out, const char *first, const char *next, struct str text)
{
	buf_adds(out, first);
	wrap_after(out, LINE_ESCAPED, text, strlen(first), str_of(next));
}

/* An option that is longer than a line may be parted after a comma. */
static struct str
parted(struct over *over, struct str option)
{
	struct buf out;

	if (option.n + strlen("# ") <= WRAP_COLUMNS)
		return option;
	buf_init(&out, over->arena);
	for (size_t i = 0; i < option.n; i++) {
		char next = i + 1 < option.n ? option.p[i + 1] : ' ';
		buf_addc(&out, option.p[i]);
		if (option.p[i] == ',' && next != ' ')
			buf_addc(&out, ' ');
	}
	return buf_str(&out);
}

size_t
over_yaml_element(struct str text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		if (quoted && text.p[i] == '\\')
			i++;
		else if (text.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && text.p[i] == ' ' && i > 0 &&
			 text.p[i - 1] == ',')
			return i;
	}
	return text.n;
}

void
over_wrap_yaml(struct buf *out, const char *first, const char *next,
	       struct str line)
{
	size_t column = strlen(first);
	bool begun = true;

	buf_adds(out, first);
	while (line.n > 0) {
		size_t n = over_yaml_element(line);
		if (!begun && column + 1 + n > WRAP_COLUMNS) {
			buf_printf(out, "\n%s", next);
			column = strlen(next);
		} else if (!begun) {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, str_first(line, n));
		column += n;
		line = str_from(line, n + 1);
		begun = false;
	}
	buf_addc(out, '\n');
}

/* --- the page --- */

static void
print_option(const struct over_note *note, struct str option, struct buf *out)
{
	if (option.n + note->place.n + strlen("#     ()") <= WRAP_COLUMNS) {
		buf_printf(out, "# %.*s    (%.*s)\n", STR_ARG(option),
			   STR_ARG(note->place));
		return;
	}
	over_wrap(out, "# ", "#   ", option);
	buf_printf(out, "#      (%.*s)\n", STR_ARG(note->place));
}

static void
print_note(struct over *over, const struct over_note *note, struct buf *out,
	   struct buf *said)
{
	const char *begin = note->marked ? "#!  " : "#   ";
	struct str of = str_empty();

	if (note->option.n > 0) {
		struct str option = parted(over, note->option);
		print_option(note, option, out);
		of = arena_printf(over->arena,
				  "%.*s: %.*s: ", STR_ARG(note->place),
				  STR_ARG(option));
	}
	over_wrap(out, begin, begin, note->text);
	if (note->marked)
		over_wrap(said, "verdict config: ", "  ",
			  arena_printf(over->arena, "%.*s%.*s", STR_ARG(of),
				       STR_ARG(note->text)));
}

static bool
print_notes(struct over *over, enum over_key key, struct buf *out,
	    struct buf *said)
{
	const struct over_note *note = (const void *)over->notes.p;
	size_t count = over->notes.n / sizeof *note;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (note[i].key != key)
			continue;
		print_note(over, &note[i], out, said);
		any = true;
	}
	return any;
}

void
over_add_setting(struct over *over, enum over_key key, struct buf *out)
{
	enum shape shape = keys[key].shape;
	size_t count;
	const struct over_item *item = over_items(over, key, &count);

	buf_printf(out, "%s: %s", keys[key].name, shape == LIST ? "[" : "");
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s%.*s", i > 0 ? ", " : "",
			   STR_ARG(shape == WORD
				       ? item[i].text
				       : over_quoted(over, item[i].text)));
	if (shape == LIST)
		buf_addc(out, ']');
}

static const char *
indent(const char *section)
{
	return section[0] != '\0' ? "  " : "";
}

/* Up to four elements in a line, else one a line. */
static void
print_value(struct over *over, enum over_key key, struct buf *out)
{
	const char *before = indent(keys[key].section);
	struct buf line;
	size_t count;
	const struct over_item *item = over_items(over, key, &count);

	if (count == 0)
		return;
	buf_init(&line, over->arena);
	over_add_setting(over, key, &line);
	if (keys[key].shape != LIST ||
	    (count <= 4 && line.n + strlen(before) <= WRAP_COLUMNS)) {
		buf_printf(out, "%s%.*s\n", before, STR_ARG(buf_str(&line)));
		return;
	}
	buf_printf(out, "%s%s:\n", before, keys[key].name);
	for (size_t i = 0; i < count; i++)
		buf_printf(out, "%s  - %.*s\n", before,
			   STR_ARG(over_quoted(over, item[i].text)));
}

/* What the file in force says of that key, or of all that are none of ours. */
static void
print_kept(struct over *over, const char *section, enum over_key key,
	   struct buf *out)
{
	const struct over_kept *kept = (const void *)over->kept.p;
	size_t count = over->kept.n / sizeof *kept;
	const char *before = indent(section);
	const char *comment = arena_printf(over->arena, "%s# ", before).p;
	const char *next = arena_printf(over->arena, "%s    ", before).p;

	for (size_t i = 0; i < count; i++) {
		if (kept[i].key != key || !str_is(kept[i].section, section))
			continue;
		struct str place = over_shown(over, kept[i].place);
		over_wrap(out, comment, comment,
			  arena_printf(over->arena, "Kept from %.*s.",
				       STR_ARG(place)));
		over_wrap_yaml(out, before, next, kept[i].text);
		if (key == OVER_NOTHING)
			buf_addc(out, '\n');
	}
}

static void
print_key(struct over *over, enum over_key key, struct buf *out,
	  struct buf *said)
{
	bool noted = print_notes(over, key, out, said);
	bool rules =
	    key == OVER_RULES && over->rules.n + over->mild_rules.n > 0;

	if (!noted && !rules && !over_has(over, key) &&
	    !over_is_kept(over, key))
		return;
	if (rules)
		buf_printf(out, "rules:\n%.*s%.*s",
			   STR_ARG(buf_str(&over->rules)),
			   STR_ARG(buf_str(&over->mild_rules)));
	print_value(over, key, out);
	if (!over_has(over, key))
		print_kept(over, keys[key].section, key, out);
	buf_addc(out, '\n');
}

static bool
is_in(const struct over *over, const char *section)
{
	const struct over_kept *kept = (const void *)over->kept.p;
	size_t count = over->kept.n / sizeof *kept;
	bool any = false;

	for (enum over_key key = 0; key < OVER_NOTHING; key++)
		any = any || (strcmp(keys[key].section, section) == 0 &&
			      over_has(over, key));
	for (size_t i = 0; i < count; i++)
		any = any || str_is(kept[i].section, section);
	return any;
}

static void
print_section(struct over *over, const char *section, struct buf *out,
	      struct buf *said)
{
	if (section[0] != '\0' && is_in(over, section))
		buf_printf(out, "%s:\n", section);
	for (enum over_key key = 0; key < OVER_NOTHING; key++) {
		if (strcmp(keys[key].section, section) == 0)
			print_key(over, key, out, said);
	}
	print_kept(over, section, OVER_NOTHING, out);
}

static void
print_head(const struct over *over, struct buf *out)
{
	struct str rest = buf_str(&over->sources), line;

	buf_adds(out, "# Configuration of verdict-milter, translated by "
		      "\"verdict config\" from\n");
	while (rest.n > 0 && str_split(&rest, '\n', &line))
		buf_printf(out, "#   %.*s\n", STR_ARG(line));
	buf_adds(out,
		 "# Above each keyword stand the old options that it comes "
		 "from, at the end those\n"
		 "# without a counterpart.  \"#!\" wants a look.  The steps, "
		 "and the way back:\n"
		 "# verdict-migration(7).\n"
		 "\n");
}

void
over_print(struct over *over, struct buf *out, struct buf *said)
{
	struct buf rest;

	over_finish(over);
	print_head(over, out);
	print_section(over, "", out, said);
	print_section(over, "limits", out, said);
	print_section(over, "log", out, said);
	buf_init(&rest, NULL);
	if (print_notes(over, OVER_NOTHING, &rest, said)) {
		buf_adds(out, "# --- Without a counterpart ---\n");
		buf_add(out, buf_str(&rest));
	}
	buf_clear(&rest);
}
