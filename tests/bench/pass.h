/*
 * The messages of a corpus (tests/bench/mail.h) through the library, on one
 * thread, with the records of a zone (tests/support/dns_server.h) and a clock
 * that stands still.
 */
#ifndef TESTS_BENCH_PASS_H
#define TESTS_BENCH_PASS_H

#include "authres/authres.h"
#include "tests/bench/mail.h"
#include "verify/verify.h"

/* The receiver. */
extern const struct authres_options pass_own;

/* Called with a message that was decided, which is freed afterwards.  last: in
   the last pass. */
typedef void pass_take(void *ctx, const struct mail *mail,
		       struct verify *verify, bool last);

/*
 * Each message once for each pass, in order; the first pass parses what the
 * others find kept.  Ends the program where something cannot be read.
 */
void pass_over(const char *folder, const char *zone_path, uint64_t passes,
	       pass_take *take, void *ctx);

#endif
