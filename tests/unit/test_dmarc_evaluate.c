#include "tests/support/test.h"

#include <string.h>

#include "base/clock.h"
#include "tests/support/dmarc_case.h"

#define CORP(tags) "_dmarc.corp.example TXT \"v=DMARC1; " tags "\"\n"

struct row {
	struct dmarc_case dmarc;
	enum dmarc_result result;
	const char *reason; /* the start of it */
	bool spf_aligned, dkim_aligned;
};

static void
check_rows(const struct row *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct dmarc_run run;
		dmarc_run_start(&run, &row[i].dmarc);
		const struct dmarc_outcome *got = run.outcome;
		if (got->result != row[i].result ||
		    got->spf_aligned != row[i].spf_aligned ||
		    got->dkim_aligned != row[i].dkim_aligned ||
		    !str_starts(got->reason, str_of(row[i].reason)) ||
		    (row[i].reason[0] == '\0' && got->reason.n > 0))
			fail_msg("row %zu: dmarc=%s spf %d dkim %d, %.*s", i,
				 dmarc_result_text(got->result),
				 got->spf_aligned, got->dkim_aligned,
				 STR_ARG(got->reason));
		dmarc_run_end(&run);
	}
}

#define PASSES(spf, dkim, ...)                           \
	{                                                \
		{__VA_ARGS__}, DMARC_PASS, "", spf, dkim \
	}
#define RESULT(word, why, ...)                                 \
	{                                                      \
		{__VA_ARGS__}, DMARC_##word, why, false, false \
	}
#define CHECK(table) check_rows(table, sizeof(table) / sizeof(table)[0])
#define FROM_CORP .author = "corp.example"

static void
test_alignment(void **state)
{
	static const struct row table[] = {
	    PASSES(true, false, CORP("p=reject"), FROM_CORP,
		   "pass corp.example"),
	    PASSES(false, true, CORP("p=reject"), FROM_CORP, NULL,
		   {"pass corp.example"}),
	    PASSES(true, true, CORP("p=reject"), FROM_CORP,
		   "pass b.corp.example",
		   {"fail corp.example", "pass a.b.corp.example"}),
	    RESULT(FAIL, "no aligned identifier: no spf=pass, no dkim=pass",
		   CORP("p=reject"), FROM_CORP, "fail corp.example",
		   {"fail corp.example"}),
	    RESULT(FAIL,
		   "no aligned identifier: spf=pass for evil.example, "
		   "dkim=pass for other.example",
		   CORP("p=reject"), FROM_CORP, "pass evil.example",
		   {"fail corp.example", "pass other.example"}),
	    RESULT(NONE, "no DMARC record", CORP("p=reject"),
		   .author = "notcorp.example", .spf = "pass corp.example"),
	    /* strict: equal only, each for its own method */
	    RESULT(FAIL, "no aligned identifier",
		   CORP("p=reject; adkim=s; aspf=s"),
		   .author = "a.corp.example", .spf = "pass corp.example",
		   .dkim = {"pass b.corp.example"}),
	    PASSES(true, true, CORP("p=reject; adkim=s; aspf=s"), FROM_CORP,
		   "pass corp.example", {"pass corp.example"}),
	    PASSES(true, false, CORP("p=reject; adkim=s"), FROM_CORP,
		   "pass b.corp.example", {"pass b.corp.example"}),
	    /* an identifier of no domain, or of one label */
	    RESULT(FAIL, "no aligned identifier", CORP("p=reject"), FROM_CORP,
		   "pass ", {"pass "}),
	    RESULT(FAIL, "no aligned identifier", CORP("p=reject"), FROM_CORP,
		   "pass example"),
	    /* section 4.10.1 */
	    RESULT(NONE,
		   "record at corp.example: sp is invalid, and no valid rua",
		   CORP("p=reject; sp=bogus"), FROM_CORP, "pass corp.example"),
	    RESULT(FAIL, "no aligned identifier",
		   CORP("rua=mailto:d@corp.example"), FROM_CORP),
	};

	(void)state;
	CHECK(table);
}

