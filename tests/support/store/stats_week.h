/*
 * A week of a site in mode monitor, with something of all that a page shows: a
 * forger, a list, a forwarder, somebody who sends in the site's own name, a
 * sender that broke and what its DNS changed then, rules, a start, a reload and
 * a gap.
 */
#ifndef TESTS_SUPPORT_STORE_STATS_WEEK_H
#define TESTS_SUPPORT_STORE_STATS_WEEK_H

/* The configuration that is in force. */
extern const char stats_week_rules[];
/* Its mail comes in, up to STATS_WORLD_NOW (stats_world.h). */
void stats_week(void);

#endif
