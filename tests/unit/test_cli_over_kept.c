/* What the file in force sets stays where the old programs do not know of it,
   and lines fit a terminal. */
#include "tests/support/test.h"

#include <string.h>
#include <unistd.h>

#include "tests/support/cli/over_check.h"
#include "tests/support/config_file.h"

/* F stands for the file's path. */
static const struct {
	enum over_program program;
	const char *old, *in_force;
	const char *want, *lacks;
} cases[] = {
    {OVER_OPENDMARC, "Syslog yes", "user: verdict\n",
     "# Kept from F:1.\nuser: \"verdict\"\n", "#!  "},
    {OVER_OPENDMARC, "Syslog yes", "resolver: 127.0.0.1\n",
     "# Kept from F:1.\nresolver: [\"127.0.0.1:53\"]\n", "#!  "},
    {OVER_OPENDKIM, "Nameservers 192.0.2.53", "resolver: 192.0.2.53\n",
     "\nresolver: [\"192.0.2.53\"]\n", "CONFLICT"},
    {OVER_OPENDKIM, "Nameservers 192.0.2.53", "resolver: 127.0.0.1\n",
     "#!  CONFLICT: F:1 says resolver: [\"127.0.0.1:53\"]; what stands here "
     "comes "
     "from the old programs. Choose.\nresolver: [\"192.0.2.53\"]\n",
     "Kept"},
    /* Sections are not begun twice. */
    {OVER_OPENDMARC, "Syslog yes", "log: {target: stderr, level: debug}\n",
     "log:\n  # Kept from F:1.\n  target: stderr\n", NULL},
    {OVER_OPENDMARC, "SyslogFacility local1",
     "log: {level: debug, facility: local1}\n",
     "  facility: local1\n\n  # Kept from F:1.\n  level: debug\n", "CONFLICT"},
    {OVER_OPENDMARC, "DNSTimeout 7", "limits: {signatures: 5}\n",
     "limits:\n# DNSTimeout 7    (old:1) Patience for one DNS question.\n"
     "  dns-timeout: 7s\n\n  # Kept from F:1.\n  signatures: 5\n",
     NULL},
    {OVER_OPENDKIM, "MaximumHeaders 262144\nClockDrift 600",
     "clock-tolerance: 10m\nlimits:\n  header-bytes: 256k\n",
     "\n  header-bytes: 262144\n", "CONFLICT"},
    {OVER_OPENDKIM, "ClockDrift 600", "clock-tolerance: 9m\n",
     "CONFLICT: F:1 says clock-tolerance: 9m;", "Kept"},
    /* Where it listens, the mail server looks for it. */
    {OVER_OPENDMARC, "Syslog yes", "listen: unix:/run/a/v.sock\n",
     "\nlisten: \"unix:/run/a/v.sock\"\n", "8891"},
    {OVER_OPENDMARC, "Socket inet:8893@localhost",
     "listen: inet:8890@127.0.0.1\n", "Kept from F:1; in smtpd_milters it",
     "8891"},
    {OVER_OPENDMARC, "Socket inet:8893@localhost",
     "listen: inet:8893@127.0.0.1\n",
     "#!  CONFLICT: F:1 says listen: \"inet:8893@127.0.0.1\", which is the "
     "port "
     "of an old program.",
     "\nlisten: \"inet:8893"},
    /* The mode is always monitor. */
    {OVER_OPENDMARC, "Syslog yes", "mode: enforce\non-quarantine: hold\n",
     "#!  F:1 says mode: enforce. monitor stands here", "\nmode: enforce"},
    {OVER_OPENDMARC, "Syslog yes", "mode: enforce\non-quarantine: hold\n",
     "# Kept from F:2.\non-quarantine: hold\n", "wants it chosen"},
    {OVER_POLICYD_SPF, "debugLevel = 1", "on-quarantine: hold\n",
     "\non-quarantine: hold\n", "wants it chosen"},
    /* Rules. */
    {OVER_POLICYD_SPF, "debugLevel = 1",
     "rules:\n  - {name: own, dmarc: fail, action: hold}\n",
     "\nrules:\n  # Kept from F:2.\n  - name: \"own\"\n    dmarc: \"fail\"\n"
     "    action: \"hold\"\n  - name: policyd-spf-reject\n",
     NULL},
    {OVER_OPENDMARC, "Syslog yes",
     "rules:\n  - {dmarc: fail, action: hold, name: own}\n"
     "  - {name: other, dmarc: fail, action: reject}\n",
     "    name: \"own\"\n  # Kept from F:3.\n  - name: \"other\"\n", NULL},
    {OVER_POLICYD_SPF, "debugLevel = 1",
     "rules:\n  - {name: policyd-spf-reject, spf: fail, action: hold}\n",
     "CONFLICT: F:2 has a rule \"policyd-spf-reject\", too.",
     "action: \"hold\""},
    /* The translation itself, once more, is no conflict. */
    {OVER_POLICYD_SPF, "skip_addresses = 192.0.2.0/24,192.0.2.7,::1",
     "internal-networks: [192.0.2.0/24, \"::1\", 127.0.0.0/8]\n"
     "rules:\n  - name: policyd-spf-reject\n    spf: fail\n"
     "    action: reject\n",
     "CONFLICT: F:3 has a rule", "CONFLICT: F:1"},
    {OVER_POLICYD_SPF, "debugLevel = 1",
     "rules:\n  - name: policyd-spf-reject\n    spf: [fail]\n"
     "    action: reject\n    reason: Mail_From_reject of policyd-spf\n"
     "    reply: \"SPF: the record of the sender's domain does not name this "
     "host\"\n",
     "\nrules:\n  - name: policyd-spf-reject\n", "CONFLICT"},
    {OVER_OPENDMARC,
     "RejectString a, b\nTrustedAuthservIDs c.example,d.example",
     "reply-text: [\"a, b\"]\nstrip-ids: [d.example, c.example]\n",
     "\nreply-text: [\"a, b\"]\n", "CONFLICT"},
    /* Lists of hosts go together. */
    {OVER_OPENDKIM, "ExternalIgnoreList 192.0.2.7,198.51.100.1",
     "internal-networks: [127.0.0.0/8, 192.0.2.0/24]\n",
     "\nforwarders: [\"198.51.100.1\"]\n", "\"192.0.2.7\""},
    {OVER_OPENDKIM, "InternalHosts 192.0.2.7",
     "trusted-relays: [192.0.2.7, 192.0.2.8]\n",
     "\ntrusted-relays: [\"192.0.2.8\"]\n", NULL},
    {OVER_OPENDKIM, "InternalHosts 192.0.2.7",
     "trusted-relays: [192.0.2.7, 192.0.2.8]\n", "Kept from F:1.", NULL},
    {OVER_OPENDKIM, "LogWhy no", "internal-networks: []\n",
     "# Kept from F:1.\ninternal-networks: []\n", NULL},
    /* Nothing to keep. */
    {OVER_OPENDMARC, "Syslog yes", "", "\nmode: monitor\n", "Kept"},
    {OVER_OPENDMARC, "Syslog yes", "mode: monitor\n", "\nmode: monitor\n",
     "Kept"},
    {OVER_OPENDMARC, "Syslog yes", "nonsense: 1\n",
     "#!  Nothing is kept of the file in force: F:1:1: ", "\nuser:"},
    {OVER_OPENDMARC, "Syslog yes", NULL,
     "#!  There is no F of which anything could be kept.", "\nuser:"},
    /* Long lists go on below, and are the same. */
    {OVER_OPENDMARC, "Syslog yes",
     "trusted-sealers: [\"one.forwarder.example\", \"two.forwarder.example\", "
     "\"three.forwarder.example\"]\n",
     "\ntrusted-sealers: [\"one.forwarder.example\", "
     "\"two.forwarder.example\",\n    \"three.forwarder.example\"]\n",
     NULL},
};

