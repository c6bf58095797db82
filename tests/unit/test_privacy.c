/* Addresses that are hidden in what is remembered of a message. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/config_file.h"
#include "tests/support/law.h"
#include "tests/support/record_world.h"
#include "verdict/explain.h"
#include "verdict/privacy.h"

static const struct siphash_key key = {{1, 2}}, other = {{1, 3}};

static bool
has(struct str text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

static void
test_tokens(void **state)
{
	struct str token =
	    privacy_token(*state, &key, str_lit("a@sender.example"));

	assert_int_equal(token.n, 17);
	assert_int_equal(token.p[0], '~');
	assert_true(str_eq(
	    token, privacy_token(*state, &key, str_lit("A@Sender.Example"))));
	assert_false(str_eq(
	    token, privacy_token(*state, &key, str_lit("b@sender.example"))));
	assert_false(str_eq(
	    token, privacy_token(*state, &other, str_lit("a@sender.example"))));
	struct str sender =
	    privacy_sender(*state, &key, str_lit("a@sender.example"));
	assert_true(str_eq(str_first(sender, 17), token));
	assert_str(str_from(sender, 17), "@sender.example");
	assert_int_equal(privacy_sender(*state, &key, str_lit("postmaster")).n,
			 17);
}

/* Everything in it that has a local part has this one. */
static struct verdict
secret(struct arena *arena)
{
	static const struct str recipients[] = {
	    STR("geheim@receiver.example"), STR("geheim.zwei@other.example")};
	static const struct dns_question questions[] = {
	    {.name = STR("sender.example"), .type = DNS_TXT},
	    {.name = STR("geheim._spf.sender.example"), .type = DNS_A},
	    {.name = STR("list.geheim.spf.other.example"), .type = DNS_A},
	    /* However they look. */
	    {.name = STR("_dmarc.geheim.x.example"), .type = DNS_TXT},
	    {.name = STR("geheim._domainkey.x.example"), .type = DNS_TXT}};
	struct verdict verdict = record_world_verdict(arena);
	struct dkim_outcome *signature =
	    arena_array(arena, 1, sizeof *signature);

	verdict.mail_from = str_lit("geheim+list@sender.example");
	verdict.mail_from_local = str_lit("geheim+list");
	verdict.mail_from_domain = str_lit("sender.example");
	verdict.recipient = recipients;
	verdict.recipients = 2;
	for (size_t i = 0; i < verdict.from.addresses; i++)
		verdict.from.address[i].local = str_lit("geheim");
	*signature = verdict.dkim.outcome[0];
	signature->identity = str_lit("geheim@sender.example");
	verdict.dkim = (struct dkim_results){.outcome = signature, .count = 1};
	verdict.spf.explanation = str_lit("Geheim+List may not send");
	verdict.spf.reason =
	    str_lit("TXT lookup of geheim._spf.sender.example failed");
	verdict.spf.troubled = str_lit("geheim._spf.sender.example");
	verdict.question = questions;
	verdict.questions = 5;
	return verdict;
}

static void
test_nothing_left(void **state)
{
	struct verdict verdict = secret(*state);
	struct verdict hidden = privacy_hide(*state, &key, &verdict);
	static const struct record_about about = {.context = 1};
	struct verdict unpacked;
	struct buf text;

	assert_true(hidden.addresses_hidden);
	assert_null(hidden.header);
	assert_str(hidden.question[0].name, "sender.example");
	assert_str(str_from(hidden.question[1].name, 17),
		   "._spf.sender.example");
	assert_str(str_from(hidden.question[2].name, 17 + 1 + 17),
		   ".spf.other.example");
	assert_str(str_from(hidden.question[3].name, 7 + 17), ".x.example");
	assert_str(str_from(hidden.question[4].name, 17),
		   "._domainkey.x.example");
	assert_null(law_round_trip(*state, &hidden, &about, &unpacked));
	assert_true(unpacked.addresses_hidden);
	buf_init(&text, *state);
	explain_verdict(&text, *state, &unpacked, str_empty());
	buf_add(&text, verdict_json(*state, &unpacked, str_empty()));
	buf_add(&text, record_pack(*state, &hidden, &about));
	assert_false(has(buf_str(&text), "geheim"));
	assert_false(has(buf_str(&text), "Geheim"));
	assert_false(has(buf_str(&text), "zwei"));
	assert_true(str_eq(hidden.mail_from,
			   privacy_sender(*state, &key, verdict.mail_from)));
	assert_true(str_eq(hidden.recipient[0],
			   privacy_token(*state, &key, verdict.recipient[0])));
}

