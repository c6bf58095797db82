#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

/* getpwuid_r(): long names and folders need room. */
#define USER_ROOM 16384

static bool
read_all(int fd, size_t max, struct buf *out)
{
	ssize_t n;

	do {
		n = read(fd, buf_room(out, 65536), 65536);
		if (n > 0)
			out->n += (size_t)n;
	} while ((n > 0 && out->n <= max) || (n < 0 && errno == EINTR));
	return n >= 0;
}

/* error: an errno. */
static void
tell_unreadable(int error, struct buf *why)
{
	struct passwd entry;
	struct passwd *found = NULL;
	char *room = mem_alloc(USER_ROOM);

	if (error == EACCES)
		getpwuid_r(geteuid(), &entry, room, USER_ROOM, &found);
	if (found != NULL)
		buf_printf(why,
			   "cannot be read by user %s: %s; let this user read "
			   "it (chgrp %s, chmod 640; its folder, too)",
			   found->pw_name, strerror(error), found->pw_name);
	else
		buf_printf(why,
			   "cannot be read: %s; mend that or name another file",
			   strerror(error));
	free(room);
}

bool
file_read(const char *path, size_t max, const char *what, struct buf *out,
	  struct buf *why)
{
	/* A pipe must not make the start wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	bool ok = fd >= 0 && fstat(fd, &st) == 0;
	bool regular = ok && S_ISREG(st.st_mode);
	bool fits = false;

	if (regular)
		ok = read_all(fd, max, out);
	if (!ok)
		tell_unreadable(errno, why);
	else if (!regular)
		buf_adds(why, "not a regular file");
	else if (out->n > max)
		buf_printf(why, "larger than %zu MiB, so no %s", max >> 20,
			   what);
	else
		fits = true;
	if (fd >= 0)
		close(fd);
	return fits;
}
