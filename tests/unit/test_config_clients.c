/* Clients by name and by SPF in trusted-relays and forwarders: what the file
   may say, and who is meant by a name. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "config/config.h"
#include "tests/support/config_file.h"

/* --- what is refused --- */

#define ANYBODY \
	"names a top-level domain or a public suffix, below which anybody"

static const struct bad {
	const char *text, *want;
} bad[] = {
    {"forwarders: provider.example",
     "1:13: forwarders: \"provider.example\" is a name: write name:HOST"},
    {"forwarders: [192.0.2.1, .provider.example]",
     "1:25: forwarders: \".provider.example\" is a name: write name:HOST"},
    {"forwarders: '*.provider.example'",
     "1:13: forwarders: \"*.provider.example\" is a name: write name:HOST"},
    {"forwarders: spf=provider.example",
     "or spf:DOMAIN; did you mean \"spf\"?"},
    {"forwarders: nane:provider.example",
     "or spf:DOMAIN; did you mean \"name\"?"},
    {"trusted-relays: spf1:provider.example",
     "1:17: trusted-relays: \"spf1:provider.example\" is neither"},
    {"trusted-relays: ''", "1:17: trusted-relays: \"\" is neither"},
    {"trusted-relays: 'name:'",
     "1:17: trusted-relays: \"name:\" is not usable: domain name is empty"},
    {"trusted-relays: 'spf:'",
     "1:17: trusted-relays: \"spf:\" is not usable: domain name is empty"},
    {"trusted-relays: 'name: mx.provider.example'",
     "is not usable: domain name has a forbidden character"},
    {"trusted-relays: 'name:*'", "1:17: trusted-relays: \"name:*\" names "
				 "everybody: write name:HOST or name:*.DOMAIN"},
    {"trusted-relays: 'name:*.'", "is not usable: domain name is empty"},
    {"trusted-relays: name:.provider.example",
     "is not usable: write name:*.DOMAIN for all names below"},
    {"trusted-relays: name:mx*.provider.example", "forbidden character"},
    {"trusted-relays: name:*.*.provider.example", "forbidden character"},
    {"trusted-relays: name:mx..provider.example", "has an empty label"},
    {"trusted-relays: spf:*.provider.example",
     "is not usable: SPF is asked for one domain"},
    {"trusted-relays: spf:.provider.example", "SPF is asked for one domain"},
    {"trusted-relays: spf:user@provider.example", "forbidden character"},
    {"trusted-relays: name:192.0.2.1", "is an address: write it alone"},
    {"trusted-relays: name:2001:db8::1", "is an address: write it alone"},
    {"trusted-relays: name:192.0.2.1.", "is an address: write it alone"},
    {"trusted-relays: spf:192.0.2.0/24", "is an address: write it alone"},
    {"trusted-relays: \"name:mx\\0.provider.example\"", "forbidden character"},
    /* the guard of all lists of names */
    {"forwarders: name:*.com", "1:13: forwarders: \"name:*.com\" " ANYBODY},
    {"forwarders: name:*.co.uk", "\"name:*.co.uk\" " ANYBODY},
    {"forwarders: name:*.CO.UK.", "\"name:*.CO.UK.\" " ANYBODY},
    {"forwarders: name:*.github.io", "\"name:*.github.io\" " ANYBODY},
    {"forwarders: name:co.uk", "\"name:co.uk\" " ANYBODY},
    {"forwarders: name:localhost", "\"name:localhost\" " ANYBODY},
    {"forwarders: spf:com", "\"spf:com\" " ANYBODY},
    {"forwarders: [name:mx.a.example, spf:co.uk]",
     "1:33: forwarders: \"spf:co.uk\" " ANYBODY},
    {"forwarders: [name:*.a.example, 0.0.0.0/1, spf:a.example]",
     "1:1: forwarders: holds a quarter of all IPv4"},
    {"trusted-relays: [spf:a.example, spf:b.example, spf:c.example, "
     "spf:d.example, spf:e.example, spf:f.example, spf:g.example, "
     "spf:h.example, spf:i.example]",
     "\"spf:i.example\" is one spf: too many: 8 are allowed"},
    {"internal-networks: [192.0.2.1, name:mx.a.example]",
     "1:32: internal-networks: \"name:mx.a.example\" is neither"},
    {"internal-networks: 192.0.2.0/24\n"
     "trusted-relays: [name:mx.a.example, 192.0.2.0/24]",
     "2:1: trusted-relays: the same network stands in internal-networks"},
    {"mode: enforce\non-quarantine: reject\ntrusted-relays: spf:a.example",
     "3:1: trusted-relays: their mail is never refused"},
};

