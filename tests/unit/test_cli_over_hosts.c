/* What becomes of lists of hosts that several programs, or several options,
   have: networks are compared as networks. */
#include "tests/support/test.h"

#include "tests/support/cli/over_check.h"

#define CONFLICT "CONFLICT: not in every list: "
#define RELAY "options { local_addrs = [192.0.2.0/24]; }\n"

static const struct {
	/* OpenDMARC's, OpenDKIM's, policyd-spf's, rspamd's; NULL: none */
	const char *text[OVER_PROGRAMS];
	/* in the comments and values, unwrapped; and what is not there */
	const char *want, *lacks;
} cases[] = {
    /* A host in another's network is in that list, too. */
    {{NULL, "InternalHosts 127.0.0.1, ::1",
      "skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1"},
     "\ninternal-networks: [\"127.0.0.0/8\", \"::1\"]\n",
     "CONFLICT"},
    {{NULL, "InternalHosts 192.0.2.7", "skip_addresses = 192.0.2.0/24"},
     CONFLICT "192.0.2.0/24 (policyd-spf). The other programs check mail",
     "192.0.2.7,"},
    {{NULL, "InternalHosts 2001:db8:1::/48",
      "skip_addresses = 2001:db8:1::/48"},
     "\"2001:db8:1::/48\"",
     "CONFLICT"},
    {{NULL, "InternalHosts 192.0.2.0/25", "skip_addresses = 192.0.2.128/25",
      RELAY},
     CONFLICT "192.0.2.0/25 (OpenDKIM, rspamd), 192.0.2.128/25 "
	      "(policyd-spf, rspamd), 192.0.2.0/24 (rspamd).",
     NULL},
    /* Halves are the whole. */
    {{NULL,
      "InternalHosts 192.0.2.192/26, 192.0.2.128/26, 192.0.2.0/25, 192.0.2.3",
      "skip_addresses = 192.0.2.0/24"},
     "\"192.0.2.0/24\"",
     "CONFLICT"},
    {{NULL, "InternalHosts 192.0.2.128/26, 192.0.2.64/26, 192.0.2.0/26",
      "skip_addresses = 192.0.2.0/24"},
     CONFLICT "192.0.2.0/24 (policyd-spf).",
     NULL},
    {{NULL, "InternalHosts 2001:db8::/33,2001:db8:8000::/33",
      "skip_addresses = 2001:db8::/32"},
     "\"2001:db8::/32\"",
     "CONFLICT"},
    /* Told once. */
    {{NULL, "InternalHosts 192.0.2.7, 192.0.2.0/24, 192.0.2.8/29"},
     "\ninternal-networks: [\"127.0.0.0/8\", \"::1\", \"192.0.2.0/24\"]\n",
     NULL},
    {{NULL, "InternalHosts 192.0.2.7, 192.0.2.0/24, 192.0.2.8/29"},
     "In a network of the list, so not named again: 192.0.2.8/29, 192.0.2.7.",
     NULL},
    {{NULL, "ExternalIgnoreList 198.51.100.0/24, 198.51.100.9"},
     "\nforwarders: [\"198.51.100.0/24\"]\n",
     NULL},
    {{NULL, NULL, NULL, "spf { whitelist = [192.0.2.0/24, 192.0.2.1]; }"},
     "\ntrusted-relays: [\"192.0.2.0/24\"]\n",
     NULL},
    {{NULL, NULL,
      "Whitelist = 192.0.2.1,192.0.2.0/24,192.0.2.0/24,192.0.2.4/31\n"},
     "    not-client: [\"192.0.2.0/24\"]\n",
     NULL},
    {{NULL, NULL, "HELO_Whitelist = a.example,b.example,a.example\n"},
     "    not-client-name: [\"a.example\", \"b.example\"]\n",
     NULL},
    /* A forwarder that is internal is not checked, and is said to be so. */
    {{NULL, "ExternalIgnoreList 198.51.100.0/24, 127.0.0.1",
      "skip_addresses = 198.51.100.0/24"},
     "#!  CONFLICT: in internal-networks by another program's list, which "
     "counts, so nothing of their mail is checked; left out here: "
     "198.51.100.0/24.",
     "\nforwarders:"},
    {{NULL, "ExternalIgnoreList 198.51.100.7, 192.0.2.1",
      "skip_addresses = 198.51.100.0/24"},
     "\nforwarders: [\"192.0.2.1\"]\n",
     NULL},
    {{NULL, "ExternalIgnoreList 192.0.2.1,127.0.0.1\n"
	    "InternalHosts 192.0.2.0/24"},
     "In internal-networks, which counts, so nothing of their mail is "
     "checked; left out here: 127.0.0.1, 192.0.2.1.",
     "CONFLICT"},
    {{NULL, "ExternalIgnoreList 127.0.0.1,192.0.2.1"},
     "\nforwarders: [\"192.0.2.1\"]\n",
     "CONFLICT"},
    /* Where internal-networks and trusted-relays meet the narrower counts. */
    {{NULL, NULL, NULL, RELAY "spf { external_relay = 192.0.2.7; }"},
     "#!  192.0.2.7 lies in internal-networks, too: the narrower network "
     "counts",
     NULL},
    {{NULL, NULL, NULL, RELAY "spf { external_relay = 192.0.2.7; }"},
     "\ntrusted-relays: [\"192.0.2.7\"]\n",
     NULL},
    {{NULL, NULL, NULL,
      "options { local_addrs = [192.0.2.0/24, 192.0.2.7]; }\n"
      "spf { external_relay = 192.0.2.0/28; }"},
     "\"192.0.2.0/24\", \"192.0.2.7\"]\n",
     "not named again"},
    {{NULL, NULL, NULL, "spf { external_relay = [127.0.0.1, ::1]; }"},
     "127.0.0.1 is in internal-networks already",
     "\ntrusted-relays:"},
    /* The bound of all together is that of networks, whoever named them. */
    {{NULL, "InternalHosts 0.0.0.0/3", "skip_addresses = 32.0.0.0/3"},
     "the list is left out",
     "\ninternal-networks:"},
};

static void
test_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct over *over = over_new();
		const char *title = "";
		for (size_t p = 0; p < OVER_PROGRAMS; p++) {
			const char *text = cases[i].text[p];
			if (text == NULL)
				continue;
			over_check_read(over, (enum over_program)p, text);
			title = text;
		}
		over_check(over, title, cases[i].want, cases[i].lacks);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_hosts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
