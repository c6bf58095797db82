#include "base/replace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
write_all(int fd, struct str octets)
{
	size_t done = 0;

	while (done < octets.n) {
		ssize_t n = write(fd, octets.p + done, octets.n - done);

		if (n < 0 && errno != EINTR)
			return false;
		done += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* What else than a file stands there; NULL: nothing. */
static const char *
hindrance(const char *path)
{
	struct stat status;

	if (path[0] == '\0')
		return "the name is empty";
	if (lstat(path, &status) != 0 || S_ISREG(status.st_mode) ||
	    S_ISLNK(status.st_mode))
		return NULL;
	return S_ISDIR(status.st_mode) ? "it is a folder; name a file in it"
				       : "it is no file; name another one";
}

static bool
put_in_place(int fd, const char *beside, const char *path, mode_t mode,
	     struct str octets)
{
	return write_all(fd, octets) && fchmod(fd, mode) == 0 &&
	       fsync(fd) == 0 && rename(beside, path) == 0;
}

bool
replace_file(const char *path, mode_t mode, struct str octets, struct buf *why)
{
	const char *other = hindrance(path);
	struct buf name;
	int fd, error;

	if (other != NULL) {
		buf_adds(why, other);
		return false;
	}
	buf_init(&name, NULL);
	buf_printf(&name, "%s.XXXXXX", path);
	fd = mkstemp(name.p);
	error = fd < 0 ? errno : 0;
	if (fd >= 0 && !put_in_place(fd, name.p, path, mode, octets)) {
		error = errno;
		unlink(name.p);
	}
	if (fd >= 0)
		close(fd);
	if (error != 0)
		buf_adds(why, strerror(error));
	buf_clear(&name);
	return error == 0;
}
