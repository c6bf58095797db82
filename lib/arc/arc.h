/*
 * Validation of the Authenticated Received Chain: RFC 8617 section 5.2, with
 * the algorithms of RFC 8301 and RFC 8463.
 *
 * Order of use, all on the thread that handles the message:
 *   arc_begin()     end of header: read the chain, ask for body hashes
 *   arc_prefetch()  ask for the keys
 *   (the caller feeds `struct bodyhash`)
 *   arc_evaluate()  end of message
 *   arc_trusted()   does the chain speak for the message?
 * Results are values in the caller's storage; what they point to lives in the
 * message's arena, as all else does.
 */
#ifndef VERDICT_ARC_ARC_H
#define VERDICT_ARC_ARC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compat.h"
#include "base/domain.h"
#include "base/str.h"

/* RFC 8617 section 4.4; every error is permanent (section 5.2.1). */
enum arc_result { ARC_NONE, ARC_PASS, ARC_FAIL };

/* One ARC Set: who sealed, and what the sealer found when the mail came. */
struct arc_hop {
	unsigned instance;
	struct str domain;   /* d= of the seal, canonical */
	struct str selector; /* s= of the seal, canonical */
	/* authres-payload of ARC-Authentication-Results, as it stands */
	struct str payload;
};

struct arc_results {
	enum arc_result result;
	struct str reason; /* "" unless fail */
	/* The oldest instance whose message signature still verifies; 0 where
	   all do, and unless pass. */
	unsigned oldest_pass;
	/* By instance, oldest first; none where the structure is broken. */
	const struct arc_hop *hop;
	size_t count;
	bool keys_exhausted; /* more than LIMIT_ARC_KEYS key names */
};

struct arc_input {
	int64_t now;       /* seconds since 1970, for x= */
	int64_t tolerance; /* seconds that it may have been passed by */
};

struct arc;
struct dkim_verifier;

/*
 * The verifier must outlive what is returned.  A chain that fails by its
 * structure asks for no body hash and no key.
 */
struct arc *arc_begin(struct dkim_verifier *verifier,
		      const struct arc_input *input) MUST_CHECK;
void arc_prefetch(const struct arc *arc);
/*
 * Validates the chain; bodyhash_finish() came before.  Each lookup waits until
 * deadline_ms (monotonic) at most.
 */
void arc_evaluate(struct arc *arc, int64_t deadline_ms,
		  struct arc_results *results_out);

/*
 * The instance whose word on the message counts, or 0.  Trust is the unbroken
 * run of trusted sealers from the newest hop back; the oldest hop of that run
 * counts, where its ARC-Authentication-Results says dmarc=pass for the From
 * domain.  Where that is instance 1 and says nothing of DMARC, instance 2
 * counts, if it is of the run.  author: a canonical name.
 */
unsigned arc_trusted(struct arena *arena, const struct arc_results *results,
		     const struct domain_list *sealers, struct str author);

/* The oldest instance of that run, whatever it says; 0: nobody is trusted. */
unsigned arc_trusted_run(const struct arc_results *results,
			 const struct domain_list *sealers);

/* "as[2].d=b.example as[2].s=s2 as[1].d=...": RFC 8617 section 7.2.2. */
struct str arc_chain_text(struct arena *arena,
			  const struct arc_results *results) MUST_CHECK;

extern const char *const arc_result_words[]; /* base/words.h */
const char *arc_result_text(enum arc_result result);

#endif
