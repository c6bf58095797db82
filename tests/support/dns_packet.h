/*
 * DNS answers octet by octet, for the tests of the wire format.
 */
#ifndef TESTS_SUPPORT_DNS_PACKET_H
#define TESTS_SUPPORT_DNS_PACKET_H

#include "base/buf.h"
#include "dns/wire.h"

struct dns_key packet_key(struct str name, enum dns_type type);
/* Header and question "a.example TYPE"; the name stands at offset 12. */
void packet_begin(struct buf *packet, unsigned flags, unsigned answers,
		  unsigned authority, unsigned additional, enum dns_type type);
/* A record of class IN with TTL 100, unless ttl says otherwise. */
void packet_add_ttl(struct buf *packet, struct str owner, unsigned type,
		    struct str ttl, struct str rdata);
void packet_add(struct buf *packet, struct str owner, unsigned type,
		struct str rdata);

/* The owner that was asked for. */
#define PACKET_SAME str_lit("\xc0\x0c")

struct packet_got {
	enum dns_wire_result result;
	struct dns_answer *answer;
	const char *reason;
};

/* Reads the packet and clears it. */
struct packet_got packet_parse(struct buf *packet, enum dns_type type);

#endif
