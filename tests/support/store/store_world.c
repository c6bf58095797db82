#include "tests/support/store/store_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/store/pg_server.h"

static struct {
	enum store_engine engine;
	char folder[64], path[96], url[128];
} world;

enum store_engine
store_world_engine(void)
{
	return world.engine;
}

const char *
store_world_url(void)
{
	return world.url;
}

const char *
store_world_path(void)
{
	return world.path;
}

const char *
store_world_folder(void)
{
	return world.folder;
}

static void
empty_server(void)
{
	struct sql_error error;
	struct sql *sql = sql_open(world.url, SQL_WRITE, &error);

	if (!sql)
		fail_msg("%s", error.text);
	if (!sql_script(sql, "DROP SCHEMA IF EXISTS verdict CASCADE"))
		fail_msg("%s", sql_error(sql)->text);
	sql_close(sql);
}

int
store_world_setup(void **state)
{
	const char *server;

	(void)state;
	snprintf(world.folder, sizeof(world.folder),
		 "/tmp/verdict-store-XXXXXX");
	assert_non_null(mkdtemp(world.folder));
	snprintf(world.path, sizeof(world.path), "%s/history.db", world.folder);
	if (world.engine == ENGINE_SQLITE) {
		snprintf(world.url, sizeof(world.url), "sqlite:%s", world.path);
		return 0;
	}
	server = pg_server_url();
	if (server) {
		snprintf(world.url, sizeof(world.url), "%s", server);
		empty_server();
	}
	return 0;
}

int
store_world_teardown(void **state)
{
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		execlp("rm", "rm", "-rf", world.folder, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	return 0;
}

struct sql *
store_world_open(enum sql_access access)
{
	struct sql_error error;
	struct sql *sql = sql_open(world.url, access, &error);

	if (!sql)
		fail_msg("%s", error.text);
	return sql;
}

int64_t
store_world_get(const char *text)
{
	struct sql *sql = store_world_open(SQL_READ);
	int64_t got = 0;

	if (!sql_get(sql, text, NULL, 0, -1, &got))
		fail_msg("%s", sql_error(sql)->text);
	sql_close(sql);
	return got;
}

void
store_world_run(const char *text)
{
	struct sql *sql = store_world_open(SQL_WRITE);

	if (!sql_script(sql, text))
		fail_msg("%s", sql_error(sql)->text);
	sql_close(sql);
}

static int
stop_server(void **state)
{
	(void)state;
	pg_server_stop();
	return 0;
}

int
store_world_run_pgsql(const char *name, const struct CMUnitTest *tests,
		      size_t n)
{
	world.engine = ENGINE_PGSQL;
	if (pg_server_url())
		return _cmocka_run_group_tests(name, tests, n, NULL,
					       stop_server);
	printf("ok - # skip no PostgreSQL; run contrib/install-deps "
	       "--servers\n");
	return 0;
}

int
store_world_run_tests(const char *name, const struct CMUnitTest *tests,
		      size_t n)
{
	int failed;

	world.engine = ENGINE_SQLITE;
	failed = _cmocka_run_group_tests(name, tests, n, NULL, NULL);
	return failed + store_world_run_pgsql(name, tests, n);
}
