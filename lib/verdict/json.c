/* The JSON form of a verdict; the one place that knows jansson. */
#include "verdict/verdict.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/line.h"
#include "base/mem.h"
#include "base/utf8.h"

/* jansson fails for want of memory only: every text is UTF-8. */
static json_t *
made(json_t *value)
{
	if (value == NULL)
		mem_exhausted(0);
	return value;
}

static void
set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, made(value)) != 0)
		mem_exhausted(0);
}

static void
append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, made(value)) != 0)
		mem_exhausted(0);
}

static void
set_text(struct arena *arena, json_t *object, const char *key, struct str raw)
{
	struct str text = utf8_valid(raw)
			      ? raw
			      : line_text(arena, LINE_UTF8, raw, LINE_WHOLE);

	set(object, key, json_stringn(text.p ? text.p : "", text.n));
}

static void
set_word(json_t *object, const char *key, const char *word)
{
	set(object, key, json_string(word ? word : ""));
}

static void
set_bool(json_t *object, const char *key, bool value)
{
	set(object, key, json_boolean(value));
}

static void
set_number(json_t *object, const char *key, int64_t value)
{
	set(object, key, json_integer(value));
}

static json_t *
spf_json(struct arena *arena, const struct spf_outcome *spf)
{
	json_t *object = made(json_object());

	set_word(object, "result", spf_result_text(spf->result));
	set_word(object, "scope", spf_scope_text(spf->scope));
	set_text(arena, object, "domain", spf->domain);
	set_text(arena, object, "explanation", spf->explanation);
	set_text(arena, object, "reason", spf->reason);
	set_text(arena, object, "mechanism", spf->mechanism);
	return object;
}

static json_t *
signature_json(struct arena *arena, const struct dkim_outcome *outcome)
{
	json_t *object = made(json_object());

	set_word(object, "result", dkim_result_text(outcome->result));
	set_text(arena, object, "domain", outcome->domain);
	set_text(arena, object, "selector", outcome->selector);
	set_text(arena, object, "algorithm", outcome->algorithm);
	set_text(arena, object, "identity", outcome->identity);
	set_text(arena, object, "reason", outcome->reason);
	set_bool(object, "tried", outcome->tried);
	set_bool(object, "key_testing", outcome->key_testing);
	return object;
}

static json_t *
dkim_json(struct arena *arena, const struct verdict *verdict)
{
	json_t *array = made(json_array());

	for (size_t i = 0; i < verdict->dkim.count; i++)
		append(array, signature_json(arena, &verdict->dkim.outcome[i]));
	return array;
}

static json_t *
hop_json(struct arena *arena, const struct arc_hop *hop)
{
	json_t *object = made(json_object());

	set_number(object, "instance", hop->instance);
	set_text(arena, object, "domain", hop->domain);
	set_text(arena, object, "selector", hop->selector);
	return object;
}

static json_t *
arc_json(struct arena *arena, const struct verdict *verdict)
{
	const struct arc_results *arc = &verdict->arc;
	json_t *object = made(json_object());
	json_t *chain = made(json_array());

	for (size_t i = 0; i < arc->count; i++)
		append(chain, hop_json(arena, &arc->hop[i]));
	set_word(object, "result", arc_result_text(arc->result));
	set_number(object, "oldest_pass", arc->oldest_pass);
	set(object, "chain", chain);
	set_text(arena, object, "reason", arc->reason);
	if (verdict->arc_trusted > 0)
		set_number(object, "trusted", verdict->arc_trusted);
	return object;
}

static void
set_policy(struct arena *arena, json_t *object,
	   const struct dmarc_outcome *outcome)
{
	set_word(object, "policy", dmarc_policy_text(outcome->policy));
	set_text(arena, object, "policy_domain", outcome->policy_domain);
	set_word(object, "policy_tag", outcome->policy_tag);
	set_word(object, "published", dmarc_policy_text(outcome->published));
	set_bool(object, "testing", outcome->testing);
}

