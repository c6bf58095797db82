#include "milter/session/apply.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>

#include "milter/session/outgoing.h"

static void
check(struct application *application, int status, const char *call)
{
	char what[80];

	if (status == MI_SUCCESS)
		return;
	application->failed = true;
	snprintf(what, sizeof what,
		 "%s failed: the mail server did not allow it or is gone",
		 call);
	log_about(application->log, LOG_LEVEL_ERROR, "queue-id",
		  application->queue_id, what);
}

/* libmilter takes char * and reads it only. */
static char *
text(struct arena *arena, struct str s)
{
	return (char *)(uintptr_t)arena_copy(arena, s).p;
}

void
apply_delete(struct application *application, struct arena *arena,
	     struct str name, size_t n)
{
	int occurrence = n <= INT_MAX ? (int)n : INT_MAX;

	check(application,
	      smfi_chgheader(application->ctx, text(arena, name), occurrence,
			     NULL),
	      "smfi_chgheader");
}

void
apply_insert(struct application *application, struct arena *arena,
	     struct str name, struct str value)
{
	const char *space = application->leading_space ? " " : "";
	struct str spaced =
	    arena_printf(arena, "%s%.*s", space, STR_ARG(value));

	check(application,
	      smfi_insheader(application->ctx, 0, text(arena, name),
			     text(arena, spaced)),
	      "smfi_insheader");
}

void
apply_hold(struct application *application, const char *reason)
{
	check(application,
	      smfi_quarantine(application->ctx, (char *)(uintptr_t)reason),
	      "smfi_quarantine");
}

void
apply_progress(void *ctx)
{
	struct application *application = ctx;

	check(application, smfi_progress(application->ctx), "smfi_progress");
}

/* Its lines end at the first NULL. */
static int
set_reply(SMFICTX *ctx, char *code, char *xcode, struct outgoing_reply *lines)
{
	char *line[LIMIT_REPLY_LINES] = {NULL};

	_Static_assert(LIMIT_REPLY_LINES == 8, "all are handed over");
	for (size_t i = 0; i < lines->count; i++)
		line[i] = lines->line[i];
	return smfi_setmlreply(ctx, code, xcode, line[0], line[1], line[2],
			       line[3], line[4], line[5], line[6], line[7],
			       (char *)NULL);
}

/* libmilter drops a reply whose class does not match what is returned. */
sfsistat
apply_refusal(struct application *application, const struct decision *decision)
{
	struct outgoing_reply lines;
	const char *code = decision->reply_code;
	bool rejects = code != NULL && code[0] == '5';

	if (code == NULL || code[0] == '\0')
		return decision->applied == ACTION_TEMPFAIL ? SMFIS_TEMPFAIL
							    : SMFIS_REJECT;
	outgoing_reply(decision->reply_text, application->queue_id, &lines);
	check(application,
	      set_reply(application->ctx, (char *)(uintptr_t)code,
			(char *)(uintptr_t)decision->reply_xcode, &lines),
	      "smfi_setmlreply");
	return rejects ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}
