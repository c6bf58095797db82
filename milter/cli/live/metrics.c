/* verdict metrics: what the daemon counts, for Prometheus. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ip.h"
#include "milter/cli/cli.h"
#include "milter/cli/live/collect.h"
#include "milter/cli/live/control.h"
#include "milter/cli/live/exporter.h"

static const char usage[] =
    "usage: verdict metrics [OPTION...]\n"
    "       verdict metrics [OPTION...] --textfile FILE\n"
    "Serves what the daemon counts at http://127.0.0.1:9817/metrics, and "
    "/healthz;\nor writes it to a file for node_exporter's textfile "
    "collector, and ends.\n"
    "  --listen ADDR:PORT  where to serve\n"
    "  --textfile FILE     write FILE instead; it is replaced at once\n"
    "  --socket PATH       the daemon's control socket\n"
    "  --config FILE       the configuration that names it, unless it is the "
    "default\n"
    "Where the daemon cannot be reached the metric verdict_up is 0.\n"
    "Exit status: 0 done, 64 wrong call, 69 the address cannot be used, 70 "
    "the file\ncannot be written.\n";

static bool
write_all(int fd, const struct buf *text)
{
	size_t done = 0;

	while (done < text->n) {
		ssize_t n = write(fd, text->p + done, text->n - done);
		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* A reader sees the old file or the new one, each whole. */
static bool
replace_file(const char *path, const struct buf *text)
{
	struct buf name;
	bool ok = false;

	buf_init(&name, NULL);
	buf_printf(&name, "%s.XXXXXX", path);
	int fd = mkstemp(name.p);
	if (fd >= 0) {
		ok = write_all(fd, text) && fchmod(fd, 0644) == 0 &&
		     rename(name.p, path) == 0;
		int error = errno;
		close(fd);
		if (!ok)
			unlink(name.p);
		errno = error;
	}
	if (!ok)
		fprintf(stderr, "verdict metrics: cannot write %s: %s\n", path,
			strerror(errno));
	buf_clear(&name);
	return ok;
}

static int
write_textfile(const struct control_path *path, const char *file)
{
	struct buf text;

	buf_init(&text, NULL);
	collect_metrics(path, &text);
	int status = replace_file(file, &text) ? CLI_ACCEPT : CLI_FAILURE;
	buf_clear(&text);
	return status;
}

/* "ADDR:PORT", "[V6]:PORT". */
static bool
read_address(const char *text, struct ip *ip_out, uint16_t *port_out)
{
	struct str s = str_of(text);
	size_t colon = str_rchr(s, ':');
	struct str host = str_first(s, colon);
	uint64_t port;

	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_n(host.p + 1, host.n - 2);
	if (colon == s.n || !ip_parse(host, ip_out) ||
	    !str_uint(str_from(s, colon + 1), UINT16_MAX, &port) || port == 0)
		return false;
	*port_out = (uint16_t)port;
	return true;
}

static int
wrong(const char *what, const char *word)
{
	fprintf(stderr, "verdict metrics: %s '%s'\n%s", what, word, usage);
	return CLI_USAGE;
}

int
cli_metrics(int argc, char **argv)
{
	static const struct option known[] = {
	    {"listen", required_argument, NULL, 'l'},
	    {"textfile", required_argument, NULL, 't'},
	    {"socket", required_argument, NULL, 's'},
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct control_path path = {NULL, NULL};
	const char *listen = "127.0.0.1:9817", *file = NULL;
	struct ip ip;
	uint16_t port;
	static char name[] = "verdict metrics";
	int option;

	argv[0] = name; /* for getopt's complaints */
	optind = 1;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'l')
			listen = optarg;
		else if (option == 't')
			file = optarg;
		else if (option == 's')
			path.socket = optarg;
		else if (option == 'c')
			path.config = optarg;
		else {
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? CLI_ACCEPT : CLI_USAGE;
		}
	}
	if (optind < argc)
		return wrong("unexpected argument", argv[optind]);
	if (!read_address(listen, &ip, &port))
		return wrong("--listen takes ADDR:PORT, not", listen);
	return file != NULL ? write_textfile(&path, file)
			    : exporter_run(&path, ip, port);
}