/* No walk from a name that is a stranger, equal, or ruled out. */
static void
test_questions(void **state)
{
	static const struct {
		struct dmarc_case dmarc;
		size_t txt;
	} table[] = {
	    {{CORP("p=reject"),
	      FROM_CORP,
	      "pass evil.test",
	      {"pass x.y.z.list.example"}},
	     2},
	    {{CORP("p=reject"), FROM_CORP, "pass corp.example"}, 2},
	    {{CORP("p=reject; aspf=s"), FROM_CORP, "pass a.corp.example"}, 2},
	    {{CORP("p=reject"),
	      FROM_CORP,
	      "pass a.corp.example",
	      {"pass a.corp.example", "pass b.corp.example"}},
	     4},
	    {{CORP("p=reject"),
	      FROM_CORP,
	      "fail a.corp.example",
	      {"fail b.corp.example"}},
	     2},
	    {{"x.example A 192.0.2.1\n", FROM_CORP, "pass a.corp.example"}, 2},
	    {{CORP("p=reject; sp=none"), FROM_CORP}, 2},
	    /* two customers of a public suffix */
	    {{"_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"\n",
	      .author = "giant.bank.example", .spf = "pass mega.bank.example"},
	     2},
	    /* above the failed lookup nothing can join them */
	    {{"_dmarc.a.corp.example TXT \"v=DMARC1; p=reject\"\n"
	      "_dmarc.corp.example !servfail\n",
	      .author = "a.corp.example", .spf = "pass evil.example"},
	     3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct dmarc_run run;
		dmarc_run_start(&run, &table[i].dmarc);
		assert_int_equal(run.txt, table[i].txt);
		assert_int_equal(run.a, 0);
		dmarc_run_end(&run);
	}
}

#define LAME(name) "_dmarc." name " !servfail\n"
#define SILENT(name) "_dmarc." name " !silent\n"

static void
test_trouble_of_the_author(void **state)
{
	static const struct row table[] = {
	    /* the record cannot be fetched: not even equality helps */
	    RESULT(TEMPERROR, "TXT lookup of _dmarc.corp.example failed",
		   LAME("corp.example"), FROM_CORP, "pass corp.example"),
	    RESULT(TEMPERROR, "TXT lookup of _dmarc.corp.example timed out",
		   SILENT("corp.example"), FROM_CORP, "pass evil.test"),
	    /* some record applies for certain, so equality is proof */
	    PASSES(true, false, CORP("p=reject") LAME("a.corp.example"),
		   .author = "a.corp.example", .spf = "pass a.corp.example"),
	    RESULT(TEMPERROR, "TXT lookup of _dmarc.a.corp.example failed",
		   CORP("p=reject") LAME("a.corp.example"),
		   .author = "a.corp.example", .spf = "pass corp.example"),
	    /* one organization, but its record might say aspf=s */
	    RESULT(TEMPERROR, "TXT lookup of _dmarc.example failed",
		   CORP("p=reject") LAME("example"), .author = "a.corp.example",
		   .spf = "pass b.corp.example",
		   .dkim = {"pass b.corp.example"}),
	    /* a spoofer's lame subdomain: undecided, and no pass */
	    RESULT(TEMPERROR, "TXT lookup of _dmarc.lame.corp.example failed",
		   CORP("p=reject") LAME("lame.corp.example"),
		   .author = "x.lame.corp.example", .spf = "pass evil.test"),
	    /* section 4.10.2: equal names with a record need no walk */
	    PASSES(false, true, CORP("p=reject") LAME("example"), FROM_CORP,
		   NULL, {"pass corp.example"}),
	    /* whatever the suffix holds, these two are one organization */
	    PASSES(true, false, CORP("p=reject") LAME("example"), FROM_CORP,
		   "pass bounce.corp.example"),
	    /* these two are one if the suffix has a record without psd */
	    RESULT(TEMPERROR, "TXT lookup of _dmarc.example failed",
		   CORP("p=reject") LAME("example"), FROM_CORP,
		   "pass evil.example"),
	    RESULT(FAIL, "no aligned identifier",
		   CORP("p=reject") LAME("example"), FROM_CORP,
		   "pass evil.test"),
	    RESULT(FAIL, "no aligned identifier",
		   CORP("p=reject; aspf=s") LAME("example"), FROM_CORP,
		   "pass a.corp.example"),
	    /* psd=n above ends the walk before the lame suffix */
	    RESULT(FAIL, "no aligned identifier",
		   CORP("p=reject; psd=n") LAME("example"), FROM_CORP,
		   "pass evil.example"),
	};

	(void)state;
	CHECK(table);
}

static void
test_trouble_of_an_identifier(void **state)
{
	static const struct row table[] = {
	    /* the attacker's own lame zone stays a failure */
	    RESULT(FAIL, "no aligned identifier",
		   CORP("p=reject") LAME("evil.test") LAME("x.evil.test"),
		   FROM_CORP, "pass x.evil.test", {"pass evil.test"}),
	    /* psd=n in the lame subdomain would make it a stranger */
	    RESULT(TEMPERROR, "TXT lookup of _dmarc.lame.corp.example failed",
		   CORP("p=reject") LAME("lame.corp.example"), FROM_CORP,
		   "pass lame.corp.example"),
	    PASSES(false, true, CORP("p=reject") LAME("lame.corp.example"),
		   FROM_CORP, "pass lame.corp.example",
		   {"pass b.corp.example"}),
	    /* more failures than can be tried out */
	    RESULT(TEMPERROR, "TXT lookup of _dmarc.a.b.c.d.corp.example",
		   CORP("p=reject") LAME("d.corp.example")
		       LAME("c.d.corp.example") LAME("b.c.d.corp.example")
			   LAME("a.b.c.d.corp.example"),
		   FROM_CORP, "pass a.b.c.d.corp.example"),
	    /* though every answer would lead to one organization */
	    RESULT(
		TEMPERROR, "TXT lookup of _dmarc.b.c.d.corp.example failed",
		"_dmarc.a.b.c.d.corp.example TXT \"v=DMARC1; p=none\"\n" LAME(
		    "b.c.d.corp.example") LAME("c.d.corp.example")
		    LAME("d.corp.example") LAME("corp.example"),
		.author = "a.b.c.d.corp.example",
		.spf = "pass x.a.b.c.d.corp.example"),
	    PASSES(true, false,
		   "_dmarc.b.c.d.corp.example TXT \"v=DMARC1; p=none\"\n" LAME(
		       "c.d.corp.example") LAME("d.corp.example")
		       LAME("corp.example"),
		   .author = "b.c.d.corp.example",
		   .spf = "pass x.b.c.d.corp.example"),
	    /* a temporary error elsewhere: only where it might have aligned */
	    RESULT(TEMPERROR, "spf=temperror for corp.example: the SPF reason",
		   CORP("p=reject"), FROM_CORP, "temperror corp.example"),
	    RESULT(TEMPERROR, "spf=temperror for t.corp.example",
		   CORP("p=reject"), FROM_CORP, "temperror t.corp.example"),
	    RESULT(FAIL, "no aligned identifier", CORP("p=reject"), FROM_CORP,
		   "temperror evil.test"),
	    RESULT(FAIL, "no aligned identifier", CORP("p=reject; aspf=s"),
		   FROM_CORP, "temperror t.corp.example"),
	    RESULT(TEMPERROR,
		   "dkim=temperror for k.corp.example: the DKIM reason",
		   CORP("p=reject"), FROM_CORP, "fail evil.test",
		   {"temperror evil.test", "temperror k.corp.example"}),
	    RESULT(FAIL, "no aligned identifier", CORP("p=reject"), FROM_CORP,
		   "fail evil.test", {"temperror evil.test"}),
	    PASSES(false, true, CORP("p=reject"), FROM_CORP,
		   "temperror corp.example", {"pass corp.example"}),
	    RESULT(TEMPERROR, "spf=temperror for lame.corp.example",
		   CORP("p=reject") LAME("lame.corp.example"), FROM_CORP,
		   "temperror lame.corp.example"),
	};

	(void)state;
	CHECK(table);
}

#define NP CORP("p=reject; sp=none; np=reject") "x.corp.example !servfail A\n"

/* Nobody knows whether the From domain exists. */
static void
test_trouble_of_existence(void **state)
{
	static const struct row table[] = {
	    RESULT(TEMPERROR, "A lookup of x.corp.example failed", NP,
		   .author = "x.corp.example", .spf = "pass evil.test"),
	    RESULT(TEMPERROR, "A lookup of x.corp.example failed", NP,
		   .author = "evil.test,x.corp.example",
		   .spf = "pass evil.test"),
	    /* proof needs no policy; equal ones need no answer */
	    PASSES(true, false, NP, .author = "x.corp.example",
		   .spf = "pass corp.example"),
	    RESULT(FAIL, "no aligned identifier",
		   CORP("p=reject; sp=none; np=quarantine; "
			"t=y") "x.corp.example !servfail A\n",
		   .author = "x.corp.example"),
	    RESULT(TEMPERROR, "A lookup of x.corp.example failed",
		   CORP("p=reject; sp=none; np=reject; "
			"t=y") "x.corp.example !servfail A\n",
		   .author = "x.corp.example"),
	};

	(void)state;
	CHECK(table);
}

/* A limit of ours is no reason to try again, and none to let mail through. */
static void
test_limit(void **state)
{
	static const struct row table[] = {
	    RESULT(PERMERROR,
		   "TXT lookup of _dmarc.corp.example was not made: the "
		   "message's questions are used up",
		   CORP("p=reject"), .author = "a.corp.example",
		   .questions = 1),
	    RESULT(FAIL, "no aligned identifier", CORP("p=reject"), FROM_CORP,
		   "pass a.corp.example", .questions = 1),
	    PASSES(true, false, CORP("p=reject"), FROM_CORP,
		   "pass corp.example", .questions = 1),
	    RESULT(FAIL, "no aligned identifier", CORP("p=reject"), FROM_CORP,
		   "pass a.corp.example", .questions = 2),
	    RESULT(FAIL, "no aligned identifier", CORP("p=reject"), FROM_CORP,
		   "temperror a.corp.example", .questions = 2),
	    PASSES(true, false, CORP("p=reject"), FROM_CORP,
		   "pass a.corp.example", .questions = 3),
	    /* whether the From domain exists could not be asked any more */
	    RESULT(PERMERROR, "A lookup of a.corp.example was not made",
		   CORP("p=reject; sp=none; np=reject"),
		   .author = "a.corp.example", .questions = 3),
	    PASSES(true, false, CORP("p=reject; sp=none; np=reject"),
		   .author = "a.corp.example", .spf = "pass a.corp.example",
		   .questions = 3),
	    /* the second author's walk is cut short in its middle */
	    RESULT(FAIL, "no aligned identifier",
		   CORP("p=none") "_dmarc.a.x.corp.example TXT \"v=DMARC1; "
				  "p=reject\"\n",
		   .author = "corp.example,a.x.corp.example",
		   .spf = "pass corp.example", .questions = 3),
	};
	struct dmarc_run run;

	(void)state;
	CHECK(table);
	dmarc_run_start(&run, &table[0].dmarc);
	assert_true(run.outcome->policy_unknown);
	assert_false(run.outcome->has_record);
	dmarc_run_end(&run);
}

static void
test_unknown_policy(void **state)
{
	struct dmarc_case dmarc = {LAME("a.corp.example") CORP("p=reject"),
				   .author = "a.corp.example",
				   .spf = "pass a.corp.example"};
	struct dmarc_run run;

	(void)state;
	dmarc_run_start(&run, &dmarc);
	assert_int_equal(run.outcome->result, DMARC_PASS);
	assert_true(run.outcome->policy_unknown);
	assert_false(run.outcome->has_record);
	assert_int_equal(run.outcome->org_domain.n, 0);
	assert_true(str_starts(run.outcome->org_trouble,
			       str_lit("TXT lookup of _dmarc.a.corp.example "
				       "failed: ")));
	dmarc_run_end(&run);
}

static void
test_testing(void **state)
{
	static const struct {
		const char *zone;
		enum dmarc_policy published, policy;
	} table[] = {
	    {CORP("p=reject; t=y"), DMARC_P_REJECT, DMARC_P_QUARANTINE},
	    {CORP("p=quarantine; t=y"), DMARC_P_QUARANTINE, DMARC_P_NONE},
	    {CORP("p=none; t=y"), DMARC_P_NONE, DMARC_P_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct dmarc_case dmarc = {table[i].zone, FROM_CORP};
		struct dmarc_run run;
		dmarc_run_start(&run, &dmarc);
		assert_true(run.outcome->testing);
		assert_int_equal(run.outcome->published, table[i].published);
		assert_int_equal(run.outcome->policy, table[i].policy);
		dmarc_run_end(&run);
	}
}

#define SEVERAL                                                  \
	"_dmarc.r.example TXT \"v=DMARC1; p=reject\"\n"          \
	"_dmarc.q.example TXT \"v=DMARC1; p=quarantine\"\n"      \
	"_dmarc.n.example TXT \"v=DMARC1; p=none\"\n"            \
	"_dmarc.t.example TXT \"v=DMARC1; p=none\"\n"            \
	"_dmarc.pass.example TXT \"v=DMARC1; p=reject\"\n" LAME( \
	    "lame.example")

/* The strictest policy among the failing ones decides (section 11.5). */
static void
test_several_authors(void **state)
{
	static const struct {
		const char *authors;
		size_t decisive;
		const char *spf;
		size_t shown;
	} table[] = {
	    {"pass.example,r.example", 1, "pass pass.example", 0},
	    {"q.example,r.example,n.example,lame.example", 1,
	     "pass pass.example", 0},
	    {"n.example,lame.example,q.example", 2, "pass pass.example", 0},
	    {"n.example,lame.example,none.example", 1, "pass pass.example", 0},
	    {"pass.example,none.example,n.example", 2, "pass pass.example", 0},
	    {"pass.example,none.example", 1, "pass pass.example", 0},
	    {"r.example,a.r.example", 0, "pass pass.example", 0},
	    {"n.example,t.example", 0, "temperror t.example", 0},
	    {"t.example,none.example", 0, "temperror t.example", 0},
	    /* what is shown beside the author counts where it has a policy */
	    {"pass.example,none.example", 0, "pass pass.example", 1},
	    {"none.example,pass.example", 0, "pass pass.example", 1},
	    {"pass.example,none.example,none.test", 1, "pass pass.example", 1},
	    {"pass.example,r.example", 1, "pass pass.example", 1},
	    {"pass.example,none.example,lame.example", 2, "pass pass.example",
	     2},
	};
	struct dmarc_run run;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct dmarc_case dmarc = {.zone = SEVERAL,
					   .author = table[i].authors,
					   .shown = table[i].shown,
					   .spf = table[i].spf};
		dmarc_run_start(&run, &dmarc);
		assert_int_equal(run.results.decisive, table[i].decisive);
		dmarc_run_end(&run);
	}
	struct dmarc_case nobody = {.zone = SEVERAL, .author = ""};
	dmarc_run_start(&run, &nobody);
	assert_int_equal(run.results.count, 0);
	assert_int_equal(run.txt, 0);
	dmarc_run_end(&run);
}

/* All walks of the authors, and of nobody else. */
static void
test_await(void **state)
{
	static const struct str author[] = {
	    STR("corp.example"), STR("a.b.test"), STR("other.example")};
	struct dmarc_case dmarc = {.zone = "", .author = ""};
	struct dmarc_run run;

	(void)state;
	dmarc_run_start(&run, &dmarc);
	struct dmarc_authors authors = {.domain = author, .count = 2};
	int64_t deadline_ms = clock_monotonic_ms() + 60000;
	dmarc_await_walks(run.dmarc, &authors, deadline_ms);
	assert_int_equal(run.txt, 5);
	assert_int_equal(run.a, 0);
	dmarc_run_end(&run);
	/* And whether they exist, where that matters. */
	dmarc.zone = CORP("p=none; np=reject") "_dmarc.b.test TXT \"v=DMARC1; "
					       "p=none; np=reject\"\n";
	dmarc_run_start(&run, &dmarc);
	dmarc_await_walks(run.dmarc, &authors, deadline_ms);
	assert_int_equal(run.txt, 5);
	assert_int_equal(run.a, 1);
	dmarc_run_end(&run);
}

static void
test_words(void **state)
{
	(void)state;
	assert_string_equal(dmarc_result_text(DMARC_NONE), "none");
	assert_string_equal(dmarc_result_text(DMARC_PASS), "pass");
	assert_string_equal(dmarc_result_text(DMARC_FAIL), "fail");
	assert_string_equal(dmarc_result_text(DMARC_TEMPERROR), "temperror");
	assert_string_equal(dmarc_result_text(DMARC_PERMERROR), "permerror");
	assert_string_equal(dmarc_policy_text(DMARC_P_NONE), "none");
	assert_string_equal(dmarc_policy_text(DMARC_P_QUARANTINE),
			    "quarantine");
	assert_string_equal(dmarc_policy_text(DMARC_P_REJECT), "reject");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_alignment),
	    cmocka_unit_test(test_questions),
	    cmocka_unit_test(test_trouble_of_the_author),
	    cmocka_unit_test(test_trouble_of_an_identifier),
	    cmocka_unit_test(test_trouble_of_existence),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_unknown_policy),
	    cmocka_unit_test(test_testing),
	    cmocka_unit_test(test_several_authors),
	    cmocka_unit_test(test_await),
	    cmocka_unit_test(test_words),
	};
	return cmocka_run_group_tests_name("dmarc_evaluate", tests, NULL, NULL);
}
