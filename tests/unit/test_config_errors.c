#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/config.h"
#include "tests/support/config_file.h"

/* The error without "FOLDER/c.yaml:"; static storage. */
static const char *
error_of(const char *text, size_t n)
{
	static struct config_error error;
	struct config *config = NULL;

	config_file_write(text, n);
	if (config_load(config_file_path(), &config, &error) != ERR_CONFIG)
		fail_msg("accepted: %s", text);
	assert_null(config);
	assert_memory_equal(error.text, config_file_path(),
			    strlen(config_file_path()));
	return error.text + strlen(config_file_path()) + 1;
}

static const struct bad {
	const char *text, *want;
} bad[] = {
    /* the shape */
    {"mode: &a monitor", "1:7: anchors (&name) are not supported"},
    {"mode: *a", "1:7: aliases (*name) are not supported"},
    {"mode: !!str monitor", "1:7: tags (!name) are not supported"},
    {"&a mode: monitor", "1:1: anchors"},
    {"limits: &a\n  signatures: 1", "1:9: anchors"},
    {"resolver: !l [127.0.0.1]", "1:11: tags"},
    {"mode: monitor\n---\nmode: enforce", "2:1: a second document"},
    {"- mode", "1:1: the file must be lines"},
    {"monitor", "1:1: the file must be lines"},
    {"? [a]\n: b", "1:3: a keyword must be one word"},
    {"\"\": {\"\": {\"\": 1}}", "1:1: a keyword must be one word"},
    {"limits:\n  signatures:\n    a: 1", "3:5: keywords are nested too"},
    {"resolver: [[127.0.0.1]]", "1:12: a list holds single values only"},
    {"resolver: [a: b]", "1:12: a list holds single values only"},
    {"internal-networks: [::1]",
     "1:21: not valid YAML: did not find expected node content while parsing "
     "a flow node; quote text that holds a mark, as in [\"::1\"]"},
    {"reply-text: Call us: now",
     "1:20: not valid YAML: mapping values are not allowed in this context; "
     "quote text that holds \": \", and begin keywords of one section in the "
     "same column"},
    {"rules: []\n  - name: a",
     "2:3: not valid YAML: did not find expected key while parsing a block "
     "mapping; begin what belongs together in the same column, below a "
     "keyword without a value"},
    {"rules:\n  - name: b\n   from: x",
     "3:4: not valid YAML: did not find expected '-' indicator while parsing "
     "a block collection; begin what belongs together in the same column"},
    {"rules: [{name: a, from: *.a.example}]",
     "1:26: not valid YAML: did not find expected alphabetic or numeric "
     "character while scanning an alias; quote text that begins with a mark"},
    {"mode: [monitor", "2:1: not valid YAML: did not find expected"},
    {"mode: monitor\n\tx: y", "2:1: not valid YAML: found a tab"},
    {"log:\n\tlevel: info",
     "2:1: not valid YAML: found character that cannot start any token while "
     "scanning for the next token; indent with spaces"},
    {"mode: \"monitor", "1:15: not valid YAML: found unexpected end"},
    {"mode: a\nlisten: \x01", "2:9: not valid YAML: control characters"},
    {"mode: a\nuser: \xff\xff", "2:7: not valid YAML: invalid leading UTF-8"},
    {"\xff\xfem\0o\0", "1:1: not valid YAML: "},
    /* keywords */
    {"mode: monitor\nmod: x",
     "2:1: unknown keyword \"mod\"; did you mean \"mode\"?"},
    {"On-Reject: x", "1:1: unknown keyword \"On-Reject\"; did you mean "
		     "\"on-reject\"?"},
    {"signatures: 1", "1:1: unknown keyword \"signatures\" here; did you "
		      "mean \"signatures\" under limits?"},
    {"limits:\n  mode: monitor", "2:3: unknown keyword \"mode\" here; did "
				 "you mean \"mode\" at the top level?"},
    {"log:\n  levle: info", "2:3: unknown keyword \"levle\"; did you mean "
			    "\"level\"?"},
    {"limits.signatures: 1", "1:1: unknown keyword \"limits.signatures\""},
    {"qqqqqqqqqq: 1", "1:1: unknown keyword \"qqqqqqqqqq\"; \"verdict "
		      "config --keywords\" lists them all"},
    {"<<: {mode: monitor}", "1:1: unknown keyword \"<<\""},
    {"mode: monitor\nuser: a\nmode: monitor",
     "3:1: mode: already set in line 1; keep one of the two"},
    {"log:\n  level: info\n  level: info", "3:3: log.level: already set in "
					   "line 2"},
    {"log:\nuser: a\nlog:\n", "3:1: log: already begun in line 1"},
    /* shapes of values */
    {"mode: [monitor]", "1:1: mode: takes one value, not a list"},
    {"mode: {a: b}", "1:1: mode: takes a value, not keywords of its own"},
    {"mode:", "1:6: mode: has no value; write one, or remove the line"},
    {"user: ~", "1:7: user: has no value"},
    {"resolver: [127.0.0.1, null]", "1:23: resolver: has no value"},
    {"limits: 5", "1:9: limits: keywords must follow, indented"},
    {"log: [a]", "1:7: log: keywords must follow, indented"},
    /* values */
    {"mode: enforced", "1:7: mode: \"enforced\" is not known: write monitor "
		       "or enforce"},
    {"on-bad-from: drop", "1:14: on-bad-from: \"drop\" is not known: write "
			  "accept, tag, quarantine or reject"},
    {"trust-ad: perhaps", "1:11: trust-ad: \"perhaps\" is neither yes nor no"},
    {"max-sessions: many", "1:15: max-sessions: \"many\" is not a whole "
			   "number"},
    {"max-sessions: -1",
     "1:15: max-sessions: \"-1\" is not a whole number: write "
     "a number from 1 to 100000"},
    {"max-sessions: 5k", "1:15: max-sessions: \"5k\" is not a whole number"},
    {"max-sessions: 0", "1:15: max-sessions: \"0\" is out of range: write a "
			"number from 1 to 100000"},
    {"max-sessions: 99999999999999999999", "1:15: max-sessions: "
					   "\"99999999999999999999\" is out"},
    {"max-memory: 1M", "1:13: max-memory: \"1M\" is out of range: write a "
		       "size from 16M to 64G"},
    {"max-memory: 99999999999G", "1:13: max-memory: \"99999999999G\" is out"},
    {"max-memory: 1T", "1:13: max-memory: \"1T\" is not a size: write"},
    {"limits:\n  spf-time: 5",
     "2:13: limits.spf-time: \"5\" is not a time: "
     "write a number and ms, s, m, h or d, as in 30s; "
     "a time from 1s to 4m"},
    {"limits: {spf-time: 5m}", "1:20: limits.spf-time: \"5m\" is out of "
			       "range: write a time from 1s to 4m"},
    {"socket-mode: 0o660", "1:14: socket-mode: \"0o660\" is not a file mode"},
    {"socket-mode: 0980", "1:14: socket-mode: \"0980\" is out of range: "
			  "write an octal number from 0000 to 0777"},
    {"socket-mode: 1777", "1:14: socket-mode: \"1777\" is not a file mode"},
    {"user: a b", "1:7: user: \"a b\" is not a user or group name"},
    {"pid-file: v.pid", "1:11: pid-file: \"v.pid\" is not the full path"},
    {"listen: /run/v.sock", "1:9: listen: \"/run/v.sock\" is not a socket: "
			    "write unix:/PATH"},
    {"listen: inet:8891", "1:9: listen: \"inet:8891\" is not a socket"},
    {"listen: inet:0@127.0.0.1", "1:9: listen: "},
    {"listen: inet:65536@127.0.0.1", "1:9: listen: "},
    {"listen: inet:1@localhost", "1:9: listen: "},
    {"listen: inet6:1@127.0.0.1", "1:9: listen: "},
    {"listen: \"unix:/a\\\"b\"", "1:9: listen: "},
    {"tag-header: From", "1:13: tag-header: \"From\" is not a field name of "
			 "our own: write one that begins with X-"},
    {"tag-header: \"X-A:\"", "1:13: tag-header: \"X-A:\" is not"},
    {"tag-header: \"X-A\\r\\nB\"", "1:13: tag-header: \"X-A??B\" is not"},
    {"authserv-id: a..b", "1:14: authserv-id: \"a..b\" is not usable: domain "
			  "name is empty or has an empty label"},
    {"strip-ids: [a.example, \"b c\"]", "1:24: strip-ids: \"b c\" is not "
					"usable: domain name has a forbidden"},
    {"trusted-sealers: .list.example",
     "1:18: trusted-sealers: \".list.example\" is not usable: here a domain "
     "stands for itself alone"},
    {"trusted-sealers: [a.example, '*.list.example']",
     "1:30: trusted-sealers: \"*.list.example\" is not usable: here"},
    {"internal-networks: [10.0.0.0/8, 192.0.2.1/24]",
     "1:33: internal-networks: \"192.0.2.1/24\" is neither an address"},
    {"internal-networks: 192.0.2.1, 192.0.2.2",
     "1:20: internal-networks: \"192.0.2.1, 192.0.2.2\" is more than one "
     "value: write a list, as in [\"one\", \"two\"]"},
    {"resolver: 127.0.0.1, 127.0.0.2", "1:11: resolver: \"127.0.0.1, "
				       "127.0.0.2\" is more than one value"},
    {"forwarder-domains: a.example,b.example",
     "1:20: forwarder-domains: \"a.example,b.example\" is more than one"},
    {"resolver: dns.example", "1:11: resolver: \"dns.example\" is not a "
			      "server: write its address"},
    {"resolver: [127.0.0.1,127.0.0.1,127.0.0.1,127.0.0.1,127.0.0.1,"
     "127.0.0.1,127.0.0.1,127.0.0.1,127.0.0.9]",
     "1:92: resolver: \"127.0.0.9\" is one server too many: 8 are allowed"},
    {"defer-text: 'see %{url}'",
     "1:1: defer-text: names %{url}: set reply-url, or write the address"},
    {"reply-text: [hello, 'see %{url}']",
     "1:1: reply-text: names %{url}: set reply-url, or write the address"},
    /* lists that anybody is in */
    {"internal-networks: 0.0.0.0/0",
     "1:1: internal-networks: holds a quarter of all IPv4 addresses or a "
     "/4 of IPv6, so anybody can be among them: narrow it"},
    {"internal-networks: [127.0.0.0/8, 0.0.0.0/1, 128.0.0.0/1]",
     "1:1: internal-networks: holds a quarter"},
    {"internal-networks: [127.0.0.1, '::/0']", "1:1: internal-networks: holds"},
    {"mode: monitor\ntrusted-relays: 64.0.0.0/2",
     "2:1: trusted-relays: holds a quarter"},
    {"trusted-relays: [16.0.0.0/4, 32.0.0.0/4, 48.0.0.0/4, 64.0.0.0/4]",
     "1:1: trusted-relays: holds a quarter"},
    {"forwarders: ['2000::/4', 192.0.2.1]", "1:1: forwarders: holds a quarter"},
    {"trusted-sealers: [example]",
     "1:1: trusted-sealers: \"example\" is a top-level domain or a public "
     "suffix, below which anybody can have a name: write the domain"},
    {"trusted-sealers: [a.example, co.uk]",
     "1:1: trusted-sealers: \"co.uk\" is a top-level domain"},
    {"forwarder-domains: [co.uk]",
     "1:1: forwarder-domains: \"co.uk\" is a top"},
    {"forwarder-domains: [CO.UK.]",
     "1:1: forwarder-domains: \"co.uk\" is a top"},
    /* rules */
    {"rules: yes", "1:1: rules: write a list of rules"},
    {"rules: [a]", "1:1: rules: write a list of rules"},
    {"rules:\n  a: b", "1:1: rules: write a list of rules"},
    {"rules: []\nrules: []", "2:1: rules: already set in line 1"},
    {"rules:\n  - {name: a, action: reject, spf: fail}\n  - b",
     "3:5: a list holds single values only"},
    {"rules:\n  - b\n  - {name: a}", "3:5: a list holds single values only"},
    {"rules:\n  - name: {a: b}", "2:11: keywords are nested too deep"},
    {"rules:\n  - name: [{a: b}]", "2:12: a list holds single values only"},
    {"history: {journal-folder: \"\"}",
     "1:11: history.journal-folder: name a folder, or say journal: no"},
    {"history: {journal-size: 1M}", "1:25: history.journal-size: "},
    {"mode:\n  - {a: b}", "2:5: a list holds single values only"},
    {"rules:\n  - {}", "2:5: rules: this rule has no name"},
    {"rules: [{name: a b}]",
     "1:16: rules: name: \"a b\" is no name: write up to 64 letters"},
    {"rules: [{name: [a]}]", "1:17: rules: name: takes one value"},
    {"rules: [{name: a, spf: fail}]", "1:9: rules: a: no action"},
    {"rules: [{name: a, action: reject}]", "1:9: rules: a: no condition"},
    {"rules: [{name: a, action: refuse}]",
     "1:27: rules: a: action: \"refuse\" is not known: write accept, tag, "
     "hold, "
     "quarantine, reject, tempfail, discard or as-published"},
    {"rules: [{name: a, mode: enforce}]",
     "1:25: rules: a: mode: \"enforce\" is not known: write monitor"},
    {"rules: [{name: a, expires: 2026-02-29}]",
     "1:28: rules: a: expires: \"2026-02-29\" is not a date: write YYYY-"},
    {"rules: [{name: a, expires: 2026-13-01}]",
     "1:28: rules: a: expires: \"2026-13-01\" is not"},
    {"rules: [{expires: 26-1-1, name: a}]",
     "1:19: rules: a: expires: \"26-1-1\" is not"},
    {"rules: [{name: a, reason: \"a\\nb\"}]", "1:27: rules: a: reason: write"},
    {"rules: [{name: a, unauthenticated: maybe}]",
     "1:36: rules: a: unauthenticated: \"maybe\" is neither yes nor no"},
    {"rules: [{name: a, smtp-auth: [yes]}]",
     "1:31: rules: a: smtp-auth: takes one value"},
    {"rules: [{name: a, spf: passed}]",
     "1:24: rules: a: spf: \"passed\" is not known: write none, neutral, pass"},
    {"rules: [{name: a, from: []}]", "1:19: rules: a: from: the list is empty"},
    {"rules: [{name: a, from: }]", "1:25: rules: a: from: has no value"},
    {"rules: [{name: a, from: a.example, from: b.example}]",
     "1:36: rules: a: from: stands twice in this rule"},
    {"rules: [{name: a, from: '*.a.example'}]",
     "1:25: rules: a: from: \"*.a.example\" is not usable: write .sender."},
    {"rules: [{name: a, from: /a/list}]",
     "1:25: rules: a: from: \"/a/list\" is not usable: write file:/PATH for a "
     "list in a file"},
    {"rules: [{name: a, client: /a/list}]",
     "1:27: rules: a: client: \"/a/list\" is not usable: write file:/PATH"},
    {"rules: [{name: a, client: 192.0.2.1/24}]",
     "1:27: rules: a: client: \"192.0.2.1/24\" is neither an address"},
    {"rules: [{name: a, recipient: '@a.example'}]",
     "1:30: rules: a: recipient: \"@a.example\" is not usable: write user@"},
    {"rules: [{name: a, list-id: 'boss@a.example'}]",
     "1:28: rules: a: list-id: \"boss@a.example\" is not usable: write the "
     "domain "
     "alone, without what stands before the @"},
    {"rules: [{name: a, from: 'a.example, b.example'}]",
     "1:25: rules: a: from: \"a.example, b.example\" is more than one entry: "
     "write a list, as in [\"one\", \"two\"]; in a file one a line"},
    {"rules: [{name: a, client: '192.0.2.1,192.0.2.2'}]",
     "1:27: rules: a: client: \"192.0.2.1,192.0.2.2\" is more than one entry"},
    {"rules: [{name: a, recipient: 'a@a.example, b@b.example'}]",
     "1:30: rules: a: recipient: \"a@a.example, b@b.example\" is more than "
     "one"},
    {"rules: [{name: a, recipient: 'a@a.example b@b.example'}]",
     "1:30: rules: a: recipient: \"a@a.example b@b.example\" is not usable: "
     "write user@"},
    {"rules: [{name: a, from: 'file:list'}]",
     "1:25: rules: a: from: \"list\" is not the full path"},
    {"rules: [{name: a, from: 'file:/none/here'}]",
     "1:25: rules: a: from: /none/here: cannot be read: No such file"},
    {"rules: [{name: a, from: 'file:/dev/null'}]",
     "1:25: rules: a: from: /dev/null: not a regular file"},
    {"rules: [{name: a, form: a.example}]",
     "1:19: rules: a: unknown keyword \"form\"; did you mean \"from\"?"},
    {"rules: [{name: a, not-smtp-auth: yes}]",
     "1:19: rules: a: unknown keyword \"not-smtp-auth\"; did you mean"},
    {"rules: [{name: a, qqqqqqqq: yes}]",
     "1:19: rules: a: unknown keyword \"qqqqqqqq\"; \"verdict config"},
    {"rules:\n  - {name: a, action: reject, spf: fail}\n"
     "  - {name: a, action: reject, spf: fail}",
     "3:12: rules: a: the rule of line 2 bears that name, too; log"},
    /* what is mild needs proof */
    {"rules: [{name: a, action: accept, from: a.example}]",
     "1:9: rules: a: milder than the policy, and anybody's mail can match"},
    {"rules: [{name: a, action: tag, from: a.example}]",
     "1:9: rules: a: milder"},
    {"rules: [{name: a, action: accept, not-client: 192.0.2.1}]",
     "1:9: rules: a: milder"},
    {"rules: [{name: a, action: accept, client: 0.0.0.0/0}]",
     "1:9: rules: a: client proves nothing here, as its list holds a quarter "
     "of IPv4, a /4 of IPv6, or a domain below which anybody can have a "
     "name: narrow it, or say unauthenticated: yes"},
    {"rules: [{name: a, action: accept, client: [0.0.0.0/1, 128.0.0.0/1]}]",
     "1:9: rules: a: client proves nothing here"},
    {"rules: [{name: a, action: accept, client: [16.0.0.0/4, 192.0.2.1, "
     "32.0.0.0/4, 48.0.0.0/4, 192.0.2.0/24, 64.0.0.0/4]}]",
     "1:9: rules: a: client proves nothing here"},
    {"rules: [{name: a, action: accept, client: [\"2000::/5\", "
     "\"2800::/5\"]}]",
     "1:9: rules: a: client proves nothing here"},
    {"rules: [{name: a, action: reject, recipient: board}]",
     "1:46: rules: a: recipient: \"board\" is neither an address nor a domain "
     "with a dot"},
    {"rules: [{name: a, action: accept, dkim-domain: .example}]",
     "1:9: rules: a: dkim-domain proves nothing here"},
    {"rules: [{name: a, action: accept, spf-domain: [a.example, .co.uk]}]",
     "1:9: rules: a: spf-domain proves nothing here"},
    {"rules: [{name: a, action: accept, dkim-domain: .github.io}]",
     "1:9: rules: a: dkim-domain proves nothing here"},
    {"rules: [{name: a, action: accept, dkim-domain: co.uk}]",
     "1:9: rules: a: dkim-domain proves nothing here"},
    {"rules: [{name: a, action: accept, trusted-sealer: .a.ck}]",
     "1:9: rules: a: trusted-sealer proves nothing here"},
    {"rules: [{name: a, action: tag, trusted-sealer: example}]",
     "1:9: rules: a: trusted-sealer proves nothing here"},
    {"rules: [{name: a, action: accept, smtp-auth: no}]",
     "1:9: rules: a: milder"},
    {"rules: [{name: a, action: accept, spf: pass}]", "1:9: rules: a: milder"},
    {"rules: [{name: a, action: accept, dmarc: [pass, fail]}]",
     "1:9: rules: a: milder"},
    {"rules: [{name: a, action: accept, client: 192.0.2.1, "
     "any-recipient: a.example}]",
     "1:9: rules: a: any-recipient may only make things stricter"},
    /* replies */
    {"reply-url: ftp://a.example/", "1:12: reply-url: \"ftp://a.example/\" is "
				    "not a web address"},
    {"reply-text: \"%{quueue-id}\"", "1:13: reply-text: \"%{quueue-id}\" "
				     "holds an unknown %{...}"},
    {"reply-text: \"a %{reason\"", "1:13: reply-text: \"a %{reason\" holds"},
    {"reply-text: [a, \"b\\rc\"]", "1:17: reply-text: \"b?c\" holds other"},
    {"reply-text: [1, 2, 3, 4, 5, 6, 7, 8, 9]",
     "1:38: reply-text: \"9\" is one line too many"},
    /* contradictions */
    {"user: a\nmode: enforce", "2:1: mode: enforce needs on-quarantine: "
			       "choose hold"},
    {"mode: enforce\non-quarantine: tag", "2:1: on-quarantine: tag alone "
					  "leaves the mail in the inbox"},
    {"user: a\nlisten: inet:8891@192.0.2.1", "2:1: listen: other hosts can "
					     "reach this address"},
    {"listen: inet:8891@0.0.0.0", "1:1: listen: other hosts"},
    {"listen: 'inet6:8891@::'", "1:1: listen: other hosts"},
    {"resolver: [127.0.0.1, 192.0.2.53]\ntrust-ad: yes",
     "2:1: trust-ad: every resolver must then be on this host"},
    {"internal-networks: 192.0.2.0/24\ntrusted-relays: 192.0.2.0/24",
     "2:1: trusted-relays: the same network stands in internal-networks"},
    {"mode: enforce\non-quarantine: reject\ntrusted-relays: 192.0.2.7",
     "3:1: trusted-relays: their mail is never refused, so with "
     "on-quarantine: reject it is tagged: make delivery file mail that bears "
     "the tag-header, then confirm it with \"tag-filed: yes\", or choose "
     "on-quarantine: hold"},
    {"max-evaluations: 20\nmax-sessions: 10",
     "1:1: max-evaluations: is over max-sessions"},
    {"limits: {dns-questions: 20, dns-prefetches: 21}",
     "1:29: limits.dns-prefetches: is over dns-questions"},
};

