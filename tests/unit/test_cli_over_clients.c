/* What becomes of clients that the old program knew by SPF of a domain, and
   that what is printed can be read. */
#include "tests/support/test.h"

#include <string.h>

#include "tests/support/cli/over_check.h"

static const struct {
	const char *text, *want, *lacks;
	size_t elements;
} cases[] = {
    {"Domain_Whitelist = A.example, b.example.",
     "\nforwarders: [\"spf:a.example\", \"spf:b.example\"]\n", "Left out", 2},
    {"Domain_Whitelist = a.example,co.uk,com",
     "Left out: co.uk (anybody can have a name below it), com (anybody",
     "spf:co", 1},
    {"Domain_Whitelist = co.uk", "#!  Clients whom SPF of these domains",
     "\nforwarders:", 0},
    {"Domain_Whitelist = 192.0.2.1,a.example",
     "Left out: 192.0.2.1 (an address, no domain)", "spf:192", 1},
    {"Domain_Whitelist = 192.0.2.1.", "(an address, no domain)", "spf:192", 0},
    {"Domain_Whitelist = a.example,b.example,c.example,d.example,e.example,"
     "f.example,g.example,h.example,i.example",
     "Left out: i.example (one spf: too many)", "spf:i.example", 8},
    {"Domain_Whitelist =", "Domain_Whitelist", "\nforwarders:", 0},
    /* The rule goes on as before, and says where else they may stand. */
    {"Domain_Whitelist_PTR = a.example",
     "    not-client-name: [\".a.example\"]\n", "\nforwarders:", 0},
    {"Domain_Whitelist_PTR = a.example", "as its network or as name:*.DOMAIN",
     "\nforwarders:", 0},
};

static size_t
elements_in(const char *page)
{
	size_t n = 0;

	while ((page = strstr(page, "\"spf:")) != NULL) {
		page++;
		n++;
	}
	return n;
}

static void
test_by_spf(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct over *over = over_new();
		struct buf flat;
		buf_init(&flat, NULL);
		over_check_read(over, OVER_POLICYD_SPF, cases[i].text);
		over_check_print(over, &flat);
		over_check_page(&flat, cases[i].text, cases[i].want,
				cases[i].lacks);
		assert_int_equal(elements_in(flat.p), cases[i].elements);
		buf_clear(&flat);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_by_spf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
