#include "milter/control/answer.h"

#include "base/clock.h"
#include "base/domain.h"
#include "base/line.h"
#include "control/outcome.h"
#include "milter/control/status.h"

static void
refuse(struct buf *out, enum outcome outcome, const char *reason)
{
	outcome_error(outcome, str_of(reason), out);
}

static void
reload(struct server *server, struct buf *out)
{
	struct buf text;

	buf_init(&text, NULL);
	if (reload_now(server, &text)) {
		outcome_ok(out);
		buf_add(out, buf_str(&text));
	} else {
		outcome_error(OUTCOME_CONFIG, str_trim_fws(buf_str(&text)),
			      out);
	}
	buf_clear(&text);
}

static void
switch_trace(struct server *server, struct str domain, bool on, struct buf *out)
{
	int64_t now_ms = clock_monotonic_ms();

	if (on && !trace_on(&server->trace, domain, now_ms)) {
		refuse(out, OUTCOME_REFUSED,
		       "as many domains as possible are traced; switch one "
		       "off");
		return;
	}
	if (!on && !trace_off(&server->trace, domain, now_ms)) {
		refuse(out, OUTCOME_REFUSED, "this domain is not traced");
		return;
	}
	log_printf(&server->log, LOG_LEVEL_INFO, "trace %s: %.*s",
		   on ? "on" : "off", STR_ARG(domain));
	outcome_ok(out);
	trace_list(&server->trace, now_ms, out);
}

static void
trace(struct server *server, const struct request *request, struct buf *out)
{
	struct arena *arena = arena_new(NULL);
	struct str domain;
	enum domain_status status =
	    domain_canonical(arena, request->argument, &domain);

	if (status != DOMAIN_OK)
		refuse(out, OUTCOME_USAGE, domain_status_text(status));
	else
		switch_trace(server, domain, request->verb == REQUEST_TRACE_ON,
			     out);
	arena_free(arena);
}

static void
show(struct server *server, struct str name, struct buf *out)
{
	/* One trailing dot is the name's end in a zone file, and here. */
	if (name.n > 1 && name.p[name.n - 1] == '.')
		name.n--;
	outcome_ok(out);
	if (!dns_resolver_show(server->engine.resolver, name, out)) {
		buf_adds(out, "nothing is cached for ");
		line_add(out, LINE_ESCAPED, name, LINE_WHOLE);
		buf_addc(out, '\n');
	}
}

static void
tell_status(struct server *server, bool json, struct buf *out)
{
	struct status status;

	status_look(server, &status);
	outcome_ok(out);
	if (json)
		status_json(&status, out);
	else
		status_text(&status, out);
	status_clear(&status);
}

static void
flush(struct server *server, struct buf *out)
{
	struct dns_counters counters;

	dns_resolver_counters(server->engine.resolver, &counters);
	dns_resolver_flush(server->engine.resolver);
	log_printf(&server->log, LOG_LEVEL_INFO,
		   "the cache is flushed: %llu answers",
		   (unsigned long long)counters.cache_entries);
	outcome_ok(out);
	buf_printf(out, "%llu answers are forgotten\n",
		   (unsigned long long)counters.cache_entries);
}

void
answer_request(struct server *server, const struct request *request,
	       bool privileged, struct buf *out)
{
	if (request_is_privileged(request->verb) && !privileged) {
		refuse(out, OUTCOME_DENIED,
		       "only root and the daemon's user may do this");
		return;
	}
	switch (request->verb) {
	case REQUEST_BAD:
		refuse(out, OUTCOME_USAGE, "this is no request");
		break;
	case REQUEST_STATUS:
		tell_status(server, request->json, out);
		break;
	case REQUEST_RULES:
		outcome_ok(out);
		answer_rules(server, request->json, out);
		break;
	case REQUEST_METRICS:
		outcome_ok(out);
		answer_metrics(server, out);
		break;
	case REQUEST_TRACE:
		outcome_ok(out);
		trace_list(&server->trace, clock_monotonic_ms(), out);
		break;
	case REQUEST_CACHE_SHOW:
		show(server, request->argument, out);
		break;
	case REQUEST_RELOAD:
		reload(server, out);
		break;
	case REQUEST_TRACE_ON:
	case REQUEST_TRACE_OFF:
		trace(server, request, out);
		break;
	case REQUEST_CACHE_FLUSH:
		flush(server, out);
		break;
	}
}
