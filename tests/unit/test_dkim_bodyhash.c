#include "tests/support/test.h"

#include <string.h>

#include "base/buf.h"
#include "dkim/bodyhash.h"
#include "tests/support/b64_text.h"
#include "tests/support/dkim_signer.h"

static void
assert_digest(struct arena *arena, const struct bodyhash *hashes, size_t handle,
	      struct str canonical)
{
	uint8_t digest[BODYHASH_OCTETS];
	uint64_t octets;

	assert_true(bodyhash_get(hashes, handle, digest, &octets));
	assert_memory_equal(digest, test_sha256(arena, canonical).p,
			    sizeof digest);
}

/* RFC 6376 sections 3.4.3 and 3.4.4 print these. */
static void
test_empty_body(void **state)
{
	struct bodyhash *hashes = bodyhash_new(*state);
	size_t simple =
	    bodyhash_request(hashes, CANON_SIMPLE, BODYHASH_NO_LIMIT);
	size_t relaxed =
	    bodyhash_request(hashes, CANON_RELAXED, BODYHASH_NO_LIMIT);
	uint8_t digest[BODYHASH_OCTETS];
	uint64_t octets = 9;

	bodyhash_finish(hashes);
	assert_true(bodyhash_get(hashes, simple, digest, &octets));
	assert_int_equal(octets, 2);
	assert_str(b64_text(*state, str_n((char *)digest, sizeof digest)),
		   "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
	assert_true(bodyhash_get(hashes, relaxed, digest, &octets));
	assert_int_equal(octets, 0);
	assert_str(b64_text(*state, str_n((char *)digest, sizeof digest)),
		   "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	bodyhash_clear(hashes);
}

static void
test_handles(void **state)
{
	struct bodyhash *hashes = bodyhash_new(*state);
	size_t handle[40];

	assert_false(bodyhash_wants_more(hashes));
	for (size_t i = 0; i < 40; i++)
		handle[i] = bodyhash_request(hashes, i % 2, i / 2);
	for (size_t i = 0; i < 40; i++) {
		assert_int_equal(bodyhash_request(hashes, i % 2, i / 2),
				 handle[i]);
		assert_true(i == 0 || handle[i] != handle[i - 1]);
	}
	assert_true(bodyhash_wants_more(hashes));
	bodyhash_clear(hashes);
	bodyhash_clear(NULL);
}

/* l= at each octet of the body, asked for in no order, fed in pieces. */
static void
test_every_limit(void **state)
{
	static const char text[] = "a  b\r\n\r\n \t\r\nccc \t d\r\n\r\n\r\n";
	static const char simple[] = "a  b\r\n\r\n \t\r\nccc \t d\r\n";
	static const char relaxed[] = "a b\r\n\r\n\r\nccc d\r\n";
	size_t n_simple = strlen(simple), n_relaxed = strlen(relaxed);

	for (size_t piece = 1; piece <= strlen(text); piece++) {
		struct bodyhash *hashes = bodyhash_new(*state);
		size_t one[64], two[64];
		for (size_t i = 0; i < 64; i++) {
			size_t limit = i * 37 % 64;
			one[limit] =
			    bodyhash_request(hashes, CANON_SIMPLE, limit);
			two[limit] =
			    bodyhash_request(hashes, CANON_RELAXED, limit);
		}
		size_t all =
		    bodyhash_request(hashes, CANON_RELAXED, BODYHASH_NO_LIMIT);
		for (size_t at = 0; at < strlen(text); at += piece) {
			struct str part = str_from(str_of(text), at);
			part = str_first(part, piece);
			bodyhash_update(hashes, part.p, part.n);
		}
		bodyhash_finish(hashes);
		uint8_t digest[BODYHASH_OCTETS];
		uint64_t octets = 0;
		for (size_t i = 0; i < 64; i++) {
			if (i <= n_simple)
				assert_digest(*state, hashes, one[i],
					      str_n(simple, i));
			else
				assert_false(bodyhash_get(hashes, one[i],
							  digest, &octets));
			if (i <= n_relaxed)
				assert_digest(*state, hashes, two[i],
					      str_n(relaxed, i));
			else
				assert_false(bodyhash_get(hashes, two[i],
							  digest, &octets));
		}
		assert_digest(*state, hashes, all, str_of(relaxed));
		assert_true(bodyhash_get(hashes, one[3], digest, &octets));
		assert_int_equal(octets, n_simple);
		bodyhash_clear(hashes);
	}
}

/* Reading stops once the last limit is known to be passed. */
static void
test_stops_early(void **state)
{
	struct bodyhash *hashes = bodyhash_new(*state);
	size_t handle = bodyhash_request(hashes, CANON_SIMPLE, 4);
	uint8_t digest[BODYHASH_OCTETS];
	uint64_t octets = 0;

	bodyhash_update(hashes, "abcd", 4);
	assert_true(bodyhash_wants_more(hashes));
	bodyhash_update(hashes, "e", 1);
	assert_false(bodyhash_wants_more(hashes));
	bodyhash_update(hashes, "never read", 10);
	bodyhash_finish(hashes);
	assert_true(bodyhash_get(hashes, handle, digest, &octets));
	assert_int_equal(octets, 5);
	assert_digest(*state, hashes, handle, str_lit("abcd"));
	bodyhash_clear(hashes);
}

static void
test_exact_limit_is_whole(void **state)
{
	struct bodyhash *hashes = bodyhash_new(*state);
	size_t handle = bodyhash_request(hashes, CANON_RELAXED, 3);
	uint8_t digest[BODYHASH_OCTETS];
	uint64_t octets = 0;

	bodyhash_update(hashes, "a \r\n\r\n", 6);
	bodyhash_finish(hashes);
	assert_true(bodyhash_get(hashes, handle, digest, &octets));
	assert_int_equal(octets, 3);
	bodyhash_clear(hashes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_empty_body, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_handles, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_every_limit, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_stops_early, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_exact_limit_is_whole,
					    arena_setup, arena_teardown),
	};

	return cmocka_run_group_tests_name("dkim_bodyhash", tests, NULL, NULL);
}
