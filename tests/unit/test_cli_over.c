/* What becomes of each old option, and that the result can be used. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/str.h"
#include "config/snapshot.h"
#include "milter/cli/over.h"
#include "milter/cli/over/parts.h"
#include "tests/support/cli/over_check.h"
#include "tests/support/config_file.h"

struct translated {
	struct buf out, said;
};

static void
clear(struct translated *t)
{
	buf_clear(&t->out);
	buf_clear(&t->said);
}

/* Texts of NULL are left out.  The result must load. */
static struct translated
translate_all(const char *const text[OVER_PROGRAMS])
{
	struct over *over = over_new();
	struct config *config = NULL;
	struct config_error error;
	struct translated t;
	struct buf why;

	buf_init(&t.out, NULL);
	buf_init(&t.said, NULL);
	buf_init(&why, NULL);
	for (size_t i = 0; i < OVER_PROGRAMS; i++) {
		if (text[i] != NULL &&
		    !over_read_text(over, (enum over_program)i, "old.conf",
				    exact(text[i]), &why))
			fail_msg("%s", why.p);
	}
	over_print(over, &t.out, &t.said);
	over_free(over);
	buf_clear(&why);
	if (config_load_text("new", buf_str(&t.out), &config, &error) != ERR_OK)
		fail_msg("%s in:\n%s", error.text, t.out.p);
	config_unref(config);
	return t;
}

static struct translated
translate(enum over_program program, const char *text)
{
	const char *texts[OVER_PROGRAMS] = {NULL};

	texts[program] = text;
	return translate_all(texts);
}

static void
require(const struct translated *t, const char *want, const char *of)
{
	struct buf flat;

	buf_init(&flat, NULL);
	over_check_flatten(buf_str(&t->out), &flat);
	if (strstr(t->out.p, want) == NULL && strstr(flat.p, want) == NULL)
		fail_msg("%s: no \"%s\" in:\n%s", of, want, t->out.p);
	buf_clear(&flat);
}

static void
refuse(const struct translated *t, const char *word, const char *of)
{
	if (strstr(t->out.p, word) != NULL)
		fail_msg("%s: \"%s\" in:\n%s", of, word, t->out.p);
}

/* --- one option --- */

/* The line of ours, or the words of the comment, and what must not stand
   there. */
