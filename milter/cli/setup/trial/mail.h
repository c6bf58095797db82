/* A message of a trial, as a mail server has it. */
#ifndef VERDICT_MILTER_CLI_SETUP_TRIAL_MAIL_H
#define VERDICT_MILTER_CLI_SETUP_TRIAL_MAIL_H

#include "base/ip.h"
#include "base/str.h"

struct mail {
	struct ip client;
	const char *helo, *from, *to; /* addresses without "<>" */
	struct str message; /* fields, an empty line, body; lines end in CRLF
			       and none begins with a dot; no field is folded */
};

#endif
