/*
 * verdict-milter: options, and the order in which things start and stop.
 *
 * Before threads: configuration, background, pid file, socket, another user.
 * With threads: resolver, libmilter.  The reverse at the end.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/err.h"
#include "base/shares.h"
#include "base/standard.h"
#include "base/words.h"
#include "config/precheck.h"
#include "milter/control/control.h"
#include "milter/mta/mta.h"
#include "milter/process/listen.h"
#include "milter/process/logsink.h"
#include "milter/process/process.h"
#include "milter/process/watchdog.h"
#include "milter/server/server.h"
#include "milter/session/callbacks.h"

#define GO_ON (-1)

struct arguments {
	bool foreground, check_only;
	const char *config_file;
};

struct daemon {
	struct server server;
	struct run_as run_as;
	struct pid_file pid_file;
	struct listener listener;
	struct watchdog watchdog;
	struct control control;
	struct buf untamed; /* calls of libmilter that do not come to us */
};

static void
usage(FILE *to)
{
	fputs("usage: verdict-milter [-f] [-c FILE] [-n]\n"
	      "  -f, --foreground   stay attached to the terminal\n"
	      "  -c, --config FILE  default " CONFIG_FILE "\n"
	      "  -n, --check        check the configuration only\n"
	      "  -V, --version      show the version\n"
	      "  -h, --help         show this\n",
	      to);
}

static void
show_version(void)
{
	struct buf libmilter;

	buf_init(&libmilter, NULL);
	mta_version(&libmilter);
	printf("verdict-milter %s\nlibmilter %.*s\n", VERDICT_VERSION,
	       STR_ARG(buf_str(&libmilter)));
	buf_clear(&libmilter);
}

static int
parse_options(int argc, char **argv, struct arguments *options)
{
	static const struct option known[] = {
	    {"foreground", no_argument, NULL, 'f'},
	    {"config", required_argument, NULL, 'c'},
	    {"check", no_argument, NULL, 'n'},
	    {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0},
	};
	int c;

	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	while ((c = getopt_long(argc, argv, "fc:nVh", known, NULL)) != -1) {
		switch (c) {
		case 'f':
			options->foreground = true;
			break;
		case 'c':
			options->config_file = optarg;
			break;
		case 'n':
			options->check_only = true;
			break;
		case 'V':
			show_version();
			return EX_OK;
		case 'h':
			usage(stdout);
			return EX_OK;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "verdict-milter: unexpected argument '%s'\n",
			argv[optind]);
		usage(stderr);
		return EX_USAGE;
	}
	return GO_ON;
}

/* How libmilter is used, where it is not as it should be. */
static void
tell_way(struct daemon *daemon)
{
	const struct log *log = &daemon->server.log;

	if (daemon->untamed.n > 0)
		log_printf(log, LOG_LEVEL_WARNING,
			   "libmilter: its calls do not come to the daemon "
			   "(%s), so a relay stands before it, which is "
			   "slower; build again with this system's libmilter.a",
			   daemon->untamed.p);
	else if (mta_is_plain())
		log_printf(
		    log, LOG_LEVEL_INFO,
		    "libmilter: linked as it is (LIBMILTER=shared), so a "
		    "relay stands before it, which is slower");
	buf_clear(&daemon->untamed);
}

#define RUNS_AS_ROOT                                                       \
	"user: the daemon runs as root; name a user of its own, as "       \
	"\"user: verdict\", whom \"useradd --system --user-group --shell " \
	"/usr/sbin/nologin verdict\" creates"

/* Who starts it by hand looks at the terminal, and at the log later. */
static void
tell_of_root(const struct daemon *daemon, bool foreground)
{
	const struct config *config = daemon->server.started;

	if (geteuid() != 0)
		return;
	log_printf(&daemon->server.log, LOG_LEVEL_WARNING, RUNS_AS_ROOT);
	if (!foreground && config->log_target != CONFIG_LOG_STDERR)
		process_complain(RUNS_AS_ROOT);
}

static void
tell_start(struct daemon *daemon, bool foreground)
{
	struct buf warnings;
	const struct config *config = daemon->server.started;
	const struct log *log = &daemon->server.log;
	const char *wants = policy_enforce_wants(&config->policy);

	log_printf(log, LOG_LEVEL_INFO,
		   "verdict-milter %s starts: listen=%.*s authserv-id=%.*s "
		   "mode=%s",
		   VERDICT_VERSION, STR_ARG(config->listen),
		   STR_ARG(config->authres.id),
		   words_text(policy_mode_words, config->policy.mode));
	if (config->policy.mode == POLICY_MONITOR)
		log_printf(log, LOG_LEVEL_WARNING,
			   "mode: monitor, so delivery does not change; each "
			   "message's line tells what enforce would do%s%s",
			   wants[0] ? "; set before enforce: " : "", wants);
	tell_of_root(daemon, foreground);
	tell_way(daemon);
	buf_init(&warnings, NULL);
	reload_warn(&daemon->server, NULL, config, &warnings);
	buf_clear(&warnings);
}

static void
raise_files(const struct config *config)
{
	struct buf lack;

	buf_init(&lack, NULL);
	process_raise_files(config->max_sessions, &lack);
	if (lack.n > 0)
		process_complain("%s", lack.p);
	buf_clear(&lack);
}

static void
print_fault(void *ctx, bool fatal, struct str line)
{
	(void)ctx;
	process_complain("%s%.*s", fatal ? "" : "warning: ", STR_ARG(line));
}