static void
errors_name_place_and_cure(void **state)
{
	size_t differ = 0;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const char *got = error_of(bad[i].text, strlen(bad[i].text));
		if (strncmp(got, bad[i].want, strlen(bad[i].want)) == 0)
			continue;
		differ++;
		print_error("%s\n got: %s\nwant: %s\n", bad[i].text, got,
			    bad[i].want);
	}
	assert_int_equal(differ, 0);
}

/* Each is fine with an otherwise empty file. */
static void
what_proves_something_is_mild(void **state)
{
	static const char *const conditions[] = {
	    "client: [192.0.2.0/24, '2001:db8::/32']",
	    "smtp-auth: yes",
	    "dkim-domain: a.example",
	    "spf-domain: .a.example",
	    "spf-domain: [.www.ck, .a.co.uk]",
	    "dkim-domain: github.io",
	    "trusted-sealer: a.example",
	    "dmarc: pass",
	    "from: a.example, unauthenticated: yes",
	};
	struct config_error error;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
		struct config *config = NULL;
		snprintf(text, sizeof text,
			 "rules: [{name: a, action: accept, %s}]\n",
			 conditions[i]);
		config_file_write(text, strlen(text));
		if (config_load(config_file_path(), &config, &error) != ERR_OK)
			fail_msg("%s%s", text, error.text);
		assert_int_equal(config->policy.rules->count, 1);
		config_unref(config);
	}
}

