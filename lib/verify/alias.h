/*
 * Inside verify/ only: the names that a mail server which canonifies puts in
 * the place of a From domain.
 *
 * Sendmail's dns_getcanonname() asks for AAAA, A and MX in turn, takes the
 * target of a CNAME that any of them shows, and begins again with that.  A
 * name server of the sender's may answer each type in its own way, so all
 * three are asked of each name, and whatever it can end at counts.  A name
 * without any of them it looks for below the host's own domain.
 */
#ifndef VERDICT_VERIFY_ALIAS_H
#define VERDICT_VERIFY_ALIAS_H

#include "base/arena.h"
#include "dmarc/dmarc.h"
#include "dns/dns.h"
#include "verdict/verdict.h"

/* Asks for what alias_domains() wants, and for the walks of the targets. */
void alias_prefetch(struct dns_session *session, struct str author);

/*
 * Adds the targets of the From domains to them.  host: the mail server's own
 * name, or that of its domain, canonical.  doubt_out: of each author, also of
 * those that were added, why a target of it is not known.  More targets than
 * there is room for, or one that is no domain: FROM_TOO_MANY.
 */
void alias_domains(struct arena *arena, struct dns_session *session,
		   struct str host, int64_t deadline_ms,
		   struct verdict_from *from,
		   struct dmarc_doubt doubt_out[LIMIT_AUTHOR_DOMAINS]);

#endif