static const struct {
	enum over_program program;
	const char *text, *want, *not ;
} options[] = {
    /* OpenDMARC */
    {OVER_OPENDMARC, "AuthservID mx.receiver.example",
     "# AuthservID mx.receiver.example    (old.conf:1)\n"
     "#   The same name.",
     NULL},
    {OVER_OPENDMARC, "AuthservID mx.receiver.example",
     "\nauthserv-id: \"mx.receiver.example\"\n", NULL},
    {OVER_OPENDMARC, "authservid HOSTNAME", "This host's name",
     "\nauthserv-id:"},
    {OVER_OPENDMARC, "AuthservID mx..example", "No domain", "\nauthserv-id:"},
    {OVER_OPENDMARC, "AuthservID a.example # why\nAuthservID b.example",
     "\nauthserv-id: \"b.example\"\n", "\"a.example\""},
    {OVER_OPENDMARC, "AuthservID a.example\nAuthservID b.example",
     "Set again in old.conf:2, which counts.", NULL},
    {OVER_OPENDMARC, "RejectFailures true", "\non-reject: reject\n",
     "\nmode: enforce"},
    {OVER_OPENDMARC, "RejectFailures true", "\non-quarantine: tag\n", NULL},
    {OVER_OPENDMARC, "RejectFailures true", "\non-temperror: tempfail\n", NULL},
    {OVER_OPENDMARC, "RejectFailures true",
     "held or put off by RejectFailures (OpenDMARC)", NULL},
    {OVER_OPENDMARC, "RejectFailures true\nHoldQuarantinedMessages 1",
     "\non-quarantine: hold\n", NULL},
    {OVER_OPENDMARC, "RejectFailures false", "refuse nothing", "\non-reject:"},
    {OVER_OPENDMARC, "Syslog true", "RejectFailures is not set", NULL},
    {OVER_OPENDMARC, "HoldQuarantinedMessages yes", "\non-quarantine: hold\n",
     NULL},
    {OVER_OPENDMARC, "RejectString no: \"%s\" 100%",
     "\nreply-text: [\"no: \\\"%{from-domain}\\\" 100%\"]\n", NULL},
    {OVER_OPENDMARC, "RejectString see %{url}", "No line of reply-text",
     "\nreply-text:"},
    {OVER_OPENDMARC, "RequiredHeaders true", "\non-bad-from: reject\n", NULL},
    {OVER_OPENDMARC, "RequiredHeaders false", "on-bad-from: accept lets it in",
     "\non-bad-from:"},
    {OVER_OPENDMARC, "IgnoreMailFrom a.example,b.example",
     "    from: [\"a.example\", \"b.example\"]\n    action: accept\n"
     "    unauthenticated: yes\n",
     NULL},
    {OVER_OPENDMARC, "IgnoreMailFrom co.uk", "anybody can have a name below it",
     "rules:\n"},
    {OVER_OPENDMARC, "TrustedAuthservIDs HOSTNAME,gw.receiver.example",
     "\nstrip-ids: [\"gw.receiver.example\"]\n", NULL},
    {OVER_OPENDMARC, "DomainWhitelist lists.example, other.example",
     "\ntrusted-sealers: [\"lists.example\", \"other.example\"]\n", NULL},
    {OVER_OPENDMARC, "DomainWhitelist example", "Left out: example",
     "\ntrusted-sealers:"},
    {OVER_OPENDMARC, "IgnoreHosts /nonexistent/hosts",
     "#!  /nonexistent/hosts cannot be read", "\n  - "},
    {OVER_OPENDMARC, "DNSTimeout 7", "\n  dns-timeout: 7s\n", NULL},
    {OVER_OPENDMARC, "DNSTimeout 0", "stays at its default", "dns-timeout: "},
    {OVER_OPENDMARC, "SyslogFacility local3", "\n  facility: local3\n", NULL},
    {OVER_OPENDMARC, "SyslogFacility cron", "mail is used", "facility:"},
    {OVER_OPENDMARC, "Socket inet:8891@localhost",
     "\nlisten: \"inet:8892@127.0.0.1\"\n", NULL},
    {OVER_OPENDMARC, "Socket inet:8893@[127.0.0.1]",
     "\nlisten: \"inet:8891@127.0.0.1\"\n", "allow-remote-mta"},
    {OVER_OPENDMARC, "Socket inet:8893", "allow-remote-mta", NULL},
    {OVER_OPENDMARC, "Socket local:/run/opendmarc/opendmarc.sock",
     "keeps its socket", NULL},
    {OVER_OPENDMARC, "SPFSelfValidate true", "Always so: SPF", NULL},
    {OVER_OPENDMARC, "PublicSuffixList /x", "tree walk of RFC 9989", NULL},
    {OVER_OPENDMARC, "HistoryFile /x", "sends no reports", NULL},
    {OVER_OPENDMARC, "IgnoreAuthenticatedClients false", "#!  Their mail",
     NULL},
    {OVER_OPENDMARC, "Nonsense 1\nSyslog no",
     "# Nonsense 1    (old.conf:1)\n#!  UNKNOWN", NULL},
    {OVER_OPENDMARC, "AuthservID", "#!  It has no value.", NULL},
    {OVER_OPENDMARC, "Nonsense \x1b[2J\nUMask 1",
     "# Nonsense \\x1b[2J    (old.conf:1)\n", "\x1b"},
    /* OpenDKIM */
    {OVER_OPENDKIM, "Mode sv", "set its Mode to s", NULL},
    {OVER_OPENDKIM, "LogWhy no", "Mode is not set", NULL},
    {OVER_OPENDKIM, "Mode v", "OpenDKIM can go", NULL},
    {OVER_OPENDKIM, "Mode s", "#!  It only signs", NULL},
    {OVER_OPENDKIM, "KeyTable /etc/keys", "Signing stays", NULL},
    {OVER_OPENDKIM, "InternalHosts 192.0.2.0/24, localhost,2001:db8::1",
     "\ninternal-networks: [\"127.0.0.0/8\", \"::1\", \"192.0.2.0/24\", "
     "\"2001:db8::1\"]\n",
     "Left out"},
    {OVER_OPENDKIM, "InternalHosts 192.0.2.7/24 [198.51.100.1] .a.example",
     "\"192.0.2.0/24\", \"198.51.100.1\"", NULL},
    {OVER_OPENDKIM, "PeerList .a.example", "Left out: .a.example (no address)",
     "\n  - "},
    {OVER_OPENDKIM, "PeerList 192.0.2.0/24,!192.0.2.9",
     "#!  192.0.2.0/24 holds addresses that were excepted", "\"192.0.2.0/24\""},
    {OVER_OPENDKIM, "PeerList 0.0.0.0/0", "anybody can be among them",
     "\n  - "},
    {OVER_OPENDKIM, "PeerList 0.0.0.0/3,32.0.0.0/3", "the list is left out",
     "\ninternal-networks:"},
    {OVER_OPENDKIM, "InternalHosts refile:/nonexistent/hosts",
     "#!  /nonexistent/hosts cannot be read", NULL},
    {OVER_OPENDKIM, "InternalHosts dsn:mysql://x", "cannot read it", NULL},
    {OVER_OPENDKIM, "ExternalIgnoreList 192.0.2.1",
     "\nforwarders: [\"192.0.2.1\"]\n", "\ninternal-networks:"},
    {OVER_OPENDKIM, "ExternalIgnoreList 192.0.2.1\nInternalHosts 192.0.2.1",
     "The same list as InternalHosts", "\nforwarders:"},
    {OVER_OPENDKIM, "On-BadSignature reject",
     "  - name: opendkim-fail\n    dkim: fail\n    not-dkim: pass\n"
     "    action: reject\n",
     NULL},
    {OVER_OPENDKIM, "On-BadSignature a", "no rule is needed", "rules:\n"},
    {OVER_OPENDKIM, "On-BadSignature discard", "action: discard\n", "reply:"},
    {OVER_OPENDKIM, "On-NoSignature quarantine",
     "dkim: none\n    action: hold\n", "not-dkim"},
    {OVER_OPENDKIM, "On-KeyNotFound t",
     "dkim: permerror\n    not-dkim: pass\n    action: tempfail\n", NULL},
    {OVER_OPENDKIM, "On-Default r\nOn-NoSignature accept",
     "name: opendkim-temperror", "name: opendkim-none"},
    {OVER_OPENDKIM, "On-Default r\nQuarantine yes", "On-Default says", NULL},
    {OVER_OPENDKIM, "Quarantine yes", "action: hold\n", NULL},
    {OVER_OPENDKIM, "MaximumSignaturesToVerify 5", "\n  signatures: 5\n", NULL},
    {OVER_OPENDKIM, "MaximumSignaturesToVerify 50", "default, 10", NULL},
    {OVER_OPENDKIM, "MaximumHeaders 65536", "\n  header-bytes: 65536\n", NULL},
    {OVER_OPENDKIM, "MaximumHeaders 0", "default, 1M", NULL},
    {OVER_OPENDKIM, "MinimumKeyBits 1024", "#   Always so (RFC 8301)", NULL},
    {OVER_OPENDKIM, "MinimumKeyBits 512", "#!  RSA keys", NULL},
    {OVER_OPENDKIM, "Minimum 100%", "\ndkim-allow-partial-body: no\n", NULL},
    {OVER_OPENDKIM, "Minimum 50%", "#!  A signature over a part",
     "\ndkim-allow-partial-body:"},
    {OVER_OPENDKIM, "Nameservers 192.0.2.53,::1",
     "\nresolver: [\"192.0.2.53\", \"::1\"]\n", NULL},
    {OVER_OPENDKIM, "Nameservers 1.example", "no address of a server",
     "\nresolver:"},
    {OVER_OPENDKIM, "RemoveARFrom old.receiver.example,.a.example",
     "\nstrip-ids: [\"old.receiver.example\"]\n", NULL},
    {OVER_OPENDKIM, "Include /nonexistent/more.conf",
     "#!  /nonexistent/more.conf cannot be read", NULL},
    {OVER_OPENDKIM, "AuthservID a.example\r\nMode v\r\n",
     "\nauthserv-id: \"a.example\"\n", "\\x0d"},
    /* policyd-spf */
    {OVER_POLICYD_SPF, "debugLevel = 1",
     "# Mail_From_reject = Fail    (not set, its default)\n", NULL},
    {OVER_POLICYD_SPF, "debugLevel = 1",
     "  - name: policyd-spf-reject\n    spf: [fail]\n    action: reject\n",
     "mode: monitor\n  -"},
    {OVER_POLICYD_SPF, "TestOnly = 0",
     "    action: reject\n    mode: monitor\n", NULL},
    {OVER_POLICYD_SPF, "TestOnly = 0", "refuse nothing", NULL},
    {OVER_POLICYD_SPF, "defaultSeedOnly = 0",
     "    action: reject\n    mode: monitor\n", NULL},
    {OVER_POLICYD_SPF, "Mail_From_reject = Softfail",
     "    spf: [fail, softfail]\n", NULL},
    {OVER_POLICYD_SPF, "Mail_From_reject = SPF_Not_Pass",
     "    spf: [fail, softfail, neutral]\n", NULL},
    {OVER_POLICYD_SPF, "Mail_From_reject = False\nPermError_reject = True",
     "Not refused, as before", "rules:\n"},
    {OVER_POLICYD_SPF, "Mail_From_reject = No_Check", "Nothing is refused",
     "rules:\n"},
    {OVER_POLICYD_SPF, "PermError_reject = True",
     "    spf: [fail, permerror]\n", NULL},
    {OVER_POLICYD_SPF, "PermError_reject = true", "    spf: [fail]\n", NULL},
    {OVER_POLICYD_SPF, "TempError_Defer = True",
     "    spf: [temperror]\n    action: tempfail\n", NULL},
    {OVER_POLICYD_SPF, "HELO_reject = Fail", "One SPF result a message", NULL},
    {OVER_POLICYD_SPF, "No_Mail = True", "#!  Refused was only", "rules:\n"},
    {OVER_POLICYD_SPF, "Whitelist = 192.0.2.0/31,198.51.100.0/30",
     "    not-client: [\"192.0.2.0/31\", \"198.51.100.0/30\"]\n",
     "\ninternal-networks:"},
    {OVER_POLICYD_SPF, "Domain_Whitelist_PTR = a.example,b.example",
     "    not-client-name: [\".a.example\", \".b.example\"]\n", NULL},
    {OVER_POLICYD_SPF, "HELO_Whitelist = relay.example",
     "    not-client-name: [\"relay.example\"]\n", NULL},
    {OVER_POLICYD_SPF, "Reject_Not_Pass_Domains = a.example",
     "  - name: policyd-spf-domains\n    spf: [fail, softfail, neutral]\n"
     "    mail-from: [\"a.example\"]\n",
     NULL},
    {OVER_POLICYD_SPF,
     "skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1,192.0.2.0/24",
     "\ninternal-networks: [\"127.0.0.0/8\", \"::1\", \"192.0.2.0/24\"]\n",
     "Left out"},
    {OVER_POLICYD_SPF, "Lookup_Time = 15", "\n  spf-time: 15s\n", NULL},
    {OVER_POLICYD_SPF, "Lookup_Time = 999", "default, 20s", NULL},
    {OVER_POLICYD_SPF, "Header_Type = AR\nAuthserv_Id = mx.a.example",
     "\nauthserv-id: \"mx.a.example\"\n", NULL},
    {OVER_POLICYD_SPF, "Authserv_Id = mx.a.example", "Not in use",
     "\nauthserv-id:"},
    {OVER_POLICYD_SPF, "helo_reject = Fail\nMock = False", "UNKNOWN", NULL},
    {OVER_POLICYD_SPF, "TestOnly", "It has no value", NULL},
    /* rspamd */
    {OVER_RSPAMD, "dmarc { actions = { reject = \"reject\"; } }",
     "\non-reject: reject\n", NULL},
    {OVER_RSPAMD, "dmarc { actions { reject = add_header\n} }",
     "\non-reject: quarantine\n", NULL},
    {OVER_RSPAMD, "dmarc { actions { reject = 'soft reject' } }",
     "#!  No action of ours", "\non-reject:"},
    {OVER_RSPAMD, "dmarc { actions { quarantine: \"add header\" } }",
     "\non-quarantine: tag\n", NULL},
    {OVER_RSPAMD, "dmarc { actions { quarantine = quarantine; } }",
     "\non-quarantine: hold\n", NULL},
    {OVER_RSPAMD, "dmarc { actions { quarantine = reject; } }",
     "\non-quarantine: reject\n", NULL},
    {OVER_RSPAMD, "dmarc { /* a */ reporting { enabled = true; } # b\n }",
     "# dmarc.reporting.enabled = true", NULL},
    {OVER_RSPAMD,
     "arc { whitelisted_signers_map = [\"a.example\", b.example]; }",
     "\ntrusted-sealers: [\"a.example\", \"b.example\"]\n", NULL},
    {OVER_RSPAMD, "arc {\n .include \"x\"\n selector = \"arc\";\n}",
     "# arc.selector = arc    (old.conf:3)", "include"},
    {OVER_RSPAMD, "spf { external_relay = [\"192.0.2.1\", 192.0.2.1]; }",
     "\ntrusted-relays: [\"192.0.2.1\"]\n", NULL},
    {OVER_RSPAMD, "spf { whitelist = [192.0.2.2]; }",
     "\ntrusted-relays: [\"192.0.2.2\"]\n", NULL},
    {OVER_RSPAMD, "spf { whitelist = https://maps.example/x; }",
     "cannot read it", "\ntrusted-relays:"},
    {OVER_RSPAMD, "dkim { max_sigs = 5; time_jitter = 6h; }",
     "\n  signatures: 5\n", NULL},
    {OVER_RSPAMD, "options { local_addrs = [192.0.2.0/24]; filters = a; }",
     "\ninternal-networks: [\"127.0.0.0/8\", \"::1\", \"192.0.2.0/24\"]\n",
     "filters"},
    {OVER_RSPAMD,
     "options { local_addrs = 192.0.2.1\n}\n"
     "spf { external_relay = \"192.0.2.1\"; }",
     "\"::1\", \"192.0.2.1\"]\n", "\ntrusted-relays:"},
    {OVER_RSPAMD, "spf { external_relay = [\"::1\", 192.0.2.1]; }",
     "\ntrusted-relays: [\"192.0.2.1\"]\n", NULL},
    {OVER_RSPAMD, "options { dns { nameserver = [\"192.0.2.53:53:10\"] } }",
     "\nresolver: [\"192.0.2.53:53\"]\n", NULL},
    {OVER_RSPAMD, "options { dns { nameserver = \"master-slave:192.0.2.5\" } }",
     "\nresolver: [\"192.0.2.5\"]\n", NULL},
    {OVER_RSPAMD, "milter_headers { use = [\"authentication-results\"]; }",
     "Take it out of rspamd's list", NULL},
    {OVER_RSPAMD, "milter_headers { custom { x = <<EOD\nreturn 1\nEOD\n } }",
     "# milter_headers.custom.x = return 1", NULL},
    {OVER_RSPAMD, "worker \"normal\" { bind = 1; }", "Of another part", NULL},
    {OVER_RSPAMD, "spf { whitelist = [", "whitelist", NULL},
    {OVER_RSPAMD, "}}; spf \"a", "verdict config", NULL},
};

