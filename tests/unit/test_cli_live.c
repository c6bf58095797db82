/* What the command makes of a daemon's answers, or of none, and how it hands
   the metrics on.  The daemon's end is a socket that says what a test wants;
   tests/e2e/67-control asks a real one. */
#include "tests/support/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "milter/cli/daemon.h"
#include "milter/cli/live/collect.h"
#include "milter/cli/live/exporter.h"
#include "tests/support/config_file.h"

static char socket_path[100];
static struct daemon_path path = {socket_path, NULL};
static const struct request status_request = {REQUEST_STATUS, STR(""), false};

/* --- a daemon --- */

static struct {
	int fd;
	pthread_t thread;
	const char *answer; /* to every request; NULL: hangs up */
	char asked[256];    /* the last one */
} fake;

static void *
serve(void *ctx)
{
	int fd;

	(void)ctx;
	while ((fd = accept(fake.fd, NULL, NULL)) >= 0) {
		ssize_t n = recv(fd, fake.asked, sizeof fake.asked - 1, 0);
		fake.asked[n > 0 ? n : 0] = '\0';
		/* In pieces, as an answer may come. */
		for (const char *p = fake.answer; p && *p != '\0'; p++)
			if (send(fd, p, 1, MSG_NOSIGNAL) != 1)
				break;
		close(fd);
	}
	return NULL;
}

static void
daemon_begins(const char *answer)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	fake.answer = answer;
	strcpy(address.sun_path, socket_path);
	fake.fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(fake.fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fake.fd, 8), 0);
	assert_int_equal(pthread_create(&fake.thread, NULL, serve, NULL), 0);
}

static void
daemon_ends(void)
{
	shutdown(fake.fd, SHUT_RDWR);
	pthread_join(fake.thread, NULL);
	close(fake.fd);
	unlink(socket_path);
}

static int
group_setup(void **state)
{
	int failed = config_file_setup(state);

	snprintf(socket_path, sizeof socket_path, "%s/s", config_file_folder());
	return failed;
}

/* --- answers --- */

static void
test_answers(void **state)
{
	static const struct {
		const char *raw;
		int status;
		const char *text;
	} c[] = {
	    {"ok\nversion 1\nb\n", CLI_ACCEPT, "version 1\nb\n"},
	    {"ok\n", CLI_ACCEPT, ""},
	    {"error usage this is no request\n", CLI_USAGE,
	     "this is no request"},
	    {"error denied only root may\n", CLI_DENIED, "only root may"},
	    {"error refused not now\nmore\n", CLI_UNAVAILABLE, "not now\nmore"},
	    {"error config a: b", CLI_CONFIG, "a: b"},
	    {"error tomorrow who knows\n", CLI_FAILURE, "who knows"},
	    {"220 mx.a.example ESMTP\r\n", CLI_FAILURE,
	     "the daemon answers what is no answer"},
	    {"ok", CLI_FAILURE, "the daemon answers what is no answer"},
	    {NULL, CLI_UNAVAILABLE, "the daemon hangs up without an answer"},
	};
	struct buf answer;

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		daemon_begins(c[i].raw);
		buf_init(&answer, NULL);
		assert_int_equal(daemon_ask(&path, &status_request, &answer),
				 c[i].status);
		assert_str(buf_str(&answer), c[i].text);
		buf_clear(&answer);
		daemon_ends();
		assert_string_equal(fake.asked, "status\n");
	}
}

static void
test_requests(void **state)
{
	const struct request request = {REQUEST_TRACE_ON, STR("a.example"),
					false};
	struct buf answer;

	(void)state;
	daemon_begins("ok\n");
	buf_init(&answer, NULL);
	assert_int_equal(daemon_ask(&path, &request, &answer), CLI_ACCEPT);
	buf_clear(&answer);
	daemon_ends();
	assert_string_equal(fake.asked, "trace on a.example\n");
}

