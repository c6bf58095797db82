#include "milter/cli/live/exporter.h"

#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "milter/cli/live/collect.h"

#define CONNECTIONS 16
#define IDLE_SECONDS 10
#define TEXT_FORMAT "text/plain; version=0.0.4; charset=utf-8"

static enum MHD_Result
reply(struct MHD_Connection *connection, unsigned status, const char *type,
      const struct buf *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
	    text->n, text->p, MHD_RESPMEM_MUST_COPY);

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
					"GET, HEAD");
	enum MHD_Result result =
	    MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static unsigned
fill(const struct daemon_path *path, const char *url, struct buf *text,
     const char **type_out)
{
	const struct request status = {.verb = REQUEST_STATUS};
	struct buf answer;

	*type_out = "text/plain; charset=utf-8";
	if (strcmp(url, "/metrics") == 0) {
		*type_out = TEXT_FORMAT;
		collect_metrics(path, text);
		return MHD_HTTP_OK;
	}
	if (strcmp(url, "/healthz") != 0) {
		buf_adds(text, "there are /metrics and /healthz\n");
		return MHD_HTTP_NOT_FOUND;
	}
	buf_init(&answer, NULL);
	bool up = daemon_ask(path, &status, &answer) == CLI_ACCEPT;
	buf_clear(&answer);
	buf_adds(text, up ? "ok\n" : "the daemon does not answer\n");
	return up ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
}

static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url,
       const char *method, const char *version, const char *upload,
       size_t *upload_size, void **request)
{
	static char seen;
	const char *type = "text/plain";
	unsigned status = MHD_HTTP_METHOD_NOT_ALLOWED;
	struct buf text;

	(void)version;
	(void)upload;
	/* The first call comes before the body, which nobody wants. */
	if (*request == NULL) {
		*request = &seen;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		*upload_size = 0;
		return MHD_YES;
	}
	buf_init(&text, NULL);
	if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
		status = fill(ctx, url, &text, &type);
	else
		buf_adds(&text, "GET or HEAD\n");
	enum MHD_Result result = reply(connection, status, type, &text);
	buf_clear(&text);
	return result;
}

/* A socket that listens; -1: errno tells.  The library's own would not. */
static int
listen_on(struct ip ip, uint16_t port)
{
	struct sockaddr_storage address;
	size_t n = ip_to_sockaddr(ip, port, &address);
	int on = 1;
	int fd = socket(address.ss_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (ip.family == IP_V6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&address, (socklen_t)n) == 0 &&
	    listen(fd, CONNECTIONS) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static const char *
cure_of(int error)
{
	if (error == EADDRINUSE)
		return "stop what listens there (ss -ltnp shows it) or choose "
		       "another (--listen)";
	return "choose another (--listen)";
}

int
exporter_run(const struct daemon_path *path, struct ip ip, uint16_t port)
{
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
	struct MHD_Daemon *http = NULL;
	char text[IP_TEXT_MAX];
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	int fd = listen_on(ip, port);
	if (fd >= 0)
		http = MHD_start_daemon(
		    flags, port, NULL, NULL, handle, (void *)(uintptr_t)path,
		    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		    (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		    (unsigned)IDLE_SECONDS, MHD_OPTION_END);
	if (http == NULL) {
		fprintf(stderr,
			"verdict metrics: cannot listen on %s port %u: %s; "
			"%s\n",
			ip_format(ip, text), port, strerror(errno),
			cure_of(errno));
		return CLI_UNAVAILABLE;
	}
	sigwait(&set, &number);
	MHD_stop_daemon(http);
	return CLI_ACCEPT;
}
