#include "config/run_as.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/schema.h"

/* Of contrib/systemd. */
#define UNIT_USER "verdict"
/* What sd_booted(3) looks at. */
#define SYSTEMD_RUNS "/run/systemd/system"
/* getpwnam_r() and getgrnam_r(): groups with many members need room. */
#define NAME_ROOM 65536

static bool
look_up(const char *name, struct run_as *run_as)
{
	struct passwd entry;
	struct passwd *found = NULL;
	char *room = mem_alloc(NAME_ROOM);

	getpwnam_r(name, &entry, room, NAME_ROOM, &found);
	if (found != NULL) {
		run_as->uid = found->pw_uid;
		run_as->gid = found->pw_gid;
	}
	free(room);
	return found != NULL;
}

static bool
find_user(const char *name, struct run_as *run_as, struct buf *faults)
{
	if (look_up(name, run_as))
		return true;
	struct str near = str_empty();
	size_t least = SIZE_MAX;
	struct run_as ours;
	schema_closer(str_of(name), str_lit(UNIT_USER), &near, &least);
	if (near.n > 0 && look_up(UNIT_USER, &ours)) {
		buf_printf(faults,
			   "user: there is no user \"%s\"; did you mean "
			   "\"" UNIT_USER "\"?\n",
			   name);
		return false;
	}
	buf_printf(faults,
		   "user: there is no user \"%s\"; create it (useradd "
		   "--system --user-group --shell /usr/sbin/nologin %s) or "
		   "name another\n",
		   name, name);
	return false;
}

static bool
find_group(const char *keyword, struct str name, gid_t *gid_out,
	   struct buf *faults)
{
	struct group entry;
	struct group *found = NULL;
	char *room, *cname;

	if (name.n == 0)
		return true;
	room = mem_alloc(NAME_ROOM);
	cname = mem_copy(name.p, name.n);
	getgrnam_r(cname, &entry, room, NAME_ROOM, &found);
	if (found != NULL)
		*gid_out = found->gr_gid;
	else
		buf_printf(faults,
			   "%s: there is no group \"%s\"; create it or name "
			   "another\n",
			   keyword, cname);
	free(cname);
	free(room);
	return found != NULL;
}

bool
run_as_find(const struct config *config, struct run_as *run_as_out,
	    struct buf *faults)
{
	struct run_as run_as = {.uid = geteuid(), .gid = getegid()};
	bool found = true;

	if (config->user.n > 0) {
		run_as.user = mem_copy(config->user.p, config->user.n);
		found = find_user(run_as.user, &run_as, faults);
	}
	found =
	    find_group("group", config->group, &run_as.gid, faults) && found;
	run_as.socket_gid = run_as.gid;
	found = find_group("socket-group", config->socket_group,
			   &run_as.socket_gid, faults) &&
		found;
	if (found)
		*run_as_out = run_as;
	else
		free(run_as.user);
	return found;
}

bool
run_as_of_unit(const struct config *config, struct run_as *run_as_out)
{
	struct run_as run_as = {.user = NULL};

	if (access(SYSTEMD_RUNS, F_OK) != 0 ||
	    (config->user.n > 0 && !str_is(config->user, UNIT_USER)) ||
	    !look_up(UNIT_USER, &run_as))
		return false;
	run_as.user = mem_copy(UNIT_USER, sizeof UNIT_USER - 1);
	run_as.socket_gid = run_as.gid;
	run_as.further_count = unit_groups(run_as.further);
	*run_as_out = run_as;
	return true;
}

void
run_as_clear(struct run_as *run_as)
{
	free(run_as->user);
	run_as->user = NULL;
}
