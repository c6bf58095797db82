/*
 * Lists of hosts and names, in all the ways in which the old programs write
 * them: entries parted by commas or blanks, or files with one entry a line.
 */
#include <string.h>

#include "base/domain.h"
#include "base/limits.h"
#include "base/line.h"
#include "config/broad.h"
#include "config/file.h"
#include "dns/dns.h"
#include "milter/cli/over/parts.h"

/* One list on its way into a keyword, or into a condition of a rule. */
struct taking {
	struct over *over;
	const struct over_option *option;
	enum over_key key;  /* OVER_KEYS: into `entries` */
	const char *before; /* of a domain in a rule, or by SPF */
	void (*take)(struct taking *t, struct str entry);
	struct buf entries; /* of a rule's condition: struct entry */
	struct buf left;    /* what was not taken, for the note */
	struct buf files;   /* that were read */
	size_t taken, lost;
	bool hostname; /* the word stands there */
	bool missing;  /* a file, which was said */
	bool full;
};

struct entry {
	struct str text;
	struct ip_network network; /* IP_NONE: a name */
};

/* --- files --- */

/* rspamd's variables for its folder, and a relative path's folder. */
static struct str
full_path(struct over *over, struct str path)
{
	static const char *const variables[] = {
	    "${LOCAL_CONFDIR}", "$LOCAL_CONFDIR", "${CONFDIR}", "$CONFDIR"};
	const struct over_option *base = over_find(over, "BaseDirectory");

	for (size_t i = 0; i < 4 && over->folder != NULL; i++) {
		struct str variable = str_of(variables[i]);
		if (str_starts(path, variable))
			return arena_printf(
			    over->arena, "%s%.*s", over->folder,
			    STR_ARG(str_from(path, variable.n)));
	}
	if (path.n > 0 && path.p[0] != '/' && base != NULL)
		return arena_printf(over->arena, "%.*s/%.*s",
				    STR_ARG(base->value), STR_ARG(path));
	return arena_copy(over->arena, path);
}

bool
over_file(struct over *over, enum over_key key,
	  const struct over_option *option, const char *path, struct buf *out)
{
	struct str full = full_path(over, str_of(path));
	struct buf why;
	bool good = false;

	buf_init(&why, NULL);
	if (over->files == OVER_FILES)
		buf_printf(&why, "is one file too many: %d are read",
			   OVER_FILES);
	else
		good = file_read(full.p, LIMIT_CONFIG_BYTES, "list", out, &why);
	over->files++;
	if (!good)
		over_mark(over, key, option,
			  "%.*s %s. Its entries are missing here.",
			  STR_ARG(over_shown(over, full)), why.p);
	buf_clear(&why);
	return good;
}

/* --- entries --- */

static struct str
without(struct str text, const char *prefix)
{
	return str_starts(text, str_of(prefix)) ? str_from(text, strlen(prefix))
						: text;
}

static void
leave(struct taking *t, struct str entry, const char *why)
{
	/* A list of nothing but such is none, and each costs time. */
	t->full = t->full || t->lost == OVER_ENTRIES;
	if (t->lost++ < 5)
		buf_printf(&t->left, "%s%.*s (%s)", t->left.n > 0 ? ", " : "",
			   STR_ARG(over_shown(t->over, str_first(entry, 60))),
			   why);
}

static void
put(struct taking *t, struct str text, struct ip_network network)
{
	struct entry entry = {text, network};
	bool full = t->key == OVER_KEYS ? t->taken == OVER_ENTRIES
					: !over_add(t->over, t->key, text);

	if (full) {
		leave(t, text, "one entry too many");
		t->full = true;
		return;
	}
	if (t->key == OVER_KEYS)
		buf_add(&t->entries, str_n((const char *)&entry, sizeof entry));
	t->taken++;
}

static void
put_name(struct taking *t, struct str text)
{
	put(t, text, (struct ip_network){.base = ip_none()});
}

static void
take_network(struct taking *t, struct str entry)
{
	bool except = entry.n > 0 && entry.p[0] == '!';
	struct ip_network network;
	char text[IP_TEXT_MAX];

	if (!over_network_parse(str_from(entry, except), &network)) {
		if (!str_is_nocase(entry, "localhost"))
			leave(t, entry, "no address");
		return;
	}
	if (except) {
		buf_add(&t->over->excepted,
			str_n((const char *)&network, sizeof network));
		return;
	}
	if (networks_are_broad(&network, 1)) {
		leave(t, entry, "anybody can be among them");
		return;
	}
	ip_format(network.base, text);
	bool host =
	    network.prefix == (network.base.family == IP_V4 ? 32u : 128u);
	put(t,
	    host ? arena_copy(t->over->arena, str_of(text))
		 : arena_printf(t->over->arena, "%s/%u", text, network.prefix),
	    network);
}

