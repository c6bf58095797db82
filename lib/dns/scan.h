/*
 * A first look at the records of a packet (RFC 1035 section 4.1), before ldns
 * takes it apart: whether that is worth its cost.  Reentrant.
 */
#ifndef VERDICT_DNS_SCAN_H
#define VERDICT_DNS_SCAN_H

#include <stddef.h>
#include <stdint.h>

/* NULL, or a static reason why the packet is not to be parsed. */
const char *dns_scan(const uint8_t *p, size_t n);

#endif
