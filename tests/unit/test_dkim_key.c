#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "dkim/key.h"
#include "dns/answer.h"
#include "tests/support/dkim_signer.h"

struct keys {
	struct arena *arena;
	const char *rsa, *plain, *weak, *ed25519;
};

static const char *
text_of(struct str s)
{
	return s.p; /* built by printf: a NUL follows */
}

static int
setup(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct keys *keys = arena_alloc(arena, sizeof *keys);
	struct dkim_signer *rsa = dkim_signer_rsa(1024);
	struct dkim_signer *weak = dkim_signer_rsa(512);
	struct dkim_signer *ed25519 = dkim_signer_ed25519();

	keys->arena = arena;
	keys->rsa = text_of(arena_copy(arena, dkim_signer_p(arena, rsa)));
	keys->plain =
	    text_of(arena_copy(arena, dkim_signer_p_plain(arena, rsa)));
	keys->weak = text_of(arena_copy(arena, dkim_signer_p(arena, weak)));
	keys->ed25519 =
	    text_of(arena_copy(arena, dkim_signer_p(arena, ed25519)));
	dkim_signer_free(rsa);
	dkim_signer_free(weak);
	dkim_signer_free(ed25519);
	*state = keys;
	return 0;
}

static int
teardown(void **state)
{
	arena_free(((struct keys *)*state)->arena);
	return 0;
}

static struct dkim_keys *
parsed(const struct str *texts, size_t count)
{
	struct dns_answer *answer = dns_answer_new(
	    str_lit("s1._domainkey.a.example"), DNS_TXT, DNS_NODATA, "");

	for (size_t i = 0; i < count; i++)
		dns_answer_add_text(answer, texts[i]);
	struct dkim_keys *keys = dkim_keys_new(answer);
	dns_answer_unref(answer);
	return keys;
}

/* "%" stands for the key. */
static struct str
record(struct keys *keys, const char *format, const char *key)
{
	struct buf text;

	buf_init(&text, keys->arena);
	for (; *format != '\0'; format++) {
		if (*format == '%')
			buf_adds(&text, key);
		else
			buf_addc(&text, *format);
	}
	return exact_n(text.p ? text.p : "", text.n);
}

static struct dkim_key
good(void **state, const char *format, const char *key, enum key_type type)
{
	struct str text = record(*state, format, key);
	struct dkim_keys *keys = parsed(&text, 1);

	if (keys->count == 0)
		print_error("%s: %s\n", format, keys->reason);
	assert_int_equal(keys->count, 1);
	struct dkim_key found = keys->key[0];
	assert_int_equal(crypto_key_type(found.crypto), type);
	dkim_keys_free(keys);
	return found;
}

static void
bad(void **state, const char *format, const char *key, const char *reason)
{
	struct str text = record(*state, format, key);
	struct dkim_keys *keys = parsed(&text, 1);

	assert_int_equal(keys->count, 0);
	assert_str(str_of(keys->reason), reason);
	dkim_keys_free(keys);
}

static void
test_good(void **state)
{
	struct keys *k = *state;

	good(state, "v=DKIM1; k=rsa; p=%", k->rsa, KEY_RSA);
	good(state, "v=DKIM1; k=rsa; p=%", k->plain, KEY_RSA);
	good(state, "p=%", k->rsa, KEY_RSA);
	good(state, " v = DKIM1 ; x=y; g=; n=a note; p=% ; ", k->rsa, KEY_RSA);
	good(state, "k=ed25519; p=%", k->ed25519, KEY_ED25519);
	good(state, "p=%; h=sha1:sha256", k->rsa, KEY_RSA);
	good(state, "p=%; h= sha256 : x", k->rsa, KEY_RSA);
	good(state, "p=%; s=*", k->rsa, KEY_RSA);
	good(state, "p=%; s=web : email", k->rsa, KEY_RSA);
	good(state, "p=%; t=x", k->rsa, KEY_RSA);
}

