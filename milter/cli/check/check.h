/* Inside check/ only: how a message of a call is verified. */
#ifndef VERDICT_MILTER_CLI_CHECK_CHECK_H
#define VERDICT_MILTER_CLI_CHECK_CHECK_H

#include "config/config.h"
#include "milter/cli/check/call.h"

struct verify_envelope check_envelope(const struct check_call *call,
				      const struct config *config,
				      const struct check_message *message);
struct verify_options check_verify_options(const struct check_call *call,
					   const struct config *config);
/* "verdict check: FILE: why" on standard error; strangers may have named the
   file. */
void check_complain(const char *path, const char *why);

#endif
