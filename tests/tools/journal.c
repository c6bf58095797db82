/*
 * journal: what stands in a journal, and what an append costs.
 *
 *   journal read FOLDER           a line for each thing found: "frame KIND
 * NUMBER HEX", "gap N", "corrupt N", "newer TEXT", "failed TEXT" journal
 * measure FOLDER N      N threads append 100,000 frames of 700 octets each, as
 * fast as they can
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "journal/journal.h"
#include "record/record.h"

#define EACH 100000
#define OCTETS 700
#define THREADS_MAX 64

static void
print_digest(const uint8_t digest[DNS_DIGEST_OCTETS])
{
	putchar(' ');
	for (size_t i = 0; i < DNS_DIGEST_OCTETS; i++)
		printf("%02x", digest[i]);
}

/* NULL, or what is wrong with it. */
static const char *
print_context(struct arena *arena, const struct journal_item *item)
{
	struct record_context context;
	const char *fault =
	    record_context_unpack(arena, item->frame.octets, &context);

	if (fault == NULL)
		printf("context %" PRIu64 " %" PRIu32 " %s %.*s",
		       item->sequence, context.number,
		       context.enforce ? "enforce" : "monitor",
		       STR_ARG(context.host));
	return fault;
}

static const char *
print_text(struct arena *arena, const struct journal_item *item)
{
	struct record_dns_text text;
	const char *fault =
	    record_dns_text_unpack(arena, item->frame.octets, &text);

	if (fault == NULL) {
		printf("text %" PRIu64, item->sequence);
		print_digest(text.digest);
	}
	return fault;
}

static const char *
print_message(struct arena *arena, const struct journal_item *item)
{
	struct verdict verdict;
	uint32_t context;
	const char *fault =
	    record_unpack(arena, item->frame.octets, &verdict, &context);

	if (fault != NULL)
		return fault;
	printf("message %" PRIu64 " %" PRIu64 " %" PRIu32 " %.*s",
	       item->sequence, item->number, context,
	       STR_ARG(verdict.queue_id));
	for (size_t i = 0; i < verdict.questions; i++)
		if (verdict.question[i].type == DNS_TXT &&
		    verdict.question[i].status == DNS_OK)
			print_digest(verdict.question[i].digest);
	return NULL;
}

static void
print_frame(const struct journal_item *item)
{
	struct arena *arena = arena_new(NULL);
	const char *fault = "unknown kind";

	if (item->frame.kind == RECORD_CONTEXT)
		fault = print_context(arena, item);
	if (item->frame.kind == RECORD_DNS_TEXT)
		fault = print_text(arena, item);
	if (item->frame.kind == (JOURNAL_COUNTED | RECORD_MESSAGE))
		fault = print_message(arena, item);
	puts(fault != NULL ? fault : "");
	arena_free(arena);
}

static int
read_all(const char *folder)
{
	struct journal_reader *reader = journal_reader_new(folder, NULL);
	struct journal_item item;
	enum journal_found found;

	while ((found = journal_next(reader, &item)) != JOURNAL_END) {
		if (found == JOURNAL_FRAME)
			print_frame(&item);
		else if (found == JOURNAL_GAP || found == JOURNAL_CORRUPT)
			printf("%s %" PRIu64 "\n",
			       found == JOURNAL_GAP ? "gap" : "corrupt",
			       item.amount);
		if (found == JOURNAL_NEWER || found == JOURNAL_FAILED) {
			printf("%s %s\n",
			       found == JOURNAL_NEWER ? "newer" : "failed",
			       item.text);
			break;
		}
	}
	journal_reader_free(reader);
	return found == JOURNAL_END ? 0 : 1;
}

struct appender {
	struct journal *journal;
	pthread_t thread;
	int64_t cpu_us, longest_us;
	unsigned lost;
};

static void *
append_all(void *ctx)
{
	struct appender *appender = ctx;
	char octets[OCTETS];
	const struct journal_frame frame = {JOURNAL_COUNTED | 1,
					    {octets, sizeof octets}};
	int64_t cpu_us = clock_thread_cpu_us();

	memset(octets, 'x', sizeof octets);
	for (int i = 0; i < EACH; i++) {
		int64_t begun_us = clock_monotonic_us();
		appender->lost +=
		    journal_append(appender->journal, &frame, 1,
				   JOURNAL_ANY_SEGMENT) != JOURNAL_APPENDED;
		int64_t took_us = clock_monotonic_us() - begun_us;
		if (took_us > appender->longest_us)
			appender->longest_us = took_us;
	}
	appender->cpu_us = clock_thread_cpu_us() - cpu_us;
	return NULL;
}

static int
measure(const char *folder, size_t threads)
{
	struct journal *journal = journal_open(&(struct journal_options){
	    .folder = folder, .host = "localhost", .size = 1 << 30});
	struct appender appender[THREADS_MAX] = {{.journal = NULL}};
	int64_t cpu_us = 0, longest_us = 0;
	unsigned lost = 0;

	if (journal == NULL || threads == 0 || threads > THREADS_MAX)
		return 1;
	int64_t begun_us = clock_monotonic_us();
	for (size_t i = 0; i < threads; i++) {
		appender[i].journal = journal;
		if (pthread_create(&appender[i].thread, NULL, append_all,
				   &appender[i]) != 0)
			return 1;
	}
	for (size_t i = 0; i < threads; i++) {
		pthread_join(appender[i].thread, NULL);
		cpu_us += appender[i].cpu_us;
		lost += appender[i].lost;
		if (appender[i].longest_us > longest_us)
			longest_us = appender[i].longest_us;
	}
	double frames = (double)(threads * EACH);
	double took_us = (double)(clock_monotonic_us() - begun_us);
	printf("%zu threads: %.2f us of CPU a frame, %.0f frames a second, "
	       "longest %" PRId64 " us, %u lost\n",
	       threads, (double)cpu_us / frames, frames / took_us * 1e6,
	       longest_us, lost);
	journal_close(journal);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "read") == 0)
		return read_all(argv[2]);
	if (argc == 4 && strcmp(argv[1], "measure") == 0)
		return measure(argv[2], strtoul(argv[3], NULL, 10));
	fprintf(stderr, "usage: journal read FOLDER | measure FOLDER N\n");
	return 64;
}
