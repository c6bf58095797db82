/*
 * Inside: what `verdict config --mta` looks at, a file for each theme.  A check
 * looks at the service in hand, as its -o overrides leave the parameters.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_MTA_PARTS_H
#define VERDICT_MILTER_CLI_SETUP_MTA_PARTS_H

#include "base/buf.h"
#include "base/compat.h"
#include "base/str.h"
#include "config/config.h"
#include "milter/cli/setup/postconf.h"

struct mta {
	const struct config *config;
	const struct postconf *postconf;
	const struct postconf_service *service; /* in hand; NULL: main.cf */
	size_t among; /* services that are looked at in the same way */
	struct finding *finding;
	size_t findings, hints;
};

/* All checks.  Adds a line for each finding to *out, fit for a terminal;
   returns how many of them are mistakes, no hints. */
size_t mta_judge(const struct config *config, const struct postconf *postconf,
		 struct buf *out);

/* What does not fit, once however many services have it.  parameter: what it
   is about, whose name begins the line. */
void mta_tell(struct mta *mta, const char *parameter, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* The value for the service in hand; never NULL, to be freed. */
char *mta_value(const struct mta *mta, const char *name);
/* The next word of a list, between blanks and commas; empty: no more. */
struct str mta_next_word(struct str *rest);
/* Holds the parameter's list the word?  Words have no case. */
bool mta_has_word(const struct mta *mta, const char *name, const char *word);
/*
 * Tells where the list of clients holds one that is none of our own networks,
 * or what cannot be judged.  what: what such a client may do; mynetworks:
 * Postfix's own networks are ours too.
 */
void mta_check_clients(struct mta *mta, const char *name, const char *what,
		       bool mynetworks);

/* Has a list of milters, a parameter's value, an entry that leads to us? */
bool mta_leads_here(const struct mta *mta, const char *name);

/* The entry that leads to us, of an smtpd. */
void mta_check_milters(struct mta *mta);
/* What else of an smtpd decides on what we are told. */
void mta_check_smtpd(struct mta *mta);
/* The octets that reach us, of an smtpd and of a cleanup. */
void mta_check_newlines(struct mta *mta);
void mta_check_octets(struct mta *mta);
/* What changes a message, or what we wrote, at cleanup or at delivery. */
void mta_check_cleanup(struct mta *mta);
void mta_check_delivery(struct mta *mta);
/* What rules on recipients do not know of. */
void mta_check_recipients(struct mta *mta);
/* Of every service that has a part in it. */
void mta_check_rewriting(struct mta *mta);

/* Services by which mail comes back from a content filter. */
bool mta_is_smtpd(const struct postconf_service *service);
bool mta_is_reinjecting(struct mta *mta,
			const struct postconf_service *service);
void mta_check_reinjecting(struct mta *mta);
/* A filter of the smtpd in hand whose way back is not seen. */
void mta_check_way_back(struct mta *mta);
/* Other programs that take mail from other hosts. */
void mta_check_services(struct mta *mta);

#endif
