/*
 * The verdict on one message: every result and the decision, as plain data.
 *
 * The pipeline (verify/) is the only writer: it fills the facts, the results
 * and the cost by itself, and is told of what only its caller can know, the
 * queue id, a hindrance and the decision.  All others get it to read.
 * Slices are static or live as long as the message: in its arena, names of
 * rules in the rule set that was in force.
 */
#ifndef VERDICT_VERDICT_VERDICT_H
#define VERDICT_VERDICT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arc/arc.h"
#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"
#include "dkim/dkim.h"
#include "dmarc/dmarc.h"
#include "dns/dns.h"
#include "mail/address.h"
#include "mail/header.h"
#include "mail/list.h"
#include "spf/spf.h"
#include "verdict/clients.h"
#include "verdict/fields.h"

/* How the client stands to us; decides what is checked. */
enum client_class {
	CLIENT_FOREIGN, /* everything is checked */
	/* trusted-relays: SPF for the client that it saw alone, never refused
	 */
	CLIENT_RELAY,
	CLIENT_INTERNAL,     /* internal-networks: nothing is checked */
	CLIENT_AUTHENTICATED /* SMTP AUTH: nothing is checked */
};

/*
 * What the mail server does to addresses in header fields, from a little to
 * the most: what is delivered is not always what was judged.
 */
enum address_rewriting {
	ADDRESSES_STAY,
	/* `a!b`, `a%b`, names without a domain or of a single label become
	   other addresses. */
	ADDRESSES_COMPLETED,
	/* Besides, a domain that is a CNAME becomes its target. */
	ADDRESSES_CANONIFIED
};

/* What the mail server's own lookup of the client's name gave, RFC 8601 section
   2.7.3. */
enum iprev_result {
	IPREV_NONE, /* it does not tell */
	IPREV_PASS, /* the name has the client's address */
	IPREV_FAIL, /* there is a name, of another address */
	IPREV_TEMPERROR,
	IPREV_PERMERROR /* there is no name */
};

/* Whom a trusted relay had the message of, by its Received field. */
struct verdict_seen {
	bool asked;         /* else nothing was read */
	struct ip client;   /* IP_NONE: none that is to be checked */
	struct str helo;    /* what it said as HELO; "" where that is unsure */
	int64_t time;       /* when the first of our relays took it in; 0 */
	const char *reason; /* static; "" or why SPF is not checked for it */
	bool unread;        /* as the field could not be read */
};

/* The From field (RFC 9989 section 4.2). */
enum from_state {
	FROM_ONE,      /* one From domain */
	FROM_SEVERAL,  /* 2 to LIMIT_AUTHOR_DOMAINS, each is evaluated */
	FROM_TOO_MANY, /* more: bad */
	/* Besides what is known some other author may show: bad */
	FROM_UNREADABLE,
	FROM_FIELDS,    /* several From fields: bad */
	FROM_NO_DOMAIN, /* a From field, but no domain in it: bad */
	FROM_MISSING    /* no From field: bad */
};

struct verdict_from {
	enum from_state state;
	struct str domain[LIMIT_AUTHOR_DOMAINS]; /* canonical */
	size_t count;
	/* So many at the end are of no address: a display name, a comment or
	   an encoded word shows them. */
	size_t shown;
	struct address_mailbox address[LIMIT_AUTHOR_ADDRESSES];
	size_t addresses;
	/* Nobody reads another address, in From as it came. */
	bool addresses_sure;
	bool strict;        /* follows the grammar of RFC 5322 */
	bool shows_domain;  /* there is something like a domain in it */
	const char *reason; /* static; "" or what is wrong */
};

enum action {
	ACTION_ACCEPT,
	ACTION_QUARANTINE,
	ACTION_REJECT,
	ACTION_TEMPFAIL,
	/* Taken and thrown away: only a rule of the admin's decides so. */
	ACTION_DISCARD
};

/* How a message is quarantined. */
enum quarantine_how { QUARANTINE_TAG, QUARANTINE_HOLD };

/* What a DMARC failure looks like, by what else the message shows. */
enum shape {
	SHAPE_NONE,  /* no failure */
	SHAPE_SPOOF, /* nothing speaks for the From domain */
	SHAPE_FORWARDED,
	SHAPE_LIST,
	SHAPE_MISCONFIGURED, /* the From domain's own mail, set up wrongly */
	SHAPE_UNKNOWN        /* evidence that could not be looked up */
};

struct shape_outcome {
	enum shape shape;
	bool strong;         /* evidence that the sender cannot make */
	struct str evidence; /* its names, joined by commas; "" for none */
	const struct client_element *forwarder; /* the client is it; or NULL */
};

