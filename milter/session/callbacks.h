/*
 * The table that libmilter calls.
 */
#ifndef VERDICT_MILTER_SESSION_CALLBACKS_H
#define VERDICT_MILTER_SESSION_CALLBACKS_H

#include <stdbool.h>

#include "milter/server/server.h"

/* Once, before the socket is opened; server outlives smfi_main(). */
bool callbacks_register(struct server *server);

#endif
