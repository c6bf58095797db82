#include "tests/support/store/pg_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

static struct {
	/* Where it was unpacked; "": the system's. */
	char root[4096];
	/* Below it: the folders of initdb and postgres, and of libraries. */
	char programs[4096], libraries[4096];
	char folder[64]; /* "": nothing is there */
	char url[128];
	unsigned port;
	pid_t pid; /* 0: does not run */
} server;

/* Of the last one that fits, what follows the root; "": none. */
static bool
find(const char *below, char out[4096])
{
	char pattern[8192];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s%s", server.root, below);
	bool any = glob(pattern, 0, NULL, &found) == 0;
	snprintf(out, 4096, "%s",
		 any ? found.gl_pathv[found.gl_pathc - 1] + strlen(server.root)
		     : "");
	globfree(&found);
	return any;
}

static bool
find_programs(void)
{
	const char *unpacked = getenv("VERDICT_SERVERS");

	if (find("/usr/lib/postgresql/*/bin", server.programs))
		return true;
	if (!realpath(unpacked ? unpacked : "build/servers", server.root))
		return false;
	(void)find("/usr/lib/*-linux-gnu*", server.libraries);
	return find("/usr/lib/postgresql/*/bin", server.programs);
}

/* In the child, as root: nobody may not look below a folder of root's, where a
   checkout may stand, so the servers have another place. */
static void
move_root(void)
{
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount(server.root, "/mnt", NULL, MS_BIND, NULL) == 0)
		snprintf(server.root, sizeof(server.root), "/mnt");
}

/* In the child: an ordinary user, who dies with the test. */
static void
become_nobody(void)
{
	const struct passwd *user;
	int null = open("/dev/null", O_RDWR);

	if (geteuid() == 0) {
		user = getpwnam("nobody");
		if (server.root[0] != '\0')
			move_root();
		if (!user || setgroups(0, NULL) != 0 ||
		    setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
			_exit(126);
	}
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	dup2(null, 0);
	dup2(null, 1);
	if (!getenv("PG_SERVER_TALKS"))
		dup2(null, 2);
}

/* In the child. */
static void
path_of(const char *program, char out[8300])
{
	snprintf(out, 8300, "%s%s/%s", server.root, server.programs, program);
}

/* In a chroot below a folder of root's there is no other place for them. */
static bool
reached_by_nobody(void)
{
	char path[8300];
	int status = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		become_nobody();
		path_of("postgres", path);
		_exit(access(path, X_OK) != 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

/* The first argument is the program, which finds the others by its path. */
static pid_t
start(const char *program, char **arguments)
{
	char path[8300];
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		become_nobody();
		if (server.libraries[0] != '\0') {
			snprintf(path, sizeof(path), "%s%s", server.root,
				 server.libraries);
			setenv("LD_LIBRARY_PATH", path, 1);
		}
		path_of(program, path);
		arguments[0] = path;
		if (chdir(server.folder) == 0)
			execv(path, arguments);
		_exit(127);
	}
	return pid;
}

static void
run(const char *program, char **arguments)
{
	pid_t pid = start(program, arguments);
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
make_data(void)
{
	char *arguments[] = {"initdb",     "-D",        "data",
			     "-A",         "trust",     "-U",
			     "verdict",    "-E",        "UTF8",
			     "--locale=C", "--no-sync", "--no-instructions",
			     NULL};
	const struct passwd *user = getpwnam("nobody");

	snprintf(server.folder, sizeof(server.folder),
		 "/tmp/verdict-pg-XXXXXX");
	assert_non_null(mkdtemp(server.folder));
	if (geteuid() == 0) {
		assert_non_null(user);
		assert_int_equal(
		    chown(server.folder, user->pw_uid, user->pw_gid), 0);
	}
	run("initdb", arguments);
}

static unsigned
free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size),
			 0);
	close(fd);
	return ntohs(address.sin_port);
}

/* The last line of its pid file says "ready". */
static bool
is_ready(void)
{
	char path[128], text[1024];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/data/postmaster.pid", server.folder);
	file = fopen(path, "r");
	if (!file)
		return false;
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return strstr(text, "\nready") != NULL;
}

static void
run_server(void)
{
	char port[16];
	char *arguments[] = {"postgres",  "-D",
			     "data",      "-h",
			     "127.0.0.1", "-p",
			     port,        "-F",
			     "-c",        "unix_socket_directories=",
			     "-c",        "shared_buffers=128MB",
			     "-c",        "jit=off",
			     NULL};
	int tries, status;

	if (!server.port)
		server.port = free_port();
	snprintf(port, sizeof(port), "%u", server.port);
	server.pid = start("postgres", arguments);
	for (tries = 0; tries < 600 && !is_ready(); tries++) {
		assert_int_equal(waitpid(server.pid, &status, WNOHANG), 0);
		usleep(50000);
	}
	assert_true(is_ready());
	snprintf(server.url, sizeof(server.url),
		 "postgresql://verdict@127.0.0.1:%u/postgres", server.port);
}

const char *
pg_server_url(void)
{
	if (!server.programs[0] && !(find_programs() && reached_by_nobody()))
		return NULL;
	if (!server.folder[0])
		make_data();
	if (!server.pid)
		run_server();
	return server.url;
}

static void
remove_folder(const char *path)
{
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", path, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

void
pg_server_down(void)
{
	if (server.pid) {
		/* Also one that a test has stopped. */
		pg_server_signal(SIGCONT);
		kill(server.pid, SIGQUIT);
		waitpid(server.pid, NULL, 0);
	}
	server.pid = 0;
}

pid_t
pg_server_pid(void)
{
	return server.pid;
}

/* Those that it has begun, by proc(5). */
void
pg_server_signal(int number)
{
	char path[64];
	FILE *file;
	int pid;

	assert_true(server.pid > 0);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
		 (int)server.pid, (int)server.pid);
	assert_int_equal(kill(server.pid, number), 0);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fscanf(file, "%d", &pid) == 1)
		kill(pid, number);
	fclose(file);
}

void
pg_server_stop(void)
{
	pg_server_down();
	if (server.folder[0])
		remove_folder(server.folder);
	server.folder[0] = '\0';
}