/* Why a message is put off, whatever its results may say. */
enum hindrance {
	HINDRANCE_NONE,
	HINDRANCE_NOT_BEGUN, /* turned away, or the daemon stops: no verdict */
	HINDRANCE_MEMORY,    /* max-memory */
	HINDRANCE_MEMORY_SHARE, /* the part of it for a client's network */
	HINDRANCE_EVALUATIONS,  /* max-evaluations */
	HINDRANCE_EVALUATIONS_SHARE,
	HINDRANCE_CHANGES /* the mail server did not take ours */
};

/* Which part of the policy decided. */
enum decision_cause {
	CAUSE_NONE,
	CAUSE_DMARC,
	CAUSE_FROM,      /* a From that is bad */
	CAUSE_HEADER,    /* one that is too large */
	CAUSE_TEMPERROR, /* DNS trouble, of DMARC */
	CAUSE_LIMIT,     /* one of ours */
	CAUSE_ARC,       /* a trusted sealer vouches for the message */
	CAUSE_RULE,
	CAUSE_MILTER /* HINDRANCE_CHANGES */
};

/* What policy_decide() made of the results. */
struct decision {
	enum action action;      /* decided, whatever the mode */
	enum action applied;     /* done: ACTION_ACCEPT in mode monitor */
	enum quarantine_how how; /* with ACTION_QUARANTINE */
	/* With ACTION_REJECT: of a quarantine, by on-quarantine. */
	bool quarantine_refused;
	/* The keyword that is yet to be set for such a quarantine in mode
	   enforce; "" */
	const char *wants;
	enum decision_cause cause;
	/* Which deferral of how many this is; 0: none. */
	unsigned deferral, deferrals_allowed;
	/* Nothing further is deferred for this client and From domain. */
	bool deferrals_spent;
	struct str reason; /* one line for log and header, printable ASCII */
	struct shape_outcome shape;
	struct str rule; /* the name of the rule that matched, or "" */
	/* The rule in mode monitor that matched before it, or "", and what it
	   would have decided; it changes nothing. */
	struct str monitored_rule;
	enum action monitored_action;
	/* The first rule that could not be judged by what a record has kept, or
	   "": the decision is sure of a verdict that has its header. */
	struct str unjudged;
	/* The SMTP reply; empty with accept, tag and hold. */
	const char *reply_code;  /* "550" */
	const char *reply_xcode; /* "5.7.26" */
	struct str reply_text;   /* printable ASCII, without the codes; LF
				    between lines */
};

/* Header fields that are removed as forged. */
struct verdict_removed {
	struct str name; /* "other": of names that are not forged themselves */
	size_t count;
};

/* A limit that ended some part of the evaluation; see limits.h.  The bits stand
   in records (record/record.proto): new ones come at the end. */
enum verdict_limit {
	VERDICT_LIMIT_DNS_QUESTIONS = 1 << 0,
	VERDICT_LIMIT_MESSAGE_TIME = 1 << 1,
	VERDICT_LIMIT_SPF_TIME = 1 << 2,
	VERDICT_LIMIT_CRYPTO = 1 << 3,
	VERDICT_LIMIT_SIGNATURES = 1 << 4,
	VERDICT_LIMIT_HEADER_FIELDS = 1 << 5,
	VERDICT_LIMIT_HEADER_BYTES = 1 << 6,
	VERDICT_LIMIT_MEMORY = 1 << 7,
	VERDICT_LIMIT_AUTHORS = 1 << 8,
	VERDICT_LIMIT_PREFETCHES = 1 << 9,
	VERDICT_LIMIT_ZONE_TIME = 1 << 10,
	VERDICT_LIMIT_ZONE_WAITERS = 1 << 11,
	VERDICT_LIMIT_EVALUATIONS = 1 << 12,
	VERDICT_LIMIT_ARC_TIME = 1 << 13,
	VERDICT_LIMIT_ARC_KEYS = 1 << 14,
	VERDICT_LIMIT_SLOW_WAITERS = 1 << 15,
	VERDICT_LIMIT_DNS_RECORDS = 1 << 16
};

struct verdict {
	/* facts */
	enum client_class client_class;
	struct ip client;
	struct str client_name; /* confirmed for the client; "" unknown */
	enum iprev_result iprev;
	/* With CLIENT_RELAY: the element of trusted-relays that it is by. */
	const struct client_element *relay;
	struct str helo;
	struct verdict_seen seen; /* of CLIENT_RELAY */
	bool mail_from_known, mail_from_null;
	/* One reading of MAIL FROM, address_path(), for whoever asks. */
	struct str mail_from;        /* as given, without "<>" */
	struct str mail_from_local;  /* dequoted, or "" */
	struct str mail_from_domain; /* canonical, or "" */
	int64_t now;                 /* seconds since 1970 */
	struct str queue_id;         /* "" unknown */
	struct str message_id;       /* of the first such field, unfolded; "" */
	/* As given, without "<>", or what the mail server made of one that can
	   be read in several ways (mail/recipient.h). */
	const struct str *recipient;
	size_t recipients;         /* kept: LIMIT_RECIPIENTS_KEPT at most */
	size_t recipients_dropped; /* beyond that */
	enum address_rewriting rewriting;
	/* Local parts and recipients are hashes (verdict/privacy.h), ... */
	bool addresses_hidden;
	/* ... and then: verdict_path_names() of the decisive From domain. */
	bool path_names_author;
	struct verdict_from from;
	struct mail_list list;       /* a claim that anybody can make */
	const struct header *header; /* its kept fields; NULL: none */
	/* NULL, or of a record: what the rules that were in force then could
	   see of the header, which is not there any more. */
	const struct field_readings *fields;
	size_t header_fields;  /* received */
	size_t header_dropped; /* of those, beyond the bounds: not looked at */
	size_t header_octets;  /* of all fields received */
	size_t body_octets;    /* as the mail server handed it over */

