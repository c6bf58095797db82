/*
 * policyd-spf (pypolicyd-spf, spf-engine): policyd-spf.conf(5) of 3.0.4.  What
 * it refuses becomes rules, as our own policy never refuses for SPF alone.
 */
#include <string.h>

#include "milter/cli/over/parts.h"

/* --- one identity's results that are refused --- */

/* "fail, softfail, ..." of a value of HELO_reject or Mail_From_reject; "" for
   none. */
static const char *
refused(struct str value)
{
	if (str_is(value, "SPF_Not_Pass"))
		return "fail, softfail, neutral";
	if (str_is(value, "Softfail"))
		return "fail, softfail";
	return str_is(value, "Fail") || str_is(value, "Null") ? "fail" : "";
}

static struct str
value_or(const struct over_option *option, const char *otherwise)
{
	return option != NULL ? option->value : str_of(otherwise);
}

/* "not-client: [...]\n", "not-client-name: [...]\n" */
static struct str
exceptions(struct over *over)
{
	static const struct {
		const char *option, *keyword, *before;
	} lists[] = {{"Whitelist", "not-client", NULL},
		     {"Domain_Whitelist_PTR", "not-client-name", "."},
		     {"HELO_Whitelist", "not-client-name", ""}};
	bool ptr = over_find(over, "Domain_Whitelist_PTR") != NULL;
	struct buf out;

	buf_init(&out, over->arena);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		const struct over_option *option =
		    over_find(over, lists[i].option);
		if (option == NULL || (i == 2 && ptr))
			continue;
		struct str list =
		    lists[i].before == NULL
			? over_rule_networks(over, option)
			: over_rule_domains(over, option, lists[i].before);
		if (list.n > 0)
			buf_printf(&out, "%s: %.*s\n", lists[i].keyword,
				   STR_ARG(list));
	}
	return buf_str(&out);
}

/* reply: what the sender is told. */
static void
add_rule(struct over *over, const struct over_option *option, const char *why,
	 const char *name, const char *results, const char *action,
	 const char *reply, struct str more)
{
	const struct over_option *test = over_find(over, "TestOnly");
	const struct over_option *seed = over_find(over, "defaultSeedOnly");
	bool trying = over_is(test, "0") || over_is(seed, "0");

	over_rule(over, option, why,
		  arena_printf(over->arena,
			       "name: %s\nspf: [%s]\n%.*saction: %s\n%s"
			       "reason: \"%.*s of policyd-spf\"\n"
			       "reply: \"%s\"\n",
			       name, results, STR_ARG(more), action,
			       trying ? "mode: monitor\n" : "",
			       STR_ARG(option->name), reply));
	if (!trying)
		over_acts(over, option->name.p);
}

/* --- rows that finish() puts together --- */

/* Told there, beside the rule that it is a part of. */
static void
take_later(struct over *over, const struct over_option *option)
{
	(void)over;
	(void)option;
}

static void
take_helo(struct over *over, const struct over_option *option)
{
	over_note(over, OVER_NOTHING, option,
		  "One SPF result a message, as DMARC wants it: of MAIL FROM, "
		  "and of HELO only where the path is null. The rules below "
		  "\"rules\" take that one; HELO of other mail is not looked "
		  "at.");
}

static void
take_test_only(struct over *over, const struct over_option *option)
{
	over_note(over, over_is(option, "0") ? OVER_RULES : OVER_NOTHING,
		  option,
		  over_is(option, "0")
		      ? "Nothing was refused, so its rules are on trial: the "
			"log has monitored-rule. Remove \"mode: monitor\" "
			"from them to refuse."
		      : "1 is normal service, 0 a test: the rules from this "
			"file count as soon as mode is enforce.");
}

static void
take_authserv_id(struct over *over, const struct over_option *option)
{
	const struct over_option *type = over_find(over, "Header_Type");

	if (type != NULL && str_starts(type->value, str_lit("AR")))
		over_take_authserv_id(over, option);
	else
		over_note(over, OVER_NOTHING, option,
			  "Not in use: Header_Type is not AR.");
}

