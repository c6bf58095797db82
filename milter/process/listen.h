/*
 * The socket that `listen` names: opened with root's rights where the process
 * has them, and given to whom the daemon becomes.
 */
#ifndef VERDICT_MILTER_PROCESS_LISTEN_H
#define VERDICT_MILTER_PROCESS_LISTEN_H

#include <stdbool.h>

#include "base/compat.h"
#include "config/config.h"
#include "config/run_as.h"
#include "milter/process/unixsock.h"

/*
 * After smfi_register(): libmilter listens, or we do and it is served from that
 * (mta_is_plain()).  A unix socket that nobody listens
 * on any more is replaced.  False: standard error tells why.
 */
bool listen_open(const struct config *config, const struct run_as *run_as,
		 struct listener *listener_out) MUST_CHECK;

#endif