static void
test_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
		struct translated t =
		    translate(options[i].program, options[i].text);
		require(&t, options[i].want, options[i].text);
		if (options[i].not != NULL)
			refuse(&t, options[i].not, options[i].text);
		clear(&t);
	}
}

/* --- each option of each table --- */

static void
test_rows(void **state)
{
	static const struct over_translator *const all[OVER_PROGRAMS] = {
	    &over_opendmarc, &over_opendkim, &over_policyd_spf, &over_rspamd};
	static const char *const values[] = {"1",     "no",        "True",
					     "False", "a.example", "192.0.2.1"};
	char text[128], want[128];

	(void)state;
	for (size_t p = 0; p < OVER_PROGRAMS; p++) {
		for (const struct over_row *row = all[p]->row; row->name;
		     row++) {
			int n = (int)strcspn(row->name, "*");
			if (n == 0 || strcmp(row->name, "options.*") == 0)
				continue;
			for (size_t v = 0; v < 6; v++) {
				const char *is = all[p]->equals ? " =" : "";
				snprintf(text, sizeof text, "%.*s%s %s\n", n,
					 row->name, is, values[v]);
				snprintf(want, sizeof want,
					 "\n# %.*s%s %s    (", n, row->name, is,
					 values[v]);
				struct translated t =
				    translate((enum over_program)p, text);
				require(&t, want, text);
				refuse(&t, "UNKNOWN", text);
				clear(&t);
			}
		}
	}
}

