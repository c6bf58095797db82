#include "milter/process/unixsock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/precheck.h"

/* Does somebody answer?  errno tells where not. */
static bool
is_alive(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int status = fd < 0 ? -1
			    : connect(fd, (const struct sockaddr *)address,
				      sizeof *address);
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return status == 0;
}

/* A socket of ours that a crash left behind goes; anything else stays. */
static bool
remove_stale(const char *keyword, const struct sockaddr_un *address, uid_t uid,
	     struct buf *fault)
{
	struct stat status;
	const char *path = address->sun_path;

	if (lstat(path, &status) != 0)
		return true;
	if (status.st_uid != geteuid() && status.st_uid != uid) {
		buf_printf(fault,
			   "%s: %s belongs to another user (%lu); remove it or "
			   "choose another name",
			   keyword, path, (unsigned long)status.st_uid);
		return false;
	}
	if (is_alive(address)) {
		buf_printf(fault,
			   "%s: another process listens on %s; stop it or "
			   "choose another name",
			   keyword, path);
		return false;
	}
	if (errno == ECONNREFUSED && unlink(path) == 0)
		return true;
	precheck_cannot(keyword, "replace the old socket", str_of(path), errno,
			fault);
	return false;
}

bool
unixsock_address(const char *keyword, const char *path, uid_t uid,
		 struct sockaddr_un *address_out, struct buf *fault)
{
	struct sockaddr_un address;

	if (!precheck_unix(keyword, str_of(path), &address, fault) ||
	    !remove_stale(keyword, &address, uid, fault))
		return false;
	*address_out = address;
	return true;
}

bool
unixsock_give(const char *keyword, struct listener *listener, uid_t uid,
	      gid_t gid, struct buf *fault)
{
	struct stat status;
	int fd = open(listener->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool ours = fd >= 0 && process_owns_file(fd, listener->path, S_IFSOCK);
	bool given = ours && fstat(fd, &status) == 0 &&
		     fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == 0;

	if (given) {
		listener->dev = status.st_dev;
		listener->ino = status.st_ino;
	} else if (ours) {
		buf_printf(fault,
			   "%s: cannot give %s to user %lu, group %lu: %s; "
			   "start as root or as a member of the group",
			   keyword, listener->path, (unsigned long)uid,
			   (unsigned long)gid, strerror(errno));
		unlink(listener->path);
	} else {
		buf_printf(fault,
			   "%s: somebody else has replaced %s; choose a folder "
			   "that others may not write to",
			   keyword, listener->path);
	}
	if (fd >= 0)
		close(fd);
	return given;
}

void
unixsock_remove(struct listener *listener)
{
	struct stat status;

	/* It may be gone, and another instance may have made its own. */
	if (listener->path != NULL && lstat(listener->path, &status) == 0 &&
	    status.st_dev == listener->dev && status.st_ino == listener->ino)
		unlink(listener->path);
	free(listener->path);
	listener->path = NULL;
}