static void
take_domain(struct taking *t, struct str entry)
{
	struct over *over = t->over;
	struct str domain;

	if (t->key == OVER_STRIP_IDS && str_is_nocase(entry, "HOSTNAME")) {
		t->hostname = true;
		return;
	}
	if (over->suffixes == NULL)
		over->suffixes = suffix_list_open();
	if (domain_canonical(over->arena, entry, &domain) != DOMAIN_OK) {
		leave(t, entry, "no domain");
		return;
	}
	if (t->key != OVER_STRIP_IDS &&
	    broad_domain(over->suffixes, domain, t->before[0] == '.')) {
		leave(t, entry, "anybody can have a name below it");
		return;
	}
	put_name(t, t->before[0] == '\0'
			? domain
			: arena_printf(over->arena, "%s%.*s", t->before,
				       STR_ARG(domain)));
}

static void
take_spf_domain(struct taking *t, struct str entry)
{
	struct str domain = entry;
	struct ip_network network;

	(void)domain_canonical(t->over->arena, entry, &domain);
	if (over_network_parse(domain, &network))
		leave(t, entry, "an address, no domain");
	else if (t->taken == LIMIT_CLIENT_SPF)
		leave(t, entry, "one spf: too many");
	else
		take_domain(t, entry);
}

/* "WAY:ADDRESS:PORT:WEIGHT" is rspamd's; way and weight have no counterpart. */
static void
take_server(struct taking *t, struct str entry)
{
	static const char *const ways[] = {
	    "master-slave:", "round-robin:", "hash:", "random:"};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
		entry = without(entry, ways[i]);
	size_t first = str_chr(entry, ':');
	size_t last = str_rchr(entry, ':');
	struct dns_server server;

	if (str_chr(entry, '.') < first && first < last && last < entry.n)
		entry = str_first(entry, last);
	if (!dns_server_parse(entry, &server))
		leave(t, entry, "no address of a server");
	else if (t->over->value[t->key].n / sizeof(struct over_item) ==
		 DNS_SERVERS_MAX)
		leave(t, entry, "one server too many");
	else
		put_name(t, entry);
}

/* --- lists --- */

static bool
is_file(struct str entry)
{
	return str_starts(entry, str_lit("/")) ||
	       str_starts(entry, str_lit("./")) ||
	       str_starts(entry, str_lit("../")) ||
	       str_starts(entry, str_lit("$"));
}

/* The first word of each line; what follows is a comment or a value. */
static void
take_lines(struct taking *t, struct str text)
{
	struct str line;

	while (!t->full && str_split(&text, '\n', &line)) {
		size_t n = 0;
		line = str_trim_fws(str_first(line, str_chr(line, '#')));
		while (n < line.n && !ascii_is_fws(line.p[n]) &&
		       line.p[n] != ',' && line.p[n] != ';')
			n++;
		if (n > 0)
			t->take(t, str_first(line, n));
	}
}

static void
take_file(struct taking *t, struct str path)
{
	struct buf text;

	buf_init(&text, NULL);
	enum over_key key = t->key == OVER_KEYS ? OVER_RULES : t->key;
	struct str name = arena_copy(t->over->arena, path);
	if (over_file(t->over, key, t->option, name.p, &text)) {
		buf_printf(&t->files, "%s%.*s", t->files.n > 0 ? ", " : "",
			   STR_ARG(over_shown(t->over, path)));
		take_lines(t, buf_str(&text));
	} else {
		t->missing = true;
	}
	buf_clear(&text);
}

/* "db:...", "https://...": kept where this command does not look. */
static bool
is_elsewhere(struct str entry)
{
	static const char *const kinds[] = {
	    "db:",     "dsn:",  "ldap:",     "ldaps:",  "ldapi:",
	    "lua:",    "mdb:",  "memcache:", "erlang:", "repute:",
	    "socket:", "http:", "https:",    "redis:"};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (str_starts_nocase(entry, str_of(kinds[i])))
			return true;
	}
	return false;
}

static void
take_entry(struct taking *t, struct str entry)
{
	/* rspamd's "fallback+file:///PATH", OpenDKIM's "refile:PATH" */
	struct str bare = without(entry, "fallback+");
	struct str path = without(without(bare, "refile:"), "file:");

	if (is_elsewhere(bare))
		leave(t, entry, "kept where this command cannot read it");
	else if (path.n < bare.n)
		take_file(t, without(path, "//"));
	else if (is_file(bare))
		take_file(t, bare);
	else
		t->take(t, without(entry, "csl:"));
}