static json_t *
outcome_json(struct arena *arena, const struct dmarc_outcome *outcome)
{
	json_t *object = made(json_object());

	set_word(object, "result", dmarc_result_text(outcome->result));
	set_text(arena, object, "from", outcome->from);
	set_text(arena, object, "org_domain", outcome->org_domain);
	if (outcome->has_record)
		set_policy(arena, object, outcome);
	set_bool(object, "spf_aligned", outcome->spf_aligned);
	set_bool(object, "dkim_aligned", outcome->dkim_aligned);
	set_bool(object, "policy_unknown", outcome->policy_unknown);
	set_bool(object, "org_domain_is_public_suffix",
		 outcome->org_domain_is_public_suffix);
	set_text(arena, object, "reason", outcome->reason);
	return object;
}

static struct str
no_author_reason(struct arena *arena, const struct verdict *verdict)
{
	if (!client_is_checked(verdict->client_class))
		return str_lit("not checked");
	return verdict_from_text(arena, verdict);
}

static json_t *
dmarc_json(struct arena *arena, const struct verdict *verdict)
{
	const struct dmarc_outcome *decisive = verdict_dmarc(verdict);

	if (decisive == NULL) {
		struct dmarc_outcome none = {
		    .result = DMARC_NONE,
		    .reason = no_author_reason(arena, verdict),
		};
		return outcome_json(arena, &none);
	}
	json_t *object = outcome_json(arena, decisive);
	if (verdict->dmarc.count < 2)
		return object;
	json_t *others = made(json_array());
	for (size_t i = 0; i < verdict->dmarc.count; i++) {
		if (i != verdict->dmarc.decisive)
			append(others,
			       outcome_json(arena, &verdict->dmarc.outcome[i]));
	}
	set(object, "others", others);
	return object;
}

static json_t *
from_json(struct arena *arena, const struct verdict *verdict)
{
	const struct verdict_from *from = &verdict->from;
	json_t *object = made(json_object());
	json_t *domains = made(json_array());

	for (size_t i = 0; i < from->count; i++)
		append(domains,
		       json_stringn(from->domain[i].p, from->domain[i].n));
	set_word(object, "state", from_state_text(from->state));
	set(object, "domains", domains);
	set_bool(object, "strict", from->strict);
	set_text(arena, object, "reason", verdict_from_text(arena, verdict));
	return object;
}

static json_t *
seen_json(struct arena *arena, const struct verdict_seen *seen)
{
	json_t *object = made(json_object());
	char ip[IP_TEXT_MAX];

	set_word(object, "client",
		 seen->client.family == IP_NONE ? ""
						: ip_format(seen->client, ip));
	set_text(arena, object, "helo", seen->helo);
	set_number(object, "time", seen->time);
	set_word(object, "reason", seen->reason);
	return object;
}

static json_t *
limits_json(const struct verdict *verdict)
{
	json_t *array = made(json_array());

	for (size_t i = 0; verdict_limit_words[i] != NULL; i++) {
		if (verdict->limits >> i & 1)
			append(array, json_string(verdict_limit_words[i]));
	}
	return array;
}

static json_t *
removed_json(struct arena *arena, const struct verdict *verdict)
{
	json_t *object = made(json_object());

	for (size_t i = 0; i < verdict->removed_names; i++)
		set_number(object,
			   arena_copy(arena, verdict->removed[i].name).p,
			   (int64_t)verdict->removed[i].count);
	return object;
}

static json_t *
dns_json(const struct dns_usage *dns)
{
	json_t *object = made(json_object());

	set_number(object, "questions", dns->questions);
	set_number(object, "prefetches", dns->prefetches);
	set_number(object, "sent", dns->sent);
	set_number(object, "waited_us", dns->waited_us);
	return object;
}

static json_t *
reply_json(struct arena *arena, const struct decision *decision)
{
	json_t *object = made(json_object());

	set_word(object, "code", decision->reply_code);
	set_word(object, "xcode", decision->reply_xcode);
	set_text(arena, object, "text", decision->reply_text);
	return object;
}

