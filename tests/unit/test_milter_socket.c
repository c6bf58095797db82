/* The control socket's thread: what clients send and how, and who has to go. */
#include "tests/support/milter/mail_world.h"

#include <errno.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "milter/control/control.h"
#include "tests/support/config_file.h"

#define TRACED "ok\nnothing is traced\n"
/* Far longer than what is waited for takes. */
#define PATIENCE_MS 20000

static struct server *server;
static struct control control;
static struct buf got;

static void
begin(const char *config)
{
	const struct run_as run_as = {.uid = geteuid(), .gid = getegid()};
	struct buf text;

	buf_init(&text, NULL);
	buf_printf(&text, "control-socket: %s/s\n%s", config_file_folder(),
		   config);
	buf_addc(&text, '\0');
	server = mail_world(text.p, "");
	buf_clear(&text);
	control = (struct control){.socket = -1, .signals = -1, .stop = -1};
	control_open(&control, server->config, &run_as);
	assert_true(control.socket >= 0);
	assert_true(control_start(&control, server));
}

static int
teardown(void **state)
{
	buf_clear(&got);
	buf_init(&got, NULL);
	control_stop(&control);
	return mail_world_teardown(state);
}

static int
client(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof address.sun_path, "%s/s",
		 config_file_folder());
	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience),
	    0);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void
say(int fd, const char *text, size_t n)
{
	assert_int_equal(send(fd, text, n, MSG_NOSIGNAL), n);
}

/* Until the thread has taken all that was sent. */
static void
await_taken(int fd)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	int64_t end = clock_monotonic_ms() + PATIENCE_MS;
	int left;

	while (ioctl(fd, SIOCOUTQ, &left) == 0 && left > 0) {
		assert_true(clock_monotonic_ms() < end);
		nanosleep(&pause, NULL);
	}
}

/* All that comes up to the end; valid until the next one. */
static const char *
hear(int fd)
{
	ssize_t n;

	buf_clear(&got);
	buf_init(&got, NULL);
	while ((n = recv(fd, buf_room(&got, 4096), 4096, 0)) > 0)
		got.n += (size_t)n;
	/* What was sent in vain is told by a reset. */
	assert_true(n == 0 || errno == ECONNRESET);
	close(fd);
	buf_addc(&got, '\0');
	return got.p;
}

static const char *
ask(const char *text, size_t n)
{
	int fd = client();

	say(fd, text, n);
	return hear(fd);
}

static void
test_requests(void **state)
{
	static char much[LIMIT_CONTROL_REQUEST];
	char path[400];
	struct stat file;

	(void)state;
	begin("");
	snprintf(path, sizeof path, "%s/s", config_file_folder());
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0600);
	memset(much, 'x', sizeof much);
	assert_string_equal(ask("trace\n", 6), TRACED);
	assert_string_equal(ask("\n", 1), "error usage this is no request\n");
	assert_string_equal(ask("trace\ntrace\n", 12),
			    "error usage one request a connection\n");
	assert_string_equal(ask(much, sizeof much),
			    "error usage the request is too long\n");
	much[sizeof much - 1] = '\n';
	assert_string_equal(ask(much, sizeof much),
			    "error usage this is no request\n");
	control_stop(&control);
	assert_int_equal(stat(path, &file), -1);
}

static void
test_pieces(void **state)
{
	int fd;

	(void)state;
	begin("");
	fd = client();
	say(fd, "tra", 3);
	await_taken(fd);
	say(fd, "ce", 2);
	await_taken(fd);
	say(fd, "\n", 1);
	assert_string_equal(hear(fd), TRACED);
}

/* Half a request is none, and holds no place. */
static void
half_requests(void)
{
	int64_t begun = clock_monotonic_ms();
	int n = 2 * LIMIT_CONTROL_CLIENTS;

	for (int i = 0; i < n; i++) {
		int fd = client();
		say(fd, "trace", 5);
		await_taken(fd);
		shutdown(fd, SHUT_WR);
		assert_string_equal(hear(fd), "");
	}
	/* Each is left at its end, not when its time is over. */
	assert_in_range(clock_monotonic_ms() - begun, 0,
			n * LIMIT_CONTROL_MS / 2);
	assert_string_equal(ask("trace\n", 6), TRACED);
}

static void
test_half_requests(void **state)
{
	(void)state;
	begin("");
	half_requests();
}

static void
test_slow(void **state)
{
	int64_t begun = clock_monotonic_ms();
	int fd;

	(void)state;
	begin("");
	fd = client();
	say(fd, "trace", 5);
	assert_string_equal(hear(fd), "");
	assert_in_range(clock_monotonic_ms() - begun, LIMIT_CONTROL_MS,
			PATIENCE_MS);
}

static void
test_many(void **state)
{
	int inside[LIMIT_CONTROL_CLIENTS];

	(void)state;
	begin("");
	for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
		inside[i] = client();
		say(inside[i], "trace", 5);
		await_taken(inside[i]);
	}
	assert_string_equal(hear(client()), "error refused too many clients\n");
	for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
		say(inside[i], "\n", 1);
		assert_string_equal(hear(inside[i]), TRACED);
	}
	assert_string_equal(ask("trace\n", 6), TRACED);
}

/* Rules whose answer is more than a socket takes at once. */
static void
begin_long(void)
{
	struct buf config;

	buf_init(&config, NULL);
	buf_adds(&config, "rules:\n");
	for (int i = 0; i < 4000; i++)
		buf_printf(&config,
			   "  - {name: a-rule-with-a-rather-long-name-%d, "
			   "spf: fail, action: reject, owner: "
			   "somebody-with-a-long-name@receiver.example}\n",
			   i);
	buf_addc(&config, '\0');
	begin(config.p);
	buf_clear(&config);
}

static int
ask_long(void)
{
	int fd = client();

	say(fd, "rules json\n", 11);
	await_taken(fd);
	return fd;
}

/* To a client that is slow to read it. */
static void
test_a_long_answer(void **state)
{
	(void)state;
	begin_long();
	const char *answer = hear(ask_long());
	assert_begins(answer, "ok\n");
	assert_non_null(strstr(answer, "-name-3999\""));
	assert_int_equal(answer[got.n - 2], '\n');
	/* Else it was no long one. */
	assert_true(got.n > 300000);
}

/* Others do not wait for one. */
static void
test_beside_a_long_answer(void **state)
{
	(void)state;
	begin_long();
	int fd = ask_long();
	assert_string_equal(ask("trace\n", 6), TRACED);
	half_requests();
	close(fd);
}

static void
test_signal(void **state)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	int64_t end = clock_monotonic_ms() + PATIENCE_MS;

	(void)state;
	begin("");
	(void)mail_world_logged();
	kill(getpid(), SIGUSR1);
	while (strstr(mail_world_logged(), "is read again") == NULL) {
		assert_true(clock_monotonic_ms() < end);
		nanosleep(&pause, NULL);
	}
}

static int
group_setup(void **state)
{
	process_block_signals();
	return mail_world_group_setup(state);
}

#define ONE(name) cmocka_unit_test_teardown(name, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ONE(test_requests),
	    ONE(test_pieces),
	    ONE(test_half_requests),
	    ONE(test_slow),
	    ONE(test_many),
	    ONE(test_a_long_answer),
	    ONE(test_beside_a_long_answer),
	    ONE(test_signal),
	};

	return cmocka_run_group_tests_name("milter-socket", tests, group_setup,
					   mail_world_group_teardown);
}
