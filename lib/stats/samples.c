/* Messages of a finding. */
#include "record/record.h"
#include "stats/findings.h"
#include "stats/parts.h"

/* Records that are looked at for one finding: 32 blocks, some 10 ms. */
#define RECORDS 4096

struct wanted {
	struct arena *arena;
	const struct stats_finding *finding;
	const struct stats_period *period;
	struct stats_sample *sample;
	size_t samples, most, looked;
};

static bool
is_of_client(const struct stats_source *source, struct str client)
{
	size_t i;

	for (i = 0; i < source->clients; i++)
		if (str_eq(source->client[i], client))
			return true;
	return source->clients == 0;
}

static bool
is_of(const struct wanted *wanted, const struct store_message *message)
{
	const struct stats_finding *finding = wanted->finding;
	const struct span hours = hours_of(wanted->period);
	const struct outcome outcome = outcome_of(
	    str_empty(), str_empty(), message->action, message->would);

	return message->time >= hours.from * STATS_HOUR &&
	       message->time < hours.to * STATS_HOUR &&
	       outcome.decided == finding->decided &&
	       (finding->from_domains > 1 ||
		str_eq(message->from_domain, finding->from_domain)) &&
	       str_eq(message->rule, finding->rule) &&
	       is_of_client(&finding->source, message->client);
}

/* In the order of time, the oldest goes where there are too many. */
static void
keep(struct wanted *wanted, const struct store_message *message)
{
	struct stats_sample *sample = wanted->sample;
	size_t at = wanted->samples;

	if (at == wanted->most && message->time <= sample[at - 1].time)
		return;
	if (at == wanted->most)
		at--;
	else
		wanted->samples++;
	for (; at > 0 && sample[at - 1].time < message->time; at--)
		sample[at] = sample[at - 1];
	sample[at] = (struct stats_sample){
	    .time = message->time,
	    .queue_id = arena_copy(wanted->arena, message->queue_id),
	    .client = arena_copy(wanted->arena, message->client),
	};
}

static bool
look_at(void *ctx, const struct store_place *place, struct str record)
{
	struct wanted *wanted = ctx;
	struct arena *arena = arena_new(NULL);
	struct store_message message;
	struct verdict verdict;
	uint32_t context;

	(void)place;
	if (!record_unpack(arena, record, &verdict, &context)) {
		store_message_of(arena, &verdict, record, &message);
		if (is_of(wanted, &message))
			keep(wanted, &message);
	}
	arena_free(arena);
	return ++wanted->looked < RECORDS && wanted->samples < wanted->most;
}

bool
stats_samples(struct store *store, struct arena *arena,
	      const struct stats_period *period,
	      const struct stats_finding *finding, size_t most,
	      struct stats_sample **sample_out, size_t *samples_out)
{
	struct wanted wanted = {
	    .arena = arena,
	    .finding = finding,
	    .period = period,
	    .sample = arena_array(arena, most, sizeof(struct stats_sample)),
	    .most = most};
	struct store_term term = {TERM_FROM_DOMAIN, finding->from_domain};
	const struct span hours = hours_of(period);

	if (finding->source.clients == 1 && finding->source.client[0].n)
		term =
		    (struct store_term){TERM_CLIENT, finding->source.client[0]};
	if (most && term.text.n &&
	    !store_find(store, &term, hours.from * STATS_HOUR,
			hours.to * STATS_HOUR, look_at, &wanted))
		return false;
	*sample_out = wanted.sample;
	*samples_out = wanted.samples;
	return true;
}
