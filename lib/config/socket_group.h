/*
 * Inside config/ only: who may give the socket to `socket-group`, which only
 * root and members of the group may.
 */
#ifndef VERDICT_CONFIG_SOCKET_GROUP_H
#define VERDICT_CONFIG_SOCKET_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/str.h"

struct socket_group {
	struct str name; /* "": there is none to give it to */
	gid_t gid;
	const char *as;     /* whom it is looked as instead; NULL: nobody */
	bool at_next_start; /* with the groups that the unit has then */
};

/* Adds a fault, without a line's end, where this process may not. */
void socket_group_check(const struct socket_group *group, struct str path,
			struct buf *fault);

#endif
