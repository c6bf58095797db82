/*
 * What `verdict setup postfix` would make of Postfix's configuration.
 *
 * It is tried first: main.cf and master.cf are copied to a folder of our own,
 * postconf changes the copies, and the checks look at them again, since a
 * change can bring out the next mistake (what has "$smtpd_milters" in it).  So
 * what is shown is what is written, octet for octet, and what is left is known
 * beforehand.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_CHANGE_CHANGE_H
#define VERDICT_MILTER_CLI_SETUP_CHANGE_CHANGE_H

#include "milter/cli/setup/change/apart.h"
#include "milter/cli/setup/postfix/mta_check.h"

struct change_file {
	char *path;
	struct buf before, after;
};

struct change {
	const struct config *config;
	const struct own *own;
	const char *program;      /* postconf */
	bool named;               /* the admin named the folder */
	char *folder;             /* of main.cf and master.cf */
	struct postconf postconf; /* before the change */
	struct mta_answers answers;
	struct mta_plan plan; /* its order is the caller's */
	struct buf left; /* lines of findings that stay, with their cures */
	size_t mistakes; /* of them, hints not counted */
	bool asks;       /* before it an smtpd has an entry that leads to us */
	bool stops;      /* after it Postfix would put off all mail */
	struct change_file file[FILES_COUNT];
};

/* folder NULL: Postfix's own.  Returns an exit status; but for CLI_ACCEPT it is
   said why.  change_clear() must follow. */
int change_plan(const struct config *config, const struct own *own,
		const char *program, const char *folder, enum mta_order order,
		struct change *change_out);
void change_clear(struct change *change);

/* Writes it, after copies of what was there; what it did is added to *out.
   Returns an exit status. */
int change_apply(const struct change *change, struct buf *out);

/* Runs `postfix -c folder reload`.  Returns an exit status. */
int change_reload(const char *program, const char *folder);

/* The arguments of postconf that make the edit, without quotes: "-e",
   "smtpd_milters = ..."; the second is to be freed. */
const char *change_option(const struct mta_edit *edit);
char *change_argument(const struct mta_edit *edit);

#endif
