/* Files that are replaced at once (base/replace.h). */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/replace.h"
#include "tests/support/test.h"

static char folder[64];

static int
setup(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/test_replace.XXXXXX");
	*state = NULL;
	return mkdtemp(folder) == NULL;
}

static const char *
in_folder(const char *name)
{
	static char path[2][512];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

static int
teardown(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	(void)state;
	while ((entry = readdir(dir)) != NULL)
		if (unlink(in_folder(entry->d_name)) != 0)
			rmdir(in_folder(entry->d_name));
	closedir(dir);
	return rmdir(folder);
}

static size_t
files(void)
{
	DIR *dir = opendir(folder);
	size_t n = 0;

	while (readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n - 2; /* "." and ".." */
}

static void
assert_file(const char *path, const char *octets, mode_t mode)
{
	struct stat status;
	char text[64] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	(void)!fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	assert_string_equal(text, octets);
	assert_int_equal(lstat(path, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(status.st_mode & 07777, mode);
}

/* said: why not; "" where it did. */
static bool
replace(const char *path, mode_t mode, const char *octets, char said[256])
{
	struct buf why;
	bool done;

	buf_init(&why, NULL);
	done = replace_file(path, mode, str_of(octets), &why);
	snprintf(said, 256, "%s", why.n > 0 ? why.p : "");
	buf_clear(&why);
	return done;
}

static void
a_file(void **state)
{
	const mode_t mask = umask(077);
	char said[256];

	(void)state;
	assert_true(replace(in_folder("page"), 0640, "one", said));
	assert_file(in_folder("page"), "one", 0640);
	assert_true(replace(in_folder("page"), 0644, "two", said));
	assert_file(in_folder("page"), "two", 0644);
	assert_string_equal(said, "");
	assert_int_equal(files(), 1);
	umask(mask);
}

/* Whoever has the old one open reads it to its end. */
static void
a_reader(void **state)
{
	char octets[8] = "", said[256];
	int fd;

	(void)state;
	assert_true(replace(in_folder("page"), 0640, "one", said));
	fd = open(in_folder("page"), O_RDONLY);
	assert_true(replace(in_folder("page"), 0640, "other", said));
	assert_int_equal(read(fd, octets, sizeof(octets)), 3);
	assert_string_equal(octets, "one");
	close(fd);
}

/* Somebody else's file behind a link stays as it is. */
static void
a_link(void **state)
{
	char said[256], other[512];

	(void)state;
	assert_true(replace(in_folder("other"), 0600, "theirs", said));
	snprintf(other, sizeof(other), "%s", in_folder("other"));
	assert_int_equal(symlink(other, in_folder("page")), 0);
	assert_true(replace(in_folder("page"), 0640, "ours", said));
	assert_file(in_folder("page"), "ours", 0640);
	assert_file(in_folder("other"), "theirs", 0600);
}

static void
what_is_no_file(void **state)
{
	char said[256];

	(void)state;
	assert_int_equal(mkdir(in_folder("folder"), 0700), 0);
	assert_false(replace(in_folder("folder"), 0640, "x", said));
	assert_string_equal(said, "it is a folder; name a file in it");
	assert_false(replace("/dev/null", 0640, "x", said));
	assert_string_equal(said, "it is no file; name another one");
	assert_false(replace("", 0640, "x", said));
	assert_string_equal(said, "the name is empty");
	assert_false(replace(in_folder("none/page"), 0640, "x", said));
	assert_string_equal(said, "No such file or directory");
	assert_int_equal(files(), 1);
}

#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FOLDER_TEST(a_file),
	    FOLDER_TEST(a_reader),
	    FOLDER_TEST(a_link),
	    FOLDER_TEST(what_is_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
