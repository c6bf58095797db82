/*
 * What looks as if something broke: warned of and counted, never acted upon.
 *
 *   domain     mail of one From domain from one client network passed DMARC
 *              and no longer does: its signer, its records or our DNS
 *   silent     a trusted sealer or relay was busy and sends nothing more
 *   unread     the Received fields of trusted relays are not read, one message
 *              after the other: relay-received does not fit them
 *   rewritten  nearly all mail comes from one address: something before us
 *              hides the clients, and SPF checks the wrong one
 *
 * A network has its own history, so that forged mail, which comes from
 * elsewhere, warns of nothing.  Samples are dropped where threads meet; in
 * memory only.  Any thread.
 */
#ifndef VERDICT_MILTER_OBSERVE_WATCH_H
#define VERDICT_MILTER_OBSERVE_WATCH_H

#include <stdint.h>

#include "base/compat.h"
#include "base/domain.h"
#include "base/ip.h"
#include "base/log.h"
#include "verdict/verdict.h"

enum watch_kind {
	WATCH_DOMAIN,
	WATCH_SILENT,
	WATCH_UNREAD,
	WATCH_REWRITTEN,
	WATCH_KINDS
};

/* Of the configuration: who is waited for. */
struct watch_trusted {
	const struct domain_list *sealers;
	const struct client_list *relays;
};

struct watch;

/* log outlives the watch. */
struct watch *watch_new(const struct log *log) MUST_CHECK;
void watch_free(struct watch *watch);
/* A decided message.  now_ms: monotonic. */
void watch_message(struct watch *watch, const struct verdict *verdict,
		   const struct watch_trusted *trusted, int64_t now_ms);
/* The warnings of one kind so far. */
unsigned watch_warnings(const struct watch *watch, enum watch_kind kind);
/* How many messages of relays in a row, up to the last one, could not be read,
   and why that was; 0 until they are enough for a warning. */
unsigned watch_unread(struct watch *watch, const char **reason_out);
/* "domain", ... */
const char *watch_kind_text(enum watch_kind kind);

#endif
