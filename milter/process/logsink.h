/*
 * Where the daemon's log lines go: syslog, standard error, or standard error
 * with the priority prefixes that a service manager's journal reads; as they
 * are or as JSON objects.
 *
 * Lines may come from any thread; each is written in one call.
 */
#ifndef VERDICT_MILTER_PROCESS_LOGSINK_H
#define VERDICT_MILTER_PROCESS_LOGSINK_H

#include "base/log.h"
#include "config/config.h"

/* The log that the configuration asks for. */
struct log logsink_open(const struct config *config);

#endif
