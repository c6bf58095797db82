/*
 * The HTTP server of `verdict metrics`: GET and HEAD of /metrics and /healthz.
 */
#ifndef VERDICT_MILTER_CLI_LIVE_EXPORTER_H
#define VERDICT_MILTER_CLI_LIVE_EXPORTER_H

#include "base/ip.h"
#include "milter/cli/daemon.h"

/* Serves until SIGTERM or SIGINT; the exit status. */
int exporter_run(const struct daemon_path *path, struct ip ip, uint16_t port);

#endif
