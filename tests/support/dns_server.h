/*
 * A scriptable DNS server for tests: real UDP and TCP on one free loopback
 * port, a thread of the test program.  It plays a recursive resolver that is
 * authoritative for everything: what is not in the zone is NXDOMAIN, a name
 * that only has names below it is NODATA, CNAMEs are followed inside the zone.
 *
 * Zone text, one record or behaviour a line, `#` begins a comment line:
 *
 *   NAME A 192.0.2.1             NAME AAAA 2001:db8::1
 *   NAME MX 10 TARGET            NAME PTR TARGET         NAME CNAME TARGET
 *   NAME TXT "string" "string"   \" \\ and \DDD (decimal) inside strings;
 *                                over 255 octets are split
 *   NAME EMPTY                   the name exists without records
 *
 *   NAME !servfail [TYPE]        also !refused, !silent
 *   NAME !rcode N [TYPE]         that response code
 *   NAME !formerr [TYPE]         FORMERR where the question has an OPT record
 *   NAME !delay MS [TYPE]        the answer comes MS later
 *   NAME !drop N [TYPE]          the first N datagrams are ignored
 *   NAME !referral [TYPE]        as from a server that does not recurse: NS of
 *                                the root; neither AA nor RA nor SOA
 *   NAME !truncate [TYPE]        TC over UDP, the answer over TCP
 *   NAME !wrong-id [TYPE]        an answer with another ID first
 *   NAME !wrong-question [TYPE]  an answer to another name first
 *   NAME !wrong-port [TYPE]      an answer from another port first
 *   NAME !garbage [TYPE]         a datagram of random octets first
 *   NAME !tcp-close [TYPE]       TCP connections are closed without an answer
 *   NAME !reverse [TYPE]         the answer section in reverse order
 *   NAME !extra "LINE" [TYPE]    the record of LINE is added to the answer
 *                                section (a spoofed extra record)
 *   NAME !ad [TYPE]              the answer has AD set
 *   NAME !ttl N [TYPE]           its records get TTL N (default 300)
 *
 *   "*.NAME" is a wildcard (RFC 4592).
 *
 * An answer that does not fit into a datagram is truncated.  Over TCP,
 * !wrong-id and !wrong-question give the wrong answer alone.
 *
 * Without TYPE a behaviour holds for every type, with TYPE for that one only.
 */
#ifndef TESTS_SUPPORT_DNS_SERVER_H
#define TESTS_SUPPORT_DNS_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "dns/dns.h"

struct zone;

/* Aborts the test program with the line on a syntax error. */
struct zone *zone_parse(const char *text);
void zone_free(struct zone *zone);
/*
 * A dns_oracle() over a zone (ctx), for dns_resolver_new_offline(): records,
 * wildcards, CNAMEs, EMPTY, !ad, !servfail and its like, !referral (as
 * DNS_FAILED), and !silent (as DNS_TIMEOUT) only.
 */
struct dns_answer *zone_oracle(void *ctx, struct str name, enum dns_type type);

struct dns_server_test;

struct dns_server_test *dns_server_start(const char *zone_text);
/* On a port of 127.0.0.1; 0 is a free one.  NULL: it is taken. */
struct dns_server_test *dns_server_start_on(uint16_t port,
					    const char *zone_text);
/* Replaces the zone and forgets the counts. */
void dns_server_zone(struct dns_server_test *server, const char *zone_text);
uint16_t dns_server_port(const struct dns_server_test *server);
/* Datagrams and TCP questions for that name and type; name NULL, type 0: all.
 */
size_t dns_server_asked(struct dns_server_test *server, const char *name,
			int type);
/* Every name and type asked for, with its count. */
void dns_server_each_asked(struct dns_server_test *server,
			   void (*each)(void *ctx, struct str name, int type,
					size_t count),
			   void *ctx);
/* Distinct source ports seen. */
size_t dns_server_ports_seen(struct dns_server_test *server);
void dns_server_stop(struct dns_server_test *server);

#endif
