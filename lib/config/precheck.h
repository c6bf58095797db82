/*
 * What would keep the daemon from starting on this host, as far as it can be
 * known beforehand: `verdict-milter -n` and `verdict config` ask here both.
 */
#ifndef VERDICT_CONFIG_PRECHECK_H
#define VERDICT_CONFIG_PRECHECK_H

#include "config/config.h"

/*
 * A line for each fault, on standard error after the prefix: users and groups,
 * folders of sockets and of the pid file, an address that is not this host's.
 * A running daemon is none.  True: there is no fault.
 */
bool precheck_tell(const struct config *config, const char *prefix);

#endif
