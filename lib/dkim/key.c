#include "dkim/key.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/b64.h"
#include "base/mem.h"
#include "mail/taglist.h"

/* Does a colon-separated list hold one of two words? */
static bool
list_has(struct str list, const char *word, const char *other)
{
	struct str piece;

	while (str_split(&list, ':', &piece)) {
		struct str name = str_trim_fws(piece);
		if (str_is(name, word) || str_is(name, other))
			return true;
	}
	return false;
}

static struct str
value_or(const struct taglist *list, const char *name, const char *otherwise)
{
	const struct tag *tag = taglist_find(list, name);

	return tag != NULL ? tag->value : str_of(otherwise);
}

/*
 * Is it a key record at all?  What a wildcard or another use of the name left
 * there is not (RFC 6376 section 6.1.2).
 */
static bool
is_key_record(const struct taglist *list)
{
	const struct tag *v = taglist_find(list, "v");

	if (v != NULL)
		return v == list->tag && str_is(v->value, "DKIM1");
	return taglist_find(list, "p") != NULL;
}

/*
 * What DNS editors leave in a key: quotes and backslashes.  They are none of
 * base64 and are skipped (RFC 6376 section 3.2, RFC 2045 section 6.8); other
 * octets show that the key is damaged.
 */
static struct str
without_editor_marks(struct arena *arena, struct str value)
{
	if (str_chr(value, '"') == value.n && str_chr(value, '\\') == value.n)
		return value;
	char *p = arena_alloc(arena, value.n);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] != '"' && value.p[i] != '\\')
			p[n++] = value.p[i];
	}
	return str_n(p, n);
}

static struct crypto_key *
key_p_tag(struct arena *arena, const struct taglist *list, enum key_type type,
	  const char **reason_out)
{
	const struct tag *p = taglist_find(list, "p");
	struct str octets;

	if (p == NULL)
		*reason_out = "key record has no p=";
	else if (!b64_decode(arena, without_editor_marks(arena, p->value),
			     &octets))
		*reason_out = "p= of the key record is not base64";
	else if (octets.n == 0)
		*reason_out = "key is revoked";
	else
		return crypto_key_new(type, octets, reason_out);
	return NULL;
}

/* NULL, or why the record gives no key for mail. */
static const char *
key_record(struct arena *arena, const struct taglist *list,
	   struct dkim_key *key)
{
	struct str k = value_or(list, "k", "rsa");
	const char *reason = NULL;

	if (!str_is(k, "rsa") && !str_is(k, "ed25519"))
		return "unknown key type in k= of the key record";
	if (!list_has(value_or(list, "h", "sha256"), "sha256", "sha256"))
		return "h= of the key record does not allow sha256";
	if (!list_has(value_or(list, "s", "*"), "*", "email"))
		return "s= of the key record does not allow email";
	key->testing = list_has(value_or(list, "t", ""), "y", "y");
	key->strict = list_has(value_or(list, "t", ""), "s", "s");
	key->crypto = key_p_tag(
	    arena, list, str_is(k, "rsa") ? KEY_RSA : KEY_ED25519, &reason);
	return reason;
}

static void
add_record(struct arena *arena, struct str text, struct dkim_keys *keys)
{
	struct taglist list;
	struct dkim_key key = {0};
	const char *reason;

	if (text.n > LIMIT_DKIM_KEY_RECORD) {
		reason = "key record is too long";
	} else {
		/* Anything but a tag list is no key record. */
		if (taglist_parse(arena, text, &list) != NULL ||
		    !is_key_record(&list))
			return;
		reason = key_record(arena, &list, &key);
	}
	if (reason == NULL)
		keys->key[keys->count++] = key;
	else if (keys->reason == NULL)
		keys->reason = reason;
}

struct dkim_keys *
dkim_keys_new(const struct dns_answer *answer)
{
	struct dkim_keys *keys = mem_alloc(sizeof *keys);
	struct arena *arena = arena_new(NULL);

	for (size_t i = 0;
	     i < answer->count && keys->count < LIMIT_DKIM_KEYS_TRIED; i++)
		add_record(arena, answer->rr[i].text, keys);
	if (keys->reason == NULL)
		keys->reason = "no TXT record is a key record";
	arena_free(arena);
	return keys;
}

void
dkim_keys_free(void *p)
{
	struct dkim_keys *keys = p;

	if (keys == NULL)
		return;
	for (size_t i = 0; i < keys->count; i++)
		crypto_key_free(keys->key[i].crypto);
	free(keys);
}

static const char form_of_keys;

const struct dkim_keys *
dkim_keys_get(const struct dns_answer *answer, struct dkim_keys **own_out)
{
	const struct dkim_keys *kept = dns_answer_form(answer, &form_of_keys);

	*own_out = NULL;
	if (kept != NULL)
		return kept;
	struct dkim_keys *keys = dkim_keys_new(answer);
	kept = dns_answer_set_form(answer, &form_of_keys, keys, dkim_keys_free);
	if (kept != NULL)
		return kept;
	*own_out = keys;
	return keys;
}