/* --- several programs --- */

static void
test_together(void **state)
{
	const char *const texts[OVER_PROGRAMS] = {
	    "AuthservID mx.receiver.example\nRejectFailures yes\n"
	    "Socket inet:8893@localhost\nDNSTimeout 5",
	    "AuthservID other.receiver.example\nSocket inet:8891@localhost\n"
	    "InternalHosts 192.0.2.0/24\nDNSTimeout 9",
	    "skip_addresses = 127.0.0.0/8,::1\nWhitelist = 198.51.100.1\n",
	    NULL};
	struct translated t = translate_all(texts);

	(void)state;
	require(&t, "\nauthserv-id: \"mx.receiver.example\"\n", "the first");
	require(&t, "CONFLICT: another name stands in authserv-id.", "other");
	require(&t, "\nstrip-ids: [\"other.receiver.example\"]\n", "other");
	require(&t, "\nlisten: \"inet:8892@127.0.0.1\"\n", "a free port");
	require(&t, "CONFLICT: this one says 9s, another one says 5s, which",
		"time");
	require(&t, "every list: 192.0.2.0/24 (OpenDKIM).", "hosts");
	require(&t, "RejectFailures (OpenDMARC), Mail_From_reject",
		"who acts today");
	require(&t, "\nmode: monitor\n", "both run");
	if (strstr(t.said.p, "verdict config: old.conf:1: AuthservID "
			     "other.receiver.example: CONFLICT") == NULL)
		fail_msg("%s", t.said.p);
	clear(&t);
}

