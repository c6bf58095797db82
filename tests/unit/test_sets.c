#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/domain_set.h"
#include "base/network_set.h"

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static bool
has(const struct domain_set *set, const char *name)
{
	return domain_set_has(set, exact(name));
}

static void
exact_names_and_subtrees(void **state)
{
	struct domain_set *set = domain_set_new(arena, 4, 64);

	(void)state;
	domain_set_add(set, exact("one.example"), false);
	domain_set_add(set, exact("two.example"), true);
	domain_set_add(set, exact("a.b.three.example"), true);
	domain_set_add(set, exact("u@one.example"), false);
	assert_true(has(set, "one.example"));
	assert_false(has(set, "x.one.example"));
	assert_true(has(set, "two.example"));
	assert_true(has(set, "x.two.example"));
	assert_true(has(set, "y.x.two.example"));
	assert_false(has(set, "xtwo.example"));
	assert_false(has(set, "example"));
	assert_false(has(set, ""));
	assert_true(has(set, "x.a.b.three.example"));
	assert_false(has(set, "b.three.example"));
	assert_true(domain_set_has_exact(set, exact("u@one.example")));
	assert_false(domain_set_has_exact(set, exact("two.example")));
}

static void
repeated_names_are_one(void **state)
{
	struct domain_set *set = domain_set_new(arena, 2, 32);

	(void)state;
	domain_set_add(set, exact("one.example"), true);
	domain_set_add(set, exact("one.example"), false);
	domain_set_add(set, exact("one.example"), true);
	/* There is still room for the second. */
	domain_set_add(set, exact("two.example"), false);
	assert_true(has(set, "two.example"));
	assert_true(domain_set_has_exact(set, exact("one.example")));
	assert_true(has(set, "x.one.example"));
}

static void
nothing_is_written_beyond_the_room(void **state)
{
	struct domain_set *set = domain_set_new(arena, 1, 11);

	(void)state;
	domain_set_add(set, exact("one.examples"), false);
	assert_false(has(set, "one.examples"));
	domain_set_add(set, exact("one.example"), false);
	domain_set_add(set, exact("b"), false);
	assert_true(has(set, "one.example"));
	assert_false(has(set, "b"));
	set = domain_set_new(arena, 0, 0);
	domain_set_add(set, exact("a"), false);
	assert_false(has(set, "a"));
}

static struct network_set *
networks(const char *text)
{
	struct ip_network network[16];
	struct str rest = str_of(text), item;
	size_t n = 0;

	while (text[0] != '\0' && str_split(&rest, ' ', &item))
		assert_true(ip_network_parse(item, &network[n++]));
	return network_set_new(arena, network, n);
}

static bool
holds(const struct network_set *set, const char *address)
{
	struct ip ip = ip_none();

	if (address[0] != '\0')
		assert_true(ip_parse(str_of(address), &ip));
	return network_set_has(set, ip);
}

static void
networks_nest_touch_and_end(void **state)
{
	struct network_set *set =
	    networks("192.0.2.128/25 192.0.2.0/24 192.0.2.7 198.51.100.4/30 "
		     "198.51.100.8 2001:db8::/32 2001:db8:1::/48 ::1 "
		     "10.0.0.0/32 10.0.0.0/8");

	(void)state;
	assert_true(holds(set, "192.0.2.0"));
	assert_true(holds(set, "192.0.2.255"));
	assert_false(holds(set, "192.0.1.255"));
	assert_false(holds(set, "192.0.3.0"));
	assert_false(holds(set, "198.51.100.3"));
	assert_true(holds(set, "198.51.100.4"));
	assert_true(holds(set, "198.51.100.7"));
	assert_true(holds(set, "198.51.100.8"));
	assert_false(holds(set, "198.51.100.9"));
	assert_true(holds(set, "10.255.255.255"));
	assert_true(holds(set, "2001:db8:ffff::1"));
	assert_false(holds(set, "2001:db9::"));
	assert_true(holds(set, "::1"));
	assert_false(holds(set, "::2"));
	assert_true(holds(set, "::ffff:192.0.2.9"));
	assert_false(holds(set, ""));
}

static void
families_are_apart(void **state)
{
	struct network_set *v4 = networks("0.0.0.0/0");
	struct network_set *v6 = networks("::/0");
	struct network_set *none = networks("");

	(void)state;
	assert_true(holds(v4, "0.0.0.0"));
	assert_true(holds(v4, "255.255.255.255"));
	assert_false(holds(v4, "::1"));
	assert_true(holds(v6, "2001:db8::1"));
	assert_false(holds(v6, "192.0.2.1"));
	assert_false(holds(none, "192.0.2.1"));
	assert_false(holds(none, "::1"));
}

#define DOMAINS 100000
#define NETWORKS 10000
#define ASKED 20000

static struct domain_set *
many_domains(void)
{
	struct domain_set *set =
	    domain_set_new(arena, DOMAINS, (size_t)DOMAINS * 24);

	for (int i = 0; i < DOMAINS; i++)
		domain_set_add(
		    set, arena_printf(arena, "d%d.sender%d.example", i, i % 97),
		    i % 2 == 0);
	return set;
}

static struct network_set *
many_networks(void)
{
	struct ip_network *network =
	    arena_array(arena, NETWORKS, sizeof *network);

	for (int i = 0; i < NETWORKS; i++) {
		struct str text =
		    i % 2 == 0
			? arena_printf(arena, "10.%d.%d.0/25", i / 256, i % 256)
			: arena_printf(arena, "2001:db8:%x::/48", i);
		assert_true(ip_network_parse(text, &network[i]));
	}
	return network_set_new(arena, network, NETWORKS);
}

static void
long_lists_have_what_is_in_them(void **state)
{
	const struct domain_set *domains = many_domains();
	const struct network_set *nets = many_networks();
	struct ip ip;
	char name[64];
	size_t hits = 0;

	(void)state;
	for (int i = 0; i < ASKED; i++) {
		int n = snprintf(name, sizeof name, "a.b.d%d.sender%d.example",
				 i, i % 97);
		hits += domain_set_has(domains, str_n(name, (size_t)n));
		ip = ip_v4(
		    (uint8_t[]){10, (uint8_t)(i % 40), (uint8_t)(i % 256), 1});
		hits += network_set_has(nets, ip);
	}
	assert_true(hits >= ASKED / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exact_names_and_subtrees),
	    cmocka_unit_test(repeated_names_are_one),
	    cmocka_unit_test(nothing_is_written_beyond_the_room),
	    cmocka_unit_test(networks_nest_touch_and_end),
	    cmocka_unit_test(families_are_apart),
	    cmocka_unit_test(long_lists_have_what_is_in_them),
	};

	return cmocka_run_group_tests_name("sets", tests, setup, teardown);
}
