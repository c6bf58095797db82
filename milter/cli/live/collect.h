/*
 * Asks the daemon for its counters, for `verdict metrics`.
 */
#ifndef VERDICT_MILTER_CLI_LIVE_COLLECT_H
#define VERDICT_MILTER_CLI_LIVE_COLLECT_H

#include "base/buf.h"
#include "milter/cli/daemon.h"

/* What the daemon says, in Prometheus' text format, with verdict_up. */
void collect_metrics(const struct daemon_path *path, struct buf *out);

#endif
