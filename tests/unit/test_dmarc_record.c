#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "dmarc/record.h"
#include "dns/answer.h"

/* An answer with up to three TXT records. */
static struct dns_answer *
answer_of(const char *a, const char *b, const char *c)
{
	const char *text[] = {a, b, c};
	struct dns_answer *answer = dns_answer_new(
	    str_lit("_dmarc.corp.example"), DNS_TXT, DNS_NODATA, "");

	for (size_t i = 0; i < 3; i++) {
		if (text[i] != NULL)
			dns_answer_add_text(answer, exact(text[i]));
	}
	return answer;
}

/* A copy of the record, so that the answer can go. */
static bool
parsed(struct arena *arena, const char *text, struct dmarc_record *out)
{
	struct dns_answer *answer = answer_of(text, NULL, NULL);
	const struct dmarc_record *record = dmarc_record_of(arena, answer);
	bool found = record != NULL;

	if (found)
		memcpy(out, record, sizeof *out);
	dns_answer_unref(answer);
	return found;
}

static void
test_version(void **state)
{
	static const char *const good[] = {
	    "v=DMARC1",
	    "v=DMARC1;",
	    "v=DMARC1 ; p=none",
	    "v \t= \tDMARC1;p=none",
	    "v=DMARC1;; ; p=reject;;",
	    /* "v" is a literal of ABNF, DMARC1 alone is %s (RFC 7405) */
	    "V=DMARC1; p=none",
	    "V =\tDMARC1",
	};
	static const char *const bad[] = {
	    "",
	    "v",
	    "v=",
	    "v=dmarc1; p=none",
	    "v=DMARC1x; p=none",
	    "v=DMARC2; p=none",
	    "v=DMARC1 p=none",
	    "v=DMARC1,p=none",
	    " v=DMARC1; p=none",
	    "\tV=DMARC1; p=none",
	    "V=dmarc1; p=none",
	    "V=Dmarc1; p=none",
	    "p=none; v=DMARC1",
	    ";v=DMARC1",
	    "vv=DMARC1",
	    "v=\"DMARC1\"; p=none",
	    "v=spf1 -all",
	};
	struct dmarc_record record;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(parsed(*state, good[i], &record));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(parsed(*state, bad[i], &record));
}

static void
test_selection(void **state)
{
	struct dns_answer *answer =
	    answer_of("v=spf1 -all", "v=DMARC1; p=reject", "other");
	const struct dmarc_record *record = dmarc_record_of(*state, answer);

	assert_non_null(record);
	assert_int_equal(record->p.policy, DMARC_P_REJECT);
	assert_ptr_equal(dmarc_record_of(*state, answer), record);
	dns_answer_unref(answer);

	answer = answer_of("v=DMARC1; p=none", "v=DMARC1; p=none", NULL);
	assert_null(dmarc_record_of(*state, answer));
	assert_null(dmarc_record_of(*state, answer));
	dns_answer_unref(answer);

	answer = answer_of(NULL, NULL, NULL);
	assert_null(dmarc_record_of(*state, answer));
	dns_answer_unref(answer);
}

/* An SPF check of <x@_dmarc.corp.example> leaves its own form there. */
static void
test_other_form(void **state)
{
	static const char kind;
	struct dns_answer *answer = answer_of(
	    "v=DMARC1; p=reject; rua=mailto:d@corp.example", NULL, NULL);
	void *form = malloc(1);

	assert_ptr_equal(dns_answer_set_form(answer, &kind, form, free), form);
	const struct dmarc_record *record = dmarc_record_of(*state, answer);
	assert_non_null(record);
	dns_answer_unref(answer);
	assert_str(record->rua[0], "mailto:d@corp.example");
}

