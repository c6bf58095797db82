/* Which lists hold so much that who is in one proves nothing. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/broad.h"

/* Whether the networks of the text, with blanks between, are broad. */
static bool
are_broad(const char *text)
{
	struct ip_network network[64];
	struct str rest = str_of(text), one;
	size_t n = 0;

	while (rest.n > 0 && str_split(&rest, ' ', &one))
		assert_true(ip_network_parse(one, &network[n++]));
	/* In a block of exactly their size. */
	struct str copy = exact_n((const char *)network, n * sizeof *network);
	return networks_are_broad(
	    (const struct ip_network *)(const void *)copy.p, n);
}

static void
test_networks(void **state)
{
	static const struct {
		const char *networks;
		bool broad;
	} cases[] = {
	    {"", false},
	    {"0.0.0.0/0", true},
	    {"::/0", true},
	    {"192.0.2.1", false},
	    {"2001:db8::1", false},
	    /* a quarter of IPv4, in one or in parts */
	    {"64.0.0.0/2", true},
	    {"64.0.0.0/3", false},
	    {"64.0.0.0/3 160.0.0.0/3", true},
	    {"64.0.0.0/3 160.0.0.0/4", false},
	    /* a /4 of IPv6 */
	    {"2000::/4", true},
	    {"2000::/5", false},
	    {"2000::/5 2800::/5", true},
	    {"2000::/5 2800::/6", false},
	    /* neither counts for the other */
	    {"64.0.0.0/3 2000::/5", false},
	    {"64.0.0.0/4 2000::/5 2800::/6 80.0.0.0/4 2c00::/7", false},
	    /* What overlaps counts once, in whatever order it stands. */
	    {"64.0.0.0/3 64.0.0.0/3", false},
	    {"64.0.0.0/4 64.0.0.0/2", true},
	    {"64.0.0.0/4 64.0.0.0/3", false},
	    {"32.0.0.0/4 64.0.0.0/4 32.0.0.0/5 64.0.0.0/5 40.0.0.0/5 "
	     "72.0.0.0/5",
	     false},
	    /* nor is one apart for what stands between, in another family */
	    {"32.0.0.0/3 2100::/8 40.0.0.0/5 48.0.0.0/4 3100::/8 56.0.0.0/5",
	     false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (are_broad(cases[i].networks) != cases[i].broad)
			fail_msg("%s", cases[i].networks);
	}
}

/* To the last /32, of which the addresses within do not count. */
static void
test_last_network(void **state)
{
	char text[1000];
	size_t n = 0;

	(void)state;
	for (unsigned prefix = 5; prefix <= 32; prefix++) {
		uint32_t base = 0x30000000 - (1U << (33 - prefix));
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%x:%x::/%u",
				      n > 0 ? " " : "", base >> 16,
				      base & 0xffff, prefix);
	}
	size_t whole = n;
	snprintf(text + n, sizeof text - n, " 2fff:ffff:8000::/33");
	assert_false(are_broad(text));
	snprintf(text + whole, sizeof text - whole, " 2fff:ffff::/32");
	assert_true(are_broad(text));
}

static void
test_domains(void **state)
{
	static const struct {
		const char *domain;
		bool alone, subtree;
	} cases[] = {
	    {"com", true, true},
	    {"no-such-tld", true, true},
	    {"co.uk", true, true},
	    {"github.io", false, true},
	    {"sender.example", false, false},
	    {"sender.co.uk", false, false},
	};
	struct suffix_list *list = suffix_list_open();

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str domain = exact(cases[i].domain);
		if (broad_domain(list, domain, false) != cases[i].alone ||
		    broad_domain(list, domain, true) != cases[i].subtree)
			fail_msg("%s", cases[i].domain);
	}
	suffix_list_close(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_networks),
	    cmocka_unit_test(test_last_network),
	    cmocka_unit_test(test_domains),
	};

	return cmocka_run_group_tests_name("broad", tests, NULL, NULL);
}
