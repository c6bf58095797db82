/* Growth of answers, of the admin's lists, and of what hashes a body. */
#include <stdio.h>

#include "base/domain_set.h"
#include "base/network_set.h"
#include "config/config.h"
#include "policy/rules.h"
#include "tests/bench/growth.h"
#include "tests/bench/mail.h"
#include "tests/support/dns_server.h"
#include "verify/verify.h"

#define BODY_OCTETS (1024 * 1024)
#define CHUNK 65536
#define ASKED 200

static const char *lists_folder;

/* --- a record of very many strings --- */

static void
many_strings(struct job *job)
{
	struct buf rdata;

	buf_init(&rdata, job->arena);
	for (size_t i = 0; i < job->n; i++)
		buf_adds(&rdata, "\1x");
	packet_begin(&job->packet, 0x8180, 1, 0, 0, DNS_TXT);
	packet_add(&job->packet, PACKET_SAME, DNS_TXT, buf_str(&rdata));
}

static void
read_packet(struct job *job)
{
	struct packet_got got = packet_parse(&job->packet, DNS_TXT);

	if (got.result != DNS_WIRE_FAILURE)
		bench_fail("a record of very many strings", "is an answer");
}

/* --- long lists --- */

static struct domain_set *domains;
static struct network_set *networks;
static struct config *config;

static void
long_domains(struct job *job)
{
	domains = domain_set_new(job->arena, job->n, job->n * 24);
	for (size_t i = 0; i < job->n; i++)
		domain_set_add(domains,
			       arena_printf(job->arena,
					    "d%zu.sender%zu.example", i,
					    i % 97),
			       i % 2 == 0);
}

static void
ask_domains(struct job *job)
{
	for (size_t i = 0; i < ASKED; i++)
		(void)domain_set_has(domains,
				     arena_printf(job->arena,
						  "a.b.d%zu.sender%zu.example",
						  i, i % 97));
}

static void
long_networks(struct job *job)
{
	struct ip_network *network =
	    arena_array(job->arena, job->n, sizeof *network);

	for (size_t i = 0; i < job->n; i++)
		if (!ip_network_parse(
			i % 2 == 0
			    ? arena_printf(job->arena, "10.%zu.%zu.0/25",
					   i / 256, i % 256)
			    : arena_printf(job->arena, "2001:db8:%zx::/48", i),
			&network[i]))
			bench_fail("a network", "cannot be read");
	networks = network_set_new(job->arena, network, job->n);
}

static void
ask_networks(struct job *job)
{
	(void)job;
	for (unsigned i = 0; i < ASKED; i++)
		(void)network_set_has(
		    networks,
		    ip_v4((uint8_t[]){10, (uint8_t)(i % 40), (uint8_t)i, 1}));
}

static const char *
path_of(struct job *job, const char *name)
{
	return arena_printf(job->arena, "%s/%s", lists_folder, name).p;
}

static void
write_file(const char *path, struct str text)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fwrite(text.p, 1, text.n, file) != text.n ||
	    fclose(file) != 0)
		bench_fail(path, "cannot be written");
}

static void
long_rules(struct job *job)
{
	const char *names = path_of(job, "domains"),
		   *nets = path_of(job, "networks"),
		   *file = path_of(job, "verdict.yaml");
	struct config_error error;
	struct buf text;

	buf_init(&text, job->arena);
	for (size_t i = 0; i < job->n; i++)
		buf_printf(&text, "%sd%zu.sender%zu.example\n",
			   i % 2 ? "." : "", i, i % 97);
	write_file(names, buf_str(&text));
	buf_init(&text, job->arena);
	for (size_t i = 0; i < job->n / 10; i++)
		buf_printf(&text, "10.%zu.%zu.0/25\n", i / 256, i % 256);
	write_file(nets, buf_str(&text));
	write_file(file,
		   arena_printf(
		       job->arena,
		       "rules:\n"
		       "  - {name: a, client: 'file:%s', action: reject}\n"
		       "  - {name: b, from: 'file:%s', action: reject}\n"
		       "  - {name: c, mail-from: 'file:%s', action: reject}\n"
		       "  - {name: d, recipient: 'file:%s', action: reject}\n",
		       nets, names, names, names));
	if (config_load(file, &config, &error) != 0)
		bench_fail(file, "cannot be loaded");
}

