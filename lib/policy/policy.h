/*
 * The admin's policy: a pure function from a verdict's facts and results to a
 * decision.  No clock, no network, no configuration file.  Only the deferrals
 * are counted from message to message.
 */
#ifndef VERDICT_POLICY_POLICY_H
#define VERDICT_POLICY_POLICY_H

#include <stdbool.h>

#include "base/arena.h"
#include "policy/deferral.h"
#include "policy/reply.h"
#include "policy/rules.h"
#include "policy/shape.h"
#include "verdict/verdict.h"

/* _DEFAULT: as shipped; policy_options_default() and the configuration. */
enum policy_mode {
	POLICY_MONITOR,
	POLICY_ENFORCE,
	POLICY_MODE_DEFAULT = POLICY_MONITOR
};
enum policy_on_reject {
	ON_REJECT_QUARANTINE,
	ON_REJECT_REJECT,
	/* Strong evidence makes it a quarantine; weak evidence does so where
	   quarantine is known to miss the inbox. */
	ON_REJECT_UNLESS_INDIRECT,
	/* RFC 9989 section 7.4: p=reject alone is no reason to reject. */
	ON_REJECT_DEFAULT = ON_REJECT_UNLESS_INDIRECT
};
enum policy_on_quarantine {
	ON_QUARANTINE_UNSET, /* must be chosen before mode enforce */
	ON_QUARANTINE_TAG,
	ON_QUARANTINE_HOLD,
	ON_QUARANTINE_REJECT,
	ON_QUARANTINE_DEFAULT = ON_QUARANTINE_UNSET
};
enum policy_on_temperror {
	/* tempfail where the policy is quarantine or reject, or unknown */
	ON_TEMPERROR_TEMPFAIL,
	ON_TEMPERROR_ACCEPT,
	ON_TEMPERROR_DEFAULT = ON_TEMPERROR_TEMPFAIL
};
enum policy_choice {
	CHOICE_ACCEPT,
	CHOICE_TAG,
	CHOICE_QUARANTINE,
	CHOICE_REJECT,
	CHOICE_DEFAULT = CHOICE_REJECT
};

/* Of these enumerations: base/words.h. */
extern const char *const policy_mode_words[];
extern const char *const policy_on_reject_words[];
extern const char *const policy_on_quarantine_words[];
extern const char *const policy_on_temperror_words[];
extern const char *const policy_choice_words[];

struct policy_options {
	enum policy_mode mode;
	enum policy_on_reject on_reject;
	enum policy_on_quarantine on_quarantine;
	struct shape_forwarders forwarders;
	bool tag_filed; /* the admin confirms that tagged mail is filed */
	enum policy_on_temperror on_temperror;
	struct deferral_budget deferrals; /* of on_temperror */
	enum policy_choice on_bad_from;
	enum policy_choice on_oversize_header;
	const struct rules *rules;   /* NULL: none */
	struct reply_template reply; /* of refusals; its url is that of both */
	struct reply_template defer; /* of mail that is put off */
	/* The sender's policy to the letter: all above but the mode is as
	   shipped, and reject is reject (--as-published). */
	bool as_published;
};

/*
 * The keyword that must be set before mode enforce, or "".  Until then a
 * decision in mode monitor is the one of a quarantine that misses the inbox.
 */
const char *policy_enforce_wants(const struct policy_options *options);

/*
 * Monitor tells what enforce would do, and enforce wants a quarantine that
 * misses the inbox, or a refusal: where that is still to be chosen it is taken
 * for chosen, so that `would=` never tells of what enforce refuses to start
 * with.
 */
struct policy_options policy_options_foreseen(
    const struct policy_options *options);

/* The shipped defaults. */
struct policy_options policy_options_default(void);

/*
 * Texts of the decision go into the arena.  A verdict that holds a decision
 * gets the same one again: that deferrals were spent then still counts.
 */
struct decision policy_decide(struct arena *arena,
			      const struct verdict *verdict,
			      const struct policy_options *options);
/*
 * The decision as it stands once deferrals are counted.  One that in this mode
 * would really put the message off although the budget is spent is made anew,
 * with its deferrals_spent set; a DMARC pass gives the budget back.
 * now_ms: see deferrals_allow().
 */
struct decision policy_decide_counted(struct arena *arena,
				      const struct verdict *verdict,
				      const struct policy_options *options,
				      struct deferrals *deferrals,
				      int64_t now_ms);
/* The decision for a hindrance, which policy_decide() makes: 451 4.3.2. */
struct decision policy_put_off(enum hindrance hindrance);

#endif
