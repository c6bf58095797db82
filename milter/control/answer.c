#include "milter/control/answer.h"

#include "base/clock.h"
#include "base/domain.h"

static void
refuse(struct buf *out, const char *word, const char *reason)
{
	buf_printf(out, "error %s %s\n", word, reason);
}

static void
reload(struct server *server, struct buf *out)
{
	struct buf text;

	buf_init(&text, NULL);
	if (reload_now(server, &text))
		buf_adds(out, "ok\n");
	else
		buf_adds(out, "error config ");
	buf_add(out, buf_str(&text));
	buf_clear(&text);
}

static void
switch_trace(struct server *server, struct str domain, bool on, struct buf *out)
{
	int64_t now_ms = clock_monotonic_ms();

	if (on && !trace_on(&server->trace, domain, now_ms)) {
		refuse(
		    out, "refused",
		    "as many domains as possible are traced; switch one off");
		return;
	}
	if (!on && !trace_off(&server->trace, domain, now_ms)) {
		refuse(out, "refused", "this domain is not traced");
		return;
	}
	log_printf(&server->log, LOG_LEVEL_INFO, "trace %s: %.*s",
		   on ? "on" : "off", STR_ARG(domain));
	buf_adds(out, "ok\n");
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
		refuse(out, "usage", domain_status_text(status));
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
	buf_adds(out, "ok\n");
	if (!dns_resolver_show(server->engine.resolver, name, out)) {
		buf_adds(out, "nothing is cached for ");
		buf_add_visible(out, name);
		buf_addc(out, '\n');
	}
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
	buf_printf(out, "ok\n%llu answers are forgotten\n",
		   (unsigned long long)counters.cache_entries);
}

void
answer_request(struct server *server, const struct request *request,
	       bool privileged, struct buf *out)
{
	if (request_is_privileged(request->verb) && !privileged) {
		refuse(out, "denied",
		       "only root and the daemon's user may do this");
		return;
	}
	switch (request->verb) {
	case REQUEST_BAD:
		refuse(out, "usage", "this is no request");
		break;
	case REQUEST_STATUS:
	case REQUEST_STATUS_JSON:
		buf_adds(out, "ok\n");
		answer_status(server, request->verb == REQUEST_STATUS_JSON,
			      out);
		break;
	case REQUEST_RULES:
	case REQUEST_RULES_JSON:
		buf_adds(out, "ok\n");
		answer_rules(server, request->verb == REQUEST_RULES_JSON, out);
		break;
	case REQUEST_METRICS:
		buf_adds(out, "ok\n");
		answer_metrics(server, out);
		break;
	case REQUEST_TRACE:
		buf_adds(out, "ok\n");
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
