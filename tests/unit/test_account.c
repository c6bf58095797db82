/* What one network of clients may hold of what all share. */
#include "tests/support/test.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/account.h"
#include "base/arena.h"
#include "base/limits.h"
#include "dns/places.h"

static struct account *
account_of(struct accounts *accounts, const char *text)
{
	struct ip ip = ip_none();

	assert_true(text[0] == '\0' || ip_parse(str_of(text), &ip));
	return account_open(accounts, ip);
}

static void
test_account_networks(void **state)
{
	/* One of each pair is the other's network. */
	static const char *const same[][2] = {
	    {"192.0.2.0", "192.0.2.255"},
	    {"2001:db8::", "2001:db8::ff:ffff:ffff:ffff:ffff"},
	    {"::ffff:192.0.2.7", "192.0.2.8"},
	    {"", ""},
	};
	static const char *const others[] = {"192.0.2.1", "198.51.100.1",
					     "2001:db8::1", "2001:db8:0:100::1",
					     ""};
	const size_t n = sizeof others / sizeof *others;
	struct account *account[sizeof others / sizeof *others];
	struct accounts *accounts = accounts_new();

	(void)state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		struct account *one = account_of(accounts, same[i][0]);
		struct account *two = account_of(accounts, same[i][1]);
		assert_ptr_equal(one, two);
		account_close(accounts, one);
		account_close(accounts, two);
	}
	for (size_t i = 0; i < n; i++) {
		account[i] = account_of(accounts, others[i]);
		assert_int_not_equal(account_key(account[i]), 0);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(account_key(account[i]),
					     account_key(account[k]));
	}
	for (size_t i = 0; i < n; i++)
		account_close(accounts, account[i]);
	assert_int_equal(account_key(NULL), 0);
	assert_int_equal(account_add(NULL, ACCOUNT_MEMORY, 5), 0);
	account_sub(NULL, ACCOUNT_MEMORY, 5);
	account_close(accounts, NULL);
	accounts_free(accounts);
}

/* n networks that take all they may: what each has of `all`. */
static size_t
share_of(size_t n, size_t all)
{
	size_t held[10] = {0}, left = all, taken;

	do {
		taken = 0;
		for (size_t i = 0; i < n; i++) {
			if (!account_may_take(held[i], left))
				continue;
			held[i]++;
			left--;
			taken++;
		}
	} while (taken > 0);
	return held[0];
}

static void
test_account_shares(void **state)
{
	(void)state;
	assert_int_equal(share_of(1, 96), 32);
	assert_int_equal(share_of(2, 96), 24);
	assert_int_equal(share_of(4, 96), 16);
	/* However little there is, the first one finds room. */
	assert_true(account_may_take(0, 1));
	assert_false(account_may_take(0, 0));
	assert_false(account_may_take(1, 2));
	assert_true(account_may_take(1, 3));
	assert_false(account_may_take(SIZE_MAX, SIZE_MAX));
	assert_false(account_may_take(SIZE_MAX / 2 + 1, SIZE_MAX));
}

/* Fills arenas of an account until one fails; returns what they hold. */
static size_t
flood(struct arena_pool *pool, struct account *account, struct arena **arena,
      size_t n)
{
	size_t before = pool->used;

	for (size_t i = 0; i < n; i++) {
		arena[i] = arena_new_for(pool, account);
		while (!arena_failed(arena[i]) && arena_size(arena[i]) < 100000)
			memset(arena_alloc(arena[i], 3000), 1, 3000);
	}
	return pool->used - before;
}

static void
test_arena_share(void **state)
{
	struct accounts *accounts = accounts_new();
	struct account *flooder = account_of(accounts, "192.0.2.1");
	struct account *other = account_of(accounts, "198.51.100.1");
	struct arena_pool pool;
	struct arena *arena[20];

	(void)state;
	arena_pool_init(&pool, 1200000);
	size_t held = flood(&pool, flooder, arena, 20);
	assert_in_range(held, 400000, 400000 + 20 * 4096);
	assert_true(arena_over_share(arena[19]));
	assert_false(arena_failed(arena[0]));
	struct arena *others = arena_new_for(&pool, other);
	memset(arena_alloc(others, 100000), 1, 100000);
	assert_false(arena_failed(others));
	arena_free(others);
	/* Who has no share to keep to has all. */
	others = arena_new_for(&pool, NULL);
	while (!arena_failed(others))
		memset(arena_alloc(others, 3000), 1, 3000);
	assert_false(arena_over_share(others));
	assert_in_range(arena_size(others), 1100000 - held,
			1200000 - held + 4096);
	arena_free(others);
	for (size_t i = 0; i < 20; i++)
		arena_free(arena[i]);
	assert_int_equal(pool.used, 0);
	assert_int_equal(account_add(flooder, ACCOUNT_MEMORY, 0), 0);
	account_close(accounts, flooder);
	account_close(accounts, other);
	accounts_free(accounts);
}

