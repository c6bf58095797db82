#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mail/canon.h"

static void
collect(void *ctx, const char *p, size_t n)
{
	buf_add(ctx, str_n(p, n));
}

/* --- header --- */

static void
assert_field(enum canon canon, const char *name, const char *value,
	     const char *want)
{
	struct buf got;

	buf_init(&got, NULL);
	canon_header(canon, exact(name), exact(value), true, collect, &got);
	assert_str(str_n(got.p, got.n), want);
	buf_clear(&got);
}

static void
test_header_simple(void **state)
{
	(void)state;
	assert_field(CANON_SIMPLE, "A", " X", "A: X\r\n");
	assert_field(CANON_SIMPLE, "B ", " Y\t\r\n\tZ  ",
		     "B : Y\t\r\n\tZ  \r\n");
	assert_field(CANON_SIMPLE, "Empty", "", "Empty:\r\n");
}

static void
test_header_relaxed(void **state)
{
	(void)state;
	assert_field(CANON_RELAXED, "A", " X", "a:X\r\n");
	assert_field(CANON_RELAXED, "B ", " Y\t\r\n\tZ  ", "b:Y Z\r\n");
	assert_field(CANON_RELAXED, "SUBject\t ", "", "subject:\r\n");
	assert_field(CANON_RELAXED, "S", " \t\r\n ", "s:\r\n");
	assert_field(CANON_RELAXED, "S", "\r\n a\r\n \r\n b", "s:a b\r\n");
	assert_field(CANON_RELAXED, "S", "a\tb  c", "s:a b c\r\n");
	/* Bare CR and LF are octets like any other. */
	assert_field(CANON_RELAXED, "S", "a\rb \n c\r", "s:a\rb \n c\r\r\n");
	assert_field(CANON_RELAXED, "S", "\xc3\x89t\xc3\xa9\xa0",
		     "s:\xc3\x89t\xc3\xa9\xa0\r\n");
}

static void
test_header_long(void **state)
{
	char name[301], lower[301];
	struct buf got, value, want;

	(void)state;
	memset(name, 'N', 300);
	memset(lower, 'n', 300);
	name[300] = lower[300] = '\0';
	buf_init(&got, NULL);
	buf_init(&value, NULL);
	buf_init(&want, NULL);
	buf_printf(&want, "%s:", lower);
	for (int i = 0; i < 5000; i++) {
		buf_adds(&value, i % 3 ? " \r\n\tword" : "\t Word");
		buf_adds(&want, i == 0 ? "Word" : i % 3 ? " word" : " Word");
	}
	canon_header(CANON_RELAXED, exact(name), buf_str(&value), false,
		     collect, &got);
	assert_true(str_eq(buf_str(&got), buf_str(&want)));
	buf_clear(&got);
	buf_clear(&value);
	buf_clear(&want);
}

static void
test_header_without_crlf(void **state)
{
	struct buf got;

	(void)state;
	buf_init(&got, NULL);
	canon_header(CANON_RELAXED, exact("B"), exact(" c ; b= "), false,
		     collect, &got);
	assert_str(str_n(got.p, got.n), "b:c ; b=");
	buf_clear(&got);
}

/* --- body --- */

/*
 * The same by the letter of RFC 6376 sections 3.4.3 and 3.4.4, line by line
 * over the whole body: what the stream is measured against.
 */
