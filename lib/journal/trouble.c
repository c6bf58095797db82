#include "journal/trouble.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

bool
trouble_begin(struct trouble *trouble, enum trouble_of of, int error,
	      uint64_t lost)
{
	if (trouble->since == 0)
		*trouble = (struct trouble){.since = clock_wall_seconds(),
					    .lost = lost};
	bool fresh = trouble->told[of] != error + 1;
	trouble->told[of] = error + 1;
	trouble->of = of;
	trouble->error = error;
	trouble->latest_ms = clock_monotonic_ms();
	return fresh;
}

bool
trouble_is_full(const struct trouble *trouble)
{
	return trouble->since != 0 &&
	       (trouble->error == ENOSPC || trouble->error == EDQUOT);
}

static const char *
cure(int error)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
		return "make room on that disk";
	case EFBIG:
		return "raise the bound on the size of files "
		       "(LimitFSIZE, ulimit -f)";
	case ENOENT:
		return "create the folder above it";
	case ENOTDIR:
	case ELOOP:
		return "name a folder";
	case EACCES:
	case EPERM:
		return "let the daemon's user write there";
	case EROFS:
		return "make it writable, or name another folder";
	case EMFILE:
	case ENFILE:
		return "raise the bound on open files";
	default:
		return "look after that disk";
	}
}

static const char *const verb[] = {
    [TROUBLE_FOLDER] = "use",
    [TROUBLE_LOCK] = "lock",
    [TROUBLE_SEGMENT] = "begin a file in",
    [TROUBLE_WRITE] = "write to",
    [TROUBLE_SYNC] = "bring to disk what was written to",
    [TROUBLE_REMOVE] = "remove the oldest file of",
};

#define WITHOUT "; until then mail goes on without a record"

static bool
costs_records(enum trouble_of of)
{
	return of != TROUBLE_SYNC && of != TROUBLE_REMOVE;
}

void
trouble_text(const struct trouble *trouble, const char *folder,
	     char text_out[JOURNAL_TROUBLE_TEXT])
{
	size_t n = JOURNAL_TROUBLE_TEXT;

	if (trouble->of == TROUBLE_UNREAD)
		snprintf(text_out, n,
			 "%s is full and nobody reads it, so the oldest "
			 "records are lost; let its reader run",
			 folder);
	else if (trouble->of == TROUBLE_NEWER)
		snprintf(text_out, n,
			 "%s holds files of a newer version; use that, or move "
			 "them away" WITHOUT,
			 folder);
	else if (trouble->of == TROUBLE_LOCK && trouble->error == EWOULDBLOCK)
		snprintf(text_out, n,
			 "another daemon writes to %s; give each a folder of "
			 "its own" WITHOUT,
			 folder);
	else
		snprintf(text_out, n, "cannot %s %s: %s; %s%s",
			 verb[trouble->of], folder, strerror(trouble->error),
			 cure(trouble->error),
			 costs_records(trouble->of) ? WITHOUT : "");
}
