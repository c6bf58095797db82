/*
 * What the file in force sets and the old programs do not know of (user,
 * resolver, log, rules, ...), so that the translation can take its place.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/amount.h"
#include "config/config.h"
#include "config/endpoint.h"
#include "config/schema.h"
#include "milter/cli/over/parts.h"

/* --- lines as `verdict config --changed` prints them --- */

struct line {
	struct str text; /* "keyword: value", without indentation */
	struct str place;
	bool indented;
	bool begins; /* a rule */
};

static struct line
line_of(struct str text)
{
	struct line line = {.place = str_empty()};

	for (size_t i = text.n; i >= 4; i--) {
		struct str comment = str_from(text, i - 4);
		if (!str_starts(comment, str_lit("  # ")))
			continue;
		line.place = str_from(comment, 4);
		text = str_first(text, i - 4);
		break;
	}
	line.begins = str_starts(text, str_lit("  - "));
	line.indented = str_starts(text, str_lit("  "));
	line.text = str_trim_wsp(str_from(text, line.begins ? 4 : 0));
	return line;
}

/* --- single keywords --- */

/* Of "keyword: value" */
static struct str
name_of(struct str text)
{
	return str_first(text, str_chr(text, ':'));
}

/* The same, without the quotes of a single text. */
static struct str
value_of(struct str text)
{
	struct str value = str_from(text, str_chr(text, ':') + 2);
	bool quoted = value.n >= 2 && value.p[0] == '"';

	return quoted ? str_n(value.p + 1, value.n - 2) : value;
}

/* A list's elements, without their quotes. */
struct list {
	struct over_item *item;
	size_t count;
};

static struct list
list_of(struct over *over, struct str value)
{
	struct buf items;

	buf_init(&items, over->arena);
	value = str_first(str_from(value, 1), value.n - 2);
	while (value.n > 0) {
		size_t n = over_yaml_element(value);
		struct str text = str_first(value, n);
		value = str_from(value, n + 1);
		if (text.n > 0 && text.p[text.n - 1] == ',')
			text.n--;
		if (text.n >= 2 && text.p[0] == '"')
			text = str_n(text.p + 1, text.n - 2);
		struct over_item item = {text, 0};
		buf_add(&items, str_n((const char *)&item, sizeof item));
	}
	return (struct list){(void *)items.p,
			     items.n / sizeof(struct over_item)};
}

static bool
has(const struct list *list, struct str text)
{
	struct ip_network network, other;
	bool is_network = ip_network_parse(text, &network);

	for (size_t i = 0; i < list->count; i++) {
		struct str own = list->item[i].text;
		if (str_eq(own, text) ||
		    (is_network && ip_network_parse(own, &other) &&
		     over_network_holds(&other, &network)))
			return true;
	}
	return false;
}

/* Is all of b in a?  An order, or what another network holds, is nothing. */
static bool
has_all(const struct list *a, const struct list *b)
{
	for (size_t i = 0; i < b->count; i++) {
		if (!has(a, b->item[i].text))
			return false;
	}
	return true;
}

/* Values of that keyword: 300s is 5m. */
static bool
is_same(struct over *over, const struct config_key *key, struct str a,
	struct str b)
{
	uint64_t first_amount, second_amount;

	if (a.n >= 2 && b.n >= 2 && a.p[0] == '[' && b.p[0] == '[') {
		struct list first = list_of(over, a), second = list_of(over, b);
		return has_all(&first, &second) && has_all(&second, &first);
	}
	return str_eq(a, b) || (amount_parse(a, key->type, &first_amount) &&
				amount_parse(b, key->type, &second_amount) &&
				first_amount == second_amount);
}

/* As the file in force prints it: servers have their ports. */
static struct str
our_value(struct over *over, enum over_key key)
{
	size_t count;
	const struct over_item *item = over_items(over, key, &count);
	char text[DNS_SERVER_TEXT];
	struct dns_server server;
	struct buf out;

	buf_init(&out, over->arena);
	if (key != OVER_RESOLVER) {
		over_add_setting(over, key, &out);
		return value_of(buf_str(&out));
	}
	for (size_t i = 0; i < count; i++) {
		if (dns_server_parse(item[i].text, &server))
			buf_printf(&out, "%s\"%s\"", i > 0 ? ", " : "[",
				   dns_server_format(&server, text));
	}
	buf_addc(&out, ']');
	return buf_str(&out);
}