static void
errors_say_what_and_how(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct config_error error;
		struct config *config = NULL;
		config_file_write(bad[i].text, strlen(bad[i].text));
		if (config_load(config_file_path(), &config, &error) !=
		    ERR_CONFIG)
			fail_msg("accepted: %s", bad[i].text);
		if (strstr(error.text, bad[i].want) == NULL)
			fail_msg("%s: %s", bad[i].text, error.text);
	}
}

static void
elements_are_shown_as_written(void **state)
{
	struct config *config = config_file_load(
	    "forwarders: [192.0.2.0/24, NAME:MX.Provider.Example., "
	    "name:*.provider.example, '2001:db8::1', "
	    "spf:m\303\274ller.example, "
	    "spf:github.io]\n");
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	config_print_changed(config, false, &out);
	assert_non_null(
	    strstr(out.p, "forwarders: [\"192.0.2.0/24\", "
			  "\"name:mx.provider.example\", "
			  "\"name:*.provider.example\", \"2001:db8::1\", "
			  "\"spf:xn--mller-kva.example\", \"spf:github.io\"]"));
	assert_int_equal(config->forwarders.names, 2);
	assert_int_equal(config->forwarders.spf, 2);
	assert_int_equal(config->policy.forwarders.clients.count, 6);
	assert_int_equal(config->verify.forwarders.count, 6);
	buf_clear(&out);
	config_unref(config);
}

/* --- who is meant --- */

#define LIST                                                        \
	"trusted-relays: [name:mx.provider.example, "               \
	"name:*.out.provider.example, name:xn--mller-kva.example, " \
	"198.51.100.0/24, 198.51.100.9, spf:vouched.example]\n"     \
	"internal-networks: [192.0.2.0/24, '2001:db8::7']\n"

/* by "": foreign; NULL: internal. */
static const struct {
	const char *client, *name, *by;
} clients[] = {
    {"2001:db8:1::1", "mx.provider.example", "name:mx.provider.example"},
    {"2001:db8:1::1", "MX.Provider.EXAMPLE.", "name:mx.provider.example"},
    {"2001:db8:2::1", "mx.provider.example", "name:mx.provider.example"},
    {"2001:db8:1::1", "a.out.provider.example", "name:*.out.provider.example"},
    {"2001:db8:1::1", "b.a.OUT.provider.example.",
     "name:*.out.provider.example"},
    {"2001:db8:1::1", "xn--mller-kva.example", "name:xn--mller-kva.example"},
    /* not the domain itself, nor what only looks like it */
    {"2001:db8:1::1", "out.provider.example", ""},
    {"2001:db8:1::1", ".out.provider.example", ""},
    {"2001:db8:1::1", "..out.provider.example", ""},
    {"2001:db8:1::1", "a..out.provider.example", ""},
    {"2001:db8:1::1", "xout.provider.example", ""},
    {"2001:db8:1::1", "a.xout.provider.example", ""},
    {"2001:db8:1::1", "a.out.provider.example.evil.test", ""},
    {"2001:db8:1::1", "a.out.provider.example..", ""},
    {"2001:db8:1::1", "mx.provider.example.evil.test", ""},
    {"2001:db8:1::1", "amx.provider.example", ""},
    {"2001:db8:1::1", "a.mx.provider.example", ""},
    {"2001:db8:1::1", "mx.provider.exampl", ""},
    {"2001:db8:1::1", "x.provider.example", ""},
    {"2001:db8:1::1", "provider.example", ""},
    {"2001:db8:1::1", "evil test.out.provider.example", ""},
    {"2001:db8:1::1", "evil\\.out.provider.example", ""},
    {"2001:db8:1::1", "evil@a.out.provider.example", ""},
    {"2001:db8:1::1", "*.out.provider.example", ""},
    /* names of the DNS are ASCII: full-width letters and dots, U-labels */
    {"2001:db8:1::1", "a\357\274\216out.provider.example", ""},
    {"2001:db8:1::1", "m\303\274ller.example", ""},
    {"2001:db8:1::1", "[192.0.2.1]", ""},
    {"2001:db8:1::1", "unknown", ""},
    {"2001:db8:1::1", "", ""},
    /* SPF is asked later */
    {"2001:db8:1::1", "vouched.example", ""},
    /* the narrower one */
    {"198.51.100.9", "", "198.51.100.9"},
    {"198.51.100.8", "a.out.provider.example", "198.51.100.0/24"},
    {"198.51.100.9", "mx.provider.example", "name:mx.provider.example"},
    {"192.0.2.1", "mx.provider.example", "name:mx.provider.example"},
    {"2001:db8::7", "mx.provider.example", "name:mx.provider.example"},
    {"192.0.2.1", "a.out.provider.example", NULL},
    {"192.0.2.1", "", NULL},
    /* a name of no address */
    {"", "mx.provider.example", ""},
    {"", "", ""},
};

