/* The engine: what reaches libspf2, and what it decides. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "dns/answer.h"
#include "spf/libspf2.h"

/* Answers kept until the end of a test, and the last question. */
struct asker {
	struct dns_answer *answer[16];
	size_t n;
	char question[LIMIT_DOMAIN + 1];
	enum dns_type type;
	size_t asked;
};

/* Any A or AAAA lookup gives the address; MX and PTR give names. */
static const struct dns_answer *
lookup(void *ctx, struct str name, enum dns_type type)
{
	struct asker *asker = ctx;
	struct ip ip;

	snprintf(asker->question, sizeof asker->question, "%.*s",
		 STR_ARG(name));
	asker->type = type;
	asker->asked++;
	if (str_is(name, "over.example"))
		return NULL;
	struct dns_answer *answer = dns_answer_new(
	    name, type,
	    str_is(name, "trouble.example") ? DNS_FAILED : DNS_NODATA, "");
	if (type == DNS_A && ip_parse(str_lit("192.0.2.1"), &ip) &&
	    answer->status == DNS_NODATA)
		dns_answer_add_ip(answer, ip);
	if (type == DNS_AAAA && ip_parse(str_lit("2001:db8::1"), &ip))
		dns_answer_add_ip(answer, ip);
	if (type == DNS_MX)
		dns_answer_add_mx(answer, 1, str_lit("odd %{d}\xff.example"));
	if (type == DNS_PTR)
		dns_answer_add_text(answer, str_lit("a.b%c.example"));
	assert_true(asker->n < 16);
	return asker->answer[asker->n++] = answer;
}

static enum spf_match
evaluate(struct asker *asker, const char *ip,
	 const struct spf_directive *directive, enum spf_result *result_out)
{
	struct ip client;
	size_t index = 99;

	assert_true(ip_parse(str_of(ip), &client));
	struct spf_engine *engine = spf_engine_new(client, lookup, asker);
	enum spf_match match =
	    spf_engine_evaluate(engine, directive, 1, &index, result_out);
	assert_int_equal(index, match == SPF_MATCH ? 0 : 99);
	spf_engine_free(engine);
	return match;
}

static void
end(struct asker *asker)
{
	for (size_t i = 0; i < asker->n; i++)
		dns_answer_unref(asker->answer[i]);
	memset(asker, 0, sizeof *asker);
}

static void
test_qualifiers(void **state)
{
	static const enum spf_result results[] = {SPF_PASS, SPF_FAIL,
						  SPF_SOFTFAIL, SPF_NEUTRAL};
	struct asker asker = {.n = 0};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct spf_directive directive = {.kind = SPF_A,
						  .qualifier = results[i],
						  .prefix = 32,
						  .target = exact("a.example")};
		enum spf_result result = SPF_NONE;
		assert_int_equal(
		    evaluate(&asker, "192.0.2.1", &directive, &result),
		    SPF_MATCH);
		assert_int_equal(result, results[i]);
		result = SPF_NONE;
		assert_int_equal(
		    evaluate(&asker, "192.0.2.2", &directive, &result),
		    SPF_NO_MATCH);
		assert_int_equal(result, SPF_NONE);
		directive.kind = SPF_ALL;
		assert_int_equal(
		    evaluate(&asker, "192.0.2.2", &directive, &result),
		    SPF_MATCH);
		assert_int_equal(result, results[i]);
		end(&asker);
	}
}

/* Every prefix length, at the last address inside and the first outside. */
static void
test_prefixes(void **state)
{
	struct asker asker = {.n = 0};
	enum spf_result result;

	(void)state;
	for (unsigned bits = 1; bits <= 128; bits++) {
		struct spf_directive directive = {.kind = bits <= 32 ? SPF_IP4
								     : SPF_IP6,
						  .qualifier = SPF_PASS,
						  .prefix = bits,
						  .target = str_empty()};
		char text[IP_TEXT_MAX];
		struct ip ip;
		for (int v6 = bits > 32; v6 < 2; v6++) {
			directive.kind = v6 ? SPF_IP6 : SPF_IP4;
			assert_true(ip_parse(v6 ? str_lit("2001:db8:a5:5a::99")
						: str_lit("192.0.2.165"),
					     &ip));
			directive.network = ip;
			/* All bits behind the prefix turned. */
			for (unsigned b = bits; b < (v6 ? 128u : 32u); b++)
				ip.octet[b / 8] ^= (uint8_t)(0x80 >> b % 8);
			assert_int_equal(evaluate(&asker, ip_format(ip, text),
						  &directive, &result),
					 SPF_MATCH);
			/* And the last bit of the prefix. */
			ip.octet[(bits - 1) / 8] ^=
			    (uint8_t)(0x80 >> (bits - 1) % 8);
			assert_int_equal(evaluate(&asker, ip_format(ip, text),
						  &directive, &result),
					 SPF_NO_MATCH);
		}
	}
	assert_int_equal(asker.asked, 0);
}

static void
test_other_family(void **state)
{
	struct spf_directive directive = {.kind = SPF_IP6,
					  .qualifier = SPF_PASS,
					  .network = {.family = IP_V6},
					  .prefix = 1};
	struct asker asker = {.n = 0};
	enum spf_result result;

	(void)state;
	assert_int_equal(evaluate(&asker, "192.0.2.1", &directive, &result),
			 SPF_NO_MATCH);
	directive.kind = SPF_IP4;
	directive.network.family = IP_V4;
	assert_int_equal(evaluate(&asker, "2001:db8::1", &directive, &result),
			 SPF_NO_MATCH);
}

