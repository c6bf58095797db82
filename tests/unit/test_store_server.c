/* A server that is there, and not. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/store/fed_world.h"
#include "tests/support/store/pg_server.h"

/* As one that follows another one. */
static void
a_read_only_server(void **state)
{
	struct feed *feed;

	(void)state;
	fed_append(100);
	fed_once();
	fed_append(100);
	snprintf(fed_world.url, sizeof(fed_world.url),
		 "%s?options=-c%%20default_transaction_read_only%%3Don",
		 store_world_url());
	feed = fed_feed(0);
	fed_fails(feed, FEED_REFUSED, "; name the server");
	feed_free(feed);
	fed_read_all();
	assert_int_equal(fed_world.seen.count, 100);
	fed_world.url[0] = '\0';
	fed_once();
	fed_check_all();
}

static void
a_frozen_server(void **state)
{
	struct feed *feed = fed_feed(0);
	int64_t begun;

	(void)state;
	fed_append(100);
	fed_all(feed);
	fed_append(100);
	pg_server_signal(SIGSTOP);
	/* In the midst of a connection, and while one begins. */
	begun = clock_monotonic_ms();
	fed_fails(feed, FEED_LATER, "does not answer; it is tried again");
	fed_fails(feed, FEED_LATER, "it is tried again");
	assert_true(clock_monotonic_ms() - begun < 40000);
	pg_server_signal(SIGCONT);
	while (fed_try(feed) == FEED_LATER)
		usleep(20000);
	feed_free(feed);
	fed_check_all();
}

#define KILLS 12
#define KILL_US 300000

/* Feeds until all is there, whatever becomes of the server meanwhile. */
static int
feed_stubbornly(void)
{
	struct feed *feed = fed_feed(100);
	enum feed_state state;

	while ((state = fed_try(feed)) == FEED_LATER)
		usleep(20000);
	if (state != FEED_END)
		fprintf(stderr, "# %s\n", feed_error(feed));
	feed_free(feed);
	return state == FEED_END ? 0 : 1;
}

static void
a_server_that_is_killed(void **state)
{
	unsigned seed = 7;
	int kills, status;
	pid_t pid;

	(void)state;
	for (kills = 0; kills < KILLS; kills++) {
		fed_append(3000);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			_exit(feed_stubbornly());
		usleep((useconds_t)rand_r(&seed) % KILL_US);
		pg_server_down();
		(void)pg_server_url();
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	fed_check_all();
}

static const struct CMUnitTest server_tests[] = {
    FED_TEST(a_read_only_server),
    FED_TEST(a_frozen_server),
    FED_TEST(a_server_that_is_killed),
};

int
main(void)
{
	return store_world_main_pgsql(server_tests);
}
