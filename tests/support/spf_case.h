/*
 * SPF evaluations over a zone text, with an offline resolver that counts its
 * questions.
 */
#ifndef TESTS_SUPPORT_SPF_CASE_H
#define TESTS_SUPPORT_SPF_CASE_H

#include <stddef.h>

#include "spf/spf.h"

struct spf_case {
	const char *from; /* MAIL FROM */
	const char *ip;
	enum spf_result result;
	const char *mechanism; /* NULL: not compared */
	const char *reason;    /* NULL: not compared */
	const char *explanation;
};

/* Aborts on a syntax error in the zone text. */
struct spf_world *spf_world_new(const char *zone_text);
void spf_world_free(struct spf_world *world);
/* The outcome lives until the next call, or the end of the world. */
struct spf_outcome spf_world_check(struct spf_world *world, const char *from,
				   const char *helo, const char *ip);
/* Fails with the case and what came instead. */
void spf_world_run(struct spf_world *world, const struct spf_case *test,
		   size_t n);
/* The same over a zone text of its own: SPF_RUN(zone, case, ...). */
#define SPF_RUN(zone, ...)                                                 \
	do {                                                               \
		static const struct spf_case cases[] = {__VA_ARGS__};      \
		struct spf_world *world = spf_world_new(zone);             \
		spf_world_run(world, cases, sizeof cases / sizeof *cases); \
		spf_world_free(world);                                     \
	} while (0)

/* Only asks ahead; then one may look at the questions. */
void spf_world_prefetch(struct spf_world *world, const char *from,
			const char *ip);
/* Questions that reached the zone since the last check or prefetch. */
size_t spf_world_asked(const struct spf_world *world, const char *name,
		       enum dns_type type); /* NULL, 0: any */

#endif
