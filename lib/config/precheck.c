#include "config/precheck.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/run_as.h"

/* The unit and tmpfiles.d make it, at the latest when the daemon starts. */
#define OWN_FOLDER "/run/verdict-milter"

/* 0, or errno of the folder in which the path lies. */
static int
folder_error(struct str path)
{
	size_t slash = str_rchr(path, '/');
	char *folder = mem_copy(path.p, slash > 0 ? slash : 1);
	struct stat status;
	int error = 0;

	if (stat(folder, &status) != 0)
		error = errno;
	else if (!S_ISDIR(status.st_mode))
		error = ENOTDIR;
	if (error == ENOENT && strcmp(folder, OWN_FOLDER) == 0)
		error = 0;
	free(folder);
	return error;
}

static void
check_folder(const char *keyword, struct str path, const char *what,
	     struct buf *faults)
{
	int error = folder_error(path);

	if (error != 0)
		buf_printf(faults, "%s: cannot %s %.*s: %s; %s\n", keyword,
			   what, STR_ARG(path), strerror(error),
			   error == ENOENT ? "create its folder first"
					   : "choose another folder");
}

static void
check_unix(const char *keyword, struct str path, struct buf *faults)
{
	struct sockaddr_un address;
	struct stat status;

	if (path.n >= sizeof address.sun_path) {
		buf_printf(faults,
			   "%s: %.*s is longer than the %zu octets of a "
			   "socket's name; choose a shorter one\n",
			   keyword, STR_ARG(path), sizeof address.sun_path - 1);
		return;
	}
	memcpy(address.sun_path, path.p, path.n);
	address.sun_path[path.n] = '\0';
	check_folder(keyword, path, "listen on", faults);
	if (lstat(address.sun_path, &status) == 0 && !S_ISSOCK(status.st_mode))
		buf_printf(faults,
			   "%s: %s exists and is no socket; remove it or "
			   "choose another name\n",
			   keyword, address.sun_path);
}

/* Is the address this host's?  With any port: ours may be taken by us. */
static int
address_error(struct ip ip)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	bool is_v4 = ip.family == IP_V4;
	int fd =
	    socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error = 0;

	memcpy(&v4.sin_addr, ip.octet, sizeof v4.sin_addr);
	memcpy(&v6.sin6_addr, ip.octet, sizeof v6.sin6_addr);
	if (fd < 0 ||
	    bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6,
		 is_v4 ? sizeof v4 : sizeof v6) != 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	return error;
}

static void
check_listen(struct str listen, struct buf *faults)
{
	struct ip ip;

	if (str_starts(listen, str_lit("unix:"))) {
		check_unix("listen", str_from(listen, sizeof "unix:" - 1),
			   faults);
		return;
	}
	if (!ip_parse(str_from(listen, str_chr(listen, '@') + 1), &ip))
		return;
	int error = address_error(ip);
	if (error != 0)
		buf_printf(faults, "listen: cannot listen on %.*s: %s%s\n",
			   STR_ARG(listen), strerror(error),
			   error == EADDRNOTAVAIL
			       ? "; name an address of this host"
			       : "");
}

static bool
precheck(const struct config *config, struct buf *faults)
{
	struct run_as run_as;
	size_t before = faults->n;

	if (run_as_find(config, &run_as, faults))
		run_as_clear(&run_as);
	check_listen(config->listen, faults);
	if (config->control_socket.n > 0)
		check_unix("control-socket", config->control_socket, faults);
	if (config->pid_file.n > 0)
		check_folder("pid-file", config->pid_file, "open", faults);
	return faults->n == before;
}

bool
precheck_tell(const struct config *config, const char *prefix)
{
	struct buf faults;
	struct str rest, line;

	buf_init(&faults, NULL);
	bool fine = precheck(config, &faults);
	rest = buf_str(&faults);
	while (str_split(&rest, '\n', &line))
		if (line.n > 0)
			fprintf(stderr, "%s%.*s\n", prefix, STR_ARG(line));
	buf_clear(&faults);
	return fine;
}
