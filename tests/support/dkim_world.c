#include "tests/support/dkim_world.h"

#include <string.h>

#include "tests/support/test.h"

struct dkim_signer *dkim_world_rsa, *dkim_world_ed25519;

int
dkim_world_group_setup(void **state)
{
	(void)state;
	dkim_world_rsa = dkim_signer_rsa(1024);
	dkim_world_ed25519 = dkim_signer_ed25519();
	return 0;
}

int
dkim_world_group_teardown(void **state)
{
	(void)state;
	dkim_signer_free(dkim_world_rsa);
	dkim_signer_free(dkim_world_ed25519);
	return 0;
}

int
dkim_world_setup(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct dkim_world *w = arena_alloc(arena, sizeof *w);

	w->arena = arena;
	header_init(&w->header, arena, NULL);
	w->hashes = bodyhash_new(arena);
	w->input.now = NOW;
	w->author[0] = str_lit("a.example");
	w->input.author = w->author;
	w->input.authors = 1;
	w->limits =
	    (struct dns_limits){LIMIT_DNS_QUESTIONS, LIMIT_DNS_PREFETCHES};
	w->verifier = (struct dkim_verifier){
	    .arena = arena,
	    .header = &w->header,
	    .hashes = w->hashes,
	    .budget.limit_us = LIMIT_CRYPTO_US * 100,
	};
	*state = w;
	return 0;
}

int
dkim_world_teardown(void **state)
{
	struct dkim_world *w = *state;

	bodyhash_clear(w->hashes);
	if (w->session != NULL)
		dns_session_unref(w->session);
	dns_resolver_free(w->resolver);
	if (w->zone != NULL)
		zone_free(w->zone);
	arena_free(w->arena);
	return 0;
}

void
dkim_world_field(struct dkim_world *w, const char *name, const char *value)
{
	assert_true(header_add(&w->header, exact(name), exact(value)));
}

void
dkim_world_signature(struct dkim_world *w, struct str value)
{
	struct str field = arena_printf(w->arena, " %.*s", STR_ARG(value));

	assert_true(header_add(&w->header, str_lit("DKIM-Signature"), field));
}

struct str
dkim_world_sign(struct dkim_world *w, const char *tags)
{
	return dkim_signer_sign(w->arena, dkim_world_rsa, tags,
				"dkim-signature:", FROM, BODY);
}

void
dkim_world_from(struct dkim_world *w)
{
	dkim_world_field(w, "From", " joe@a.example");
}

struct str
dkim_world_key(struct dkim_world *w, const char *name, const char *tags,
	       const struct dkim_signer *signer)
{
	struct str p = dkim_signer_p(w->arena, signer);

	return arena_printf(w->arena, "%s TXT \"%sp=%.*s\"\n", name, tags,
			    STR_ARG(p));
}

void
dkim_world_begin(struct dkim_world *w, const char *zone, const char *body)
{
	w->zone = zone_parse(zone);
	w->resolver = dns_resolver_new_offline(zone_oracle, w->zone);
	w->session = dns_session_new(w->resolver, &w->limits);
	w->verifier.session = w->session;
	w->dkim = dkim_begin(&w->verifier, &w->input);
	dkim_prefetch(w->dkim);
	bodyhash_update(w->hashes, body, strlen(body));
	bodyhash_finish(w->hashes);
}

void
dkim_world_run(struct dkim_world *w, const char *zone, const char *body)
{
	int64_t deadline_ms = clock_monotonic_ms() + 10000;

	dkim_world_begin(w, zone, body);
	for (enum dkim_group group = DKIM_ALIGNED; group <= DKIM_OTHER; group++)
		dkim_evaluate(w->dkim, group, deadline_ms, &w->results);
}

void
assert_dkim_outcome(const struct dkim_world *w, size_t i,
		    enum dkim_result result, const char *reason)
{
	assert_true(i < w->results.count);
	assert_str(w->results.outcome[i].reason, reason);
	assert_int_equal(w->results.outcome[i].result, result);
}

void
dkim_world_expect(void **state, const char *tags, const char *zone,
		  enum dkim_result result, const char *reason)
{
	struct dkim_world *w = *state;

	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, tags));
	dkim_world_run(w, zone, BODY);
	assert_int_equal(w->results.count, 1);
	assert_dkim_outcome(w, 0, result, reason);
}

const char *
dkim_world_zone(struct dkim_world *w, const char *tags)
{
	return dkim_world_key(w, S1, tags, dkim_world_rsa).p;
}

struct str
dkim_world_u_name(struct arena *arena, unsigned i)
{
	struct buf text;

	buf_init(&text, arena);
	for (unsigned label = 0; label < 6; label++) {
		for (unsigned c = 0; c < 12; c++) {
			i = i * 1103515245 + 12345;
			unsigned point = 0x4e00 + (i >> 16) % 0x400;
			buf_addc(&text, (char)(0xe0 | point >> 12));
			buf_addc(&text, (char)(0x80 | (point >> 6 & 0x3f)));
			buf_addc(&text, (char)(0x80 | (point & 0x3f)));
		}
		buf_addc(&text, '.');
	}
	buf_adds(&text, "example");
	return buf_str(&text);
}
