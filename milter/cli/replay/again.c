#include "milter/cli/replay/again.h"

#include <string.h>

const char *const again_doubts[AGAIN_DOUBTS] = {
    [AGAIN_SURE] = "",
    [AGAIN_FIELD] = "rule %s looks at a header field or address that the "
		    "records do not have",
    [AGAIN_UNCHECKED] = "their clients were not checked then, and would be%s",
    [AGAIN_RELAY] = "their client would be a trusted relay, by %s",
    [AGAIN_NO_RELAY] = "their client was a trusted relay, by %s",
    [AGAIN_RELAY_UNASKED] = "whether their client is a relay by %s was not "
			    "asked then",
    [AGAIN_SEALER] = "the ARC seal of %s would be trusted otherwise",
    [AGAIN_FORWARDER] = "whether their client is a forwarder by %s was not "
			"asked then",
};

const char *const fate_words[] = {[FATE_ACCEPT] = "accept",
				  [FATE_TAG] = "tag",
				  [FATE_HOLD] = "hold",
				  [FATE_TEMPFAIL] = "tempfail",
				  [FATE_REJECT] = "reject",
				  [FATE_DISCARD] = "discard",
				  NULL};

enum fate
fate_of(enum action action, enum quarantine_how how)
{
	switch (action) {
	case ACTION_ACCEPT:
		break;
	case ACTION_QUARANTINE:
		return how == QUARANTINE_HOLD ? FATE_HOLD : FATE_TAG;
	case ACTION_REJECT:
		return FATE_REJECT;
	case ACTION_TEMPFAIL:
		return FATE_TEMPFAIL;
	case ACTION_DISCARD:
		return FATE_DISCARD;
	}
	return FATE_ACCEPT;
}

bool
fate_refuses(enum fate fate)
{
	return fate >= FATE_TEMPFAIL;
}

/* --- who the client is --- */

/* The first domain by SPF for which the record tells nothing, or NULL. */
static const struct client_element *
unasked(const struct client_list *list, const struct verdict *verdict)
{
	size_t asked;

	for (size_t i = 0; i < list->count && list->spf > 0; i++) {
		const struct client_element *element = &list->element[i];
		if (element->by != CLIENT_BY_SPF)
			continue;
		for (asked = 0; asked < verdict->client_spfs; asked++)
			if (str_eq(verdict->client_spf[asked].domain,
				   element->domain))
				break;
		if (asked == verdict->client_spfs)
			return element;
	}
	return NULL;
}

/* The class under this configuration; *doubt_out where that cannot be told. */
static enum client_class
class_under(const struct config *config, const struct verdict *verdict,
	    const struct client_element **element_out,
	    enum again_doubt *doubt_out)
{
	const struct client_list *relays = &config->trusted_relays;
	enum client_class class;

	if (verdict->client_class == CLIENT_AUTHENTICATED ||
	    verdict->client.family == IP_NONE)
		return verdict->client_class;
	class = config_client_class(config, verdict->client,
				    verdict->client_name, element_out);
	if (class != CLIENT_FOREIGN)
		return class;
	*element_out = client_list_find_spf(relays, verdict->client_spf,
					    verdict->client_spfs);
	if (*element_out != NULL)
		return CLIENT_RELAY;
	*element_out = unasked(relays, verdict);
	if (*element_out != NULL)
		*doubt_out = AGAIN_RELAY_UNASKED;
	return CLIENT_FOREIGN;
}

/* As of a client that is not checked: verify_begin() to its end. */
static void
uncheck(struct verdict *verdict)
{
	verdict->client_class = CLIENT_INTERNAL;
	verdict->relay = NULL;
	verdict->seen = (struct verdict_seen){.reason = ""};
	verdict->from =
	    (struct verdict_from){.state = FROM_MISSING, .reason = ""};
	verdict->list = (struct mail_list){.named = false};
	verdict->spf = (struct spf_outcome){.result = SPF_NONE};
	verdict->client_spf = NULL;
	verdict->client_spfs = 0;
	verdict->dkim = (struct dkim_results){.count = 0};
	verdict->arc = (struct arc_results){.result = ARC_NONE};
	verdict->arc_trusted = verdict->arc_run = 0;
	verdict->dmarc.count = 0;
}

/* Gives the verdict the class that its client would have; false: what follows
   from that is not known. */
static bool
reclass(struct arena *arena, const struct config *config,
	struct verdict *verdict, struct again *again)
{
	const struct client_element *element = NULL;
	const enum client_class was = verdict->client_class;
	const enum client_class class =
	    class_under(config, verdict, &element, &again->doubt);

