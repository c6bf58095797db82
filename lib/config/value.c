#include "config/value.h"

#include <string.h>

#include "base/line.h"
#include "base/words.h"
#include "config/amount.h"
#include "config/setting.h"

void
value_add_shown(struct buf *out, struct str text)
{
	buf_addc(out, '"');
	bool whole = line_add(out, LINE_TEXT, text, 60);
	buf_adds(out, whole ? "\"" : "...\"");
}

void
setting_add_quoted(struct buf *out, struct str text)
{
	buf_addc(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, text.p[i]);
	}
	buf_addc(out, '"');
}

bool
setting_wrong(struct setting *s, const char *why)
{
	value_add_shown(s->why, s->item[s->at]);
	buf_printf(s->why, " %s", why);
	return false;
}

/* --- whole numbers --- */

static bool
store(struct setting *s, uint64_t value)
{
	uint32_t narrow = (uint32_t)value;
	bool flag = value != 0;

	switch (s->key->size) {
	case sizeof flag:
		memcpy(setting_slot(s), &flag, sizeof flag);
		return true;
	case sizeof narrow:
		memcpy(setting_slot(s), &narrow, sizeof narrow);
		return value <= UINT32_MAX;
	default:
		memcpy(setting_slot(s), &value, sizeof value);
		return true;
	}
}

static uint64_t
stored(const struct config *config, const struct config_key *key)
{
	uint64_t value = 0;
	uint32_t narrow;
	bool flag;

	switch (key->size) {
	case sizeof flag:
		memcpy(&flag, setting_slot_of(config, key), sizeof flag);
		return flag;
	case sizeof narrow:
		memcpy(&narrow, setting_slot_of(config, key), sizeof narrow);
		return narrow;
	default:
		memcpy(&value, setting_slot_of(config, key), sizeof value);
		return value;
	}
}

static unsigned
scale(const struct config_key *key)
{
	return key->scale ? key->scale : 1;
}

static bool
store_in_range(struct setting *s, uint64_t value)
{
	const struct config_key *key = s->key;

	if (value >= key->min && value <= key->max &&
	    store(s, value * scale(key)))
		return true;
	setting_wrong(s, "is out of range: write ");
	value_describe(key, s->why);
	return false;
}

static bool
set_amount(struct setting *s)
{
	enum config_type type = s->key->type;
	uint64_t value;

	if (amount_parse(s->item[s->at], type, &value))
		return store_in_range(s, value);
	setting_wrong(
	    s, type == CONFIG_TIME
		   ? "is not a time: write a number and ms, s, m, h or d, as "
		     "in 30s; "
	       : type == CONFIG_SIZE
		   ? "is not a size: write octets, or a number and k, M or G, "
		     "as in 64M; "
		   : "is not a whole number: write ");
	value_describe(s->key, s->why);
	return false;
}

static bool
set_octal(struct setting *s)
{
	struct str text = s->item[s->at];
	uint64_t value = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '7')
			value = UINT32_MAX;
		else if (value < UINT32_MAX)
			value = value * 8 + (uint64_t)(text.p[i] - '0');
	}
	if (text.n == 3 || (text.n == 4 && text.p[0] == '0'))
		return store_in_range(s, value);
	return setting_wrong(
	    s, "is not a file mode: write it in octal, as in 0660");
}

static void
add_amount(const struct config_key *key, uint64_t value, bool json,
	   struct buf *out)
{
	bool quoted = json && key->type != CONFIG_NUMBER;

	if (quoted)
		buf_addc(out, '"');
	amount_add(out, key->type, value);
	if (quoted)
		buf_addc(out, '"');
}

/* --- words --- */

static bool
set_bool(struct setting *s)
{
	bool yes;

	if (words_yes_no(s->item[s->at], &yes))
		return store(s, yes);
	return setting_wrong(s, "is neither yes nor no");
}

static void
add_bool(const struct config_key *key, uint64_t value, bool json,
	 struct buf *out)
{
	static const char *const word[2][2] = {{"no", "yes"},
					       {"false", "true"}};

	(void)key;
	buf_adds(out, word[json][value]);
}

static bool
set_choice(struct setting *s)
{
	size_t value;

	if (words_find(s->key->words, s->item[s->at], &value)) {
		if (s->key->type == CONFIG_CHOICE)
			return store(s, value);
		*(struct str *)setting_slot(s) = str_of(s->key->words[value]);
		return true;
	}
	setting_wrong(s, "is not known: write ");
	value_describe(s->key, s->why);
	schema_add_nearest_word(s->why, s->key->words, s->item[s->at]);
	return false;
}

static void
add_choice(const struct config_key *key, uint64_t value, bool json,
	   struct buf *out)
{
	struct str word = str_of(words_text(key->words, value));

	if (json)
		setting_add_quoted(out, word);
	else
		buf_add(out, word);
}

/* --- the types --- */

