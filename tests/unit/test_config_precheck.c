/* What keeps the daemon from starting on this host: who asks, and what is told.
   The sentences have their rows in tests/e2e/65-config. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/precheck.h"
#include "tests/support/config_file.h"

#define NAMED "authserv-id: mx.receiver.example\nresolver: 127.0.0.1\n"
/* Which no daemon of this host has. */
#define ANYWHERE "listen: inet:8891@127.8.8.91\n"
#define NOBODY 65534

static struct buf told;

/* The place in the file stands before what is fatal, and is checked below. */
static struct str
without_place(struct str line)
{
	struct str path = str_of(config_file_path());

	if (!str_starts(line, path))
		return line;
	line = str_from(line, path.n + 1);
	return str_from(line, str_chr(line, ':') + 2);
}

static void
keep(void *ctx, bool fatal, struct str line)
{
	assert_ptr_equal(ctx, &told);
	line = without_place(line);
	buf_printf(&told, "%s%.*s\n",
		   fatal ? "" : "not fatal: ", STR_ARG(line));
}

/* What is told of a file; valid until the next one. */
static const char *
ask(const char *text, enum precheck_who who, bool want)
{
	struct config *config = config_file_load(text);
	struct run_as run_as = {.user = NULL};

	buf_clear(&told);
	buf_init(&told, NULL);
	assert_int_equal(
	    precheck(config, who, &run_as, keep, &told) == PRECHECK_FINE, want);
	/* Untouched where there is nobody to become. */
	assert_int_equal(run_as.uid, want ? geteuid() : 0);
	run_as_clear(&run_as);
	assert_int_equal(
	    precheck(config, who, NULL, keep, &told) == PRECHECK_FINE, want);
	config_unref(config);
	buf_addc(&told, '\0');
	return told.p;
}

