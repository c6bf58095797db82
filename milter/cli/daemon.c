#include "milter/cli/daemon.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "config/config.h"
#include "control/outcome.h"

/* A reload may read long lists; the daemon itself gives up sooner. */
#define PATIENCE_SECONDS 30

/* The path of the socket; a file that cannot be used leaves the default, and
   its fault in *error, which is "" else. */
static void
find_path(const struct daemon_path *path, struct buf *out,
	  struct config_error *error)
{
	const char *file = path->config;
	struct config *config = NULL;
	struct config_error none;

	error->text[0] = '\0';
	if (path->socket != NULL) {
		buf_adds(out, path->socket);
		return;
	}
	if (file == NULL && access(CONFIG_FILE, F_OK) == 0)
		file = CONFIG_FILE;
	if (config_load(file, &config, error) != ERR_OK &&
	    config_load(NULL, &config, &none) != ERR_OK)
		return;
	buf_add(out, config->control_socket);
	config_unref(config);
}

static int
connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		goto fail;
	}
	strcpy(address.sun_path, path);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	/* connect() waits, too, where many others do. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
fail:;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Sends the line and takes what comes; a daemon that hangs up early is lost. */
static bool
exchange(int fd, const struct buf *line, struct buf *raw)
{
	ssize_t n;

	/* One that sends us away may not read: its answer tells. */
	(void)!send(fd, line->p, line->n, MSG_NOSIGNAL);
	do {
		n = recv(fd, buf_room(raw, 65536), 65536, 0);
		if (n > 0)
			raw->n += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return raw->n > 0;
}

static int
exit_status(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_OK:
		return CLI_ACCEPT;
	case OUTCOME_USAGE:
		return CLI_USAGE;
	case OUTCOME_DENIED:
		return CLI_DENIED;
	case OUTCOME_REFUSED:
		return CLI_UNAVAILABLE;
	case OUTCOME_CONFIG:
		return CLI_CONFIG;
	case OUTCOME_OTHER:
	case OUTCOME_UNKNOWN:
		break;
	}
	return CLI_FAILURE;
}

static int
read_answer(struct str raw, struct buf *answer)
{
	struct str text;
	enum outcome outcome = outcome_read(raw, &text);

	if (outcome == OUTCOME_UNKNOWN)
		text = str_lit("the daemon answers what is no answer");
	buf_add(answer, text);
	return exit_status(outcome);
}

static const char *
cure_of(int error)
{
	switch (error) {
	case EACCES:
		return "; only root and the daemon's user may";
	case ENOENT:
	case ECONNREFUSED:
		return "; see whether it runs: systemctl status "
		       "verdict-milter, journalctl -u verdict-milter";
	default:
		return "";
	}
}

static int
tell_lost(int why, const char *name, const struct config_error *error,
	  struct buf *answer)
{
	struct str rest = str_of(error->text), first;

	str_split(&rest, '\n', &first);
	if (first.n > 0)
		buf_printf(answer,
			   "%.*s\nthe daemon is not at %s, the default: %s; "
			   "mend the file, then systemctl restart "
			   "verdict-milter; one that still runs elsewhere is "
			   "named with --socket",
			   STR_ARG(first), name, strerror(why));
	else
		buf_printf(answer, "cannot reach the daemon at %s: %s%s", name,
			   strerror(why), cure_of(why));
	return why == EACCES ? CLI_DENIED : CLI_UNAVAILABLE;
}

/* The line to the daemon at that path, and its answer. */
static int
ask_at(const char *path, const struct config_error *error,
       const struct buf *line, struct buf *answer)
{
	struct buf raw;
	int status = CLI_UNAVAILABLE;
	int fd = connect_to(path);

	if (fd < 0)
		return tell_lost(errno, path, error, answer);
	buf_init(&raw, NULL);
	if (exchange(fd, line, &raw))
		status = read_answer(buf_str(&raw), answer);
	else
		buf_adds(answer, "the daemon hangs up without an answer");
	close(fd);
	buf_clear(&raw);
	return status;
}

int
daemon_ask(const struct daemon_path *path, const struct request *request,
	   struct buf *answer)
{
	struct config_error error;
	struct buf name, line;
	int status = CLI_UNAVAILABLE;

	buf_init(&name, NULL);
	buf_init(&line, NULL);
	find_path(path, &name, &error);
	if (!request_write(request, &line)) {
		buf_adds(answer, "this is no request");
		status = CLI_USAGE;
	} else if (name.n == 0) {
		buf_adds(answer, "control-socket is empty: the daemon has none "
				 "(--socket names one)");
	} else {
		status = ask_at(name.p, &error, &line, answer);
	}
	buf_clear(&name);
	buf_clear(&line);
	return status;
}
