#include "config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
		buf_printf(why,
			   "cannot be read: %s; mend that or name another file",
			   strerror(errno));
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
