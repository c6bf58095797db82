#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/domain.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/shares.h"
#include "config/file.h"
#include "config/foreign.h"
#include "config/own_line.h"
#include "config/reader.h"
#include "config/rules_section.h"
#include "config/schema.h"
#include "config/snapshot.h"
#include "config/value.h"

static const struct config_place nowhere = {0, 0};

/* --- the file's octets --- */

static bool
read_file(struct snapshot *s, struct buf *out)
{
	struct buf why;

	buf_init(&why, NULL);
	bool ok =
	    file_read(s->path, LIMIT_CONFIG_BYTES, "configuration", out, &why);
	if (!ok)
		errors_add(&s->errors, nowhere, "%s", why.p);
	buf_clear(&why);
	return ok;
}

/* --- its keywords --- */

/* What has entries of its own, where that is nearer than the keyword. */
static struct str
nearest_head(struct str name, const struct config_key *near)
{
	struct str head = str_empty();
	size_t least = SIZE_MAX;

	if (near != NULL)
		schema_closer(name, schema_keyword(near), &head, &least);
	head = str_empty();
	for (size_t i = 0; i < config_schema_count; i++)
		schema_closer(name, schema_section(&config_schema[i]), &head,
			      &least);
	schema_closer(name, str_lit("rules"), &head, &least);
	return head;
}

static void
suggest(struct snapshot *s, const struct reader_entry *entry, struct str name,
	const char *where, struct str section)
{
	struct str show = str_first(entry->name, 60);

	errors_add(&s->errors, entry->place,
		   "unknown keyword \"%.*s\"%s; did you mean \"%.*s\"%s%.*s?",
		   STR_ARG(show), where[0] ? " here" : "", STR_ARG(name), where,
		   STR_ARG(section));
}

static void
refuse_unknown(struct snapshot *s, const struct reader_entry *entry)
{
	const struct config_key *near = schema_nearest(entry->name);
	struct str section = near ? schema_section(near) : str_empty();
	struct str show = str_first(entry->name, 60);
	struct str head = entry->section.n == 0
			      ? nearest_head(entry->name, near)
			      : str_empty();

	/* Its value may be meant, so its default tells nothing. */
	if (near != NULL)
		s->faulty[near - config_schema] = true;
	if (head.n > 0)
		suggest(s, entry, head, "", str_empty());
	else if (near == NULL)
		errors_add(&s->errors, entry->place,
			   "unknown keyword \"%.*s\"; \"verdict config "
			   "--keywords\" lists them all",
			   STR_ARG(show));
	else if (str_eq(section, entry->section))
		suggest(s, entry, schema_keyword(near), "", str_empty());
	else
		suggest(s, entry, schema_keyword(near),
			section.n > 0 ? " under " : " at the top level",
			section);
}

/* "limits:" and "log:"; entries that follow name their section themselves. */
static void
apply_section(struct snapshot *s, const struct reader_result *file,
	      const struct reader_entry *entry)
{
	if (entry->shape != READER_MAPPING &&
	    !(entry->shape == READER_SCALAR && entry->value[0].absent)) {
		errors_add(&s->errors,
			   entry->count > 0 ? entry->value[0].place
					    : entry->place,
			   "%.*s: keywords must follow, indented on lines of "
			   "their own",
			   STR_ARG(entry->name));
		return;
	}
	for (const struct reader_entry *e = file->entry; e < entry; e++) {
		if (e->section.n > 0 || !str_eq(e->name, entry->name))
			continue;
		errors_add(&s->errors, entry->place,
			   "%.*s: already begun in line %zu; put the keywords "
			   "together",
			   STR_ARG(entry->name), e->place.line);
		return;
	}
}

/* Is the shape of the value what the type wants? */
static bool
check_shape(struct snapshot *s, const struct config_key *key,
	    const struct reader_entry *entry)
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
		errors_add(&s->errors, place, "%s: %s", key->name, why);
	return why == NULL;
}

