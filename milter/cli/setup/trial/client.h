/* From where a trial has this host's own mail come. */
#ifndef VERDICT_MILTER_CLI_SETUP_TRIAL_CLIENT_H
#define VERDICT_MILTER_CLI_SETUP_TRIAL_CLIENT_H

#include "config/config.h"

/* The first of this host's addresses that others may know it by: no loopback,
   better no alias of its interface, and no client of ours.  IP_NONE: none. */
struct ip client_of(const struct config *config);

#endif