/* What an entry of a value ends at. */
static bool
parts(char c)
{
	return c == ',' || c == ';' || ascii_is_fws(c);
}

static void
take_value(struct taking *t, struct str value)
{
	if (t->option->is_path) {
		take_file(t, value);
		return;
	}
	while (value.n > 0 && !t->full) {
		size_t n = 0;
		while (n < value.n && !parts(value.p[n]))
			n++;
		if (n > 0)
			take_entry(t, str_first(value, n));
		value = str_from(value, n + 1);
	}
}

static void
begin(struct taking *t, struct over *over, const struct over_option *option,
      enum over_key key)
{
	*t = (struct taking){
	    .over = over, .option = option, .key = key, .before = ""};
	buf_init(&t->entries, over->arena);
	buf_init(&t->left, over->arena);
	buf_init(&t->files, over->arena);
}

/* "WHY N entries of FILE. Left out: ..." */
static void
tell(struct taking *t, enum over_key key, const char *why)
{
	struct buf text;

	if (t->missing && t->taken == 0 && t->lost == 0)
		return;
	buf_init(&text, t->over->arena);
	buf_adds(&text, why);
	if (t->files.n > 0)
		buf_printf(&text, " %zu taken over from %.*s.", t->taken,
			   STR_ARG(buf_str(&t->files)));
	if (t->hostname)
		buf_adds(&text, " HOSTNAME is ours already.");
	if (t->lost > 0)
		buf_printf(&text, " Left out: %.*s%s.",
			   STR_ARG(buf_str(&t->left)),
			   t->lost > 5 ? " and more" : "");
	(t->lost > 0 ? over_mark : over_note)(t->over, key, t->option, "%.*s",
					      STR_ARG(buf_str(&text)));
}

static void
take_list(struct over *over, enum over_key key,
	  const struct over_option *option, const char *before,
	  void (*take)(struct taking *t, struct str entry), const char *why)
{
	struct taking t;

	begin(&t, over, option, key);
	t.before = before;
	t.take = take;
	take_value(&t, option->value);
	tell(&t, key, why);
}

void
over_networks(struct over *over, enum over_key key,
	      const struct over_option *option, const char *why)
{
	take_list(over, key, option, "", take_network, why);
}

void
over_servers(struct over *over, const struct over_option *option,
	     const char *why)
{
	take_list(over, OVER_RESOLVER, option, "", take_server, why);
}

void
over_domains(struct over *over, enum over_key key,
	     const struct over_option *option, const char *why)
{
	take_list(over, key, option, "", take_domain, why);
}

void
over_spf_domains(struct over *over, enum over_key key,
		 const struct over_option *option, const char *why)
{
	take_list(over, key, option, "spf:", take_spf_domain, why);
}

/* Says another entry as much?  Of two that say the same, the first stays. */
static bool
is_held(const struct entry *entry, size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++) {
		const struct ip_network *other = &entry[i].network;
		if (i == at)
			continue;
		if (str_eq(entry[i].text, entry[at].text)
			? i < at
			: over_network_holds(other, &entry[at].network))
			return true;
	}
	return false;
}

static struct str
yaml_of(struct taking *t)
{
	const struct entry *entry = (const void *)t->entries.p;
	size_t count = t->entries.n / sizeof *entry;
	const char *before = "[";
	struct buf out;

	buf_init(&out, t->over->arena);
	for (size_t i = 0; i < count; i++) {
		if (is_held(entry, count, i))
			continue;
		buf_printf(&out, "%s%.*s", before,
			   STR_ARG(over_quoted(t->over, entry[i].text)));
		before = ", ";
	}
	buf_addc(&out, ']');
	return buf_str(&out);
}

static struct str
condition(struct taking *t)
{
	take_value(t, t->option->value);
	if (t->lost > 0)
		over_mark(t->over, OVER_RULES, t->option, "Left out: %.*s%s.",
			  STR_ARG(buf_str(&t->left)),
			  t->lost > 5 ? " and more" : "");
	return t->taken == 0 ? str_empty() : yaml_of(t);
}

struct str
over_rule_networks(struct over *over, const struct over_option *option)
{
	struct taking t;

	begin(&t, over, option, OVER_KEYS);
	t.take = take_network;
	return condition(&t);
}

struct str
over_rule_domains(struct over *over, const struct over_option *option,
		  const char *before)
{
	struct taking t;

	begin(&t, over, option, OVER_KEYS);
	t.take = take_domain;
	t.before = before;
	return condition(&t);
}
