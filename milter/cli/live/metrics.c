/* verdict metrics: what the daemon counts, for Prometheus. */
#include <stdio.h>

#include "base/ip.h"
#include "base/replace.h"
#include "milter/cli/cli.h"
#include "milter/cli/daemon.h"
#include "milter/cli/live/collect.h"
#include "milter/cli/live/exporter.h"
#include "milter/cli/options.h"

struct call {
	struct daemon_path path;
	const char *listen, *textfile;
	bool help;
};

static const struct option_row rows[] = {
    {"listen", .argument = "ADDR:PORT", .help = "where to serve",
     .at = offsetof(struct call, listen)},
    {"textfile", .argument = "FILE",
     .help = "write FILE instead; it is replaced at once",
     .at = offsetof(struct call, textfile)},
    {"socket", .argument = "PATH", .help = "the daemon's control socket",
     .at = offsetof(struct call, path.socket)},
    {"config", .argument = "FILE",
     .help = "the configuration that names it, unless it is the default",
     .at = offsetof(struct call, path.config)},
    {"help", .at = offsetof(struct call, help)},
    {NULL}};

static const struct options options = {
    .command = "metrics",
    .usage =
	"usage: verdict metrics [OPTION...]\n"
	"       verdict metrics [OPTION...] --textfile FILE\n"
	"Serves what the daemon counts at http://127.0.0.1:9817/metrics, and "
	"/healthz;\nor writes it to a file for node_exporter's textfile "
	"collector, and ends.\n",
    .row = rows,
    .notes =
	"Where the daemon cannot be reached the metric verdict_up is 0.\n"
	"Exit status: 0 done, 64 wrong call, 69 the address cannot be used, 70 "
	"the file\ncannot be written.\n",
};

static int
write_textfile(const struct daemon_path *path, const char *file)
{
	struct buf text, why;
	int status = CLI_ACCEPT;

	buf_init(&text, NULL);
	buf_init(&why, NULL);
	collect_metrics(path, &text);
	if (!replace_file(file, 0644, buf_str(&text), &why)) {
		fprintf(stderr, "verdict metrics: cannot write %s: %s\n", file,
			why.p);
		status = CLI_FAILURE;
	}
	buf_clear(&text);
	buf_clear(&why);
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

int
cli_metrics(int argc, char **argv)
{
	struct call call = {.listen = "127.0.0.1:9817"};
	struct ip ip;
	uint16_t port;

	if (!options_read(&options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	if (!read_address(call.listen, &ip, &port)) {
		options_complain(&options, "--listen takes ADDR:PORT, not '%s'",
				 call.listen);
		return CLI_USAGE;
	}
	return call.textfile != NULL ? write_textfile(&call.path, call.textfile)
				     : exporter_run(&call.path, ip, port);
}
