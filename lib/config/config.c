#include "config/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/domain.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/line.h"
#include "base/mem.h"
#include "base/shares.h"
#include "config/file.h"
#include "config/foreign.h"
#include "config/reader.h"
#include "config/rules_section.h"
#include "config/schema.h"
#include "config/snapshot.h"
#include "config/value.h"

static const struct config_place nowhere = {0, 0};

void
config_error_set(struct config_error *error, const char *path,
		 struct config_place place, const char *fmt, ...)
{
	int n = 0;
	va_list args;

	error->text[0] = '\0';
	if (path != NULL && place.line > 0)
		n = snprintf(error->text, sizeof error->text,
			     "%s:%zu:%zu: ", path, place.line, place.column);
	else if (path != NULL)
		n = snprintf(error->text, sizeof error->text, "%s: ", path);
	if (n >= 0 && (size_t)n < sizeof error->text) {
		va_start(args, fmt);
		vsnprintf(error->text + n, sizeof error->text - (size_t)n, fmt,
			  args);
		va_end(args);
	}
	line_mend(error->text, strlen(error->text));
}

/* --- the file's octets --- */

static bool
read_file(const char *path, struct buf *out, struct config_error *error)
{
	struct buf why;

	buf_init(&why, NULL);
	bool ok =
	    file_read(path, LIMIT_CONFIG_BYTES, "configuration", out, &why);
	if (!ok)
		config_error_set(error, path, nowhere, "%s", why.p);
	buf_clear(&why);
	return ok;
}

/* --- its keywords --- */

static bool
refuse_unknown(const struct snapshot *s, const struct reader_entry *entry,
	       struct config_error *error)
{
	const struct config_key *near = schema_nearest(entry->name);
	struct str section = near ? schema_section(near) : str_empty();
	struct str show = str_first(entry->name, 60);

	if (near == NULL)
		config_error_set(error, s->path, entry->place,
				 "unknown keyword \"%.*s\"; \"verdict config "
				 "--keywords\" lists them all",
				 STR_ARG(show));
	else if (str_eq(section, entry->section))
		config_error_set(error, s->path, entry->place,
				 "unknown keyword \"%.*s\"; did you mean "
				 "\"%.*s\"?",
				 STR_ARG(show), STR_ARG(schema_keyword(near)));
	else
		config_error_set(error, s->path, entry->place,
				 "unknown keyword \"%.*s\" here; did you mean "
				 "\"%.*s\" %s%.*s?",
				 STR_ARG(show), STR_ARG(schema_keyword(near)),
				 section.n ? "under " : "at the top level",
				 STR_ARG(section));
	return false;
}

/* "limits:" and "log:"; entries that follow name their section themselves. */
static bool
apply_section(const struct snapshot *s, const struct reader_result *file,
	      const struct reader_entry *entry, struct config_error *error)
{
	const struct reader_entry *e = file->entry;

	if (entry->shape != READER_MAPPING &&
	    !(entry->shape == READER_SCALAR && entry->value[0].absent)) {
		config_error_set(error, s->path, entry->value[0].place,
				 "%.*s: keywords must follow, indented on "
				 "lines of their own",
				 STR_ARG(entry->name));
		return false;
	}
	for (; e < entry; e++) {
		if (e->section.n > 0 || !str_eq(e->name, entry->name))
			continue;
		config_error_set(error, s->path, entry->place,
				 "%.*s: already begun in line %zu; put the "
				 "keywords together",
				 STR_ARG(entry->name), e->place.line);
		return false;
	}
	return true;
}

/* Is the shape of the value what the type wants? */
static bool
check_shape(const struct snapshot *s, const struct config_key *key,
	    const struct reader_entry *entry, struct config_error *error)
{
	struct config_place place = entry->place;
	const char *why = NULL;

	if (entry->shape == READER_MAPPING)
		why = "takes a value, not keywords of its own";
	else if (entry->shape == READER_LIST && !value_is_list(key->type))
		why = "takes one value, not a list";
	for (size_t i = 0; why == NULL && i < entry->count; i++) {
		place = entry->value[i].place;
		if (entry->value[i].absent)
			why = "has no value; write one, or remove the line";
	}
	if (why != NULL)
		config_error_set(error, s->path, place, "%s: %s", key->name,
				 why);
	return why == NULL;
}