static void
match_rules(struct job *job)
{
	const struct str recipient = str_lit("u@mail.receiver.example");
	const struct shape_outcome shape = {.shape = SHAPE_NONE};
	struct verdict verdict = {.recipient = &recipient,
				  .recipients = 1,
				  .client = ip_v4((uint8_t[]){192, 0, 2, 1})};

	verdict.from.count = 1;
	verdict.from.domain[0] = str_lit("a.b.sender7.example");
	verdict.mail_from_domain = verdict.from.domain[0];
	if (rules_match(job->arena, config->policy.rules, &verdict, &shape)
		.count != 0)
		bench_fail("a rule", "matches");
}

static void
end_rules(struct job *job)
{
	(void)job;
	config_unref(config);
}

/* --- a body that is hashed up to very many octets --- */

static char chunk[CHUNK];

static void
many_limits(struct job *job)
{
	job->hashes = bodyhash_new(job->arena);
	for (uint64_t i = 0; i < job->n; i++)
		(void)bodyhash_request(job->hashes, CANON_SIMPLE,
				       BODY_OCTETS - i * 5000);
}

static void
hash_body(struct job *job)
{
	for (size_t i = 0; i <= BODY_OCTETS / CHUNK; i++)
		bodyhash_update(job->hashes, chunk, CHUNK);
	bodyhash_finish(job->hashes);
}

static void
end_hashes(struct job *job)
{
	bodyhash_clear(job->hashes);
}

static struct zone *zone;
static struct verify_engine engine;

static void
empty_world(struct job *job)
{
	(void)job;
	zone = zone_parse("");
	engine.resolver = dns_resolver_new_offline(zone_oracle, zone);
}

/* A large message with so many signatures, each with another l=. */
static void
judge_message(struct job *job)
{
	const struct verify_options options = {
	    .limits = {.signatures = LIMIT_DKIM_SHOWN}};
	const struct verify_envelope envelope = {.now = 1};
	struct verify *verify = verify_begin(&engine, &options, &envelope);

	for (size_t i = 0; i < job->n; i++)
		verify_header(
		    verify, str_lit("DKIM-Signature"),
		    arena_printf(job->arena,
				 " v=1; a=rsa-sha256; c=relaxed/relaxed; "
				 "d=a.example; s=s%zu; l=%zu; h=from; b=AAAA; "
				 "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
				 "A=",
				 i, BODY_OCTETS / 2 - i * 5000));
	verify_header(verify, str_lit("From"), str_lit(" u@a.example"));
	verify_eoh(verify);
	for (size_t sent = 0; sent < BODY_OCTETS; sent += CHUNK)
		verify_body(verify, chunk, CHUNK);
	if (verify_finish(verify, NULL, NULL) != 0)
		bench_fail("a message", "could not be evaluated");
	verify_free(verify);
}

static void
end_world(struct job *job)
{
	(void)job;
	dns_resolver_free(engine.resolver);
	zone_free(zone);
}

static const struct work works[] = {
    {"a record of very many strings", many_strings, read_packet, NULL, 8000,
     32000, GROWTH_LINEAR},
    {"a list of domains", long_domains, ask_domains, NULL, 1000, 20000,
     GROWTH_NONE},
    {"a list of networks", long_networks, ask_networks, NULL, 100, 5000,
     GROWTH_NONE},
    {"rules with lists", long_rules, match_rules, end_rules, 1000, 20000,
     GROWTH_NONE},
    {"one hash of a body, sixty", many_limits, hash_body, end_hashes, 1, 60,
     GROWTH_LITTLE},
    {"a message with one l=, with sixty", empty_world, judge_message, end_world,
     1, 60, GROWTH_LITTLE},
};

void
growth_of_worlds(growth_measure *measure, const char *folder)
{
	lists_folder = folder;
	for (size_t i = 0; i < CHUNK; i++)
		chunk[i] = "Some words \r\n"[i % 13];
	for (size_t i = 0; i < sizeof works / sizeof *works; i++)
		measure(&works[i], NULL);
}
