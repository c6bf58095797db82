/*
 * What the clients of one network hold of what all share, so that no network
 * takes the last of it from the others.
 *
 * A network may begin to hold more while it holds less than half of what is
 * left for all ("dynamic thresholds": Choudhury and Hahn, 1998).  One alone
 * ends at a third, so that a gateway with everybody's mail has much; n of them
 * at one of n + 2 parts, so that two parts are always left: whoever holds
 * little finds room.  There is nothing to configure, and a network that nobody
 * else competes with meets no fixed bound.
 *
 * A network is an IPv4 /24 or an IPv6 /56, what providers give one customer at
 * most; clients without an address are one.  Any thread.
 */
#ifndef VERDICT_BASE_ACCOUNT_H
#define VERDICT_BASE_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/ip.h"

/* May somebody who holds so much take more, where so much is left for all? */
bool account_may_take(size_t held, size_t left);

struct accounts;

struct accounts *accounts_new(void) MUST_CHECK;
/* Every account must be closed, which a daemon that ends with connections open
   does not wait for: it keeps them.  NULL is fine. */
void accounts_free(struct accounts *accounts);

enum account_kind { ACCOUNT_MEMORY, ACCOUNT_EVALUATIONS, ACCOUNT_KINDS };

struct account;

/* The account of a client's network, one for all that hold it open. */
struct account *account_open(struct accounts *accounts,
			     struct ip client) MUST_CHECK;
/* NULL is fine, here and below: that is nobody's account, without a bound. */
void account_close(struct accounts *accounts, struct account *account);
/* Stands for the network elsewhere; 0: nobody's. */
uint64_t account_key(const struct account *account);

/* Counts n more or fewer; returns what was held before. */
size_t account_add(struct account *account, enum account_kind kind, size_t n);
void account_sub(struct account *account, enum account_kind kind, size_t n);

#endif
