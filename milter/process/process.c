#include "milter/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/wrap.h"
#include "config/precheck.h"
#include "milter/mta/mta.h"

/* Descriptors beside those of connections: log, DNS, lists, library files. */
#define OTHER_FILES (256 + LIMIT_DNS_TCP)

void
process_complain(const char *fmt, ...)
{
	struct buf line;
	va_list args;
	char *text = NULL;

	va_start(args, fmt);
	int n = vasprintf(&text, fmt, args);
	va_end(args);
	buf_init(&line, NULL);
	buf_printf(&line, "verdict-milter: %s\n", n >= 0 ? text : fmt);
	wrap_print(stderr, buf_str(&line));
	buf_clear(&line);
	if (n >= 0)
		free(text);
}

/* --- who we are --- */

static bool
is_already(const struct run_as *run_as)
{
	return geteuid() == run_as->uid && getegid() == run_as->gid;
}

/* No way back to root may be left. */
static bool
gave_up_root(const struct run_as *run_as)
{
	uid_t real, effective, saved;

	if (getresuid(&real, &effective, &saved) != 0 || real != run_as->uid ||
	    effective != run_as->uid || saved != run_as->uid)
		return false;
	return run_as->uid == 0 || setuid(0) != 0;
}

bool
process_become(const struct run_as *run_as)
{
	/* Nothing that we might ever start gains rights. */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL) != 0) {
		process_complain("cannot give up new privileges: %m");
		return false;
	}
	if (geteuid() != 0 && is_already(run_as))
		return true;
	int groups = run_as->user != NULL
			 ? initgroups(run_as->user, run_as->gid)
			 : setgroups(0, NULL);
	if (groups != 0 ||
	    setresgid(run_as->gid, run_as->gid, run_as->gid) != 0 ||
	    setresuid(run_as->uid, run_as->uid, run_as->uid) != 0 ||
	    !gave_up_root(run_as)) {
		process_complain("cannot become user %lu, group %lu: %m",
				 (unsigned long)run_as->uid,
				 (unsigned long)run_as->gid);
		return false;
	}
	return true;
}

/* --- pid file --- */

bool
process_owns_file(int fd, const char *path, mode_t type)
{
	struct stat opened, named;

	/* One look at the path tells both that it names the file and that
	   nothing else does. */
	return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 &&
	       (named.st_mode & S_IFMT) == type && named.st_nlink == 1 &&
	       named.st_uid == geteuid() && opened.st_dev == named.st_dev &&
	       opened.st_ino == named.st_ino;
}

static void
complain_of_owner(int fd, const char *path)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	if (n > 0)
		text[strcspn(text, "\n")] = '\0';
	process_complain("pid-file: %s is held by a running verdict-milter "
			 "(process %s); stop it first",
			 path, text[0] ? text : "unknown");
}

/* The lock, not the file, tells that a daemon runs: a crash leaves the file. */
static int
open_locked(const char *path)
{
	/* A pipe or a device must not keep us waiting. */
	int fd = open(path,
		      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
			  O_NOCTTY,
		      0644);

	if (fd < 0) {
		struct buf fault;
		buf_init(&fault, NULL);
		precheck_cannot("pid-file", "open", str_of(path), errno,
				&fault);
		process_complain("%.*s", STR_ARG(buf_str(&fault)));
		buf_clear(&fault);
		return -1;
	}
	if (!process_owns_file(fd, path, S_IFREG))
		process_complain("pid-file: %s belongs to another user than "
				 "who starts, or was replaced just now; remove "
				 "it or choose another name",
				 path);
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		complain_of_owner(fd, path);
	else if (!process_owns_file(fd, path, S_IFREG))
		process_complain("pid-file: %s was removed just now; start "
				 "again",
				 path);
	else
		return fd;
	close(fd);
	return -1;
}

bool
process_pid_file_open(struct str path, struct pid_file *file_out)
{
	struct pid_file file = {.fd = -1};

	if (path.n > 0) {
		file.path = mem_copy(path.p, path.n);
		file.fd = open_locked(file.path);
		if (file.fd < 0 || ftruncate(file.fd, 0) != 0 ||
		    dprintf(file.fd, "%ld\n", (long)getpid()) < 0) {
			if (file.fd >= 0) {
				process_complain("pid-file: cannot write %s: "
						 "%m",
						 file.path);
				close(file.fd);
			}
			free(file.path);
			return false;
		}
	}
	*file_out = file;
	return true;
}

/* Owned or not: it was ours, and we may no longer be who made it. */
static bool
is_same_file(int fd, const char *path)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 &&
	       opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* The folder may be root's, when we no longer are: then it is left empty. */
void
process_pid_file_remove(struct pid_file *file)
{
	if (file->path == NULL)
		return;
	if (is_same_file(file->fd, file->path) && unlink(file->path) != 0 &&
	    ftruncate(file->fd, 0) != 0)
		process_complain("pid-file: cannot remove %s: %m", file->path);
	close(file->fd);
	free(file->path);
	*file = (struct pid_file){.fd = -1};
}

/* --- background --- */

static int
wait_for_child(int ready, pid_t child)
{
	char byte;
	int status;
	ssize_t n;

	do {
		n = read(ready, &byte, 1);
	} while (n < 0 && errno == EINTR);
	close(ready);
	if (n == 1)
		return EX_OK;
	if (waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	    WEXITSTATUS(status) != 0)
		return WEXITSTATUS(status);
	return EX_UNAVAILABLE;
}

int
process_daemonize(int *ready_out)
{
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0 || (child = fork()) < 0) {
		process_complain("cannot go to the background: %m");
		return EX_OSERR;
	}
	if (child > 0) {
		close(ends[1]);
		return wait_for_child(ends[0], child);
	}
	close(ends[0]);
	setsid();
	if (chdir("/") != 0)
		process_complain("cannot change to /: %m");
	*ready_out = ends[1];
	return -1;
}

void
process_ready(int ready, bool keep_stderr)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		if (!keep_stderr)
			dup2(null, STDERR_FILENO);
		close(null);
	}
	if (write(ready, "", 1) != 1)
		process_complain("the starting process is gone: %m");
	close(ready);
}

/* --- limits and signals --- */

void
process_raise_files(unsigned connections, struct buf *lack)
{
	struct rlimit files;
	rlim_t wanted = (rlim_t)connections * mta_files_each() + OTHER_FILES;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= wanted)
		return;
	files.rlim_cur = wanted;
	if (files.rlim_max < wanted)
		files.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &files) == 0)
		return;
	/* Not root: as far as the hard limit goes. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	buf_printf(lack,
		   "max-sessions: the system allows %lu open files, %lu are "
		   "wanted; raise the limit (LimitNOFILE=) or lower "
		   "max-sessions",
		   (unsigned long)files.rlim_cur, (unsigned long)wanted);
}

void
process_block_signals(void)
{
	sigset_t set;

	/* A mail server that is gone is an error of write(). */
	signal(SIGPIPE, SIG_IGN);
	/* A file that may not grow is the journal's trouble, not the end. */
	signal(SIGXFSZ, SIG_IGN);
	/* What is ignored, as nohup has it, would never arrive. */
	signal(SIGHUP, SIG_DFL);
	signal(SIGUSR1, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}