static void
take_lookup_time(struct over *over, const struct over_option *option)
{
	uint64_t seconds;

	if (!str_uint(option->value, 240, &seconds) || seconds == 0)
		over_mark(over, OVER_NOTHING, option,
			  "Outside of 1 to 240 seconds: limits.spf-time stays "
			  "at its default, 20s.");
	else
		over_set(over, OVER_SPF_TIME, option,
			 arena_printf(over->arena, "%us", (unsigned)seconds),
			 "Time for SPF; limits.message-time (30s) bounds all "
			 "checks together.");
}

static void
take_whitelist(struct over *over, const struct over_option *option)
{
	over_note(over, OVER_RULES, option,
		  "Not refused for SPF. A backup MX or gateway of yours "
		  "belongs in trusted-relays besides, a forwarder in "
		  "forwarders, as its network or as name:*.DOMAIN: then DMARC "
		  "knows of them, too.");
}

static void
take_helo_whitelist(struct over *over, const struct over_option *option)
{
	if (over_find(over, "Domain_Whitelist_PTR") != NULL)
		over_mark(over, OVER_RULES, option,
			  "Not taken over, since a rule has one list of names: "
			  "add them to not-client-name.");
	else
		over_note(over, OVER_RULES, option,
			  "By the client's confirmed name, since HELO is its "
			  "own word.");
}

static void
take_domain_whitelist(struct over *over, const struct over_option *option)
{
	over_spf_domains(over, OVER_FORWARDERS, option, option->row->why);
}

#define RESTRICTION                                                          \
	"Postfix's restriction classes cannot be had from a milter. A rule " \
	"with spf-domain lets known senders in."
#define MILTER "Of its milter front end; verdict-milter has its own."

static const struct over_row rows[] = {
    {"debugLevel", NULL, "log: level, or verdict trace on DOMAIN."},
    {"TestOnly", take_test_only, NULL},
    {"defaultSeedOnly", take_test_only, NULL},
    {"HELO_reject", take_helo, NULL},
    {"HELO_pass_restriction", NULL, RESTRICTION},
    {"Mail_From_reject", take_later, NULL},
    {"Mail_From_pass_restriction", NULL, RESTRICTION},
    {"No_Mail", take_later, NULL},
    {"Reject_Not_Pass_Domains", take_later, NULL},
    {"PermError_reject", take_later, NULL},
    {"TempError_Defer", take_later, NULL},
    {"Prospective", NULL, "Inbound mail only is looked at."},
    {"skip_addresses", over_take_hosts,
     "Hosts of your own: nothing of their mail is checked."},
    {"Whitelist", take_whitelist, NULL},
    {"HELO_Whitelist", take_helo_whitelist, NULL},
    {"Domain_Whitelist", take_domain_whitelist,
     "Clients whom SPF of these domains passes: what fails DMARC from them is "
     "not refused. The rules below \"rules\" refuse for SPF all the same: "
     "\"not-shape: [forwarded, list]\" in them spares what fails DMARC."},
    {"Domain_Whitelist_PTR", take_whitelist, NULL},
    {"SPF_Enhanced_Status_Codes", NULL,
     "Replies have the codes of RFC 7372 always."},
    {"Header_Type", NULL,
     "Results stand in Authentication-Results always; no Received-SPF is "
     "written, and no X-Comment."},
    {"Hide_Receiver", NULL, "The field names no recipient."},
    {"Authserv_Id", take_authserv_id, NULL},
    {"Lookup_Time", take_lookup_time, NULL},
    {"Whitelist_Lookup_Time", NULL,
     "limits.zone-time bounds what the spf: names of a list take."},
    {"Void_Limit", NULL, "Always 2, as RFC 7208 section 4.6.4 says."},
    {"Mock", NULL, "Not needed: the results are in one place."},
    {"QueueID", NULL, "The log line and each reply have it always."},
    {"Reason_Message", NULL,
     "Refusals tell the reason; reply-text makes another text of it."},
    {"Per_User", NULL, "No settings for each user; rules can name recipients."},
    {"Socket", over_take_socket, NULL},
    {"PidFile", NULL, MILTER},
    {"UserID", NULL, MILTER},
    {"UMask", NULL, MILTER},
    {"InternalHosts", over_take_hosts,
     "Hosts of your own: nothing of their mail is checked."},
    {"IntHosts", NULL, MILTER},
    {"MacroList", NULL,
     "Users with SMTP AUTH are not checked, whatever macros say."},
    {NULL, NULL, NULL}};