static void
test_tags(void **state)
{
	static const struct {
		const char *text;
		enum dmarc_psd psd;
		bool testing, dkim_strict, spf_strict;
	} rows[] = {
	    {"v=DMARC1; p=none", DMARC_PSD_U, false, false, false},
	    {"v=DMARC1; p=none; psd=y; t=y; adkim=s; aspf=s", DMARC_PSD_Y, true,
	     true, true},
	    {"v=DMARC1;p=none;psd = N;t=Y;adkim=S;aspf= r ", DMARC_PSD_N, true,
	     true, false},
	    {"v=DMARC1; p=none; psd=u; t=n; adkim=r; aspf=S", DMARC_PSD_U,
	     false, false, true},
	    /* a syntax error in a tag: its default */
	    {"v=DMARC1; p=none; psd=maybe; t=1; adkim=x; aspf=", DMARC_PSD_U,
	     false, false, false},
	    {"v=DMARC1; p=none; psd=yy; t=\xc3\xbf; adkim=s s; aspf",
	     DMARC_PSD_U, false, false, false},
	    /* a repeated tag: the same */
	    {"v=DMARC1; p=none; psd=y; psd=y; t=y; t=n; adkim=s; adkim=s",
	     DMARC_PSD_U, false, false, false},
	    /* names have no case either, a repeated one is so in any case */
	    {"V=DMARC1; P=None; PSD=y; T=y; AdKim=s; ASPF=s", DMARC_PSD_Y, true,
	     true, true},
	    {"v=DMARC1; p=none; psd=y; PSD=y; t=y; T=y; adkim=s; aDKIM=s",
	     DMARC_PSD_U, false, false, false},
	    /* unknown tags are nothing */
	    {"v=DMARC1; p=none; pct=0; ri=1; rf=afrf; x\xff=y; tt=y",
	     DMARC_PSD_U, false, false, false},
	};
	struct dmarc_record record;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_true(parsed(*state, rows[i].text, &record));
		assert_int_equal(record.psd, rows[i].psd);
		assert_int_equal(record.testing, rows[i].testing);
		assert_int_equal(record.dkim_strict, rows[i].dkim_strict);
		assert_int_equal(record.spf_strict, rows[i].spf_strict);
		assert_int_equal(record.p.policy, DMARC_P_NONE);
		assert_true(record.usable);
	}
}

#define N DMARC_P_NONE
#define Q DMARC_P_QUARANTINE
#define R DMARC_P_REJECT

static void
test_requests(void **state)
{
	static const struct {
		const char *tags;
		bool usable;
		enum dmarc_policy p, sp, np;
		const char *sp_tag, *np_tag, *defect;
	} rows[] = {
	    {"p=reject", true, R, R, R, "p", "p", ""},
	    {"p=Reject; sp=NONE", true, R, N, N, "sp", "sp", ""},
	    {"p=none; np=reject", true, N, N, R, "p", "np", ""},
	    {"p=none; sp=quarantine; np=reject", true, N, Q, R, "sp", "np", ""},
	    /* section 4.10.1, without rua: no processing */
	    {"", false, N, N, N, "p", "p", "p is missing"},
	    {"sp=reject", false, N, N, N, "p", "p", "p is missing"},
	    {"p", false, N, N, N, "p", "p", "p is missing"},
	    {"p=reject; sp", true, R, R, R, "p", "p", ""},
	    {"p=", false, N, N, N, "p", "p", "p is invalid"},
	    {"p=bogus", false, N, N, N, "p", "p", "p is invalid"},
	    {"p=none,", false, N, N, N, "p", "p", "p is invalid"},
	    {"p=reject; p=reject", false, N, N, N, "p", "p", "p is invalid"},
	    {"p=none; P=reject", false, N, N, N, "p", "p", "p is invalid"},
	    {"P=reject; SP=None; nP=QUARANTINE", true, R, N, Q, "sp", "np", ""},
	    {"p=reject; sp=bogus", false, N, N, N, "p", "p", "sp is invalid"},
	    {"p=reject; sp=", false, N, N, N, "p", "p", "sp is invalid"},
	    {"p=reject; np=no", false, N, N, N, "p", "p", "np is invalid"},
	    {"p=reject; np=none; np=none", false, N, N, N, "p", "p",
	     "np is invalid"},
	    {"rua=bogus", false, N, N, N, "p", "p", "p is missing"},
	    {"rua=mailto:a@b.example; rua=mailto:a@b.example", false, N, N, N,
	     "p", "p", "p is missing"},
	    /* with one valid URI: as p=none */
	    {"rua=mailto:d@corp.example", true, N, N, N, "p", "p",
	     "p is missing"},
	    {"p=reject; sp=bogus; rua=mailto:d@corp.example", true, N, N, N,
	     "p", "p", "sp is invalid"},
	    {"p=bogus; np=reject; rua=bogus,mailto:d@corp.example", true, N, N,
	     N, "p", "p", "p is invalid"},
	};
	struct dmarc_record record;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[200] = "v=DMARC1; ";
		strcat(text, rows[i].tags);
		assert_true(parsed(*state, text, &record));
		assert_int_equal(record.usable, rows[i].usable);
		assert_int_equal(record.p.policy, rows[i].p);
		assert_int_equal(record.sp.policy, rows[i].sp);
		assert_int_equal(record.np.policy, rows[i].np);
		assert_string_equal(record.sp.tag, rows[i].sp_tag);
		assert_string_equal(record.np.tag, rows[i].np_tag);
		assert_string_equal(record.defect, rows[i].defect);
	}
}

