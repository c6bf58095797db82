#include "base/clock.h"
#include "config/config.h"
#include "config/rules_section.h"
#include "config/schema.h"
#include "config/snapshot.h"
#include "config/value.h"

static void
add_origin(const struct snapshot *s, struct config_place place, struct buf *out)
{
	if (place.line > 0)
		buf_printf(out, "%s:%zu", s->path, place.line);
	else
		buf_adds(out, "default");
}

static void
add_json_origin(const struct snapshot *s, struct config_place place,
		struct buf *out)
{
	struct buf origin;

	buf_init(&origin, NULL);
	add_origin(s, place, &origin);
	buf_add_json(out, buf_str(&origin));
	buf_clear(&origin);
}

static bool
is_same(const struct config *a, const struct config *b,
	const struct config_key *key)
{
	struct buf first, second;

	buf_init(&first, NULL);
	buf_init(&second, NULL);
	value_print(a, key, false, &first);
	value_print(b, key, false, &second);
	bool same = str_eq(buf_str(&first), buf_str(&second));
	buf_clear(&first);
	buf_clear(&second);
	return same;
}

static bool
is_set(const struct config *config, size_t key)
{
	return snapshot_of(config)->place[key].line > 0;
}

/* What is printed of a snapshot: all of it, or what the defaults do not say. */
struct print {
	const struct snapshot *s;
	const struct config *defaults; /* NULL: all */
	bool json, rules;
	struct str section; /* begun */
	struct buf *out;
};

static bool
wants(const struct print *p, size_t i)
{
	/* What is not set may yet follow the host or another keyword. */
	return p->defaults == NULL ||
	       (is_set(&p->s->config, i) &&
		!is_same(&p->s->config, p->defaults, &config_schema[i]));
}

static void
print_json(struct print *p)
{
	struct buf *out = p->out;

	buf_addc(out, '{');
	for (size_t i = 0; i < config_schema_count; i++) {
		if (!wants(p, i))
			continue;
		buf_printf(out, "\"%s\":{\"value\":", config_schema[i].name);
		value_print(&p->s->config, &config_schema[i], true, out);
		buf_adds(out, ",\"origin\":");
		add_json_origin(p->s, p->s->place[i], out);
		buf_adds(out, "},");
	}
	if (p->rules) {
		buf_adds(out, "\"rules\":{\"value\":");
		rules_section_print(p->s, true, out);
		buf_adds(out, ",\"origin\":");
		add_json_origin(p->s, p->s->rules_place, out);
		buf_adds(out, "},");
	}
	if (out->p[out->n - 1] == ',')
		out->n--;
	buf_adds(out, "}\n");
}

/* Heads a section where one begins; its keywords are indented. */
static void
add_keyword(const struct config_key *key, struct str *begun, struct buf *out)
{
	struct str section = schema_section(key);

	if (section.n > 0 && !str_eq(*begun, section))
		buf_printf(out, "%.*s:\n", STR_ARG(section));
	*begun = section;
	buf_printf(out, "%s%.*s: ", section.n > 0 ? "  " : "",
		   STR_ARG(schema_keyword(key)));
}

static void
print_text(struct print *p)
{
	struct buf *out = p->out;

	if (p->rules)
		rules_section_print(p->s, false, out);
	for (size_t i = 0; i < config_schema_count; i++) {
		if (!wants(p, i))
			continue;
		add_keyword(&config_schema[i], &p->section, out);
		value_print(&p->s->config, &config_schema[i], false, out);
		buf_adds(out, "  # ");
		add_origin(p->s, p->s->place[i], out);
		buf_addc(out, '\n');
	}
}

static void
print(struct print *p)
{
	if (p->json)
		print_json(p);
	else
		print_text(p);
}

void
config_print(const struct config *config, bool json, struct buf *out)
{
	print(&(struct print){
	    .s = snapshot_of(config), .json = json, .rules = true, .out = out});
}

void
config_print_changed(const struct config *config, bool json, struct buf *out)
{
	const struct rules *rules = config->policy.rules;
	struct config *defaults = config_defaults();
	size_t before = out->n;

	print(&(struct print){.s = snapshot_of(config),
			      .defaults = defaults,
			      .json = json,
			      .rules = rules != NULL && rules->count > 0,
			      .out = out});
	if (out->n == before)
		buf_adds(out, "# everything is at its default\n");
	config_unref(defaults);
}

