#include "tests/support/test.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/b64.h"
#include "base/buf.h"
#include "base/limits.h"
#include "dkim/crypto.h"
#include "tests/support/dkim_signer.h"

/* --- hand-made DER --- */

static struct str
der(struct arena *arena, char type, struct str content)
{
	struct buf out;
	size_t n = content.n;

	buf_init(&out, arena);
	buf_addc(&out, type);
	if (n >= 256)
		buf_addc(&out, '\x82');
	else if (n >= 128)
		buf_addc(&out, '\x81');
	if (n >= 256)
		buf_addc(&out, (char)(n >> 8));
	buf_addc(&out, (char)n);
	buf_add(&out, content);
	return buf_str(&out);
}

static struct str
join(struct arena *arena, struct str a, struct str b)
{
	struct buf out;

	buf_init(&out, arena);
	buf_add(&out, a);
	buf_add(&out, b);
	return buf_str(&out);
}

/* An odd number of exactly that many bits; not a real modulus. */
static struct str
number(struct arena *arena, size_t bits)
{
	size_t n = bits / 8 + 1; /* with the sign bit's room */
	char *p = arena_alloc(arena, n);

	p[n - 1] = 1;
	p[n - 1 - (bits - 1) / 8] |= (char)(1 << (bits - 1) % 8);
	return p[0] == 0 && (p[1] & 0x80) == 0 && n > 1 ? str_n(p + 1, n - 1)
							: str_n(p, n);
}

static struct str
rsa_public_key(struct arena *arena, size_t bits, struct str exponent)
{
	return der(arena, 0x30,
		   join(arena, der(arena, 0x02, number(arena, bits)),
			der(arena, 0x02, exponent)));
}

static void
assert_key(enum key_type type, struct str octets, const char *want_reason)
{
	const char *reason = "";
	struct crypto_key *key =
	    crypto_key_new(type, exact_n(octets.p, octets.n), &reason);

	assert_str(str_of(reason), want_reason);
	assert_true((key != NULL) == (want_reason[0] == '\0'));
	if (key != NULL)
		assert_int_equal(crypto_key_type(key), type);
	crypto_key_free(key);
}

#define E65537 str_n("\x01\x00\x01", 3)

static void
test_rsa_sizes(void **state)
{
	const char *shorter = "RSA key is shorter than 1024 bits";
	const char *longer = "RSA key is longer than 8192 bits";

	assert_key(KEY_RSA, rsa_public_key(*state, 512, E65537), shorter);
	assert_key(KEY_RSA, rsa_public_key(*state, 1023, E65537), shorter);
	assert_key(KEY_RSA, rsa_public_key(*state, 1024, E65537), "");
	assert_key(KEY_RSA, rsa_public_key(*state, 8192, E65537), "");
	assert_key(KEY_RSA, rsa_public_key(*state, 8193, E65537), longer);
	assert_key(KEY_RSA, rsa_public_key(*state, 40000, E65537), longer);
}

static void
test_rsa_exponents(void **state)
{
	const char *unusable = "RSA key has an unusable exponent";
	const char *not_rsa = "key is not an RSA public key";
	struct arena *a = *state;

	assert_key(KEY_RSA, rsa_public_key(a, 1024, str_n("\x03", 1)), "");
	assert_key(KEY_RSA, rsa_public_key(a, 1024, str_n("\x01", 1)),
		   unusable);
	assert_key(KEY_RSA, rsa_public_key(a, 1024, str_n("\x02", 1)),
		   unusable);
	assert_key(KEY_RSA, rsa_public_key(a, 1024, number(a, 64)), "");
	assert_key(KEY_RSA, rsa_public_key(a, 1024, number(a, 65)), unusable);
	assert_key(KEY_RSA, rsa_public_key(a, 1024, str_n("\0", 1)), not_rsa);
	assert_key(KEY_RSA, rsa_public_key(a, 1024, str_empty()), not_rsa);
	/* Negative, and a zero octet too many. */
	assert_key(KEY_RSA, rsa_public_key(a, 1024, str_n("\x81", 1)), not_rsa);
	assert_key(KEY_RSA, rsa_public_key(a, 1024, str_n("\0\x03", 2)),
		   not_rsa);
}