/* RFC 6376 sections 2.10 and 3.2, RFC 2045 section 6.8. */
static void
test_base64(void **state)
{
	struct keys *k = *state;
	char *bare = strndup(k->ed25519, strcspn(k->ed25519, "="));
	char *half = strndup(k->ed25519, 20);

	assert_string_equal(k->ed25519 + strlen(bare), "=");
	good(state, "k=ed25519; p=%", bare, KEY_ED25519);
	good(state, "k=ed25519; p= % \r\n\t= ", bare, KEY_ED25519);
	bad(state, "k=ed25519; p=%==", bare,
	    "p= of the key record is not base64");
	good(state, "k=ed25519; p=\"%\"", k->ed25519, KEY_ED25519);
	good(state, "p=\"\"\\\"%\\", k->rsa, KEY_RSA);
	good(state, "k=ed25519; p=\"%\"=\"", bare, KEY_ED25519);
	struct str rest = record(k, "\" \"%\"", k->ed25519 + 20);
	struct str parts = record(k, "k=ed25519; p=\"%", half);
	parts =
	    arena_printf(k->arena, "%.*s%.*s", STR_ARG(parts), STR_ARG(rest));
	struct dkim_keys *keys = parsed(&parts, 1);
	assert_int_equal(keys->count, 1);
	dkim_keys_free(keys);
	bad(state, "p=\"\"", "", "key is revoked");
	bad(state, "p=\\", "", "key is revoked");
	/* Only they: other octets are damage. */
	bad(state, "p='%'", k->rsa, "p= of the key record is not base64");
	bad(state, "p=%\xe2\x80\x9d", k->rsa,
	    "p= of the key record is not base64");
	bad(state, "p=-----BEGIN PUBLIC KEY-----%", k->rsa,
	    "p= of the key record is not base64");
	/* Quotes anywhere else are part of what they stand in. */
	bad(state, "v=\"DKIM1\"; p=%", k->rsa, "no TXT record is a key record");
	bad(state, "k=\"rsa\"; p=%", k->rsa,
	    "unknown key type in k= of the key record");
	free(half);
	free(bare);
}

static void
test_flags(void **state)
{
	struct keys *k = *state;
	struct dkim_key key = good(state, "p=%", k->rsa, KEY_RSA);

	assert_false(key.testing);
	assert_false(key.strict);
	key = good(state, "p=%; t=y", k->rsa, KEY_RSA);
	assert_true(key.testing);
	assert_false(key.strict);
	key = good(state, "t=x : s:y;p=%", k->rsa, KEY_RSA);
	assert_true(key.testing);
	assert_true(key.strict);
	key = good(state, "p=%; t=ys", k->rsa, KEY_RSA);
	assert_false(key.testing || key.strict);
}

static void
test_not_key_records(void **state)
{
	static const char *const texts[] = {
	    "",      "v=spf1 -all",          "v=DKIM2; p=%",  "v=dkim1; p=%",
	    "hello", "p=%; v=DKIM1",         "v=DKIM1.0;p=%", "k=rsa",
	    "p",     "v=DMARC1; p=none; p=", "p=%; p=%",      ";p=%",
	};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		bad(state, texts[i], ((struct keys *)*state)->rsa,
		    "no TXT record is a key record");
}

