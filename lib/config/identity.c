#include "config/identity.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

/* getpwnam_r() and getgrnam_r(): groups with many members need room. */
#define NAME_ROOM 65536

static bool
find_user(const char *name, struct identity *identity, struct buf *faults)
{
	struct passwd entry;
	struct passwd *found = NULL;
	char *room = mem_alloc(NAME_ROOM);

	getpwnam_r(name, &entry, room, NAME_ROOM, &found);
	if (found != NULL) {
		identity->uid = found->pw_uid;
		identity->gid = found->pw_gid;
	} else {
		buf_printf(faults,
			   "user: there is no user \"%s\"; create it "
			   "(useradd --system --user-group --shell "
			   "/usr/sbin/nologin %s) or name another\n",
			   name, name);
	}
	free(room);
	return found != NULL;
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
identity_find(const struct config *config, struct identity *identity_out,
	      struct buf *faults)
{
	struct identity identity = {.uid = geteuid(), .gid = getegid()};
	bool found = true;

	if (config->user.n > 0) {
		identity.user = mem_copy(config->user.p, config->user.n);
		found = find_user(identity.user, &identity, faults);
	}
	found =
	    find_group("group", config->group, &identity.gid, faults) && found;
	identity.socket_gid = identity.gid;
	found = find_group("socket-group", config->socket_group,
			   &identity.socket_gid, faults) &&
		found;
	if (found)
		*identity_out = identity;
	else
		free(identity.user);
	return found;
}

void
identity_clear(struct identity *identity)
{
	free(identity->user);
	identity->user = NULL;
}
