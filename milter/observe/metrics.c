#include "milter/observe/metrics.h"

#include "base/words.h"

void
metrics_add(struct counter *counter)
{
	atomic_fetch_add_explicit(&counter->n, 1, memory_order_relaxed);
}

uint64_t
metrics_get(const struct counter *counter)
{
	return atomic_load_explicit(&counter->n, memory_order_relaxed);
}

const char *const metrics_algorithm_words[METRICS_ALGORITHMS + 1] = {
    "rsa-sha256", "ed25519-sha256", "rsa-sha1", "other", NULL};

static size_t
algorithm_of(struct str algorithm)
{
	size_t known = METRICS_ALGORITHMS - 1;

	words_find(metrics_algorithm_words, algorithm, &known);
	return known;
}

/* Where a limit of ours ended it before, results say none. */
static bool
is_evaluated(const struct verdict *verdict)
{
	const unsigned ours = VERDICT_LIMIT_EVALUATIONS | VERDICT_LIMIT_MEMORY;

	return client_is_checked(verdict->client_class) &&
	       (verdict->limits & ours) == 0;
}

static void
count_results(struct metrics *metrics, const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	metrics_add(&metrics->spf[verdict->spf.result]);
	metrics_add(&metrics->arc[verdict->arc.result]);
	metrics_add(&metrics->dmarc[dmarc ? dmarc->result : DMARC_NONE]);
	for (size_t i = 0; i < verdict->dkim.count; i++) {
		const struct dkim_outcome *outcome = &verdict->dkim.outcome[i];
		metrics_add(&metrics->dkim[algorithm_of(outcome->algorithm)]
					  [outcome->result]);
	}
}

void
metrics_message(struct metrics *metrics, const struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;

	metrics_add(&metrics->applied[decision->applied]);
	metrics_add(&metrics->decided[decision->action]);
	metrics_add(&metrics->client_class[verdict->client_class]);
	for (unsigned i = 0; verdict->limits >> i != 0; i++)
		if (verdict->limits >> i & 1)
			metrics_add(&metrics->limit[i]);
	if (!is_evaluated(verdict))
		return;
	count_results(metrics, verdict);
	metrics_add(&metrics->shape[decision->shape.shape]);
	atomic_fetch_add_explicit(&metrics->questions.n, verdict->dns.questions,
				  memory_order_relaxed);
	histogram_add(&metrics->evaluation, verdict->total_us);
}