static void
test_uris(void **state)
{
	static const struct {
		const char *list;
		size_t count;
		const char *first;
	} rows[] = {
	    {"mailto:d@corp.example", 1, "mailto:d@corp.example"},
	    {"MAILTO:d@corp.example!10m", 1, "MAILTO:d@corp.example"},
	    {"mailto:d@corp.example!10", 1, "mailto:d@corp.example"},
	    {" mailto:a@x.example , mailto:b@x.example ", 2,
	     "mailto:a@x.example"},
	    {"https://r.example/dmarc?x=%20", 1,
	     "https://r.example/dmarc?x=%20"},
	    {"mailto:a%2cb@x.example?subject=x", 1,
	     "mailto:a%2cb@x.example?subject=x"},
	    {"bogus,mailto:ok@x.example", 1, "mailto:ok@x.example"},
	    {"h323:x", 1, "h323:x"},
	    {"coap+tcp://x.example", 1, "coap+tcp://x.example"},
	    {"mailto:a@x.example!1", 1, "mailto:a@x.example"},
	    {"a_b:x", 0, NULL},
	    {"https:", 0, NULL},
	    {"mailto:a@x.example!10x", 0, NULL},
	    {"mailto:", 0, NULL},
	    {"mailto:x", 0, NULL},
	    {"mailto:@x.example", 0, NULL},
	    {"mailto:x@", 0, NULL},
	    {"mailto:?to=a@x.example", 0, NULL},
	    {"mailto:a!b@x.example", 0, NULL},
	    {"mailto:a@x.example!10mm", 0, NULL},
	    {"mailto:a@x.example!", 0, NULL},
	    {"mailto:a b@x.example", 0, NULL},
	    {"mailto:a%2@x.example", 0, NULL},
	    {"mailto:a@x.example%2", 0, NULL},
	    {"mailto:a%zz@x.example", 0, NULL},
	    {":a@x.example", 0, NULL},
	    {"1http://x.example", 0, NULL},
	    {"a@x.example", 0, NULL},
	    {",,", 0, NULL},
	    {"", 0, NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[200] = "v=DMARC1; p=none; ruf=";
		strcat(text, rows[i].list);
		struct dns_answer *answer = answer_of(text, NULL, NULL);
		const struct dmarc_record *record =
		    dmarc_record_of(*state, answer);
		assert_int_equal(record->ruf_count, rows[i].count);
		assert_int_equal(record->rua_count, 0);
		if (rows[i].first != NULL)
			assert_str(record->ruf[0], rows[i].first);
		dns_answer_unref(answer);
	}
}

static void
test_limits(void **state)
{
	struct dmarc_record record;
	char text[LIMIT_DMARC_RECORD + 2] = "v=DMARC1; rua=";

	while (strlen(text) < LIMIT_DMARC_RECORD - 30)
		strcat(text, "mailto:a@b.example,");
	assert_true(parsed(*state, text, &record));
	assert_int_equal(record.rua_count, LIMIT_DMARC_URIS);
	while (strlen(text) < LIMIT_DMARC_RECORD)
		strcat(text, ";");
	assert_true(parsed(*state, text, &record));
	strcat(text, ";");
	assert_false(parsed(*state, text, &record));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_version),    cmocka_unit_test(test_selection),
	    cmocka_unit_test(test_other_form), cmocka_unit_test(test_tags),
	    cmocka_unit_test(test_requests),   cmocka_unit_test(test_uris),
	    cmocka_unit_test(test_limits),
	};
	return cmocka_run_group_tests_name("dmarc_record", tests, arena_setup,
					   arena_teardown);
}
