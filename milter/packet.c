/*
 * Macros as libmilter bears them.
 *
 * smfi_getsymval() steps over two strings at a time, a name and its value, and
 * so over the end where a value is missing: one such packet of anybody who may
 * connect would end the daemon.  libmilter calls its own mi_rd_cmd() through
 * the dynamic linker, so the program's takes its place.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/time.h>

/* The letter of a packet with macros, and what precedes them in it: the letter
   of the command they belong to. */
#define MACROS 'D'
#define BEFORE_MACROS 1

typedef char *read_fn(int, struct timeval *, char *, size_t *, char *);

static bool
are_paired(const char *p, size_t n)
{
	size_t strings = 0;

	for (size_t i = BEFORE_MACROS; i < n; i++)
		strings += p[i] == '\0';
	return strings % 2 == 0;
}

char *packet_read(int fd, struct timeval *timeout, char *command_out,
		  size_t *n_out, char *name) __asm__("mi_rd_cmd");

char *
packet_read(int fd, struct timeval *timeout, char *command_out, size_t *n_out,
	    char *name)
{
	read_fn *read_packet = (read_fn *)dlsym(RTLD_NEXT, "mi_rd_cmd");
	char *p = read_packet(fd, timeout, command_out, n_out, name);

	if (p != NULL && *command_out == MACROS && !are_paired(p, *n_out))
		*n_out = BEFORE_MACROS;
	return p;
}
