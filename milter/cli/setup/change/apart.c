#include "milter/cli/setup/change/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
apart_join(const char *folder, const char *name)
{
	struct buf path;

	buf_init(&path, NULL);
	buf_printf(&path, "%s/%s", folder, name);
	return path.p;
}

static bool
complain(const char *path)
{
	fprintf(stderr, "verdict setup: %s: %s\n", path, strerror(errno));
	return false;
}

char *
apart_make(void)
{
	const char *place = getenv("TMPDIR");
	char *folder =
	    apart_join(place != NULL ? place : "/tmp", "verdict-setup-XXXXXX");

	if (mkdtemp(folder) != NULL)
		return folder;
	complain(folder);
	free(folder);
	return NULL;
}

void
apart_remove(char *folder)
{
	for (size_t i = 0; i < FILES_COUNT; i++) {
		char *path = apart_join(folder, files_names[i]);
		unlink(path);
		free(path);
	}
	rmdir(folder);
	free(folder);
}

static bool
write_one(const char *path, struct str content)
{
	FILE *file = fopen(path, "we");
	bool ok = file != NULL;

	if (ok && content.n > 0)
		ok = fwrite(content.p, 1, content.n, file) == content.n;
	if (file != NULL)
		ok = fclose(file) == 0 && ok;
	return ok || complain(path);
}

bool
apart_write(const char *folder, const struct str text[FILES_COUNT])
{
	bool ok = true;

	for (size_t i = 0; ok && i < FILES_COUNT; i++) {
		char *path = apart_join(folder, files_names[i]);
		ok = write_one(path, text[i]);
		free(path);
	}
	apart_look_old(folder);
	return ok;
}

void
apart_look_old(const char *folder)
{
	static const struct timespec long_ago[2];

	for (size_t i = 0; i < FILES_COUNT; i++) {
		char *path = apart_join(folder, files_names[i]);
		utimensat(AT_FDCWD, path, long_ago, 0);
		free(path);
	}
}
