/* What one old program let in another refused: together the strictest counted,
   and so it is with what their files become; where it cannot be, that wants a
   look. */
#include "tests/support/test.h"

#include <string.h>

#include "base/err.h"
#include "config/snapshot.h"
#include "tests/support/cli/over_check.h"
#include "tests/support/config_file.h"

#define IGNORES "RejectFailures true\nIgnoreMailFrom lists.example\n"
#define OWN_RULE                                                \
	"rules:\n  - {name: own, spf-domain: partner.example, " \
	"action: accept}\n"

/* Texts of OpenDMARC's file, OpenDKIM's, policyd-spf's, rspamd's; NULL: none.
 */
struct files {
	const char *text[OVER_PROGRAMS];
	const char *in_force; /* NULL: none */
};

static struct over *
read_files(const struct files *files)
{
	struct over *over = over_new();

	for (size_t p = 0; p < OVER_PROGRAMS; p++) {
		if (files->text[p] != NULL)
			over_check_read(over, (enum over_program)p,
					files->text[p]);
	}
	if (files->in_force != NULL) {
		config_file_write(files->in_force, strlen(files->in_force));
		over_keep(over, config_file_path());
	}
	return over;
}

/* --- what is decided --- */

/* A message in the name of lists.example, whose policy is reject. */
struct message {
	enum spf_result spf;
	enum dkim_result dkim; /* DKIM_NONE: no signature */
	enum dmarc_result dmarc;
};

static const struct {
	struct files files;
	struct message message;
	enum action action;
} decisions[] = {
    /* Ignored by OpenDMARC alone. */
    {{{IGNORES}, NULL}, {SPF_FAIL, DKIM_NONE, DMARC_FAIL}, ACTION_ACCEPT},
    {{{IGNORES, NULL, "Mail_From_reject = Fail"}, NULL},
     {SPF_FAIL, DKIM_NONE, DMARC_FAIL},
     ACTION_REJECT},
    {{{IGNORES, NULL, "Mail_From_reject = Fail"}, NULL},
     {SPF_NEUTRAL, DKIM_NONE, DMARC_FAIL},
     ACTION_ACCEPT},
    {{{IGNORES, NULL, "TempError_Defer = True"}, NULL},
     {SPF_TEMPERROR, DKIM_NONE, DMARC_TEMPERROR},
     ACTION_TEMPFAIL},
    {{{IGNORES, NULL,
       "Mail_From_reject = False\n"
       "Reject_Not_Pass_Domains = lists.example"},
      NULL},
     {SPF_SOFTFAIL, DKIM_NONE, DMARC_FAIL},
     ACTION_REJECT},
    {{{IGNORES, "On-BadSignature reject"}, NULL},
     {SPF_NONE, DKIM_FAIL, DMARC_FAIL},
     ACTION_REJECT},
    {{{IGNORES, "On-NoSignature discard"}, NULL},
     {SPF_NONE, DKIM_NONE, DMARC_FAIL},
     ACTION_DISCARD},
};

static struct verdict
verdict_of(const struct message *message, struct dkim_outcome *signature)
{
	struct verdict verdict;

	memset(&verdict, 0, sizeof verdict);
	verdict.client_class = CLIENT_FOREIGN;
	ip_parse(str_lit("198.51.100.66"), &verdict.client);
	verdict.mail_from_known = true;
	verdict.mail_from_local = str_lit("joe");
	verdict.mail_from_domain = str_lit("lists.example");
	verdict.from.state = FROM_ONE;
	verdict.from.domain[0] = str_lit("lists.example");
	verdict.from.count = 1;
	verdict.from.reason = "";
	verdict.spf.result = message->spf;
	verdict.spf.domain = str_lit("lists.example");
	signature->result = message->dkim;
	signature->domain = str_lit("lists.example");
	verdict.dkim.outcome = signature;
	verdict.dkim.count = message->dkim != DKIM_NONE;
	verdict.dmarc.count = 1;
	verdict.dmarc.outcome[0] =
	    (struct dmarc_outcome){.result = message->dmarc,
				   .from = str_lit("lists.example"),
				   .has_record = true,
				   .policy = DMARC_P_REJECT,
				   .reason = str_lit("no aligned identifier")};
	return verdict;
}

static struct config *
translated(struct over *over)
{
	struct config *config = NULL;
	struct config_error error;
	struct buf out, said;

	buf_init(&out, NULL);
	buf_init(&said, NULL);
	over_print(over, &out, &said);
	if (config_load_text("new", buf_str(&out), &config, &error) != ERR_OK)
		fail_msg("%s in:\n%s", error.text, out.p);
	over_free(over);
	buf_clear(&said);
	buf_clear(&out);
	return config;
}