	if (class == was && again->doubt == AGAIN_SURE)
		return true;
	if (class == CLIENT_INTERNAL) {
		uncheck(verdict);
		again->reclassed = true;
		return true;
	}
	if (!client_is_checked(was))
		again->doubt = AGAIN_UNCHECKED;
	else if (class == CLIENT_RELAY)
		again->doubt = AGAIN_RELAY;
	else if (was == CLIENT_RELAY)
		again->doubt = AGAIN_NO_RELAY;
	if (again->doubt == AGAIN_NO_RELAY)
		element = verdict->relay;
	if (again->doubt != AGAIN_UNCHECKED)
		again->about = client_element_text(arena, element);
	return false;
}

/* --- what else may have come out otherwise --- */

/* The instance that vouches for From: what it said then is not known. */
struct sealings {
	unsigned run, trusted[3];
	size_t count;
};

static struct sealings
sealings_under(const struct config *config, const struct verdict *verdict)
{
	const struct arc_results *arc = &verdict->arc;
	struct sealings ways = {
	    .run = arc_trusted_run(arc, &config->verify.trusted_sealers),
	    .count = 1,
	};
	const bool one =
	    verdict->from.state == FROM_ONE && verdict->from.strict;

	if (ways.run == verdict->arc_run) {
		ways.trusted[0] = verdict->arc_trusted;
	} else if (ways.run > 0 && one) {
		ways.trusted[ways.count++] = ways.run;
		if (ways.run == 1 && arc->count > 1)
			ways.trusted[ways.count++] = 2;
	}
	return ways;
}

/* A domain whose SPF would be asked for of a failure, and was not; or NULL. */
static const struct client_element *
forwarder_unasked(struct arena *arena, const struct config *config,
		  const struct verdict *verdict)
{
	const struct client_list *list = &config->forwarders;
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (list->spf == 0 || dmarc == NULL || dmarc->result != DMARC_FAIL ||
	    verdict->arc_run > 0 || verdict->client.family == IP_NONE)
		return NULL;
	if (client_list_find(list, verdict->client,
			     verdict_client_domain(arena, verdict)) != NULL ||
	    client_list_find_spf(list, verdict->client_spf,
				 verdict->client_spfs) != NULL)
		return NULL;
	return unasked(list, verdict);
}

/* As if that domain's SPF had passed the client. */
static void
let_pass(struct arena *arena, struct verdict *verdict, struct str domain)
{
	const size_t n = verdict->client_spfs;
	struct client_spf *spf = arena_array(arena, n + 1, sizeof *spf);

	if (n > 0)
		memcpy(spf, verdict->client_spf, n * sizeof *spf);
	spf[n] = (struct client_spf){.domain = domain, .result = SPF_PASS};
	verdict->client_spf = spf;
	verdict->client_spfs = n + 1;
}

static bool
agree(const struct decision *a, const struct decision *b)
{
	return fate_of(a->action, a->how) == fate_of(b->action, b->how);
}

static void
doubt_if(struct again *again, const struct decision *decision,
	 enum again_doubt doubt, struct str about)
{
	if (again->doubt != AGAIN_SURE || agree(&again->decision, decision))
		return;
	again->doubt = doubt;
	again->about = about;
}

/* The first way is `again->decision`; the others are held against it. */
static void
decide_ways(struct arena *arena, const struct config *config,
	    const struct policy_options *options, struct verdict *verdict,
	    struct again *again)
{
	const struct sealings seals = sealings_under(config, verdict);
	struct decision decision;

	verdict->arc_run = seals.run;
	const struct client_element *forwarder =
	    forwarder_unasked(arena, config, verdict);
	for (size_t i = 0; i < seals.count; i++) {
		verdict->arc_trusted = seals.trusted[i];
		decision = policy_decide(arena, verdict, options);
		if (i == 0)
			again->decision = decision;
		else
			doubt_if(again, &decision, AGAIN_SEALER,
				 verdict->arc.hop[seals.trusted[i] - 1].domain);
	}
	if (forwarder == NULL)
		return;
	let_pass(arena, verdict, forwarder->domain);
	for (size_t i = 0; i < seals.count; i++) {
		verdict->arc_trusted = seals.trusted[i];
		decision = policy_decide(arena, verdict, options);
		doubt_if(again, &decision, AGAIN_FORWARDER,
			 client_element_text(arena, forwarder));
	}
}

void
again_decide(struct arena *arena, const struct config *config,
	     const struct policy_options *options,
	     const struct verdict *recorded, struct again *again_out)
{
	struct again again = {.doubt = AGAIN_SURE, .about = str_empty()};
	struct verdict verdict = *recorded;

	if (reclass(arena, config, &verdict, &again)) {
		decide_ways(arena, config, options, &verdict, &again);
		if (again.decision.unjudged.n > 0) {
			again.doubt = AGAIN_FIELD;
			again.about = again.decision.unjudged;
		}
	}
	*again_out = again;
}