void
config_describe(struct buf *out)
{
	struct str section = str_empty();

	rules_section_describe(out);
	for (size_t i = 0; i < config_schema_count; i++) {
		const struct config_key *key = &config_schema[i];
		add_keyword(key, &section, out);
		value_describe(key, out);
		buf_adds(out, "; default ");
		value_add_default(key, out);
		buf_printf(out, "%s\n      %s\n",
			   key->restart ? "; read at the start only" : "",
			   key->help);
	}
}

void
config_needs_restart(const struct config *running, const struct config *fresh,
		     struct buf *out)
{
	for (size_t i = 0; i < config_schema_count; i++) {
		const struct config_key *key = &config_schema[i];
		/* A default may follow another keyword, which tells. */
		bool unset = !is_set(running, i) && !is_set(fresh, i);
		if (!key->restart || unset || is_same(running, fresh, key))
			continue;
		if (out->n > 0)
			buf_adds(out, ", ");
		buf_adds(out, key->name);
	}
}

void
config_verifies_otherwise(const struct config *running,
			  const struct config *fresh, struct buf *out)
{
	for (size_t i = 0; i < config_schema_count; i++) {
		const struct config_key *key = &config_schema[i];
		if (key->use != CONFIG_USE_VERIFY ||
		    is_same(running, fresh, key))
			continue;
		if (out->n > 0)
			buf_adds(out, ", ");
		buf_adds(out, key->name);
	}
}

bool
config_names(const struct config *config, const char *keyword)
{
	for (size_t i = 0; i < config_schema_count; i++) {
		if (str_is(str_of(keyword), config_schema[i].name))
			return is_set(config, i);
	}
	return false;
}

static void
warn_of_servers(const struct snapshot *s, struct buf *out)
{
	const struct dns_options *dns = &s->config.dns;
	char text[DNS_SERVER_TEXT];
	struct str rest = s->unusable_servers, line;

	while (str_split(&rest, '\n', &line)) {
		if (line.n > 0)
			buf_printf(out,
				   "resolver: %.*s; mend the line, or name the "
				   "servers in resolver\n",
				   STR_ARG(line));
	}
	for (size_t i = 0; i < dns->servers; i++) {
		if (!dns_server_has_scope(&dns->server[i]))
			buf_printf(out,
				   "resolver: %s cannot be asked, as there is "
				   "no interface \"%s\" now\n",
				   dns_server_format(&dns->server[i], text),
				   dns->server[i].scope);
	}
}

static void
warn_of_rows(const struct snapshot *s, struct buf *out)
{
	struct buf why;

	buf_init(&why, NULL);
	for (size_t i = 0; i < config_schema_count; i++) {
		const struct config_key *key = &config_schema[i];
		if (key->doubt == NULL || key->doubt(s, key, &why))
			continue;
		buf_printf(out, "%s: %.*s\n", key->name,
			   STR_ARG(buf_str(&why)));
		buf_reset(&why);
	}
	buf_clear(&why);
}

static void
add_warnings(const struct config *config, const struct config *told,
	     struct buf *out)
{
	warn_of_servers(snapshot_of(config), out);
	rules_section_warn(snapshot_of(config),
			   told != NULL ? told->policy.rules : NULL,
			   clock_wall_seconds(), out);
	warn_of_rows(snapshot_of(config), out);
	config_warn_of_voids(snapshot_of(config), out);
	if (str_starts(config->listen, str_lit("unix:")) &&
	    (config->socket_mode & 0002) != 0)
		buf_printf(out,
			   "socket-mode: 0%o lets every user of this host "
			   "speak to the socket as the mail server does; "
			   "write 0660 and name the mail server's group in "
			   "socket-group\n",
			   config->socket_mode);
}

void
config_warnings(const struct config *config, struct buf *out)
{
	add_warnings(config, NULL, out);
}

static void
tell_lines(struct str text, void (*tell)(void *ctx, struct str line), void *ctx)
{
	struct str line;

	while (str_split(&text, '\n', &line))
		if (line.n > 0)
			tell(ctx, line);
}

void
config_each_warning(const struct config *config, const struct config *told,
		    void (*tell)(void *ctx, struct str line), void *ctx)
{
	struct buf text;

	buf_init(&text, NULL);
	add_warnings(config, told, &text);
	tell_lines(buf_str(&text), tell, ctx);
	buf_clear(&text);
}

void
config_each_expiry(const struct config *config, int64_t since, int64_t now,
		   void (*tell)(void *ctx, struct str line), void *ctx)
{
	struct buf text;

	buf_init(&text, NULL);
	rules_section_warn_due(snapshot_of(config), since, now, &text);
	tell_lines(buf_str(&text), tell, ctx);
	buf_clear(&text);
}
