#include "milter/observe/trace.h"

#include <string.h>

#include "base/line.h"
#include "verdict/explain.h"

void
trace_init(struct trace *trace)
{
	memset(trace->traced, 0, sizeof trace->traced);
	atomic_init(&trace->count, 0);
	pthread_mutex_init(&trace->lock, NULL);
}

void
trace_clear(struct trace *trace)
{
	pthread_mutex_destroy(&trace->lock);
}

/* Under the lock. */
static void
expire(struct trace *trace, int64_t now_ms)
{
	unsigned count = 0;

	for (size_t i = 0; i < LIMIT_TRACES; i++) {
		struct traced *traced = &trace->traced[i];
		if (traced->end_ms <= now_ms)
			traced->domain[0] = '\0';
		if (traced->domain[0] != '\0')
			count++;
	}
	atomic_store(&trace->count, count);
}

/* Under the lock.  "" finds a free place. */
static struct traced *
find(struct trace *trace, struct str domain)
{
	for (size_t i = 0; i < LIMIT_TRACES; i++)
		if (str_is(domain, trace->traced[i].domain))
			return &trace->traced[i];
	return NULL;
}

bool
trace_on(struct trace *trace, struct str domain, int64_t now_ms)
{
	if (domain.n > LIMIT_DOMAIN)
		return false;
	pthread_mutex_lock(&trace->lock);
	expire(trace, now_ms);
	struct traced *place = find(trace, domain);
	if (place == NULL)
		place = find(trace, str_empty());
	if (place != NULL) {
		memcpy(place->domain, domain.p, domain.n);
		place->domain[domain.n] = '\0';
		place->end_ms = now_ms + LIMIT_TRACE_MS;
		expire(trace, now_ms);
	}
	pthread_mutex_unlock(&trace->lock);
	return place != NULL;
}

bool
trace_off(struct trace *trace, struct str domain, int64_t now_ms)
{
	pthread_mutex_lock(&trace->lock);
	expire(trace, now_ms);
	struct traced *place = domain.n > 0 ? find(trace, domain) : NULL;
	if (place != NULL) {
		place->domain[0] = '\0';
		expire(trace, now_ms);
	}
	pthread_mutex_unlock(&trace->lock);
	return place != NULL;
}

void
trace_list(struct trace *trace, int64_t now_ms, struct buf *out)
{
	pthread_mutex_lock(&trace->lock);
	expire(trace, now_ms);
	if (atomic_load(&trace->count) == 0)
		buf_adds(out, "nothing is traced\n");
	for (size_t i = 0; i < LIMIT_TRACES; i++) {
		const struct traced *traced = &trace->traced[i];
		if (traced->domain[0] != '\0')
			buf_printf(out, "%s, for %lld s more\n", traced->domain,
				   (long long)(traced->end_ms - now_ms) / 1000);
	}
	pthread_mutex_unlock(&trace->lock);
}

/* Under the lock. */
static bool
is_traced(struct trace *trace, struct str domain)
{
	return domain.n > 0 && find(trace, domain) != NULL;
}

bool
trace_wants(struct trace *trace, const struct verdict *verdict, int64_t now_ms)
{
	if (atomic_load_explicit(&trace->count, memory_order_relaxed) == 0)
		return false;
	pthread_mutex_lock(&trace->lock);
	expire(trace, now_ms);
	bool wants = is_traced(trace, verdict->mail_from_domain);
	for (size_t i = 0; i < verdict->from.count && !wants; i++)
		wants = is_traced(trace, verdict->from.domain[i]);
	pthread_mutex_unlock(&trace->lock);
	return wants;
}

void
trace_write(const struct log *log, struct arena *arena,
	    const struct verdict *verdict, struct str field)
{
	struct buf text, line;
	struct str rest, piece;

	buf_init(&text, arena);
	buf_init(&line, arena);
	explain_verdict(&text, arena, verdict, field);
	rest = buf_str(&text);
	while (log->write != NULL && str_split(&rest, '\n', &piece)) {
		if (piece.n == 0)
			continue;
		buf_reset(&line);
		log_value(&line, "queue-id", verdict->queue_id);
		buf_adds(&line, " trace: ");
		if (piece.p[0] == '\t') { /* a folded field goes on */
			buf_adds(&line, "    ");
			piece = str_from(piece, 1);
		}
		line_add(&line, LINE_ESCAPED, piece, LINE_WHOLE);
		log->write(log->ctx, LOG_LEVEL_INFO, buf_str(&line));
	}
}