static struct str
real_key(struct arena *arena, bool plain)
{
	struct dkim_signer *signer = dkim_signer_rsa(1024);
	struct str octets;

	assert_true(b64_decode(arena,
			       plain ? dkim_signer_p_plain(arena, signer)
				     : dkim_signer_p(arena, signer),
			       &octets));
	dkim_signer_free(signer);
	return octets;
}

/* Both forms pass; cut short, made longer or with a wrong length, neither. */
static void
test_rsa_forms(void **state)
{
	const char *not_rsa = "key is not an RSA public key";

	for (int plain = 0; plain < 2; plain++) {
		struct str key = real_key(*state, plain);
		assert_key(KEY_RSA, key, "");
		for (size_t n = 0; n < key.n; n++)
			assert_key(KEY_RSA, str_n(key.p, n), not_rsa);
		assert_key(KEY_RSA, join(*state, key, str_n("\0", 1)), not_rsa);
		assert_key(KEY_ED25519, key,
			   "Ed25519 key is not 32 octets long");
	}
}

/* X.690 sections 8.1.3 and 8.3.3, and 10.1: one form of each length. */
static void
test_rsa_lengths(void **state)
{
	const char *not_rsa = "key is not an RSA public key";
	struct arena *a = *state;
	struct str key = rsa_public_key(a, 2048, E65537);
	struct str negative = str_from(number(a, 1024), 1);

	/* content of 256 octets: its length ends in a zero octet */
	assert_key(KEY_RSA, rsa_public_key(a, 1983, E65537), "");
	assert_key(KEY_RSA, join(a, str_n("\x30\x83\0", 3), str_from(key, 2)),
		   not_rsa);
	assert_key(
	    KEY_RSA,
	    der(a, 0x30, join(a, der(a, 0x02, negative), der(a, 0x02, E65537))),
	    not_rsa);
}

/* SubjectPublicKeyInfo, RFC 5280 section 4.1.2.7. */
static struct str
info(struct arena *a, struct str algorithm, struct str bits)
{
	return der(a, 0x30,
		   join(a, der(a, 0x30, algorithm), der(a, 0x03, bits)));
}

static void
test_rsa_info(void **state)
{
	static const struct str id = STR("\x06\x09\x2a\x86\x48\x86\xf7\x0d"
					 "\x01\x01\x01\x05\x00");
	const char *not_rsa = "key is not an RSA public key";
	struct arena *a = *state;
	struct str key = rsa_public_key(a, 1024, E65537);
	struct str bits = join(a, str_n("\0", 1), key);

	assert_key(KEY_RSA, info(a, id, bits), "");
	assert_key(KEY_RSA, info(a, str_first(id, id.n - 2), bits), "");
	assert_key(KEY_RSA, info(a, str_first(id, id.n - 1), bits), not_rsa);
	assert_key(KEY_RSA, info(a, id, key), not_rsa);
	/* an element too few, and one too many */
	assert_key(KEY_RSA, der(a, 0x30, der(a, 0x30, id)), not_rsa);
	assert_key(KEY_RSA,
		   der(a, 0x30,
		       join(a, join(a, der(a, 0x30, id), der(a, 0x03, bits)),
			    der(a, 0x02, E65537))),
		   not_rsa);
	assert_key(KEY_RSA, info(a, id, join(a, str_n("\1", 1), key)), not_rsa);
	assert_key(KEY_RSA, info(a, id, join(a, bits, str_n("\0", 1))),
		   not_rsa);
}

