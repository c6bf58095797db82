/*
 * What the control socket answers: how it went (control/outcome.h), then the
 * text for people, or the JSON value, that was asked for.
 */
#ifndef VERDICT_MILTER_CONTROL_ANSWER_H
#define VERDICT_MILTER_CONTROL_ANSWER_H

#include "base/buf.h"
#include "control/request.h"
#include "milter/server/server.h"

/* privileged: the peer may change what the daemon does. */
void answer_request(struct server *server, const struct request *request,
		    bool privileged, struct buf *out);
/* answer_rules.c, answer_metrics.c */
void answer_rules(struct server *server, bool json, struct buf *out);
/* What the daemon counts, in the text format of Prometheus, version 0.0.4. */
void answer_metrics(struct server *server, struct buf *out);

#endif
