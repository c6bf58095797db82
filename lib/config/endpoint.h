/*
 * Where the daemon listens, as `listen` says it: "unix:/PATH",
 * "inet:PORT@ADDRESS" with an IPv4 address, "inet6:PORT@ADDRESS" with an IPv6
 * one.  Pure.
 */
#ifndef VERDICT_CONFIG_ENDPOINT_H
#define VERDICT_CONFIG_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/ip.h"
#include "base/str.h"

struct endpoint {
	struct str path; /* of a unix socket, a part of the text; "": TCP */
	struct ip ip;    /* of TCP; IP_NONE: a unix socket */
	uint16_t port;   /* not 0 */
};

/* False: it is none of these. */
bool endpoint_parse(struct str text, struct endpoint *endpoint_out) MUST_CHECK;
/* Its path alone; "" where there is none. */
struct str endpoint_path(struct str text);
/* The address at which this host reaches it: loopback where it is any. */
struct ip endpoint_near(const struct endpoint *endpoint);

#endif
