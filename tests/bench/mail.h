/*
 * The messages of a corpus in memory, for the programs beside this file: read
 * once, then shared by all sessions and never changed.
 *
 * A corpus is a folder with the file "envelopes" and the messages it names, as
 * tests/bench/corpus.py makes it.  Each line: file name, client address, its
 * confirmed name (or "unknown"), HELO, MAIL FROM, recipient, parted by tabs.
 * Messages have CRLF line ends.
 */
#ifndef TESTS_BENCH_MAIL_H
#define TESTS_BENCH_MAIL_H

#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"

/* A field as an MTA hands it to a milter. */
struct field {
	struct str name;
	struct str value; /* with its leading blank, folded by LF */
};

struct mail {
	struct str name, client, host, helo, from, to;
	struct field *field;
	size_t field_n;
	struct str body;
	size_t size;     /* of the whole file, in octets */
	struct str text; /* the file; the fields and the body lie in it */
};

/* Messages of one client, sent one after another in one session. */
struct batch {
	const struct mail *mail;
	size_t n;
};

struct corpus {
	struct mail *mail;
	size_t n;
	struct batch *batch;
	size_t batch_n;
	struct buf envelopes;
};

/*
 * Reads a corpus; at most per_session messages become one batch, and the
 * batches are put in an order that depends on the seed alone (0: as listed).
 * Ends the program with a message where the folder is not a corpus.
 */
void corpus_read(struct corpus *corpus, const char *folder, size_t per_session,
		 unsigned seed);
void corpus_clear(struct corpus *corpus);

/* Ends the program: "PROGRAM: WHAT: WHY". */
_Noreturn void bench_fail(const char *what, const char *why);

#endif
