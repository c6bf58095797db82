/*
 * A body's canonicalization: however it is split (the first octet says how),
 * the streams are those of a plain reading of RFC 6376 sections 3.4.3, 3.4.4.
 */
#include "base/buf.h"
#include "mail/canon.h"
#include "tests/fuzz/fuzz.h"

static void
collect(void *ctx, const char *p, size_t n)
{
	buf_add(ctx, str_n(p, n));
}

static struct str
canonical(struct arena *arena, enum canon canon, struct str text, uint8_t step)
{
	struct canon_body body;
	struct buf out;
	size_t at = 0, n = step;

	buf_init(&out, arena);
	canon_body_init(&body, canon, collect, &out);
	while (at < text.n) {
		struct str piece = str_first(str_from(text, at), n);
		canon_body_update(&body, piece.p, piece.n);
		at += piece.n;
		n = step == 0 ? text.n : 1 + (n * 7 + at) % step;
	}
	canon_body_finish(&body);
	fuzz_require(body.octets == out.n);
	return buf_str(&out);
}

/* Up to and with the next CRLF, or all. */
static struct str
first_line(struct str text)
{
	for (size_t i = 0; i + 1 < text.n; i++)
		if (text.p[i] == '\r' && text.p[i + 1] == '\n')
			return str_first(text, i + 2);
	return text;
}

static void
relaxed_line(struct buf *out, struct str line)
{
	bool blank = false;

	while (line.n > 0 && ascii_is_wsp(line.p[line.n - 1]))
		line.n--;
	for (size_t i = 0; i < line.n; i++) {
		if (!ascii_is_wsp(line.p[i]))
			buf_addc(out, line.p[i]);
		else if (!blank)
			buf_addc(out, ' ');
		blank = ascii_is_wsp(line.p[i]);
	}
}

static bool
ends_line(struct str line)
{
	return line.n >= 2 && line.p[line.n - 2] == '\r' &&
	       line.p[line.n - 1] == '\n';
}

static struct str
plain_reading(struct arena *arena, enum canon canon, struct str text)
{
	struct buf out;

	buf_init(&out, arena);
	while (text.n > 0) {
		struct str line = first_line(text);
		bool ended = ends_line(line);

		text = str_from(text, line.n);
		line.n -= ended ? 2 : 0;
		if (canon == CANON_RELAXED)
			relaxed_line(&out, line);
		else
			buf_add(&out, line);
		if (ended)
			buf_adds(&out, "\r\n");
	}
	while (ends_line(buf_str(&out)))
		out.n -= 2;
	if (out.n > 0 || canon == CANON_SIMPLE)
		buf_adds(&out, "\r\n");
	return buf_str(&out);
}

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	uint8_t step = input.n ? (uint8_t)input.p[0] : 0;
	struct str text = str_from(input, 1);

	for (enum canon canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++) {
		struct str want = plain_reading(arena, canon, text);

		fuzz_require(str_eq(canonical(arena, canon, text, 0), want));
		fuzz_require(str_eq(canonical(arena, canon, text, step), want));
		if (canon == CANON_RELAXED)
			fuzz_canary(want, "z q\r\n");
	}
	arena_free(arena);
}