/* F for the path. */
static void
shorten(struct str text, struct buf *out)
{
	struct str path = str_of(config_file_path());

	while (text.n > 0) {
		bool here = str_starts(text, path);
		buf_add(out, here ? str_lit("F") : str_first(text, 1));
		text = str_from(text, here ? path.n : 1);
	}
}

static void
test_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *in_force = cases[i].in_force;
		struct over *over = over_new();
		struct buf page, flat;
		buf_init(&page, NULL);
		buf_init(&flat, NULL);
		unlink(config_file_path());
		if (in_force != NULL)
			config_file_write(in_force, strlen(in_force));
		over_check_read(over, cases[i].program, cases[i].old);
		over_keep(over, config_file_path());
		over_check_print(over, &page);
		shorten(buf_str(&page), &flat);
		over_check_page(&flat, cases[i].old, cases[i].want,
				cases[i].lacks);
		buf_clear(&flat);
		buf_clear(&page);
	}
}

/* --- width --- */

#define LONG                                                                 \
	"RejectString mail from %s was refused, since neither SPF nor DKIM " \
	"proves it; ask postmaster\n"                                        \
	"IgnoreMailFrom a.long.name.example,another.long.name.example,"      \
	"a.third.long.name.example,a.fourth.long.name.example\n"             \
	"TrustedAuthservIDs a.long.name.of.a.host.example,"                  \
	"another.long.name.of.a.host.example,a.third.name.example\n"         \
	"IgnoreAuthenticatedClients false\nRejectFailures true\n"

static void
test_width(void **state)
{
	struct over *over = over_new();
	struct buf out, said;
	struct str line;

	(void)state;
	buf_init(&out, NULL);
	buf_init(&said, NULL);
	if (!over_read_text(over, OVER_OPENDMARC,
			    "/etc/of/some/old/program/opendmarc.conf",
			    exact(LONG), &said))
		fail_msg("%s", said.p);
	over_keep(over, "/nonexistent/verdict-milter/verdict.yaml");
	over_print(over, &out, &said);
	buf_add(&out, buf_str(&said));
	for (struct str rest = buf_str(&out); rest.n > 0;) {
		str_split(&rest, '\n', &line);
		/* A text of the old file stays whole. */
		if (line.n > 80 && !str_starts(line, str_lit("reply-text:")) &&
		    !str_starts(line, str_lit("  - \"mail from")))
			fail_msg("%zu columns: %.*s", line.n, STR_ARG(line));
	}
	over_free(over);
	buf_clear(&said);
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kept),
					   cmocka_unit_test(test_width)};

	return cmocka_run_group_tests(tests, config_file_setup,
				      config_file_teardown);
}
