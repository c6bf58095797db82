/* Growth of what reads a header full of names that are dear to read. */
#include "authres/authres.h"
#include "base/domain.h"
#include "tests/bench/growth.h"
#include "tests/bench/mail.h"
#include "tests/support/dkim_world.h"
#include "verify/author.h"

static const struct str own_id = STR("mx.receiver.example");
static const struct authres_options own = {
    .id = STR("mx.receiver.example"),
    .ids = &own_id,
    .n_ids = 1,
    .tag_header = STR("X-Tag"),
};

/* U-labels in one value, 8-bit octets between dots. */
static struct str
u_value(struct job *job, const char *begin, const char *dot, const char *end)
{
	struct buf value;

	buf_init(&value, job->arena);
	buf_adds(&value, begin);
	for (int i = 0; i < 225; i++)
		buf_adds(&value, i % 25 == 24 ? dot : "\xc3\xbc");
	buf_adds(&value, end);
	return buf_str(&value);
}

static void
fill(struct job *job, const char *name, struct str value)
{
	while (job->header.bytes + value.n + 100 < job->n &&
	       header_add(&job->header, str_of(name), value))
		;
}

static void
foreign_results(struct job *job)
{
	header_init(&job->header, job->arena, NULL);
	fill(job, "Authentication-Results",
	     u_value(job, " (c) \"", ".\\ ", "\"; spf=pass ("));
}

static void
many_from(struct job *job)
{
	header_init(&job->header, job->arena, NULL);
	header_add(&job->header, str_lit("From"), str_lit(" a@b.example"));
	fill(job, "From", u_value(job, " x y z @", ".", ""));
}

static void
find_authors(struct job *job)
{
	struct verdict_from from;

	author_domains(job->arena, &job->header, ADDRESSES_STAY, &from);
}

/* As many signatures as fit, each with two names that are like no other. */
static void
u_signatures(struct job *job)
{
	header_init(&job->header, job->arena, NULL);
	header_add(&job->header, str_lit("From"), str_lit(" joe@a.example"));
	for (unsigned i = 0; job->header.bytes + 1000 < job->n; i++) {
		struct str name = dkim_world_u_name(job->arena, i);
		header_add(
		    &job->header, str_lit("DKIM-Signature"),
		    arena_printf(job->arena,
				 " v=1; a=rsa-sha256; d=%s; s=%s; "
				 "h=from; bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAA"
				 "AAAAAAAAAAAAAAA=; b=AAAA",
				 name.p, name.p));
	}
	job->hashes = bodyhash_new(job->arena);
}

/* Mapping all their names, and what is done with these signatures. */
static void
map_or_begin(struct job *job)
{
	static bool mapped;
	static const struct str author = STR("a.example");
	const struct dkim_input input = {
	    .now = NOW, .author = &author, .authors = 1};
	struct dkim_verifier verifier = {
	    .arena = job->arena, .header = &job->header, .hashes = job->hashes};
	struct str out;

	if (mapped) {
		if (dkim_begin(&verifier, &input) == NULL)
			bench_fail("signatures", "are not read");
	} else
		for (unsigned i = 0; i < 2 * job->header.count; i++)
			if (domain_canonical(job->arena,
					     dkim_world_u_name(job->arena, i),
					     &out) != DOMAIN_OK)
				bench_fail("a U-label", "is not mapped");
	mapped = !mapped;
}

static void
find_forged(struct job *job)
{
	size_t count;

	(void)authres_forged(job->arena, &job->header, &own, CLIENT_FOREIGN,
			     &count);
}

static void
end_hashes(struct job *job)
{
	bodyhash_clear(job->hashes);
}

static const struct work works[] = {
    {"results of foreign U-labels", foreign_results, find_forged, NULL, 64000,
     256000, GROWTH_BOUNDED},
    {"From fields of U-labels", many_from, find_authors, NULL, 80000, 320000,
     GROWTH_BOUNDED},
    {"mapping U-labels, signatures with them", u_signatures, map_or_begin,
     end_hashes, 250000, 250000, 20},
};

void
growth_of_headers(growth_measure *measure)
{
	for (size_t i = 0; i < sizeof works / sizeof *works; i++)
		measure(&works[i], NULL);
}