void
over_compare_kept(struct over *over)
{
	const struct over_kept *kept = (const void *)over->kept.p;
	size_t count = over->kept.n / sizeof *kept;

	for (size_t i = 0; i < count; i++) {
		if (kept[i].key == OVER_NOTHING || !over_has(over, kept[i].key))
			continue;
		struct str name = name_of(kept[i].text);
		if (is_same(over, schema_find(kept[i].section, name),
			    our_value(over, kept[i].key),
			    value_of(kept[i].text)))
			continue;
		over_mark(over, kept[i].key, NULL,
			  "CONFLICT: %.*s says %.*s; what stands here comes "
			  "from the old programs. Choose.",
			  STR_ARG(over_shown(over, kept[i].place)),
			  STR_ARG(over_shown(over, kept[i].text)));
	}
}

static void
keep_listen(struct over *over, const struct line *line, struct str listen)
{
	struct endpoint endpoint;

	if (endpoint_parse(listen, &endpoint) &&
	    (over->ports & over_port_bit(endpoint.port)) != 0) {
		over_mark(over, OVER_LISTEN, NULL,
			  "CONFLICT: %.*s says %.*s, which is the port of an "
			  "old program.",
			  STR_ARG(over_shown(over, line->place)),
			  STR_ARG(over_shown(over, line->text)));
		return;
	}
	over_add(over, OVER_LISTEN, listen);
	over_note(over, OVER_LISTEN, NULL,
		  "Kept from %.*s; in smtpd_milters it stands after the old "
		  "ones while both run.",
		  STR_ARG(over_shown(over, line->place)));
}

/* Lists that must go together. */
static bool
is_of_hosts(enum over_key key)
{
	return key == OVER_INTERNAL_NETWORKS || key == OVER_FORWARDERS ||
	       key == OVER_TRUSTED_RELAYS;
}

static void
keep_hosts(struct over *over, enum over_key key, const struct line *line)
{
	struct list list = list_of(over, value_of(line->text));

	for (size_t i = 0; i < list.count; i++)
		over_add(over, key, list.item[i].text);
	over_note(over, key, NULL, "Kept from %.*s.",
		  STR_ARG(over_shown(over, line->place)));
}

static void
keep(struct over *over, const struct config *config, struct str section,
     const struct line *line)
{
	enum over_key key = over_key_of(section, name_of(line->text));
	struct over_kept kept = {section, line->text, line->place, key};

	if (key == OVER_LISTEN)
		keep_listen(over, line, config->listen);
	else if (key == OVER_MODE)
		over_mark(over, key, NULL,
			  "%.*s says %.*s. monitor stands here as long as the "
			  "old programs decide.",
			  STR_ARG(over_shown(over, line->place)),
			  STR_ARG(over_shown(over, line->text)));
	else if (is_of_hosts(key) && !over_has(over, key) &&
		 !str_is(value_of(line->text), "[]"))
		keep_hosts(over, key, line);
	else
		buf_add(&over->kept, str_n((const char *)&kept, sizeof kept));
}

/* --- rules --- */

/* The rule of that name among those; "" none. */
static struct str
rule_in(const struct buf *rules, struct str name)
{
	struct str rest = buf_str(rules), line;
	const char *begin = NULL;

	while (rest.n > 0 && str_split(&rest, '\n', &line)) {
		if (!str_starts(line, str_lit("  - ")))
			continue;
		if (begin != NULL)
			return str_n(begin, (size_t)(line.p - begin));
		if (str_starts(line, str_lit("  - name: ")) &&
		    str_eq(str_from(line, 10), name))
			begin = line.p;
	}
	return begin != NULL
		   ? str_n(begin, rules->n - (size_t)(begin - rules->p))
		   : str_empty();
}

/* The translated rule of that name; "" none. */
static struct str
rule_named(const struct over *over, struct str name)
{
	struct str found = rule_in(&over->rules, name);

	return found.n > 0 ? found : rule_in(&over->mild_rules, name);
}

/* The admin's own rule comes first, and ends the search where it may let mail
   in. */
static void
tell_mild(struct over *over, const struct config *config, struct str name,
	  struct str place)
{
	const struct rules *rules = config->policy.rules;

	for (size_t i = 0; i < rules->count; i++) {
		if (str_eq(rules->rule[i].name, name) && over->rules.n > 0 &&
		    !rule_only_hardens(&rules->rule[i]))
			over_mark(over, OVER_RULES, NULL,
				  "The rule \"%.*s\" of %.*s stands first: "
				  "what it lets in, the rules of the old "
				  "programs after it refuse no longer. Put it "
				  "after them where they shall.",
				  STR_ARG(name),
				  STR_ARG(over_shown(over, place)));
	}
}