/* --- places of lookups --- */

#define MOST 96
#define NOW 100000

static enum dns_room
enter(struct dns_places *places, unsigned zone, uint64_t network,
      struct dns_place *place)
{
	char name[40];

	snprintf(name, sizeof name, "z%u.example", zone);
	return dns_places_enter(places, str_of(name), network, NOW, place);
}

/* Slow lookups of a network, each in a zone of its own; how many find room. */
static size_t
slow_of(struct dns_places *places, uint64_t network, struct dns_place *place,
	enum dns_room *last_out)
{
	size_t n = 0;

	for (; n < MOST; n++) {
		unsigned zone = (unsigned)(network * 1000 + n);
		assert_int_equal(enter(places, zone, network, &place[n]),
				 DNS_ROOM);
		*last_out = dns_places_stay(places, &place[n], NOW);
		if (*last_out != DNS_ROOM) {
			dns_places_leave(places, &place[n], NOW);
			break;
		}
	}
	return n;
}

static void
test_slow_places(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 64, MOST);
	struct dns_place one[MOST], two[MOST], relay[MOST];
	enum dns_room last;

	(void)state;
	size_t ones = slow_of(places, 1, one, &last);
	assert_int_equal(ones, MOST / 3);
	assert_int_equal(last, DNS_ROOM_NETWORK);
	size_t twos = slow_of(places, 2, two, &last);
	assert_in_range(twos, 20, 22);
	/* Whose mail has no share finds all that is left. */
	size_t rest = slow_of(places, 0, relay, &last);
	assert_int_equal(rest, MOST - ones - twos);
	assert_int_equal(last, DNS_ROOM_ALL);
	for (size_t i = 0; i < ones; i++)
		dns_places_leave(places, &one[i], NOW);
	for (size_t i = 0; i < twos; i++)
		dns_places_leave(places, &two[i], NOW);
	for (size_t i = 0; i < rest; i++)
		dns_places_leave(places, &relay[i], NOW);
	/* Nothing is left counted. */
	ones = slow_of(places, 1, one, &last);
	assert_int_equal(ones, MOST / 3);
	for (size_t i = 0; i < ones; i++)
		dns_places_leave(places, &one[i], NOW);
	dns_places_free(places);
}

/* Of the places of one zone, calm or troubled, a network has its share. */
static void
test_places_of_a_zone(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 9, MOST);
	struct dns_place mine[40], other;
	size_t n = 0;

	(void)state;
	while (enter(places, 1, 1, &mine[n]) == DNS_ROOM)
		n++;
	assert_int_equal(mine[2].kind, DNS_PLACE_CALM);
	assert_int_equal(mine[3].kind, DNS_PLACE_BRIEF);
	/* Two of the four of a branch. */
	assert_int_equal(n, 5);
	assert_int_equal(enter(places, 1, 2, &other), DNS_ROOM);
	assert_int_equal(other.kind, DNS_PLACE_CALM);
	dns_places_leave(places, &other, NOW);
	assert_int_equal(dns_places_stay(places, &mine[0], NOW + 1000),
			 DNS_ROOM);
	assert_int_equal(enter(places, 1, 2, &other), DNS_ROOM);
	assert_int_equal(other.kind, DNS_PLACE_BRIEF);
	dns_places_leave(places, &other, NOW);
	for (size_t i = 0; i < n; i++)
		dns_places_leave(places, &mine[i], NOW);
	dns_places_free(places);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_account_networks),
	    cmocka_unit_test(test_account_shares),
	    cmocka_unit_test(test_arena_share),
	    cmocka_unit_test(test_slow_places),
	    cmocka_unit_test(test_places_of_a_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