static bool
apply_value(struct snapshot *s, const struct config_key *key,
	    const struct reader_entry *entry, struct config_error *error)
{
	struct str *item =
	    arena_array(s->arena, entry->count + 1, sizeof *item);
	struct config_place place = entry->place;
	size_t bad = 0;
	struct buf why;

	for (size_t i = 0; i < entry->count; i++)
		item[i] = entry->value[i].text;
	buf_init(&why, s->arena);
	if (!value_set(s, key, item, entry->count, &why, &bad))
		place = entry->value[bad].place;
	else if (key->check == NULL || key->check(s, key, &why))
		return true;
	config_error_set(error, s->path, place, "%s: %.*s", key->name,
			 STR_ARG(buf_str(&why)));
	return false;
}

static bool
apply_entry(struct snapshot *s, const struct reader_result *file,
	    const struct reader_entry *entry, struct config_error *error)
{
	const struct config_key *key = schema_find(entry->section, entry->name);

	if (entry->shape == READER_ITEM) {
		config_error_set(error, s->path, entry->place,
				 "a list holds single values only, not lists "
				 "or keywords");
		return false;
	}
	if (entry->section.n == 0 && schema_is_section(entry->name))
		return apply_section(s, file, entry, error);
	if (key == NULL)
		return refuse_unknown(s, entry, error);
	struct config_place *place = &s->place[key - config_schema];
	if (place->line > 0) {
		config_error_set(error, s->path, entry->place,
				 "%s: already set in line %zu; keep one of "
				 "the two",
				 key->name, place->line);
		return false;
	}
	*place = entry->place;
	return check_shape(s, key, entry, error) &&
	       apply_value(s, key, entry, error);
}

static bool
apply_text(struct snapshot *s, struct str text, struct config_error *error)
{
	struct reader_result file = {NULL, 0};
	bool ok = reader_parse(s->arena, s->path, text, &file, error);

	for (size_t i = 0; ok && i < file.count; i++)
		ok = rules_section_owns(&file.entry[i]) ||
		     apply_entry(s, &file, &file.entry[i], error);
	return ok && rules_section_read(s, &file, error);
}

/* --- what depends on the host or on other keywords --- */

static bool
complete_identity(struct snapshot *s, struct config_error *error)
{
	struct config *config = &s->config;
	char host[LIMIT_DOMAIN + 2] = "";

	if (config->authserv_id.n == 0) {
		(void)gethostname(host, sizeof host - 1);
		if (domain_canonical(s->arena, str_of(host),
				     &config->authserv_id) != DOMAIN_OK) {
			config_error_set(error, s->path, nowhere,
					 "authserv-id: this host's name \"%s\" "
					 "is no domain; set authserv-id",
					 host);
			return false;
		}
	}
	config->verify.authserv_id = config->authserv_id;
	const struct domain_list *further = &config->further_ids;
	struct str *id = arena_array(s->arena, further->count + 1, sizeof *id);
	id[0] = config->authserv_id;
	for (size_t i = 0; i < further->count; i++)
		id[i + 1] = further->name[i];
	config->strip_ids = id;
	config->n_strip_ids = further->count + 1;
	return true;
}

static void
complete_servers(struct snapshot *s)
{
	struct buf unusable;

	buf_init(&unusable, s->arena);
	s->config.dns_of_system = true;
	dns_servers_read(CONFIG_RESOLV_CONF, &s->config.dns, &unusable);
	s->unusable_servers = buf_str(&unusable);
}

static bool
complete(struct snapshot *s, struct config_error *error)
{
	struct config *config = &s->config;
	struct dns_limits *dns = &config->verify.limits.dns;

	config->policy.forwarders.network = config->forwarders.network;
	config->policy.forwarders.networks = config->forwarders.count;
	if (config->dns.servers == 0)
		complete_servers(s);
	if (!complete_identity(s, error) || !config_check(s, error))
		return false;
	if (config->max_evaluations > config->max_sessions)
		config->max_evaluations = config->max_sessions;
	config->dns.slow_waiters =
	    shares_of(config->max_evaluations).slow_waiters;
	if (dns->prefetches > dns->questions)
		dns->prefetches = dns->questions;
	return true;
}

