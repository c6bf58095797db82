#include "milter/server/reload.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "config/precheck.h"
#include "milter/mta/mta.h"
#include "milter/process/notify.h"
#include "milter/process/process.h"
#include "milter/server/server.h"

/* A symbolic link is followed anew at each reload. */
static char *
full_path(const char *path)
{
	char folder[PATH_MAX];
	struct buf full;

	buf_init(&full, NULL);
	if (path[0] != '/' && getcwd(folder, sizeof folder) != NULL)
		buf_printf(&full, "%s/", folder);
	buf_adds(&full, path);
	return full.p;
}

void
reload_init(struct reload *reload, const char *path)
{
	*reload = (struct reload){.path = full_path(path),
				  .loaded = clock_wall_seconds()};
	pthread_mutex_init(&reload->lock, NULL);
}

void
reload_clear(struct reload *reload)
{
	free(reload->path);
	pthread_mutex_destroy(&reload->lock);
}

int64_t
reload_time(struct reload *reload)
{
	pthread_mutex_lock(&reload->lock);
	int64_t loaded = reload->loaded;
	pthread_mutex_unlock(&reload->lock);
	return loaded;
}

int64_t
reload_error(struct reload *reload, struct config_error *error_out)
{
	pthread_mutex_lock(&reload->lock);
	int64_t failed = reload->failed;
	if (failed != 0)
		*error_out = reload->error;
	pthread_mutex_unlock(&reload->lock);
	return failed;
}

static void
note(struct reload *reload, const struct config_error *error)
{
	int64_t now = clock_wall_seconds();

	pthread_mutex_lock(&reload->lock);
	if (error == NULL)
		reload->loaded = now;
	else
		reload->error = *error;
	reload->failed = error == NULL ? 0 : now;
	pthread_mutex_unlock(&reload->lock);
}

void
reload_mode(struct reload *reload, struct reload_mode *mode_out)
{
	pthread_mutex_lock(&reload->lock);
	*mode_out = reload->mode;
	pthread_mutex_unlock(&reload->lock);
}

/* What is counted of messages in progress may be of either mode. */
static void
note_mode(struct server *server)
{
	struct reload_mode mode = {.changed = clock_wall_seconds()};
	const struct metrics *metrics = &server->metrics;

	for (size_t i = 0; i < METRICS_ACTIONS; i++) {
		mode.applied[i] = metrics_get(&metrics->applied[i]);
		mode.decided[i] = metrics_get(&metrics->decided[i]);
	}
	pthread_mutex_lock(&server->reload.lock);
	server->reload.mode = mode;
	pthread_mutex_unlock(&server->reload.lock);
}

#define DAY_S 86400
#define STAYS "the configuration stays as it was: "

/* Each line of the log can be found by itself. */
static void
log_error(void *ctx, struct str line)
{
	log_printf(ctx, LOG_LEVEL_ERROR, STAYS "%.*s", STR_ARG(line));
}

static bool
refuse(struct server *server, const struct config_error *error, struct buf *out)
{
	note(&server->reload, error);
	metrics_add(&server->metrics.reload_failures);
	config_each_error(error, log_error, &server->log);
	buf_printf(out, STAYS "%s\n", error->text);
	return false;
}

static void
warn(struct server *server, const char *text, struct str what, struct buf *out)
{
	log_printf(&server->log, LOG_LEVEL_WARNING, "%s: %.*s", text,
		   STR_ARG(what));
	buf_printf(out, "%s: %.*s\n", text, STR_ARG(what));
}

struct warnings_to {
	struct server *server;
	struct buf *out;
};

static void
warn_of_line(void *ctx, struct str line)
{
	struct warnings_to *to = ctx;

	warn(to->server, "warning", line, to->out);
}

void
reload_warn(struct server *server, const struct config *before,
	    const struct config *config, struct buf *out)
{
	struct warnings_to to = {server, out};
	struct reload *reload = &server->reload;
	int64_t now = clock_wall_seconds();

	pthread_mutex_lock(&reload->lock);
	bool today = now - reload->told < DAY_S;
	reload->looked = now;
	if (before == NULL || !today)
		reload->told = now;
	pthread_mutex_unlock(&reload->lock);
	config_each_warning(config, today ? before : NULL, warn_of_line, &to);
}

void
reload_look_at_rules(struct server *server, int64_t now)
{
	struct buf unheard;
	struct warnings_to to = {server, &unheard};
	struct reload *reload = &server->reload;
	struct config *config = server_config(server);

	pthread_mutex_lock(&reload->lock);
	int64_t since = reload->looked;
	reload->looked = now;
	pthread_mutex_unlock(&reload->lock);
	buf_init(&unheard, NULL);
	/* A clock that was set back tells nothing twice. */
	if (since != 0 && now > since)
		config_each_expiry(config, since, now, warn_of_line, &to);
	buf_clear(&unheard);
	config_unref(config);
}

static void
warn_of_restart(void *ctx, bool fatal, struct str line)
{
	struct warnings_to *to = ctx;

	warn(to->server,
	     fatal ? "a restart would fail" : "a restart would warn", line,
	     to->out);
}

static void
tell(struct server *server, const struct config *before,
     const struct config *fresh, struct buf *out)
{
	struct buf text;

	buf_init(&text, NULL);
	log_printf(&server->log, LOG_LEVEL_INFO,
		   "the configuration is read again: %s", server->reload.path);
	buf_printf(out, "the configuration is read again: %s\n",
		   server->reload.path);
	config_needs_restart(server->started, fresh, &text);
	if (text.n > 0) {
		buf_adds(&text, " (systemctl restart verdict-milter)");
		warn(server, "changed, and waiting for a restart",
		     buf_str(&text), out);
	}
	if (!str_eq(server->started->listen, fresh->listen))
		warn(server,
		     "after the restart the mail server still asks the old "
		     "address of listen, and mail waits, until",
		     str_lit(RELOAD_TELL_MTA), out);
	/* What it looks at is read at the start only: nothing is refused. */
	(void)!precheck(
	    fresh, server->by_root ? PRECHECK_RELOAD_BY_ROOT : PRECHECK_RELOAD,
	    NULL, warn_of_restart, &(struct warnings_to){server, out});
	buf_reset(&text);
	process_raise_files(fresh->max_sessions, &text);
	if (text.n > 0)
		warn(server, "warning", buf_str(&text), out);
	reload_warn(server, before, fresh, out);
	buf_clear(&text);
}

static bool
take_over(struct server *server, struct buf *out)
{
	struct config *fresh;
	struct config_error error;

	if (config_load(server->reload.path, &fresh, &error) != ERR_OK)
		return refuse(server, &error, out);
	struct config *before = server_config(server);
	server_adopt(server, config_ref(fresh));
	if (fresh->policy.mode != before->policy.mode)
		note_mode(server);
	note(&server->reload, NULL);
	metrics_add(&server->metrics.reloads);
	tell(server, before, fresh, out);
	config_unref(before);
	config_unref(fresh);
	return true;
}

static bool
is_stopping(struct server *server)
{
	return atomic_load(&server->stopping) || mta_ending_signal() != 0;
}

/* READY after STOPPING would tell the service manager of another start. */
bool
reload_now(struct server *server, struct buf *out)
{
	if (is_stopping(server)) {
		buf_adds(out, "the daemon is stopping\n");
		return false;
	}
	notify_reloading();
	bool done = take_over(server, out);
	if (!is_stopping(server))
		notify_ready();
	return done;
}
