/* Where no thread can be made, errno tells why. */
#include "tests/support/test.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "milter/mta/mta.h"
#include "milter/process/watchdog.h"

/* No address space holds such a stack: pthread_create(3) says EAGAIN, what
   failed within it something else. */
#define HUGE_STACK (SIZE_MAX / 4 + 1)

static pthread_attr_t before;

static int
forbid_threads(void **state)
{
	pthread_attr_t huge;

	(void)state;
	assert_int_equal(pthread_getattr_default_np(&before), 0);
	pthread_attr_init(&huge);
	assert_int_equal(pthread_attr_setstacksize(&huge, HUGE_STACK), 0);
	assert_int_equal(pthread_setattr_default_np(&huge), 0);
	pthread_attr_destroy(&huge);
	errno = 0;
	return 0;
}

static int
allow_threads(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	return pthread_setattr_default_np(&before) +
	       pthread_attr_destroy(&before);
}

static void
test_waker(void **state)
{
	struct gate evaluations;

	(void)state;
	gate_init(&evaluations);
	assert_false(mta_waker_start(&evaluations));
	assert_int_equal(errno, EAGAIN);
}

static void
test_watchdog(void **state)
{
	struct watchdog watchdog;

	(void)state;
	setenv("NOTIFY_SOCKET", "@verdict.example", 1);
	errno = 0;
	assert_false(watchdog_start(&watchdog, NULL, NULL));
	assert_int_equal(errno, EAGAIN);
	watchdog_stop(&watchdog);
}

static void
test_no_service_manager(void **state)
{
	struct watchdog watchdog;

	(void)state;
	unsetenv("NOTIFY_SOCKET");
	assert_true(watchdog_start(&watchdog, NULL, NULL));
	watchdog_stop(&watchdog);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_waker, forbid_threads,
					    allow_threads),
	    cmocka_unit_test_setup_teardown(test_watchdog, forbid_threads,
					    allow_threads),
	    cmocka_unit_test_setup_teardown(test_no_service_manager,
					    forbid_threads, allow_threads),
	};

	return cmocka_run_group_tests_name("milter-threads", tests, NULL, NULL);
}
