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
	return setting_wrong(
	    s, type == CONFIG_TIME
		   ? "is not a time: write a number and ms, s, m, h "
		     "or d, as in 30s"
	       : type == CONFIG_SIZE
		   ? "is not a size: write octets, or a number and k, "
		     "M or G, as in 64M"
		   : "is not a whole number");
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
print_amount(const struct config *config, const struct config_key *key,
	     bool json, struct buf *out)
{
	bool quoted = json && key->type != CONFIG_NUMBER;

	if (quoted)
		buf_addc(out, '"');
	amount_add(out, key->type, stored(config, key) / scale(key));
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
print_bool(const struct config *config, const struct config_key *key, bool json,
	   struct buf *out)
{
	static const char *const word[2][2] = {{"no", "yes"},
					       {"false", "true"}};

	buf_adds(out, word[json][stored(config, key)]);
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
	return false;
}

static void
print_choice(const struct config *config, const struct config_key *key,
	     bool json, struct buf *out)
{
	struct str word = str_of(words_text(key->words, stored(config, key)));

	if (json)
		setting_add_quoted(out, word);
	else
		buf_add(out, word);
}

/* --- the types --- */

static const struct type {
	bool list;
	bool (*set)(struct setting *);
	void (*print)(const struct config *, const struct config_key *,
		      bool json, struct buf *);
	const char *what;
} types[CONFIG_TYPES] = {
    [CONFIG_BOOL] = {false, set_bool, print_bool, "yes or no"},
    [CONFIG_CHOICE] = {false, set_choice, print_choice, NULL},
    [CONFIG_CHOICE_TEXT] = {false, set_choice, setting_print_text, NULL},
    [CONFIG_NUMBER] = {false, set_amount, print_amount, "a number"},
    [CONFIG_SIZE] = {false, set_amount, print_amount, "a size"},
    [CONFIG_TIME] = {false, set_amount, print_amount, "a time"},
    [CONFIG_OCTAL] = {false, set_octal, print_amount, "an octal number"},
    [CONFIG_NAME] = {false, setting_name, setting_print_text, "a name"},
    [CONFIG_PATH] = {false, setting_path, setting_print_text, "a full path"},
    [CONFIG_SOCKET] = {false, setting_socket, setting_print_text,
		       "unix:/PATH, inet:PORT@ADDR or inet6:PORT@ADDR"},
    [CONFIG_FIELD] = {false, setting_field, setting_print_text,
		      "a field name beginning with X-"},
    [CONFIG_DOMAIN] = {false, setting_domain, setting_print_text, "a domain"},
    [CONFIG_DOMAINS] = {true, setting_domains, setting_print_domains,
			"a list of domains"},
    [CONFIG_NETWORKS] = {true, setting_networks, setting_print_networks,
			 "a list of addresses and networks"},
    [CONFIG_SERVERS] = {true, setting_servers, setting_print_servers,
			"a list of ADDR or ADDR:PORT"},
    [CONFIG_URL] = {false, setting_url, setting_print_text, "a web address"},
    [CONFIG_REPLY] = {true, setting_reply, setting_print_reply,
		      "up to 8 lines with %{from-domain}, %{client}, "
		      "%{reason}, %{queue-id}, %{url}"},
};

bool
value_is_list(enum config_type type)
{
	return types[type].list;
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

void
value_set_default(struct snapshot *snapshot, const struct config_key *key)
{
	struct str item[4], rest = str_of(key->fallback);
	struct buf why;
	size_t count = 0, bad;

	buf_init(&why, snapshot->arena);
	if (!value_is_list(key->type))
		item[count++] = rest;
	else if (rest.n > 0)
		while (count < 4 && str_split(&rest, ' ', &item[count]))
			count++;
	/* A test holds that no default is refused. */
	(void)value_set(snapshot, key, item, count, &why, &bad);
}

void
value_print(const struct config *config, const struct config_key *key,
	    bool json, struct buf *out)
{
	types[key->type].print(config, key, json, out);
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
