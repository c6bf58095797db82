/*
 * rspamd: its modules dmarc, spf, dkim, arc and milter_headers, and of its
 * options the addresses that it takes for its own and its name servers.
 * What it scores has no counterpart; it may stay, after verdict-milter
 * (contrib/postfix).
 */
#include <string.h>

#include "base/limits.h"
#include "config/file.h"
#include "milter/cli/over/parts.h"

/* --- what is done --- */

static bool
holds(const struct over_option *option, const char *word)
{
	struct str text = option->value;

	while (text.n > 0 && !str_starts_nocase(text, str_of(word)))
		text = str_from(text, 1);
	return text.n > 0;
}

/* "add header", "add_header", "rewrite subject": delivered with a mark. */
static bool
marks(const struct over_option *option)
{
	return holds(option, "add") || holds(option, "rewrite");
}

static void
take_reject(struct over *over, const struct over_option *option)
{
	if (over_is(option, "reject")) {
		over_acts(over, "dmarc actions reject");
		over_set_marked(
		    over, OVER_ON_REJECT, option, str_lit("reject"),
		    "All that fails under a policy of reject is refused. "
		    "RFC 9989 section 7.4 advises against that: "
		    "reject-unless-indirect, the default, spares mailing "
		    "lists and forwarders.");
	} else if (marks(option) || over_is(option, "quarantine")) {
		over_acts(over, "dmarc actions reject");
		over_set(over, OVER_ON_REJECT, option, str_lit("quarantine"),
			 "Not refused, but marked or kept: on-quarantine.");
	} else {
		over_mark(over, OVER_NOTHING, option,
			  "No action of ours: choose on-reject.");
	}
}

static void
take_quarantine(struct over *over, const struct over_option *option)
{
	if (marks(option)) {
		over_acts(over, "dmarc actions quarantine");
		over_set(over, OVER_ON_QUARANTINE, option, str_lit("tag"),
			 "Delivered with X-Verdict-Action. enforce wants "
			 "tag-filed: yes, once delivery files such mail.");
	} else if (over_is(option, "quarantine")) {
		over_acts(over, "dmarc actions quarantine");
		over_set(over, OVER_ON_QUARANTINE, option, str_lit("hold"),
			 "The mail server's hold queue.");
	} else if (over_is(option, "reject")) {
		over_acts(over, "dmarc actions quarantine");
		over_set_marked(
		    over, OVER_ON_QUARANTINE, option, str_lit("reject"),
		    "Refused, where the sender's policy asks only to keep it "
		    "from the inbox: hold, or tag with tag-filed: yes, does "
		    "that.");
	} else {
		over_mark(over, OVER_NOTHING, option,
			  "No action of ours: choose on-quarantine.");
	}
}

/* --- lists --- */

static void
take_relays(struct over *over, const struct over_option *option)
{
	over_networks(over, OVER_TRUSTED_RELAYS, option, option->row->why);
}

/* Whom rspamd checks by the client before them. */
static void
take_external_relays(struct over *over, const struct over_option *option)
{
	over->relays_judged = true;
	take_relays(over, option);
}

static void
take_sealers(struct over *over, const struct over_option *option)
{
	over_domains(over, OVER_TRUSTED_SEALERS, option, option->row->why);
}

static void
take_nameserver(struct over *over, const struct over_option *option)
{
	over_servers(over, option, option->row->why);
}

static void
take_max_sigs(struct over *over, const struct over_option *option)
{
	uint64_t n;

	if (str_uint(option->value, 20, &n) && n > 0)
		over_set(over, OVER_SIGNATURES, option, option->value,
			 "DKIM signatures that are tried.");
	else
		over_mark(over, OVER_NOTHING, option,
			  "Outside of 1 to 20: limits.signatures stays at its "
			  "default, 10.");
}

static void
take_use(struct over *over, const struct over_option *option)
{
	over_note(over, OVER_NOTHING, option,
		  holds(option, "authentication-results")
		      ? "Authentication-Results is written always. Take it "
			"out of rspamd's list where rspamd stays."
		      : "No field but Authentication-Results is written.");
}

/* What the daemon itself needs: there is much of it in the shipped file. */
static void
take_own(struct over *over, const struct over_option *option)
{
	(void)over;
	(void)option;
}

#define SCORE "A score of rspamd's; verdict-milter decides by rules."
#define REPORTS "No reports are sent yet: rspamd can go on sending them."
#define SEALING "Sealing and signing stay with rspamd or OpenDKIM."
#define CACHE "Answers are kept as long as DNS says: cache-size."
#define LOCAL                                                                 \
	"Never: hosts in internal-networks and users with SMTP AUTH are not " \
	"checked."
#define FIELDS "No field but Authentication-Results is written."

