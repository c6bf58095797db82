/* Many append while one reads. */
#include <pthread.h>
#include <stdio.h>

#include "tests/support/journal_world.h"
#include "tests/support/test.h"

#define THREADS 8
#define EACH 1500

struct appender {
	pthread_t thread;
	struct journal *journal;
	int number;
};

static void *
append_all(void *ctx)
{
	struct appender *appender = ctx;
	char text[32];
	struct journal_frame frame = {.kind = RECORD};

	for (int i = 0; i < EACH; i++) {
		int n =
		    snprintf(text, sizeof text, "%d %d", appender->number, i);
		frame.octets = str_n(text, (size_t)n);
		if (journal_append(appender->journal, &frame, 1,
				   JOURNAL_ANY_SEGMENT) != JOURNAL_APPENDED)
			return appender;
	}
	return NULL;
}

static void
note_frame(const struct journal_item *item, int next[THREADS])
{
	char text[32];
	int thread, i;

	snprintf(text, sizeof text, "%.*s", STR_ARG(item->frame.octets));
	assert_int_equal(sscanf(text, "%d %d", &thread, &i), 2);
	assert_int_equal(i, next[thread]);
	next[thread]++;
}

static void
read_all(struct journal_reader *reader)
{
	int next[THREADS] = {0};
	struct journal_item item;

	for (uint64_t seen = 0; seen < THREADS * EACH;) {
		enum journal_found found = journal_next(reader, &item);
		if (found == JOURNAL_END)
			continue;
		assert_int_equal(found, JOURNAL_FRAME);
		assert_int_equal(item.number, seen);
		note_frame(&item, next);
		seen++;
	}
}

static void
threads_append_while_one_reads(void **state)
{
	struct journal_options options = journal_world_options();
	struct appender appender[THREADS];
	void *failed;

	(void)state;
	options.segment_octets = 32768;
	struct journal *journal = journal_world_open(options);
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	for (int i = 0; i < THREADS; i++) {
		appender[i] =
		    (struct appender){.journal = journal, .number = i};
		assert_int_equal(pthread_create(&appender[i].thread, NULL,
						append_all, &appender[i]),
				 0);
	}
	read_all(reader);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(appender[i].thread, &failed);
		assert_null(failed);
	}
	assert_true(journal_world_files() > 1);
	journal_reader_free(reader);
	journal_close(journal);
}

#define TEST(name)                                                 \
	cmocka_unit_test_setup_teardown(name, journal_world_setup, \
					journal_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(threads_append_while_one_reads),
	};

	return cmocka_run_group_tests_name("journal_threads", tests, NULL,
					   NULL);
}
