#include "milter/cli/setup/change/files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/line.h"
#include "base/mem.h"
#include "milter/cli/cli.h"

const char *const files_names[FILES_COUNT] = {"master.cf", "main.cf"};

static bool
complain(const char *path, const char *what)
{
	fprintf(stderr, "verdict setup: %s: %s\n", path, what);
	return false;
}

/* --- reading --- */

bool
files_read(const char *path, bool quiet, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && out->n <= FILES_MAX) {
		n = read(fd, buf_room(out, 65536), 65536);
		out->n += n > 0 ? (size_t)n : 0;
	}
	int error = n < 0 ? errno : EFBIG;
	buf_adds(out, "");
	if (fd >= 0)
		close(fd);
	return n == 0 || (!quiet && complain(path, strerror(error)));
}

int
files_check(const char *path, struct str was)
{
	struct buf now;
	int status = CLI_FAILURE;

	buf_init(&now, NULL);
	if (files_read(path, false, &now)) {
		if (str_eq(buf_str(&now), was))
			status = CLI_ACCEPT;
		else
			fprintf(stderr,
				"verdict setup: %s was changed meanwhile, so "
				"nothing is written; call it again\n",
				path);
	}
	buf_clear(&now);
	return status;
}

/* --- writing --- */

/* The folder in which it stands, to be freed. */
static char *
folder_of(const char *path)
{
	char *copy = mem_copy(path, strlen(path));
	const char *folder = dirname(copy);
	char *kept = mem_copy(folder, strlen(folder));

	free(copy);
	return kept;
}

/* Can nobody but root exchange what lies there, or a folder on the way? */
static bool
is_of_root(const char *folder)
{
	char *at = realpath(folder, NULL);
	struct stat own;
	bool safe = at != NULL;

	for (bool more = safe; more && safe;) {
		safe = stat(at, &own) == 0 && own.st_uid == 0 &&
		       ((own.st_mode & S_IWOTH) == 0 || own.st_mode & S_ISVTX);
		more = strcmp(at, "/") != 0;
		char *above = folder_of(at);
		free(at);
		at = above;
	}
	free(at);
	return safe;
}

/* root in a folder of others would replace what they put in the file's place
   meanwhile. */
static bool
may_as_root(const char *path, const char *folder)
{
	char *named = folder_of(path);
	bool may = is_of_root(named) && is_of_root(folder);

	free(named);
	return may || complain(path, "others than root can write to its "
				     "folder, or to one above it: run it as "
				     "their owner");
}

int
files_may_replace(const char *path)
{
	struct stat own;
	char *real = realpath(path, NULL);
	char *folder = folder_of(real != NULL ? real : path);
	bool root = geteuid() == 0;
	bool may = real != NULL && stat(real, &own) == 0 &&
		   (root || geteuid() == own.st_uid) &&
		   access(folder, W_OK) == 0;

	if (!may)
		complain(path, root ? strerror(errno)
				    : "run it as root, or as its owner");
	may = may && (!root || may_as_root(path, folder));
	free(folder);
	free(real);
	return may ? CLI_ACCEPT : CLI_DENIED;
}

static bool
write_all(int fd, struct str content)
{
	while (content.n > 0) {
		ssize_t n = write(fd, content.p, content.n);
		if (n < 0 && errno != EINTR)
			return false;
		content = str_from(content, n > 0 ? (size_t)n : 0);
	}
	return fsync(fd) == 0;
}

static void
sync_folder_of(const char *path)
{
	char *folder = folder_of(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(folder);
}

bool
files_create(const char *path, struct str content, const char *like)
{
	struct stat own;
	bool ok;

	if (stat(like, &own) != 0)
		return complain(like, strerror(errno));
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return complain(path, strerror(errno));
	ok = fchown(fd, own.st_uid, own.st_gid) == 0 &&
	     fchmod(fd, own.st_mode & 07777) == 0 && write_all(fd, content);
	int error = ok ? 0 : errno;
	if (close(fd) != 0 && ok)
		error = errno;
	if (error == 0) {
		sync_folder_of(path);
		return true;
	}
	unlink(path);
	return complain(path, strerror(error));
}

bool
files_replace(const char *path, struct str content)
{
	char *real = realpath(path, NULL);
	char fresh[PATH_MAX];

	if (real == NULL)
		return complain(path, strerror(errno));
	snprintf(fresh, sizeof fresh, "%s.verdict-%ld", real, (long)getpid());
	bool ok = files_create(fresh, content, real);
	if (ok && rename(fresh, real) != 0) {
		ok = complain(real, strerror(errno));
		unlink(fresh);
	}
	if (ok)
		sync_folder_of(real);
	free(real);
	return ok;
}

/* --- Postfix's own lock --- */

#define LOCK_NS 20000000

/* Is it still the file of that name, as nobody else makes it? */
static bool
is_lock(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 &&
	       S_ISREG(named.st_mode) && named.st_nlink == 1 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* -1: errno tells; EAGAIN: another one holds it. */
static int
try_lock(const char *path)
{
	int fd = open(
	    path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_lock(fd, path))
		return fd;
	close(fd);
	errno = EAGAIN;
	return -1;
}

bool
files_lock(const char *path, struct files_lock *lock_out)
{
	const struct timespec pause = {.tv_nsec = LOCK_NS};
	struct files_lock lock;
	struct buf name;

	buf_init(&name, NULL);
	buf_printf(&name, "%s.tmp", path);
	lock.path = name.p;
	for (int64_t ns = 0;; ns += LOCK_NS) {
		lock.fd = try_lock(lock.path);
		if (lock.fd >= 0 || errno != EAGAIN || ns >= FILES_LOCK_NS)
			break;
		nanosleep(&pause, NULL);
	}
	if (lock.fd >= 0) {
		*lock_out = lock;
		return true;
	}
	complain(lock.path,
		 errno == EAGAIN
		     ? "another program, such as postconf, changes the "
		       "configuration; call it again after that"
		     : strerror(errno));
	buf_clear(&name);
	return false;
}

/* What holds something is not ours. */
void
files_unlock(struct files_lock *lock)
{
	struct stat status;

	if (lock->path == NULL)
		return;
	if (fstat(lock->fd, &status) == 0 && status.st_size == 0)
		unlink(lock->path);
	close(lock->fd);
	free(lock->path);
	lock->path = NULL;
}
