#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/config.h"
#include "config/schema.h"
#include "tests/support/config_file.h"

/* All values in YAML, without the origins. */
static char *
values(const struct config *config)
{
	struct buf text, plain;
	struct str rest, line;

	buf_init(&text, NULL);
	buf_init(&plain, NULL);
	config_print(config, false, &text);
	rest = buf_str(&text);
	while (str_split(&rest, '\n', &line)) {
		size_t n = str_chr(line, '#');
		buf_add(&plain, str_trim_wsp(str_first(line, n)));
		buf_addc(&plain, '\n');
	}
	char *copy = mem_copy(plain.p, plain.n);
	buf_clear(&text);
	buf_clear(&plain);
	return copy;
}

/* --- defaults --- */

static void
defaults_fit_the_library(void **state)
{
	struct config *c = NULL;
	struct config_error error;
	struct policy_options policy = policy_options_default();

	(void)state;
	assert_int_equal(config_load(NULL, &c, &error), ERR_OK);
	assert_str(c->listen, "unix:/run/verdict-milter/verdict.sock");
	assert_int_equal(c->socket_mode, 0660);
	assert_int_equal(c->max_sessions, 2000);
	assert_int_equal(c->max_evaluations, 256);
	assert_int_equal(c->max_memory, (size_t)512 << 20);
	assert_int_equal(c->dns.cache_bytes, (size_t)64 << 20);
	assert_int_equal(c->dns.name_ms, LIMIT_DNS_NAME_MS);
	assert_int_equal(c->dns.zone_waiters, LIMIT_DNS_ZONE_WAITERS);
	assert_true(c->dns.servers > 0);
	assert_int_equal(c->verify.limits.dns.questions, LIMIT_DNS_QUESTIONS);
	assert_int_equal(c->verify.limits.dns.prefetches, LIMIT_DNS_PREFETCHES);
	assert_int_equal(c->verify.limits.header.fields, LIMIT_HEADER_FIELDS);
	assert_int_equal(c->verify.limits.header.bytes, LIMIT_HEADER_BYTES);
	assert_int_equal(c->verify.limits.signatures, LIMIT_DKIM_SIGNATURES);
	assert_int_equal(c->verify.limits.message_ms, LIMIT_MESSAGE_MS);
	assert_int_equal(c->verify.limits.spf_ms, LIMIT_SPF_MS);
	assert_int_equal(c->verify.limits.zone_ms, LIMIT_ZONE_MS);
	assert_int_equal(c->verify.limits.crypto_us, LIMIT_CRYPTO_US);
	assert_memory_equal(&c->policy.mode, &policy.mode, sizeof policy.mode);
	assert_int_equal(c->policy.on_reject, policy.on_reject);
	assert_int_equal(c->policy.on_quarantine, policy.on_quarantine);
	assert_int_equal(c->policy.tag_filed, policy.tag_filed);
	assert_int_equal(c->policy.on_temperror, policy.on_temperror);
	assert_int_equal(c->policy.deferrals.times, policy.deferrals.times);
	assert_int_equal(c->policy.deferrals.span_ms, policy.deferrals.span_ms);
	assert_int_equal(c->policy.on_bad_from, policy.on_bad_from);
	assert_int_equal(c->policy.on_oversize_header,
			 policy.on_oversize_header);
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
	assert_str(c->log_facility, "mail");
	assert_true(c->authres.id.n > 0);
	assert_true(c->authres.comments);
	assert_false(c->authres.iprev);
	assert_int_equal(c->authres.n_ids, 1);
	assert_true(str_eq(c->authres.ids[0], c->authres.id));
	assert_true(str_eq(c->verify.authserv_id, c->authres.id));
	config_unref(c);
}

/* A keyword's line in conf/verdict.yaml: "#word: " or "#  word: ". */
static bool
is_keyword_line(struct str line)
{
	size_t at = 1;

	if (str_starts(line, str_lit("#  ")))
		at = 3;
	if (line.n <= at || line.p[0] != '#' ||
	    !(line.p[at] >= 'a' && line.p[at] <= 'z'))
		return false;
	while (at < line.n && (ascii_is_alpha(line.p[at]) || line.p[at] == '-'))
		at++;
	return at < line.n && line.p[at] == ':';
}