static void
test_decisions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof decisions / sizeof *decisions; i++) {
		struct arena *arena = arena_new(NULL);
		struct dkim_outcome signature = {0};
		const struct verdict verdict =
		    verdict_of(&decisions[i].message, &signature);
		struct config *config =
		    translated(read_files(&decisions[i].files));
		const struct decision decision =
		    policy_decide(arena, &verdict, &config->policy);
		if (decision.action != decisions[i].action)
			fail_msg("%zu: %s: %.*s", i,
				 action_text(decision.action),
				 STR_ARG(decision.reason));
		config_unref(config);
		arena_free(arena);
	}
}

/* --- what wants a look --- */

static const struct {
	struct files files;
	const char *want, *lacks;
} marks[] = {
    {{{IGNORES, NULL, NULL, "dmarc { actions { reject = reject; } }"}, NULL},
     "CONFLICT: rspamd acts on DMARC failures in the names of "
     "IgnoreMailFrom, too; the rule opendmarc-ignored lets all of them in.",
     NULL},
    {{{IGNORES, NULL, NULL, "dmarc { reporting { enabled = true; } }"}, NULL},
     "name: opendmarc-ignored",
     "CONFLICT"},
    /* A program that refuses mail and names no hosts of its own. */
    {{{NULL, "PeerList 192.0.2.0/24", "Mail_From_reject = Fail"}, NULL},
     "CONFLICT: not in every list: 192.0.2.0/24 (OpenDKIM). The other "
     "programs check mail from there",
     "127.0.0.0/8 (OpenDKIM)"},
    {{{NULL, "PeerList 192.0.2.0/24", "Mail_From_reject = False"}, NULL},
     "\"192.0.2.0/24\"",
     "CONFLICT"},
    {{{"RejectFailures true", NULL, NULL,
       "options { local_addrs = 192.0.2.1; }"},
      NULL},
     "CONFLICT: not in every list: 192.0.2.1 (rspamd).",
     NULL},
    /* A relay's mail is never refused. */
    {{{"RejectFailures true", NULL, NULL, "spf { whitelist = [192.0.2.7]; }"},
      NULL},
     "CONFLICT: mail from these hosts is refused, held or put off today, "
     "too, by RejectFailures (OpenDMARC); from now on",
     NULL},
    {{{NULL, NULL, NULL,
       "spf { external_relay = [192.0.2.7]; }\n"
       "dmarc { actions { reject = reject; } }"},
      NULL},
     "put off today, too, by dmarc actions reject (rspamd); ",
     NULL},
    {{{NULL, NULL, NULL,
       "spf { whitelist = [192.0.2.7]; }\n"
       "dmarc { actions { reject = reject; } }"},
      NULL},
     "\"192.0.2.7\"",
     "CONFLICT"},
    {{{"Syslog yes", NULL, NULL, "spf { external_relay = [192.0.2.7]; }"},
      NULL},
     "\"192.0.2.7\"",
     "CONFLICT"},
    /* Whose seals one of two judges of DMARC does not take. */
    {{{"RejectFailures true\nDomainWhitelist lists.example", NULL, NULL,
       "dmarc { actions { reject = reject; } }"},
      NULL},
     "CONFLICT: not in every list: lists.example (OpenDMARC). The other "
     "program acts on a DMARC failure, whoever has sealed the mail",
     NULL},
    {{{"RejectFailures true\nDomainWhitelist lists.example", NULL, NULL,
       "dmarc { actions { reject = reject; } }\n"
       "arc { whitelisted_signers_map = [lists.example]; }"},
      NULL},
     "\"lists.example\"",
     "CONFLICT"},
    {{{"RejectFailures true\nDomainWhitelist lists.example"}, NULL},
     "\"lists.example\"",
     "CONFLICT"},
    /* A rule of the admin's that lets mail in. */
    {{{NULL, NULL, "Mail_From_reject = Fail"}, OWN_RULE},
     "stands first: what it lets in, the rules of the old programs after it "
     "refuse no longer.",
     NULL},
    {{{"Syslog yes"}, OWN_RULE}, "name: \"own\"", "stands first"},
    {{{NULL, NULL, "Mail_From_reject = Fail"},
      "rules:\n  - {name: own, dmarc: fail, action: hold}\n"},
     "name: \"own\"",
     "stands first"},
};

static void
test_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		over_check(read_files(&marks[i].files), marks[i].want,
			   marks[i].want, marks[i].lacks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_decisions),
					   cmocka_unit_test(test_marks)};

	return cmocka_run_group_tests(tests, config_file_setup,
				      config_file_teardown);
}
