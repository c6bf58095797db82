/*
 * A message with a chain of ARC Sets on its way through validation, over a zone
 * without network.  It seals with keys made on the spot and writes every field
 * in its canonical form, so that a validator is never measured against itself.
 */
#ifndef TESTS_SUPPORT_ARC_WORLD_H
#define TESTS_SUPPORT_ARC_WORLD_H

#include "arc/arc.h"
#include "base/buf.h"
#include "base/limits.h"
#include "mail/header.h"
#include "tests/support/dkim_world.h"

#define ARC_WORLD_SETS 60

/* Values of the three fields, without the leading blank. */
struct arc_sealed {
	struct str results, message, seal;
};

struct arc_world {
	struct arena *arena;
	struct header header;
	struct bodyhash *hashes;
	struct buf zone_text;
	struct zone *zone;
	struct dns_resolver *resolver;
	struct dns_session *session;
	struct dkim_verifier verifier;
	struct arc_sealed set[ARC_WORLD_SETS];
	size_t sets;
	int64_t tolerance; /* of the verifier's clock */
	struct arc_results results;
};

/* How one hop seals; what is NULL is as usual. */
struct arc_how {
	const struct dkim_signer *signer; /* dkim_world_rsa */
	const char *algorithm;            /* rsa-sha256 */
	const char *domain;               /* a.example */
	const char *selector;             /* s1 */
	const char *message_domain;       /* as domain */
	const char *payload;              /* results */
	const char *cv;                   /* none, then pass */
	const char *message_tags;         /* more tags: "; x=1" */
	const char *seal_tags;
	const char *body; /* of the message as it was there: BODY */
	bool keyless;     /* publish no key */
};

/* Group: dkim_world_group_setup() and _teardown(). */
int arc_world_setup(void **state);
int arc_world_teardown(void **state);

void arc_world_field(struct arc_world *w, const char *name, struct str value);
/* Adds the next set, on top of those before it; how may be NULL. */
void arc_world_seal(struct arc_world *w, const struct arc_how *how);
/* The same n times. */
void arc_world_seal_times(struct arc_world *w, unsigned n);
/* One change of a field that was sealed already. */
void arc_world_replace(struct arc_world *w, struct str *value, const char *from,
		       const char *to);
/* Puts the sets into the header, oldest lowest, and reads it. */
struct arc *arc_world_begin(struct arc_world *w);
/* All of it; From is joe@a.example, the body BODY. */
void arc_world_run(struct arc_world *w);

void assert_arc(const struct arc_world *w, enum arc_result result,
		const char *reason);

#endif