/* conf/verdict.yaml with every keyword uncommented. */
static struct buf
shipped_file(void)
{
	char octets[32768];
	FILE *f = fopen("conf/verdict.yaml", "r");
	struct buf text;

	assert_non_null(f);
	size_t n = fread(octets, 1, sizeof octets, f);
	fclose(f);
	assert_true(n > 0 && n < sizeof octets);
	struct str rest = str_n(octets, n), line;
	buf_init(&text, NULL);
	while (str_split(&rest, '\n', &line)) {
		buf_add(&text, str_from(line, is_keyword_line(line)));
		buf_addc(&text, '\n');
	}
	return text;
}

static void
shipped_file_is_the_defaults(void **state)
{
	struct buf text = shipped_file();
	struct config *shipped = config_file_load(text.p), *none = NULL;
	struct config_error error;

	(void)state;
	assert_int_equal(config_load(NULL, &none, &error), ERR_OK);
	char *a = values(shipped), *b = values(none);
	assert_string_equal(a, b);
	free(a);
	free(b);
	config_unref(none);
	/* Repeated ones are refused, so each stands there once. */
	struct buf origins;
	buf_init(&origins, NULL);
	config_print(shipped, false, &origins);
	assert_null(strstr(origins.p, "# default"));
	buf_clear(&origins);
	buf_clear(&text);
	config_unref(shipped);
}

static void
shipped_file_as_it_stands_changes_nothing(void **state)
{
	struct config *config = NULL;
	struct config_error error;
	struct buf origins;

	(void)state;
	if (config_load("conf/verdict.yaml", &config, &error) != ERR_OK)
		fail_msg("%s", error.text);
	buf_init(&origins, NULL);
	config_print(config, false, &origins);
	assert_null(strstr(origins.p, "verdict.yaml"));
	buf_clear(&origins);
	config_unref(config);
}

/* --- values --- */

static const char full[] = "listen: inet:8891@192.0.2.1\n"
			   "socket-mode: 600\n"
			   "socket-group: postfix\n"
			   "allow-remote-mta: 192.0.2.0/24\n"
			   "user: verdict\n"
			   "group: 'mail'\n"
			   "pid-file: /run/v.pid\n"
			   "authserv-id: MX.Receiver.Example.\n"
			   "strip-ids: [old.example, b\xc3\xbc.example]\n"
			   "tag-header: X-Junk\n"
			   "mode: enforce\n"
			   "on-reject: reject\n"
			   "on-quarantine: tag\n"
			   "tag-filed: YES\n"
			   "on-temperror: accept\n"
			   "on-bad-from: tag\n"
			   "address-rewriting: complete\n"
			   "on-oversize-header: quarantine\n"
			   "dkim-allow-partial-body: true\n"
			   "trusted-sealers: [list.example, Other.Example.]\n"
			   "internal-networks:\n"
			   "  - 198.51.100.0/24\n"
			   "  - 2001:db8::/32\n"
			   "trusted-relays: [198.51.100.7]\n"
			   "resolver: [127.0.0.1, \"127.0.0.2:5353\"]\n"
			   "trust-ad: on\n"
			   "cache-size: 16m\n"
			   "max-sessions: 10\n"
			   "max-memory: 1G\n"
			   "limits:\n"
			   "  dns-questions: 30\n"
			   "  dns-timeout: 2500ms\n"
			   "  message-time: 1m\n"
			   "  crypto-time: 2s\n"
			   "  header-bytes: 131072\n"
			   "reply-url: https://a.example/\n"
			   "reply-text: |\n"
			   "  one \"%{reason}\"\n"
			   "  two %{url}\n"
			   "rules:\n"
			   "  - name: r1\n"
			   "    client: [192.0.2.0/24, 2001:db8::/32]\n"
			   "    not-from: .a.example\n"
			   "    action: accept\n"
			   "    reason: \"a \\\"b\\\"\"\n"
			   "    reply: \"c\"\n"
			   "    expires: 2027-01-01\n"
			   "  - {name: r2, action: reject, spf: fail}\n"
			   "log: {target: journal, format: json, level: debug, "
			   "facility: local3}\n";

