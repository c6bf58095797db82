/*
 * Whom the daemon becomes, as the configuration names them.
 */
#ifndef VERDICT_CONFIG_RUN_AS_H
#define VERDICT_CONFIG_RUN_AS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compat.h"
#include "config/config.h"
#include "config/unit_groups.h"

struct run_as {
	uid_t uid;
	gid_t gid;
	gid_t socket_gid; /* of a unix socket */
	char *user;       /* NULL: it stays who it is */
	/* Beside those of the user. */
	gid_t further[UNIT_GROUPS_MAX];
	size_t further_count;
};

/* False: each user and group that does not exist has its line in *faults. */
bool run_as_find(const struct config *config, struct run_as *run_as_out,
		 struct buf *faults) MUST_CHECK;
/*
 * Whom the unit that comes along starts the daemon as: on a host where systemd
 * runs and that user exists, unless `user` names another one.  False: who
 * starts it is root, as far as one can know.
 */
bool run_as_of_unit(const struct config *config,
		    struct run_as *run_as_out) MUST_CHECK;
void run_as_clear(struct run_as *run_as);

#endif
