#include "milter/cli/live/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "config/config.h"

/* A reload may read long lists; the daemon itself gives up sooner. */
#define PATIENCE_SECONDS 30

/* The path of the socket; a file that cannot be used leaves the default, and
   its fault in *error, which is "" else. */
static void
find_path(const struct control_path *path, struct buf *out,
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
exchange(int fd, const char *request, struct buf *raw)
{
	struct buf line;
	ssize_t n;

	buf_init(&line, NULL);
	buf_printf(&line, "%s\n", request);
	/* One that sends us away may not read: its answer tells. */
	(void)!send(fd, line.p, line.n, MSG_NOSIGNAL);
	buf_clear(&line);
	do {
		n = recv(fd, buf_room(raw, 65536), 65536, 0);
		if (n > 0)
			raw->n += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	return raw->n > 0;
}

/* "error WORD REASON": the status, and the reason for the answer. */
static int
read_error(struct str head, struct buf *answer)
{
	static const struct {
		const char *word;
		int status;
	} known[] = {{"usage", CLI_USAGE},
		     {"denied", CLI_DENIED},
		     {"refused", CLI_UNAVAILABLE},
		     {"config", CLI_CONFIG}};
	struct str word;
	struct str rest = str_from(head, sizeof "error " - 1);
	int status = CLI_FAILURE;

	str_split(&rest, ' ', &word);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (str_is(word, known[i].word))
			status = known[i].status;
	buf_add(answer, rest);
	return status;
}

static int
read_answer(struct str raw, struct buf *answer)
{
	struct str head;

	if (str_starts(raw, str_lit("ok\n"))) {
		buf_add(answer, str_from(raw, 3));
		return CLI_ACCEPT;
	}
	str_split(&raw, '\n', &head);
	if (str_starts(head, str_lit("error ")))
		return read_error(head, answer);
	buf_adds(answer, "the daemon answers what is no answer");
	return CLI_FAILURE;
}

static const char *
cure_of(int error)
{
	switch (error) {
	case EACCES:
		return "; only root and the daemon's user may";
	case ENOENT:
	case ECONNREFUSED:
		return "; does it run, and with this control-socket?";
	default:
		return "";
	}
}

static int
tell_lost(int why, const char *name, const struct config_error *error,
	  struct buf *answer)
{
	if (error->text[0] != '\0')
		buf_printf(answer,
			   "%s; so its control-socket is not known, and the "
			   "daemon is not at the default, %s: %s; name it with "
			   "--socket",
			   error->text, name, strerror(why));
	else
		buf_printf(answer, "cannot reach the daemon at %s: %s%s", name,
			   strerror(why), cure_of(why));
	return why == EACCES ? CLI_DENIED : CLI_UNAVAILABLE;
}

int
control_ask(const struct control_path *path, const char *request,
	    struct buf *answer)
{
	struct config_error error;
	struct buf name, raw;
	int status = CLI_UNAVAILABLE;

	buf_init(&name, NULL);
	buf_init(&raw, NULL);
	find_path(path, &name, &error);
	if (name.n == 0) {
		buf_adds(answer, "control-socket is empty: the daemon has none "
				 "(--socket names one)");
		goto out;
	}
	int fd = connect_to(name.p);
	if (fd < 0) {
		status = tell_lost(errno, name.p, &error, answer);
		goto out;
	}
	if (exchange(fd, request, &raw))
		status = read_answer(buf_str(&raw), answer);
	else
		buf_adds(answer, "the daemon hangs up without an answer");
	close(fd);
out:
	buf_clear(&name);
	buf_clear(&raw);
	return status;
}
