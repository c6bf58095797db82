/*
 * A new configuration while mail flows: messages that have begun keep the
 * snapshot they began with.  A file that cannot be used changes nothing.
 *
 * One thread at a time reloads; any thread may read.
 */
#ifndef VERDICT_MILTER_SERVER_RELOAD_H
#define VERDICT_MILTER_SERVER_RELOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "config/config.h"
#include "milter/observe/metrics.h"

struct server;

/* How the mail server learns where the daemon listens now. */
#define RELOAD_TELL_MTA "verdict setup postfix --apply --reload"

/* What was counted before a reload changed the mode. */
struct reload_mode {
	int64_t changed; /* seconds since 1970; 0: it did not change */
	uint64_t applied[METRICS_ACTIONS], decided[METRICS_ACTIONS];
};

struct reload {
	char *path; /* full: the daemon changes its folder */
	pthread_mutex_t lock;
	/* under the lock; times in seconds since 1970 */
	int64_t loaded, failed;    /* failed 0: the last one went well */
	struct config_error error; /* of that failure */
	int64_t looked; /* when expiries of rules were told last; 0: not yet */
	int64_t told;   /* when all rules that expire soon were told of */
	struct reload_mode mode;
};

/* The file that was read just now. */
void reload_init(struct reload *reload, const char *path);
void reload_clear(struct reload *reload);

/* When the configuration in force was read. */
int64_t reload_time(struct reload *reload);
void reload_mode(struct reload *reload, struct reload_mode *mode_out);
/* When the last reload failed, and why; 0: it did not. */
int64_t reload_error(struct reload *reload, struct config_error *error_out);

/*
 * What is odd about a configuration (config_warnings), to the log and to out.
 * Rules that expire soon once a day; before: the configuration before it, whose
 * rules may have been told of today; NULL: at the start.
 */
void reload_warn(struct server *server, const struct config *before,
		 const struct config *config, struct buf *out);
/* Warns in the log of rules that since the last look, or since reload_warn(),
   expired or came close to it.  now: seconds since 1970. */
void reload_look_at_rules(struct server *server, int64_t now);
/*
 * Reads the file and takes it over.  The log and `out` tell the error, or which
 * keywords want a restart.
 */
bool reload_now(struct server *server, struct buf *out);

#endif
