/*
 * One message on its way through DKIM verification, over a zone without
 * network: what the tests of lib/dkim share.
 */
#ifndef TESTS_SUPPORT_DKIM_WORLD_H
#define TESTS_SUPPORT_DKIM_WORLD_H

#include "base/clock.h"
#include "base/limits.h"
#include "dkim/dkim.h"
#include "dkim/verifier.h"
#include "tests/support/dkim_signer.h"
#include "tests/support/dns_server.h"

#define NOW 1000000

/* One message under test. */
struct dkim_world {
	struct arena *arena;
	struct header header;
	struct bodyhash *hashes;
	struct dkim_input input;
	struct str author[2];
	struct zone *zone;
	struct dns_resolver *resolver;
	struct dns_session *session;
	struct dns_limits limits;
	struct dkim_verifier verifier;
	struct dkim *dkim;
	struct dkim_results results;
};

/* cmocka's fixtures; the signers live as long as the program's tests. */
extern struct dkim_signer *dkim_world_rsa, *dkim_world_ed25519;
int dkim_world_group_setup(void **state);
int dkim_world_group_teardown(void **state);
int dkim_world_setup(void **state);
int dkim_world_teardown(void **state);

#define FROM "from:joe@a.example\r\n"
#define BODY "Hi.\r\n"
#define TAGS "v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.example; s=s1; h=from"

#define S1 "s1._domainkey.a.example"

void dkim_world_field(struct dkim_world *w, const char *name,
		      const char *value);
void dkim_world_signature(struct dkim_world *w, struct str value);
/* FROM and BODY, signed with dkim_world_rsa. */
struct str dkim_world_sign(struct dkim_world *w, const char *tags);
/* A message with From, to be signed. */
void dkim_world_from(struct dkim_world *w);
struct str dkim_world_key(struct dkim_world *w, const char *name,
			  const char *tags, const struct dkim_signer *signer);
/* The key of dkim_world_rsa at S1. */
const char *dkim_world_zone(struct dkim_world *w, const char *tags);

/* All up to the end of the body. */
void dkim_world_begin(struct dkim_world *w, const char *zone, const char *body);
/* And both groups verified. */
void dkim_world_run(struct dkim_world *w, const char *zone, const char *body);

void assert_dkim_outcome(const struct dkim_world *w, size_t i,
			 enum dkim_result result, const char *reason);
/* As long as a name may be, of U-labels, and unlike all others. */
struct str dkim_world_u_name(struct arena *arena, unsigned i);

/* One usual signature against these keys. */
void dkim_world_expect(void **state, const char *tags, const char *zone,
		       enum dkim_result result, const char *reason);

#endif
