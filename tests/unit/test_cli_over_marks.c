/* What is stricter than DMARC, or answers worse, wants a look and says why; its
   rules tell the log and the sender. */
#include "tests/support/test.h"

#include "tests/support/cli/over_check.h"

#define STRICTER "\n#!  Stricter than DMARC; most sites drop this rule."

static const struct {
	enum over_program program;
	const char *text, *want, *lacks;
} cases[] = {
    /* RFC 9989 section 7.4 */
    {OVER_OPENDMARC, "RejectFailures true",
     "\n#!  All that fails under a policy of reject was refused. RFC 9989 "
     "section 7.4 advises against that: reject-unless-indirect",
     NULL},
    {OVER_OPENDMARC, "RejectFailures false", "\nmode: monitor\n",
     "#!  Nothing was"},
    {OVER_RSPAMD, "dmarc { actions { reject = reject; } }",
     "\n#!  All that fails under a policy of reject is refused. RFC 9989 "
     "section 7.4 advises against that: reject-unless-indirect",
     NULL},
    {OVER_RSPAMD, "dmarc { actions { quarantine = reject; } }",
     "\n#!  Refused, where the sender's policy asks only", NULL},
    {OVER_RSPAMD, "dmarc { actions { quarantine = quarantine; } }",
     "hold queue.", "#!  The mail server's hold"},
    /* Worse answers. */
    {OVER_OPENDMARC, "RejectString no mail of %s",
     "\n#!  Now the text of every refusal, not of those by DMARC alone.", NULL},
    /* Rules: section 7.1, and RFC 6376 section 6.1. */
    {OVER_POLICYD_SPF, "Mail_From_reject = Fail", STRICTER, NULL},
    {OVER_POLICYD_SPF, "Mail_From_reject = Fail",
     "RFC 9989 section 7.1 warns of that", NULL},
    {OVER_POLICYD_SPF, "Mail_From_reject = Fail",
     "    action: reject\n    reason: \"Mail_From_reject of policyd-spf\"\n"
     "    reply: \"SPF: the record of the sender's domain does not name "
     "this "
     "host\"\n",
     NULL},
    {OVER_POLICYD_SPF, "Reject_Not_Pass_Domains = a.example\nNo_Mail = True",
     STRICTER " A rule of their own", NULL},
    {OVER_POLICYD_SPF, "Reject_Not_Pass_Domains = a.example",
     "    reason: \"Reject_Not_Pass_Domains of policyd-spf\"\n    reply: "
     "\"SPF",
     NULL},
    {OVER_POLICYD_SPF, "TempError_Defer = True", STRICTER " Put off", NULL},
    {OVER_POLICYD_SPF, "TempError_Defer = True",
     "    action: tempfail\n    reason: \"TempError_Defer of "
     "policyd-spf\"\n"
     "    reply: \"SPF could not be evaluated now; try again later\"\n",
     NULL},
    {OVER_OPENDKIM, "On-BadSignature r", "(RFC 6376 section 6.1)", NULL},
    {OVER_OPENDKIM, "On-BadSignature r", STRICTER " A signature fails", NULL},
    {OVER_OPENDKIM, "On-BadSignature r",
     "    action: reject\n    reason: \"On-BadSignature of OpenDKIM\"\n"
     "    reply: \"DKIM: a signature of the message does not verify\"\n",
     NULL},
    {OVER_OPENDKIM, "On-KeyNotFound r", STRICTER " Wider", NULL},
    {OVER_OPENDKIM, "On-NoSignature r", STRICTER " Much honest", NULL},
    {OVER_OPENDKIM, "On-DNSError t", STRICTER " Without the rule", NULL},
    {OVER_OPENDKIM, "On-DNSError t",
     "    reply: \"DKIM: the key of a signature could not be looked up "
     "now\"\n",
     NULL},
    {OVER_OPENDKIM, "On-Default q",
     "    action: hold\n    reason: \"On-NoSignature of OpenDKIM\"\n",
     "    reply:"},
    {OVER_OPENDKIM, "On-BadSignature discard",
     STRICTER " Thrown away, though the sender is told that it was taken",
     NULL},
    {OVER_OPENDKIM, "On-Default a", "no rule is needed", "#!  Stricter"},
    /* And what anybody can use. */
    {OVER_OPENDMARC, "IgnoreMailFrom a.example",
     "\n#!  Mail in these names was not judged at all", NULL},
    /* Which of the two is a test. */
    {OVER_POLICYD_SPF, "TestOnly = 1", "1 is normal service, 0 a test", NULL},
    /* Told only of a word that stands there. */
    {OVER_OPENDMARC, "TrustedAuthservIDs HOSTNAME,gw.receiver.example",
     "HOSTNAME is ours already.", NULL},
    {OVER_OPENDMARC, "TrustedAuthservIDs gw.receiver.example",
     "such fields are removed", "HOSTNAME is ours"},
    {OVER_OPENDKIM, "RemoveARFrom HOSTNAME", "HOSTNAME is ours already.",
     "Left out"},
};

static void
test_marks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct over *over = over_new();
		over_check_read(over, cases[i].program, cases[i].text);
		over_check(over, cases[i].text, cases[i].want, cases[i].lacks);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_marks)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
