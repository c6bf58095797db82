/*
 * The HTTP server of `verdict metrics`: GET and HEAD of /metrics and /healthz.
 */
#ifndef VERDICT_MILTER_CLI_EXPORTER_H
#define VERDICT_MILTER_CLI_EXPORTER_H

#include "base/buf.h"
#include "base/ip.h"
#include "milter/cli/control.h"

/* What the daemon says, in Prometheus' text format, with verdict_up. */
void metrics_collect(const struct control_path *path, struct buf *out);

/* Serves until SIGTERM or SIGINT; the exit status. */
int exporter_run(const struct control_path *path, struct ip ip, uint16_t port);

#endif
