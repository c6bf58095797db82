/*
 * End of message: results, decision, marks, answer, log line.
 */
#include "authres/authres.h"
#include "base/clock.h"
#include "base/shares.h"
#include "milter/session/apply.h"
#include "milter/session/logline.h"
#include "milter/session/outgoing.h"
#include "milter/session/session.h"
#include "policy/policy.h"
#include "verdict/privacy.h"

static void
evaluate(struct session *session, struct application *application)
{
	log_about(application->log, LOG_LEVEL_DEBUG, "queue-id",
		  application->queue_id, "end of message, results are awaited");
	(void)verify_finish(session->verify, apply_progress, application);
}

static void
decide(struct session *session)
{
	struct verify *verify = session->verify;

	verify_decide(verify, policy_decide_counted(verify_arena(verify),
						    verify_verdict(verify),
						    &session->config->policy,
						    session->server->deferrals,
						    clock_monotonic_ms()));
}

static void
leave_evaluations(struct session *session)
{
	account_sub(session->payer, ACCOUNT_EVALUATIONS, 1);
	gate_leave(&session->server->evaluations);
}

/* May the message wait for its results? */
static enum hindrance
enter_evaluations(struct session *session)
{
	struct gate *gate = &session->server->evaluations;
	struct shares shares =
	    shares_of(session->server->started->max_evaluations);

	if (!gate_enter(gate, shares.evaluations))
		return HINDRANCE_EVALUATIONS;
	unsigned used = gate_used(gate);
	unsigned left =
	    used < shares.evaluations ? shares.evaluations - used : 0;
	size_t held = account_add(session->payer, ACCOUNT_EVALUATIONS, 1);
	/* Threads are held for half a second, by whoever cares to: the last
	   ones are for those who hold few. */
	if (session->payer == NULL || left >= shares.last_evaluations ||
	    held < shares.last_evaluations)
		return HINDRANCE_NONE;
	leave_evaluations(session);
	return HINDRANCE_EVALUATIONS_SHARE;
}

/* Fields beyond the header's bounds, the last one first. */
static void
remove_unseen(struct session *session, struct application *application,
	      struct str name, size_t unseen)
{
	size_t seen = header_count(verify_header_fields(session->verify), name);

	for (size_t n = seen + unseen; n > seen; n--)
		apply_delete(application, verify_arena(session->verify), name,
			     n);
}

static void
remove_forged(struct session *session, struct application *application)
{
	const struct authres_options *options = &session->config->authres;
	struct verify *verify = session->verify;
	struct arena *arena = verify_arena(verify);
	size_t count, names;
	const struct authres_deletion *forged =
	    authres_forged(arena, verify_header_fields(verify), options,
			   verify_verdict(verify)->client_class, &count);

	for (size_t i = 0; i < AUTHRES_GUARDED; i++)
		remove_unseen(session, application, authres_guarded(options, i),
			      session->unseen[i]);
	for (size_t i = 0; i < count; i++)
		apply_delete(application, arena, forged[i].name,
			     forged[i].occurrence);
	const struct verdict_removed *removed =
	    authres_removed(arena, options, forged, count, &names);
	verify_removed(verify, removed, names);
}

static void
add_marks(struct session *session, struct application *application,
	  const struct decision *decision)
{
	const struct config *config = session->config;
	const struct verdict *verdict = verify_verdict(session->verify);
	struct arena *arena = verify_arena(session->verify);

	if (decision->applied == ACTION_QUARANTINE) {
		if (decision->how == QUARANTINE_TAG)
			apply_insert(
			    application, arena, config->authres.tag_header,
			    outgoing_tag(arena, config->authres.tag_header,
					 decision->reason));
		else
			apply_hold(application,
				   outgoing_hold(arena, decision->reason));
	}
	if (!client_is_checked(verdict->client_class))
		return;
	/* The last one inserted stands on top. */
	apply_insert(application, arena, str_of(AUTHRES_FIELD),
		     authres_build(arena, &config->authres, verdict));
}

/* Marks the message or refuses it. */
static sfsistat
carry_out(struct session *session, struct application *application)
{
	const struct decision *decision =
	    &verify_verdict(session->verify)->decision;

	if (decision->applied == ACTION_DISCARD)
		return SMFIS_DISCARD;
	if (!action_refuses(decision->applied) && !application->failed) {
		remove_forged(session, application);
		add_marks(session, application, decision);
	}
	if (application->failed) {
		verify_removed(session->verify, NULL, 0);
		verify_hinder(session->verify, HINDRANCE_CHANGES);
		decide(session);
	}
	return action_refuses(decision->applied)
		   ? apply_refusal(application, decision)
		   : SMFIS_CONTINUE;
}

static void
watch_over(struct session *session)
{
	const struct config *config = session->config;
	const struct watch_trusted trusted = {
	    .sealers = &config->verify.trusted_sealers,
	    .relays = &config->trusted_relays,
	};

	watch_message(session->server->watch, verify_verdict(session->verify),
		      &trusted, clock_monotonic_ms());
}

/* What is remembered and told of the message. */
static void
tell(struct session *session, const struct verdict *verdict, bool traced)
{
	struct server *server = session->server;
	struct arena *arena = verify_arena(session->verify);
	struct str field = str_empty();

	if (traced) {
		if (client_is_checked(verdict->client_class))
			field = authres_build(arena, &session->config->authres,
					      verdict);
		trace_write(&server->log, arena, verdict, field);
	}
	log_line(&server->log, LOG_LEVEL_INFO, logline_message(arena, verdict));
	history_message(server->history, session->config, arena, verdict);
}

static void
account(struct session *session)
{
	struct server *server = session->server;
	const struct verdict *verdict = verify_verdict(session->verify);

	metrics_message(&server->metrics, verdict);
	if (verdict->decision.rule.n > 0)
		hits_count(server->hits, verdict->decision.rule, verdict->now);
	if (verdict->decision.monitored_rule.n > 0)
		hits_count(server->hits, verdict->decision.monitored_rule,
			   verdict->now);
	const bool traced =
	    trace_wants(&server->trace, verdict, clock_monotonic_ms());
	if (server->started->privacy != CONFIG_PRIVACY_STRICT) {
		tell(session, verdict, traced);
		return;
	}
	const struct verdict hidden = privacy_hide(
	    verify_arena(session->verify), &server->privacy_key, verdict);
	tell(session, &hidden, traced);
}

sfsistat
session_eom(struct session *session, SMFICTX *ctx)
{
	struct server *server = session->server;
	struct application application = {
	    .ctx = ctx,
	    .log = &server->log,
	    .queue_id = str_of(smfi_getsymval(ctx, (char[]){"i"})),
	    .leading_space = (session->protocol & SMFIP_HDR_LEADSPC) != 0,
	};

	if (session->verify == NULL) {
		const struct decision refused =
		    policy_put_off(HINDRANCE_NOT_BEGUN);
		return apply_refusal(&application, &refused);
	}
	session->finished = true;
	verify_queued_as(session->verify, application.queue_id);
	enum hindrance hindrance = enter_evaluations(session);
	if (hindrance == HINDRANCE_NONE)
		evaluate(session, &application);
	else
		verify_hinder(session->verify, hindrance);
	decide(session);
	sfsistat answer = carry_out(session, &application);
	account(session);
	watch_over(session);
	session_end_message(session);
	if (hindrance == HINDRANCE_NONE)
		leave_evaluations(session);
	return answer;
}