static const struct over_row rows[] = {
    {"dmarc.actions.reject", take_reject, NULL},
    {"dmarc.actions.quarantine", take_quarantine, NULL},
    {"dmarc.actions.softfail", NULL,
     "A failure under a policy of none is let in; a rule with dmarc: fail and "
     "policy: none can do more."},
    {"dmarc.check_*", NULL, LOCAL},
    {"dmarc.munging.*", NULL, "From is never rewritten."},
    {"dmarc.no_reporting_domains", NULL, REPORTS},
    {"dmarc.no_sampling_domains", NULL, "pct is not looked at (RFC 9989)."},
    {"dmarc.reporting*", NULL, REPORTS},
    {"dmarc.*", NULL, SCORE},
    {"spf.external_relay", take_external_relays,
     "Whom they saw is read where relay-received holds what they write after "
     "\"by\" in Received; else SPF is not checked for them. Their mail is "
     "never refused."},
    {"spf.whitelist", take_relays,
     "Neither SPF nor DMARC was checked for them; here DMARC is, without SPF, "
     "and their mail is never refused."},
    {"spf.disable_ipv6", NULL, "Both families are asked."},
    {"spf.max_dns_*", NULL, "The limits of RFC 7208 section 4.6.4 hold."},
    {"spf.min_cache_ttl", NULL, CACHE},
    {"spf.spf_cache_*", NULL, CACHE},
    {"spf.check_*", NULL, LOCAL},
    {"spf.*", NULL, SCORE},
    {"dkim.dkim_cache_*", NULL, CACHE},
    {"dkim.time_jitter", over_take_clock, NULL},
    {"dkim.trusted_only", NULL, "Signatures of all domains are verified."},
    {"dkim.domains", NULL, SCORE},
    {"dkim.skip_multi", NULL,
     "Several signatures are all tried, up to limits.signatures."},
    {"dkim.max_sigs", take_max_sigs, NULL},
    {"dkim.whitelist", NULL,
     "No host is excused from DKIM alone; internal-networks excuses from "
     "all."},
    {"dkim.check_*", NULL, LOCAL},
    {"dkim.*", NULL, SCORE},
    {"arc.whitelisted_signers_map", take_sealers,
     "Where the newest seals of a valid ARC chain are theirs and they say "
     "dmarc=pass for the From domain, a DMARC failure is accepted."},
    {"arc.adjust_dmarc", NULL,
     "Always so for trusted-sealers; leave the list empty where it is false."},
    {"arc.*", NULL, SEALING},
    {"milter_headers.use", take_use, NULL},
    {"milter_headers.*", NULL, FIELDS},
    {"options.local_addrs", over_take_hosts, "Their mail is not checked."},
    {"options.dns.nameserver", take_nameserver,
     "A validating resolver on this host is best."},
    {"options.dns.*", NULL, "limits, below DNS in verdict.yaml(5)."},
    {"options.*", take_own, NULL},
    {"*", NULL, "Of another part of rspamd: it stays there."},
    {NULL, NULL, NULL}};

const struct over_translator over_rspamd = {
    .name = "rspamd", .equals = true, .row = rows};

/* --- its files --- */

static const char *const modules[] = {"dmarc", "spf", "dkim", "arc",
				      "milter_headers"};

/* False: over_read_ucl().  What is not there is fine. */
static bool
read_one(struct over *over, const char *path, const char *prefix, bool *found)
{
	struct buf text, why;
	bool good = true;

	buf_init(&text, NULL);
	buf_init(&why, NULL);
	if (file_read(path, LIMIT_CONFIG_BYTES, "configuration", &text, &why)) {
		*found = true;
		good = over_read_ucl(over, path, prefix, buf_str(&text));
	}
	buf_clear(&why);
	buf_clear(&text);
	return good;
}

/* What comes later counts: the shipped file, local.d, override.d. */
static bool
read_folder(struct over *over, const char *folder, bool *found)
{
	static const char *const layers[] = {"local.d/", "override.d/"};
	struct arena *arena = over->arena;
	bool good =
	    read_one(over, arena_printf(arena, "%s/options.inc", folder).p,
		     "options.", found);

	for (size_t layer = 0; layer < 2; layer++) {
		good = good && read_one(over,
					arena_printf(arena, "%s/%soptions.inc",
						     folder, layers[layer])
					    .p,
					"options.", found);
		for (size_t i = 0; i < 5; i++)
			good =
			    good &&
			    read_one(over,
				     arena_printf(arena, "%s/%s%s.conf", folder,
						  layers[layer], modules[i])
					 .p,
				     arena_printf(arena, "%s.", modules[i]).p,
				     found);
	}
	return good;
}

const char *
over_rspamd_prefix(struct over *over, const char *path)
{
	struct str name = str_of(path);

	name = str_from(
	    name, str_rchr(name, '/') < name.n ? str_rchr(name, '/') + 1 : 0);
	if (str_is(name, "options.inc"))
		return "options.";
	if (strstr(path, "modules.d/") != NULL)
		return "";
	for (size_t i = 0; i < 5; i++) {
		struct str file =
		    arena_printf(over->arena, "%s.conf", modules[i]);
		if (str_eq(name, file))
			return arena_printf(over->arena, "%s.", modules[i]).p;
	}
	return "";
}

bool
over_read_rspamd(struct over *over, const char *folder, struct buf *why)
{
	bool found = false;

	over->folder = folder;
	bool good = read_folder(over, folder, &found);
	if (!found)
		buf_adds(why,
			 "holds no options.inc, and no dmarc.conf, spf.conf, "
			 "dkim.conf, arc.conf or milter_headers.conf in "
			 "local.d or override.d: name rspamd's folder, as "
			 "/etc/rspamd");
	else if (!good)
		buf_adds(why,
			 "holds too many options, or sections in each other");
	return good && found;
}
