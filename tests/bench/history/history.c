/*
 * How fast a journal goes into a store, and how large that becomes.
 *
 *   bench-history sqlite|pgsql MESSAGES FOLDER VERDICT
 *
 * A million records at a time are written to a journal, then fed while the
 * clock runs; what is there before each has grown by as much.  Then messages
 * are looked up, all are read, and VERDICT, the command, decides all of them
 * again.  FOLDER holds journal and database, and is emptied.  Feed and reader
 * run in processes of their own, so that their memory is their own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/record.h"
#include "store/frames.h"
#include "tests/support/store/pg_server.h"
#include "tests/support/store/synthetic.h"

#define ROUND 1000000
#define BEGIN 1764547200 /* 2025-12-01 UTC */
#define SPAN_S ((int64_t)30 * 86400)
#define JOURNAL_OCTETS ((uint64_t)3 << 30)
#define LOOK_UPS 50

static struct {
	struct synthetic mail;
	uint64_t messages;
	char journal[512];
	const char *store;
} bench;

static void
die(const char *what)
{
	fprintf(stderr, "bench-history: %s\n", what);
	exit(1);
}

/* --- the journal --- */

static void
append(struct journal *journal, const struct journal_frame *frame)
{
	/* A segment may be full until its thread has begun the next. */
	while (journal_append(journal, frame, 1, JOURNAL_ANY_SEGMENT) !=
	       JOURNAL_APPENDED)
		usleep(1000);
}

static uint64_t
write_records(uint64_t from, uint64_t n)
{
	const struct journal_options options = {.folder = bench.journal,
						.host = "mx.receiver.example",
						.size = JOURNAL_OCTETS};
	struct journal *journal = journal_open(&options);
	const struct record_about about = {.context = 1};
	struct verdict verdict;
	struct arena *arena;
	uint64_t i, octets = 0;

	if (!journal)
		die("no journal");
	for (i = from; i < from + n; i++) {
		struct journal_frame frame = {RECORD_MESSAGE | JOURNAL_COUNTED,
					      {NULL, 0}};

		arena = arena_new(NULL);
		synthetic_verdict(&bench.mail, arena, i, &verdict);
		frame.octets = record_pack(arena, &verdict, &about);
		octets += frame.octets.n;
		append(journal, &frame);
		arena_free(arena);
	}
	journal_close(journal);
	return octets;
}

/* --- the feed --- */

struct round {
	double seconds, cpu;
	uint64_t messages;
	long kib;
};

