/* The Postfix of a trial, as its configuration tells. */
#ifndef VERDICT_MILTER_CLI_SETUP_TRIAL_SERVER_H
#define VERDICT_MILTER_CLI_SETUP_TRIAL_SERVER_H

#include "base/buf.h"
#include "milter/cli/setup/trial/trial.h"

/* Does it take mail for a domain, as far as main.cf tells without its tables?
 */
enum server_takes { SERVER_TAKES_NOT, SERVER_TAKES, SERVER_MAY_TAKE };

struct trial_server {
	struct ip ip; /* where it listens */
	unsigned port;
	struct buf version, name; /* "Postfix 3.7.11", its myhostname */
	struct buf xclient;       /* who may name a client, as it is written */
	enum server_takes takes;  /* mail for the domain of the trial */
	bool fits; /* smtpd's mail is put off where it cannot reach us */
};

/* Returns an exit status; but for CLI_ACCEPT it is said why.
   trial_server_clear() must follow. */
int trial_server_read(const struct trial *trial,
		      struct trial_server *server_out);
void trial_server_clear(struct trial_server *server);

#endif
