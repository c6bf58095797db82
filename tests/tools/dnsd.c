/*
 * dnsd PORT ZONEFILE: the DNS server of the unit tests as a program.  Port 0
 * is a free one.  Prints "port N" and serves until SIGTERM; SIGUSR1 prints a
 * line "NAME TYPE COUNT" for each question that was asked, then "end"; SIGHUP
 * reads the zone again and forgets the counts.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tests/support/dns_server.h"

static void
print_asked(void *ctx, struct str name, int type, size_t count)
{
	const char *text = dns_type_text((enum dns_type)type);

	(void)ctx;
	printf("%.*s %s %zu\n", STR_ARG(name), text, count);
}

static bool
read_file(const char *path, struct buf *text)
{
	FILE *file = fopen(path, "re");
	char piece[4096];
	size_t n;

	buf_reset(text);
	buf_adds(text, "");
	if (file == NULL)
		return false;
	while ((n = fread(piece, 1, sizeof piece, file)) > 0)
		buf_add(text, str_n(piece, n));
	fclose(file);
	buf_addc(text, '\n');
	return true;
}

static void
serve(struct dns_server_test *server, const sigset_t *signals, const char *path,
      struct buf *text)
{
	int signal = 0;

	while (sigwait(signals, &signal) == 0) {
		if (signal == SIGTERM || signal == SIGINT)
			return;
		if (signal == SIGHUP && read_file(path, text))
			dns_server_zone(server, text->p);
		if (signal == SIGUSR1) {
			dns_server_each_asked(server, print_asked, NULL);
			puts("end");
		}
		fflush(stdout);
	}
}

int
main(int argc, char **argv)
{
	uint64_t port;
	sigset_t signals;
	struct buf text;

	buf_init(&text, NULL);
	if (argc != 3 || !str_uint(str_of(argv[1]), UINT16_MAX, &port) ||
	    !read_file(argv[2], &text)) {
		fprintf(stderr, "usage: dnsd PORT ZONEFILE\n");
		return 64;
	}
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	struct dns_server_test *server =
	    dns_server_start_on((uint16_t)port, text.p);
	if (server == NULL) {
		fprintf(stderr, "dnsd: port %s is taken\n", argv[1]);
		return 1;
	}
	printf("port %u\n", (unsigned)dns_server_port(server));
	fflush(stdout);
	serve(server, &signals, argv[2], &text);
	dns_server_stop(server);
	buf_clear(&text);
	return 0;
}
