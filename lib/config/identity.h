/*
 * Whom the daemon becomes, as the configuration names them.
 */
#ifndef VERDICT_CONFIG_IDENTITY_H
#define VERDICT_CONFIG_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/compat.h"
#include "config/config.h"

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t socket_gid; /* of a unix socket */
	char *user;       /* NULL: it stays who it is */
};

/* False: each user and group that does not exist has its line in *faults. */
bool identity_find(const struct config *config, struct identity *identity_out,
		   struct buf *faults) MUST_CHECK;
void identity_clear(struct identity *identity);

#endif
