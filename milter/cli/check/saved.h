/*
 * A check that is saved to a file, and one that comes out of such a file: its
 * questions to the DNS are answered by what the file has.
 */
#ifndef VERDICT_MILTER_CLI_CHECK_SAVED_H
#define VERDICT_MILTER_CLI_CHECK_SAVED_H

#include "milter/cli/check/call.h"
#include "milter/cli/engine.h"
#include "record/saved.h"

/* --- to save --- */

/*
 * Checks the message by the engine, with all the time that its DNS servers may
 * take, and makes a file's octets of it.  False: what is wrong was said.
 */
bool saved_make(const struct check_call *call, const struct engine *engine,
		const struct check_message *message, struct str raw,
		struct buf *octets_out);
/* A new file, for its owner alone.  False: what is wrong was said. */
bool saved_write(const char *path, struct str octets);

/* --- to check --- */

struct saved_run {
	struct arena *arena;
	struct saved_check check;
	struct engine engine;         /* without network */
	struct check_message message; /* of the check */
	/* Questions without an answer in the file, which are taken for ones
	   that nobody answered. */
	size_t unanswered;
	struct str first; /* of those: "TXT name" */
};

/*
 * config NULL: the one in the file.  0, or an exit status after one line; then
 * nothing is to be closed.  The octets must stay.
 */
int saved_open(const struct check_call *call, const char *path,
	       struct str octets, struct saved_run *run);
/* After the check: says what was not as in the file's making. */
void saved_tell(const struct saved_run *run, const char *path);
void saved_close(struct saved_run *run);

#endif