static void
reference(enum canon canon, struct str body, struct buf *out)
{
	struct str rest = body;
	size_t empty_lines = 0;

	while (rest.n > 0) {
		const char *crlf = memmem(rest.p, rest.n, "\r\n", 2);
		size_t n = crlf ? (size_t)(crlf - rest.p) : rest.n;
		struct str line = str_first(rest, n);
		struct buf kept;
		buf_init(&kept, NULL);
		bool wsp = false;
		for (size_t i = 0; i < line.n; i++) {
			bool blank =
			    canon == CANON_RELAXED && ascii_is_wsp(line.p[i]);
			if (wsp && !blank)
				buf_addc(&kept, ' ');
			if (!blank)
				buf_addc(&kept, line.p[i]);
			wsp = blank;
		}
		if (kept.n == 0)
			empty_lines++;
		for (; kept.n > 0 && empty_lines > 0; empty_lines--)
			buf_adds(out, "\r\n");
		if (kept.n > 0) {
			buf_add(out, buf_str(&kept));
			buf_adds(out, "\r\n");
		}
		buf_clear(&kept);
		rest = str_from(rest, crlf ? n + 2 : n);
	}
	if (canon == CANON_SIMPLE && out->n == 0)
		buf_adds(out, "\r\n");
}

static void
stream(enum canon canon, struct str body, size_t piece, size_t first,
       struct buf *out)
{
	struct canon_body state;

	canon_body_init(&state, canon, collect, out);
	canon_body_update(&state, body.p, first);
	body = str_from(body, first);
	while (body.n > 0) {
		size_t n = body.n < piece ? body.n : piece;
		canon_body_update(&state, body.p, n);
		body = str_from(body, n);
	}
	canon_body_finish(&state);
	assert_int_equal(state.octets, out->n);
}

static void
assert_stream(enum canon canon, struct str body, size_t piece, size_t first)
{
	struct buf got, want;

	buf_init(&got, NULL);
	buf_init(&want, NULL);
	reference(canon, body, &want);
	stream(canon, body, piece, first, &got);
	if (!str_eq(buf_str(&got), buf_str(&want))) {
		print_error("canon %d, pieces %zu, first %zu, body \"%.*s\"\n",
			    canon, piece, first, STR_ARG(body));
		fail();
	}
	buf_clear(&got);
	buf_clear(&want);
}

static void
assert_splits(struct str body)
{
	for (enum canon canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++) {
		for (size_t first = 0; first <= body.n; first++)
			assert_stream(canon, body, body.n + 1, first);
		assert_stream(canon, body, 1, 0);
		assert_stream(canon, body, 3, body.n > 0);
	}
}

static void
assert_body(enum canon canon, const char *body, const char *want)
{
	struct buf got;
	struct str in = exact(body);

	buf_init(&got, NULL);
	stream(canon, in, in.n + 1, 0, &got);
	assert_str(str_n(got.p ? got.p : "", got.n), want);
	buf_clear(&got);
	assert_splits(in);
}

static void
test_body_simple(void **state)
{
	const enum canon simple = CANON_SIMPLE;

	(void)state;
	assert_body(simple, "", "\r\n");
	assert_body(simple, "\r\n\r\n\r\n", "\r\n");
	assert_body(simple, " C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n");
	assert_body(simple, "a", "a\r\n");
	assert_body(simple, "a\r\n \r\n", "a\r\n \r\n");
	assert_body(simple, "\r\n\r\na\r\n\r\nb", "\r\n\r\na\r\n\r\nb\r\n");
	assert_body(simple, "a\n\n", "a\n\n\r\n");
	assert_body(simple, "a\r", "a\r\r\n");
	assert_body(simple, "\r\r\n", "\r\r\n");
	assert_body(simple, "\r\n\n", "\r\n\n\r\n");
}

static void
test_body_relaxed(void **state)
{
	const enum canon relaxed = CANON_RELAXED;

	(void)state;
	assert_body(relaxed, "", "");
	assert_body(relaxed, " \t\r\n\r\n \r\n", "");
	assert_body(relaxed, " C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n");
	assert_body(relaxed, "a", "a\r\n");
	assert_body(relaxed, "a\t", "a\r\n");
	assert_body(relaxed, "\t a", " a\r\n");
	assert_body(relaxed, "a\r\n \t\r\n b", "a\r\n\r\n b\r\n");
	assert_body(relaxed, "a \r b", "a \r b\r\n");
	assert_body(relaxed, "a \n b\n", "a \n b\n\r\n");
	assert_body(relaxed, "a \r", "a \r\r\n");
	assert_body(relaxed, " \r\r\n", " \r\r\n");
}

