/*
 * Inside: what `verdict config --mta` looks at, a file for each theme.  A check
 * looks at the service in hand, as its -o overrides leave the parameters.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_POSTFIX_MTA_PARTS_H
#define VERDICT_MILTER_CLI_SETUP_POSTFIX_MTA_PARTS_H

#include "base/buf.h"
#include "base/compat.h"
#include "base/str.h"
#include "config/config.h"
#include "config/endpoint.h"
#include "milter/cli/setup/postfix/mta_check.h"
#include "milter/cli/setup/postfix/postconf.h"

struct mta {
	const struct config *config;
	struct endpoint own; /* of its `listen` */
	const struct postconf *postconf;
	struct mta_answers *answers;            /* NULL: nobody is asked */
	const struct postconf_service *service; /* in hand; NULL: main.cf */
	size_t among; /* services that are looked at in the same way */
	struct finding *finding;
	size_t findings, hints;
	size_t last; /* of the findings: the one told last */
	struct mta_plan *plan;
};

/* What does not fit, once however many services have it.  parameter: what it
   is about, whose name begins the line. */
void mta_tell(struct mta *mta, const char *parameter, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* Its text, with its cure. */
struct str mta_last_told(const struct mta *mta);

/*
 * What mends the finding that was told last: the parameter gets the value, in
 * the line of the service in hand where that has one of its own, else in
 * main.cf.  value NULL: its -o is taken out.
 */
void mta_mend(struct mta *mta, const char *parameter, const char *value);
/* The same, always in the service's line. */
void mta_mend_service(struct mta *mta, const char *parameter,
		      const char *value);
/* The list gets the word, or loses it. */
void mta_mend_by_word(struct mta *mta, const char *parameter, const char *word);
void mta_mend_without_word(struct mta *mta, const char *parameter,
			   const char *word);
/* Has it been said already what it gets? */
bool mta_is_planned(const struct mta *mta, const char *parameter);
/* The value there as it is written, or will be; never NULL, to be freed. */
char *mta_written(const struct mta *mta, const char *parameter);
/* Does the service in hand see another value than main.cf has? */
bool mta_is_overridden(const struct mta *mta, const char *parameter);

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

/* The next of a list whose items are words or stand in braces, without those;
   empty: no more. */
struct str mta_next_item(struct str *rest);
/* Does the entry of a list of milters lead to us?  Has the parameter's list
   such an entry? */
bool mta_is_ours(const struct mta *mta, struct str entry);
bool mta_leads_here(const struct mta *mta, const char *name);
/* "HOST:PORT", "[V6]:PORT" or "PORT": the host without brackets, or empty. */
void mta_split_place(struct str place, struct str *host_out,
		     struct str *port_out);
/* The path of "unix:PATH" or "local:PATH"; empty: the address is no such. */
struct str mta_unix_path(struct str address);
/* Where the service in hand looks for it: below the queue if it is in a chroot,
   or if the path is relative. */
void mta_add_seen_path(const struct mta *mta, struct str path, struct buf *out);
/* Why nobody answers where the entry leads, as long as mta->answers; NULL:
   somebody does, or it cannot be told. */
const char *mta_silence(const struct mta *mta, struct str entry);
/* Another program than ours that answers there; NULL: none, or not seen. */
const struct listening *mta_other_there(const struct mta *mta,
					struct str entry);
/* Does an entry that was written for us lead where nobody answers (any more)?
   That is one of --apply, which may lead to another program by now, too, or one
   that looks like it. */
bool mta_is_left_over(const struct mta *mta, struct str entry);

/* As it should be written, with these options. */
#define MTA_OWN_OPTIONS "connect_timeout=10s, default_action=tempfail"
void mta_add_own_entry(const struct mta *mta, struct buf *out);
/* Does our entry of smtpd_milters stand where it shall, as mta->plan says? */
bool mta_is_in_order(const struct mta *mta);
/* Our entry of smtpd_milters gets the option, or is put before the others, or
   gets an address that smtpd can reach (false: there is none), or takes the
   place of those that were left of it, or goes to where it shall stand; or a
   list loses it, and those. */
void mta_mend_entry(struct mta *mta, const char *option, const char *value);
void mta_mend_missing(struct mta *mta);
bool mta_mend_address(struct mta *mta);
void mta_mend_left_over(struct mta *mta);
void mta_mend_order(struct mta *mta);
void mta_mend_without_us(struct mta *mta, const char *name);

/* Entries of the list where nobody answers, ours not looked at; those left of
   us: renew: ours takes their place, else they are taken out. */
void mta_check_answers(struct mta *mta, const char *list, bool renew);
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
