#include "milter/process/logsink.h"

/* syslog.h brings the names of its facilities. */
#define SYSLOG_NAMES

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log_json.h"
#include "milter/process/process.h"

/* The configuration has names of the system's table alone. */
static int
facility_code(struct str name)
{
	const CODE *known = facilitynames;

	while (known->c_name != NULL && !str_is(name, known->c_name))
		known++;
	return known->c_name != NULL ? known->c_val : LOG_MAIL;
}

static int
priority_of(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR:
		return LOG_ERR;
	case LOG_LEVEL_WARNING:
		return LOG_WARNING;
	case LOG_LEVEL_INFO:
		return LOG_INFO;
	case LOG_LEVEL_DEBUG:
		break;
	}
	return LOG_DEBUG;
}

static void
write_syslog(void *ctx, enum log_level level, struct str line)
{
	(void)ctx;
	syslog(priority_of(level), "%.*s", STR_ARG(line));
}

/* One call, so that the lines of two threads do not mix. */
static void
write_parts(const char *prefix, size_t n_prefix, struct str line)
{
	struct iovec part[3] = {{(void *)(uintptr_t)prefix, n_prefix},
				{(void *)(uintptr_t)line.p, line.n},
				{(void *)(uintptr_t) "\n", 1}};

	/* Nobody is left to be told where this fails. */
	if (writev(STDERR_FILENO, part, 3) < 0)
		return;
}

static void
write_stderr(void *ctx, enum log_level level, struct str line)
{
	(void)ctx;
	(void)level;
	write_parts("", 0, line);
}

static void
write_journal(void *ctx, enum log_level level, struct str line)
{
	/* sd-daemon(3): "<N>" with the digit of the syslog priority. */
	char prefix[3] = {'<', (char)('0' + priority_of(level)), '>'};

	(void)ctx;
	write_parts(prefix, sizeof prefix, line);
}

static const struct sink {
	void (*write)(void *ctx, enum log_level level, struct str line);
} sinks[] = {[CONFIG_LOG_SYSLOG] = {write_syslog},
	     [CONFIG_LOG_STDERR] = {write_stderr},
	     [CONFIG_LOG_JOURNAL] = {write_journal}};

static void
write_json(void *ctx, enum log_level level, struct str line)
{
	const struct sink *sink = ctx;
	struct buf object;

	buf_init(&object, NULL);
	log_json(&object, level, line);
	sink->write(NULL, level, buf_str(&object));
	buf_clear(&object);
}

struct log
logsink_open(const struct config *config)
{
	const struct sink *sink = &sinks[config->log_target];
	struct log log = {.level = config->log_level, .write = sink->write};

	/* Linked as it is, libmilter says what it says to syslog, whatever the
	   target is. */
	openlog("verdict-milter", LOG_PID, facility_code(config->log_facility));
	if (config->log_target == CONFIG_LOG_SYSLOG &&
	    access(_PATH_LOG, F_OK) != 0)
		process_complain("log.target: there is no " _PATH_LOG
				 ", so log lines are lost; start "
				 "syslog, or choose stderr or journal");
	if (config->log_format == CONFIG_LOG_JSON) {
		log.write = write_json;
		log.ctx = (void *)(uintptr_t)sink;
	}
	return log;
}
