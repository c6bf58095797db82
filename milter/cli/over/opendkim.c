/*
 * OpenDKIM, its verifying part: opendkim.conf(5) of 2.11.0, and what older
 * versions had.  What signs stays with OpenDKIM.
 */
#include <string.h>

#include "milter/cli/over/parts.h"

/* --- On-...: what is done with a result --- */

/* NULL: nothing; the value may be its first letter. */
static const char *
action_of(const struct over_option *option)
{
	struct str value = option != NULL ? option->value : str_empty();

	switch (value.n > 0 ? ascii_lower(value.p[0]) : 'a') {
	case 'r':
		return "reject";
	case 'd':
		return "discard";
	case 't':
		return "tempfail";
	case 'q':
		return "hold";
	default:
		return NULL;
	}
}

static const char *
discards(const struct over_option *option)
{
	return over_is(option, "d") || over_is(option, "discard")
		   ? "Thrown away, though the sender is told that it was "
		     "taken, as before: reject tells who may have to know. "
		   : "";
}

/* The line of the rule that tells the sender why, where it is told anything. */
static const char *
reply_of(const char *action, const char *reply, struct arena *arena)
{
	bool told =
	    strcmp(action, "reject") == 0 || strcmp(action, "tempfail") == 0;

	return told ? arena_printf(arena, "reply: \"%s\"\n", reply).p : "";
}

/* action: NULL none; result: the word of a rule's dkim; why: what is
   different. */
static void
add_rule(struct over *over, const struct over_option *option,
	 const char *action, const char *name, const char *result,
	 const char *why, const char *reply)
{
	bool none = str_is(str_of(result), "none");

	if (action == NULL) {
		over_note(over, OVER_NOTHING, option,
			  "Let in, as here: no rule is needed.");
		return;
	}
	over_acts(over, name);
	over_rule(over, option,
		  arena_printf(over->arena,
			       "Stricter than DMARC; most sites drop this "
			       "rule. %s%s",
			       discards(option), why)
		      .p,
		  arena_printf(over->arena,
			       "name: opendkim-%s\ndkim: %s\n%saction: %s\n"
			       "reason: \"%s of OpenDKIM\"\n%s",
			       result, result, none ? "" : "not-dkim: pass\n",
			       action, name,
			       reply_of(action, reply, over->arena)));
}

static void
add_bad_signature(struct over *over, const struct over_option *option,
		  const char *action)
{
	add_rule(over, option, action, "On-BadSignature", "fail",
		 "A signature fails and none passes, which is worth no less "
		 "than no signature (RFC 6376 section 6.1). The key's test "
		 "flag (t=y) excuses none here.",
		 "DKIM: a signature of the message does not verify");
}

static void
take_bad_signature(struct over *over, const struct over_option *option)
{
	add_bad_signature(over, option, action_of(option));
}

static void
take_no_key(struct over *over, const struct over_option *option)
{
	add_rule(over, option, action_of(option), "On-KeyNotFound", "permerror",
		 "Wider: permerror is a key that is gone, and also a signature "
		 "or key that is wrong, weak or expired.",
		 "DKIM: the key or the form of a signature is not usable");
}

static void
take_no_signature(struct over *over, const struct over_option *option)
{
	add_rule(over, option, action_of(option), "On-NoSignature", "none",
		 "Much honest mail is unsigned; \"dmarc: [none, fail]\" "
		 "in the rule spares what SPF proves.",
		 "DKIM: the message has no signature");
}

static void
take_dns_error(struct over *over, const struct over_option *option)
{
	add_rule(over, option, action_of(option), "On-DNSError", "temperror",
		 "Without the rule on-temperror puts off only mail whose "
		 "DMARC policy needs the key.",
		 "DKIM: the key of a signature could not be looked up now");
}

/* It stands for those that are not set themselves. */
static void
take_default(struct over *over, const struct over_option *option)
{
	static const struct {
		const char *name;
		void (*take)(struct over *, const struct over_option *);
	} parts[] = {{"On-BadSignature", take_bad_signature},
		     {"On-KeyNotFound", take_no_key},
		     {"On-NoSignature", take_no_signature},
		     {"On-DNSError", take_dns_error}};

	if (action_of(option) == NULL) {
		over_note(over, OVER_NOTHING, option,
			  "Let in, as here: no rule is needed.");
		return;
	}
	over_note(over, OVER_RULES, option,
		  "For each of the following that is not set itself.");
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (over_find(over, parts[i].name) == NULL)
			parts[i].take(over, option);
	}
}

