#include "config/as_user.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static bool
take_groups(const struct run_as *user)
{
	if (user->user == NULL)
		return setgroups(0, NULL) == 0;
	if (initgroups(user->user, user->gid) != 0)
		return false;
	int n = getgroups(0, NULL);
	size_t own = n > 0 ? (size_t)n : 0, count = own + user->further_count;
	gid_t *group = mem_alloc((count + 1) * sizeof *group);
	bool taken = getgroups((int)own, group) == (int)own;
	memcpy(group + own, user->further, user->further_count * sizeof *group);
	taken = taken && setgroups(count, group) == 0;
	free(group);
	return taken;
}

static bool
become(const struct run_as *user)
{
	return take_groups(user) &&
	       setresgid(user->gid, user->gid, user->gid) == 0 &&
	       setresuid(user->uid, user->uid, user->uid) == 0;
}

/* No exit handler of ours runs twice. */
static _Noreturn void
look_and_end(const struct run_as *user,
	     void (*look)(void *ctx, struct buf *lines), void *ctx, int to)
{
	struct buf lines;
	size_t done = 0;
	ssize_t n = 0;

	buf_init(&lines, NULL);
	if (become(user))
		look(ctx, &lines);
	while (done < lines.n &&
	       ((n = write(to, lines.p + done, lines.n - done)) > 0 ||
		errno == EINTR))
		done += n > 0 ? (size_t)n : 0;
	_exit(0);
}

void
as_user(const struct run_as *user, void (*look)(void *ctx, struct buf *lines),
	void *ctx, struct buf *lines)
{
	int ends[2];
	ssize_t n = -1;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return;
	pid_t child = fork();
	if (child == 0)
		look_and_end(user, look, ctx, ends[1]);
	close(ends[1]);
	while (child > 0 &&
	       ((n = read(ends[0], buf_room(lines, 4096), 4096)) > 0 ||
		(n < 0 && errno == EINTR)))
		lines->n += n > 0 ? (size_t)n : 0;
	close(ends[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}