/* Nobody there: what to do about it. */
static void
test_no_daemon(void **state)
{
	char long_path[300];
	const struct daemon_path too_long = {long_path, NULL};
	struct buf answer;

	(void)state;
	buf_init(&answer, NULL);
	assert_int_equal(daemon_ask(&path, &status_request, &answer),
			 CLI_UNAVAILABLE);
	assert_non_null(strstr(answer.p, "cannot reach the daemon at /tmp/"));
	assert_non_null(strstr(answer.p, "; see whether it runs: "
					 "systemctl status verdict-milter"));
	buf_reset(&answer);
	memset(long_path, 'a', sizeof long_path);
	long_path[0] = '/';
	long_path[sizeof long_path - 1] = '\0';
	assert_int_equal(daemon_ask(&too_long, &status_request, &answer),
			 CLI_UNAVAILABLE);
	assert_non_null(strstr(answer.p, "File name too long"));
	buf_clear(&answer);
}

/* The configuration names the socket, or none. */
static void
test_configured_path(void **state)
{
	const struct daemon_path configured = {NULL, config_file_path()};
	struct buf text, answer;

	(void)state;
	buf_init(&text, NULL);
	buf_init(&answer, NULL);
	buf_printf(&text, "control-socket: %s\n", socket_path);
	config_file_write(text.p, text.n);
	daemon_begins("ok\nhere\n");
	assert_int_equal(daemon_ask(&configured, &status_request, &answer),
			 CLI_ACCEPT);
	assert_str(buf_str(&answer), "here\n");
	daemon_ends();
	buf_reset(&answer);
	config_file_write("control-socket: \"\"\n", 19);
	assert_int_equal(daemon_ask(&configured, &status_request, &answer),
			 CLI_UNAVAILABLE);
	assert_non_null(strstr(answer.p, "control-socket is empty"));
	buf_reset(&answer);
	/* A file that cannot be used leaves the default. */
	config_file_write("nonsense: 1\n", 12);
	assert_int_not_equal(daemon_ask(&configured, &status_request, &answer),
			     CLI_ACCEPT);
	assert_non_null(strstr(answer.p, "c.yaml:1:1: unknown keyword"));
	assert_non_null(strstr(answer.p, "\nthe daemon is not at /"));
	buf_clear(&answer);
	buf_clear(&text);
}

/* --- metrics --- */

#define UP(n)                                         \
	"# HELP verdict_up Does the daemon answer?\n" \
	"# TYPE verdict_up gauge\nverdict_up " n "\n"

static void
test_collect(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, NULL);
	daemon_begins("ok\nx 1\n");
	collect_metrics(&path, &text);
	assert_str(buf_str(&text), UP("1") "x 1\n");
	daemon_ends();
	assert_string_equal(fake.asked, "metrics\n");
	buf_reset(&text);
	collect_metrics(&path, &text);
	assert_str(buf_str(&text), UP("0"));
	buf_clear(&text);
}

static void
read_file(const char *name, char *text, size_t room)
{
	FILE *stream = fopen(name, "r");

	assert_non_null(stream);
	text[fread(text, 1, room - 1, stream)] = '\0';
	fclose(stream);
}

static void
test_textfile(void **state)
{
	char file[120], text[300], name[] = "metrics", no[] = "/nowhere/x";
	char option[] = "--textfile", socket[] = "--socket";
	char *words[] = {name, option, file, socket, socket_path, NULL};
	struct stat status;

	(void)state;
	snprintf(file, sizeof file, "%s/m.prom", config_file_folder());
	daemon_begins("ok\nx 1\n");
	assert_int_equal(cli_metrics(5, words), CLI_ACCEPT);
	daemon_ends();
	read_file(file, text, sizeof text);
	assert_string_equal(text, UP("1") "x 1\n");
	/* node_exporter runs as another user. */
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0644);
	words[0] = name;
	assert_int_equal(cli_metrics(5, words), CLI_ACCEPT);
	read_file(file, text, sizeof text);
	assert_string_equal(text, UP("0"));
	unlink(file);
	words[0] = name;
	words[2] = no;
	assert_int_equal(cli_metrics(5, words), CLI_FAILURE);
}

/* --- over HTTP --- */

