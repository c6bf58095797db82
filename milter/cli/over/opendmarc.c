/* OpenDMARC: opendmarc.conf(5) of 1.4.2, and what older versions had. */
#include "milter/cli/over/parts.h"
#include "policy/reply.h"

/* --- what is done --- */

static void
take_reject_failures(struct over *over, const struct over_option *option)
{
	if (!over_yes(option)) {
		over_note(over, OVER_ON_REJECT, option,
			  "Nothing was refused, as in mode: monitor. In "
			  "enforce the default, reject-unless-indirect, "
			  "counts.");
		return;
	}
	over_acts(over, "RejectFailures");
	over_set_marked(
	    over, OVER_ON_REJECT, option, str_lit("reject"),
	    "All that fails under a policy of reject was refused. RFC 9989 "
	    "section 7.4 advises against that: reject-unless-indirect, the "
	    "default, spares mailing lists and forwarders. pct is no longer "
	    "looked at.");
	over_set(over, OVER_ON_TEMPERROR, option, str_lit("tempfail"),
		 "What could not be evaluated was put off. Here that ends "
		 "after a while: deferrals, deferral-time.");
	if (over_find(over, "HoldQuarantinedMessages") == NULL)
		over_set(over, OVER_ON_QUARANTINE, NULL, str_lit("tag"),
			 "HoldQuarantinedMessages is not set: such mail was "
			 "delivered, and what came after read the results. "
			 "enforce wants tag-filed: yes, once delivery files "
			 "mail that bears X-Verdict-Action.");
}

static void
take_hold(struct over *over, const struct over_option *option)
{
	if (over_yes(option)) {
		over_acts(over, "HoldQuarantinedMessages");
		over_set(over, OVER_ON_QUARANTINE, option, str_lit("hold"),
			 "The mail server's hold queue, as before.");
		return;
	}
	over_set(over, OVER_ON_QUARANTINE, option, str_lit("tag"),
		 "Such mail was delivered, and what came after read the "
		 "results. enforce wants tag-filed: yes, once delivery files "
		 "mail that bears X-Verdict-Action.");
}

/* "%s" stands for the From domain. */
static void
take_reject_string(struct over *over, const struct over_option *option)
{
	struct str rest = option->value;
	struct buf line;
	bool ours = false; /* "%{...}", which said nothing there */

	buf_init(&line, over->arena);
	for (; rest.n > 0; rest = str_from(rest, 1)) {
		if (str_starts(rest, str_lit("%s"))) {
			buf_adds(&line, "%{from-domain}");
			rest = str_from(rest, 1);
		} else {
			ours = ours || str_starts(rest, str_lit("%{"));
			buf_addc(&line, rest.p[0]);
		}
	}
	const char *fault = ours ? "holds \"%{\", which begins a variable"
				 : reply_line_fault(buf_str(&line));
	if (fault != NULL)
		over_mark(over, OVER_NOTHING, option,
			  "No line of reply-text: it %s.", fault);
	else
		over_set_marked(
		    over, OVER_REPLY_TEXT, option, buf_str(&line),
		    "Now the text of every refusal, not of those by DMARC "
		    "alone. Without it the sender is told what fails and how "
		    "to mend it: drop it, or say %{reason} in it. The queue "
		    "id is added.");
}

static void
take_required_headers(struct over *over, const struct over_option *option)
{
	if (over_yes(option)) {
		over_acts(over, "RequiredHeaders");
		over_set(over, OVER_ON_BAD_FROM, option, str_lit("reject"),
			 "A missing or unusable From is refused. How often "
			 "other fields stand there is not looked at.");
	} else {
		over_note(over, OVER_ON_BAD_FROM, option,
			  "Mail without a usable From was let in; the default "
			  "here is reject, since no policy can be found for "
			  "it. on-bad-from: accept lets it in.");
	}
}

static void
take_several_from(struct over *over, const struct over_option *option)
{
	if (over_yes(option)) {
		over_acts(over, "RejectMultiValueFrom");
		over_note(over, OVER_ON_BAD_FROM, option,
			  "Several domains in From are all judged, and the "
			  "strictest policy that fails counts; over four are "
			  "a bad From.");
	} else {
		over_note(over, OVER_NOTHING, option,
			  "Such mail was let in unjudged; here each domain is "
			  "judged (RFC 9989 section 4.2).");
	}
}

static void
take_ignore_mail_from(struct over *over, const struct over_option *option)
{
	struct str domains = over_rule_domains(over, option, "");

	if (domains.n == 0) {
		over_note(over, OVER_NOTHING, option, "No domain.");
		return;
	}
	over_mild_rule(
	    over, option,
	    "Mail in these names was not judged at all by OpenDMARC, so "
	    "anybody may write in them, as the start warns. Better: prove who "
	    "sends (client, spf-domain or dkim-domain in place of "
	    "unauthenticated), or drop the rule. It stands last, so that what "
	    "other rules "
	    "refuse is refused still.",
	    arena_printf(over->arena,
			 "name: opendmarc-ignored\nfrom: %.*s\n"
			 "action: accept\nunauthenticated: yes\n",
			 STR_ARG(domains)));
}

/* --- hosts and names --- */

static void
take_ignore_hosts(struct over *over, const struct over_option *option)
{
	struct over_option file = *option;

	file.is_path = true;
	over_take_hosts(over, &file);
}

