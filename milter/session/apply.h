/*
 * What is said to the mail server at end of message.  A call that fails is
 * logged with the queue id and remembered: such a message must not pass, since
 * it might lack its marks.
 */
#ifndef VERDICT_MILTER_SESSION_APPLY_H
#define VERDICT_MILTER_SESSION_APPLY_H

#include <stdbool.h>

#include <libmilter/mfapi.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/str.h"
#include "verdict/verdict.h"

#define AUTHRES_FIELD "Authentication-Results"

struct application {
	SMFICTX *ctx;
	const struct log *log;
	struct str queue_id; /* "" where the mail server has none */
	bool leading_space;  /* SMFIP_HDR_LEADSPC was agreed on */
	bool failed;
};

/* The n-th field (from 1) of that name goes; highest n first. */
void apply_delete(struct application *application, struct arena *arena,
		  struct str name, size_t n);
/*
 * A field goes to the very top, above the mail server's own Received; values
 * without leading space, folded with LF.  After all deletions.
 */
void apply_insert(struct application *application, struct arena *arena,
		  struct str name, struct str value);
/* Into the mail server's quarantine. */
void apply_hold(struct application *application, const char *reason);
/* Keeps the mail server from giving up on us; ctx: struct application. */
void apply_progress(void *ctx);
/* The refusal with the decision's reply; what the callback returns. */
sfsistat apply_refusal(struct application *application,
		       const struct decision *decision);

#endif
