/* The whole of a message in memory, by the steps that the daemon takes. */
#include "mail/message.h"
#include "verify/verify.h"

int
verify_message(const struct verify_engine *engine,
	       const struct verify_options *options,
	       const struct verify_envelope *envelope, struct str raw,
	       struct verify **verify_out)
{
	struct verify *verify = verify_begin(engine, options, envelope);
	struct message message;

	message_split(verify_arena(verify), raw, &message);
	for (size_t i = 0; i < envelope->recipients; i++)
		verify_rcpt(verify, envelope->recipient[i]);
	if (envelope->recipients == 0)
		verify_rcpt(verify, str_empty());
	for (size_t i = 0; i < message.count; i++)
		verify_header(verify, message.field[i].raw_name,
			      message.field[i].value);
	verify_eoh(verify);
	verify_body(verify, message.body.p, message.body.n);
	*verify_out = verify;
	return verify_finish(verify, NULL, NULL);
}
