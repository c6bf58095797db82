/*
 * One SMTP session through a chain of milters, as an MTA leads it: every
 * command goes to each milter in turn, but a message's content goes through one
 * milter as a whole before the next sees it, with the fields that the first
 * added, changed or deleted.  One thread a chain.
 */
#ifndef TESTS_BENCH_CHAIN_H
#define TESTS_BENCH_CHAIN_H

#include <stdio.h>

#include "tests/bench/filter.h"
#include "tests/bench/mail.h"

#define CHAIN_MAX 4

struct chain {
	const struct filter_address *address;
	size_t n;
	struct filter filter[CHAIN_MAX];
	struct field *field; /* of the message on its way */
	size_t field_n;
	unsigned queue_id;
};

/* What became of one message; times in nanoseconds. */
struct outcome {
	char letter;      /* the first that ended it, else that of the last */
	int64_t eom_ns;   /* waited at end of message, all milters */
	int64_t whole_ns; /* from MAIL to the last answer */
};

/* address[0..n) must outlive the chain. */
void chain_init(struct chain *chain, const struct filter_address *address,
		size_t n);
/* Connects to each milter and greets it; false: errno says why not. */
bool chain_open(struct chain *chain, const struct mail *mail);
/*
 * dump: NULL, or where one line of JSON goes for what each milter answered and
 * asked for.
 */
struct outcome chain_send(struct chain *chain, const struct mail *mail,
			  FILE *dump);
void chain_close(struct chain *chain);
/* Frees what chain_init() and the messages took. */
void chain_clear(struct chain *chain);

int64_t chain_now_ns(void);

#endif
