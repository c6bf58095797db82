#include "tests/support/test.h"

#include <string.h>

#include "dmarc/treewalk.h"
#include "tests/support/dmarc_case.h"

#define N DMARC_P_NONE
#define Q DMARC_P_QUARANTINE
#define R DMARC_P_REJECT

/* Identifiers are "+name", aligned, or "-name", not. */
struct walk_row {
	const char *zone, *from;
	size_t txt, a; /* questions for the From domain alone */
	const char *org, *policy_domain, *tag;
	enum dmarc_policy policy;
	const char *identifier[2];
};

#define CORP_AND_SIGNING                                   \
	"_dmarc.corp.example TXT \"v=DMARC1; p=reject\"\n" \
	"_dmarc.signing.corp.example TXT \"v=DMARC1; p=none\"\n"
#define BANK_AND_GIANT                                            \
	"_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"\n" \
	"_dmarc.giant.bank.example TXT \"v=DMARC1; p=quarantine\"\n"
#define CORP_AND_B(psd)                                             \
	"_dmarc.b.corp.example TXT \"v=DMARC1; p=reject" psd "\"\n" \
	"_dmarc.corp.example TXT \"v=DMARC1; p=none\"\n"

static const struct walk_row rows[] = {
    /* 1, 2: RFC 9989 appendix B.4.2 */
    {CORP_AND_SIGNING,
     "corp.example",
     2,
     0,
     "corp.example",
     "corp.example",
     "p",
     R,
     {"+signing.corp.example"}},
    {CORP_AND_SIGNING,
     "a.b.c.d.e.f.g.h.i.j.k.corp.example",
     8,
     0,
     "corp.example",
     "corp.example",
     "p",
     R,
     {"+corp.example", "+signing.corp.example"}},
    /* 3: appendix B.4.3 */
    {BANK_AND_GIANT,
     "giant.bank.example",
     2,
     0,
     "giant.bank.example",
     "giant.bank.example",
     "p",
     Q,
     {"+mail.giant.bank.example", "-mail.mega.bank.example"}},
    /* 4: the PSD's record serves, its sp for names that exist */
    {"_dmarc.bank.example TXT \"v=DMARC1; psd=y; p=reject; sp=none; "
     "np=reject\"\n"
     "mega.bank.example A 192.0.2.1\n",
     "mega.bank.example",
     2,
     1,
     "mega.bank.example",
     "bank.example",
     "sp",
     N,
     {"-giant.bank.example", "+mail.mega.bank.example"}},
    /* 5: the record in between is never the policy */
    {CORP_AND_B(""),
     "a.b.corp.example",
     4,
     0,
     "corp.example",
     "corp.example",
     "p",
     N,
     {"+corp.example", "+b.corp.example"}},
    /* 6: psd=n ends the walk */
    {CORP_AND_B("; psd=n"),
     "a.b.corp.example",
     2,
     0,
     "b.corp.example",
     "b.corp.example",
     "p",
     R,
     {"-corp.example", "+b.corp.example"}},
    /* 7: no record above, so the parent is a stranger */
    {"_dmarc.mail.corp.example TXT \"v=DMARC1; p=reject\"\n",
     "mail.corp.example",
     3,
     0,
     "mail.corp.example",
     "mail.corp.example",
     "p",
     R,
     {"-corp.example", "+x.mail.corp.example"}},
    /* 8 */
    {"_dmarc.corp.example TXT \"v=DMARC1; p=reject\"\n",
     "corp.example",
     2,
     0,
     "corp.example",
     "corp.example",
     "p",
     R,
     {"+mail.corp.example"}},
    /* 9: a suffix without psd=y swallows its names; psd=n is the cure */
    {"_dmarc.test TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.corp.test TXT \"v=DMARC1; p=reject\"\n",
     "corp.test",
     2,
     0,
     "test",
     "corp.test",
     "p",
     R,
     {"+evil.test"}},
    {"_dmarc.test TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.corp.test TXT \"v=DMARC1; p=reject; psd=n\"\n",
     "corp.test",
     1,
     0,
     "corp.test",
     "corp.test",
     "p",
     R,
     {"-evil.test", "+mail.corp.test"}},
    /* 10: a PSD's own mail */
    {"_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"\n",
     "bank.example",
     1,
     0,
     "bank.example",
     "bank.example",
     "p",
     R,
     {"-giant.bank.example"}},
    /* 11: np */
    {"_dmarc.corp.example TXT \"v=DMARC1; p=none; sp=quarantine; "
     "np=reject\"\n",
     "ghost.corp.example",
     3,
     1,
     "corp.example",
     "corp.example",
     "np",
     R,
     {"+corp.example"}},
    /* 12: two records at one name are none */
    {"_dmarc.mail.corp.example TXT \"v=DMARC1; p=reject\"\n"
     "_dmarc.mail.corp.example TXT \"v=DMARC1; p=reject; psd=n\"\n"
     "_dmarc.corp.example TXT \"v=DMARC1; p=none\"\n",
     "mail.corp.example",
     3,
     0,
     "corp.example",
     "corp.example",
     "p",
     N,
     {"+corp.example"}},
    /* 13: nothing anywhere */
    {"corp.example A 192.0.2.1\n",
     "a.b.c.d.e.f.corp.example",
     8,
     0,
     "a.b.c.d.e.f.corp.example",
     NULL,
     NULL,
     N,
     {NULL}},
    /* 14: the jump passes over the name with psd=n */
    {"_dmarc.b.c.d.e.f.g.corp.example TXT \"v=DMARC1; p=reject; psd=n\"\n"
     "_dmarc.corp.example TXT \"v=DMARC1; p=quarantine\"\n",
     "mail.a.b.c.d.e.f.g.corp.example",
     8,
     0,
     "corp.example",
     "corp.example",
     "p",
     Q,
     {"+corp.example"}},
    /* 15: t=y */
    {"_dmarc.corp.example TXT \"v=DMARC1; p=reject; t=y\"\n",
     "corp.example",
     2,
     0,
     "corp.example",
     "corp.example",
     "p",
     Q,
     {NULL}},
    /* psd=y at 7 labels: the name below was never asked for */
    {"_dmarc.b.c.d.e.f.corp.example TXT \"v=DMARC1; p=reject; psd=y\"\n"
     "_dmarc.a.b.c.d.e.f.corp.example TXT \"v=DMARC1; p=none\"\n",
     "x.y.a.b.c.d.e.f.corp.example",
     2,
     0,
     "a.b.c.d.e.f.corp.example",
     "b.c.d.e.f.corp.example",
     "p",
     R,
     {"+z.a.b.c.d.e.f.corp.example", "-c.b.c.d.e.f.corp.example"}},
    /* the PSD's record only where the organization has none */
    {"_dmarc.bank.example TXT \"v=DMARC1; p=reject; psd=y\"\n"
     "_dmarc.one.bank.example TXT \"v=DMARC1; p=none; sp=quarantine\"\n",
     "a.one.bank.example",
     3,
     0,
     "one.bank.example",
     "one.bank.example",
     "sp",
     Q,
     {"+one.bank.example", "-two.bank.example"}},
    /* a name of one label; the root is never asked */
    {"_dmarc.test TXT \"v=DMARC1; p=reject\"\n",
     "test",
     1,
     0,
     "test",
     "test",
     "p",
     R,
     {NULL}},
};