static void
take_quarantine(struct over *over, const struct over_option *option)
{
	if (!over_yes(option))
		over_note(over, OVER_NOTHING, option, "The same: nothing.");
	else if (over_find(over, "On-BadSignature") != NULL ||
		 action_of(over_find(over, "On-Default")) != NULL)
		over_mark(over, OVER_NOTHING, option,
			  "On-BadSignature or On-Default says what is done.");
	else
		add_bad_signature(over, option, "hold");
}

/* --- single values --- */

static void
take_signatures(struct over *over, const struct over_option *option)
{
	uint64_t n;

	if (str_uint(option->value, 20, &n) && n > 0)
		over_set(over, OVER_SIGNATURES, option, option->value,
			 "DKIM signatures that are tried, those of the From "
			 "domain first.");
	else
		over_mark(over, OVER_NOTHING, option,
			  "Outside of 1 to 20: limits.signatures stays at its "
			  "default, 10.");
}

static void
take_header_bytes(struct over *over, const struct over_option *option)
{
	uint64_t n;

	if (str_uint(option->value, 16 * 1024 * 1024, &n) && n >= 16 * 1024)
		over_set(over, OVER_HEADER_BYTES, option, option->value,
			 "A larger header is refused (on-oversize-header), as "
			 "before.");
	else
		over_mark(over, OVER_NOTHING, option,
			  "Outside of 16k to 16M: limits.header-bytes stays at "
			  "its default, 1M.");
}

static void
take_key_bits(struct over *over, const struct over_option *option)
{
	uint64_t n;
	bool known = str_uint(option->value, 1 << 20, &n);

	if (known && n == 1024)
		over_note(over, OVER_NOTHING, option, "Always so (RFC 8301).");
	else
		over_mark(over, OVER_NOTHING, option,
			  "RSA keys of 1024 to 8192 bits verify, others never "
			  "do (RFC 8301); there is no other bound.");
}

static void
take_minimum(struct over *over, const struct over_option *option)
{
	bool whole = over_is(option, "100%") || over_is(option, "0+");

	if (whole)
		over_set(over, OVER_PARTIAL_BODY, option, str_lit("no"),
			 "The whole body must be signed, as before.");
	else
		over_mark(over, OVER_PARTIAL_BODY, option,
			  "A signature over a part of the body (l=) passed. "
			  "Here none does, since anybody can add to such "
			  "mail; dkim-allow-partial-body: yes lets all of "
			  "them pass, however small the part.");
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
			  "The default here is reject; on-bad-from: accept "
			  "lets such mail in.");
	}
}

static void
take_mode(struct over *over, const struct over_option *option)
{
	struct str value = option->value;
	bool signs = str_chr(value, 's') < value.n;

	if (str_chr(value, 'v') == value.n)
		over_mark(over, OVER_NOTHING, option,
			  "It only signs and verifies nothing: it stays as it "
			  "is, and nothing of it belongs here.");
	else if (signs)
		over_note(over, OVER_NOTHING, option,
			  "For signing OpenDKIM stays: set its Mode to s once "
			  "verdict-milter verifies.");
	else
		over_note(over, OVER_NOTHING, option,
			  "OpenDKIM can go once verdict-milter verifies.");
}

/* --- lists --- */

static void
take_nameservers(struct over *over, const struct over_option *option)
{
	over_servers(over, option, option->row->why);
}

static void
take_remove_from(struct over *over, const struct over_option *option)
{
	over_domains(over, OVER_STRIP_IDS, option, option->row->why);
}

/* What is a host of ours already needs no second word. */
static void
take_external(struct over *over, const struct over_option *option)
{
	const struct over_option *internal = over_find(over, "InternalHosts");

	if (internal != NULL && str_eq(internal->value, option->value))
		over_note(over, OVER_INTERNAL_NETWORKS, option,
			  "The same list as InternalHosts.");
	else
		over_networks(over, OVER_FORWARDERS, option, option->row->why);
}

#define PROCESS "The service manager does that (see verdict-milter(8))."
#define SIGNING "Signing stays with OpenDKIM."
#define LDAP "No lists are read from LDAP: files are, for rules."
#define SCRIPT "No Lua scripts: rules take their place, as far as they go."
#define REPORTS "No reports are sent yet."
#define EXPERIMENT "No counterpart: experimental there as well."
#define ADSP "ADSP is historic; DMARC takes its place."

