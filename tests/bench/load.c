/*
 * load: the MTA's side of the milter protocol, for measuring.
 *
 * N sessions at once, each a thread, send the messages of a corpus to a milter
 * or to a chain of milters, for a time or for so many passes, or only hold
 * their connections.  One JSON object on standard output says what came of it.
 * Exit status: 0, 1 where something failed, 64 usage.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "tests/bench/sessions.h"
#include "tests/bench/usage.h"

#define SESSIONS_MAX 4096
#define SECONDS_MAX 86400

struct options {
	struct filter_address address[CHAIN_MAX];
	size_t address_n;
	pid_t pid[USAGE_PROCESSES];
	size_t pid_n;
	const char *folder, *dump;
	uint64_t sessions, per_session, passes, seconds, seed;
	bool idle;
};

static void
usage_exit(const char *what)
{
	fprintf(
	    stderr,
	    "load: %s\n"
	    "usage: load --milter unix:PATH|inet:ADDRESS:PORT [--milter ...]\n"
	    "            --corpus FOLDER [--sessions N] [--per-session N]\n"
	    "            {--seconds N | --passes N | --seconds N --idle}\n"
	    "            [--seed N] [--pid PID ...] [--dump FILE]\n",
	    what);
	exit(64);
}

/* --- measuring --- */

static int64_t
own_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

static bool
measure(struct run *run, const struct options *options)
{
	usage_forget_peak(options->pid, options->pid_n);
	struct usage before = usage_of(options->pid, options->pid_n);
	int64_t begun = chain_now_ns(), own = own_cpu_ns();

	if (options->seconds > 0)
		run->end_ns = begun + (int64_t)options->seconds * 1000000000;
	atomic_store(&run->left, options->passes * run->corpus.batch_n);
	struct tally tally = run_sessions(run, options->sessions);
	double seconds = (double)(chain_now_ns() - begun) / 1e9;
	struct usage after = usage_of(options->pid, options->pid_n);
	own = own_cpu_ns() - own;
	double n = tally.whole.n ? (double)tally.whole.n : 1;
	printf("{\"sessions\":%" PRIu64 ",\"seconds\":%.4f,\"rate\":%.2f,"
	       "\"cpu_ms\":%.5f,\"client_cpu_ms\":%.5f,"
	       "\"rss_before_kb\":%ld,\"rss_kb\":%ld,\"rss_peak_kb\":%ld",
	       options->sessions, seconds, (double)tally.whole.n / seconds,
	       (double)(after.cpu_ns - before.cpu_ns) / 1e6 / n,
	       (double)own / 1e6 / n, before.rss_kb, after.rss_kb,
	       after.peak_kb);
	tally_print(&tally);
	puts("}");
	bool good = tally.whole.n > 0 && tally.lost + tally.refused == 0;
	tally_clear(&tally);
	return good;
}

/* Sessions that have said HELO and no more. */
static bool
hold(struct run *run, const struct options *options)
{
	struct usage before = usage_of(options->pid, options->pid_n);
	struct chain *chain = mem_array(options->sessions, sizeof *chain);
	size_t open = 0;

	for (size_t i = 0; i < options->sessions; i++) {
		chain_init(&chain[i], options->address, options->address_n);
		open += chain_open(&chain[i], run->corpus.batch->mail);
	}
	nanosleep(&(struct timespec){.tv_sec = (time_t)options->seconds}, NULL);
	struct usage after = usage_of(options->pid, options->pid_n);
	for (size_t i = 0; i < options->sessions; i++)
		chain_clear(&chain[i]);
	free(chain);
	printf("{\"sessions\":%" PRIu64 ",\"open\":%zu,\"rss_before_kb\":%ld,"
	       "\"rss_kb\":%ld,\"kb_per_session\":%.3f}\n",
	       options->sessions, open, before.rss_kb, after.rss_kb,
	       (double)(after.rss_kb - before.rss_kb) /
		   (double)options->sessions);
	return open == options->sessions;
}

/* --- the call --- */

static uint64_t
number(const char *text, uint64_t max)
{
	uint64_t value;

	if (!str_uint(str_of(text), max, &value))
		usage_exit("a number is out of range");
	return value;
}

static void
add_milter(struct options *options, const char *text)
{
	if (options->address_n == CHAIN_MAX ||
	    !filter_address_parse(text, &options->address[options->address_n]))
		usage_exit("--milter: not an address, or too many");
	options->address_n++;
}

static void
add_pid(struct options *options, const char *text)
{
	if (options->pid_n == USAGE_PROCESSES)
		usage_exit("--pid: too many");
	options->pid[options->pid_n++] = (pid_t)number(text, INT32_MAX);
}

static void
take_option(struct options *options, int option)
{
	switch (option) {
	case 'm':
		add_milter(options, optarg);
		break;
	case 'c':
		options->folder = optarg;
		break;
	case 'n':
		options->sessions = number(optarg, SESSIONS_MAX);
		break;
	case 'b':
		options->per_session = number(optarg, SIZE_MAX);
		break;
	case 't':
		options->seconds = number(optarg, SECONDS_MAX);
		break;
	case 'p':
		options->passes = number(optarg, UINT32_MAX);
		break;
	case 's':
		options->seed = number(optarg, UINT32_MAX);
		break;
	case 'i':
		options->idle = true;
		break;
	case 'P':
		add_pid(options, optarg);
		break;
	case 'd':
		options->dump = optarg;
		break;
	default:
		usage_exit("unknown option");
	}
}

static void
parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
	    {"milter", required_argument, NULL, 'm'},
	    {"corpus", required_argument, NULL, 'c'},
	    {"sessions", required_argument, NULL, 'n'},
	    {"per-session", required_argument, NULL, 'b'},
	    {"seconds", required_argument, NULL, 't'},
	    {"passes", required_argument, NULL, 'p'},
	    {"seed", required_argument, NULL, 's'},
	    {"idle", no_argument, NULL, 'i'},
	    {"pid", required_argument, NULL, 'P'},
	    {"dump", required_argument, NULL, 'd'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		take_option(options, option);
	if (optind != argc)
		usage_exit("too many words");
	if (options->address_n == 0 || options->folder == NULL)
		usage_exit("--milter and --corpus are needed");
	if (options->sessions == 0 || options->per_session == 0)
		usage_exit("at least one session and message");
	if ((options->seconds > 0) + (options->passes > 0) != 1)
		usage_exit("either --seconds or --passes");
}

int
main(int argc, char **argv)
{
	struct options options = {.sessions = 1, .per_session = 4};
	struct run run = {0};
	bool good;

	parse(argc, argv, &options);
	signal(SIGPIPE, SIG_IGN);
	corpus_read(&run.corpus, options.folder, options.per_session,
		    (unsigned)options.seed);
	run.address = options.address;
	run.address_n = options.address_n;
	if (options.dump && (run.dump = fopen(options.dump, "we")) == NULL)
		bench_fail(options.dump, strerror(errno));
	good = options.idle ? hold(&run, &options) : measure(&run, &options);
	if (run.dump && fclose(run.dump) != 0)
		bench_fail(options.dump, strerror(errno));
	corpus_clear(&run.corpus);
	return good ? 0 : 1;
}