static void
every_type_is_read(void **state)
{
	struct config *c = config_file_load(full);

	(void)state;
	assert_str(c->listen, "inet:8891@192.0.2.1");
	assert_int_equal(c->socket_mode, 0600);
	assert_str(c->socket_group, "postfix");
	assert_int_equal(c->allow_remote_mta.count, 1);
	assert_int_equal(c->allow_remote_mta.network[0].prefix, 24);
	assert_str(c->user, "verdict");
	assert_str(c->group, "mail");
	assert_str(c->pid_file, "/run/v.pid");
	assert_str(c->authres.id, "mx.receiver.example");
	assert_int_equal(c->authres.n_ids, 3);
	assert_str(c->authres.ids[0], "mx.receiver.example");
	assert_str(c->authres.ids[1], "old.example");
	assert_str(c->authres.ids[2], "xn--b-eha.example");
	assert_str(c->authres.tag_header, "X-Junk");
	assert_int_equal(c->verify.trusted_sealers.count, 2);
	assert_str(c->verify.trusted_sealers.name[1], "other.example");
	assert_int_equal(c->policy.mode, POLICY_ENFORCE);
	assert_int_equal(c->policy.on_reject, ON_REJECT_REJECT);
	assert_int_equal(c->policy.on_quarantine, ON_QUARANTINE_TAG);
	assert_true(c->policy.tag_filed);
	assert_int_equal(c->policy.on_temperror, ON_TEMPERROR_ACCEPT);
	assert_int_equal(c->policy.on_bad_from, CHOICE_TAG);
	assert_int_equal(config_address_rewriting(c, ADDRESSES_STAY),
			 ADDRESSES_COMPLETED);
	assert_int_equal(c->policy.on_oversize_header, CHOICE_QUARANTINE);
	assert_false(c->policy.as_published);
	assert_true(c->verify.allow_partial_body);
	assert_int_equal(c->internal_networks.count, 2);
	assert_int_equal(c->dns.servers, 2);
	assert_int_equal(c->dns.server[0].port, 53);
	assert_int_equal(c->dns.server[1].port, 5353);
	assert_true(c->dns.trust_ad);
	assert_int_equal(c->dns.cache_bytes, 16 << 20);
	assert_int_equal(c->dns.name_ms, 2500);
	assert_int_equal(c->max_memory, 1 << 30);
	assert_int_equal(c->verify.limits.message_ms, 60000);
	assert_int_equal(c->verify.limits.crypto_us, 2000000);
	assert_int_equal(c->verify.limits.header.bytes, 131072);
	assert_int_equal(c->log_target, CONFIG_LOG_JOURNAL);
	assert_int_equal(c->log_format, CONFIG_LOG_JSON);
	assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
	assert_str(c->log_facility, "local3");
	assert_int_equal(c->policy.reply.lines, 2);
	assert_str(c->policy.reply.line[1], "two %{url}");
	assert_int_equal(c->policy.rules->count, 2);
	assert_str(c->policy.rules->rule[0].reason, "a \"b\"");
	assert_str(c->policy.rules->rule[0].reply, "c");
	assert_int_equal(c->policy.rules->rule[0].expires, 1798761600);
	assert_int_equal(c->policy.rules->rule[0].conditions, 2);
	assert_int_equal(c->policy.rules->rule[1].action, RULE_REJECT);
	/* Defaults of ours bow to what the admin set. */
	assert_int_equal(c->max_evaluations, 10);
	assert_int_equal(c->verify.limits.dns.prefetches, 30);
	config_unref(c);
}

static void
words_follow_their_enums(void **state)
{
	static const char *const words[] = {"accept", "tag", "quarantine",
					    "reject"};
	char text[64];

	(void)state;
	for (int i = 0; i < 4; i++) {
		snprintf(text, sizeof text, "on-bad-from: %s\n", words[i]);
		struct config *c = config_file_load(text);
		assert_int_equal(c->policy.on_bad_from, CHOICE_ACCEPT + i);
		config_unref(c);
	}
	for (size_t i = 0; address_rewriting_words[i] != NULL; i++) {
		snprintf(text, sizeof text, "address-rewriting: %s\n",
			 address_rewriting_words[i]);
		struct config *c = config_file_load(text);
		enum address_rewriting rewriting =
		    config_address_rewriting(c, ADDRESSES_CANONIFIED);
		assert_string_equal(address_rewriting_text(rewriting),
				    i > 0 ? address_rewriting_words[i]
					  : "canonify");
		config_unref(c);
	}
	struct config *c =
	    config_file_load("mode: enforce\non-quarantine: hold\n"
			     "log:\n  target: stderr\n  level: warning\n");
	assert_int_equal(c->policy.on_quarantine, ON_QUARANTINE_HOLD);
	assert_int_equal(c->log_target, CONFIG_LOG_STDERR);
	assert_int_equal(c->log_level, LOG_LEVEL_WARNING);
	config_unref(c);
	c = config_file_load(
	    "mode: enforce\non-quarantine: reject\nlog:\n  level: error");
	assert_int_equal(c->policy.on_quarantine, ON_QUARANTINE_REJECT);
	assert_int_equal(c->log_level, LOG_LEVEL_ERROR);
	config_unref(c);
}

