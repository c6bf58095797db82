/*
 * `verdict config --mta`: what in Postfix's configuration does not fit ours.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_MTA_CHECK_H
#define VERDICT_MILTER_CLI_SETUP_MTA_CHECK_H

#include "config/config.h"

/* Prints one line a mistake, with its cure.  Returns an exit status: 0 no
   mistake, 1 some, CLI_FAILURE where postconf does not run. */
int mta_check(const struct config *config, const char *program,
	      const char *folder);

#endif
