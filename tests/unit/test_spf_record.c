/* The grammar of SPF records, every production good and bad. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "dns/answer.h"
#include "spf/record.h"
#include "spf/spf.h"

static void
test_version(void **state)
{
	static const char *const good[] = {"v=spf1", "v=spf1 ", "V=SPF1 -all",
					   "v=spf1  a  "};
	static const char *const bad[] = {"",         "v=spf",   "v=spf10",
					  "v=spf1\t", " v=spf1", "v=spf1-all",
					  "v=spf2 a", "spf1"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(spf_record_is_spf(exact(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(spf_record_is_spf(exact(bad[i])));
}

/* NULL, or what the parser complains of. */
static const char *
error_of(const char *terms)
{
	char text[400];
	static char error[100];

	snprintf(text, sizeof text, "v=spf1 %s", terms);
	struct spf_record *record = spf_record_parse(exact(text));
	assert_int_equal(record->selection, SPF_ONE_RECORD);
	snprintf(error, sizeof error, "%s",
		 record->error != NULL ? record->error : "");
	spf_record_free(record);
	return *error ? error : NULL;
}

static void
assert_good(const char *const *terms, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *error = error_of(terms[i]);
		if (error != NULL)
			fail_msg("\"%s\": %s", terms[i], error);
	}
}

static void
assert_bad(const char *const *terms, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (error_of(terms[i]) == NULL)
			fail_msg("\"%s\" was accepted", terms[i]);
	}
}

#define GOOD(...)                                                \
	assert_good((const char *const[]){__VA_ARGS__},          \
		    sizeof((const char *const[]){__VA_ARGS__}) / \
			sizeof(char *))
#define BAD(...)                                                \
	assert_bad((const char *const[]){__VA_ARGS__},          \
		   sizeof((const char *const[]){__VA_ARGS__}) / \
		       sizeof(char *))

static void
test_mechanisms(void **state)
{
	(void)state;
	GOOD("", " ", "all", "+all", "-all", "~all", "?all", "ALL", "-aLl");
	BAD("--all", "!all", "all:", "all/8", "all:a.example", "al", "alle",
	    "all.", "+", "-", "4all", "_all", "=", "all=\t");
	GOOD("include:a.example", "-Include:a.example", "include:%{d}",
	     "include:_spf.%{d2}.example.");
	BAD("include", "include:", "include/24", "include:a.example/24",
	    "include/a.example", "exists/a.example", "include:a",
	    "include a.example");
	GOOD("a", "a:a.example", "A/24", "a//64", "a/24//64", "a:a.example/0",
	     "a:a.example//0", "a:a.example/32//128", "a:%{d}/24",
	     "a:a/b.example", "a:a:b.example", "a:1.a-b");
	BAD("a:", "a/", "a//", "a/33", "a//129", "a/024", "a/00", "a/x",
	    "a/24/64", "a:/24", "a:a.example/", "a:a.example/33",
	    "a:a.example/4294967297", "a:a.example/24//", "a:a.example///64",
	    "a:192.0.2.1", "a.example", "a:a.example/-1", "a24");
	GOOD("mx", "mx:a.example", "mx/24", "mx//64", "-mx:a.example/24//64");
	BAD("mx:", "mx/33", "mx//129", "mx:a", "mxa", "mx:a.example/a");
	GOOD("ptr", "ptr:a.example", "PTR:%{d}");
	BAD("ptr:", "ptr/24", "ptr:a.example/24", "ptr.example");
	GOOD("exists:a.example", "exists:%{i}.a.example", "exists:%{l}.%{d}");
	BAD("exists", "exists:", "exists/8", "exists:a.example/24");
	BAD("unknown", "unknown:a.example", "ip5:192.0.2.1");
}

