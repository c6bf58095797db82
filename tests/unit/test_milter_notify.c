#include "tests/support/test.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "milter/process/notify.h"

/* A service manager: its socket, and the name that NOTIFY_SOCKET gives it. */
static int manager = -1;
static char name[64];

static void
listen_on(char first, const char *rest)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(name, sizeof name, "%c%s-%ld", first, rest, (long)getpid());
	memcpy(address.sun_path, name, strlen(name));
	if (first == '@')
		address.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(
	    bind(manager, (struct sockaddr *)&address,
		 (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			     strlen(name))),
	    0);
	setenv("NOTIFY_SOCKET", name, 1);
}

static int
close_manager(void **state)
{
	(void)state;
	if (manager >= 0)
		close(manager);
	manager = -1;
	if (name[0] == '/')
		unlink(name);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return 0;
}

/* The next datagram; "" where there is none. */
static const char *
heard(void)
{
	static char text[200];
	ssize_t n = recv(manager, text, sizeof text - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
expect_all_words(void)
{
	long long at;
	char end;

	assert_true(notify_is_wanted());
	notify_ready();
	assert_string_equal(heard(), "READY=1");
	notify_watchdog();
	assert_string_equal(heard(), "WATCHDOG=1");
	notify_stopping();
	assert_string_equal(heard(), "STOPPING=1");
	int64_t before = clock_monotonic_us();
	notify_reloading();
	assert_int_equal(
	    sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%lld%c", &at, &end),
	    1);
	assert_in_range(at, before, clock_monotonic_us());
	assert_string_equal(heard(), "");
}

static void
test_path(void **state)
{
	(void)state;
	listen_on('/', "tmp/verdict-notify");
	expect_all_words();
}

static void
test_abstract(void **state)
{
	(void)state;
	listen_on('@', "verdict-notify");
	expect_all_words();
}

static void
test_nobody(void **state)
{
	char longer[200];

	(void)state;
	assert_false(notify_is_wanted());
	notify_ready();
	setenv("NOTIFY_SOCKET", "", 1);
	assert_false(notify_is_wanted());
	/* Told on standard error, and no more. */
	memset(longer, 'x', sizeof longer);
	longer[0] = '/';
	longer[sizeof longer - 1] = '\0';
	setenv("NOTIFY_SOCKET", longer, 1);
	notify_ready();
	setenv("NOTIFY_SOCKET", "vsock:2:1", 1);
	notify_ready();
	setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
	notify_ready();
}

static void
test_watchdog_interval(void **state)
{
	char pid[32];

	(void)state;
	assert_int_equal(notify_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_watchdog_ms(), 30000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(notify_watchdog_ms(), 0);
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog_ms(), 30000);
	setenv("WATCHDOG_USEC", "30s", 1);
	assert_int_equal(notify_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "18446744073709551615", 1);
	assert_int_equal(notify_watchdog_ms(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(test_path, close_manager),
	    cmocka_unit_test_teardown(test_abstract, close_manager),
	    cmocka_unit_test_teardown(test_nobody, close_manager),
	    cmocka_unit_test_teardown(test_watchdog_interval, close_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
