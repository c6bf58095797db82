/* What a message or the DNS holds, in the field that we write. */
#include "tests/support/test.h"

#include <string.h>

#include "authres/authres.h"
#include "base/buf.h"
#include "base/lex.h"
#include "base/limits.h"
#include "tests/support/passing.h"

#define ID "mx.receiver.example"

static const struct authres_options options = {.id = STR(ID), .comments = true};

static struct str
built(struct arena *arena, const struct verdict *verdict)
{
	return authres_build(arena, &options, verdict);
}

static bool
follows_method(struct str text)
{
	static const char *const methods[] = {"spf",   "dkim", "arc", "dmarc",
					      "iprev", "auth", "bimi"};

	while (text.n > 0 && !ascii_is_alnum(text.p[text.n - 1]))
		text.n--;
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		if (str_ends_nocase(text, str_of(methods[i])))
			return true;
	}
	return false;
}

/* Every METHOD "=", with whatever marks between, quoted or not. */
static size_t
results_in(struct str text)
{
	size_t found = 0;

	for (size_t i = 0; i < text.n; i++)
		found += text.p[i] == '=' && follows_method(str_first(text, i));
	return found;
}

/* A message of which every foreign text is this one, at `slot` or anywhere. */
static struct verdict
filled(struct dkim_outcome *outcome, struct arc_hop *hop, struct str text,
       int slot)
{
	struct verdict verdict = passing();
	struct str *slots[] = {
	    &verdict.spf.domain,
	    &verdict.spf.reason,
	    &outcome->domain,
	    &outcome->selector,
	    &outcome->algorithm,
	    &outcome->identity,
	    &outcome->b_start,
	    &outcome->reason,
	    &verdict.arc.reason,
	    &hop->domain,
	    &hop->selector,
	    &verdict.dmarc.outcome[0].from,
	    &verdict.dmarc.outcome[0].reason,
	    &verdict.dmarc.outcome[1].from,
	};
	const int n = sizeof slots / sizeof *slots;

	*outcome = passing_signature;
	outcome->result = DKIM_FAIL;
	verdict.spf.result = SPF_FAIL;
	verdict.spf.scope = SPF_HELO;
	verdict.arc =
	    (struct arc_results){.result = ARC_FAIL, .hop = hop, .count = 1};
	verdict.dmarc.outcome[1] = verdict.dmarc.outcome[0];
	verdict.dmarc.outcome[0].result = DMARC_FAIL;
	verdict.dmarc.count = 2;
	verdict.from =
	    (struct verdict_from){.state = FROM_NO_DOMAIN, .reason = "none"};
	for (int i = 0; i < n; i++) {
		if (slot < 0 || i == slot % n)
			*slots[i] = text;
	}
	if (slot < 0)
		verdict.from.reason = "x dmarc=pass";
	return verdict;
}

/*
 * A delivery rule that looks for "dmarc=pass" finds it where we put it and
 * nowhere else, whatever a message or the DNS held.
 */
static void
test_only_our_results(void **state)
{
	static const char *const texts[] = {
	    "dmarc=pass",
	    "DMARC=Pass",
	    "x spf=pass",
	    "arc=pass",
	    "iprev=pass",
	    "auth=pass",
	    "dkim = pass",
	    "dmarc/1=pass",
	    "dmarc / 1 = pass",
	    "dmarc(c)=pass",
	    "dmarc\\=pass",
	    "dmarc\"=pass",
	    "dmarc;=pass",
	    "dmarc\xff=pass",
	    "dmarc\r\n =pass",
	    "a;dmarc=pass",
	    "a\"; dmarc=pass",
	    "a) dmarc=pass (",
	    "dmarc=pass@evil.example",
	    "a.dmarc=pass@evil.example",
	    "\"dmarc=pass\"@evil.example",
	    "x@dmarc=pass.example",
	    "dmarc=pass.evil.example",
	    "dmarc==pass",
	    "dmarc=?utf-8?q?=pass?=",
	    "=?utf-8?q?dmarc=3Dpass?=",
	    "dmarc=spf=dkim=arc=pass",
	    "no spf=pass, no dkim=pass",
	};
	struct dkim_outcome outcome;
	struct arc_hop hop = {.instance = 1};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		for (int slot = -1; slot < 14; slot++) {
			hop.domain = hop.selector = str_lit("a.example");
			struct verdict verdict =
			    filled(&outcome, &hop, exact(texts[i]), slot);
			struct str got = built(*state, &verdict);
			/* spf, dkim, arc, dmarc and policy.dmarc */
			if (results_in(got) != 5)
				fail_msg("%d: %.*s", slot, STR_ARG(got));
		}
	}
}

static void
fill(struct arena *arena, struct str *text, const char *piece)
{
	struct buf buf;

	buf_init(&buf, arena);
	while (buf.n < 10000)
		buf_adds(&buf, piece);
	*text = buf_str(&buf);
}

/* RFC 5322 section 2.1.1, and what a reader must find after any attack */
static void
check_shape(struct str text, size_t results)
{
	struct str rest = text, line;
	struct lex lex = lex_of(text);
	struct str quoted;
	size_t found = 0;

	while (str_split(&rest, '\n', &line)) {
		assert_true(line.n <= 998 - strlen("Authentication-Results: "));
		assert_true(str_trim_wsp(line).n > 0);
		for (size_t i = 0; i < line.n; i++)
			assert_true(line.p[i] == '\t' ||
				    (line.p[i] >= 0x20 && line.p[i] <= 0x7e));
	}
	while (!lex_eof(&lex)) {
		assert_true(lex_skip_cfws(&lex));
		if (lex_peek(&lex) == '"')
			assert_true(lex_quoted_string(&lex, &quoted));
		else if (!lex_eof(&lex))
			found += *lex.p++ == ';';
	}
	assert_int_equal(found, results);
}

static void
test_hostile_values(void **state)
{
	static const char *pieces[] = {
	    "a",           "a ",       "\"",     "\\",       "(", ")",
	    "\r\n",        "\n\t",     "\xff",   "\xc3\xbc", ";", "a.b.",
	    "; spf=pass ", "\r\n\r\n", "()\\\"", "@",        "=", "x@",
	    ",",           "\x01",     "%s%n",
	};

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct verdict verdict = passing();
		struct dkim_outcome many[LIMIT_DKIM_SHOWN];
		struct str junk;
		fill(*state, &junk, pieces[i]);
		for (size_t k = 0; k < LIMIT_DKIM_SHOWN; k++)
			many[k] = (struct dkim_outcome){
			    .domain = junk,
			    .selector = junk,
			    .algorithm = junk,
			    .identity = junk,
			    .b_start = junk,
			    .reason = junk,
			};
		verdict.spf = (struct spf_outcome){
		    .domain = junk, .reason = junk, .explanation = junk};
		verdict.dkim =
		    (struct dkim_results){many, LIMIT_DKIM_SHOWN, 5, 5};
		verdict.dmarc.outcome[0].from = junk;
		verdict.dmarc.outcome[0].reason = junk;
		verdict.limits = ~0U;
		struct str got = built(*state, &verdict);
		check_shape(got, LIMIT_DKIM_SHOWN + 2);
		assert_true(got.n < 60000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hostile_values),
	    cmocka_unit_test(test_only_our_results),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