static void
test_networks(void **state)
{
	(void)state;
	GOOD("ip4:192.0.2.1", "ip4:192.0.2.0/24", "ip4:0.0.0.0/0",
	     "IP4:255.255.255.255/32", "-ip4:192.0.2.77/9");
	BAD("ip4", "ip4:", "ip4/24", "ip4:192.0.2", "ip4:192.0.2.0/",
	    "ip4:192.0.2.0/33", "ip4:192.0.2.0/024", "ip4:192.0.2.0//24",
	    "ip4:192.0.2.1 ip4:192.0.2.2/33", "ip4:192.0.2.256",
	    "ip4:192.0.2.01", "ip4:2001:db8::1", "ip4:192.0.2.0/24/8",
	    "ip4:192.0.2.1.", "ip4:a.example", "ip4:0x7f.0.0.1",
	    "ip4:192.0.2.0/4294967320", "ip4: 192.0.2.1",
	    "ip4:::ffff:192.0.2.1",
	    "ip4:11111111111111111111111111111111111111111111111111111111");
	GOOD("ip6:2001:db8::1", "ip6:2001:db8::/32", "ip6:::/0", "ip6:::1/128",
	     "ip6:::ffff:192.0.2.1/96", "IP6:2001:DB8::A",
	     "ip6:2001:db8:0:0:0:0:192.0.2.1",
	     "ip6:0000:0000:0000:0000:0000:ffff:255.255.255.255");
	BAD("ip6", "ip6:", "ip6/64", "ip6:2001:db8::/129", "ip6:2001:db8::/",
	    "ip6:2001:db8::/064", "ip6:192.0.2.1", "ip6:2001:db8",
	    "ip6:2001:db8:::1", "ip6:[2001:db8::1]", "ip6:2001:db8::1%eth0",
	    "ip6:g::1", "ip6:2001:db8::/12x");
}

static void
test_modifiers(void **state)
{
	(void)state;
	GOOD("redirect=a.example", "REDIRECT=%{d}", "exp=a.example",
	     "exp=a.example redirect=b.example -all", "-all exp=%{d}");
	BAD("redirect=", "redirect", "redirect:a.example", "redirect=a",
	    "-redirect=a.example", "exp=", "exp:a.example", "?exp=a.example",
	    "redirect=a.example redirect=a.example", "exp=%{c}.example",
	    "exp=a.example EXP=b.example", "redirect=a.example/24");
	GOOD("x=", "x=y x=y", "x-1_2.3=%{d}%%%_%-", "include=a.example",
	     "default=unknown", "a=b=c", "x=a/b:c");
	BAD("x=%", "x=%a", "x=%{", "x=%{d", "x=%{x}", "x=%{r}", "x=%(d)",
	    "1x=y", "-x=y", "=y", ".x=y");
}

/* Octets that no term may hold, also inside arguments. */
static void
test_octets(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[] = "v=spf1 x=_ -all";
		text[9] = (char)c;
		struct spf_record *record =
		    spf_record_parse(exact_n(text, sizeof text - 1));
		bool good = c >= 0x20 && c <= 0x7e && c != '%';
		assert_int_equal(record->error == NULL, good);
		spf_record_free(record);
	}
	BAD("a\tmx", "a\r\n", "a\xc3\xa9",
	    "\x80"
	    "all",
	    "a:\x01.example");
}

static void
test_parts(void **state)
{
	struct spf_record *record = spf_record_parse(exact(
	    "v=spf1  ~A:mail.Example/24//64 -ip6:2001:db8::/32 "
	    "?ip4:192.0.2.0/25 redirect=r.example x=y exp=e.example ptr"));
	const struct spf_term *term = record->term;

	(void)state;
	assert_null(record->error);
	assert_int_equal(record->terms, 4);
	assert_int_equal(term[0].kind, SPF_A);
	assert_int_equal(term[0].qualifier, SPF_SOFTFAIL);
	assert_int_equal(term[0].prefix4, 24);
	assert_int_equal(term[0].prefix6, 64);
	assert_str(spf_record_span(record, term[0].text),
		   "~A:mail.Example/24//64");
	assert_str(spf_record_span(record, term[0].spec), "mail.Example");
	assert_int_equal(term[1].qualifier, SPF_FAIL);
	assert_int_equal(term[1].prefix6, 32);
	assert_int_equal(spf_term_network(&term[1]).family, IP_V6);
	assert_int_equal(spf_term_network(&term[1]).octet[1], 1);
	assert_int_equal(term[2].qualifier, SPF_NEUTRAL);
	assert_int_equal(term[2].prefix4, 25);
	assert_int_equal(spf_term_network(&term[2]).family, IP_V4);
	assert_int_equal(term[3].qualifier, SPF_PASS);
	assert_int_equal(term[3].prefix4, 32);
	assert_int_equal(term[3].prefix6, 128);
	assert_int_equal(term[3].spec.n, 0);
	assert_false(spf_term_looks_up(&term[1]));
	assert_true(spf_term_looks_up(&term[3]));
	assert_str(spf_record_span(record, record->redirect), "r.example");
	assert_str(spf_record_span(record, record->explanation), "e.example");
	assert_false(record->has_all);
	spf_record_free(record);
}

/* A mapped network stays IPv6: it lists no IPv4 client. */
static void
test_mapped_network(void **state)
{
	struct spf_record *record =
	    spf_record_parse(exact("v=spf1 ip6:::ffff:192.0.2.1"));

	(void)state;
	assert_int_equal(spf_term_network(record->term).family, IP_V6);
	spf_record_free(record);
}

