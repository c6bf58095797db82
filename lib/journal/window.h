/*
 * Inside journal/ only: a file that is read from front to back and may grow,
 * of which a piece is held in memory.
 */
#ifndef VERDICT_JOURNAL_WINDOW_H
#define VERDICT_JOURNAL_WINDOW_H

#include "base/buf.h"

struct window {
	int fd; /* the caller's */
	uint64_t at;
	/* the octets held, from `at` on; it keeps its room when it moves */
	struct buf held;
	size_t skip; /* of those, before `at` */
};

void window_init(struct window *window);
void window_clear(struct window *window);
/* Another file, or another place. */
void window_set(struct window *window, int fd, uint64_t at);
/*
 * At least `want` octets from the place on where the file has them, else all
 * that it has.  Valid until the next call.  False: errno tells.
 */
bool window_look(struct window *window, size_t want,
		 struct str *octets_out) MUST_CHECK;
/* Passes n octets, seen or not. */
void window_pass(struct window *window, size_t n);

#endif