static json_t *
shape_json(struct arena *arena, const struct shape_outcome *shape)
{
	json_t *object = made(json_object());

	set_word(object, "shape", shape_text(shape->shape));
	set_bool(object, "strong", shape->strong);
	set_text(arena, object, "evidence", shape->evidence);
	if (shape->forwarder != NULL)
		set_text(arena, object, "forwarder",
			 client_element_text(arena, shape->forwarder));
	return object;
}

static void
set_decision(struct arena *arena, json_t *object,
	     const struct decision *decision)
{
	set_word(object, "action", action_text(decision->action));
	set_word(object, "applied", action_text(decision->applied));
	if (decision->wants != NULL && decision->wants[0] != '\0')
		set_word(object, "wants", decision->wants);
	set_word(object, "cause", decision_cause_text(decision->cause));
	set_text(arena, object, "reason", decision->reason);
	if (decision->shape.shape != SHAPE_NONE)
		set(object, "shape", shape_json(arena, &decision->shape));
	if (decision->rule.n > 0)
		set_text(arena, object, "rule", decision->rule);
	if (decision->monitored_rule.n > 0) {
		set_text(arena, object, "monitored_rule",
			 decision->monitored_rule);
		set_word(object, "monitored_action",
			 action_text(decision->monitored_action));
	}
	if (decision->unjudged.n > 0)
		set_text(arena, object, "unjudged", decision->unjudged);
	if (decision->reply_code != NULL && decision->reply_code[0] != '\0')
		set(object, "reply", reply_json(arena, decision));
}

static json_t *
client_spf_json(struct arena *arena, const struct client_spf *spf)
{
	json_t *object = made(json_object());

	set_text(arena, object, "domain", spf->domain);
	set_word(object, "result", spf_result_text(spf->result));
	set_bool(object, "counts", client_spf_counts(spf));
	set_text(arena, object, "reason", spf->reason);
	return object;
}

static void
set_client(struct arena *arena, json_t *object, const struct verdict *verdict)
{
	set_word(object, "client_class",
		 client_class_text(verdict->client_class));
	if (verdict->relay != NULL)
		set_text(arena, object, "relay",
			 client_element_text(arena, verdict->relay));
	if (verdict->client_spfs == 0)
		return;
	json_t *array = made(json_array());
	for (size_t i = 0; i < verdict->client_spfs; i++)
		append(array, client_spf_json(arena, &verdict->client_spf[i]));
	set(object, "client_spf", array);
}

/* The object as one line; ends it. */
static struct str
dump(struct arena *arena, json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	if (text == NULL)
		mem_exhausted(0);
	struct str json = arena_copy(arena, str_of(text));
	free(text);
	json_decref(object);
	return json;
}

struct str
verdict_json(struct arena *arena, const struct verdict *verdict,
	     struct str authentication_results)
{
	json_t *object = made(json_object());

	set(object, "spf", spf_json(arena, &verdict->spf));
	set(object, "dkim", dkim_json(arena, verdict));
	set(object, "arc", arc_json(arena, verdict));
	set(object, "dmarc", dmarc_json(arena, verdict));
	set_decision(arena, object, &verdict->decision);
	set(object, "from", from_json(arena, verdict));
	set_client(arena, object, verdict);
	if (verdict->seen.asked)
		set(object, "seen", seen_json(arena, &verdict->seen));
	set(object, "limits", limits_json(verdict));
	set(object, "dns", dns_json(&verdict->dns));
	if (verdict->removed_names > 0)
		set(object, "removed", removed_json(arena, verdict));
	if (authentication_results.n > 0)
		set_text(arena, object, "authentication_results",
			 authentication_results);
	return dump(arena, object);
}

struct str
verdict_spf_json(struct arena *arena, const struct spf_outcome *spf)
{
	return dump(arena, spf_json(arena, spf));
}