static int
connected(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr =
					  htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

/* One that nobody had a moment ago. */
static uint16_t
free_port(void)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
	close(fd);
	return ntohs(address.sin_port);
}

static const char *
fetch(uint16_t port, const char *request)
{
	static char text[4096];
	char line[200];
	size_t n = 0;
	ssize_t got;
	int fd = connected(port);

	assert_true(fd >= 0);
	snprintf(line, sizeof line,
		 "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		 request);
	assert_int_equal(send(fd, line, strlen(line), 0), strlen(line));
	while ((got = recv(fd, text + n, sizeof text - 1 - n, 0)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(fd);
	return text;
}

static void
assert_reply(const char *text, const char *head, const char *holds)
{
	if (strncmp(text, head, strlen(head)) != 0 ||
	    strstr(text, holds) == NULL)
		fail_msg("no \"%s\" and \"%s\" in %s", head, holds, text);
}

static pid_t
exporter_begins(uint16_t port)
{
	struct ip loopback;
	pid_t child = fork();

	assert_true(ip_parse(str_lit("127.0.0.1"), &loopback));
	if (child == 0) {
		/* A test that fails waits for nobody. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		_exit(exporter_run(&path, loopback, port));
	}
	for (int i = 0; i < 1000; i++) {
		const struct timespec pause = {.tv_nsec = 10000000};
		int fd = connected(port);
		if (fd >= 0) {
			close(fd);
			return child;
		}
		nanosleep(&pause, NULL);
	}
	fail_msg("the exporter does not listen");
	return child;
}

static void
test_exporter(void **state)
{
	uint16_t port = free_port();
	pid_t child = exporter_begins(port);
	int ended;

	(void)state;
	daemon_begins("ok\nx 1\n");
	const char *text = fetch(port, "GET /metrics");
	assert_reply(text, "HTTP/1.1 200 ",
		     "Content-Type: text/plain; version=0.0.4");
	assert_reply(text, "HTTP/1.1 200 ", "\r\n\r\n" UP("1") "x 1\n");
	text = fetch(port, "HEAD /metrics");
	assert_reply(text, "HTTP/1.1 200 ", "Content-Length: 83\r\n");
	assert_int_equal(strlen(UP("1") "x 1\n"), 83);
	assert_null(strstr(text, "verdict_up"));
	assert_reply(fetch(port, "GET /healthz"), "HTTP/1.1 200 ", "\nok\n");
	assert_reply(fetch(port, "GET /"), "HTTP/1.1 404 ", "/healthz");
	assert_reply(fetch(port, "DELETE /metrics"), "HTTP/1.1 405 ",
		     "Allow: GET, HEAD\r\n");
	daemon_ends();
	assert_reply(fetch(port, "GET /metrics"), "HTTP/1.1 200 ", UP("0"));
	assert_reply(fetch(port, "GET /healthz"), "HTTP/1.1 503 ",
		     "the daemon does not answer");
	assert_int_equal(kill(child, SIGTERM), 0);
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(WIFEXITED(ended));
	assert_int_equal(WEXITSTATUS(ended), CLI_ACCEPT);
}

static void
test_exporter_without_port(void **state)
{
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0), ended;

	(void)state;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, n), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
	struct ip loopback;
	assert_true(ip_parse(str_lit("127.0.0.1"), &loopback));
	pid_t child = fork();
	if (child == 0)
		_exit(exporter_run(&path, loopback, ntohs(address.sin_port)));
	assert_int_equal(waitpid(child, &ended, 0), child);
	assert_true(WIFEXITED(ended));
	assert_int_equal(WEXITSTATUS(ended), CLI_UNAVAILABLE);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_answers),
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_no_daemon),
	    cmocka_unit_test(test_configured_path),
	    cmocka_unit_test(test_collect),
	    cmocka_unit_test(test_textfile),
	    cmocka_unit_test(test_exporter),
	    cmocka_unit_test(test_exporter_without_port),
	};

	return cmocka_run_group_tests_name("cli-live", tests, group_setup,
					   config_file_teardown);
}
