/*
 * A DNS server, a resolver that asks it and one message's session, for the
 * tests of the network part.  Retransmissions come after 1 and 3 s unless a
 * test is about loss: then after 100 and 300 ms, and silence is believed after
 * NAME_MS.
 */
#ifndef TESTS_SUPPORT_DNS_WORLD_H
#define TESTS_SUPPORT_DNS_WORLD_H

#include "tests/support/dns_server.h"

#define NAME_MS 500

struct world {
	struct dns_server_test *server;
	struct dns_resolver *resolver;
	struct dns_session *session;
};

/* cmocka's setup (the server only) and teardown. */
int world_setup(void **state);
int world_teardown(void **state);

/* A zone, a resolver with the defaults, a session. */
void world_start(struct world *world, const char *zone);
/* The same with NAME_MS. */
void world_start_brief(struct world *world, const char *zone);
/* No server in the options: ours.  limits NULL: the defaults. */
void world_start_with(struct world *world, struct dns_options options,
		      const struct dns_limits *limits);
void world_add_server(struct dns_options *options, uint16_t port);
/* A message that begins now: nothing is known but what is cached. */
void world_next_message(struct world *world);

/* With all the time it needs. */
const struct dns_answer *look(struct world *world, const char *name,
			      enum dns_type type);
struct dns_counters counters(struct world *world);
/* The status, and records exactly where it is DNS_OK. */
void assert_status(const struct dns_answer *answer, enum dns_status want);
void nap(int64_t ms);

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

#endif
