#include "tests/support/test.h"

#include <stdio.h>

#include "authres/authres.h"
#include "base/buf.h"
#include "base/clock.h"

#define ID "mx.receiver.example"

static int
setup(void **state)
{
	*state = arena_new(NULL);
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static const struct str ids[] = {STR("mx.receiver.example"),
				 STR("B\xc3\xbc"
				     "cher.example."),
				 STR("job.example/7"), STR("odd:id")};

static const struct {
	const char *value;
	bool ours;
} claims[] = {
    {" mx.receiver.example; spf=pass", true},
    {"mx.receiver.example;none", true},
    {" mx.receiver.example", true},
    {" MX.Receiver.EXAMPLE; none", true},
    {" mx.receiver.example.; none", true},
    {" \"mx.receiver.example\"; none", true},
    {" \"mx.receiver\\.example\"; none", true},
    {" mx.receiver.example 1; none", true},
    {" mx.receiver.example 9; none", true},
    {" mx.receiver.example/job1; none", true},
    {" \"mx.receiver.example/job1\"; none", true},
    {" (c) mx.receiver.example (c); none", true},
    {" (c(d)\\)) mx.receiver.example(c)1(c); none", true},
    {"\r\n\tmx.receiver.example\r\n ; none", true},
    {" mx(c).receiver.example; none", true},
    {" mx.rec(c)\"eiver.example\"; none", true},
    {" \"mx.rec eiver.example\"; none", true},
    {" mx.receiver(c).(d)example; none", true},
    {" xn--bcher-kva.example; none", true},
    {" b\xc3\xbc"
     "cher.example; none",
     true},
    {" B\xc3\x9c"
     "CHER.example.; none",
     true},
    {" job.example; none", true},
    {" \"job.example/8\"; none", true},
    {" odd:id; none", true},
    {" \"ODD:id\"; none", true},
    /* garbage that a lenient reader may take for ours */
    {" mx.receiver.example:25; none", true},
    {" mx.receiver.example,x; none", true},
    {" b\xc3\xbc"
     "cher.example:25; none",
     true},
    {" mx.receiver.example=x; none", true},
    {" mx.receiver.example\rx; none", true},
    {" mx.rec\x01"
     "eiver.example; none",
     true},
    {" mx.receiver\\.example; none", true},
    {" mx.receiver.example\xff; none", true},
    {" mx.receiver.example (unterminated", true},
    {" mx.receiver.example spf=pass", true},
    /* no identifier can be read */
    {"", true},
    {" ", true},
    {" ; none", true},
    {" (unterminated", true},
    {" \"mx.other.example; none", true},
    {" <mx.other.example>; none", true},
    {" @; none", true},
    /* a version that we do not know, section 5 */
    /* encoded words, which some readers decode wherever they stand */
    {" m=?utf-8?q?x.receiver.example=3B_dmarc=3Dpass?=", true},
    {" m=?utf-7?q?x.receiver+AC4-example?=; none", true},
    {" \"m=?utf-8?b?eC5yZWNlaXZlci5leGFtcGxl?=\"; none", true},
    {" (=?utf-8?q?)_mx.receiver.example=3B?=) mx.other.example; none", true},
    {" m(c)=(c)?utf-8?q?x.receiver.example?=; none", true},
    {" mx.other.example 2; none", true},
    {" mx.other.example(c)0 ; none", true},
    {" mx.other.example\r2; none", true},
    {" mx.other.example\n2; none", true},
    {" mx.other.example 99999999999999999999; none", true},
    /* foreign */
    {" mx.other.example; spf=pass", false},
    {" mx.other.example 1; spf=pass", false},
    {" mx.other.example 01; spf=pass", false},
    {" mx.other.example 2x; spf=pass", false},
    {" receiver.example; none", false},
    {" a.mx.receiver.example; none", false},
    {" mx.receiver.example.org; none", false},
    {" mx.receiver.examples; none", false},
    {" xmx.receiver.example; none", false},
    {" bucher.example; none", false},
    {" \"mx.other.example\"; none", false},
    {" mx.other.example; x=\"mx.receiver.example\"", false},
    {" mx.other.example (mx.receiver.example); none", false},
    {" (mx.receiver.example) mx.other.example; none", false},
    {" (a\rb) mx.other.example; none", false},
    {" (a\nb) mx.other.example; none", false},
    /* parsing fails behind a complete foreign identifier */
    {" mx.other.example; (unterminated", false},
    {" mx.other.example (unterminated", false},
    {" mx.other.example; x=\"unterminated", false},
    {" mx.other.example =;=;\"", false},
    {" mx.other.example; spf=pass (=?utf-8?q?mx.receiver.example?=)", false},
    /* without identifier: the token "spf" by the grammar, not ours */
    {" spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.example;"
     " dkim=none (message not signed) header.d=none",
     false},
};

/* RFC 8601 section 5; identifiers by section 2.2 */
static void
test_claims(void **state)
{
	for (size_t i = 0; i < sizeof claims / sizeof *claims; i++) {
		bool got = authres_claims(*state, exact(claims[i].value), ids,
					  sizeof ids / sizeof *ids);
		if (got != claims[i].ours)
			fprintf(stderr, "case %zu: %s\n", i, claims[i].value);
		assert_int_equal(got, claims[i].ours);
	}
}

static void
test_claims_linear_time(void **state)
{
	static const char *pieces[] = {"(",  "\\(", "\"",  "\\\"",
				       "()", "a(",  "(\\", "\"\" ",
				       "a",  ";",   "(a)b"};
	static const struct str id = STR(ID);
	int64_t begun = clock_thread_cpu_us();

	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct buf buf;
		buf_init(&buf, *state);
		buf_adds(&buf, "x ");
		while (buf.n < 200000)
			buf_adds(&buf, pieces[i]);
		authres_claims(*state, buf_str(&buf), &id, 1);
	}
	assert_true(clock_thread_cpu_us() - begun < 2000000);
}

