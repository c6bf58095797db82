/* A writer that is killed at any moment loses nothing that it had appended. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/journal_world.h"
#include "tests/support/test.h"

#define KILLS 200
#define THREADS 4
/* From its first append on. */
#define LIFE_MAX_US 20000

/* Seen by the process that is killed and by the one that kills it. */
struct shared {
	atomic_uint returned[THREADS]; /* appends of this life */
};

static struct shared *shared;
static unsigned life;

struct appender {
	struct journal *journal;
	unsigned thread;
};

static void *
append_for_ever(void *ctx)
{
	const struct appender *appender = ctx;
	char text[700];
	struct journal_frame frame = {RECORD, {text, sizeof text}};

	memset(text, '.', sizeof text);
	for (unsigned i = 0;; i++) {
		snprintf(text, sizeof text, "%u %u %u", life, appender->thread,
			 i);
		frame.octets.n = 40 + i % 600;
		if (journal_append(appender->journal, &frame, 1,
				   JOURNAL_ANY_SEGMENT) != JOURNAL_APPENDED)
			abort();
		atomic_store(&shared->returned[appender->thread], i + 1);
	}
	return NULL;
}

static _Noreturn void
live(void)
{
	struct journal_options options = journal_world_options();
	struct appender appender[THREADS];
	pthread_t thread;

	/* Many segments begin while it lives. */
	options.segment_octets = 65536;
	/* What earlier lives left has been read. */
	options.size = 64 * 1024 * 1024;
	struct journal *journal = journal_open(&options);
	if (journal == NULL)
		abort();
	for (unsigned i = 0; i < THREADS; i++) {
		appender[i] = (struct appender){journal, i};
		if (pthread_create(&thread, NULL, append_for_ever,
				   &appender[i]) != 0)
			abort();
	}
	for (;;)
		pause();
}

static void
sleep_us(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

static void
live_and_be_killed(unsigned *seed)
{
	int status;

	for (unsigned i = 0; i < THREADS; i++)
		atomic_store(&shared->returned[i], 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		live();
	while (atomic_load(&shared->returned[0]) == 0 &&
	       waitpid(child, &status, WNOHANG) == 0)
		sleep_us(100);
	sleep_us(rand_r(seed) % LIFE_MAX_US);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* What one life left: of each thread, the frames from its first on. */
static void
read_one_life(struct journal_reader *reader, unsigned found[THREADS])
{
	struct journal_item item;
	enum journal_found what;
	unsigned of_life, thread, number;

	while ((what = journal_next(reader, &item)) != JOURNAL_END) {
		/* What had not returned may be torn. */
		if (what == JOURNAL_CORRUPT)
			continue;
		assert_int_equal(what, JOURNAL_FRAME);
		assert_true(item.frame.octets.n >= 40);
		assert_int_equal(sscanf(item.frame.octets.p, "%u %u %u",
					&of_life, &thread, &number),
				 3);
		assert_int_equal(of_life, life);
		assert_int_equal(item.frame.octets.n, 40 + number % 600);
		assert_int_equal(number, found[thread]);
		found[thread]++;
	}
}

static void
nothing_that_was_appended_is_lost(void **state)
{
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	unsigned seed = 20261130;
	unsigned long frames = 0;

	(void)state;
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	for (life = 0; life < KILLS; life++) {
		unsigned found[THREADS] = {0};
		live_and_be_killed(&seed);
		read_one_life(reader, found);
		for (unsigned i = 0; i < THREADS; i++) {
			unsigned returned = atomic_load(&shared->returned[i]);
			assert_true(found[i] >= returned);
			/* The one that was on its way may be there, too. */
			assert_true(found[i] <= returned + 1);
			frames += returned;
		}
	}
	print_message("%d kills, %lu appends returned\n", KILLS, frames);
	journal_reader_free(reader);
	munmap(shared, sizeof *shared);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(nothing_that_was_appended_is_lost,
					    journal_world_setup,
					    journal_world_teardown),
	};

	return cmocka_run_group_tests_name("journal_kill", tests, NULL, NULL);
}