static void
check_identifier(const struct walk_row *row, const char *identifier)
{
	struct dmarc_run run;
	bool aligned = identifier[0] == '+';
	char text[200] = "pass ";

	strcat(text, identifier + 1);
	struct dmarc_case spf = {
	    .zone = row->zone, .author = row->from, .spf = text};
	dmarc_run_start(&run, &spf);
	assert_int_equal(run.outcome->spf_aligned, aligned);
	assert_false(run.outcome->dkim_aligned);
	assert_int_equal(run.outcome->result,
			 aligned ? DMARC_PASS : DMARC_FAIL);
	assert_int_equal(run.outcome->reason.n == 0, aligned);
	dmarc_run_end(&run);

	struct dmarc_case dkim = {.zone = row->zone,
				  .author = row->from,
				  .dkim = {"fail corp.example", text}};
	dmarc_run_start(&run, &dkim);
	assert_int_equal(run.outcome->dkim_aligned, aligned);
	assert_false(run.outcome->spf_aligned);
	dmarc_run_end(&run);
}

static void
check_outcome(const struct walk_row *row, const struct dmarc_outcome *got)
{
	assert_str(got->from, row->from);
	assert_str(got->org_domain, row->org);
	assert_false(got->policy_unknown);
	assert_int_equal(got->has_record, row->policy_domain != NULL);
	assert_int_equal(got->result,
			 got->has_record ? DMARC_FAIL : DMARC_NONE);
	if (!got->has_record)
		return;
	assert_str(got->policy_domain, row->policy_domain);
	assert_string_equal(got->policy_tag, row->tag);
	assert_int_equal(got->policy, row->policy);
}