/* --- files --- */

static void
test_files(void **state)
{
	static const char hosts[] =
	    "# ours\n192.0.2.1 gateway\n\n"
	    "2001:db8::/32\nmail.a.example\n!192.0.2.9\n";
	struct translated t;
	char text[512];

	(void)state;
	config_file_write(hosts, sizeof hosts - 1);
	snprintf(text, sizeof text, "IgnoreHosts %s\n", config_file_path());
	t = translate(OVER_OPENDMARC, text);
	require(
	    &t,
	    "\ninternal-networks: [\"127.0.0.0/8\", \"::1\", \"192.0.2.1\", "
	    "\"2001:db8::/32\"]\n",
	    "the file's networks");
	require(&t, "2 taken over from", "how many");
	require(&t, "mail.a.example (no address)", "names");
	clear(&t);
	snprintf(text, sizeof text, "BaseDirectory %s\nIgnoreHosts %s\n",
		 config_file_folder(), strrchr(config_file_path(), '/') + 1);
	t = translate(OVER_OPENDMARC, text);
	require(&t, "\"192.0.2.1\", \"2001:db8::/32\"", "of a folder");
	clear(&t);
	/* Twice the same, and a file that includes itself ends. */
	snprintf(text, sizeof text, "Mode v\nInclude %s\n", config_file_path());
	config_file_write(text, strlen(text));
	t = translate(OVER_OPENDKIM, text);
	require(&t, "files include each other over 5 deep", "circle");
	clear(&t);
}