/* "NAME:N " for each field to delete, in order. */
static struct str
deletions(struct arena *arena, const struct header *header, bool keep_own,
	  const char *tag)
{
	static const struct str id = STR(ID);
	struct authres_deletion *found;
	struct buf buf;
	size_t count;

	buf_init(&buf, arena);
	found = authres_forged(arena, header, &id, 1, keep_own, str_of(tag),
			       &count);
	for (size_t i = 0; i < count; i++)
		buf_printf(&buf, "%.*s:%zu ", STR_ARG(found[i].name),
			   found[i].occurrence);
	return buf_str(&buf);
}

static void
test_forged(void **state)
{
	static const struct {
		const char *name, *value;
	} fields[] = {
	    {"Authentication-Results", " " ID "; spf=pass"},
	    {"From", " a@b.example"},
	    {"X-Verdict-Action", " accept"},
	    {"authentication-results", " mx.other.example; spf=pass"},
	    {"AUTHENTICATION-RESULTS \t", " " ID "; dkim=pass"},
	    {"ARC-Authentication-Results", " i=1; " ID "; dkim=pass"},
	    {"x-verdict-action ", " accept"},
	    {"Authentication-Results", " mx.other.example; spf=pass"},
	    {"Authentication-Results", ""},
	};
	struct header header;

	header_init(&header, *state, NULL);
	assert_str(deletions(*state, &header, false, "X-Verdict-Action"), "");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		assert_true(header_add(&header, exact(fields[i].name),
				       exact(fields[i].value)));
	assert_str(deletions(*state, &header, false, "X-Verdict-Action"),
		   "Authentication-Results:5 X-Verdict-Action:2 "
		   "Authentication-Results:3 X-Verdict-Action:1 "
		   "Authentication-Results:1 ");
	assert_str(deletions(*state, &header, true, "X-Verdict-Action"),
		   "X-Verdict-Action:2 X-Verdict-Action:1 ");
	assert_str(deletions(*state, &header, false, ""),
		   "Authentication-Results:5 Authentication-Results:3 "
		   "Authentication-Results:1 ");
	assert_str(deletions(*state, &header, true, ""), "");
}

/*
 * U-labels of a foreign name, each mapped in several readings, took a second
 * for a header of 1 MiB, and 10 MB of the message's memory.  From some number
 * on such a field counts as ours.
 */
static void
test_forged_cost(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct header header;
	struct buf value;

	(void)state;
	buf_init(&value, arena);
	buf_adds(&value, " (c) \"");
	for (int i = 0; i < 225; i++)
		buf_adds(&value, i % 25 == 24 ? ".\\ " : "\xc3\xbc");
	buf_adds(&value, "\"; spf=pass (");
	header_init(&header, arena, NULL);
	header_add(&header, str_lit("Authentication-Results"),
		   str_lit(" b\xc3\xbc"
			   "cher.example; spf=pass"));
	while (header_add(&header, str_lit("Authentication-Results"),
			  buf_str(&value)))
		;
	size_t before = arena_size(arena);
	int64_t begun = clock_thread_cpu_us();
	struct str text = deletions(arena, &header, false, "");
	assert_true(clock_thread_cpu_us() - begun < 300000);
	assert_true(arena_size(arena) - before < 1024 * 1024);
	/* the last ones, not the first */
	assert_true(
	    str_starts(text, arena_printf(arena, "Authentication-Results:%zu ",
					  header.count)));
	assert_false(
	    str_ends_nocase(text, str_lit("Authentication-Results:1 ")));
	arena_free(arena);
}

/* The same limit to the octet: 40 readings with 8-bit octets, not 41. */
static void
test_forged_mapped_readings(void **state)
{
	static const struct str three = STR(" \xc3\xbc.other.example; none");
	static const struct str two = STR(" a=\xc3\xbc.other.example; none");

	for (int threes = 12; threes <= 13; threes++) {
		struct header header;
		header_init(&header, *state, NULL);
		for (int i = 0; i < 14; i++)
			header_add(&header, str_lit("Authentication-Results"),
				   i < threes ? three : two);
		assert_str(deletions(*state, &header, false, ""),
			   threes == 12 ? "" : "Authentication-Results:14 ");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_claims),
	    cmocka_unit_test(test_claims_linear_time),
	    cmocka_unit_test(test_forged),
	    cmocka_unit_test(test_forged_cost),
	    cmocka_unit_test(test_forged_mapped_readings),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