/* Every body of up to seven octets out of five that matter, cut everywhere. */
static void
test_body_exhaustive(void **state)
{
	static const char octets[] = "\r\n \ta";
	char body[7];
	unsigned long all = 5;

	(void)state;
	for (size_t n = 1; n <= sizeof body; n++, all *= 5) {
		for (unsigned long k = 0; k < all; k++) {
			unsigned long digits = k;
			for (size_t i = 0; i < n; i++, digits /= 5)
				body[i] = octets[digits % 5];
			if (n < 5)
				assert_splits(str_n(body, n));
			size_t cut = k % n;
			assert_stream(CANON_SIMPLE, str_n(body, n), n, cut);
			assert_stream(CANON_RELAXED, str_n(body, n), n, cut);
		}
	}
}

/* Long bodies with rare trouble, at every distance from a block's edge. */
static void
test_body_blocks(void **state)
{
	static const char *const pieces[] = {
	    " \r\n", "\r\n",      "  ", "\t", "\r\n\r\n", " \r",
	    "\n\n",  "\r\n \r\n", "\r", " x", "\r\r\n",
	};
	struct buf body;

	(void)state;
	srand(6376);
	for (int round = 0; round < 3000; round++) {
		buf_init(&body, NULL);
		while (body.n < 300) {
			for (int run = rand() % 90; run > 0; run--)
				buf_addc(&body, run % 6 ? 'x' : ' ');
			for (int more = rand() % 3; more >= 0; more--)
				buf_adds(&body, pieces[rand() % 11]);
		}
		struct str whole = exact_n(body.p, body.n);
		size_t cut = (size_t)rand() % whole.n;
		assert_stream(CANON_RELAXED, whole, whole.n, 0);
		assert_stream(CANON_RELAXED, whole, whole.n, cut);
		assert_stream(CANON_RELAXED, whole, 1 + cut, 0);
		assert_stream(CANON_SIMPLE, whole, 1 + cut, 0);
		buf_clear(&body);
	}
}

/* Runs from shorter to far longer than what is gathered before it is sent. */
static void
test_body_long_lines(void **state)
{
	struct buf body;

	(void)state;
	buf_init(&body, NULL);
	for (size_t n = 200; n < 600; n++) {
		for (size_t i = 0; i < n; i++)
			buf_addc(&body, 'x');
		buf_adds(&body, n % 2 ? " \r\n" : "\r\n\r\n");
	}
	for (size_t i = 0; i < 100000; i++)
		buf_addc(&body, 'y');
	for (enum canon canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++) {
		assert_stream(canon, buf_str(&body), body.n, 0);
		assert_stream(canon, buf_str(&body), 777, 1);
	}
	buf_clear(&body);
}

static void
test_body_many_empty_lines(void **state)
{
	struct buf body, got;

	(void)state;
	buf_init(&body, NULL);
	buf_init(&got, NULL);
	for (int i = 0; i < 100000; i++)
		buf_adds(&body, "\r\n");
	stream(CANON_RELAXED, buf_str(&body), 777, 1, &got);
	assert_int_equal(got.n, 0);
	buf_addc(&body, 'x');
	stream(CANON_RELAXED, buf_str(&body), 777, 1, &got);
	assert_int_equal(got.n, 200003);
	buf_clear(&body);
	buf_clear(&got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header_simple),
	    cmocka_unit_test(test_header_relaxed),
	    cmocka_unit_test(test_header_long),
	    cmocka_unit_test(test_header_without_crlf),
	    cmocka_unit_test(test_body_simple),
	    cmocka_unit_test(test_body_relaxed),
	    cmocka_unit_test(test_body_exhaustive),
	    cmocka_unit_test(test_body_blocks),
	    cmocka_unit_test(test_body_long_lines),
	    cmocka_unit_test(test_body_many_empty_lines),
	};

	return cmocka_run_group_tests_name("canon", tests, NULL, NULL);
}
