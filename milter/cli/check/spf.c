#include "milter/cli/cli.h"

#include <stdio.h>

#include "base/clock.h"
#include "mail/address.h"
#include "milter/cli/check/envelope.h"
#include "verdict/explain.h"

/*
 * SPF without a message.  The exit status is 0 whatever the result: it is the
 * answer, not a failure.
 */
static void
evaluate(const struct cli_options *options, const struct cli_engine *engine)
{
	const struct verify_envelope *envelope = &options->last.envelope;
	const struct config *config = engine->config;
	struct arena *arena = arena_new(NULL);
	struct dns_session *session = dns_session_new(
	    engine->verify.resolver, &config->verify.limits.dns);
	struct spf_query query = {
	    .client = envelope->client,
	    .helo = envelope->helo,
	    .mail_from_known = envelope->mail_from_known,
	    .receiver = config->authserv_id,
	    .now = envelope->now ? envelope->now : clock_wall_seconds(),
	    .deadline_ms = clock_monotonic_ms() + config->verify.limits.spf_ms,
	};
	struct spf_outcome outcome;

	address_path(arena, envelope->mail_from, &query.mail_from);
	spf_prefetch(session, &query);
	spf_check(arena, session, &query, &outcome);
	if (options->json) {
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
	struct cli_options options;
	struct cli_engine engine;

	if (!cli_options_read(argc, argv, false, &options))
		return CLI_USAGE;
	if (options.help) {
		puts("usage: verdict spf [OPTION...] --ip ADDR --helo NAME "
		     "--mail-from ADDR\n"
		     "Evaluates SPF for a client and an envelope.");
		cli_options_help(false);
		puts("Exit status: 0 whatever SPF says, 64 usage, "
		     "70 the system failed,\n"
		     "78 configuration.");
		cli_options_clear(&options);
		return 0;
	}
	int status = cli_engine_open(&options, &engine);
	if (status == CLI_ACCEPT) {
		evaluate(&options, &engine);
		cli_engine_close(&engine);
	}
	cli_options_clear(&options);
	return status;
}
