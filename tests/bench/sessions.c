#include "tests/bench/sessions.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

/* A session needs little; a thousand of them lie beside what is measured. */
#define STACK (256 * 1024)

/* One thread's own numbers, so that none waits for another. */
struct session {
	struct run *run;
	pthread_t thread;
	unsigned number;
	struct tally tally;
};

/* --- a session's thread --- */

static void
make_room(struct times *times, size_t n)
{
	if (times->n + n <= times->room)
		return;
	times->room = 2 * times->room + n;
	times->ns = mem_resize(times->ns, times->room * sizeof(int64_t));
}

static void
add_time(struct times *times, int64_t ns)
{
	make_room(times, 1);
	times->ns[times->n++] = ns;
}

static void
count(struct tally *tally, const struct mail *mail, struct outcome outcome)
{
	if (outcome.letter == FILTER_LOST) {
		tally->lost++;
		return;
	}
	add_time(&tally->eom, outcome.eom_ns);
	add_time(&tally->whole, outcome.whole_ns);
	tally->octets += mail->size;
	tally->answered[(unsigned char)outcome.letter]++;
}

static void
send_batch(struct session *session, struct chain *chain,
	   const struct batch *batch)
{
	struct run *run = session->run;
	int64_t begun = chain_now_ns();

	if (!chain_open(chain, batch->mail)) {
		session->tally.refused++;
		/* No tight loop where nobody listens. */
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	} else {
		add_time(&session->tally.open, chain_now_ns() - begun);
		for (size_t i = 0; i < batch->n; i++)
			count(&session->tally, &batch->mail[i],
			      chain_send(chain, &batch->mail[i], run->dump));
	}
	chain_close(chain);
}

static bool
may_begin(struct run *run)
{
	size_t left = atomic_load(&run->left);

	if (run->end_ns != 0)
		return chain_now_ns() < run->end_ns;
	while (left > 0)
		if (atomic_compare_exchange_weak(&run->left, &left, left - 1))
			return true;
	return false;
}

static void *
run_session(void *arg)
{
	struct session *session = arg;
	struct run *run = session->run;
	struct chain chain;

	chain_init(&chain, run->address, run->address_n);
	chain.queue_id = session->number << 20;
	while (may_begin(run)) {
		size_t at = atomic_fetch_add(&run->next, 1);

		send_batch(session, &chain,
			   &run->corpus.batch[at % run->corpus.batch_n]);
	}
	chain_clear(&chain);
	return NULL;
}

static void
gather_times(struct times *all, const struct times *one)
{
	make_room(all, one->n);
	if (one->n > 0)
		memcpy(all->ns + all->n, one->ns, one->n * sizeof(int64_t));
	all->n += one->n;
}

/* Adds what another saw, and frees it. */
static void
gather(struct tally *all, struct tally *one)
{
	gather_times(&all->open, &one->open);
	gather_times(&all->eom, &one->eom);
	gather_times(&all->whole, &one->whole);
	all->octets += one->octets;
	all->lost += one->lost;
	all->refused += one->refused;
	for (size_t c = 0; c < 256; c++)
		all->answered[c] += one->answered[c];
	tally_clear(one);
}

struct tally
run_sessions(struct run *run, size_t n)
{
	struct session *session = mem_array(n, sizeof *session);
	struct tally all = {0};
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	for (size_t i = 0; i < n; i++) {
		session[i].run = run;
		session[i].number = (unsigned)i;
		if (pthread_create(&session[i].thread, &attributes, run_session,
				   &session[i]) != 0)
			bench_fail("a thread", "cannot be created");
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(session[i].thread, NULL);
		gather(&all, &session[i].tally);
	}
	pthread_attr_destroy(&attributes);
	free(session);
	return all;
}

/* --- what came of it --- */

static int
compare_ns(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The smallest value that so many of a thousand do not exceed. */
static double
permille_ms(const int64_t *sorted, size_t n, size_t permille)
{
	size_t rank = (n * permille + 999) / 1000;

	return n == 0 ? 0 : (double)sorted[rank ? rank - 1 : 0] / 1e6;
}

static void
print_times(const char *name, const struct times *times)
{
	int64_t *ns = times->ns;
	size_t n = times->n;
	double sum = 0;

	if (n > 0)
		qsort(ns, n, sizeof *ns, compare_ns);
	for (size_t i = 0; i < n; i++)
		sum += (double)ns[i] / 1e6;
	printf(",\"%s\":{\"mean\":%.4f,\"p50\":%.4f,\"p90\":%.4f,"
	       "\"p99\":%.4f,\"max\":%.4f}",
	       name, n ? sum / (double)n : 0, permille_ms(ns, n, 500),
	       permille_ms(ns, n, 900), permille_ms(ns, n, 990),
	       permille_ms(ns, n, 1000));
}

static void
print_answers(const struct tally *tally)
{
	const char *comma = "";

	printf(",\"answers\":{");
	for (size_t c = 0; c < 256; c++) {
		if (tally->answered[c] == 0)
			continue;
		printf("%s\"%c\":%zu", comma, (char)c, tally->answered[c]);
		comma = ",";
	}
	printf("}");
}

void
tally_print(struct tally *tally)
{
	size_t n = tally->whole.n;

	printf(",\"messages\":%zu,\"lost\":%zu,\"refused\":%zu,"
	       "\"octets_mean\":%.1f",
	       n, tally->lost, tally->refused,
	       n ? (double)tally->octets / (double)n : 0);
	print_times("open_ms", &tally->open);
	print_times("eom_ms", &tally->eom);
	print_times("message_ms", &tally->whole);
	print_answers(tally);
}

void
tally_clear(struct tally *tally)
{
	free(tally->open.ns);
	free(tally->eom.ns);
	free(tally->whole.ns);
	memset(tally, 0, sizeof *tally);
}