/* Where items stand for themselves, each that is wrong is told. */
static bool
apply_items(struct snapshot *s, const struct config_key *key,
	    const struct reader_entry *entry)
{
	struct str *item =
	    arena_array(s->arena, entry->count + 1, sizeof *item);
	struct config_place *place =
	    arena_array(s->arena, entry->count + 1, sizeof *place);
	size_t count = entry->count, bad = 0;
	struct buf why;

	for (size_t i = 0; i < count; i++) {
		item[i] = entry->value[i].text;
		place[i] = entry->value[i].place;
	}
	buf_init(&why, s->arena);
	while (!value_set(s, key, item, count, &why, &bad)) {
		errors_add(&s->errors, place[bad], "%s: %.*s", key->name,
			   STR_ARG(buf_str(&why)));
		buf_reset(&why);
		if (!value_is_of_items(key->type))
			return false;
		count--;
		memmove(&item[bad], &item[bad + 1],
			(count - bad) * sizeof *item);
		memmove(&place[bad], &place[bad + 1],
			(count - bad) * sizeof *place);
	}
	return count == entry->count;
}

static bool
apply_value(struct snapshot *s, const struct config_key *key,
	    const struct reader_entry *entry)
{
	struct buf why;

	if (!apply_items(s, key, entry))
		return false;
	buf_init(&why, s->arena);
	if (key->check == NULL || key->check(s, key, &why))
		return true;
	errors_add(&s->errors, entry->place, "%s: %.*s", key->name,
		   STR_ARG(buf_str(&why)));
	return false;
}

static bool
apply_keyword(struct snapshot *s, const struct config_key *key,
	      const struct reader_entry *entry)
{
	struct config_place *place = &s->place[key - config_schema];

	if (place->line > 0) {
		errors_add(&s->errors, entry->place,
			   "%s: already set in line %zu; keep one of the two",
			   key->name, place->line);
		return false;
	}
	*place = entry->place;
	if (entry->faulty)
		return false;
	if (check_shape(s, key, entry) && apply_value(s, key, entry))
		return true;
	value_set_default(s, key);
	return false;
}

static void
apply_entry(struct snapshot *s, const struct reader_result *file,
	    const struct reader_entry *entry)
{
	const struct config_key *key = schema_find(entry->section, entry->name);

	if (entry->shape == READER_ITEM)
		errors_add(&s->errors, entry->place,
			   "a list holds single values only, not lists or "
			   "keywords");
	else if (entry->section.n == 0 && schema_is_section(entry->name))
		apply_section(s, file, entry);
	else if (key == NULL)
		refuse_unknown(s, entry);
	else if (!apply_keyword(s, key, entry))
		s->faulty[key - config_schema] = true;
}

/* What stands below no section was told with what it stands below. */
static bool
hangs_in_the_air(const struct reader_entry *entry)
{
	return entry->section.n > 0 &&
	       (entry->item > 0 || !schema_is_section(entry->section));
}

/* False: what follows cannot be read. */
static bool
apply_text(struct snapshot *s, struct str text)
{
	struct reader_result file;

	reader_parse(s->arena, text, &file, &s->errors);
	for (size_t i = 0; i < file.count; i++) {
		const struct reader_entry *entry = &file.entry[i];
		if (!rules_section_owns(entry) && !hangs_in_the_air(entry))
			apply_entry(s, &file, entry);
	}
	rules_section_read(s, &file);
	return file.whole;
}

/* --- what depends on the host or on other keywords --- */