static double
cpu_of(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static struct round
feed_round(void)
{
	const struct feed_options options = {
	    .journal = bench.journal,
	    .store = bench.store,
	    .retention = {100000, INT64_MAX, 100000},
	    .take = frames_take};
	struct feed *feed = feed_new(&options);
	const int64_t begun = clock_monotonic_us();
	struct feed_report report;
	enum feed_state state;
	struct round round;
	struct rusage usage;

	while ((state = feed_step(feed)) == FEED_MORE)
		;
	if (state != FEED_END)
		die(feed_error(feed));
	round.seconds = (double)(clock_monotonic_us() - begun) / 1e6;
	feed_report(feed, &report);
	if (report.lost || report.unreadable || report.octets)
		die("something was lost");
	round.messages = report.messages;
	feed_free(feed);
	getrusage(RUSAGE_SELF, &usage);
	round.kib = usage.ru_maxrss;
	round.cpu = cpu_of(RUSAGE_SELF);
	return round;
}

static struct round
feed_in_process(void)
{
	struct round round;
	int pipes[2], status;
	pid_t pid;

	if (pipe(pipes) != 0 || (pid = fork()) < 0)
		die("no process");
	if (pid == 0) {
		round = feed_round();
		_exit(write(pipes[1], &round, sizeof(round)) != sizeof(round));
	}
	close(pipes[1]);
	if (read(pipes[0], &round, sizeof(round)) != sizeof(round) ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		die("the feed failed");
	close(pipes[0]);
	return round;
}

/* --- what reads all of it --- */

/* Every message is decided again under another configuration, by the command
   as people call it: its own CPU time, and the most memory that it took. */
static void
print_replay(const char *verdict, const char *folder)
{
	char path[600];
	struct rusage usage;
	int status;
	FILE *file;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/new.yaml", folder);
	file = fopen(path, "w");
	if (!file ||
	    fputs("authserv-id: mx.receiver.example\nmode: enforce\n"
		  "on-quarantine: tag\ntag-filed: yes\nrules:\n"
		  "  - {name: one, from: .receiver.example, action: reject}\n"
		  "  - {name: two, client: 192.0.2.0/24, action: accept}\n",
		  file) < 0 ||
	    fclose(file) != 0 || (pid = fork()) < 0)
		die("no replay");
	if (pid == 0) {
		if (!freopen("/dev/null", "w", stdout))
			_exit(126);
		execl(verdict, "verdict", "replay", "--config", path, "--store",
		      bench.store, "--no-feed", "--since", "2025-11-01",
		      "--json", NULL);
		_exit(127);
	}
	const int64_t begun = clock_monotonic_us();
	if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) > 1)
		die("the replay failed");
	const double seconds = (double)(clock_monotonic_us() - begun) / 1e6;
	const double cpu =
	    (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	printf("replay: %.0f verdicts/s, %.2f us of CPU each; %ld MB\n",
	       (double)bench.messages / seconds,
	       cpu * 1e6 / (double)bench.messages, usage.ru_maxrss / 1024);
	fflush(stdout);
}

/* --- what has become of it --- */

static struct store *
open_store(void)
{
	struct sql_error error;
	struct store *store = store_open(bench.store, SQL_READ, &error);

	if (!store)
		die(error.text);
	return store;
}

static int64_t
get(struct store *store, const char *text)
{
	int64_t got = 0;

	if (!sql_get(store_sql(store), text, NULL, 0, 0, &got))
		die(store_error(store)->text);
	return got;
}

static void
print_sizes(struct store *store)
{
	static const char sqlite[] = "SELECT name, sum(pgsize) FROM dbstat "
				     "GROUP BY name ORDER BY 2 DESC";
	static const char pgsql[] =
	    "SELECT regexp_replace(relname, '_[0-9]+', ''), "
	    "CAST(sum(pg_table_size(c.oid)) AS bigint) FROM pg_class c "
	    "JOIN pg_namespace n ON n.oid = c.relnamespace "
	    "WHERE n.nspname = 'verdict' AND c.relkind IN ('r', 'i') "
	    "GROUP BY 1 ORDER BY 2 DESC";
	struct sql *sql = store_sql(store);
	const bool is_sqlite = strncmp(bench.store, "sqlite", 6) == 0;
	double sum = 0, octets;

	if (!sql_query(sql, is_sqlite ? sqlite : pgsql, NULL, 0))
		die(store_error(store)->text);
	while (sql_next(sql) == SQL_ROW) {
		octets =
		    (double)sql_get_integer(sql, 1) / (double)bench.messages;
		sum += octets;
		if (octets >= 1)
			printf("  %-24.*s %6.1f octets a message\n",
			       STR_ARG(sql_get_octets(sql, 0)), octets);
	}
	sql_end(sql);
	printf("on disk: %.1f octets a message, all tables and indexes\n", sum);
}

static bool
count(void *ctx, const struct store_place *place, struct str record)
{
	(void)place, (void)record;
	++*(uint64_t *)ctx;
	return true;
}

/* As a command that asks for one message: it opens the store for it. */
static void
look_up(uint64_t n)
{
	struct store *store = open_store();
	char queue_id[32];
	struct store_term term = {TERM_QUEUE_ID, {queue_id, 0}};
	uint64_t found = 0;

	term.text.n = (size_t)snprintf(queue_id, sizeof(queue_id), "4%010llX",
				       (unsigned long long)n);
	if (!store_find(store, &term, 0, INT64_MAX, count, &found) || !found)
		die("a message is not found");
	store_close(store);
}

static void
print_look_ups(void)
{
	int64_t worst = 0, all = 0, took;
	unsigned seed = 1;
	int i;

	for (i = 0; i < LOOK_UPS; i++) {
		took = clock_monotonic_us();
		look_up((uint64_t)rand_r(&seed) % bench.messages);
		took = clock_monotonic_us() - took;
		all += took;
		worst = took > worst ? took : worst;
	}
	printf("the store is opened and a queue id found in %.1f ms, in all "
	       "parts; at worst %.1f ms\n",
	       (double)all / 1000 / LOOK_UPS, (double)worst / 1000);
}

static void
print_scan(void)
{
	struct store *store = open_store();
	const int64_t begun = clock_monotonic_us();
	uint64_t records = 0;

	if (!store_scan(store, 0, INT64_MAX, count, &records) ||
	    records != bench.messages)
		die("not all records can be read");
	printf("scan: %.0f records/s\n",
	       (double)records * 1e6 / (double)(clock_monotonic_us() - begun));
	store_close(store);
}

/* A process of its own, whose memory is its own. */
static void
read_in_process(void)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		print_look_ups();
		print_scan();
		getrusage(RUSAGE_SELF, &usage);
		printf("reader: %ld MB\n", usage.ru_maxrss / 1024);
		fflush(stdout);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		die("the reader failed");
}

