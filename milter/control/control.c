#include "milter/control/control.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/precheck.h"
#include "control/outcome.h"
#include "milter/control/answer.h"
#include "milter/mta/mta.h"

#define KEYWORD PRECHECK_CONTROL
/* How often it is looked whether a rule has expired, or resolv.conf changed. */
#define LOOK_MS RESOLVCONF_LOOK_MS

/* --- opening --- */

static int
listen_on(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* bind() makes the file with the mode that umask leaves. */
	mode_t before = umask(0177);

	if (fd >= 0 &&
	    (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0 ||
	     listen(fd, LIMIT_CONTROL_CLIENTS) != 0)) {
		int error = errno;
		close(fd);
		errno = error;
		fd = -1;
	}
	umask(before);
	return fd;
}

static bool
open_listener(struct listener *listener, const struct run_as *run_as,
	      int *socket_out, struct buf *fault)
{
	struct sockaddr_un address;

	if (!unixsock_address(KEYWORD, listener->path, run_as->uid, &address,
			      fault))
		return false;
	int fd = listen_on(&address);
	if (fd < 0) {
		precheck_cannot(KEYWORD, "listen on", str_of(listener->path),
				errno, fault);
		return false;
	}
	if (!unixsock_give(KEYWORD, listener, run_as->uid, run_as->gid,
			   fault)) {
		close(fd);
		return false;
	}
	*socket_out = fd;
	return true;
}

void
control_open(struct control *control, const struct config *config,
	     const struct run_as *run_as)
{
	struct str path = config->control_socket;
	struct listener listener;
	struct buf fault;

	if (path.n == 0)
		return;
	listener.path = mem_copy(path.p, path.n);
	buf_init(&fault, NULL);
	if (open_listener(&listener, run_as, &control->socket, &fault)) {
		control->listener = listener;
	} else {
		process_complain("warning: %.*s" PRECHECK_WITHOUT,
				 STR_ARG(buf_str(&fault)));
		free(listener.path);
	}
	buf_clear(&fault);
}

/* --- clients --- */

static void
drop(struct control_client *client)
{
	close(client->fd);
	buf_clear(&client->answer);
	client->fd = -1;
}

/* As much of the answer as the socket takes; the rest when it takes more. */
static void
send_some(struct control_client *client)
{
	const struct buf *answer = &client->answer;
	ssize_t n = send(client->fd, answer->p + client->n,
			 answer->n - client->n, MSG_NOSIGNAL);

	if (n > 0)
		client->n += (size_t)n;
	if (client->n == answer->n || (n < 0 && errno != EAGAIN))
		drop(client);
}

static void
begin_answer(struct control_client *client)
{
	client->answering = true;
	client->n = 0;
	client->end_ms = clock_monotonic_ms() + LIMIT_CONTROL_MS;
}

static void
answer(struct control *control, struct control_client *client, struct str line)
{
	struct request request = request_parse(line);

	begin_answer(client);
	answer_request(control->server, &request, client->privileged,
		       &client->answer);
	send_some(client);
}

static void
complain(struct control_client *client, const char *reason)
{
	begin_answer(client);
	outcome_error(OUTCOME_USAGE, str_of(reason), &client->answer);
	send_some(client);
}

static void
receive_some(struct control *control, struct control_client *client)
{
	ssize_t n = recv(client->fd, client->request + client->n,
			 sizeof client->request - client->n, 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		drop(client);
		return;
	}
	client->n += (size_t)n;
	struct str text = str_n(client->request, client->n);
	size_t end = str_chr(text, '\n');
	if (end + 1 == text.n)
		answer(control, client, str_first(text, end));
	else if (end < text.n)
		complain(client, "one request a connection");
	else if (client->n == sizeof client->request)
		complain(client, "the request is too long");
}

/* May the peer change what the daemon does? */
static bool
is_privileged(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static void
send_away(int fd)
{
	struct buf answer;

	buf_init(&answer, NULL);
	outcome_error(OUTCOME_REFUSED, str_lit("too many clients"), &answer);
	(void)!send(fd, answer.p, answer.n, MSG_NOSIGNAL);
	buf_clear(&answer);
	close(fd);
}

static void
accept_one(struct control *control)
{
	int fd =
	    accept4(control->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0) {
		mta_rest(errno);
		return;
	}
	for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
		struct control_client *client = &control->client[i];
		if (client->fd >= 0)
			continue;
		client->fd = fd;
		client->n = 0;
		client->answering = false;
		client->privileged = is_privileged(fd);
		client->end_ms = clock_monotonic_ms() + LIMIT_CONTROL_MS;
		return;
	}
	send_away(fd);
}