static void
assert_begins(const char *text, const char *want)
{
	if (strncmp(text, want, strlen(want)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", text, want);
}

static size_t
count(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
		n++;
	return n;
}

static int
teardown(void **state)
{
	(void)state;
	buf_clear(&told);
	return 0;
}

static void
all_faults_are_told(void **state)
{
	const char *text = NAMED "user: nosuchuser\n"
				 "group: nosuchgroup\n"
				 "socket-group: nosuchgroup\n"
				 "listen: unix:/nowhere/v.sock\n"
				 "control-socket: /nowhere/c.sock\n"
				 "pid-file: /nowhere/v.pid\n";
	const char *got = ask(text, PRECHECK_START, false);

	(void)state;
	/* Asked twice. */
	assert_int_equal(count(got, "\n"), 12);
	assert_begins(got, "user: there is no user \"nosuchuser\"; create it");
	assert_int_equal(count(got, "\ngroup: there is no group"), 2);
	assert_int_equal(count(got, "\nsocket-group: there is no group"), 2);
	assert_int_equal(count(got,
			       "\nlisten: cannot listen on "
			       "/nowhere/v.sock: No such file or "
			       "directory; create its folder first (install "
			       "-d -o nosuchuser -g nosuchgroup -m 2750 "
			       "/nowhere)\n"),
			 2);
	assert_int_equal(count(got, "\npid-file: cannot open /nowhere/v.pid: "),
			 2);
	assert_int_equal(count(got, "\nnot fatal: control-socket: cannot "
				    "listen on /nowhere/c.sock: No such file "
				    "or directory; create its folder first; "
				    "the daemon goes on without\n"),
			 2);
	assert_int_equal(count(ask(text, PRECHECK_BEFORE, false), "\n"), 12);
}

static void
keep_whole(void *ctx, bool fatal, struct str line)
{
	(void)fatal;
	buf_add(ctx, line);
	buf_addc(ctx, '\n');
}

/* As errors of the file itself have it; a default stands nowhere. */
static void
the_place_is_told(void **state)
{
	struct config *config = config_file_load(
	    NAMED "user: nosuchuser\ncontrol-socket: \"\"\n" ANYWHERE
		  "pid-file: /nowhere/v.pid\n");
	char want[400];

	(void)state;
	buf_clear(&told);
	buf_init(&told, NULL);
	assert_int_equal(
	    precheck(config, PRECHECK_BEFORE, NULL, keep_whole, &told),
	    PRECHECK_HOST);
	snprintf(want, sizeof want, "%s:3: user: there is no",
		 config_file_path());
	assert_begins(told.p, want);
	snprintf(want, sizeof want, "\n%s:6: pid-file: cannot",
		 config_file_path());
	assert_non_null(strstr(told.p, want));
	config_unref(config);
}

/* Who goes on meets it where the socket is made. */
static void
what_is_not_fatal(void **state)
{
	const char *text = NAMED ANYWHERE "control-socket: /nowhere/c.sock\n";

	(void)state;
	assert_begins(ask(text, PRECHECK_BEFORE, true),
		      "not fatal: control-socket: ");
	assert_string_equal(ask(text, PRECHECK_START, true), "");
}

static void
what_lies_at_the_pid_file(void **state)
{
	char text[500], other[300];

	(void)state;
	snprintf(text, sizeof text,
		 NAMED ANYWHERE "control-socket: \"\"\n"
				"pid-file: %s/v.pid\n",
		 config_file_folder());
	assert_string_equal(ask(text, PRECHECK_BEFORE, true), "");
	snprintf(other, sizeof other, "%s/v.pid", config_file_folder());
	assert_int_equal(mkdir(other, 0700), 0);
	assert_non_null(strstr(ask(text, PRECHECK_BEFORE, false),
			       "/v.pid is no plain file, or has another name "
			       "too; remove it or choose another name\n"));
	assert_int_equal(rmdir(other), 0);
	/* A file that a crash left is none. */
	FILE *file = fopen(other, "w");
	assert_non_null(file);
	fclose(file);
	assert_string_equal(ask(text, PRECHECK_START, true), "");
	assert_int_equal(unlink(other), 0);
}

#define UNWRITABLE                                                            \
	"; let the daemon's user write there, or name another journal-folder" \
	"; the daemon goes on without\n"

static void
where_the_journal_goes(void **state)
{
	const char *nowhere =
	    NAMED ANYWHERE "control-socket: \"\"\n"
			   "history: {journal-folder: /nowhere/a/journal}\n";
	char text[500], want[500];

	(void)state;
	assert_string_equal(ask(nowhere, PRECHECK_BEFORE, true),
			    "not fatal: history: cannot write to "
			    "/nowhere/a/journal: No such file or "
			    "directory" UNWRITABLE
			    "not fatal: history: cannot write to "
			    "/nowhere/a/journal: No such file or "
			    "directory" UNWRITABLE);
	assert_begins(ask(nowhere, PRECHECK_RELOAD, true),
		      "not fatal: history: cannot");
	assert_string_equal(ask(nowhere, PRECHECK_START, true), "");
	/* It is made; the unit makes what is above the default. */
	snprintf(text, sizeof text,
		 NAMED ANYWHERE "control-socket: \"\"\n"
				"history: {journal-folder: %s/journal}\n",
		 config_file_folder());
	assert_string_equal(ask(text, PRECHECK_BEFORE, true), "");
	assert_string_equal(
	    ask(NAMED ANYWHERE "control-socket: \"\"\n", PRECHECK_BEFORE, true),
	    "");
	snprintf(text, sizeof text,
		 NAMED ANYWHERE "control-socket: \"\"\n"
				"history: {journal-folder: %s}\n",
		 config_file_path());
	snprintf(want, sizeof want,
		 "not fatal: history: cannot write to %s: Not a "
		 "directory" UNWRITABLE,
		 config_file_path());
	assert_begins(ask(text, PRECHECK_BEFORE, true), want);
	snprintf(text, sizeof text,
		 NAMED ANYWHERE "control-socket: \"\"\n"
				"history: {journal: no, journal-folder: %s}\n",
		 config_file_path());
	assert_string_equal(ask(text, PRECHECK_BEFORE, true), "");
}

/* What depends on who starts it is a fault for who does so alone. */
static void
who_asks(void **state)
{
	char text[500], closed[300], inner[320];
	bool root = geteuid() == 0;

	(void)state;
	snprintf(closed, sizeof closed, "%s/closed", config_file_folder());
	snprintf(inner, sizeof inner, "%s/inner", closed);
	assert_int_equal(mkdir(closed, 0700), 0);
	assert_int_equal(mkdir(inner, 0700), 0);
	snprintf(text, sizeof text,
		 NAMED "user: root\ncontrol-socket: \"\"\n"
		       "listen: unix:%s/v.sock\n",
		 inner);
	struct config *config = config_file_load(text);
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	else
		assert_int_equal(chmod(closed, 0), 0);
	buf_clear(&told);
	buf_init(&told, NULL);
	bool before = precheck(config, PRECHECK_BEFORE, NULL, keep, &told) ==
		      PRECHECK_FINE;
	size_t n = told.n;
	bool start = precheck(config, PRECHECK_START, NULL, keep, &told) ==
		     PRECHECK_FINE;
	if (root)
		assert_int_equal(seteuid(0), 0);
	else
		assert_int_equal(chmod(closed, 0700), 0);
	assert_true(before);
	assert_int_equal(n, 0);
	assert_false(start);
	buf_addc(&told, '\0');
	assert_begins(told.p, "user, group: only root can become another user; "
			      "start as root or leave them out\nlisten: cannot "
			      "listen on ");
	assert_non_null(strstr(told.p, "/v.sock: Permission denied; start as "
				       "root, or choose a folder that the user "
				       "may write to\n"));
	config_unref(config);
	assert_int_equal(rmdir(inner), 0);
	assert_int_equal(rmdir(closed), 0);
}

#define ONE(name) cmocka_unit_test_teardown(name, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ONE(all_faults_are_told),    ONE(the_place_is_told),
	    ONE(what_is_not_fatal),      ONE(what_lies_at_the_pid_file),
	    ONE(where_the_journal_goes), ONE(who_asks),
	};

	return cmocka_run_group_tests_name(
	    "config-precheck", tests, config_file_setup, config_file_teardown);
}
