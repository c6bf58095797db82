#include "tests/support/dmarc_case.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "tests/support/dns_server.h"
#include "tests/support/test.h"

static struct dns_answer *
counting_oracle(void *ctx, struct str name, enum dns_type type)
{
	struct dmarc_run *run = ctx;

	run->txt += type == DNS_TXT;
	run->a += type == DNS_A;
	return zone_oracle(run->zone, name, type);
}

/* "result domain" */
static void
identifier_parse(const char *text, const char **result_out,
		 struct str *domain_out)
{
	static const char *const words[] = {"pass", "temperror", "fail"};

	*result_out = "none";
	*domain_out = str_empty();
	if (text == NULL)
		return;
	const char *space = strchr(text, ' ');
	assert_non_null(space);
	*domain_out = exact(space + 1);
	for (size_t i = 0; i < 3; i++) {
		if (strncmp(text, words[i], (size_t)(space - text)) == 0)
			*result_out = words[i];
	}
	assert_string_not_equal(*result_out, "none");
}

static struct spf_outcome
spf_of(const char *text)
{
	struct spf_outcome spf = {.reason = str_lit("the SPF reason")};
	const char *result;

	identifier_parse(text, &result, &spf.domain);
	spf.result = result[0] == 'p'   ? SPF_PASS
		     : result[0] == 't' ? SPF_TEMPERROR
		     : result[0] == 'f' ? SPF_FAIL
					: SPF_NONE;
	if (spf.result == SPF_TEMPERROR)
		spf.troubled = spf.domain;
	return spf;
}

static struct dkim_outcome
dkim_of(const char *text)
{
	struct dkim_outcome dkim = {.reason = str_lit("the DKIM reason")};
	const char *result;

	identifier_parse(text, &result, &dkim.domain);
	dkim.result = result[0] == 'p'   ? DKIM_PASS
		      : result[0] == 't' ? DKIM_TEMPERROR
					 : DKIM_FAIL;
	return dkim;
}

static size_t
authors_of(const char *text, struct str author_out[LIMIT_AUTHOR_DOMAINS])
{
	struct str rest = exact(text), piece;
	size_t count = 0;

	while (rest.n > 0 && str_split(&rest, ',', &piece)) {
		assert_true(count < LIMIT_AUTHOR_DOMAINS);
		author_out[count++] = exact_n(piece.p, piece.n);
	}
	return count;
}

void
dmarc_run_start(struct dmarc_run *run, const struct dmarc_case *dmarc)
{
	struct str author[LIMIT_AUTHOR_DOMAINS];
	struct dkim_outcome signature[3];
	struct dkim_results dkim = {.outcome = signature};
	struct spf_outcome spf = spf_of(dmarc->spf);
	struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS] = {
	    {.reason = str_of(dmarc->doubt != NULL ? dmarc->doubt : "")}};
	struct dns_limits limits = {dmarc->questions, LIMIT_DNS_PREFETCHES};
	struct dmarc_authors authors = {
	    .domain = author,
	    .count = authors_of(dmarc->author, author),
	    .shown = dmarc->shown,
	    .doubt = doubt,
	};
	struct dmarc_input input = {.zone_ms = LIMIT_ZONE_MS};

	memset(run, 0, sizeof *run);
	for (size_t i = 0; i < 3 && dmarc->dkim[i] != NULL; i++)
		signature[dkim.count++] = dkim_of(dmarc->dkim[i]);
	run->arena = arena_new(NULL);
	run->zone = zone_parse(dmarc->zone);
	run->suffixes = suffix_list_open();
	input.suffixes = dmarc->no_suffixes ? NULL : run->suffixes;
	run->resolver = dns_resolver_new_offline(counting_oracle, run);
	run->session =
	    dns_session_new(run->resolver, dmarc->questions ? &limits : NULL);
	for (size_t i = 0; i < authors.count && dmarc->prefetch; i++)
		dmarc_prefetch(run->session, author[i]);
	run->dmarc = dmarc_begin(run->arena, run->session, &input);
	dmarc_evaluate(run->dmarc, &authors, &spf, &dkim,
		       clock_monotonic_ms() + 60000, &run->results);
	if (run->results.count > 0)
		run->outcome = &run->results.outcome[run->results.decisive];
}

void
dmarc_run_end(struct dmarc_run *run)
{
	dns_session_unref(run->session);
	dns_resolver_free(run->resolver);
	zone_free(run->zone);
	suffix_list_close(run->suffixes);
	arena_free(run->arena);
}