static void
names_mean_themselves(void **state)
{
	struct config *config = config_file_load(LIST);

	(void)state;
	for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
		const char *by = clients[i].by;
		const struct client_element *relay = NULL;
		struct ip ip = ip_none();
		struct buf text;
		if (clients[i].client[0] != '\0')
			assert_true(ip_parse(str_of(clients[i].client), &ip));
		enum client_class got = config_client_class(
		    config, ip, exact(clients[i].name), &relay);
		enum client_class want = by == NULL      ? CLIENT_INTERNAL
					 : by[0] == '\0' ? CLIENT_FOREIGN
							 : CLIENT_RELAY;
		buf_init(&text, NULL);
		if (relay != NULL)
			client_element_add(&text, relay);
		if (got != want || !str_is(buf_str(&text), by ? by : ""))
			fail_msg("%s %s: %s by %.*s", clients[i].client,
				 clients[i].name, client_class_text(got),
				 STR_ARG(buf_str(&text)));
		buf_clear(&text);
	}
	config_unref(config);
}

/* A NUL within a name ends nothing. */
static void
octets_end_no_name(void **state)
{
	static const char nul[] = "mx.provider.example\0.evil.test";
	static const char before[] = "evil.test\0.out.provider.example";
	struct config *config =
	    config_file_load("trusted-relays: [name:mx.provider.example, "
			     "name:*.out.provider.example]\n");
	struct ip ip = ip_v4((uint8_t[]){198, 51, 100, 1});

	(void)state;
	assert_int_equal(
	    config_client_class(config, ip, str_n(nul, sizeof nul - 1), NULL),
	    CLIENT_FOREIGN);
	assert_int_equal(config_client_class(config, ip,
					     str_n(before, sizeof before - 1),
					     NULL),
			 CLIENT_FOREIGN);
	config_unref(config);
}

/* --- what SPF says --- */

static void
a_pass_counts_for_its_domain(void **state)
{
	static const struct client_element element[] = {
	    {.by = CLIENT_BY_HOST, .domain = STR("b.example")},
	    {.by = CLIENT_BY_SPF, .domain = STR("a.example")},
	    {.by = CLIENT_BY_SPF, .domain = STR("b.example")},
	};
	const struct client_list list = {element, 3, 1, 2};
	struct client_spf spf[] = {
	    {.domain = STR("a.example"), .result = SPF_FAIL},
	    {.domain = STR("b.example"), .result = SPF_PASS},
	    {.domain = STR("c.example"), .result = SPF_PASS},
	};

	(void)state;
	assert_ptr_equal(client_list_find_spf(&list, spf, 3), &element[2]);
	assert_null(client_list_find_spf(&list, spf, 1));
	assert_null(client_list_find_spf(&list, spf, 0));
	assert_null(client_list_find_spf(&list, &spf[2], 1));
	spf[1].for_anybody = true;
	assert_null(client_list_find_spf(&list, spf, 3));
	assert_string_equal(client_spf_text(&spf[1]), "pass-for-anybody");
	assert_string_equal(client_spf_text(&spf[0]), "fail");
	for (int result = SPF_NONE; result <= SPF_PERMERROR; result++) {
		spf[0].result = (enum spf_result)result;
		assert_int_equal(client_spf_counts(&spf[0]),
				 result == SPF_PASS);
	}
}

/* --- long lists --- */

#define LISTED 20000

static void
a_long_list_is_read_in_no_time(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, NULL);
	buf_adds(&text, "trusted-relays:\n");
	for (int i = 0; i < LISTED; i++)
		buf_printf(&text, "  - name:%smx%d.h%d.example\n",
			   i % 2 ? "*." : "", i, i % 97);
	config_file_write(text.p, text.n);
	int64_t start_ms = clock_monotonic_ms();
	struct config *config = config_file_load(text.p);
	/* 30 ms on a common machine: each once, not each with all others. */
	assert_true(clock_monotonic_ms() - start_ms < 3000);
	assert_int_equal(config->trusted_relays.names, LISTED);
	assert_int_equal(
	    config_client_class(config, ip_v4((uint8_t[]){192, 0, 2, 1}),
				str_lit("a.mx19999.h17.example"), NULL),
	    CLIENT_RELAY);
	config_unref(config);
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(errors_say_what_and_how),
	    cmocka_unit_test(elements_are_shown_as_written),
	    cmocka_unit_test(names_mean_themselves),
	    cmocka_unit_test(octets_end_no_name),
	    cmocka_unit_test(a_pass_counts_for_its_domain),
	    cmocka_unit_test(a_long_list_is_read_in_no_time),
	};

	return cmocka_run_group_tests_name(
	    "config clients", tests, config_file_setup, config_file_teardown);
}
