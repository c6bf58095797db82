#include "verify/listed.h"

#include <string.h>

#include "verify/state.h"

/* Neither HELO nor a local part of the client's choice goes into macros. */
static struct spf *
begin(struct verify *verify, struct str domain)
{
	struct spf_input input = {
	    .client = verify->verdict.client,
	    .helo = domain,
	    .mail_from_known = true,
	    .mail_from = {.text = domain,
			  .domain = domain,
			  .raw_domain = domain},
	    .receiver = verify->options->authserv_id,
	    .now = verify->verdict.now,
	};

	return spf_begin(verify->arena, verify->session, &input);
}

void
listed_prefetch(struct verify *verify, const struct client_list *list)
{
	for (size_t i = 0; i < list->count && list->spf > 0; i++) {
		const struct client_element *element = &list->element[i];
		if (element->by == CLIENT_BY_SPF)
			spf_prefetch(begin(verify, element->domain));
	}
}

static bool
is_known(const struct verdict *verdict, struct str domain)
{
	for (size_t i = 0; i < verdict->client_spfs; i++) {
		if (str_eq(verdict->client_spf[i].domain, domain))
			return true;
	}
	return false;
}

static void
keep(struct verify *verify, struct client_spf result)
{
	struct verdict *verdict = &verify->verdict;
	size_t n = verdict->client_spfs;
	struct client_spf *list =
	    arena_array(verify->arena, n + 1, sizeof *list);

	if (n > 0)
		memcpy(list, verdict->client_spf, n * sizeof *list);
	list[n] = result;
	verdict->client_spf = list;
	verdict->client_spfs = n + 1;
}

static void
ask(struct verify *verify, struct str domain, int64_t deadline_ms)
{
	struct spf_outcome outcome;

	if (is_known(&verify->verdict, domain))
		return;
	spf_evaluate(begin(verify, domain), deadline_ms, &outcome);
	keep(verify, (struct client_spf){
			 .domain = domain,
			 .result = outcome.result,
			 .for_anybody = outcome.for_anybody,
			 .reason = outcome.reason,
		     });
}

const struct client_element *
listed_find(struct verify *verify, const struct client_list *list,
	    int64_t deadline_ms)
{
	const struct verdict *verdict = &verify->verdict;
	const struct client_element *found = NULL;

	if (verdict->client.family == IP_NONE)
		return NULL;
	for (size_t i = 0; i < list->count && found == NULL; i++) {
		const struct client_element *element = &list->element[i];
		if (element->by != CLIENT_BY_SPF)
			continue;
		ask(verify, element->domain, deadline_ms);
		found = client_list_find_spf(list, verdict->client_spf,
					     verdict->client_spfs);
	}
	return found;
}
