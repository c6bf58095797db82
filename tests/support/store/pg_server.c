#include "tests/support/store/pg_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

static struct {
	char programs[4096]; /* the folder of initdb and postgres */
	char folder[64];     /* "": nothing is there */
	char url[128];
	unsigned port;
	pid_t pid; /* 0: does not run */
} server;

static bool
find(const char *pattern, char out[4096])
{
	glob_t found;
	bool any = glob(pattern, 0, NULL, &found) == 0;

	if (any)
		snprintf(out, 4096, "%s", found.gl_pathv[found.gl_pathc - 1]);
	globfree(&found);
	return any;
}

static bool
find_programs(void)
{
	char pattern[4096], libraries[4096];
	const char *unpacked = getenv("VERDICT_SERVERS");

	if (find("/usr/lib/postgresql/*/bin", server.programs))
		return true;
	if (!unpacked)
		unpacked = "build/servers";
	snprintf(pattern, sizeof(pattern), "%s/usr/lib/postgresql/*/bin",
		 unpacked);
	if (!find(pattern, libraries) || !realpath(libraries, server.programs))
		return false;
	snprintf(pattern, sizeof(pattern), "%s/usr/lib/*-linux-gnu*", unpacked);
	if (find(pattern, libraries) && realpath(libraries, pattern))
		setenv("LD_LIBRARY_PATH", pattern, 1);
	return true;
}

/* Where a checkout stands below a folder of root's, its servers too: the user
   that comes may look into it all the same. */
static void
keep_reading(void)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3,
	};
	const uint32_t reads = 1U << CAP_DAC_READ_SEARCH;
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = {
	    {.effective = reads, .permitted = reads, .inheritable = reads},
	};

	if (syscall(SYS_capset, &header, set) == 0)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_READ_SEARCH,
		      0, 0);
}

/* In the child: an ordinary user, who dies with the test. */
static void
become_nobody(void)
{
	const struct passwd *user;
	int null = open("/dev/null", O_RDWR);

	if (geteuid() == 0) {
		user = getpwnam("nobody");
		prctl(PR_SET_KEEPCAPS, 1);
		if (!user || setgroups(0, NULL) != 0 ||
		    setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
			_exit(126);
		keep_reading();
	}
	prctl(PR_SET_PDEATHSIG, SIGQUIT);
	dup2(null, 0);
	dup2(null, 1);
	if (!getenv("PG_SERVER_TALKS"))
		dup2(null, 2);
}

static pid_t
start(const char *program, char *const *arguments)
{
	char path[4200];
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		become_nobody();
		snprintf(path, sizeof(path), "%s/%s", server.programs, program);
		if (chdir(server.folder) == 0)
			execv(path, arguments);
		_exit(127);
	}
	return pid;
}

static void
run(const char *program, char *const *arguments)
{
	pid_t pid = start(program, arguments);
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
make_data(void)
{
	char *const arguments[] = {
	    "initdb", "-D",         "data",      "-A",
	    "trust",  "-U",         "verdict",   "-E",
	    "UTF8",   "--locale=C", "--no-sync", "--no-instructions",
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
	char *const arguments[] = {"postgres",  "-D",
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
	if (!server.programs[0] && !find_programs())
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
		kill(server.pid, SIGQUIT);
		waitpid(server.pid, NULL, 0);
	}
	server.pid = 0;
}

void
pg_server_stop(void)
{
	pg_server_down();
	if (server.folder[0])
		remove_folder(server.folder);
	server.folder[0] = '\0';
}

void
pg_server_freeze(bool frozen)
{
	kill(server.pid, frozen ? SIGSTOP : SIGCONT);
}
