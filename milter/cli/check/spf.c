#include "milter/cli/cli.h"

#include <stdio.h>

#include "base/clock.h"
#include "mail/address.h"
#include "milter/cli/check/call.h"
#include "milter/cli/engine.h"
#include "verdict/explain.h"

/*
 * SPF without a message.  The exit status is 0 whatever the result: it is the
 * answer, not a failure.
 */
static void
evaluate(const struct check_call *call, const struct engine *engine)
{
	const struct verify_envelope *envelope = &call->last.envelope;
	const struct config *config = engine->config;
	struct arena *arena = arena_new(NULL);
	struct dns_session *session = dns_session_new(
	    engine->verify.resolver, &config->verify.limits.dns);
	struct spf_input input = {
	    .client = envelope->client,
	    .helo = envelope->helo,
	    .mail_from_known = envelope->mail_from_known,
	    .receiver = config->authres.id,
	    .now = envelope->now ? envelope->now : clock_wall_seconds(),
	};
	struct spf_outcome outcome;

	address_path(arena, envelope->mail_from, &input.mail_from);
	struct spf *spf = spf_begin(arena, session, &input);
	spf_prefetch(spf);
	spf_evaluate(spf, clock_monotonic_ms() + config->verify.limits.spf_ms,
		     &outcome);
	if (call->json) {
		struct str json = verdict_spf_json(arena, &outcome);
		printf("%.*s\n", STR_ARG(json));
	} else {
		struct buf text;
		buf_init(&text, arena);
		explain_spf(&text, &outcome);
		printf("%.*s", STR_ARG(buf_str(&text)));
	}
	dns_session_cancel(session);
	dns_session_unref(session);
	arena_free(arena);
}

int
cli_spf(int argc, char **argv)
{
	struct check_call call;
	struct engine engine;

	if (!check_call_read(&spf_options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&spf_options, stdout);
		check_call_clear(&call);
		return CLI_ACCEPT;
	}
	int status = engine_open(call.config, call.resolver, &engine);
	if (status == CLI_ACCEPT) {
		evaluate(&call, &engine);
		engine_close(&engine);
	}
	check_call_clear(&call);
	return status;
}
