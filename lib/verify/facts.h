/*
 * Inside verify/ only: what a verdict holds before anything is evaluated.
 */
#ifndef VERDICT_VERIFY_FACTS_H
#define VERDICT_VERIFY_FACTS_H

#include "base/arena.h"
#include "mail/address.h"
#include "verdict/verdict.h"
#include "verify/verify.h"

/* Keeps LIMIT_RECIPIENTS_KEPT, counts the rest; "" is none. */
void facts_add_recipient(struct arena *arena, struct verdict *verdict,
			 struct str path);

/*
 * The envelope, copied, and results that all say none, SPF's for whom.
 * path_out: of MAIL FROM, in the arena.
 */
void facts_begin(struct arena *arena, const struct verify_envelope *envelope,
		 struct verdict *verdict, struct address_path *path_out);

/* A client that was foreign is a relay; before SPF is evaluated. */
void facts_relay(struct verdict *verdict, const struct client_element *relay);

/* Notes a hindrance, and the limit that it comes from. */
void facts_hinder(struct verdict *verdict, enum hindrance hindrance);

/* The value of the first Message-ID (RFC 5322 section 3.6.4), unfolded, as the
   sender wrote it; "" without one. */
struct str facts_message_id(struct arena *arena, const struct header *header);

#endif