static void
take_whitelist(struct over *over, const struct over_option *option)
{
	over_domains(over, OVER_TRUSTED_SEALERS, option, option->row->why);
}

static void
take_whitelist_file(struct over *over, const struct over_option *option)
{
	struct over_option file = *option;

	file.is_path = true;
	take_whitelist(over, &file);
}

static void
take_trusted_ids(struct over *over, const struct over_option *option)
{
	over_domains(over, OVER_STRIP_IDS, option, option->row->why);
}

static void
take_authenticated(struct over *over, const struct over_option *option)
{
	if (over_yes(option))
		over_note(over, OVER_NOTHING, option,
			  "Always so: users with SMTP AUTH are not checked.");
	else
		over_mark(over, OVER_NOTHING, option,
			  "Their mail was judged; here users with SMTP AUTH "
			  "are not checked. A rule with smtp-auth: yes can "
			  "still judge them.");
}

#define REPORTS                                                     \
	"Not yet: verdict-milter sends no reports. Who needs them " \
	"leaves OpenDMARC running for them, with RejectFailures false."
#define PROCESS "The service manager does that (see verdict-milter(8))."
#define SEALERS                                                                \
	"Where the newest seals of a valid ARC chain are theirs and they say " \
	"dmarc=pass for the From domain, a DMARC failure is accepted."

static const struct over_row rows[] = {
    {"AuthservID", over_take_authserv_id, NULL},
    {"AuthservIDWithJobID", NULL,
     "Not needed: fields are told apart by their place, and what was forged "
     "is removed. The log line has the queue id."},
    {"AutoRestart*", NULL, PROCESS},
    {"Background", NULL, PROCESS},
    {"BaseDirectory", NULL,
     "Paths are full ones here; lists below it were looked for there."},
    {"ChangeRootDirectory", NULL, "The unit's sandbox takes its place."},
    {"CopyFailuresTo", NULL,
     "No copies are sent; on-quarantine: hold keeps the message itself."},
    {"DomainWhitelist", take_whitelist, SEALERS},
    {"DomainWhitelistFile", take_whitelist_file, SEALERS},
    {"DomainWhitelistSize", NULL, "Lists have no size to be set."},
    {"DNSTimeout", over_take_dns_timeout, NULL},
    {"EnableCoredumps", NULL, PROCESS},
    {"FailureReports*", NULL, REPORTS},
    {"ForensicReports*", NULL, REPORTS},
    {"HistoryFile", NULL, REPORTS},
    {"HoldQuarantinedMessages", take_hold, NULL},
    {"IgnoreAuthenticatedClients", take_authenticated, NULL},
    {"IgnoreHosts", take_ignore_hosts,
     "Their mail is not checked, and forged results are still removed."},
    {"IgnoreMailFrom", take_ignore_mail_from, NULL},
    {"IgnoreMailTo", NULL, REPORTS},
    {"MilterDebug", NULL, "log: level: debug, or verdict trace on DOMAIN."},
    {"PidFile", NULL,
     "Not needed below a service manager; else pid-file, another one."},
    {"PublicSuffixList", NULL,
     "The organization is found by the tree walk of RFC 9989, which needs no "
     "list. The system's own (package publicsuffix) serves to refuse "
     "broad lists."},
    {"RecordAllMessages", NULL, REPORTS},
    {"RejectFailures", take_reject_failures, NULL},
    {"RejectMultiValueFrom", take_several_from, NULL},
    {"RejectString", take_reject_string, NULL},
    {"ReportCommand", NULL, REPORTS},
    {"RequiredHeaders", take_required_headers, NULL},
    {"Socket", over_take_socket, NULL},
    {"SoftwareHeader", NULL, "No field but Authentication-Results is written."},
    {"SPFIgnoreResults", NULL,
     "Always so: no result is taken from a header field."},
    {"SPFSelfValidate", NULL,
     "Always so: SPF is evaluated here, for every message."},
    {"Syslog", NULL,
     "One line a message always: log: target and level say where."},
    {"SyslogFacility", over_take_facility, NULL},
    {"TemporaryDirectory", NULL, "No temporary files are written."},
    {"TestDNSData", NULL, "For OpenDMARC's own tests."},
    {"TrustedAuthservIDs", take_trusted_ids,
     "Results under these names were believed. Here none are, and whoever "
     "writes under them from outside forges: such fields are removed. Where "
     "a gateway of yours writes them, name it in trusted-relays."},
    {"UMask", NULL, "A unix socket has socket-mode and socket-group."},
    {"UserID", NULL,
     "An own user, not this one: the package and the unit bring verdict; "
     "else user."},
    {NULL, NULL, NULL}};

static void
finish(struct over *over)
{
	if (over_find(over, "AuthservID") == NULL)
		over_note(over, OVER_AUTHSERV_ID, NULL,
			  "AuthservID is not set: OpenDMARC has the mail "
			  "server's name (Postfix: myhostname); the default "
			  "here is this host's.");
	if (over_find(over, "RejectFailures") == NULL)
		over_note(over, OVER_ON_REJECT, NULL,
			  "RejectFailures is not set: nothing was refused, as "
			  "in mode: monitor. In enforce the default, "
			  "reject-unless-indirect, counts.");
}

const struct over_translator over_opendmarc = {
    .name = "OpenDMARC", .nocase = true, .row = rows, .finish = finish};