/* --- the snapshot --- */

static struct snapshot *
snapshot_new(const char *path)
{
	struct snapshot *s = mem_alloc(sizeof *s);

	atomic_init(&s->references, 1);
	s->arena = arena_new(NULL);
	s->suffixes = suffix_list_open();
	if (path != NULL)
		s->path = arena_copy(s->arena, str_of(path)).p;
	s->place = arena_array(s->arena, config_schema_count, sizeof *s->place);
	for (size_t i = 0; i < config_schema_count; i++)
		value_set_default(s, &config_schema[i]);
	return s;
}

struct config *
config_defaults(void)
{
	struct snapshot *s = snapshot_new(NULL);

	suffix_list_close(s->suffixes);
	s->suffixes = NULL;
	return &s->config;
}

static int
finish(struct snapshot *s, bool ok, struct config **config_out,
       struct config_error *error_out)
{
	ok = ok && complete(s, error_out);
	suffix_list_close(s->suffixes);
	s->suffixes = NULL;
	if (!ok) {
		config_unref(&s->config);
		return ERR_CONFIG;
	}
	*config_out = &s->config;
	return ERR_OK;
}

/* What is no configuration of ours may be that of a program before us. */
static bool
apply_ours(struct snapshot *s, struct str text, struct config_error *error)
{
	struct foreign foreign;

	if (apply_text(s, text, error))
		return true;
	if (foreign_find(text, &foreign))
		config_error_set(
		    error, s->path, (struct config_place){foreign.line, 1},
		    "\"%s\" is an option of %s, and this its configuration, "
		    "not verdict-milter's: \"verdict config %s %s\" prints it "
		    "translated",
		    foreign.word, foreign.program, foreign.option,
		    s->path != NULL ? s->path : "FILE");
	return false;
}

int
config_load_text(const char *path, struct str text, struct config **config_out,
		 struct config_error *error_out)
{
	struct snapshot *s = snapshot_new(path);

	return finish(s, apply_ours(s, text, error_out), config_out, error_out);
}

int
config_load(const char *path, struct config **config_out,
	    struct config_error *error_out)
{
	struct buf text;
	int status = ERR_CONFIG;

	if (path == NULL)
		return finish(snapshot_new(NULL), true, config_out, error_out);
	buf_init(&text, NULL);
	if (read_file(path, &text, error_out))
		status = config_load_text(path, buf_str(&text), config_out,
					  error_out);
	buf_clear(&text);
	return status;
}

struct config *
config_ref(struct config *config)
{
	atomic_fetch_add(&((struct snapshot *)config)->references, 1);
	return config;
}

void
config_unref(struct config *config)
{
	struct snapshot *s = (struct snapshot *)config;

	if (s == NULL || atomic_fetch_sub(&s->references, 1) > 1)
		return;
	arena_free(s->arena);
	free(s);
}

/* The longest prefix that holds the client; -1: none. */
static int
narrowest(const struct config_networks *networks, struct ip client)
{
	int longest = -1;

	for (size_t i = 0; i < networks->count; i++) {
		const struct ip_network *network = &networks->network[i];
		if (ip_in_network(client, network) &&
		    (int)network->prefix > longest)
			longest = (int)network->prefix;
	}
	return longest;
}

enum client_class
config_client_class(const struct config *config, struct ip client)
{
	int internal = narrowest(&config->internal_networks, client);
	int relay = narrowest(&config->trusted_relays, client);

	if (internal < 0 && relay < 0)
		return CLIENT_FOREIGN;
	return relay > internal ? CLIENT_RELAY : CLIENT_INTERNAL;
}

enum address_rewriting
config_address_rewriting(const struct config *config,
			 enum address_rewriting found)
{
	if (config->address_rewriting < CONFIG_REWRITING_TOLD)
		return found;
	return (enum address_rewriting)(config->address_rewriting -
					CONFIG_REWRITING_TOLD);
}
