/*
 * The admin's rules: one that matches decides in place of the sender's policy.
 * The first of them ends the search, but for those that only harden: of these
 * and the first other one the strictest decides.
 *
 * A rule set is immutable once made and shared by threads; config/ builds it
 * from the file.  All of a rule's conditions must hold.  A mild rule needs a
 * condition that the sender cannot forge; a rule without one may only make
 * things stricter, unless the admin wants it so ("unauthenticated: yes").
 */
#ifndef VERDICT_POLICY_RULES_H
#define VERDICT_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/domain_set.h"
#include "base/network_set.h"
#include "base/str.h"
#include "verdict/verdict.h"

enum rule_action {
	RULE_ACCEPT,
	RULE_TAG,
	RULE_HOLD,
	RULE_QUARANTINE, /* as on-quarantine says */
	RULE_REJECT,
	RULE_TEMPFAIL,
	RULE_DISCARD,     /* the sender is told that it was taken */
	RULE_AS_PUBLISHED /* the sender's policy, softened by nothing local */
};

/* What a condition looks at. */
enum rule_subject {
	RULE_CLIENT,
	RULE_CLIENT_NAME,
	RULE_SMTP_AUTH,
	RULE_HELO,
	RULE_MAIL_FROM,
	RULE_FROM,
	RULE_DKIM_DOMAIN,
	RULE_SPF_DOMAIN,
	RULE_RECIPIENT,
	RULE_ANY_RECIPIENT,
	RULE_LIST_ID,
	RULE_HEADER,
	RULE_TRUSTED_SEALER,
	RULE_SPF,
	RULE_DKIM,
	RULE_ARC,
	RULE_DMARC,
	RULE_POLICY,
	RULE_SHAPE,
	RULE_PUBLIC_SUFFIX,
	RULE_SUBJECTS /* how many there are */
};

enum rule_value {
	RULE_NETWORKS,
	RULE_DOMAINS,
	RULE_ADDRESSES, /* of mailboxes, or domains */
	RULE_SENDERS,   /* the same; a domain may be a single label */
	RULE_TEXTS,     /* of a field of the header */
	RULE_WORDS,
	RULE_YES_NO
};

/* The keyword of a subject, and what it takes. */
struct rule_keyword {
	const char *name;
	enum rule_value value;
	const char *const *words; /* RULE_WORDS: in the order of their enum */
	bool negatable;           /* "not-NAME" is a keyword, too */
	const char *help;
};

extern const struct rule_keyword rule_keywords[RULE_SUBJECTS];
/* Of enum rule_action: base/words.h. */
extern const char *const rule_action_words[];

struct rule_field_text {
	struct str name; /* of the field */
	struct str text; /* of field_text() */
	bool prefix;     /* anything may follow the text */
};

struct rule_condition {
	enum rule_subject subject;
	bool negated;
	const struct network_set *networks;
	/* Addresses, too; RULE_SENDERS: and for each of them "@" with its
	   domain. */
	const struct domain_set *domains;
	bool addresses;                     /* `domains` holds some */
	const struct rule_field_text *text; /* RULE_TEXTS */
	size_t texts;
	unsigned words; /* 1 << index, or-ed */
	bool yes;
	bool broad; /* holds public suffixes or much of all addresses */
};

struct rule {
	struct str name; /* unique, for log, header and counters */
	const struct rule_condition *condition;
	size_t conditions;
	enum rule_action action;
	bool monitor;         /* mode: monitor, whatever the mode is */
	bool unauthenticated; /* "yes": milder without an authenticated
				 condition, on purpose */
	struct str reason;    /* for the log and the admin */
	struct str reply; /* for strangers, where mail is refused or put off */
	struct str owner;
	int64_t expires; /* seconds since 1970, the first that no longer
			    matches; 0: never */
};

struct rules {
	const struct rule *rule;
	size_t count;
	const struct str *field; /* names in their conditions on the header */
	size_t fields;
};

/* Can the sender of a message not forge what this asks for? */
bool rule_condition_authenticates(const struct rule_condition *condition);
/* Has it a condition that the sender of a message cannot forge? */
bool rule_is_authenticated(const struct rule *rule);
/* May its action only replace a milder one? */
bool rule_only_hardens(const struct rule *rule);
bool rule_is_expired(const struct rule *rule, int64_t now);
/* Not yet, but within LIMIT_RULE_NOTICE_S. */
bool rule_expires_soon(const struct rule *rule, int64_t now);

/* What a message matched. */
struct rules_matched {
	/* Those that count: rules that only harden, and at the end the first
	   other one, where there is one. */
	const struct rule *const *rule;
	size_t count;
	const struct rule *monitored; /* the first in mode monitor, or NULL */
	size_t before_monitored;      /* how many of `rule` stand before it */
	/* The first that could not be judged, for a field that the verdict's
	   record did not keep (verdict->fields), or an address that it hides
	   (verdict->addresses_hidden); or NULL.  It counts as one that does not
	   match. */
	const struct rule *unjudged;
};

/*
 * The rules that would count if the one in mode monitor did, in the arena;
 * none where there is no such one.
 */
struct rules_matched rules_with_monitored(struct arena *arena,
					  const struct rules_matched *matched);

/*
 * At verdict->now.  Mail that is not checked is matched against rules that
 * name the client or SMTP AUTH only.  rules may be NULL.
 */
struct rules_matched rules_match(struct arena *arena, const struct rules *rules,
				 const struct verdict *verdict,
				 const struct shape_outcome *shape);

#endif
