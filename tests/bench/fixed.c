/*
 * fixed FOLDER ZONE PASSES: the messages of a corpus (tests/bench/mail.h)
 * through the library, on one thread, with the records of a zone (see
 * tests/support/dns_server.h) and a clock that stands still.  Each message's
 * Authentication-Results goes to standard output in the form of the load
 * program's --dump, from the last pass.
 *
 * Its instructions are counted: it does the same on every machine.
 */
#include <stdio.h>
#include <stdlib.h>

#include "authres/authres.h"
#include "policy/policy.h"
#include "tests/bench/mail.h"
#include "tests/support/dns_server.h"
#include "verify/verify.h"

#define CHUNK 65535 /* as an MTA hands over the body */
#define PASSES_MAX 1000
#define NOW 1770030000 /* an hour after the signatures */

static const struct str own_id = STR("mx.receiver.example");
static const struct authres_options own = {
    .id = STR("mx.receiver.example"),
    .ids = &own_id,
    .n_ids = 1,
    .comments = true,
    .tag_header = STR("X-Verdict-Action"),
};

static struct zone *
read_zone(const char *path)
{
	FILE *file = fopen(path, "re");
	struct buf text;
	size_t n;

	if (file == NULL)
		bench_fail(path, "cannot be opened");
	buf_init(&text, NULL);
	do {
		n = fread(buf_room(&text, 4096), 1, 4096, file);
		text.n += n;
	} while (n > 0);
	fclose(file);
	buf_addc(&text, '\n');
	struct zone *zone = zone_parse(text.p);
	buf_clear(&text);
	return zone;
}

static void
print_field(struct str message, struct str field)
{
	printf("{\"message\":\"%.*s\",\"answer\":\"c\",\"edits\":"
	       "[[\"i\",0,\"Authentication-Results\",\"",
	       STR_ARG(message));
	for (size_t i = 0; i < field.n; i++) {
		unsigned char c = (unsigned char)field.p[i];

		if (c < 0x20 || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	puts("\"]]}");
}

static struct verify *
hand_over(const struct verify_engine *engine,
	  const struct verify_options *options, const struct mail *mail)
{
	struct verify_envelope envelope = {
	    .client_name = mail->host,
	    .helo = mail->helo,
	    .mail_from_known = true,
	    .mail_from = mail->from,
	    .now = NOW,
	    .prefetch = true,
	};
	struct str body = mail->body;

	if (!ip_parse(mail->client, &envelope.client))
		bench_fail(mail->name.p, "the client is no address");
	struct verify *verify = verify_begin(engine, options, &envelope);
	verify_rcpt(verify, mail->to);
	for (size_t i = 0; i < mail->field_n; i++)
		verify_header(verify, mail->field[i].name,
			      mail->field[i].value);
	verify_eoh(verify);
	for (; body.n > 0; body = str_from(body, CHUNK))
		verify_body(verify, body.p, str_first(body, CHUNK).n);
	return verify;
}

static void
check(const struct verify_engine *engine, const struct mail *mail, bool print)
{
	struct verify_options options = {
	    .limits.crypto_us = 60 * 1000 * 1000, /* whatever slows us down */
	    .limits.message_ms = 60 * 1000,
	    .limits.spf_ms = 60 * 1000,
	    .authserv_id = own_id,
	};
	struct policy_options policy = policy_options_default();
	size_t deletions;

	struct verify *verify = hand_over(engine, &options, mail);
	if (verify_finish(verify, NULL, NULL) != 0)
		bench_fail(mail->name.p, "could not be evaluated");
	const struct verdict *verdict = verify_verdict(verify);
	struct arena *arena = verify_arena(verify);
	verify_decide(verify, policy_decide(arena, verdict, &policy));
	struct str field = authres_build(arena, &own, verdict);
	(void)authres_forged(arena, verify_header_fields(verify), &own,
			     CLIENT_FOREIGN, &deletions);
	if (print)
		print_field(mail->name, field);
	verify_free(verify);
}

int
main(int argc, char **argv)
{
	struct arena_pool pool;
	struct verify_engine engine = {.pool = &pool};
	struct corpus corpus;
	uint64_t passes;

	if (argc != 4 || !str_uint(str_of(argv[3]), PASSES_MAX, &passes)) {
		fprintf(stderr, "usage: fixed FOLDER ZONE PASSES\n");
		return 64;
	}
	arena_pool_init(&pool, 0);
	corpus_read(&corpus, argv[1], 1, 0);
	struct zone *zone = read_zone(argv[2]);
	engine.resolver = dns_resolver_new_offline(zone_oracle, zone);
	for (uint64_t pass = 1; pass <= passes; pass++)
		for (size_t i = 0; i < corpus.n; i++)
			check(&engine, &corpus.mail[i], pass == passes);
	dns_resolver_free(engine.resolver);
	zone_free(zone);
	corpus_clear(&corpus);
	return 0;
}
