/*
 * Who a client is, by a list of the admin's: `trusted-relays`, `forwarders`.
 *
 * An element is a network, a name that the mail server has confirmed for the
 * client's address (RFC 8601 section 2.7.3, iprev=pass), or a domain whose SPF
 * record passes that address (RFC 7208 section 4).  Networks and names are
 * known at once; SPF is asked by the pipeline (verify/), at the end of the
 * message and only where its answer can matter.  Plain data, pure functions.
 */
#ifndef VERDICT_VERDICT_CLIENTS_H
#define VERDICT_VERDICT_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/str.h"
#include "spf/spf.h"

enum client_by {
	CLIENT_BY_NETWORK,
	CLIENT_BY_HOST,   /* "name:HOST" */
	CLIENT_BY_DOMAIN, /* "name:*.DOMAIN": any name below it, not itself */
	CLIENT_BY_SPF     /* "spf:DOMAIN" */
};

struct client_element {
	enum client_by by;
	struct ip_network network;
	struct str domain; /* canonical; of all but networks */
};

/* In the order of the file; outlives the messages that it is held against. */
struct client_list {
	const struct client_element *element;
	size_t count;
	size_t names, spf; /* so many of them are such */
};

/* What SPF said of the client's address for one domain of such a list. */
struct client_spf {
	struct str domain;
	enum spf_result result;
	bool for_anybody; /* struct spf_outcome */
	struct str reason;
};

/*
 * The element of a network or name that the client is by, or NULL: the
 * narrowest, of several as narrow the first.  name: its confirmed name,
 * canonical; "" none.
 */
const struct client_element *client_list_find(const struct client_list *list,
					      struct ip client,
					      struct str name);
/*
 * How narrow it is, to be compared with the length of a network's prefix: a
 * host's name is narrower than any network, other names and SPF are wider.
 */
int client_element_narrowness(const struct client_element *element);

/* A pass of SPF that tells who the client is. */
bool client_spf_counts(const struct client_spf *spf);
/* The word of its result; "pass-for-anybody" of a pass that does not count. */
const char *client_spf_text(const struct client_spf *spf);
/* The first element by SPF whose domain has such a pass among the n results, or
   NULL. */
const struct client_element *client_list_find_spf(
    const struct client_list *list, const struct client_spf *spf, size_t n);
/* As it stands in the file: "192.0.2.0/24", "name:*.provider.example". */
void client_element_add(struct buf *out, const struct client_element *element);
/* The same in the arena; "" for NULL. */
struct str client_element_text(struct arena *arena,
			       const struct client_element *element) MUST_CHECK;

#endif
