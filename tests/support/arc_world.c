#include "tests/support/arc_world.h"

#include <string.h>

#include "tests/support/b64_text.h"
#include "tests/support/test.h"

int
arc_world_setup(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct arc_world *w = arena_alloc(arena, sizeof *w);

	w->arena = arena;
	header_init(&w->header, arena, NULL);
	w->hashes = bodyhash_new(arena);
	w->verifier = (struct dkim_verifier){
	    .arena = arena,
	    .header = &w->header,
	    .hashes = w->hashes,
	    .budget.limit_us = LIMIT_CRYPTO_US * 100,
	};
	buf_init(&w->zone_text, NULL);
	*state = w;
	return 0;
}

int
arc_world_teardown(void **state)
{
	struct arc_world *w = *state;

	bodyhash_clear(w->hashes);
	if (w->session != NULL)
		dns_session_unref(w->session);
	dns_resolver_free(w->resolver);
	if (w->zone != NULL)
		zone_free(w->zone);
	buf_clear(&w->zone_text);
	arena_free(w->arena);
	return 0;
}

void
arc_world_field(struct arc_world *w, const char *name, struct str value)
{
	assert_true(
	    header_add(&w->header, str_of(name),
		       arena_printf(w->arena, " %.*s", STR_ARG(value))));
}

static const char * or (const char *given, const char *usual)
{
	return given != NULL ? given : usual;
}

static void
publish(struct arc_world *w, const struct arc_how *how, const char *domain)
{
	const struct dkim_signer *signer =
	    how->signer != NULL ? how->signer : dkim_world_rsa;
	bool rsa = strcmp(or (how->algorithm, "rsa"), "ed25519-sha256") != 0;
	struct str p = dkim_signer_p(w->arena, signer);
	struct str name = arena_printf(w->arena, "%s._domainkey.%s TXT",
				       or (how->selector, "s1"), domain);

	if (how->keyless ||
	    (w->zone_text.n > 0 && strstr(w->zone_text.p, name.p) != NULL))
		return;
	buf_printf(&w->zone_text, "%s \"k=%s; p=%.*s\"\n", name.p,
		   rsa ? "rsa" : "ed25519", STR_ARG(p));
}

static struct str
signed_with(struct arc_world *w, const struct arc_how *how, struct str before,
	    struct str value)
{
	struct str tbs =
	    arena_printf(w->arena, "%.*s%.*s", STR_ARG(before), STR_ARG(value));
	struct str b = b64_text(
	    w->arena,
	    dkim_signer_raw(w->arena,
			    how->signer != NULL ? how->signer : dkim_world_rsa,
			    tbs));

	return arena_printf(w->arena, "%.*s%.*s", STR_ARG(value), STR_ARG(b));
}

static struct str
message_signature(struct arc_world *w, const struct arc_how *how)
{
	struct str bh = b64_text(
	    w->arena, test_sha256(w->arena, str_of(or (how->body, BODY))));
	struct str value = arena_printf(
	    w->arena,
	    "i=%zu; a=%s; c=relaxed/relaxed; d=%s; s=%s; h=from%s; bh=%.*s; b=",
	    w->sets + 1, or (how->algorithm, "rsa-sha256"),
	    or (how->message_domain, or (how->domain, "a.example")),
	    or (how->selector, "s1"), or (how->message_tags, ""), STR_ARG(bh));

	return signed_with(w, how, str_lit(FROM "arc-message-signature:"),
			   value);
}

/* The canonical fields of the sets so far. */
static void
add_set(struct buf *text, const struct arc_sealed *set)
{
	buf_printf(text, "arc-authentication-results:%.*s\r\n",
		   STR_ARG(set->results));
	buf_printf(text, "arc-message-signature:%.*s\r\n",
		   STR_ARG(set->message));
	buf_printf(text, "arc-seal:%.*s", STR_ARG(set->seal));
}

static struct str
seal(struct arc_world *w, const struct arc_how *how, struct arc_sealed set)
{
	struct buf before;
	const char *cv = or (how->cv, w->sets == 0 ? "none" : "pass");

	buf_init(&before, w->arena);
	for (size_t i = 0; i < w->sets; i++) {
		add_set(&before, &w->set[i]);
		buf_adds(&before, "\r\n");
	}
	set.seal = str_empty();
	add_set(&before, &set);
	return signed_with(
	    w, how, buf_str(&before),
	    arena_printf(w->arena, "i=%zu; a=%s; cv=%s; d=%s; s=%s%s; b=",
			 w->sets + 1, or (how->algorithm, "rsa-sha256"), cv,
			 or (how->domain, "a.example"),
			 or (how->selector, "s1"), or (how->seal_tags, "")));
}

void
arc_world_seal(struct arc_world *w, const struct arc_how *how)
{
	static const struct arc_how usual;
	struct arc_sealed *set = &w->set[w->sets];

	assert_true(w->sets < ARC_WORLD_SETS);
	how = how != NULL ? how : &usual;
	set->results =
	    arena_printf(w->arena, "i=%zu; %s", w->sets + 1,
			 or (how->payload,
			     "mx.a.example; dmarc=pass header.from=a.example"));
	set->message = message_signature(w, how);
	set->seal = seal(w, how, *set);
	w->sets++;
	publish(w, how, or (how->domain, "a.example"));
	publish(w, how,
		or (how->message_domain, or (how->domain, "a.example")));
}

void
arc_world_seal_times(struct arc_world *w, unsigned n)
{
	while (n-- > 0)
		arc_world_seal(w, NULL);
}

void
arc_world_replace(struct arc_world *w, struct str *value, const char *from,
		  const char *to)
{
	struct str text = arena_copy(w->arena, *value);
	const char *at = strstr(text.p, from);

	assert_non_null(at);
	*value = arena_printf(w->arena, "%.*s%s%s", (int)(at - text.p), text.p,
			      to, at + strlen(from));
}

static void
put_sets(struct arc_world *w)
{
	for (size_t n = w->sets; n > 0; n--) {
		const struct arc_sealed *set = &w->set[n - 1];
		if (set->seal.n > 0)
			arc_world_field(w, "ARC-Seal", set->seal);
		if (set->message.n > 0)
			arc_world_field(w, "ARC-Message-Signature",
					set->message);
		if (set->results.n > 0)
			arc_world_field(w, "ARC-Authentication-Results",
					set->results);
	}
	arc_world_field(w, "From", str_lit("joe@a.example"));
}

struct arc *
arc_world_begin(struct arc_world *w)
{
	put_sets(w);
	buf_adds(&w->zone_text, "other.example A 192.0.2.1\n");
	w->zone = zone_parse(w->zone_text.p);
	w->resolver = dns_resolver_new_offline(zone_oracle, w->zone);
	w->session = dns_session_new(w->resolver, NULL);
	w->verifier.session = w->session;
	return arc_begin(
	    &w->verifier,
	    &(struct arc_input){.now = NOW, .tolerance = w->tolerance});
}

void
arc_world_run(struct arc_world *w)
{
	struct arc *arc = arc_world_begin(w);

	arc_prefetch(arc);
	bodyhash_update(w->hashes, BODY, strlen(BODY));
	bodyhash_finish(w->hashes);
	arc_evaluate(arc, clock_monotonic_ms() + 10000, &w->results);
}

void
assert_arc(const struct arc_world *w, enum arc_result result,
	   const char *reason)
{
	assert_str(w->results.reason, reason);
	assert_int_equal(w->results.result, result);
}