static const struct over_row rows[] = {
    {"ADSP*", NULL, ADSP},
    {"AddAllSignatureResults", NULL, "Always so."},
    {"AllowSHA1Only", NULL, "rsa-sha1 never verifies (RFC 8301)."},
    {"AlwaysAddARHeader", NULL, "Always so."},
    {"ATPS*", NULL, EXPERIMENT},
    {"AuthservID", over_take_authserv_id, NULL},
    {"AuthservIDWithJobID", NULL,
     "Not needed: fields are told apart by their place, and what was forged "
     "is removed. The log line has the queue id."},
    {"AutoRestart*", NULL, PROCESS},
    {"Background", NULL, PROCESS},
    {"BaseDirectory", NULL,
     "Paths are full ones here; lists below it were looked for there."},
    {"BodyLengthDB", NULL, SIGNING},
    {"BogusKey", NULL,
     "A validating resolver withholds forged answers: the key cannot be "
     "found, which is temperror."},
    {"BogusPolicy", NULL, ADSP},
    {"Canonicalization", NULL, SIGNING},
    {"CaptureUnknownErrors", NULL,
     "Errors of its own put mail off (451); nothing is held for them."},
    {"ChangeRootDirectory", NULL, "The unit's sandbox takes its place."},
    {"ClockDrift", over_take_clock, NULL},
    {"DefaultSender", NULL, SIGNING},
    {"Diagnostics", NULL, SIGNING},
    {"DiagnosticDirectory", NULL,
     "z= is not looked at; verdict check explains a message."},
    {"DisableADSP", NULL, ADSP},
    {"DisableCryptoInit", NULL, PROCESS},
    {"DKIMReputation*", NULL, EXPERIMENT},
    {"DNSConnect", NULL, "UDP first, TCP where an answer is cut."},
    {"DNSTimeout", over_take_dns_timeout, NULL},
    {"Domain", NULL, SIGNING},
    {"DomainKeysCompat", NULL, "DomainKeys (RFC 4870) is historic."},
    {"DontSignMailTo", NULL, SIGNING},
    {"EnableCoredumps", NULL, PROCESS},
    {"ExemptDomains", NULL,
     "No mail is exempt by a name that anybody can write: a rule that proves "
     "who sends (client, spf-domain) can let it in."},
    {"ExternalIgnoreList", take_external,
     "They send in names of yours from outside: their mail is checked, and "
     "what fails DMARC is not refused for it."},
    {"FinalPolicyScript", NULL, SCRIPT},
    {"FixCRLF", NULL,
     "What is judged is what is delivered: Postfix must not let bare line "
     "ends in (verdict config --mta says so)."},
    {"FlowData*", NULL, EXPERIMENT},
    {"IdentityHeader*", NULL, EXPERIMENT},
    {"IgnoreMalformedMail", NULL, "on-bad-from says what is done with it."},
    {"Insecure*", NULL, "No result depends on DNSSEC."},
    {"InternalHosts", over_take_hosts,
     "Their mail was signed, not verified: it is not checked."},
    {"KeepAuthResults", NULL, "Forged fields are always removed."},
    {"KeepTemporaryFiles", NULL, "No temporary files are written."},
    {"KeyFile", NULL, SIGNING},
    {"KeyTable", NULL, SIGNING},
    {"LDAP*", NULL, LDAP},
    {"LocalADSP", NULL, ADSP},
    {"LogResults", NULL, "The log line has them always."},
    {"LogWhy", NULL, "verdict trace on DOMAIN explains each step."},
    {"MacroList", NULL,
     "Users with SMTP AUTH are not checked, whatever macros say."},
    {"MaximumHeaders", take_header_bytes, NULL},
    {"MaximumSignaturesToVerify", take_signatures, NULL},
    {"MaximumSignedBytes", NULL, SIGNING},
    {"MilterDebug", NULL, "log: level: debug, or verdict trace on DOMAIN."},
    {"Minimum", take_minimum, NULL},
    {"MinimumKeyBits", take_key_bits, NULL},
    {"Mode", take_mode, NULL},
    {"MTA", NULL, SIGNING},
    {"MTACommand", NULL, REPORTS},
    {"MultipleSignatures", NULL, SIGNING},
    {"MustBeSigned", NULL,
     "From must be signed; no other field can be asked for."},
    {"Nameservers", take_nameservers,
     "A validating resolver on this host is best."},
    {"NoDiscardableMailTo", NULL, ADSP},
    {"NoHeaderB", NULL, "header.b is always written (RFC 6008)."},
    {"OmitHeaders", NULL, SIGNING},
    {"On-BadSignature", take_bad_signature, NULL},
    {"On-Default", take_default, NULL},
    {"On-DNSError", take_dns_error, NULL},
    {"On-InternalError", NULL, "Errors of its own put mail off (451)."},
    {"On-KeyNotFound", take_no_key, NULL},
    {"On-NoSignature", take_no_signature, NULL},
    {"On-PolicyError", NULL, ADSP},
    {"On-ReputationError", NULL, EXPERIMENT},
    {"On-Security", NULL,
     "Such mail is judged as it is delivered; a bad From is on-bad-from, a "
     "large header on-oversize-header."},
    {"On-SignatureError", NULL, SIGNING},
    {"OversignHeaders", NULL, SIGNING},
    {"PeerList", over_take_hosts, "Their mail is not checked."},
    {"PidFile", NULL,
     "Not needed below a service manager; else pid-file, another one."},
    {"POPDBFile", NULL, SIGNING},
    {"Quarantine", take_quarantine, NULL},
    {"QueryCache", NULL, "Always so: cache-size."},
    {"RateLimits", NULL, EXPERIMENT},
    {"RedirectFailuresTo", NULL,
     "Nothing is redirected; on-quarantine: hold keeps the message itself."},
    {"RemoveARAll", NULL,
     "Fields under our name and strip-ids go, whatever result they hold; "
     "foreign ones stay."},
    {"RemoveARFrom", take_remove_from,
     "Fields under these names are removed, each for itself: names below "
     "one (\".name\") must be written out."},
    {"RemoveOldSignatures", NULL, SIGNING},
    {"Replace*", NULL,
     "Nothing is undone: name the mail server's changes in "
     "address-rewriting."},
    {"ReportAddress", NULL, REPORTS},
    {"ReportBccAddress", NULL, REPORTS},
    {"Reputation*", NULL, EXPERIMENT},
    {"RequestReports", NULL, SIGNING},
    {"RequiredHeaders", take_required_headers, NULL},
    {"RequireSafeKeys", NULL, SIGNING},
    {"Resign*", NULL, SIGNING},
    {"ResolverConfiguration", NULL,
     "The resolver has its own configuration: name it in resolver."},
    {"ResolverTracing", NULL, "verdict cache show NAME, verdict status."},
    {"ScreenPolicyScript", NULL, SCRIPT},
    {"SelectCanonicalizationHeader", NULL, SIGNING},
    {"Selector", NULL, SIGNING},
    {"SendADSPReports", NULL, ADSP},
    {"SenderHeaders", NULL, SIGNING},
    {"SenderMacro", NULL, SIGNING},
    {"SendReports", NULL, REPORTS},
    {"SetupPolicyScript", NULL, SCRIPT},
    {"SignatureAlgorithm", NULL, SIGNING},
    {"SignatureTTL", NULL, SIGNING},
    {"SignHeaders", NULL, SIGNING},
    {"SigningTable", NULL, SIGNING},
    {"SingleAuthResult", NULL, "One field holds all results."},
    {"SMTPURI", NULL, REPORTS},
    {"Socket", over_take_socket, NULL},
    {"SoftStart", NULL, LDAP},
    {"SoftwareHeader", NULL, "No field but Authentication-Results is written."},
    {"Statistics*", NULL, "verdict metrics counts, for Prometheus."},
    {"StrictHeaders", NULL, "on-bad-from says what a bad From is worth."},
    {"StrictTestMode", NULL, "verdict check takes line ends as they are."},
    {"SubDomains", NULL, SIGNING},
    {"Syslog", NULL,
     "One line a message always: log: target and level say where."},
    {"SyslogFacility", over_take_facility, NULL},
    {"SyslogName", NULL, "Always verdict-milter."},
    {"SyslogSuccess", NULL, "Always so."},
    {"TemporaryDirectory", NULL, "No temporary files are written."},
    {"TestDNSData", NULL, "For OpenDKIM's own tests."},
    {"TestPublicKeys", NULL, "For OpenDKIM's own tests."},
    {"TrustAnchorFile", NULL,
     "DNSSEC is left to the resolver: use a validating one."},
    {"TrustSignaturesFrom", NULL,
     "For DMARC only aligned signatures count, of whatever domain; "
     "forwarder-domains has those that vouch for forwarded mail."},
    {"UMask", NULL, "A unix socket has socket-mode and socket-group."},
    {"UnboundConfigFile", NULL,
     "The resolver has its own configuration: name it in resolver."},
    {"Unprotected*", NULL, "No result depends on DNSSEC."},
    {"UserID", NULL,
     "An own user, not this one: the package and the unit bring verdict; "
     "else user."},
    {"VBR-*", NULL, "Vouch By Reference is not looked at."},
    {"WeakSyntaxChecks", NULL,
     "Every signature is verified, whatever From is like."},
    {"X-Header", NULL, "No field but Authentication-Results is written."},
    {NULL, NULL, NULL}};

static void
finish(struct over *over)
{
	if (over_find(over, "Mode") == NULL)
		over_note(over, OVER_NOTHING, NULL,
			  "Mode is not set: OpenDKIM signs and verifies. For "
			  "signing it stays, with Mode s once verdict-milter "
			  "verifies.");
}

const struct over_translator over_opendkim = {
    .name = "OpenDKIM", .nocase = true, .row = rows, .finish = finish};
