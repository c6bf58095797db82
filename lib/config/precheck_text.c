/* What the precheck and who meets a fault later both say. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "config/precheck.h"

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