/* Any octet of the frame changed: refused, or a key, never a crash. */
static void
test_rsa_mutations(void **state)
{
	struct str key = real_key(*state, false);

	for (size_t i = 0; i < key.n; i++) {
		for (int c = 0; c < 256; c += 17) {
			struct str changed = exact_n(key.p, key.n);
			((char *)(uintptr_t)changed.p)[i] = (char)c;
			const char *reason = NULL;
			struct crypto_key *made =
			    crypto_key_new(KEY_RSA, changed, &reason);
			assert_true((made == NULL) == (reason != NULL));
			crypto_key_free(made);
		}
	}
}

static void
test_other_algorithm(void **state)
{
	struct str key = real_key(*state, false);
	char *p = (char *)(uintptr_t)key.p;

	/* id-RSASSA-PSS instead of rsaEncryption. */
	char *oid = memmem(p, key.n, "\x01\x01\x01\x05", 4);
	assert_non_null(oid);
	oid[2] = 0x0a;
	assert_key(KEY_RSA, key, "key is not an RSA public key");
}

static void
test_ed25519_sizes(void **state)
{
	char octets[33] = "0123456789abcdef0123456789abcdef";

	(void)state;
	assert_key(KEY_ED25519, str_n(octets, 32), "");
	assert_key(KEY_ED25519, str_n(octets, 31),
		   "Ed25519 key is not 32 octets long");
	assert_key(KEY_ED25519, str_n(octets, 33),
		   "Ed25519 key is not 32 octets long");
}

/* --- verifying --- */

static struct crypto_key *
key_of(struct arena *arena, const struct dkim_signer *signer,
       enum key_type type)
{
	const char *reason = NULL;
	struct str octets;

	assert_true(b64_decode(arena, dkim_signer_p(arena, signer), &octets));
	struct crypto_key *key = crypto_key_new(type, octets, &reason);
	assert_non_null(key);
	return key;
}

static void
check_signatures(struct arena *arena, struct dkim_signer *signer,
		 enum key_type type)
{
	struct crypto_key *key = key_of(arena, signer, type);
	struct str text = str_lit("subject:x\r\n");
	struct str signature = dkim_signer_raw(arena, signer, text);
	struct crypto_budget budget = {.limit_us = LIMIT_CRYPTO_US * 100};
	uint8_t digest[SHA256_OCTETS];

	memcpy(digest, test_sha256(arena, text).p, sizeof digest);
	assert_int_equal(crypto_verify(key, digest, signature, &budget),
			 CRYPTO_VALID);
	for (size_t i = 0; i < signature.n; i += 7) {
		struct str wrong = exact_n(signature.p, signature.n);
		((char *)(uintptr_t)wrong.p)[i] ^= 0x10;
		assert_int_equal(crypto_verify(key, digest, wrong, &budget),
				 CRYPTO_INVALID);
	}
	struct str shorter = exact_n(signature.p, signature.n - 1);
	assert_int_equal(crypto_verify(key, digest, shorter, &budget),
			 CRYPTO_INVALID);
	struct str longer = join(arena, signature, str_n("\0", 1));
	assert_int_equal(crypto_verify(key, digest, longer, &budget),
			 CRYPTO_INVALID);
	assert_int_equal(crypto_verify(key, digest, str_empty(), &budget),
			 CRYPTO_INVALID);
	digest[31] ^= 1;
	assert_int_equal(crypto_verify(key, digest, signature, &budget),
			 CRYPTO_INVALID);
	crypto_key_free(key);
	dkim_signer_free(signer);
}

static void
test_verify_rsa(void **state)
{
	check_signatures(*state, dkim_signer_rsa(1024), KEY_RSA);
	check_signatures(*state, dkim_signer_rsa(2048), KEY_RSA);
}

static void
test_verify_ed25519(void **state)
{
	check_signatures(*state, dkim_signer_ed25519(), KEY_ED25519);
}