	/* Where memory is one the results are not to be used. */
	enum hindrance hindrance;

	/* results; what was not evaluated is none */
	struct spf_outcome spf;
	/* Of domains in trusted-relays and forwarders that were asked for. */
	const struct client_spf *client_spf;
	size_t client_spfs;
	struct dkim_results dkim;
	struct arc_results arc;
	unsigned arc_trusted; /* the instance that vouches for From, or 0 */
	unsigned arc_run;     /* the oldest instance of a trusted run, or 0 */
	struct dmarc_results dmarc;

	/* cost */
	unsigned limits; /* enum verdict_limit, or-ed */
	struct dns_usage dns;
	const struct dns_question *question; /* in the order of asking */
	size_t questions;
	int64_t total_us; /* spent at end of message */

	struct decision decision;
	/* Of what is handed on; nothing of a message that is refused. */
	const struct verdict_removed *removed;
	size_t removed_names;
};

extern const char *const action_words[]; /* base/words.h */
const char *action_text(enum action action);
/* Is a message not handed on? */
bool action_refuses(enum action action);
const char *decision_cause_text(enum decision_cause cause);
/* What becomes of a quarantine: "tag", "hold", "reject"; "": it is none, or
   that is yet to be chosen. */
const char *decision_quarantine_text(const struct decision *decision);
/* Is mail of such clients checked?  Else nothing is evaluated. */
bool client_is_checked(enum client_class client_class);
/* Is SPF evaluated for the client that a relay saw? */
bool verdict_seen_is_checked(const struct verdict_seen *seen);
extern const char *const client_class_words[];
const char *client_class_text(enum client_class client_class);
extern const char *const shape_words[]; /* base/words.h */
const char *shape_text(enum shape shape);
/* What the keyword address-rewriting takes: "auto", then a word for each. */
extern const char *const address_rewriting_words[];
const char *address_rewriting_text(enum address_rewriting rewriting);
const char *iprev_result_text(enum iprev_result result);
const char *from_state_text(enum from_state state);
/* What is wrong with From, or odd about it; "" where nothing is. */
struct str verdict_from_text(struct arena *arena,
			     const struct verdict *verdict) MUST_CHECK;
/* The client's confirmed name, canonical; "" where there is none, or where it
   is no host name of ASCII, as those of the DNS are. */
struct str verdict_client_domain(struct arena *arena,
				 const struct verdict *verdict) MUST_CHECK;
/* "RESULT:DOMAIN" of client_spf, joined by commas; "" for none. */
struct str verdict_client_spf_text(struct arena *arena,
				   const struct verdict *verdict) MUST_CHECK;
/* What a DMARC outcome and the shape of its failure come to: the reason of a
   decision by it, before it is made one line. */
struct str verdict_dmarc_text(struct arena *arena,
			      const struct dmarc_outcome *dmarc,
			      enum shape shape) MUST_CHECK;
/* The decisive DMARC outcome, or NULL without a From domain. */
const struct dmarc_outcome *verdict_dmarc(const struct verdict *verdict);
/*
 * Is the domain in the local part of MAIL FROM, as SRS
 * ("SRS0=hash=time=author.example=user") and VERP
 * ("bounce+user=author.example") leave the From domain there?
 */
bool verdict_path_names(const struct verdict *verdict, struct str domain);
/* Of each bit of enum verdict_limit, the lowest first: its keyword in the
   configuration, where it has one. */
extern const char *const verdict_limit_words[];
/* "NAME:COUNT", joined by commas; "" for none. */
struct str verdict_removed_text(struct arena *arena,
				const struct verdict *verdict) MUST_CHECK;
/* The names of limits, or-ed, joined by commas; "" for none. */
struct str verdict_limits_text(struct arena *arena, unsigned limits) MUST_CHECK;

/*
 * The JSON object of `verdict check` (README: --json).  One line, ASCII.
 * authentication_results: the whole field value, "" leaves the key out.
 */
struct str verdict_json(struct arena *arena, const struct verdict *verdict,
			struct str authentication_results);

/* The JSON object of `verdict spf`: the key "spf" of the above, alone. */
struct str verdict_spf_json(struct arena *arena, const struct spf_outcome *spf);

#endif
