#include "milter/session/logline.h"

#include "base/buf.h"
#include "base/log.h"

static struct str
join_authors(struct arena *arena, const struct verdict_from *from)
{
	struct buf list;

	buf_init(&list, arena);
	for (size_t i = 0; i < from->count; i++) {
		if (i > 0)
			buf_addc(&list, ',');
		buf_add(&list, from->domain[i]);
	}
	return buf_str(&list);
}

/* "result:domain:selector", joined by commas. */
static struct str
join_signatures(struct arena *arena, const struct dkim_results *dkim)
{
	struct buf list;

	buf_init(&list, arena);
	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_outcome *outcome = &dkim->outcome[i];
		if (i > 0)
			buf_addc(&list, ',');
		buf_adds(&list, dkim_result_text(outcome->result));
		buf_addc(&list, ':');
		buf_add(&list, outcome->domain);
		buf_addc(&list, ':');
		buf_add(&list, outcome->selector);
	}
	return dkim->count > 0 ? buf_str(&list) : str_lit("none");
}

/* "domain:selector: reason" of those that did not pass; "" where all did. */
static struct str
join_faults(struct arena *arena, const struct dkim_results *dkim)
{
	struct buf list;

	buf_init(&list, arena);
	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_outcome *outcome = &dkim->outcome[i];
		if (outcome->reason.n > 0)
			buf_printf(&list, "%s%.*s:%.*s: %.*s",
				   list.n > 0 ? "; " : "",
				   STR_ARG(outcome->domain),
				   STR_ARG(outcome->selector),
				   STR_ARG(outcome->reason));
	}
	return buf_str(&list);
}

/* "domain:selector" of each seal, the newest first. */
static struct str
join_seals(struct arena *arena, const struct arc_results *arc)
{
	struct buf list;

	buf_init(&list, arena);
	for (size_t n = arc->count; n > 0; n--) {
		const struct arc_hop *hop = &arc->hop[n - 1];
		buf_add(&list, hop->domain);
		buf_addc(&list, ':');
		buf_add(&list, hop->selector);
		if (n > 1)
			buf_addc(&list, ',');
	}
	return buf_str(&list);
}

/* The client that a relay saw. */
static void
add_seen(struct buf *line, const struct verdict *verdict)
{
	const struct verdict_seen *seen = &verdict->seen;
	char text[IP_TEXT_MAX];

	if (!seen->asked)
		return;
	log_value(line, "seen-client", str_of(ip_format(seen->client, text)));
	if (seen->client.family != IP_NONE)
		log_value(line, "seen-helo", seen->helo);
	if (seen->reason[0] != '\0')
		log_value(line, "seen-reason", str_of(seen->reason));
	if (seen->time > 0)
		log_number(line, "held-s", verdict->now - seen->time);
}

static void
add_client(struct buf *line, struct arena *arena, const struct verdict *verdict)
{
	char text[IP_TEXT_MAX];

	log_value(line, "client", str_of(ip_format(verdict->client, text)));
	log_value(line, "client-name", verdict->client_name);
	log_value(line, "class",
		  str_of(client_class_text(verdict->client_class)));
	if (verdict->relay != NULL)
		log_value(line, "relay",
			  client_element_text(arena, verdict->relay));
	if (verdict->client_spfs > 0)
		log_value(line, "client-spf",
			  verdict_client_spf_text(arena, verdict));
	log_value(line, "helo", verdict->helo);
	add_seen(line, verdict);
	log_value(line, "mail-from",
		  verdict->mail_from_null ? str_lit("<>") : verdict->mail_from);
	log_number(
	    line, "recipients",
	    (int64_t)(verdict->recipients + verdict->recipients_dropped));
	log_value(line, "message-id", verdict->message_id);
}

/* A domain that is the one expected says nothing new. */
static void
add_other_domain(struct buf *line, const char *key, struct str domain,
		 struct str expected)
{
	if (!str_eq(domain, expected))
		log_value(line, key, domain);
}

static void
add_dmarc(struct buf *line, const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (dmarc == NULL) {
		log_value(line, "dmarc", str_lit("none"));
		return;
	}
	log_value(line, "dmarc", str_of(dmarc_result_text(dmarc->result)));
	if (dmarc->has_record) {
		log_value(line, "policy",
			  str_of(dmarc_policy_text(dmarc->policy)));
		add_other_domain(line, "policy-domain", dmarc->policy_domain,
				 dmarc->from);
	}
	if (verdict->from.count > 1)
		log_value(line, "from-domain", dmarc->from);
	add_other_domain(line, "org-domain", dmarc->org_domain, dmarc->from);
	if (dmarc->org_trouble.n > 0)
		log_value(line, "org-domain-reason", dmarc->org_trouble);
	if (dmarc->org_domain_is_public_suffix)
		log_value(line, "org-domain-is-public-suffix", str_lit("yes"));
}

