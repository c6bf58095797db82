/*
 * What became of a stored message, told to people: in one line, and why, what
 * would have made it pass, which rule lets it in, and what to write to its
 * sender.  The results themselves are told by verdict/explain.h, as those of
 * `verdict check`.
 *
 * A verdict is one that record_unpack() made, so its texts are a stranger's:
 * whatever is made here is printable ASCII and line ends, but JSON, which is
 * escaped.  All of it lives in the arena or goes to the caller's buffer.
 */
#ifndef VERDICT_TELL_TELL_H
#define VERDICT_TELL_TELL_H

#include "base/buf.h"
#include "base/suffix.h"
#include "policy/rules.h"
#include "store/look.h"
#include "verdict/verdict.h"

/* --- in one line --- */

/* What was done: "refused", "junk", "held", "put off", "dropped", "passed"; in
   parentheses what mode enforce would have done: "(refused)". */
const char *tell_outcome(const struct decision *decision);
/* Whom the message names as its author, else its MAIL FROM:
   "boss@bank.example", "bank.example", "<>"; "(nobody)". */
struct str tell_sender(struct arena *arena,
		       const struct verdict *verdict) MUST_CHECK;
/* "jane@receiver.example", "jane@receiver.example and 3 more"; "(nobody)". */
struct str tell_recipients(struct arena *arena,
			   const struct verdict *verdict) MUST_CHECK;
/* A line of 80 columns with its end: when, queue id, outcome, from, to.  What
   is too long is cut, but for the queue id. */
void tell_line(struct buf *out, struct arena *arena,
	       const struct verdict *verdict, int64_t now);
/* The line that an explanation begins with. */
void tell_head(struct buf *out, struct arena *arena,
	       const struct verdict *verdict, int64_t now);
/* Members of a JSON object, without its braces: what a list of messages has of
   each. */
void tell_members(struct buf *out, struct arena *arena,
		  const struct verdict *verdict);

/* --- what the store knows of it --- */

/* A TXT record that the results come from, as it was then. */
struct tell_record {
	struct str name;
	enum dns_status status;
	const struct str *text; /* those that count, of several */
	size_t texts;           /* 0 with DNS_OK: not kept any more */
};

#define TELL_RECORDS 16

struct tell_known {
	struct tell_record record[TELL_RECORDS];
	size_t records;
	struct store_kinds
	    kinds; /* of the From domain; none where it has none */
};

/* False: store_error(). */
bool tell_know(struct store *store, struct arena *arena,
	       const struct verdict *verdict,
	       struct tell_known *known_out) MUST_CHECK;

/* --- why, and what to do --- */

/* The paragraph "Why", the evidence, the records, and what the policy saw. */
void tell_why(struct buf *out, struct arena *arena,
	      const struct verdict *verdict, const struct tell_known *known);
/* The same sentence, alone. */
struct str tell_cause(struct arena *arena,
		      const struct verdict *verdict) MUST_CHECK;
/* How the From domain's mail did before; one sentence or more. */
struct str tell_before(struct arena *arena, const struct verdict *verdict,
		       const struct store_kinds *kinds) MUST_CHECK;

/* Is there anything to cure? */
bool tell_failed(const struct verdict *verdict);

#define TELL_CURES 8

struct tell_cures {
	struct str cure[TELL_CURES]; /* each of them is enough */
	size_t cures;
};

/* What would have made it pass: "the mail is signed with d=bank.example". */
void tell_cures(struct arena *arena, const struct verdict *verdict,
		struct tell_cures *cures_out);

struct tell_rule {
	/* An item of the list `rules`, whole lines indented by two; "": no rule
	   can let it in, and `note` says why. */
	struct str yaml;
	struct str expires; /* "2026-12-13" */
	struct str note;    /* what has to be known before it is used; "" */
	/* Nobody but the sender can use it, or, false, whoever is at the
	   client's address can. */
	bool proven;
};

#define TELL_RULE_DAYS 14

struct tell_rule_options {
	int64_t now;               /* it expires TELL_RULE_DAYS after that */
	const struct rules *rules; /* whose names are taken; or NULL */
	const struct suffix_list *suffixes; /* or NULL */
};

/*
 * The narrowest rule that lets in this message and what comes as it did.  It
 * has to stand above all other rules.
 */
void tell_rule(struct arena *arena, const struct verdict *verdict,
	       const struct tell_rule_options *options,
	       struct tell_rule *rule_out);

/*
 * A letter to the postmaster of the sender, in lines of 80 columns; false:
 * there is nothing to write, and *why_out says why not.  It holds what the
 * sender has sent, what the DNS has for anybody, and what our server answered:
 * no recipient, no name of a rule, no address or name of ours.
 */
bool tell_letter(struct buf *out, struct arena *arena,
		 const struct verdict *verdict, const struct tell_known *known,
		 const char **why_out) MUST_CHECK;

/* --- all of it --- */

/* As `verdict explain` shows it. */
void tell_whole(struct buf *out, struct arena *arena,
		const struct verdict *verdict, const struct tell_known *known,
		const struct tell_rule_options *options);
/* The same as one JSON object on one line, with the object of verdict_json() as
   its "verdict". */
void tell_json(struct buf *out, struct arena *arena,
	       const struct verdict *verdict, const struct tell_known *known,
	       const struct tell_rule_options *options);

#endif