static bool
is_read(enum over_program program, const struct buf *text, struct buf *why)
{
	struct over *over = over_new();
	bool read = over_read_text(over, program, "old", buf_str(text), why);

	over_free(over);
	return read;
}

/* Of a thousand and one entries one is left out, and said. */
static void
test_bounds(void **state)
{
	struct translated t;
	struct buf text, why;

	(void)state;
	buf_init(&text, NULL);
	buf_init(&why, NULL);
	buf_adds(&text, "InternalHosts ");
	for (unsigned i = 0; i <= OVER_ENTRIES; i++)
		buf_printf(&text, "198.51.%u.%u,", i / 256, i % 256);
	t = translate(OVER_OPENDKIM, text.p);
	require(&t, "198.51.3.230 (one entry too many)", "the last");
	clear(&t);
	for (unsigned i = 0; i <= OVER_OPTIONS; i++)
		buf_adds(&text, "Mode v\n");
	assert_false(is_read(OVER_OPENDKIM, &text, &why));
	assert_str(buf_str(&why), "holds over 1000 options, so no "
				  "configuration of OpenDKIM");
	/* A name is as long as its sections are deep. */
	for (unsigned i = 0; i < 4; i++) {
		buf_reset(&text);
		buf_reset(&why);
		for (unsigned depth = i % 2; depth <= OVER_DEPTH; depth++)
			buf_adds(&text, i < 2 ? "a {" : "{");
		assert_int_equal(is_read(OVER_RSPAMD, &text, &why), i % 2);
	}
	buf_clear(&why);
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_options),  cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_together), cmocka_unit_test(test_files),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, config_file_setup,
				      config_file_teardown);
}