static void
check_counts(struct store *store)
{
	if (get(store, "SELECT CAST(sum(messages) AS bigint) FROM tally") !=
		(int64_t)bench.messages ||
	    get(store, "SELECT CAST(sum(messages) AS bigint) FROM part") !=
		(int64_t)bench.messages)
		die("the store does not hold what was fed");
}

static void
run(void)
{
	double first = 0, last = 0, seconds = 0, cpu = 0;
	uint64_t at, octets = 0;
	struct store *store;
	long kib = 0;

	for (at = 0; at < bench.messages; at += ROUND) {
		const uint64_t n =
		    bench.messages - at < ROUND ? bench.messages - at : ROUND;
		struct round round;

		octets += write_records(at, n);
		round = feed_in_process();
		if (round.messages != n)
			die("not all arrived");
		last = (double)n / round.seconds;
		first = at ? first : last;
		seconds += round.seconds;
		cpu += round.cpu;
		kib = round.kib > kib ? round.kib : kib;
		printf("%9llu: %7.0f records/s, %5.1f us of CPU each, %ld MB\n",
		       (unsigned long long)(at + n), last,
		       round.cpu * 1e6 / (double)n, round.kib / 1024);
		fflush(stdout);
	}
	printf("records: %.0f octets in the mean\n",
	       (double)octets / (double)bench.messages);
	printf("feed: mean %.0f/s, first %.0f/s, last %.0f/s; %.1f us of its "
	       "CPU each; %ld MB\n",
	       (double)bench.messages / seconds, first, last,
	       cpu * 1e6 / (double)bench.messages, kib / 1024);
	store = open_store();
	check_counts(store);
	print_sizes(store);
	store_close(store);
	fflush(stdout);
	read_in_process();
}

int
main(int argc, char **argv)
{
	static char url[600];
	const char *engine = argc > 1 ? argv[1] : "";

	if (argc != 5 || (strcmp(engine, "sqlite") && strcmp(engine, "pgsql")))
		die("usage: bench-history sqlite|pgsql MESSAGES FOLDER "
		    "VERDICT");
	bench.messages = strtoull(argv[2], NULL, 10);
	snprintf(bench.journal, sizeof(bench.journal), "%s/journal", argv[3]);
	snprintf(url, sizeof(url), "sqlite:%s/history.db", argv[3]);
	bench.mail.begin = BEGIN;
	bench.mail.each_ms =
	    SPAN_S * 1000 / (int64_t)(bench.messages ? bench.messages : 1);
	bench.store = strcmp(engine, "pgsql") ? url : pg_server_url();
	if (!bench.store)
		die("no PostgreSQL; run contrib/install-deps --servers");
	printf("%s, %llu messages of %d domains in %d days\n", engine,
	       (unsigned long long)bench.messages, SYNTHETIC_DOMAINS,
	       (int)(SPAN_S / 86400));
	run();
	print_replay(argv[4], argv[3]);
	pg_server_stop();
	if (bench.store != url)
		printf("feed and server together: %.1f us of CPU each\n",
		       cpu_of(RUSAGE_CHILDREN) * 1e6 / (double)bench.messages);
	return 0;
}
