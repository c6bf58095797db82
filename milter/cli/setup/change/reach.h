/* The daemon's milter socket, as a mail server connects to it. */
#ifndef VERDICT_MILTER_CLI_SETUP_CHANGE_REACH_H
#define VERDICT_MILTER_CLI_SETUP_CHANGE_REACH_H

#include "config/config.h"

/* A connection to `listen`, to be closed; -1: errno says why there is none. */
int reach_connect(const struct config *config);
/* Does it take connections? */
bool reach_answers(const struct config *config);

#endif
