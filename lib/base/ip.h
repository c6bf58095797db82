/*
 * IP addresses and networks as values.  An IPv4-mapped IPv6 address
 * (::ffff:0:0/96) is IPv4 everywhere: ip_* constructors unmap it (RFC 7208
 * section 5).
 */
#ifndef VERDICT_BASE_IP_H
#define VERDICT_BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct sockaddr;
struct sockaddr_storage;

enum ip_family { IP_NONE = 0, IP_V4 = 4, IP_V6 = 6 };

struct ip {
	enum ip_family family;
	uint8_t octet[16]; /* the first 4 for IPv4; the rest is zero */
};

struct ip_network {
	struct ip base;  /* host bits are zero */
	unsigned prefix; /* 0..32 or 0..128 */
};

#define IP_TEXT_MAX 46 /* longest text with its NUL */

struct ip ip_none(void);
struct ip ip_v4(const uint8_t octet[4]);
struct ip ip_v6(const uint8_t octet[16]);
/* 127.0.0.1 or ::1; IP_NONE for IP_NONE. */
struct ip ip_loopback(enum ip_family family);
/* AF_INET or AF_INET6; anything else (and NULL) gives IP_NONE. */
struct ip ip_from_sockaddr(const struct sockaddr *address);
/* Of TCP or UDP there, without a scope.  Returns its size; 0: IP_NONE. */
size_t ip_to_sockaddr(struct ip ip, uint16_t port,
		      struct sockaddr_storage *address_out);

/* Textual address, no zone index, no brackets.  False: not one. */
bool ip_parse(struct str text, struct ip *ip_out);
/* "addr/prefix", or an address alone for one host; host bits must be zero. */
bool ip_network_parse(struct str text, struct ip_network *network_out);

/* Canonical text with NUL (RFC 5952); "-" for IP_NONE. */
const char *ip_format(struct ip ip, char text_out[IP_TEXT_MAX]);

/* Its first octets, for a network as a key: so many bits, in eights, of IPv4,
   and of IPv6 or no address. */
struct str ip_head(const struct ip *ip, unsigned v4, unsigned v6);

bool ip_eq(struct ip a, struct ip b);
/* Are the first `prefix` bits the same, in the same family? */
bool ip_prefix_eq(struct ip a, struct ip b, unsigned prefix);
bool ip_in_network(struct ip ip, const struct ip_network *network);
bool ip_in_networks(struct ip ip, const struct ip_network *networks, size_t n);
bool ip_is_loopback(struct ip ip);
/* 0.0.0.0 or ::, which a socket takes for every address of the host. */
bool ip_is_any(struct ip ip);

#endif