static void
test_worked_walks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct dmarc_case dmarc = {.zone = rows[i].zone,
					   .author = rows[i].from};
		struct dmarc_run run;
		dmarc_run_start(&run, &dmarc);
		if (run.txt != rows[i].txt || run.a != rows[i].a)
			fail_msg("row %zu, %s: %zu TXT and %zu A questions", i,
				 rows[i].from, run.txt, run.a);
		check_outcome(&rows[i], run.outcome);
		dmarc_run_end(&run);
		for (size_t n = 0; n < 2 && rows[i].identifier[n]; n++)
			check_identifier(&rows[i], rows[i].identifier[n]);
	}
}

static void
test_targets(void **state)
{
	static const char *const want[] = {
	    "a.b.c.d.e.f.g.h.i.j.k.corp.example",
	    "g.h.i.j.k.corp.example",
	    "h.i.j.k.corp.example",
	    "i.j.k.corp.example",
	    "j.k.corp.example",
	    "k.corp.example",
	    "corp.example",
	    "example",
	};
	struct str domain = exact(want[0]);

	(void)state;
	assert_int_equal(dmarc_walk_targets(domain), 8);
	for (size_t i = 0; i < 8; i++)
		assert_str(dmarc_walk_target(domain, i), want[i]);
	/* 8 labels: the next has 7; 7 labels: the next has 6 */
	assert_str(dmarc_walk_target(exact("a.b.c.d.e.f.g.h"), 1),
		   "b.c.d.e.f.g.h");
	assert_str(dmarc_walk_target(exact("a.b.c.d.e.f.g"), 1), "b.c.d.e.f.g");
	assert_int_equal(dmarc_walk_targets(exact("a.b.c.d.e.f.g")), 7);
	assert_int_equal(dmarc_walk_targets(exact("test")), 1);
	assert_int_equal(dmarc_walk_targets(exact("")), 0);
}

/* The longest name still fits; the resolver answers it without a question. */
static void
test_long_name(void **state)
{
	char name[LIMIT_DOMAIN + 1] = "", buffer[DMARC_NAME_MAX];
	char longer[LIMIT_DOMAIN + 2] = "";
	struct dmarc_run run;

	(void)state;
	for (size_t i = 0; i < LIMIT_DOMAIN; i++)
		name[i] = i % 2 ? '.' : 'a';
	assert_int_equal(dmarc_name(exact(name), buffer).n, LIMIT_DOMAIN + 7);
	memset(longer, 'a', LIMIT_DOMAIN + 1);
	assert_int_equal(dmarc_name(exact(longer), buffer).n, LIMIT_DOMAIN + 7);
	struct dmarc_case dmarc = {.zone = "corp.example A 192.0.2.1\n",
				   .author = name};
	dmarc_run_start(&run, &dmarc);
	assert_int_equal(run.outcome->result, DMARC_NONE);
	assert_int_equal(run.txt, 7);
	dmarc_run_end(&run);
}

/* What the prefetch asked for is all that the evaluation needs. */
static void
prefetch(const char *zone, const char *author, unsigned txt, unsigned a)
{
	struct dmarc_case dmarc = {
	    .zone = zone, .author = author, .prefetch = true};
	struct dmarc_run run;
	struct dns_usage usage;

	dmarc_run_start(&run, &dmarc);
	dns_session_usage(run.session, &usage);
	assert_int_equal(run.txt, txt);
	assert_int_equal(run.a, a);
	assert_int_equal(usage.prefetches, txt + a);
	assert_int_equal(usage.questions, txt + a);
	dmarc_run_end(&run);
}

