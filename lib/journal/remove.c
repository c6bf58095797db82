#include <errno.h>
#include <unistd.h>

#include "journal/folder.h"

/* That of the oldest frame; 0: there is none. */
static uint64_t
journal_of(const char *path)
{
	struct journal_reader *reader = journal_reader_new(path, NULL);
	struct journal_item item;
	uint64_t journal = 0;

	if (journal_next(reader, &item) != JOURNAL_END)
		journal = item.journal;
	journal_reader_free(reader);
	return journal;
}

int
journal_remove_read(const char *path)
{
	int folder = folder_open(path), removed = 0;

	if (folder < 0)
		return errno == ENOENT ? 0 : -1;
	const struct journal_cursor furthest =
	    folder_furthest(folder, journal_of(path));
	struct folder_segment segment = {.sequence = 0};
	errno = 0;
	while (folder_next(folder, segment.sequence, &segment) &&
	       segment.sequence < furthest.sequence &&
	       unlinkat(folder, segment.name, 0) == 0) {
		removed++;
		segment.sequence++;
	}
	int error = errno;
	close(folder);
	errno = error;
	return error == 0 ? removed : -1;
}
