#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "authres/authres.h"
#include "base/buf.h"

#define ID "mx.receiver.example"

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
    {" \"m\"x.receiver.example; none", true},
    {" \"\"mx.receiver.example; none", true},
    {" (c)\"mx.\"receiver\".example\"; none", true},
    {" \"mx.receiver.example\"evil; none", true},
    {" \"\" mx.receiver.example; none", true},
    {" \"\"; none", true},
    {" mx.receiver.example..; none", true},
    {" .mx.receiver.example; none", true},
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
    {" \"mx.\"other.example; none", false},
    {" mx.other.example..; none", false},
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

/* What some reader strips as a blank, or does not see. */
static const char *const blanks[] = {
    "\x01",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x1f",
    "\x7f",
    "\x85",
    "\xa0",
    "\xc2\x85",
    "\xc2\xa0",
    "\xc2\xad",
    "\xcd\x8f",
    "\xd8\x9c",
    "\xe1\x85\x9f",
    "\xe1\x9a\x80",
    "\xe1\xa0\x8e",
    "\xe2\x80\x80",
    "\xe2\x80\x8a",
    "\xe2\x80\x8b",
    "\xe2\x80\x8f",
    "\xe2\x80\xa8",
    "\xe2\x80\xa9",
    "\xe2\x80\xae",
    "\xe2\x80\xaf",
    "\xe2\x81\x9f",
    "\xe2\x81\xa0",
    "\xe2\x81\xa9",
    "\xe2\xa0\x80",
    "\xe3\x80\x80",
    "\xe3\x85\xa4",
    "\xef\xb8\x8f",
    "\xef\xbb\xbf",
    "\xef\xbe\xa0",
    "\xef\xbf\xbd",
    "\xf3\xa0\x80\xa0",
};

static void
assert_claims(struct arena *arena, const char *format, const char *blank,
	      const char *id, bool ours)
{
	char text[200];
	static const char between[] = "%b";
	struct buf buf;

	buf_init(&buf, arena);
	for (const char *p = format; *p != '\0'; p++) {
		if (strncmp(p, between, 2) == 0 || strncmp(p, "%i", 2) == 0)
			buf_adds(&buf, *++p == 'b' ? blank : id);
		else
			buf_addc(&buf, *p);
	}
	snprintf(text, sizeof text, "%.*s", STR_ARG(buf_str(&buf)));
	if (authres_claims(arena, exact(text), ids, sizeof ids / sizeof *ids) !=
	    ours)
		fail_msg("%d: %s", ours, text);
}

/* In front of the identifier, behind it, within it; around all else. */
static void
test_blanks(void **state)
{
	static const char *const own[] = {
	    "%b%i; none",
	    " %b%i; none",
	    "%b %b%i; none",
	    " %i%b; none",
	    " %i%bx; none",
	    " %i%b1; none",
	    "%b(c)%b%i; none",
	    " (c)%b(d)%i; none",
	    "%b\"%i\"; none",
	    " \"%b%i%b\"; none",
	    "%b%i",
	    " %b\r\n %i; none",
	    " mx.rec%b"
	    "eiver.example; none",
	    " mx%b.receiver.example; none",
	    "%bx%bn--bcher-kva.example; none",
	};
	static const char *const foreign[] = {
	    "%bmx.other.example; none",       " mx.other.example%b; none",
	    " mx.other%b.example; none",      " a%b.%i; none",
	    " mx.other.example;%b%i; none",   " mx.other.example %b%i; none",
	    " mx.other.example (%b%i); none",
	};

	for (size_t b = 0; b < sizeof blanks / sizeof *blanks; b++) {
		for (size_t i = 0; i < sizeof own / sizeof *own; i++)
			assert_claims(*state, own[i], blanks[b], ID, true);
		for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
			assert_claims(*state, foreign[i], blanks[b], ID, false);
		/* where our name has such octets of its own */
		assert_claims(*state, "%b%i; none", blanks[b],
			      "b\xc3\xbc"
			      "cher.example",
			      true);
		assert_claims(*state, " %i%b; none", blanks[b],
			      "b\xc3\xbc"
			      "cher.example",
			      true);
	}
	/* for readers that see none but ASCII */
	assert_claims(*state, " %b%i; none", "\xc3\xa9", ID, true);
	assert_claims(*state, " mx.re%bceiver.example; none", "\xff", ID, true);
	/* names that hold nothing else are names */
	assert_claims(*state, " %b%b; none", "\xe6\xb8\xac", ID, false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_claims),
	    cmocka_unit_test(test_blanks),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
