/*
 * Inside verify/ only: a message on its way, and the evaluation at its end.
 */
#ifndef VERDICT_VERIFY_STATE_H
#define VERDICT_VERIFY_STATE_H

#include <stdbool.h>

#include "dkim/verifier.h"
#include "verify/verify.h"

struct verify {
	const struct verify_engine *engine;
	const struct verify_options *options;
	struct verify_limits limits; /* of the options, and their defaults */
	struct arena *arena;
	struct header header;
	struct dns_session *session; /* NULL where nothing is checked */
	struct bodyhash *hashes;     /* NULL before the end of the header */
	struct dkim_verifier signatures;
	struct dkim *dkim;
	struct arc *arc;
	struct spf_input spf_input;
	struct spf *spf; /* NULL before the first recipient */
	bool prefetch, blanks_lost;
	bool from_prefetched;
	struct verdict verdict;
};

/* May the mail server put another name in the place of a From domain? */
static inline bool
verify_may_show_target(const struct verify *verify)
{
	return verify->verdict.rewriting == ADDRESSES_CANONIFIED;
}

/* Is the client foreign only as long as nobody asked SPF? */
static inline bool
verify_may_be_relay(const struct verify *verify)
{
	return verify->options->trusted_relays.spf > 0 &&
	       verify->verdict.client_class == CLIENT_FOREIGN &&
	       verify->verdict.client.family != IP_NONE;
}

/*
 * Waits for DNS and fills the results of the verdict.  Everything was asked for
 * before, and bodyhash_finish() came.
 */
void verify_evaluate(struct verify *verify);

#endif