/* --- what they say together --- */

static bool
is_true(const struct over_option *option)
{
	return option != NULL && str_is(option->value, "True");
}

#define STRICTER "Stricter than DMARC; most sites drop this rule. "
#define REPLY "SPF: the record of the sender's domain does not name this host"

/* Notes of options that are a part of the rules. */
static void
tell_parts(struct over *over, bool refuses)
{
	const struct over_option *option;

	option = over_find(over, "PermError_reject");
	if (option != NULL)
		over_note(over, OVER_RULES, option,
			  is_true(option) && refuses
			      ? "In the list of results below."
			      : "Not refused, as before.");
	option = over_find(over, "TempError_Defer");
	if (option != NULL && !(is_true(option) && refuses))
		over_note(over, OVER_RULES, option,
			  "Not put off for SPF alone; on-temperror does so "
			  "where DMARC needs the result.");
}

static void
finish_domains(struct over *over, struct str more)
{
	const struct over_option *option =
	    over_find(over, "Reject_Not_Pass_Domains");
	struct str domains =
	    option != NULL ? over_rule_domains(over, option, "") : str_empty();

	if (domains.n > 0)
		add_rule(over, option,
			 STRICTER "A rule of their own, for MAIL FROM: "
				  "forwarded mail in these names is refused, "
				  "signed or not.",
			 "policyd-spf-domains", "fail, softfail, neutral",
			 "reject", REPLY,
			 arena_printf(over->arena, "mail-from: %.*s\n%.*s",
				      STR_ARG(domains), STR_ARG(more)));
	else if (option != NULL)
		over_note(over, OVER_NOTHING, option, "No domain.");
}

static void
finish(struct over *over)
{
	const struct over_option *reject = over_find(over, "Mail_From_reject");
	const char *results = refused(value_or(reject, "Fail"));
	struct over_option unset = {.name = STR("Mail_From_reject"),
				    .value = STR("Fail"),
				    .file = "not set, its default"};
	const struct over_option *told = reject != NULL ? reject : &unset;
	bool refuses = results[0] != '\0';
	struct str more = exceptions(over);
	const struct over_option *no_mail = over_find(over, "No_Mail");

	tell_parts(over, refuses);
	finish_domains(over, more);
	if (over_is(no_mail, "False"))
		over_note(over, OVER_NOTHING, no_mail,
			  "Refused is whatever the rules name, as before.");
	if (no_mail != NULL && !over_is(no_mail, "False")) {
		over_mark(over, OVER_NOTHING, no_mail,
			  "Refused was only where the record says \"v=spf1 "
			  "-all\", which no rule can ask for; so no rule "
			  "refuses for SPF.");
		over_note(over, OVER_NOTHING, told, "As No_Mail says.");
		return;
	}
	if (!refuses) {
		over_note(over, OVER_NOTHING, told,
			  "Nothing is refused for SPF alone, as is our "
			  "default.");
		return;
	}
	add_rule(over, told,
		 STRICTER "Mail that fails SPF was refused before DKIM was "
			  "looked at, forwarded mail with it; RFC 9989 section "
			  "7.1 warns of that. \"dmarc: [none, fail]\" in the "
			  "rule spares what DKIM proves.",
		 "policyd-spf-reject",
		 is_true(over_find(over, "PermError_reject"))
		     ? arena_printf(over->arena, "%s, permerror", results).p
		     : results,
		 "reject", REPLY, more);
	if (is_true(over_find(over, "TempError_Defer")))
		add_rule(over, over_find(over, "TempError_Defer"),
			 STRICTER "Put off, also what DKIM proves, without an "
				  "end of its own; deferrals bounds what "
				  "on-temperror puts off alone.",
			 "policyd-spf-defer", "temperror", "tempfail",
			 "SPF could not be evaluated now; try again later",
			 more);
}

const struct over_translator over_policyd_spf = {
    .name = "policyd-spf", .equals = true, .row = rows, .finish = finish};
