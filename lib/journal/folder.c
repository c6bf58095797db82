#include "journal/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MODE 0640
#define FOLDER_MODE 0750
#define LOCK "lock"
#define CURSOR ".cursor"
/* A FIFO or a device that somebody put there must not be waited for. */
#define CAREFUL (O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)

int
folder_open(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int
folder_make(const char *path)
{
	int folder = folder_open(path);

	if (folder < 0 && errno == ENOENT && mkdir(path, FOLDER_MODE) == 0)
		folder = folder_open(path);
	return folder;
}

bool
folder_is(const char *path, int folder)
{
	struct stat named, held;

	return stat(path, &named) == 0 && fstat(folder, &held) == 0 &&
	       named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

int
folder_lock(int folder)
{
	int fd = openat(folder, LOCK, O_RDWR | O_CREAT | CAREFUL, FILE_MODE);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

int
folder_new_file(int folder, const char *name)
{
	return openat(folder, name,
		      O_WRONLY | O_APPEND | O_CREAT | O_EXCL | CAREFUL,
		      FILE_MODE);
}

int
folder_open_file(int folder, const char *name)
{
	return openat(folder, name, O_RDONLY | CAREFUL);
}

/* --- what stands there --- */

/* What cannot be a file of ours is not looked at. */
static bool
may_be_file(const struct dirent *entry)
{
	return entry->d_type == DT_REG || entry->d_type == DT_UNKNOWN;
}

/* Calls `visit` with the name of each file.  False: errno tells. */
static bool
each_name(int folder, void (*visit)(void *ctx, int folder, const char *name),
	  void *ctx)
{
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *entry;

	if (stream == NULL) {
		int error = errno;
		if (again >= 0)
			close(again);
		errno = error;
		return false;
	}
	errno = 0;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
	while ((entry = readdir(stream)) != NULL) {
		if (may_be_file(entry))
			visit(ctx, folder, entry->d_name);
		errno = 0;
	}
	int error = errno;
	closedir(stream);
	errno = error;
	return error == 0;
}

struct next {
	uint64_t from;
	bool found;
	struct folder_segment *best;
};

static void
look_for_next(void *ctx, int folder, const char *name)
{
	struct next *next = ctx;
	uint64_t sequence;

	(void)folder;
	if (!segment_name_read(name, &sequence) || sequence < next->from ||
	    (next->found && sequence >= next->best->sequence))
		return;
	next->found = true;
	next->best->sequence = sequence;
	snprintf(next->best->name, sizeof next->best->name, "%s", name);
}

bool
folder_next(int folder, uint64_t from, struct folder_segment *segment_out)
{
	struct folder_segment best;
	struct next next = {.from = from, .best = &best};

	if (!each_name(folder, look_for_next, &next) || !next.found)
		return false;
	*segment_out = best;
	return true;
}

struct looked {
	uint64_t until;
	struct folder_content content;
};

static void
add_up(void *ctx, int folder, const char *name)
{
	struct looked *looked = ctx;
	struct stat status;
	uint64_t sequence;

	if (!segment_name_read(name, &sequence) || sequence >= looked->until ||
	    fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	if (sequence > looked->content.last)
		looked->content.last = sequence;
	looked->content.segments++;
	looked->content.octets += (uint64_t)status.st_size;
}

bool
folder_look(int folder, uint64_t until, struct folder_content *content_out)
{
	struct looked looked = {.until = until};

	if (!each_name(folder, add_up, &looked))
		return false;
	*content_out = looked.content;
	return true;
}

/* --- cursors --- */

static bool
read_cursor(int folder, const char *name, struct journal_cursor *cursor_out)
{
	char octets[CURSOR_OCTETS + 1];
	int fd = folder_open_file(folder, name);
	ssize_t n = fd >= 0 ? read(fd, octets, sizeof octets) : -1;

	if (fd >= 0)
		close(fd);
	return n >= 0 && cursor_read(str_n(octets, (size_t)n), cursor_out);
}

static void
look_for_furthest(void *ctx, int folder, const char *name)
{
	struct journal_cursor *best = ctx, cursor;
	struct str text = str_of(name), suffix = STR(CURSOR);

	if (text.n <= suffix.n || text.p[0] == '.' ||
	    !str_eq(str_from(text, text.n - suffix.n), suffix) ||
	    !read_cursor(folder, name, &cursor) ||
	    cursor.journal != best->journal)
		return;
	if (cursor.sequence > best->sequence ||
	    (cursor.sequence == best->sequence && cursor.offset > best->offset))
		*best = cursor;
}

/* A folder that cannot be read has no reader. */
struct journal_cursor
folder_furthest(int folder, uint64_t journal)
{
	struct journal_cursor best = {.journal = journal};

	if (!each_name(folder, look_for_furthest, &best))
		return (struct journal_cursor){.journal = journal};
	return best;
}

static bool
is_reader_name(struct str name)
{
	bool fine = name.n > 0 && name.n <= 64;

	for (size_t i = 0; fine && i < name.n; i++)
		fine = ascii_is_alnum(name.p[i]) || name.p[i] == '-';
	return fine;
}

static bool
write_cursor(int folder, const char *name, const struct journal_cursor *cursor)
{
	char octets[CURSOR_OCTETS];

	if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		return false;
	int fd = folder_new_file(folder, name);
	if (fd < 0)
		return false;
	cursor_write(cursor, octets);
	ssize_t n = write(fd, octets, sizeof octets);
	int error = n < 0 ? errno : ENOSPC;
	close(fd);
	errno = error;
	return n == (ssize_t)sizeof octets;
}

bool
journal_publish(const char *folder, const char *name,
		const struct journal_cursor *cursor)
{
	char fresh[128], whole[128];

	errno = EINVAL;
	if (!is_reader_name(str_of(name)))
		return false;
	int fd = folder_open(folder);
	if (fd < 0)
		return false;
	snprintf(fresh, sizeof fresh, ".%s" CURSOR, name);
	snprintf(whole, sizeof whole, "%s" CURSOR, name);
	bool done = write_cursor(fd, fresh, cursor) &&
		    renameat(fd, fresh, fd, whole) == 0;
	int error = errno;
	close(fd);
	errno = error;
	return done;
}