/* What needs root's rights or must precede the threads. */
static bool
prepare(struct daemon *daemon)
{
	const struct config *config = daemon->server.started;

	umask(022);
	if (precheck(config, PRECHECK_START, &daemon->run_as, print_fault,
		     NULL) != PRECHECK_FINE)
		return false;
	/* From here on a signal must not leave files behind. */
	process_block_signals();
	mta_begin(&daemon->untamed);
	if (!process_pid_file_open(config->pid_file, &daemon->pid_file))
		return false;
	raise_files(config);
	if (!callbacks_register(&daemon->server)) {
		process_complain("libmilter refuses the callbacks");
		return false;
	}
	if (!listen_open(config, &daemon->run_as, &daemon->listener))
		return false;
	control_open(&daemon->control, config, &daemon->run_as);
	return process_become(&daemon->run_as);
}

static bool
start_threads(struct daemon *daemon)
{
	struct server *server = &daemon->server;
	int err;

	server->log = logsink_open(server->started);
	mta_filter(
	    &(struct mta_filter){server_may_connect, server, &server->log});
	if (!mta_prepare(shares_of(server->started->max_evaluations).workers)) {
		process_complain("connections: cannot be waited for: %m");
		return false;
	}
	err = server_start(server);
	if (err == ERR_SYSTEM)
		process_complain("resolver: cannot start: %m");
	else if (err != ERR_OK)
		process_complain("resolver: cannot start: %s", err_text(err));
	if (err != ERR_OK)
		return false;
	server_read_privacy_key(server);
	if (!history_open(server->started, &server->log, &server->history)) {
		process_complain("threads: cannot start: %m");
		return false;
	}
	if (control_start(&daemon->control, server) &&
	    mta_waker_start(&server->evaluations)) {
		if (watchdog_start(&daemon->watchdog, &server->log,
				   server->engine.resolver))
			return true;
		mta_waker_stop();
	}
	process_complain("threads: cannot start: %m");
	return false;
}

static void
release_files(struct daemon *daemon)
{
	unixsock_remove(&daemon->listener);
	process_pid_file_remove(&daemon->pid_file);
	run_as_clear(&daemon->run_as);
}

/*
 * Sessions that libmilter leaves open may still hold a message: then memory
 * stays as it is, and no exit handler runs under the feet of their threads.
 */
static void
stop(struct daemon *daemon, int status)
{
	struct server *server = &daemon->server;

	watchdog_stop(&daemon->watchdog);
	bool idle = server_drain(server);
	mta_waker_stop();
	control_stop(&daemon->control);
	log_printf(&server->log, LOG_LEVEL_INFO,
		   "verdict-milter stops, signal %d", mta_ending_signal());
	release_files(daemon);
	if (!idle)
		_exit(status);
	server_clear(server);
}

static int
run(struct config *config, const struct arguments *options)
{
	static struct daemon daemon = {
	    .pid_file = {.fd = -1},
	    .control = {.socket = -1, .signals = -1, .stop = -1}};
	int ready = -1;

	buf_init(&daemon.untamed, NULL);
	server_init(&daemon.server, config, options->config_file);
	if (!options->foreground) {
		int status = process_daemonize(&ready);
		if (status != GO_ON) {
			server_clear(&daemon.server);
			return status;
		}
	}
	if (!prepare(&daemon) || !start_threads(&daemon)) {
		control_stop(&daemon.control);
		release_files(&daemon);
		server_clear(&daemon.server);
		return EX_UNAVAILABLE;
	}
	tell_start(&daemon, options->foreground);
	if (ready >= 0)
		process_ready(ready, config->log_target != CONFIG_LOG_SYSLOG);
	bool ended = mta_run();
	int status = ended ? EX_OK : EX_SOFTWARE;
	if (status != EX_OK)
		log_printf(&daemon.server.log, LOG_LEVEL_ERROR,
			   "libmilter gave up; its reason %s",
			   mta_is_plain() ? "is in syslog" : "stands above");
	stop(&daemon, status);
	return status;
}

static void
print_error(void *ctx, struct str line)
{
	(void)ctx;
	process_complain("%.*s", STR_ARG(line));
}

static void
print_warning(void *ctx, struct str line)
{
	(void)ctx;
	process_complain("warning: %.*s", STR_ARG(line));
}

/* What can be known before the start: the file, and whom and what it names. */
static int
check_only(const char *path, const struct config *config)
{
	enum precheck_found found =
	    precheck(config, PRECHECK_BEFORE, NULL, print_fault, NULL);

	config_each_warning(config, NULL, print_warning, NULL);
	if (found != PRECHECK_FINE)
		return found == PRECHECK_FILE ? EX_CONFIG : EX_UNAVAILABLE;
	printf("%s: the configuration is fine\n", path);
	return EX_OK;
}

int
main(int argc, char **argv)
{
	struct arguments options = {.config_file = CONFIG_FILE};
	struct config_error error;
	struct config *config;

	if (!standard_fill()) {
		process_complain("/dev/null cannot be opened: %m");
		return EX_OSERR;
	}
	int status = parse_options(argc, argv, &options);
	if (status != GO_ON)
		return status;
	if (config_load(options.config_file, &config, &error) != ERR_OK) {
		config_each_error(&error, print_error, NULL);
		return EX_CONFIG;
	}
	if (options.check_only) {
		status = check_only(options.config_file, config);
		config_unref(config);
		return status;
	}
	return run(config, &options);
}
