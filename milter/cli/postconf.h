/*
 * What Postfix says of its own configuration, by its program postconf.
 */
#ifndef VERDICT_MILTER_CLI_POSTCONF_H
#define VERDICT_MILTER_CLI_POSTCONF_H

#include <stdbool.h>

#include "base/compat.h"

struct postconf {
	char *parameters; /* lines "name = value", $ expanded */
	char *services;   /* lines of master.cf */
};

/*
 * program: a path, or a name for $PATH; folder: of main.cf and master.cf, NULL:
 * Postfix's own.  names: NULL ends them.  False: told on standard error.
 */
bool postconf_read(const char *program, const char *folder,
		   const char *const names[],
		   struct postconf *postconf_out) MUST_CHECK;
void postconf_clear(struct postconf *postconf);

/* The value, to be freed; NULL: this Postfix does not know the parameter. */
char *postconf_value(const struct postconf *postconf, const char *name);
/* Is there an smtpd that runs in a chroot? */
bool postconf_smtpd_is_chrooted(const struct postconf *postconf);

#endif