/* --- the thread --- */

enum { AT_STOP, AT_SIGNALS, AT_SOCKET, AT_CLIENTS };
#define N_POLL (AT_CLIENTS + LIMIT_CONTROL_CLIENTS)

static void
fill(const struct control *control, struct pollfd poll[static N_POLL])
{
	poll[AT_STOP] = (struct pollfd){control->stop, POLLIN, 0};
	poll[AT_SIGNALS] = (struct pollfd){control->signals, POLLIN, 0};
	poll[AT_SOCKET] = (struct pollfd){control->socket, POLLIN, 0};
	for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
		const struct control_client *client = &control->client[i];
		poll[AT_CLIENTS + i] = (struct pollfd){
		    client->fd, client->answering ? POLLOUT : POLLIN, 0};
	}
}

/* Milliseconds to the first client's end, or to the next look. */
static int
patience(const struct control *control, int64_t now_ms)
{
	int64_t first = LOOK_MS;

	for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
		const struct control_client *client = &control->client[i];
		int64_t left = client->end_ms - now_ms;
		if (client->fd < 0)
			continue;
		if (left < 0)
			left = 0;
		if (left < first)
			first = left;
	}
	return (int)first;
}

static void
serve(struct control *control, struct control_client *client, short events)
{
	if (client->fd < 0)
		return;
	if (events != 0 && client->answering)
		send_some(client);
	else if (events != 0)
		receive_some(control, client);
	if (client->fd >= 0 && client->end_ms <= clock_monotonic_ms())
		drop(client);
}

static void
take_signal(struct control *control)
{
	struct signalfd_siginfo info;
	struct buf text;

	if (read(control->signals, &info, sizeof info) != sizeof info)
		return;
	buf_init(&text, NULL);
	reload_now(control->server, &text);
	buf_clear(&text);
}

/*
 * poll() fails where the system is short of something, which passes: without
 * this thread there would be no reload any more.  False: try again.
 */
static bool
wait_for_events(struct control *control, struct pollfd wait[N_POLL])
{
	const struct timespec pause = {.tv_sec = 1};

	fill(control, wait);
	if (poll(wait, N_POLL, patience(control, clock_monotonic_ms())) >= 0) {
		control->failing = false;
		return true;
	}
	if (errno == EINTR)
		return false;
	if (!control->failing)
		log_printf(&control->server->log, LOG_LEVEL_ERROR,
			   KEYWORD ": cannot wait for requests, tries again "
				   "every second: %m");
	control->failing = true;
	nanosleep(&pause, NULL);
	return false;
}

static void *
run(void *ctx)
{
	struct control *control = ctx;
	struct pollfd wait[N_POLL];
	eventfd_t stop;

	for (;;) {
		/* What poll() cannot tell. */
		if (control->failing && eventfd_read(control->stop, &stop) == 0)
			return NULL;
		if (!wait_for_events(control, wait))
			continue;
		if (wait[AT_STOP].revents != 0)
			return NULL;
		if (wait[AT_SIGNALS].revents != 0)
			take_signal(control);
		for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++)
			serve(control, &control->client[i],
			      wait[AT_CLIENTS + i].revents);
		if (wait[AT_SOCKET].revents != 0)
			accept_one(control);
		reload_look_at_rules(control->server, clock_wall_seconds());
		resolvconf_look(control->server, clock_monotonic_ms());
	}
}

bool
control_start(struct control *control, struct server *server)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	control->server = server;
	for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
		control->client[i].fd = -1;
		buf_init(&control->client[i].answer, NULL);
	}
	control->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	control->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (control->stop < 0 || control->signals < 0)
		return false;
	errno = pthread_create(&control->thread, NULL, run, control);
	control->runs = errno == 0;
	return control->runs;
}

static void
close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void
control_stop(struct control *control)
{
	if (control->runs) {
		eventfd_write(control->stop, 1);
		pthread_join(control->thread, NULL);
		for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++)
			if (control->client[i].fd >= 0)
				drop(&control->client[i]);
	}
	control->runs = false;
	close_one(&control->socket);
	close_one(&control->stop);
	close_one(&control->signals);
	unixsock_remove(&control->listener);
}
