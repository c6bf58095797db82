/* What was collected, as a configuration file with comments. */
#include <string.h>

#include "milter/cli/over/parts.h"

#define COLUMNS 78

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
    [OVER_DNS_TIMEOUT] = {"limits", "dns-timeout", WORD},
    [OVER_SPF_TIME] = {"limits", "spf-time", WORD},
    [OVER_SIGNATURES] = {"limits", "signatures", WORD},
    [OVER_HEADER_BYTES] = {"limits", "header-bytes", WORD},
    [OVER_LOG_FACILITY] = {"log", "facility", WORD},
    [OVER_NOTHING] = {"", "", NONE},
};

/* --- what all of them say together --- */

/* Our own name is one of them without a word. */
static void
finish_ids(struct over *over)
{
	size_t count;
	const struct over_item *item = over_items(over, OVER_STRIP_IDS, &count);

	for (size_t i = count; i > 0; i--) {
		if (over_holds(over, OVER_AUTHSERV_ID, item[i - 1].text))
			over_drop(over, OVER_STRIP_IDS, i - 1);
	}
}

static void
finish_listen(struct over *over)
{
	unsigned bit = 0;

	while (bit < 31 && (over->ports & 1u << bit) != 0)
		bit++;
	over_note(over, OVER_LISTEN, NULL,
		  "A port of its own, so that both can run side by side: name "
		  "it in smtpd_milters, after theirs.");
	over_add(over, OVER_LISTEN,
		 arena_printf(over->arena, "inet:%u@127.0.0.1", 8891 + bit));
}

static void
finish_mode(struct over *over)
{
	over_add(over, OVER_MODE, str_lit("monitor"));
	if (over->acting.n == 0) {
		over_note(over, OVER_MODE, NULL,
			  "The old programs refuse nothing, and nor does "
			  "this.");
		return;
	}
	over_mark(over, OVER_MODE, NULL,
		  "Today mail is refused, held or put off by %.*s.  monitor is "
		  "for the time in which they run beside it; write enforce "
		  "when they go.",
		  STR_ARG(buf_str(&over->acting)));
	if (!over_has(over, OVER_ON_QUARANTINE))
		over_mark(over, OVER_ON_QUARANTINE, NULL,
			  "The old programs do not say what a quarantine is; "
			  "enforce wants it chosen: hold, reject, or tag with "
			  "tag-filed: yes.");
}

/* --- the page --- */

/* Words of the text below each other, each line with `begin`. */
static void
wrap(struct buf *out, const char *begin, struct str text)
{
	size_t column = 0;
	struct str word;

	while (str_split(&text, ' ', &word)) {
		if (word.n == 0)
			continue;
		if (column > 0 && column + 1 + word.n > COLUMNS) {
			buf_addc(out, '\n');
			column = 0;
		}
		if (column == 0) {
			buf_adds(out, begin);
			column = strlen(begin);
		} else {
			buf_addc(out, ' ');
			column++;
		}
		buf_add(out, word);
		column += word.n;
	}
	buf_addc(out, '\n');
}

static void
print_note(const struct over_note *note, struct buf *out, struct buf *said)
{
	if (note->option.n > 0)
		buf_printf(out, "# %.*s    (%.*s)\n", STR_ARG(note->option),
			   STR_ARG(note->place));
	wrap(out, note->marked ? "#!  " : "#   ", note->text);
	if (!note->marked)
		return;
	buf_adds(said, "verdict config: ");
	if (note->option.n > 0)
		buf_printf(said, "%.*s: %.*s: ", STR_ARG(note->place),
			   STR_ARG(note->option));
	buf_printf(said, "%.*s\n", STR_ARG(note->text));
}

static bool
print_notes(const struct over *over, enum over_key key, struct buf *out,
	    struct buf *said)
{
	const struct over_note *note = (const void *)over->notes.p;
	size_t count = over->notes.n / sizeof *note;
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (note[i].key != key)
			continue;
		print_note(&note[i], out, said);
		any = true;
	}
	return any;
}

static void
print_list(struct over *over, enum over_key key, struct buf *out)
{
	size_t count;
	const struct over_item *item = over_items(over, key, &count);
	bool flow = count <= 4;

	buf_adds(out, flow ? " [" : "\n");
	for (size_t i = 0; i < count; i++) {
		struct str text = over_quoted(over, item[i].text);
		if (flow)
			buf_printf(out, "%s%.*s", i > 0 ? ", " : "",
				   STR_ARG(text));
		else
			buf_printf(out, "  - %.*s\n", STR_ARG(text));
	}
	if (flow)
		buf_adds(out, "]\n");
}

static void
print_value(struct over *over, enum over_key key, struct buf *out)
{
	size_t count;
	const struct over_item *item = over_items(over, key, &count);

	if (count == 0)
		return;
	buf_printf(out, "%s%s:", keys[key].section[0] != '\0' ? "  " : "",
		   keys[key].name);
	if (keys[key].shape == LIST)
		print_list(over, key, out);
	else if (keys[key].shape == TEXT)
		buf_printf(out, " %.*s\n",
			   STR_ARG(over_quoted(over, item[0].text)));
	else
		buf_printf(out, " %.*s\n", STR_ARG(item[0].text));
}

static void
print_key(struct over *over, enum over_key key, struct buf *out,
	  struct buf *said)
{
	bool noted = print_notes(over, key, out, said);

	if (!noted && !over_has(over, key))
		return;
	if (key == OVER_RULES && over->rules.n > 0) {
		buf_adds(out, "rules:\n");
		buf_add(out, buf_str(&over->rules));
	} else {
		print_value(over, key, out);
	}
	buf_addc(out, '\n');
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
		 "# COMING FROM OPENDMARC AND OTHERS in verdict-milter(8).\n"
		 "\n");
}

void
over_print(struct over *over, struct buf *out, struct buf *said)
{
	const char *section = "";

	finish_listen(over);
	finish_mode(over);
	over_finish_hosts(over);
	finish_ids(over);
	print_head(over, out);
	for (enum over_key key = 0; key < OVER_NOTHING; key++) {
		if (over_has(over, key) &&
		    strcmp(keys[key].section, section) != 0) {
			section = keys[key].section;
			buf_printf(out, "%s:\n", section);
		}
		print_key(over, key, out, said);
	}
	struct buf rest;
	buf_init(&rest, NULL);
	if (print_notes(over, OVER_NOTHING, &rest, said)) {
		buf_adds(out, "# --- Without a counterpart ---\n");
		buf_add(out, buf_str(&rest));
	}
	buf_clear(&rest);
}
