#include "config/entries.h"

#include <stdlib.h>
#include <string.h>

#include "base/domain.h"
#include "base/lex.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/broad.h"
#include "config/file.h"
#include "config/value.h"

struct name {
	struct str text;
	bool subtree;
};

struct entries {
	enum rule_value value;
	const struct suffix_list *suffixes;
	struct arena *arena; /* of the names, until they are in a set */
	struct buf names, networks, texts;
	size_t octets;
	bool broad, addresses;
};

struct entries *
entries_new(enum rule_value value, const struct suffix_list *suffixes)
{
	struct entries *entries = mem_alloc(sizeof *entries);

	entries->value = value;
	entries->suffixes = suffixes;
	entries->arena = arena_new(NULL);
	buf_init(&entries->names, NULL);
	buf_init(&entries->networks, NULL);
	buf_init(&entries->texts, NULL);
	return entries;
}

void
entries_free(struct entries *entries)
{
	if (entries == NULL)
		return;
	arena_free(entries->arena);
	buf_clear(&entries->names);
	buf_clear(&entries->networks);
	buf_clear(&entries->texts);
	free(entries);
}

static bool
wrong(struct buf *why, struct str item, const char *what)
{
	value_add_shown(why, item);
	buf_printf(why, " %s", what);
	return false;
}

static void
keep(struct entries *entries, struct str text, bool subtree)
{
	struct name name = {text, subtree};

	buf_add(&entries->names, str_n((const char *)&name, sizeof name));
	entries->octets += text.n;
}

static bool
add_network(struct entries *entries, struct str item, struct buf *why)
{
	struct ip_network network;

	if (!ip_network_parse(item, &network))
		return wrong(why, item,
			     "is neither an address nor a network: write "
			     "192.0.2.1, 192.0.2.0/24 or 2001:db8::/32, with "
			     "zeros after the prefix");
	buf_add(&entries->networks,
		str_n((const char *)&network, sizeof network));
	return true;
}

/* "sender.example", or ".sender.example" for it and all below. */
static bool
add_domain(struct entries *entries, struct str item, struct buf *why)
{
	bool subtree = str_starts(item, str_lit("."));
	struct str name;
	enum domain_status status =
	    domain_canonical(entries->arena, str_from(item, subtree), &name);

	if (item.n > 1 && item.p[0] == '*')
		return wrong(why, item,
			     "is not usable: write .sender.example for the "
			     "domain and all below it");
	if (str_chr(item, '@') < item.n)
		return wrong(why, item,
			     "is not usable: write the domain alone, without "
			     "what stands before the @");
	if (status != DOMAIN_OK) {
		wrong(why, item, "is not usable: ");
		buf_adds(why, domain_status_text(status));
		return false;
	}
	entries->broad =
	    entries->broad || broad_domain(entries->suffixes, name, subtree);
	keep(entries, name, subtree);
	return true;
}

/* Without its quotes; empty for what no mailbox can be: two addresses, or a
   name in front of one. */
static struct str
local_part(struct arena *arena, struct str local)
{
	size_t n = local.n;

	if (n > 2 && local.p[0] == '"' && local.p[n - 1] == '"')
		return lex_unquoted(arena, str_n(local.p + 1, n - 2));
	return str_chr(local, ' ') == n && str_chr(local, '@') == n &&
		       str_chr(local, '"') == n
		   ? local
		   : str_empty();
}

static bool
add_address(struct entries *entries, struct str item, struct buf *why)
{
	size_t at = str_rchr(item, '@');
	struct str local = local_part(entries->arena, str_first(item, at));
	struct str domain;
	bool dot = str_chr(item, '.') < item.n;

	if (at == item.n && !dot && entries->value == RULE_ADDRESSES)
		return wrong(why, item,
			     "is neither an address nor a domain with a dot: "
			     "write user@receiver.example, receiver.example "
			     "or .receiver.example");
	if (at == item.n)
		return add_domain(entries, item, why);
	if (local.n == 0 || item.n > LIMIT_MAILBOX || str_has_control(item) ||
	    domain_canonical(entries->arena, str_from(item, at + 1), &domain) !=
		DOMAIN_OK)
		return wrong(why, item,
			     "is not usable: write user@receiver.example, "
			     "receiver.example or .receiver.example");
	struct buf text;
	buf_init(&text, entries->arena);
	for (size_t i = 0; i < local.n; i++)
		buf_addc(&text, ascii_lower(local.p[i]));
	buf_addc(&text, '@');
	buf_add(&text, domain);
	entries->addresses = true;
	keep(entries, buf_str(&text), false);
	if (entries->value == RULE_SENDERS)
		keep(entries, str_from(buf_str(&text), local.n), false);
	return true;
}

/* RFC 5322 section 3.6.8 */
static bool
is_field_name(struct str name)
{
	return name.n > 0 && str_is_printable(name) &&
	       str_chr(name, ' ') == name.n;
}