/* Without what may stand in YAML or not. */
static struct str
squeezed(struct over *over, struct str text)
{
	struct buf out;

	buf_init(&out, over->arena);
	for (size_t i = 0; i < text.n; i++) {
		if (!ascii_is_fws(text.p[i]) && text.p[i] != '"')
			buf_addc(&out, text.p[i]);
	}
	return buf_str(&out);
}

/* One rule's lines, at the head of *rest, into *rules_out, unless a translated
   one has its name. */
static void
keep_rule(struct over *over, const struct config *config, struct str *rest,
	  struct buf *rules_out)
{
	struct line line = line_of(*rest);
	struct buf lines;
	struct str name = str_empty(), text, place = str_empty();

	buf_init(&lines, over->arena);
	do {
		str_split(rest, '\n', &text);
		line = line_of(text);
		if (lines.n == 0)
			place = line.place;
		if (str_starts(line.text, str_lit("name: \"")))
			name =
			    str_first(str_from(line.text, 7), line.text.n - 8);
		over_wrap_yaml(&lines, line.begins ? "  - " : "    ", "      ",
			       line.text);
		line = line_of(str_first(*rest, str_chr(*rest, '\n')));
	} while (line.indented && !line.begins);
	struct str ours = rule_named(over, name);
	if (ours.n > 0) {
		if (str_eq(squeezed(over, ours),
			   squeezed(over, buf_str(&lines))))
			return;
		over_mark(over, OVER_RULES, NULL,
			  "CONFLICT: %.*s has a rule \"%.*s\", too. What "
			  "stands here comes from the old programs. Choose.",
			  STR_ARG(over_shown(over, place)), STR_ARG(name));
		return;
	}
	tell_mild(over, config, name, place);
	over_wrap(rules_out, "  # ", "  # ",
		  arena_printf(over->arena, "Kept from %.*s.",
			       STR_ARG(over_shown(over, place))));
	buf_add(rules_out, buf_str(&lines));
}

/* Those in force come first, as they were all that decided. */
static void
keep_rules(struct over *over, const struct config *config, struct str *rest)
{
	struct buf rules;

	buf_init(&rules, over->arena);
	while (str_starts(*rest, str_lit("  - ")))
		keep_rule(over, config, rest, &rules);
	buf_add(&rules, buf_str(&over->rules));
	buf_reset(&over->rules);
	buf_add(&over->rules, buf_str(&rules));
}

/* --- the file --- */

static void
keep_lines(struct over *over, const struct config *config, struct str rest)
{
	struct str section = str_empty(), text;

	while (rest.n > 0 && str_split(&rest, '\n', &text)) {
		struct line line = line_of(text);
		/* A comment: all is at its default. */
		if (line.text.n == 0 || line.text.p[0] == '#')
			continue;
		if (!line.indented)
			section = str_empty();
		if (str_is(line.text, "rules:"))
			keep_rules(over, config, &rest);
		else if (line.text.p[line.text.n - 1] == ':')
			section = str_first(line.text, line.text.n - 1);
		else
			keep(over, config, section, &line);
	}
}

/* The shell has emptied it before this command could read it. */
static bool
is_output(const char *path)
{
	struct stat out, file;

	return fstat(STDOUT_FILENO, &out) == 0 && stat(path, &file) == 0 &&
	       S_ISREG(out.st_mode) && out.st_dev == file.st_dev &&
	       out.st_ino == file.st_ino;
}

#define INSTEAD                                                            \
	"Write in what it set and the old programs do not know of: user, " \
	"resolver, log, and listen where it is another one."

void
over_keep(struct over *over, const char *path)
{
	struct str shown = over_shown(over, str_of(path));
	struct config *config = NULL;
	struct config_error error;
	struct buf text;

	if (is_output(path)) {
		over_mark(over, OVER_KEPT, NULL,
			  "%.*s is this output, so nothing of it is kept: the "
			  "shell emptied it first. Write to another file, and "
			  "bring it back from a copy.",
			  STR_ARG(shown));
		return;
	}
	if (access(path, F_OK) != 0) {
		over_mark(over, OVER_KEPT, NULL,
			  "There is no %.*s of which anything could be kept. "
			  "Name the file in force with --config. " INSTEAD,
			  STR_ARG(shown));
		return;
	}
	if (config_load(path, &config, &error) != 0) {
		struct str why = str_of(error.text);
		why = str_first(why, str_chr(why, '\n'));
		over_mark(
		    over, OVER_KEPT, NULL,
		    "Nothing is kept of the file in force: %.*s. " INSTEAD,
		    STR_ARG(over_shown(over, why)));
		return;
	}
	over->program = OVER_PROGRAMS; /* none of them */
	buf_init(&text, over->arena);
	config_print_changed(config, false, &text);
	keep_lines(over, config, buf_str(&text));
	config_unref(config);
}
