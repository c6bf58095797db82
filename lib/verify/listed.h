/*
 * Inside verify/ only: whether the client is by an `spf:` element of one of the
 * admin's lists (verdict/clients.h).
 *
 * Each domain is asked for once a message, as if it were that of MAIL FROM (RFC
 * 7208 section 4), within the message's questions and time; its result stays in
 * the verdict.  A lookup without an answer is no match.
 */
#ifndef VERDICT_VERIFY_LISTED_H
#define VERDICT_VERIFY_LISTED_H

#include "verdict/clients.h"
#include "verify/verify.h"

/* Asks ahead for the records of the list's domains. */
void listed_prefetch(struct verify *verify, const struct client_list *list);

/* Waits for DNS; the first element whose domain's pass tells who the client is,
   or NULL. */
const struct client_element *listed_find(struct verify *verify,
					 const struct client_list *list,
					 int64_t deadline_ms);

#endif