/* What relays hand on is tagged only where that is known to be filed. */
static void
relays_want_somewhere_for_the_mail(void **state)
{
	static const char *const fine[] = {
	    "mode: enforce\non-quarantine: reject\n",
	    "mode: enforce\non-quarantine: reject\ntrusted-relays: []\n",
	    "on-quarantine: reject\ntrusted-relays: 192.0.2.7\n",
	    "mode: enforce\non-quarantine: hold\ntrusted-relays: 192.0.2.7\n",
	    "mode: enforce\non-quarantine: reject\ntag-filed: yes\n"
	    "trusted-relays: 192.0.2.7\nrelays-verify: yes\n",
	};
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
		struct config *config = NULL;
		config_file_write(fine[i], strlen(fine[i]));
		if (config_load(config_file_path(), &config, &error) != ERR_OK)
			fail_msg("%s%s", fine[i], error.text);
		assert_int_equal(config->authres.relays_verify, i == 4);
		config_unref(config);
	}
}

static void
a_nul_is_refused(void **state)
{
	static const char text[] = "user: a\0b\n";

	(void)state;
	assert_string_equal(error_of(text, sizeof text - 1),
			    "1:8: not valid YAML: control characters are not "
			    "allowed");
}

/* --- files that are none --- */

static void
unreadable_files(void **state)
{
	struct config *config = NULL;
	struct config_error error;
	char missing[80];

	(void)state;
	snprintf(missing, sizeof missing, "%s/none", config_file_folder());
	assert_int_equal(config_load(missing, &config, &error), ERR_CONFIG);
	assert_non_null(strstr(error.text, "/none: cannot be read: No such"));
	assert_int_equal(config_load(config_file_folder(), &config, &error),
			 ERR_CONFIG);
	assert_non_null(strstr(error.text, ": not a regular file"));
	assert_int_equal(mkfifo(missing, 0600), 0);
	assert_int_equal(config_load(missing, &config, &error), ERR_CONFIG);
	assert_non_null(strstr(error.text, ": not a regular file"));
	unlink(missing);
	assert_null(config);
}

static void
a_file_over_one_mib_is_refused(void **state)
{
	size_t n = 1024 * 1024 + 1;
	char *text = mem_alloc(n);

	(void)state;
	memset(text, '\n', n);
	assert_string_equal(error_of(text, n),
			    " larger than 1 MiB, so no configuration");
	struct config *config = NULL;
	struct config_error error;
	config_file_write(text, n - 1);
	assert_false(config_load(config_file_path(), &config, &error));
	config_unref(config);
	/* Deep nesting must not make the reader slow or fall over. */
	memset(text, '[', n - 1);
	assert_string_equal(error_of(text, n - 1),
			    "1:1: the file must be lines of the form "
			    "\"keyword: value\"");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(errors_name_place_and_cure),
	    cmocka_unit_test(what_proves_something_is_mild),
	    cmocka_unit_test(relays_want_somewhere_for_the_mail),
	    cmocka_unit_test(a_nul_is_refused),
	    cmocka_unit_test(unreadable_files),
	    cmocka_unit_test(a_file_over_one_mib_is_refused),
	};

	return cmocka_run_group_tests_name(
	    "config errors", tests, config_file_setup, config_file_teardown);
}