static void
add_results(struct buf *line, struct arena *arena,
	    const struct verdict *verdict)
{
	log_value(line, "from", join_authors(arena, &verdict->from));
	log_value(line, "spf", str_of(spf_result_text(verdict->spf.result)));
	add_other_domain(line, "spf-domain", verdict->spf.domain,
			 verdict->mail_from_domain);
	log_value(line, "dkim", join_signatures(arena, &verdict->dkim));
	struct str faults = join_faults(arena, &verdict->dkim);
	if (faults.n > 0)
		log_value(line, "dkim-reason", faults);
	if (verdict->dkim.unshown > 0)
		log_number(line, "dkim-more", (int64_t)verdict->dkim.unshown);
	log_value(line, "arc", str_of(arc_result_text(verdict->arc.result)));
	if (verdict->arc.count > 0)
		log_value(line, "arc-seals", join_seals(arena, &verdict->arc));
	if (verdict->arc_trusted > 0)
		log_number(line, "arc-trusted", verdict->arc_trusted);
	if (verdict->arc.reason.n > 0)
		log_value(line, "arc-reason", verdict->arc.reason);
	add_dmarc(line, verdict);
}

static void
add_shape(struct buf *line, struct arena *arena,
	  const struct shape_outcome *shape)
{
	if (shape->shape == SHAPE_NONE)
		return;
	log_value(line, "shape", str_of(shape_text(shape->shape)));
	log_value(line, "shape-evidence", shape->evidence);
	log_value(line, "shape-strong", str_of(shape->strong ? "yes" : "no"));
	if (shape->forwarder != NULL)
		log_value(line, "forwarder",
			  client_element_text(arena, shape->forwarder));
}

static void
add_deferral(struct buf *line, struct arena *arena,
	     const struct decision *decision)
{
	if (decision->deferrals_spent)
		log_value(line, "deferral", str_lit("spent"));
	else if (decision->deferral > 0)
		log_value(line, "deferral",
			  arena_printf(arena, "%u/%u", decision->deferral,
				       decision->deferrals_allowed));
}

static void
add_decision(struct buf *line, struct arena *arena,
	     const struct decision *decision)
{
	add_shape(line, arena, &decision->shape);
	log_value(line, "action", str_of(action_text(decision->applied)));
	if (decision->applied != decision->action)
		log_value(line, "would", str_of(action_text(decision->action)));
	const char *quarantine = decision_quarantine_text(decision);
	if (quarantine[0] != '\0')
		log_value(line, "quarantine", str_of(quarantine));
	if (decision->wants != NULL && decision->wants[0] != '\0')
		log_value(line, "wants", str_of(decision->wants));
	log_value(line, "cause", str_of(decision_cause_text(decision->cause)));
	add_deferral(line, arena, decision);
	if (decision->rule.n > 0)
		log_value(line, "rule", decision->rule);
	if (decision->monitored_rule.n > 0) {
		log_value(line, "monitored-rule", decision->monitored_rule);
		log_value(line, "monitored-would",
			  str_of(action_text(decision->monitored_action)));
	}
	log_value(line, "reason", decision->reason);
}

static void
add_cost(struct buf *line, const struct verdict *verdict)
{
	log_number(line, "dns-questions", (int64_t)verdict->dns.questions);
	log_number(line, "dns-sent", (int64_t)verdict->dns.sent);
	log_number(line, "dns-ms", verdict->dns.waited_us / 1000);
	log_number(line, "total-ms", verdict->total_us / 1000);
}

struct str
logline_message(struct arena *arena, const struct verdict *verdict)
{
	bool checked = client_is_checked(verdict->client_class);
	struct buf line;

	buf_init(&line, arena);
	log_value(&line, "queue-id", verdict->queue_id);
	add_client(&line, arena, verdict);
	if (checked)
		add_results(&line, arena, verdict);
	add_decision(&line, arena, &verdict->decision);
	if (verdict->removed_names > 0)
		log_value(&line, "removed",
			  verdict_removed_text(arena, verdict));
	if (verdict->limits != 0)
		log_value(&line, "limits",
			  verdict_limits_text(arena, verdict->limits));
	if (checked)
		add_cost(&line, verdict);
	return buf_str(&line);
}