static void
complete_identity(struct snapshot *s)
{
	struct config *config = &s->config;
	char host[LIMIT_DOMAIN + 2] = "";

	if (config->authres.id.n == 0) {
		(void)gethostname(host, sizeof host - 1);
		if (domain_canonical(s->arena, str_of(host),
				     &config->authres.id) != DOMAIN_OK) {
			errors_add(&s->errors, nowhere,
				   "authserv-id: this host's name \"%s\" is no "
				   "domain; set authserv-id",
				   host);
			return;
		}
	}
	config->verify.authserv_id = config->authres.id;
	const struct domain_list *further = &config->further_ids;
	struct str *id = arena_array(s->arena, further->count + 1, sizeof *id);
	id[0] = config->authres.id;
	for (size_t i = 0; i < further->count; i++)
		id[i + 1] = further->name[i];
	config->authres.ids = id;
	config->authres.n_ids = further->count + 1;
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

static enum client_class
class_of(const void *config, struct ip client)
{
	return config_client_class(config, client, str_empty(), NULL);
}

static void
complete(struct snapshot *s)
{
	struct config *config = &s->config;
	struct dns_limits *dns = &config->verify.limits.dns;

	config->verify.relays.class_of = class_of;
	config->verify.relays.ctx = config;
	config->policy.forwarders.clients = config->forwarders;
	config->verify.forwarders = config->forwarders;
	config->verify.trusted_relays = config->trusted_relays;
	if (config->dns.servers == 0)
		complete_servers(s);
	complete_identity(s);
	config_check(s);
	if (config->max_evaluations > config->max_sessions)
		config->max_evaluations = config->max_sessions;
	config->dns.slow_waiters =
	    shares_of(config->max_evaluations).slow_waiters;
	if (dns->prefetches > dns->questions)
		dns->prefetches = dns->questions;
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
	s->errors = (struct errors){.arena = s->arena, .path = s->path};
	s->place = arena_array(s->arena, config_schema_count, sizeof *s->place);
	s->faulty =
	    arena_array(s->arena, config_schema_count, sizeof *s->faulty);
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
finish(struct snapshot *s, struct config **config_out,
       struct config_error *error_out)
{
	bool ok = s->errors.found == 0;

	suffix_list_close(s->suffixes);
	s->suffixes = NULL;
	if (!ok) {
		errors_tell(&s->errors, error_out);
		config_unref(&s->config);
		return ERR_CONFIG;
	}
	*config_out = &s->config;
	return ERR_OK;
}

/* What is no configuration of ours may be that of a program before us. */
static bool
is_foreign(struct snapshot *s, struct str text)
{
	struct foreign foreign;

	if (s->errors.found == 0 || !foreign_find(text, &foreign) ||
	    own_lines_count(text) >= foreign.lines)
		return false;
	errors_forget(&s->errors);
	errors_add(&s->errors, (struct config_place){foreign.line, 1},
		   "\"%s\" is an option of %s, and this its configuration, not "
		   "verdict-milter's: \"verdict config %s %s\" prints it "
		   "translated",
		   foreign.word, foreign.program, foreign.option,
		   s->path != NULL ? s->path : "FILE");
	return true;
}

static void
apply_ours(struct snapshot *s, struct str text)
{
	bool whole = apply_text(s, text);

	if (!is_foreign(s, text) && whole)
		complete(s);
}

int
config_load_text(const char *path, struct str text, struct config **config_out,
		 struct config_error *error_out)
{
	struct snapshot *s = snapshot_new(path);

	apply_ours(s, text);
	return finish(s, config_out, error_out);
}

int
config_load(const char *path, struct config **config_out,
	    struct config_error *error_out)
{
	struct snapshot *s = snapshot_new(path);
	struct buf text;

	buf_init(&text, NULL);
	if (path == NULL)
		complete(s);
	else if (read_file(s, &text))
		apply_ours(s, buf_str(&text));
	buf_clear(&text);
	return finish(s, config_out, error_out);
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

enum address_rewriting
config_address_rewriting(const struct config *config,
			 enum address_rewriting found)
{
	if (config->address_rewriting < CONFIG_REWRITING_TOLD)
		return found;
	return (enum address_rewriting)(config->address_rewriting -
					CONFIG_REWRITING_TOLD);
}
