#include "config/journal_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/precheck.h"

/* The unit and tmpfiles.d make it, at the latest when the daemon starts. */
#define OWN_FOLDER "/var/lib/verdict-milter"

/* 0, or errno of making files there. */
static int
error_of(const char *folder)
{
	struct stat status;

	if (stat(folder, &status) != 0)
		return errno;
	if (!S_ISDIR(status.st_mode))
		return ENOTDIR;
	return faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) == 0
		   ? 0
		   : errno;
}

/* The same of a folder that the daemon makes where it is missing. */
static int
error_of_made(struct str path)
{
	size_t slash = str_rchr(path, '/');
	char *folder = mem_copy(path.p, path.n);
	char *above = mem_copy(path.p, slash > 0 ? slash : 1);
	int error = error_of(folder);

	if (error == ENOENT) {
		error = error_of(above);
		if (error == ENOENT && strcmp(above, OWN_FOLDER) == 0)
			error = 0;
	}
	free(folder);
	free(above);
	return error;
}

void
journal_folder_look(const struct config *config, const char *as, bool sure,
		    struct buf *lines)
{
	struct str folder = config->history.folder;

	if (!config->history.journal)
		return;
	int error = error_of_made(folder);
	if (error == 0 || (error == EACCES && !sure))
		return;
	buf_printf(lines, "history: cannot write to %.*s", STR_ARG(folder));
	if (as != NULL)
		buf_printf(lines, " as user %s", as);
	buf_printf(lines,
		   ": %s; let the daemon's user write there, or name another "
		   "journal-folder" PRECHECK_WITHOUT "\n",
		   strerror(error));
}
