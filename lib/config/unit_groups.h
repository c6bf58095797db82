/*
 * The groups that the unit adds to those of its user.
 */
#ifndef VERDICT_CONFIG_UNIT_GROUPS_H
#define VERDICT_CONFIG_UNIT_GROUPS_H

#include <stddef.h>
#include <sys/types.h>

/* A unit of ours needs one; what is beyond is not looked at. */
#define UNIT_GROUPS_MAX 8

/*
 * Those of SupplementaryGroups= in verdict-milter.service and what lies in its
 * .d folders, as the next start takes them.  Returns how many; a group that
 * this host does not have is left out.
 */
size_t unit_groups(gid_t groups_out[UNIT_GROUPS_MAX]);

#endif