/* "Subject: some text", or with "*" after it for whatever begins so. */
static bool
add_text(struct entries *entries, struct str item, struct buf *why)
{
	size_t colon = str_chr(item, ':');
	struct str text = str_trim_wsp(str_from(item, colon + 1));
	bool prefix = text.n > 0 && text.p[text.n - 1] == '*';

	text.n -= prefix;
	if (colon == item.n || !is_field_name(str_first(item, colon)) ||
	    !str_is_printable(text) || text.n > LIMIT_RULE_TEXT)
		return wrong(why, item,
			     "is not usable: write \"Subject: some text\", or "
			     "\"Subject: some*\" for what begins so, with up "
			     "to 200 characters of printable ASCII");
	if (entries->texts.n / sizeof(struct rule_field_text) ==
	    LIMIT_RULE_FIELD_TEXTS)
		return wrong(why, item, "is one text too many: 1000 at most");
	struct rule_field_text entry = {
	    .name = str_first(item, colon),
	    .text = field_text(entries->arena, text),
	    .prefix = prefix,
	};
	buf_add(&entries->texts, str_n((const char *)&entry, sizeof entry));
	return true;
}

static bool
add_one(struct entries *entries, struct str item, struct buf *why)
{
	if (entries->value == RULE_TEXTS)
		return add_text(entries, item, why);
	if (item.n > 0 && item.p[0] == '/')
		return wrong(why, item,
			     "is not usable: write file:/PATH for a list in a "
			     "file");
	if (str_chr(item, ',') < item.n && item.p[0] != '"')
		return wrong(why, item,
			     "is more than one entry: write a list, as in "
			     "[\"one\", \"two\"]; in a file one a line");
	if (entries->value == RULE_NETWORKS)
		return add_network(entries, item, why);
	if (entries->value == RULE_DOMAINS)
		return add_domain(entries, item, why);
	return add_address(entries, item, why);
}

/* Without a comment and blanks; a text may hold "#". */
static struct str
line_entry(const struct entries *entries, struct str line)
{
	size_t comment = str_chr(line, '#');

	if (entries->value != RULE_TEXTS || comment == 0)
		line = str_first(line, comment);
	return str_trim_fws(line);
}

static bool
add_lines(struct entries *entries, const char *path, struct str text,
	  struct buf *why)
{
	struct str line;

	for (size_t number = 1; str_split(&text, '\n', &line); number++) {
		size_t begin = why->n;
		line = line_entry(entries, line);
		if (line.n == 0)
			continue;
		buf_printf(why, "%s:%zu: ", path, number);
		if (!add_one(entries, line, why))
			return false;
		why->n = begin;
	}
	return true;
}

static bool
add_file(struct entries *entries, struct str path, struct buf *why)
{
	const char *name = arena_copy(entries->arena, path).p;
	struct buf text;
	bool ok;

	if (path.n == 0 || path.p[0] != '/' || str_has_control(path))
		return wrong(why, path,
			     "is not the full path of a file, beginning with "
			     "/");
	buf_init(&text, NULL);
	buf_printf(why, "%s: ", name);
	ok = file_read(name, LIMIT_LIST_BYTES, "list", &text, why);
	if (ok) {
		why->n = 0;
		ok = add_lines(entries, name, buf_str(&text), why);
	}
	buf_clear(&text);
	return ok;
}

bool
entries_add(struct entries *entries, struct str item, struct buf *why)
{
	if (str_starts(item, str_lit("file:")))
		return add_file(entries, str_from(item, 5), why);
	return add_one(entries, item, why);
}

static void
finish_texts(struct entries *entries, struct arena *arena,
	     struct rule_condition *condition)
{
	size_t n = entries->texts.n / sizeof(struct rule_field_text);
	struct rule_field_text *text = arena_array(arena, n + 1, sizeof *text);

	if (n > 0)
		memcpy(text, entries->texts.p, n * sizeof *text);
	for (size_t i = 0; i < n; i++) {
		text[i].name = arena_copy(arena, text[i].name);
		text[i].text = arena_copy(arena, text[i].text);
	}
	condition->text = text;
	condition->texts = n;
}

void
entries_finish(struct entries *entries, struct arena *arena,
	       struct rule_condition *condition)
{
	size_t names = entries->names.n / sizeof(struct name);
	size_t networks = entries->networks.n / sizeof(struct ip_network);
	const struct name *name = (const void *)entries->names.p;
	struct domain_set *set;

	condition->broad = entries->broad;
	if (entries->value == RULE_TEXTS) {
		finish_texts(entries, arena, condition);
	} else if (entries->value == RULE_NETWORKS) {
		condition->broad = networks_are_broad(
		    (const void *)entries->networks.p, networks);
		condition->networks = network_set_new(
		    arena, (const void *)entries->networks.p, networks);
	} else {
		set = domain_set_new(arena, names, entries->octets);
		for (size_t i = 0; i < names; i++)
			domain_set_add(set, name[i].text, name[i].subtree);
		condition->domains = set;
		condition->addresses = entries->addresses;
	}
	entries_free(entries);
}
