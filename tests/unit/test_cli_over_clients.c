/* What becomes of clients that the old program knew by SPF of a domain, and
   that what is printed can be read. */
#include "tests/support/test.h"

#include <string.h>

#include "base/err.h"
#include "config/config.h"
#include "config/snapshot.h"
#include "milter/cli/over.h"

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

/* Comments as one line each. */
static struct str
unwrapped(struct arena *arena, struct str text)
{
	struct buf out;
	struct str line;

	buf_init(&out, arena);
	while (str_split(&text, '\n', &line)) {
		bool more = str_starts(line, str_lit("#   ")) ||
			    str_starts(line, str_lit("#!  "));
		buf_adds(&out, more ? " " : "\n");
		buf_add(&out, str_from(line, more ? 4 : 0));
	}
	return buf_str(&out);
}

static bool
holds(struct str text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

static size_t
elements_of(struct str text)
{
	struct config *config = NULL;
	struct config_error error;

	if (config_load_text("new", text, &config, &error) != ERR_OK)
		fail_msg("%s in:\n%.*s", error.text, STR_ARG(text));
	size_t count = config->forwarders.count;
	config_unref(config);
	return count;
}

static void
test_by_spf(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct over *over = over_new();
		struct buf out, said, why;
		buf_init(&out, NULL);
		buf_init(&said, NULL);
		buf_init(&why, NULL);
		assert_true(over_read_text(over, OVER_POLICYD_SPF, "old.conf",
					   exact(cases[i].text), &why));
		over_print(over, &out, &said);
		struct str text = unwrapped(*state, buf_str(&out));
		if (!holds(text, cases[i].want) &&
		    !holds(buf_str(&out), cases[i].want))
			fail_msg("%s: %s", cases[i].text, out.p);
		assert_false(holds(text, cases[i].lacks));
		assert_int_equal(elements_of(buf_str(&out)), cases[i].elements);
		over_free(over);
		buf_clear(&out);
		buf_clear(&said);
		buf_clear(&why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_by_spf),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
