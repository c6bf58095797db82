/*
 * record FOLDER ZONE: how large the records of a corpus are
 * (tests/bench/pass.h) and what they cost, in one line of JSON.  "octets" is in
 * the mean, "most" of the largest; "pack_ns" and "unpack_ns" are of one record,
 * all of the corpus done ROUNDS times; "broken" is how many times the law was
 * broken (tests/support/law.h).
 */
#include <stdio.h>

#include "base/clock.h"
#include "tests/bench/pass.h"
#include "tests/support/law.h"

#define ROUNDS 50

struct sums {
	size_t messages, octets, most, broken;
	int64_t pack_us, unpack_us;
};

static const struct record_about about = {.context = 1};

static void
time_both(struct sums *sums, const struct verdict *verdict, struct str octets)
{
	struct verdict unpacked;
	uint32_t context;

	int64_t begun = clock_thread_cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new(NULL);
		sums->broken += record_pack(arena, verdict, &about).n == 0;
		arena_free(arena);
	}
	int64_t packed = clock_thread_cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new(NULL);
		sums->broken +=
		    record_unpack(arena, octets, &unpacked, &context) != NULL;
		arena_free(arena);
	}
	sums->pack_us += packed - begun;
	sums->unpack_us += clock_thread_cpu_us() - packed;
}

static void
measure(void *ctx, const struct mail *mail, struct verify *verify, bool last)
{
	struct sums *sums = ctx;
	const struct verdict *verdict = verify_verdict(verify);
	struct arena *arena = verify_arena(verify);
	const struct policy_options policy = policy_options_default();

	(void)last;
	verify_queued_as(verify, mail->name);
	struct str octets = record_pack(arena, verdict, &about);
	sums->messages++;
	sums->octets += octets.n;
	sums->most = octets.n > sums->most ? octets.n : sums->most;
	const char *fault = law_check(arena, verdict, &policy);
	if (fault != NULL)
		fprintf(stderr, "%.*s: %s\n", STR_ARG(mail->name), fault);
	sums->broken += fault != NULL;
	time_both(sums, verdict, octets);
}

int
main(int argc, char **argv)
{
	struct sums sums = {0};

	if (argc != 3) {
		fprintf(stderr, "usage: record FOLDER ZONE\n");
		return 64;
	}
	pass_over(argv[1], argv[2], 1, measure, &sums);
	int64_t done = (int64_t)(sums.messages * ROUNDS);
	printf("{\"messages\": %zu, \"octets\": %zu, \"most\": %zu, "
	       "\"pack_ns\": %lld, \"unpack_ns\": %lld, \"broken\": %zu}\n",
	       sums.messages, sums.octets / sums.messages, sums.most,
	       (long long)(sums.pack_us * 1000 / done),
	       (long long)(sums.unpack_us * 1000 / done), sums.broken);
	return 0;
}
