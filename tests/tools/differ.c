/*
 * differ: verdicts over zones without network, for comparison with other
 * implementations (tests/differential).  Cases stand on standard input, each a
 * line "ZONE IP HELO PATH MESSAGE" of five octet counts, then those octets one
 * after the other: the zone as in tests/support/dns_server.h, the client's
 * address (may be empty), HELO, MAIL FROM and the message.  The clock of every
 * case stands still.  Standard output: one line of JSON a case.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/dns_server.h"
#include "verify/verify.h"

#define NOW 1700000000
#define PARTS 5
#define PART_MAX (16 * 1024 * 1024)

enum part { PART_ZONE, PART_IP, PART_HELO, PART_PATH, PART_MESSAGE };

static _Noreturn void
bad_input(const char *what)
{
	fprintf(stderr, "differ: bad input: %s\n", what);
	exit(65);
}

/* In a block of exactly its size, but for a zone, which is a C string. */
static struct str
read_part(size_t n, bool terminated)
{
	char *p = malloc(n + terminated + (n == 0));

	if (p == NULL || (n > 0 && fread(p, 1, n, stdin) != n))
		bad_input("a case ends early");
	if (terminated)
		p[n] = '\0';
	return str_n(p, n);
}

/* False: there are no more. */
static bool
read_case(struct str part_out[PARTS])
{
	char line[128];
	struct str rest, word;
	uint64_t n[PARTS];

	if (fgets(line, sizeof line, stdin) == NULL)
		return false;
	rest = str_of(line);
	rest = str_first(rest, str_chr(rest, '\n'));
	for (size_t i = 0; i < PARTS; i++)
		if (!str_split(&rest, ' ', &word) ||
		    !str_uint(word, PART_MAX, &n[i]))
			bad_input("five counts are wanted");
	for (size_t i = 0; i < PARTS; i++)
		part_out[i] = read_part((size_t)n[i], i == PART_ZONE);
	return true;
}

static void
print_verdict(const struct verify_engine *engine, const struct str *part)
{
	struct verify_options options = {
	    .limits.crypto_us = 60 * 1000 * 1000,
	    .authserv_id = str_lit("mx.receiver.example"),
	};
	struct verify_envelope envelope = {
	    .helo = part[PART_HELO],
	    .mail_from_known = true,
	    .mail_from = part[PART_PATH],
	    .now = NOW,
	};
	struct verify *verify;

	if (part[PART_IP].n > 0 && !ip_parse(part[PART_IP], &envelope.client))
		bad_input("not an address");
	if (verify_message(engine, &options, &envelope, part[PART_MESSAGE],
			   &verify) != 0)
		bad_input("a message for which the memory does not suffice");
	struct str json = verdict_json(verify_arena(verify),
				       verify_verdict(verify), str_empty());
	printf("%.*s\n", STR_ARG(json));
	fflush(stdout);
	verify_free(verify);
}

int
main(void)
{
	struct str part[PARTS];
	struct arena_pool pool;
	struct verify_engine engine = {.pool = &pool};

	arena_pool_init(&pool, 0);
	while (read_case(part)) {
		struct zone *zone = zone_parse(part[PART_ZONE].p);

		engine.resolver = dns_resolver_new_offline(zone_oracle, zone);
		print_verdict(&engine, part);
		dns_resolver_free(engine.resolver);
		zone_free(zone);
		for (size_t i = 0; i < PARTS; i++)
			free((char *)(uintptr_t)part[i].p);
	}
	return 0;
}