static void
test_refused(void **state)
{
	struct keys *k = *state;

	bad(state, "v=DKIM1; k=rsa", "", "key record has no p=");
	bad(state, "v=DKIM1; p=", "", "key is revoked");
	bad(state, "p= ; k=rsa", "", "key is revoked");
	bad(state, "p=%!", k->rsa, "p= of the key record is not base64");
	bad(state, "p=AAAA", "", "key is not an RSA public key");
	/* Three octets behind the key. */
	bad(state, "p=%AAAA", k->rsa, "key is not an RSA public key");
	bad(state, "p=%", k->weak, "RSA key is shorter than 1024 bits");
	bad(state, "k=RSA; p=%", k->rsa,
	    "unknown key type in k= of the key record");
	bad(state, "k=; p=%", k->rsa,
	    "unknown key type in k= of the key record");
	bad(state, "k=ed25519; p=%", k->rsa,
	    "Ed25519 key is not 32 octets long");
	bad(state, "p=%", k->ed25519, "key is not an RSA public key");
	bad(state, "p=%; h=sha1", k->rsa,
	    "h= of the key record does not allow sha256");
	bad(state, "p=%; h=", k->rsa,
	    "h= of the key record does not allow sha256");
	bad(state, "p=%; s=web:mail", k->rsa,
	    "s= of the key record does not allow email");
}

static void
test_too_long(void **state)
{
	char note[LIMIT_DKIM_KEY_RECORD + 1];
	struct keys *k = *state;

	size_t room = LIMIT_DKIM_KEY_RECORD - strlen(k->rsa) - strlen("p=;n=");
	memset(note, 'x', room + 1);
	note[room] = '\0';
	struct str text = arena_printf(k->arena, "p=%s;n=%s", k->rsa, note);
	assert_int_equal(text.n, LIMIT_DKIM_KEY_RECORD);
	good(state, text.p, "", KEY_RSA);
	bad(state, text_of(arena_printf(k->arena, "%sx", text.p)), "",
	    "key record is too long");
}

static void
test_several(void **state)
{
	struct keys *k = *state;
	struct str texts[] = {
	    str_lit("v=spf1 -all"),
	    str_lit("v=DKIM1; p="),
	    record(k, "p=%", k->rsa),
	    record(k, "v=DKIM1; k=ed25519; p=%", k->ed25519),
	    record(k, "p=%; t=y", k->rsa),
	};
	struct dkim_keys *keys = parsed(texts, 5);

	assert_int_equal(keys->count, LIMIT_DKIM_KEYS_TRIED);
	assert_int_equal(crypto_key_type(keys->key[0].crypto), KEY_RSA);
	assert_int_equal(crypto_key_type(keys->key[1].crypto), KEY_ED25519);
	dkim_keys_free(keys);
	keys = parsed(texts, 2);
	assert_int_equal(keys->count, 0);
	assert_str(str_of(keys->reason), "key is revoked");
	dkim_keys_free(keys);
	dkim_keys_free(NULL);
}

static void
test_kept_beside_answer(void **state)
{
	struct keys *k = *state;
	static const char other;
	struct dns_answer *answer = dns_answer_new(
	    str_lit("s1._domainkey.a.example"), DNS_TXT, DNS_NODATA, "");
	struct dkim_keys *own = NULL;

	dns_answer_add_text(answer, record(k, "p=%", k->rsa));
	const struct dkim_keys *keys = dkim_keys_get(answer, &own);
	assert_null(own);
	assert_int_equal(keys->count, 1);
	assert_ptr_equal(dkim_keys_get(answer, &own), keys);
	dns_answer_unref(answer);

	answer = dns_answer_new(str_lit("s1._domainkey.a.example"), DNS_TXT,
				DNS_NODATA, "");
	dns_answer_add_text(answer, record(k, "p=%", k->rsa));
	char *form = mem_copy("x", 1);
	assert_non_null(dns_answer_set_form(answer, &other, form, free));
	keys = dkim_keys_get(answer, &own);
	assert_non_null(own);
	assert_ptr_equal(keys, own);
	dkim_keys_free(own);
	dns_answer_unref(answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good),
	    cmocka_unit_test(test_base64),
	    cmocka_unit_test(test_flags),
	    cmocka_unit_test(test_not_key_records),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_too_long),
	    cmocka_unit_test(test_several),
	    cmocka_unit_test(test_kept_beside_answer),
	};

	return cmocka_run_group_tests_name("dkim_key", tests, setup, teardown);
}