static const struct type {
	bool list;
	bool (*set)(struct setting *);
	const char *what;
	/* One of the two: of what is stored as a number, or otherwise. */
	void (*add)(const struct config_key *, uint64_t value, bool json,
		    struct buf *);
	void (*print)(const struct config *, const struct config_key *,
		      bool json, struct buf *);
} types[CONFIG_TYPES] = {
    [CONFIG_BOOL] = {false, set_bool, "yes or no", .add = add_bool},
    [CONFIG_CHOICE] = {false, set_choice, NULL, .add = add_choice},
    [CONFIG_CHOICE_TEXT] = {false, set_choice, NULL,
			    .print = setting_print_text},
    [CONFIG_NUMBER] = {false, set_amount, "a number", .add = add_amount},
    [CONFIG_SIZE] = {false, set_amount, "a size", .add = add_amount},
    [CONFIG_TIME] = {false, set_amount, "a time", .add = add_amount},
    [CONFIG_OCTAL] = {false, set_octal, "an octal number", .add = add_amount},
    [CONFIG_NAME] = {false, setting_name, "a name",
		     .print = setting_print_text},
    [CONFIG_PATH] = {false, setting_path, "a full path",
		     .print = setting_print_text},
    [CONFIG_SOCKET] = {false, setting_socket,
		       "unix:/PATH, inet:PORT@ADDR or inet6:PORT@ADDR",
		       .print = setting_print_text},
    [CONFIG_FIELD] = {false, setting_field, "a field name beginning with X-",
		      .print = setting_print_text},
    [CONFIG_DOMAIN] = {false, setting_domain, "a domain",
		       .print = setting_print_text},
    [CONFIG_DOMAINS] = {true, setting_domains, "a list of domains",
			.print = setting_print_domains},
    [CONFIG_NETWORKS] = {true, setting_networks,
			 "a list of addresses and networks",
			 .print = setting_print_networks},
    [CONFIG_CLIENTS] = {true, setting_clients,
			"a list of addresses, networks, name:HOST, "
			"name:*.DOMAIN and spf:DOMAIN",
			.print = setting_print_clients},
    [CONFIG_SERVERS] = {true, setting_servers, "a list of ADDR or ADDR:PORT",
			.print = setting_print_servers},
    [CONFIG_URL] = {false, setting_url, "a web address",
		    .print = setting_print_text},
    [CONFIG_STORE] = {false, setting_store, "sqlite:/PATH or postgresql://...",
		      .print = setting_print_text},
    [CONFIG_REPLY] = {true, setting_reply,
		      "up to 8 lines with %{from-domain}, %{client}, "
		      "%{reason}, %{queue-id}, %{url}",
		      .print = setting_print_reply},
};

bool
value_is_list(enum config_type type)
{
	return types[type].list;
}

bool
value_is_of_items(enum config_type type)
{
	return type == CONFIG_DOMAINS || type == CONFIG_NETWORKS ||
	       type == CONFIG_CLIENTS;
}

/* A reply is text, where a comma means nothing. */
static bool
is_several(enum config_type type, struct str item)
{
	return value_is_list(type) && type != CONFIG_REPLY &&
	       str_chr(item, ',') < item.n;
}

bool
value_set(struct snapshot *snapshot, const struct config_key *key,
	  const struct str *item, size_t count, struct buf *why,
	  size_t *bad_out)
{
	struct setting s = {snapshot, key, item, count, 0, why};

	if (types[key->type].set(&s))
		return true;
	*bad_out = s.at;
	if (s.at < count && is_several(key->type, item[s.at])) {
		buf_reset(why);
		setting_wrong(&s, "is more than one value: write a list, as in "
				  "[\"one\", \"two\"]");
	}
	return false;
}

static void
set_default_text(struct setting *s)
{
	const char *preset = s->key->preset_text;
	struct str item[4], rest = str_of(preset != NULL ? preset : "");

	s->item = item;
	if (!value_is_list(s->key->type))
		item[s->count++] = rest;
	else if (rest.n > 0)
		while (s->count < 4 && str_split(&rest, ' ', &item[s->count]))
			s->count++;
	types[s->key->type].set(s);
}

void
value_set_default(struct snapshot *snapshot, const struct config_key *key)
{
	struct buf why;
	struct setting s = {.snapshot = snapshot, .key = key, .why = &why};

	buf_init(&why, snapshot->arena);
	/* A test holds that no default is refused. */
	if (types[key->type].add != NULL)
		store(&s, key->preset * scale(key));
	else
		set_default_text(&s);
}

void
value_add_default(const struct config_key *key, struct buf *out)
{
	if (types[key->type].add != NULL)
		types[key->type].add(key, key->preset, false, out);
	else
		buf_adds(out, key->preset_text ? key->preset_text : "empty");
}

void
value_print(const struct config *config, const struct config_key *key,
	    bool json, struct buf *out)
{
	const struct type *type = &types[key->type];

	if (type->add != NULL)
		type->add(key, stored(config, key) / scale(key), json, out);
	else
		type->print(config, key, json, out);
}

void
value_describe(const struct config_key *key, struct buf *out)
{
	const char *what = types[key->type].what;

	if (what != NULL)
		buf_adds(out, what);
	if (key->max > 0) {
		buf_adds(out, " from ");
		amount_add(out, key->type, key->min);
		buf_adds(out, " to ");
		amount_add(out, key->type, key->max);
	}
	if (key->words != NULL)
		words_add(out, key->words);
}
