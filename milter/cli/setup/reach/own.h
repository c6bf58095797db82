/*
 * Our daemon as it is seen from outside: who takes connections at `listen`, and
 * what the control socket says of where it listens.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_REACH_OWN_H
#define VERDICT_MILTER_CLI_SETUP_REACH_OWN_H

#include "base/buf.h"
#include "config/config.h"
#include "milter/cli/setup/reach/listener.h"

enum own_place {
	OWN_NOBODY, /* nobody takes connections there */
	OWN_DAEMON, /* verdict-milter does */
	OWN_OTHER,  /* another program does */
	OWN_UNSEEN  /* somebody does, and it cannot be seen who */
};

struct own {
	enum own_place place;   /* at `listen` */
	int error;              /* of OWN_NOBODY: errno */
	struct listening there; /* of OWN_OTHER */
	long pid;               /* of the daemon that answers at the control
				   socket; 0: none does */
	struct buf listens;     /* where that one listens */
};

/* Connects to both sockets; own_clear() must follow. */
void own_look(const struct config *config, struct own *own_out);
void own_clear(struct own *own);
/* What follows where nobody answers; asked: an entry of Postfix's leads there.
 */
#define OWN_LOSS(asked)                         \
	((asked) ? ", so Postfix puts mail off" \
		 : ", and Postfix does not ask it there")
/* What is wrong, a line without its end, "...; cure: ..."; nothing for
   OWN_DAEMON.  loss: OWN_LOSS, or "". */
void own_add_fault(const struct own *own, const struct config *config,
		   const char *loss, struct buf *out);

#endif
