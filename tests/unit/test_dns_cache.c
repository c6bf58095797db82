/* The cache alone, with a clock of the test's. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/cache.h"

static const struct siphash_key hash_key = {{1, 2}};

static struct dns_key
key_of(const char *name)
{
	struct dns_key key;

	dns_key_make(&hash_key, str_of(name), DNS_TXT, &key);
	return key;
}

static uint32_t
put(struct dns_cache *cache, const char *name, enum dns_status status,
    uint32_t ttl, size_t text_n, int64_t now)
{
	struct dns_key key = key_of(name);
	struct dns_answer *answer =
	    dns_answer_new(str_of(name), DNS_TXT, status, "");
	char *text = mem_alloc(text_n);

	if (status == DNS_OK)
		dns_answer_add_text(answer, str_n(text, text_n));
	answer->ttl = ttl;
	dns_cache_put(cache, &key, answer, now);
	ttl = answer->ttl;
	dns_answer_unref(answer);
	free(text);
	return ttl;
}

static bool
has(struct dns_cache *cache, const char *name, int64_t now)
{
	struct dns_key key = key_of(name);
	struct dns_answer *answer = dns_cache_get(cache, &key, now);

	if (answer)
		assert_str(answer->name, name);
	dns_answer_unref(answer);
	return answer != NULL;
}

static int
setup(void **state)
{
	*state = dns_cache_new(256 * 1024);
	return 0;
}

static int
teardown(void **state)
{
	dns_cache_free(*state);
	return 0;
}

static void
test_ttl(void **state)
{
	assert_int_equal(put(*state, "a", DNS_OK, 10, 5, 1000), 10);
	assert_true(has(*state, "a", 1000));
	assert_true(has(*state, "a", 10999));
	assert_false(has(*state, "a", 11000));
	assert_false(has(*state, "b", 1000));
	assert_int_equal(put(*state, "a", DNS_OK, 86400, 5, 0), LIMIT_DNS_TTL);
	assert_true(has(*state, "a", LIMIT_DNS_TTL * 1000 - 1));
	assert_false(has(*state, "a", LIMIT_DNS_TTL * 1000));
	put(*state, "zero", DNS_OK, 0, 5, 0);
	assert_false(has(*state, "zero", 0));
}

static void
test_negative_ttl(void **state)
{
	assert_int_equal(put(*state, "a", DNS_NXDOMAIN, 60, 0, 0), 60);
	assert_true(has(*state, "a", 59999));
	assert_false(has(*state, "a", 60000));
	assert_int_equal(put(*state, "b", DNS_NODATA, 86400, 0, 0),
			 LIMIT_DNS_NEGATIVE_TTL);
}

static void
test_failures_back_off(void **state)
{
	static const uint32_t want[] = {5, 10, 20, 30, 30};
	int64_t now = 0;

	for (size_t i = 0; i < 5; i++) {
		enum dns_status status = i % 2 ? DNS_TIMEOUT : DNS_FAILED;
		assert_int_equal(put(*state, "a", status, 300, 0, now),
				 want[i]);
		now += want[i] * 1000;
		assert_true(has(*state, "a", now - 1));
		assert_false(has(*state, "a", now));
	}
	put(*state, "a", DNS_OK, 1, 5, now);
	assert_int_equal(put(*state, "a", DNS_FAILED, 300, 0, now), 5);
}

static void
test_types_and_names_are_apart(void **state)
{
	struct dns_key key;

	put(*state, "a", DNS_OK, 10, 5, 0);
	dns_key_make(&hash_key, str_lit("a"), DNS_A, &key);
	assert_null(dns_cache_get(*state, &key, 0));
	/* The same hash, as if it had been found by an attacker. */
	key = key_of("b");
	key.hash = key_of("a").hash;
	assert_null(dns_cache_get(*state, &key, 0));
}

static void
test_large_answers_stay_out(void **state)
{
	uint64_t bytes, entries;

	put(*state, "a", DNS_OK, 10, 5, 0);
	put(*state, "a", DNS_OK, 10, LIMIT_DNS_CACHED_BYTES, 0);
	assert_false(has(*state, "a", 0));
	dns_cache_size(*state, &bytes, &entries);
	assert_int_equal(bytes, 0);
	assert_int_equal(entries, 0);
}

static void
test_probation(void **state)
{
	char name[32];
	uint64_t bytes, entries;

	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "hot%d", i);
		put(*state, name, DNS_OK, 3000, 20, 0);
		assert_true(has(*state, name, 0));
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "once%d", i);
		put(*state, name, DNS_OK, 3000, 20, 0);
	}
	dns_cache_size(*state, &bytes, &entries);
	assert_true(bytes <= 256 * 1024);
	assert_true(bytes > 128 * 1024);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "hot%d", i);
		assert_true(has(*state, name, 0));
	}
	assert_false(has(*state, "once0", 0));
	assert_true(has(*state, "once19999", 0));
}

static void
test_protection_is_bounded(void **state)
{
	char name[32];
	uint64_t bytes, entries;

	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "hot%d", i);
		put(*state, name, DNS_OK, 3000, 20, 0);
		assert_true(has(*state, name, 0));
	}
	dns_cache_size(*state, &bytes, &entries);
	assert_true(bytes <= 256 * 1024);
	assert_false(has(*state, "hot0", 0));
	assert_true(has(*state, "hot19999", 0));
}

static void
free_nothing(void *form)
{
	(void)form;
}

static void
test_forms_are_on_the_account(void **state)
{
	static const int kind;
	static char form;
	uint64_t before, after, entries;
	struct dns_key key = key_of("a");

	put(*state, "a", DNS_OK, 3000, 20, 0);
	dns_cache_size(*state, &before, &entries);
	struct dns_answer *answer = dns_cache_get(*state, &key, 0);
	dns_answer_set_form(answer, &kind, &form, free_nothing);
	dns_answer_unref(answer);
	assert_true(has(*state, "a", 0));
	dns_cache_size(*state, &after, &entries);
	assert_true(after > before + 1000);
}

static void
test_flush(void **state)
{
	uint64_t bytes, entries;

	put(*state, "a", DNS_OK, 10, 5, 0);
	put(*state, "b", DNS_OK, 10, 5, 0);
	assert_true(has(*state, "b", 0));
	struct dns_key key = key_of("a");
	struct dns_answer *answer = dns_cache_get(*state, &key, 0);
	dns_cache_flush(*state);
	assert_false(has(*state, "a", 0));
	assert_false(has(*state, "b", 0));
	dns_cache_size(*state, &bytes, &entries);
	assert_int_equal(bytes + entries, 0);
	/* Who holds an answer keeps it. */
	assert_str(answer->name, "a");
	dns_answer_unref(answer);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_ttl),
	    TEST(test_negative_ttl),
	    TEST(test_failures_back_off),
	    TEST(test_types_and_names_are_apart),
	    TEST(test_large_answers_stay_out),
	    TEST(test_probation),
	    TEST(test_protection_is_bounded),
	    TEST(test_forms_are_on_the_account),
	    TEST(test_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
