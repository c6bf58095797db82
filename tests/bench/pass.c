#include "tests/bench/pass.h"

#include <stdio.h>

#include "policy/policy.h"
#include "tests/support/dns_server.h"

#define CHUNK 65535    /* as an MTA hands over the body */
#define NOW 1770030000 /* an hour after the signatures */

static const struct str own_id = STR("mx.receiver.example");

const struct authres_options pass_own = {
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

static struct verify *
decided(const struct verify_engine *engine,
	const struct verify_options *options, const struct mail *mail)
{
	const struct policy_options policy = policy_options_default();
	struct verify *verify = hand_over(engine, options, mail);

	if (verify_finish(verify, NULL, NULL) != 0)
		bench_fail(mail->name.p, "could not be evaluated");
	verify_decide(verify, policy_decide(verify_arena(verify),
					    verify_verdict(verify), &policy));
	return verify;
}

void
pass_over(const char *folder, const char *zone_path, uint64_t passes,
	  pass_take *take, void *ctx)
{
	const struct verify_options options = {
	    .limits.crypto_us = 60 * 1000 * 1000, /* whatever slows us down */
	    .limits.message_ms = 60 * 1000,
	    .limits.spf_ms = 60 * 1000,
	    .authserv_id = own_id,
	};
	struct arena_pool pool;
	struct verify_engine engine = {.pool = &pool};
	struct corpus corpus;

	arena_pool_init(&pool, 0);
	corpus_read(&corpus, folder, 1, 0);
	struct zone *zone = read_zone(zone_path);
	engine.resolver = dns_resolver_new_offline(zone_oracle, zone);
	for (uint64_t pass = 1; pass <= passes; pass++) {
		for (size_t i = 0; i < corpus.n; i++) {
			struct verify *verify =
			    decided(&engine, &options, &corpus.mail[i]);
			take(ctx, &corpus.mail[i], verify, pass == passes);
			verify_free(verify);
		}
	}
	dns_resolver_free(engine.resolver);
	zone_free(zone);
	corpus_clear(&corpus);
}
