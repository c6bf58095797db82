/* A pass that any client would get tells nothing of who this one is. */
#include "tests/support/test.h"

#include <stdio.h>

#include "tests/support/spf_case.h"

static const char zone[] =
    "all.example TXT \"v=spf1 +all\"\n"
    "late.example TXT \"v=spf1 ip4:192.0.2.9 ip6:2001:db8::9 all\"\n"
    "wide.example TXT \"v=spf1 ip4:192.0.0.0/2 ip6:2000::/4 -all\"\n"
    "less.example TXT \"v=spf1 ip4:192.0.0.0/3 ip6:2000::/5 -all\"\n"
    "host.example TXT \"v=spf1 a:h.example/2//4 -all\"\n"
    "hosts.example TXT \"v=spf1 a:h.example/3//5 -all\"\n"
    "mx.example TXT \"v=spf1 mx/0 -all\"\nmx.example MX 1 h.example\n"
    "h.example A 192.0.2.77\nh.example AAAA 2001:db8::77\n"
    "there.example TXT \"v=spf1 exists:h.example -all\"\n"
    "user.example TXT \"v=spf1 exists:%{l}.%{v}.%{d} -all\"\n"
    "postmaster.in-addr.user.example A 127.0.0.1\n"
    "postmaster.ip6.user.example A 127.0.0.1\n"
    "address.example TXT \"v=spf1 exists:%{ir}.%{v}.%{d} -all\"\n"
    "*.address.example A 127.0.0.1\n"
    "in-all.example TXT \"v=spf1 include:all.example -all\"\n"
    "in-host.example TXT \"v=spf1 include:none.all.example"
    " include:exact.example -all\"\n"
    "none.all.example TXT \"v=spf1 -all\"\n"
    "exact.example TXT \"v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ~all\"\n"
    "red-all.example TXT \"v=spf1 redirect=all.example\"\n"
    "red.example TXT \"v=spf1 redirect=exact.example\"\n"
    "but.example TXT \"v=spf1 -ip4:192.0.2.9 +all\"\n"
    "own.example TXT \"v=spf1 a:%{p} -all\"\n"
    "own-in.example TXT \"v=spf1 include:%{p} -all\"\n"
    "1.2.0.192.in-addr.arpa PTR evil.test\n"
    "evil.test A 192.0.2.1\nevil.test TXT \"v=spf1 ip4:192.0.2.1\"\n"
    "ptr.example TXT \"v=spf1 ptr:evil.test -all\"\n"
    "soft.example TXT \"v=spf1 ~all\"\n";

static const struct {
	const char *domain, *ip;
	enum spf_result result;
	bool for_anybody;
} cases[] = {
    {"all.example", "192.0.2.1", SPF_PASS, true},
    {"all.example", "2001:db8::1", SPF_PASS, true},
    {"late.example", "192.0.2.1", SPF_PASS, true},
    {"late.example", "192.0.2.9", SPF_PASS, false},
    {"late.example", "2001:db8::9", SPF_PASS, false},
    {"wide.example", "192.0.2.1", SPF_PASS, true},
    {"wide.example", "2001:db8::1", SPF_PASS, true},
    {"less.example", "192.0.2.1", SPF_PASS, false},
    {"less.example", "2001:db8::1", SPF_PASS, false},
    {"host.example", "192.0.2.1", SPF_PASS, true},
    {"host.example", "2001:db8::1", SPF_PASS, true},
    {"hosts.example", "192.0.2.1", SPF_PASS, false},
    {"hosts.example", "2001:db8::1", SPF_PASS, false},
    {"mx.example", "192.0.2.1", SPF_PASS, true},
    {"there.example", "192.0.2.1", SPF_PASS, true},
    {"user.example", "192.0.2.1", SPF_PASS, true},
    {"user.example", "2001:db8::1", SPF_PASS, true},
    {"address.example", "192.0.2.1", SPF_PASS, false},
    {"in-all.example", "192.0.2.1", SPF_PASS, true},
    {"in-host.example", "192.0.2.1", SPF_PASS, false},
    {"in-host.example", "2001:db8::1", SPF_PASS, false},
    {"red-all.example", "192.0.2.1", SPF_PASS, true},
    {"red.example", "192.0.2.1", SPF_PASS, false},
    {"but.example", "192.0.2.1", SPF_PASS, true},
    /* A name that the client has chosen for itself. */
    {"own.example", "192.0.2.1", SPF_PASS, true},
    {"own-in.example", "192.0.2.1", SPF_PASS, true},
    {"ptr.example", "192.0.2.1", SPF_PASS, false},
    /* Only of a pass is it told. */
    {"but.example", "192.0.2.9", SPF_FAIL, false},
    {"soft.example", "192.0.2.1", SPF_SOFTFAIL, false},
    {"exact.example", "192.0.2.2", SPF_SOFTFAIL, false},
};

static void
test_for_anybody(void **state)
{
	struct spf_world *world = spf_world_new(zone);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char from[100];
		snprintf(from, sizeof from, "postmaster@%s", cases[i].domain);
		struct spf_outcome outcome =
		    spf_world_check(world, from, "client.example", cases[i].ip);
		if (outcome.result != cases[i].result ||
		    outcome.for_anybody != cases[i].for_anybody)
			fail_msg("%s of %s: %s, %s", cases[i].domain,
				 cases[i].ip, spf_result_text(outcome.result),
				 outcome.for_anybody ? "for anybody"
						     : "not for anybody");
	}
	spf_world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_for_anybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