/* In a run of networks the first that matches is found. */
static void
test_runs(void **state)
{
	struct asker asker = {.n = 0};
	struct spf_directive directive[SPF_ENGINE_RUN];
	struct spf_engine *engine;
	struct ip client;

	(void)state;
	assert_true(ip_parse(str_lit("2001:db8::1"), &client));
	engine = spf_engine_new(client, lookup, &asker);
	for (size_t n = 1; n <= SPF_ENGINE_RUN; n++) {
		for (size_t hit = 0; hit <= n; hit++) {
			enum spf_result result = SPF_NONE;
			size_t index = 99;
			for (size_t i = 0; i < n; i++) {
				directive[i] = (struct spf_directive){
				    .kind = SPF_IP6,
				    .qualifier =
					i % 2 ? SPF_FAIL : SPF_SOFTFAIL,
				    .network = client,
				    .prefix = 128,
				    .target = str_empty()};
				/* The longest text there is. */
				memset(directive[i].network.octet, 0xfe, 16);
				if (i == hit || (i > hit && i % 3 == 0))
					directive[i].network = client;
			}
			enum spf_match match = spf_engine_evaluate(
			    engine, directive, n, &index, &result);
			assert_int_equal(match,
					 hit < n ? SPF_MATCH : SPF_NO_MATCH);
			assert_int_equal(index, hit < n ? hit : 99);
			assert_int_equal(result, hit == n  ? SPF_NONE
						 : hit % 2 ? SPF_FAIL
							   : SPF_SOFTFAIL);
		}
	}
	enum spf_result result;
	size_t index;
	assert_int_equal(spf_engine_evaluate(engine, directive,
					     SPF_ENGINE_RUN + 1, &index,
					     &result),
			 SPF_MATCH_PERMERROR);
	spf_engine_free(engine);
}

/* Names of any octets come back from the library as they were. */
static void
test_names(void **state)
{
	static const enum spf_kind kinds[] = {SPF_A, SPF_EXISTS};
	struct asker asker = {.n = 0};
	enum spf_result result;
	char name[LIMIT_DOMAIN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof name - 1; i++)
		name[i] = (char)(i % 5 == 4 ? '.' : "%+ \x80\"~{}/:="[i % 11]);
	name[LIMIT_DOMAIN] = '\0';
	for (size_t i = 0; i < 2; i++) {
		struct spf_directive directive = {.kind = kinds[i],
						  .qualifier = SPF_PASS,
						  .prefix = 32,
						  .target = str_of(name)};
		assert_int_equal(
		    evaluate(&asker, "192.0.2.1", &directive, &result),
		    SPF_MATCH);
		assert_string_equal(asker.question, name);
		assert_int_equal(asker.type, DNS_A);
	}
	struct spf_directive mx = {.kind = SPF_MX,
				   .qualifier = SPF_PASS,
				   .prefix = 128,
				   .target = exact("+41.Example")};
	assert_int_equal(evaluate(&asker, "2001:db8::1", &mx, &result),
			 SPF_MATCH);
	assert_string_equal(asker.question, "odd %{d}\xff.example");
	assert_int_equal(asker.type, DNS_AAAA);
	end(&asker);
}

static void
test_ptr_names(void **state)
{
	static const struct {
		const char *target;
		enum spf_match match;
	} cases[] = {
	    {"a.b%c.example", SPF_MATCH},     {"B%C.Example", SPF_MATCH},
	    {"example", SPF_MATCH},           {"%c.example", SPF_NO_MATCH},
	    {"c.example", SPF_NO_MATCH},      {"b+25c.example", SPF_NO_MATCH},
	    {"x.a.b%c.example", SPF_NO_MATCH}};
	struct asker asker = {.n = 0};
	enum spf_result result;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct spf_directive directive = {.kind = SPF_PTR,
						  .qualifier = SPF_PASS,
						  .target =
						      exact(cases[i].target)};
		assert_int_equal(
		    evaluate(&asker, "192.0.2.1", &directive, &result),
		    cases[i].match);
		end(&asker);
	}
}

static void
test_trouble(void **state)
{
	struct spf_directive directive = {.kind = SPF_A,
					  .qualifier = SPF_PASS,
					  .prefix = 32,
					  .target = exact("trouble.example")};
	struct asker asker = {.n = 0};
	enum spf_result result;

	(void)state;
	assert_int_equal(evaluate(&asker, "192.0.2.1", &directive, &result),
			 SPF_MATCH_TEMPERROR);
	/* The evaluation is over: the library stops, too. */
	directive.target = exact("over.example");
	assert_int_equal(evaluate(&asker, "192.0.2.1", &directive, &result),
			 SPF_MATCH_TEMPERROR);
	directive.kind = SPF_MX;
	assert_int_equal(evaluate(&asker, "192.0.2.1", &directive, &result),
			 SPF_MATCH_TEMPERROR);
	assert_int_equal(asker.asked, 3);
	end(&asker);
}

static void
test_alphabet(void **state)
{
	char text[2000];

	(void)state;
	for (int c = 0; c < 256; c++) {
		char one = (char)c;
		bool good = c != 0 && strchr("abcdefghijklmnopqrstuvwxyz"
					     "0123456789 =:/._+-~?",
					     c) != NULL;
		assert_int_equal(spf_engine_accepts(exact_n(&one, 1)), good);
	}
	assert_false(spf_engine_accepts(exact("v=spf1 exists:%{d}")));
	memset(text, 'a', sizeof text);
	assert_false(spf_engine_accepts(exact_n(text, sizeof text)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_qualifiers),
	    cmocka_unit_test(test_prefixes),
	    cmocka_unit_test(test_other_family),
	    cmocka_unit_test(test_runs),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_ptr_names),
	    cmocka_unit_test(test_trouble),
	    cmocka_unit_test(test_alphabet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
