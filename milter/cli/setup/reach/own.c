#include "milter/cli/setup/reach/own.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/line.h"
#include "base/mem.h"
#include "config/endpoint.h"
#include "milter/cli/daemon.h"
#include "milter/cli/setup/reach/reach.h"

/* --- looking --- */

/* What follows the name in a JSON object of the daemon's; empty: none. */
static struct str
value_of(struct str json, const char *name)
{
	struct buf word;
	size_t at = 0;

	buf_init(&word, NULL);
	buf_printf(&word, "\"%s\":", name);
	while (at < json.n && !str_starts(str_from(json, at), buf_str(&word)))
		at++;
	struct str value = str_from(json, at < json.n ? at + word.n : json.n);
	buf_clear(&word);
	return value;
}

static void
ask_control(const struct config *config, struct own *own)
{
	const struct request request = {.verb = REQUEST_STATUS, .json = true};
	char *path =
	    mem_copy(config->control_socket.p, config->control_socket.n);
	const struct daemon_path at = {.socket = path};
	struct buf answer;

	buf_init(&answer, NULL);
	if (path[0] != '\0' &&
	    daemon_ask(&at, &request, &answer) == CLI_ACCEPT) {
		struct str json = buf_str(&answer);
		struct str pid = value_of(json, "pid");
		struct str listens = value_of(json, "listen");
		own->pid = pid.n > 0 ? strtol(pid.p, NULL, 10) : 0;
		listens = str_from(listens, 1);
		buf_add(&own->listens,
			str_first(listens, str_chr(listens, '"')));
	}
	buf_clear(&answer);
	free(path);
}

void
own_look(const struct config *config, struct own *own_out)
{
	struct own *own = own_out;

	*own = (struct own){.place = OWN_UNSEEN};
	buf_init(&own->listens, NULL);
	ask_control(config, own);
	int fd = reach_daemon(config, REACH_LOOK_S);
	if (fd < 0) {
		own->error = errno;
		if (errno != EACCES && errno != EPERM)
			own->place = OWN_NOBODY;
		return;
	}
	if (listener_of(fd, &own->there))
		own->place = own->there.is_ours || own->there.pid == own->pid
				 ? OWN_DAEMON
				 : OWN_OTHER;
	else if (own->pid > 0 && str_eq(buf_str(&own->listens), config->listen))
		own->place = OWN_DAEMON;
	close(fd);
}

void
own_clear(struct own *own)
{
	buf_clear(&own->listens);
}

/* --- telling --- */

/* The daemon that runs listens elsewhere: the file was changed since. */
static void
add_running(const struct own *own, struct buf *out)
{
	buf_printf(out, "verdict-milter (process %ld) listens at ", own->pid);
	line_add(out, LINE_ESCAPED, buf_str(&own->listens), LINE_WHOLE);
}

static void
add_nobody(const struct own *own, const struct config *config, const char *loss,
	   struct buf *out)
{
	buf_printf(out, "verdict-milter does not answer at %.*s (%s)%s",
		   STR_ARG(config->listen), strerror(own->error), loss);
	if (own->pid > 0) {
		buf_adds(out, "; ");
		add_running(own, out);
		buf_adds(out, " still; cure: systemctl restart verdict-milter");
		return;
	}
	buf_adds(out, "; cure: systemctl restart verdict-milter; where it "
		      "cannot start, systemctl status verdict-milter and "
		      "journalctl -u verdict-milter say why");
}

/* Ports after ours are tried, as many. */
#define PORTS_TRIED 16

/* `listen` at the next port where nobody listens; nothing where none is seen.
 */
static void
add_free_port(const struct endpoint *own, struct buf *out)
{
	char ip[IP_TEXT_MAX];

	for (unsigned i = 1; i <= PORTS_TRIED && own->port + i <= UINT16_MAX;
	     i++) {
		int fd = reach_address(endpoint_near(own), own->port + i,
				       REACH_LOOK_S);
		if (fd < 0) {
			buf_printf(out, ", as in \"listen: %s:%u@%s\"",
				   own->ip.family == IP_V6 ? "inet6" : "inet",
				   own->port + i, ip_format(own->ip, ip));
			return;
		}
		close(fd);
	}
}

static void
add_other(const struct own *own, const struct config *config, struct buf *out)
{
	struct endpoint endpoint;
	bool port =
	    endpoint_parse(config->listen, &endpoint) && endpoint.path.n == 0;

	buf_printf(out,
		   "%s (process %ld) listens at %.*s, not verdict-milter, so "
		   "what leads there is not ours",
		   own->there.name, own->there.pid, STR_ARG(config->listen));
	if (own->pid > 0) {
		buf_adds(out, "; ");
		add_running(own, out);
	}
	buf_printf(out, "; cure: another %s in verdict.yaml",
		   port ? "port" : "path");
	if (port)
		add_free_port(&endpoint, out);
	buf_adds(out, ", then systemctl restart verdict-milter");
}

void
own_add_fault(const struct own *own, const struct config *config,
	      const char *loss, struct buf *out)
{
	switch (own->place) {
	case OWN_NOBODY:
		add_nobody(own, config, loss, out);
		break;
	case OWN_OTHER:
		add_other(own, config, out);
		break;
	case OWN_UNSEEN:
		buf_printf(out, "whether verdict-milter listens at %.*s %s",
			   STR_ARG(config->listen),
			   geteuid() == 0
			       ? "cannot be seen: no process of this host does"
			       : "is seen by root alone; cure: run it as root");
		break;
	case OWN_DAEMON:
		break;
	}
}