static void
test_budget(void **state)
{
	struct dkim_signer *signer = dkim_signer_ed25519();
	struct crypto_key *key = key_of(*state, signer, KEY_ED25519);
	struct str signature = dkim_signer_raw(*state, signer, str_lit("x"));
	struct crypto_budget budget = {.limit_us = 1000000};
	uint8_t digest[SHA256_OCTETS];

	memcpy(digest, test_sha256(*state, str_lit("x")).p, sizeof digest);
	for (int i = 0; i < 10; i++)
		assert_int_equal(crypto_verify(key, digest, signature, &budget),
				 CRYPTO_VALID);
	assert_true(budget.used_us > 0);
	assert_false(budget.exhausted);
	budget.limit_us = budget.used_us;
	assert_int_equal(crypto_verify(key, digest, signature, &budget),
			 CRYPTO_OVER_BUDGET);
	assert_true(budget.exhausted);
	crypto_key_free(key);
	dkim_signer_free(signer);
}

/* An operation that takes this long, without a processor. */
static bool
wait_within(struct crypto_budget *budget)
{
	int64_t begun_us;
	bool allowed = crypto_budget_begin(budget, &begun_us);

	if (allowed) {
		nanosleep(&(struct timespec){.tv_nsec = 30000000}, NULL);
		crypto_budget_charge(budget, begun_us);
	}
	return allowed;
}

/* A thread that has to wait for a processor uses nothing up. */
static void
test_budget_without_processor(void **state)
{
	struct crypto_budget budget = {.limit_us = 20000};

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(wait_within(&budget));
	assert_true(budget.used_us < budget.limit_us / 2);
}

struct shared {
	const struct crypto_key *key;
	struct str signature;
	uint8_t digest[SHA256_OCTETS];
};

static void *
verify_often(void *p)
{
	const struct shared *shared = p;
	struct crypto_budget budget = {.limit_us = INT64_MAX};
	intptr_t valid = 0;

	for (int i = 0; i < 50; i++)
		valid +=
		    crypto_verify(shared->key, shared->digest,
				  shared->signature, &budget) == CRYPTO_VALID;
	return (void *)valid;
}

static void
test_key_shared_by_threads(void **state)
{
	struct dkim_signer *signer = dkim_signer_rsa(1024);
	struct crypto_key *key = key_of(*state, signer, KEY_RSA);
	struct shared shared = {
	    .key = key,
	    .signature = dkim_signer_raw(*state, signer, str_lit("x")),
	};
	pthread_t thread[4];

	memcpy(shared.digest, test_sha256(*state, str_lit("x")).p,
	       sizeof shared.digest);
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&thread[i], NULL, verify_often, &shared), 0);
	for (int i = 0; i < 4; i++) {
		void *valid;
		pthread_join(thread[i], &valid);
		assert_int_equal((intptr_t)valid, 50);
	}
	crypto_key_free(key);
	dkim_signer_free(signer);
}

static void
test_sha256_copy(void **state)
{
	struct crypto_sha256 *sha = crypto_sha256_new();
	uint8_t first[SHA256_OCTETS], both[SHA256_OCTETS];

	crypto_sha256_update(sha, "abc", 3);
	struct crypto_sha256 *copy = crypto_sha256_copy(sha);
	crypto_sha256_update(sha, "def", 3);
	crypto_sha256_final(copy, first);
	crypto_sha256_final(sha, both);
	assert_memory_equal(first, test_sha256(*state, str_lit("abc")).p, 32);
	assert_memory_equal(both, test_sha256(*state, str_lit("abcdef")).p, 32);
	crypto_sha256_free(crypto_sha256_new());
	crypto_sha256_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_rsa_sizes, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_rsa_exponents, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_rsa_forms, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_rsa_lengths, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_rsa_info, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_rsa_mutations, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_other_algorithm, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_ed25519_sizes, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_verify_rsa, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_verify_ed25519, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_budget, arena_setup,
					    arena_teardown),
	    cmocka_unit_test(test_budget_without_processor),
	    cmocka_unit_test_setup_teardown(test_key_shared_by_threads,
					    arena_setup, arena_teardown),
	    cmocka_unit_test_setup_teardown(test_sha256_copy, arena_setup,
					    arena_teardown),
	};

	return cmocka_run_group_tests_name("dkim_crypto", tests, NULL, NULL);
}