/* What is printed is a file that reads as the same configuration. */
static void
print_reads_back(void **state)
{
	struct config *first = config_file_load(full);
	struct buf text;

	(void)state;
	buf_init(&text, NULL);
	config_print(first, false, &text);
	struct config *second = config_file_load(text.p);
	char *a = values(first), *b = values(second);
	assert_string_equal(a, b);
	free(a);
	free(b);
	buf_clear(&text);
	config_unref(first);
	config_unref(second);
}

static void
origins_are_shown(void **state)
{
	struct config *c =
	    config_file_load("\nmode: monitor\nlog:\n  level: debug\n");
	char line[128];
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	config_print(c, false, &out);
	snprintf(line, sizeof line, "\nmode: monitor  # %s:2\n",
		 config_file_path());
	assert_non_null(strstr(out.p, line));
	snprintf(line, sizeof line, "\n  level: debug  # %s:4\n",
		 config_file_path());
	assert_non_null(strstr(out.p, line));
	assert_non_null(strstr(out.p, "\nmax-memory: 512M  # default\n"));
	buf_reset(&out);
	config_print(c, true, &out);
	snprintf(line, sizeof line,
		 "\"log.level\":{\"value\":\"debug\",\"origin\":\"%s:4\"}",
		 config_file_path());
	assert_non_null(strstr(out.p, line));
	assert_non_null(strstr(out.p, "\"max-sessions\":{\"value\":2000,"));
	assert_non_null(strstr(out.p, "\"trust-ad\":{\"value\":false,"));
	buf_clear(&out);
	config_unref(c);
}

static void
everything_is_described(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	config_describe(&out);
	assert_non_null(strstr(out.p, "mode: monitor or enforce; default "
				      "monitor\n"));
	assert_non_null(strstr(out.p, "  message-time: a time from 1s to 4m; "
				      "default 30s\n"));
	buf_clear(&out);
}

static void
expect_restart(const char *running, const char *fresh, const char *wanted)
{
	struct config *a = config_file_load(running);
	struct config *b = config_file_load(fresh);
	struct buf out;

	buf_init(&out, NULL);
	config_needs_restart(a, b, &out);
	assert_str(buf_str(&out), wanted);
	buf_clear(&out);
	config_unref(a);
	config_unref(b);
}

/* A default that follows another keyword is no change of the admin's. */
static void
restart_is_wanted_for_what_was_changed(void **state)
{
	(void)state;
	expect_restart("", "max-sessions: 100\n", "");
	expect_restart("max-sessions: 100\n", "max-sessions: 90\n", "");
	expect_restart("", "max-evaluations: 100\n", "max-evaluations");
	expect_restart("cache-size: 2M\n", "", "cache-size");
	expect_restart("max-evaluations: 256\n", "", "");
}

/* --- the shape of the file --- */

static void
empty_files_are_the_defaults(void **state)
{
	static const char *const texts[] = {"",
					    "\n",
					    "# only a comment\n",
					    "---\n",
					    "--- ~\n",
					    "{}\n",
					    "limits:\nlog:\n",
					    "%YAML 1.1\n---\n",
					    "\xef\xbb\xbf# BOM\n"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct config *c = config_file_load(texts[i]);
		assert_int_equal(c->max_sessions, 2000);
		config_unref(c);
	}
}

static void
references_keep_a_snapshot(void **state)
{
	struct config *c = config_file_load("user: verdict\n");

	(void)state;
	assert_ptr_equal(config_ref(c), c);
	config_unref(c);
	assert_str(c->user, "verdict");
	config_unref(c);
	config_unref(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(defaults_fit_the_library),
	    cmocka_unit_test(shipped_file_is_the_defaults),
	    cmocka_unit_test(shipped_file_as_it_stands_changes_nothing),
	    cmocka_unit_test(every_type_is_read),
	    cmocka_unit_test(words_follow_their_enums),
	    cmocka_unit_test(print_reads_back),
	    cmocka_unit_test(origins_are_shown),
	    cmocka_unit_test(everything_is_described),
	    cmocka_unit_test(restart_is_wanted_for_what_was_changed),
	    cmocka_unit_test(empty_files_are_the_defaults),
	    cmocka_unit_test(references_keep_a_snapshot),
	};

	return cmocka_run_group_tests_name("config", tests, config_file_setup,
					   config_file_teardown);
}