static void
test_prefetch(void **state)
{
	(void)state;
	prefetch(CORP_AND_SIGNING, "a.b.c.d.e.f.g.h.i.j.k.corp.example", 8, 0);
	/* Whether it exists, where a record above wants to know. */
	prefetch("_dmarc.corp.example TXT \"v=DMARC1; p=none; np=reject\"\n",
		 "ghost.corp.example", 3, 1);
	prefetch("_dmarc.corp.example TXT \"v=DMARC1; p=none; np=reject\"\n",
		 "corp.example", 2, 0);
	prefetch("_dmarc.corp.example TXT \"v=DMARC1; p=none; sp=reject\"\n",
		 "ghost.corp.example", 3, 0);
}

static void
test_existence(void **state)
{
	static const struct {
		const char *more;
		const char *tag; /* NULL: nobody knows */
	} table[] = {
	    {"", "np"},
	    {"x.ghost.corp.example A 192.0.2.1\n", "sp"}, /* RFC 8020 */
	    {"ghost.corp.example TXT \"any\"\n", "sp"},
	    {"ghost.corp.example AAAA 2001:db8::1\n", "sp"},
	    {"ghost.corp.example EMPTY\n", "sp"},
	    {"ghost.corp.example !servfail A\n", NULL},
	    {"ghost.corp.example !refused A\n", NULL},
	    {"ghost.corp.example !referral A\n", NULL},
	    {"ghost.corp.example !silent A\n", NULL},
	    /* RFC 6604: the owner of a CNAME exists */
	    {"ghost.corp.example CNAME nowhere.example\n", "sp"},
	    {"ghost.corp.example CNAME lame.example\nlame.example !servfail\n",
	     NULL},
	    /* below a name that does not exist either */
	    {"other.corp.example A 192.0.2.1\n", "np"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		char zone[300] = "_dmarc.corp.example TXT \"v=DMARC1; p=none; "
				 "sp=quarantine; np=reject\"\n";
		strcat(zone, table[i].more);
		struct dmarc_case dmarc = {.zone = zone,
					   .author = "ghost.corp.example"};
		struct dmarc_run run;
		dmarc_run_start(&run, &dmarc);
		bool known = table[i].tag != NULL;
		assert_int_equal(run.outcome->has_record, known);
		assert_int_equal(run.outcome->policy_unknown, !known);
		assert_int_equal(run.outcome->result,
				 known ? DMARC_FAIL : DMARC_TEMPERROR);
		assert_str(run.outcome->troubled, "");
		if (known)
			assert_string_equal(run.outcome->policy_tag,
					    table[i].tag);
		dmarc_run_end(&run);
	}
}

static void
test_public_suffix(void **state)
{
	static const struct {
		const char *zone, *from;
		bool flagged;
	} table[] = {
	    {"_dmarc.co.uk TXT \"v=DMARC1; p=none\"\n", "corp.co.uk", true},
	    {"_dmarc.co.uk TXT \"v=DMARC1; p=none; psd=y\"\n", "corp.co.uk",
	     false},
	    {"_dmarc.corp.co.uk TXT \"v=DMARC1; p=none\"\n", "corp.co.uk",
	     false},
	    {"corp.example A 192.0.2.1\n", "co.uk", false},
	    {"_dmarc.co.uk TXT \"v=DMARC1; p=none; psd=y\"\n", "co.uk", false},
	    {"_dmarc.co.uk TXT \"v=DMARC1; p=none; psd=n\"\n", "co.uk", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct dmarc_case dmarc = {.zone = table[i].zone,
					   .author = table[i].from};
		struct dmarc_run run;
		dmarc_run_start(&run, &dmarc);
		assert_int_equal(run.outcome->org_domain_is_public_suffix,
				 table[i].flagged);
		dmarc_run_end(&run);
		dmarc.no_suffixes = true;
		dmarc_run_start(&run, &dmarc);
		assert_false(run.outcome->org_domain_is_public_suffix);
		dmarc_run_end(&run);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_worked_walks),
	    cmocka_unit_test(test_targets),
	    cmocka_unit_test(test_long_name),
	    cmocka_unit_test(test_prefetch),
	    cmocka_unit_test(test_existence),
	    cmocka_unit_test(test_public_suffix),
	};
	return cmocka_run_group_tests_name("dmarc_walk", tests, NULL, NULL);
}
