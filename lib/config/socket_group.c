#include "config/socket_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/unit_groups.h"

/* What is made in such a folder has its group. */
static bool
hands_on_group(struct str path, gid_t gid)
{
	size_t slash = str_rchr(path, '/');
	char *folder = mem_copy(path.p, slash > 0 ? slash : 1);
	struct stat status;
	bool hands_on = stat(folder, &status) == 0 &&
			(status.st_mode & S_ISGID) != 0 && status.st_gid == gid;

	free(folder);
	return hands_on;
}

static bool
unit_has(gid_t gid)
{
	gid_t further[UNIT_GROUPS_MAX];
	size_t n = unit_groups(further);

	while (n > 0 && further[n - 1] != gid)
		n--;
	return n > 0;
}

void
socket_group_check(const struct socket_group *group, struct str path,
		   struct buf *fault)
{
	if (group->name.n == 0 || geteuid() == 0 || group->gid == getegid() ||
	    group_member(group->gid) || hands_on_group(path, group->gid) ||
	    (group->at_next_start && unit_has(group->gid)))
		return;
	buf_printf(
	    fault,
	    "socket-group: cannot give %.*s to group %.*s%s%s: %s; make "
	    "the user a member: \"systemctl edit verdict-milter\" with "
	    "the lines \"[Service]\" and \"SupplementaryGroups=%.*s\"; or "
	    "listen in a folder of that group with mode 2750, or start "
	    "as root",
	    STR_ARG(path), STR_ARG(group->name),
	    group->as != NULL ? " as user " : "",
	    group->as != NULL ? group->as : "", strerror(EPERM),
	    STR_ARG(group->name));
}