/* A label that is the same word, in names that no macro made. */
static void
test_names_not_of_spf(void **state)
{
	static const struct dns_question questions[] = {
	    {.name = STR("_dmarc.geheim.example"), .type = DNS_TXT},
	    {.name = STR("geheim._domainkey.other.example"), .type = DNS_TXT}};
	const struct dkim_outcome signature = {.selector = STR("geheim"),
					       .domain = STR("other.example")};
	struct verdict verdict = secret(*state);

	verdict.question = questions;
	verdict.questions = 2;
	verdict.from.domain[0] = str_lit("news.geheim.example");
	verdict.dkim.outcome = &signature;
	struct verdict hidden = privacy_hide(*state, &key, &verdict);
	assert_str(hidden.question[0].name, "_dmarc.geheim.example");
	assert_str(hidden.question[1].name, "geheim._domainkey.other.example");
}

/* As "%{L}" makes of it what stands in a URL. */
static void
test_escaped(void **state)
{
	struct verdict verdict = secret(*state);

	verdict.spf.explanation = str_lit("see /why?s=geheim%2Blist%40x");
	struct verdict hidden = privacy_hide(*state, &key, &verdict);
	struct str token = privacy_token(*state, &key, verdict.mail_from);
	assert_str(
	    hidden.spf.explanation,
	    arena_printf(*state, "see /why?s=%s%%2B%s%%40x", token.p, token.p)
		.p);
}

/* A short local part is in many words; those of others stay. */
static void
test_whole_words(void **state)
{
	struct verdict verdict = record_world_verdict(*state);

	verdict.mail_from = str_lit("a@sender.example");
	verdict.mail_from_local = str_lit("a");
	verdict.mail_from_domain = str_lit("sender.example");
	verdict.spf.reason = str_lit("mail of a was as a-mail");
	struct verdict hidden = privacy_hide(*state, &key, &verdict);
	struct str token = privacy_token(*state, &key, verdict.mail_from);
	assert_str(
	    hidden.spf.reason,
	    arena_printf(*state, "mail of %s was as %s-mail", token.p, token.p)
		.p);
}

static void
test_null_and_unknown(void **state)
{
	struct verdict verdict = record_world_verdict(*state);

	verdict.mail_from = verdict.mail_from_local = verdict.mail_from_domain =
	    str_empty();
	verdict.mail_from_null = true;
	struct verdict hidden = privacy_hide(*state, &key, &verdict);
	assert_int_equal(hidden.mail_from.n, 0);
	assert_true(hidden.mail_from_null);
	verdict.mail_from = verdict.mail_from_local = str_lit("postmaster");
	verdict.mail_from_null = false;
	hidden = privacy_hide(*state, &key, &verdict);
	assert_int_equal(hidden.mail_from.n, 17);
	assert_int_equal(hidden.mail_from_local.n, 17);
}

/* --- decisions --- */

/* Of a failure, sent on with the From domain in MAIL FROM's local part. */
static struct verdict
sent_on(void)
{
	static const struct str recipient = STR("b@receiver.example");

	return (struct verdict){
	    .client = {.family = IP_V4, .octet = {192, 0, 2, 1}},
	    .now = 1700000000,
	    .mail_from_known = true,
	    .mail_from = STR("SRS0=x=y=sender.example=user@hop.example"),
	    .mail_from_local = STR("SRS0=x=y=sender.example=user"),
	    .mail_from_domain = STR("hop.example"),
	    .recipient = &recipient,
	    .recipients = 1,
	    .seen.reason = "",
	    .from = {.state = FROM_ONE,
		     .domain = {STR("sender.example")},
		     .count = 1,
		     .address = {{STR("boss"), STR("sender.example")}},
		     .addresses = 1,
		     .addresses_sure = true,
		     .strict = true,
		     .reason = ""},
	    .spf = {.result = SPF_PASS, .domain = STR("hop.example")},
	    .dmarc = {.count = 1,
		      .outcome = {{.result = DMARC_FAIL,
				   .from = STR("sender.example"),
				   .org_domain = STR("sender.example"),
				   .has_record = true,
				   .policy = DMARC_P_REJECT,
				   .published = DMARC_P_REJECT,
				   .record = {.p = DMARC_P_REJECT,
					      .sp = DMARC_P_REJECT,
					      .np = DMARC_P_REJECT},
				   .policy_domain = STR("sender.example"),
				   .policy_tag = "p"}}},
	};
}