static void
test_error_names_the_term(void **state)
{
	struct spf_record *record =
	    spf_record_parse(exact("v=spf1 a foo:bar -all"));

	(void)state;
	assert_string_equal(record->error, "unknown mechanism");
	assert_str(spf_record_span(record, record->error_term), "foo:bar");
	spf_record_free(record);
	assert_string_equal(error_of("a:b.example//129"),
			    "invalid CIDR length");
	assert_string_equal(error_of("a:b.example/33"), "invalid CIDR length");
	assert_string_equal(error_of("a/"), "argument is not a domain name");
}

/* What can never be evaluated is checked, but not kept. */
static void
test_kept_terms(void **state)
{
	struct spf_record *record =
	    spf_record_parse(exact("v=spf1 a -all mx ptr redirect=r.example"));

	(void)state;
	assert_int_equal(record->terms, 2);
	assert_true(record->has_all);
	spf_record_free(record);
	record = spf_record_parse(exact("v=spf1 -all mx:"));
	assert_non_null(record->error);
	spf_record_free(record);
	record = spf_record_parse(
	    exact("v=spf1 a a a a a a a a a a a a ip4:192.0.2.1 all"));
	assert_int_equal(record->terms, LIMIT_SPF_TERMS + 1);
	assert_true(record->has_all);
	spf_record_free(record);
}

static struct spf_record *
record_of_size(size_t n)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_adds(&text, "v=spf1");
	while (text.n + 12 <= n)
		buf_adds(&text, " ip4:1.0.2.1");
	while (text.n < n)
		buf_addc(&text, ' ');
	struct spf_record *record = spf_record_parse(exact_n(text.p, text.n));
	buf_clear(&text);
	return record;
}

static void
test_length(void **state)
{
	struct spf_record *record = record_of_size(LIMIT_SPF_RECORD);

	(void)state;
	assert_null(record->error);
	assert_int_equal(record->terms, (LIMIT_SPF_RECORD - 6) / 12);
	spf_record_free(record);
	record = record_of_size(LIMIT_SPF_RECORD + 1);
	assert_string_equal(record->error, "record is too long");
	assert_int_equal(record->terms, 0);
	spf_record_free(record);
}

static struct dns_answer *
answer_of(const char *const *texts, size_t n)
{
	struct dns_answer *answer =
	    dns_answer_new(str_lit("a.example"), DNS_TXT, DNS_OK, "");

	for (size_t i = 0; i < n; i++)
		dns_answer_add_text(answer, exact(texts[i]));
	return answer;
}

static void
test_selection(void **state)
{
	static const char *const texts[] = {"other", "v=spf10 a", "v=spf1 a",
					    "v=spf1 mx"};
	struct spf_record *owned;

	(void)state;
	struct dns_answer *answer = answer_of(texts, 2);
	assert_int_equal(spf_record_of(answer, &owned)->selection,
			 SPF_NO_RECORD);
	dns_answer_unref(answer);
	answer = answer_of(texts, 3);
	const struct spf_record *record = spf_record_of(answer, &owned);
	assert_int_equal(record->selection, SPF_ONE_RECORD);
	assert_int_equal(record->term[0].kind, SPF_A);
	assert_null(owned);
	/* Parsed once. */
	assert_ptr_equal(spf_record_of(answer, &owned), record);
	dns_answer_unref(answer);
	answer = answer_of(texts, 4);
	assert_int_equal(spf_record_of(answer, &owned)->selection,
			 SPF_MANY_RECORDS);
	dns_answer_unref(answer);
}

/* Where another module's form stands beside the answer. */
static void
test_occupied_answer(void **state)
{
	static const char *const texts[] = {"v=spf1 a"};
	static const char kind;
	struct dns_answer *answer = answer_of(texts, 1);
	struct spf_record *owned;

	(void)state;
	assert_non_null(dns_answer_set_form(answer, &kind, malloc(1), free));
	const struct spf_record *record = spf_record_of(answer, &owned);
	assert_ptr_equal(record, owned);
	assert_int_equal(record->terms, 1);
	spf_record_free(owned);
	dns_answer_unref(answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_version),
	    cmocka_unit_test(test_mechanisms),
	    cmocka_unit_test(test_networks),
	    cmocka_unit_test(test_modifiers),
	    cmocka_unit_test(test_octets),
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_mapped_network),
	    cmocka_unit_test(test_error_names_the_term),
	    cmocka_unit_test(test_kept_terms),
	    cmocka_unit_test(test_length),
	    cmocka_unit_test(test_selection),
	    cmocka_unit_test(test_occupied_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
