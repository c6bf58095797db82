#include "config/precheck.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* The unit and tmpfiles.d make it, at the latest when the daemon starts. */
#define OWN_FOLDER "/run/verdict-milter"

/* --- the sentences --- */

static const char *
cure(struct str name, int error)
{
	bool is_file = str_starts(name, str_lit("/"));

	switch (error) {
	case ENOENT:
		return "; create its folder first";
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
	case EROFS:
		return "; choose another folder";
	case EADDRINUSE:
		return "; stop what listens there (ss -ltnp shows it) or "
		       "choose another port";
	case EADDRNOTAVAIL:
		return "; name an address of this host";
	case EACCES:
		return is_file ? "; start as root, or choose a folder that "
				 "the user may write to"
			       : "; start as root, or choose a port above 1023";
	default:
		return "";
	}
}

void
precheck_cannot(const char *keyword, const char *verb, struct str name,
		int error, struct buf *fault)
{
	buf_printf(fault, "%s: cannot %s %.*s: %s%s", keyword, verb,
		   STR_ARG(name), strerror(error), cure(name, error));
}

bool
precheck_unix(const char *keyword, struct str path,
	      struct sockaddr_un *address_out, struct buf *fault)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat status;

	if (path.n >= sizeof address.sun_path) {
		buf_printf(fault,
			   "%s: %.*s is longer than the %zu octets of a "
			   "socket's name; choose a shorter one",
			   keyword, STR_ARG(path), sizeof address.sun_path - 1);
		return false;
	}
	memcpy(address.sun_path, path.p, path.n);
	if (lstat(address.sun_path, &status) == 0 &&
	    !S_ISSOCK(status.st_mode)) {
		buf_printf(fault,
			   "%s: %s exists and is no socket; remove it or "
			   "choose another name",
			   keyword, address.sun_path);
		return false;
	}
	*address_out = address;
	return true;
}

/* --- what is looked at --- */

/* The lines that one look finds. */
struct look {
	const struct config *config;
	enum precheck_who who;
	struct buf faults, warnings;
};

static void
end_line(struct buf *lines, size_t before)
{
	if (lines->n > before)
		buf_addc(lines, '\n');
}

/* 0, or errno of the folder in which the path lies. */
static int
folder_error(const struct look *look, struct str path)
{
	size_t slash = str_rchr(path, '/');
	char *folder = mem_copy(path.p, slash > 0 ? slash : 1);
	struct stat status;
	int error = 0;

	if (stat(folder, &status) != 0)
		error = errno;
	else if (!S_ISDIR(status.st_mode))
		error = ENOTDIR;
	if (look->who == PRECHECK_BEFORE &&
	    ((error == ENOENT && strcmp(folder, OWN_FOLDER) == 0) ||
	     (error == EACCES && geteuid() != 0)))
		error = 0;
	free(folder);
	return error;
}

static void
look_at_unix(const struct look *look, const char *keyword, struct str path,
	     struct buf *lines)
{
	struct sockaddr_un address;

	if (!precheck_unix(keyword, path, &address, lines))
		return;
	int error = folder_error(look, path);
	if (error != 0)
		precheck_cannot(keyword, "listen on", path, error, lines);
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
look_at_listen(struct look *look)
{
	struct str listen = look->config->listen;
	struct buf *faults = &look->faults;
	size_t before = faults->n;
	struct ip ip;
	int error = 0;

	if (str_starts(listen, str_lit("unix:")))
		look_at_unix(look, "listen",
			     str_from(listen, sizeof "unix:" - 1), faults);
	else if (ip_parse(str_from(listen, str_chr(listen, '@') + 1), &ip))
		error = address_error(ip);
	if (error != 0)
		precheck_cannot("listen", "listen on", listen, error, faults);
	end_line(faults, before);
}

static void
look_at_control(struct look *look)
{
	struct str path = look->config->control_socket;
	struct buf *warnings = &look->warnings;

	if (path.n > 0)
		look_at_unix(look, PRECHECK_CONTROL, path, warnings);
	if (warnings->n > 0)
		buf_adds(warnings, PRECHECK_WITHOUT "\n");
}

/* Its owner depends on who starts, so that is looked at there. */
static void
look_at_pid_file(struct look *look)
{
	struct str named = look->config->pid_file;
	struct buf *faults = &look->faults;
	size_t before = faults->n;
	struct stat status;

	if (named.n == 0)
		return;
	char *path = mem_copy(named.p, named.n);
	int error = folder_error(look, named);
	if (error != 0)
		precheck_cannot("pid-file", "open", named, error, faults);
	else if (lstat(path, &status) == 0 &&
		 (!S_ISREG(status.st_mode) || status.st_nlink != 1))
		buf_printf(faults,
			   "pid-file: %s is no plain file, or has another name "
			   "too; remove it or choose another name",
			   path);
	end_line(faults, before);
	free(path);
}

/* Only root becomes another user; whoever starts it may be root. */
static void
look_at_rights(struct look *look, const struct run_as *run_as)
{
	if (look->who == PRECHECK_START && geteuid() != 0 &&
	    (run_as->uid != geteuid() || run_as->gid != getegid()))
		buf_adds(&look->faults,
			 "user, group: only root can become another user; "
			 "start as root or leave them out\n");
}

static void
tell_lines(const struct buf *lines, bool fatal,
	   void (*tell)(void *ctx, bool fatal, struct str line), void *ctx)
{
	struct str rest = buf_str(lines), line;

	while (str_split(&rest, '\n', &line))
		if (line.n > 0)
			tell(ctx, fatal, line);
}

bool
precheck(const struct config *config, enum precheck_who who,
	 struct run_as *run_as_out,
	 void (*tell)(void *ctx, bool fatal, struct str line), void *ctx)
{
	struct look look = {.config = config, .who = who};
	struct run_as run_as = {.user = NULL};

	buf_init(&look.faults, NULL);
	buf_init(&look.warnings, NULL);
	if (run_as_find(config, &run_as, &look.faults))
		look_at_rights(&look, &run_as);
	look_at_listen(&look);
	look_at_control(&look);
	look_at_pid_file(&look);
	bool fine = look.faults.n == 0;
	tell_lines(&look.faults, true, tell, ctx);
	if (who == PRECHECK_BEFORE || !fine)
		tell_lines(&look.warnings, false, tell, ctx);
	buf_clear(&look.faults);
	buf_clear(&look.warnings);
	if (fine && run_as_out != NULL)
		*run_as_out = run_as;
	else
		run_as_clear(&run_as);
	return fine;
}