static void
test_shape_stays(void **state)
{
	struct policy_options options = policy_options_default();
	struct verdict verdict = sent_on();
	struct verdict hidden = privacy_hide(*state, &key, &verdict);
	struct decision plain = policy_decide(*state, &verdict, &options);
	struct decision told = policy_decide(*state, &hidden, &options);

	assert_str(plain.shape.evidence, "rewritten-path");
	assert_str(told.shape.evidence, "rewritten-path");
	assert_int_equal(told.action, plain.action);
	assert_str(told.unjudged, "");
	hidden.decision = told;
	const char *fault = law_check(*state, &hidden, &options);
	assert_string_equal(fault != NULL ? fault : "", "");
	verdict.mail_from_local = str_lit("user");
	hidden = privacy_hide(*state, &key, &verdict);
	told = policy_decide(*state, &hidden, &options);
	assert_str(told.shape.evidence, "");
}

static void
judge(struct arena *arena, const char *rule, const char *unjudged,
      enum action action)
{
	struct config *config = config_file_load(
	    arena_printf(arena, "rules:\n  - {name: r, action: discard, %s}\n",
			 rule)
		.p);
	struct verdict verdict = sent_on();
	struct verdict hidden = privacy_hide(arena, &key, &verdict);
	struct decision told = policy_decide(arena, &hidden, &config->policy);

	assert_str(told.unjudged, unjudged);
	if (unjudged[0] == '\0')
		assert_int_equal(told.action, action);
	config_unref(config);
}

/* Rules on addresses cannot be judged, unless another condition decides. */
static void
test_rules(void **state)
{
	judge(*state, "recipient: b@receiver.example", "r", 0);
	judge(*state, "recipient: .receiver.example", "r", 0);
	judge(*state, "any-recipient: b@receiver.example", "r", 0);
	judge(*state, "from: boss@sender.example", "r", 0);
	judge(*state, "mail-from: x@hop.example", "r", 0);
	judge(*state, "from: sender.example", "", ACTION_DISCARD);
	judge(*state, "mail-from: hop.example", "", ACTION_DISCARD);
	judge(*state, "mail-from: other.example", "", ACTION_QUARANTINE);
	judge(*state, "from: boss@sender.example, client: 192.0.2.99", "",
	      ACTION_QUARANTINE);
}

/* --- the key's file --- */

static char path[64];

static void
write_key(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void
test_key(void **state)
{
	char folder[] = "/tmp/verdict-privacy-XXXXXX";
	struct siphash_key one, two;
	struct stat status;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/privacy.key", folder);
	assert_string_equal(privacy_key_read(path, false, &one),
			    "cannot be read");
	assert_null(privacy_key_read(path, true, &one));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_null(privacy_key_read(path, true, &two));
	assert_memory_equal(&one, &two, sizeof one);
	assert_int_equal(unlink(path), 0);
	assert_null(privacy_key_read(path, true, &two));
	assert_memory_not_equal(&one, &two, sizeof one);

	write_key("00112233445566778899aabbccddeeff\n", 0600);
	assert_null(privacy_key_read(path, false, &one));
	write_key("00112233445566778899aabbccddeeff\n", 0640);
	assert_non_null(strstr(privacy_key_read(path, true, &one), "chmod"));
	write_key("00112233445566778899aabbccddee\n", 0600);
	assert_non_null(strstr(privacy_key_read(path, true, &one), "no key"));
	write_key("00112233445566778899aabbccddeeffff\n", 0600);
	assert_non_null(strstr(privacy_key_read(path, true, &one), "no key"));
	write_key("00112233445566778899aabbccddeefx\n", 0600);
	assert_non_null(strstr(privacy_key_read(path, true, &one), "no key"));
	assert_int_equal(unlink(path), 0);
	assert_non_null(strstr(privacy_key_read("/nonexistent/key", true, &one),
			       "cannot be made"));
	assert_int_equal(rmdir(folder), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_tokens),      TEST(test_nothing_left),
	    TEST(test_whole_words), TEST(test_null_and_unknown),
	    TEST(test_escaped),     TEST(test_names_not_of_spf),
	    TEST(test_shape_stays), TEST(test_rules),
	    TEST(test_key),
	};

	return cmocka_run_group_tests(tests, config_file_setup,
				      config_file_teardown);
}
