/*
 * One header field, "NAME:VALUE": as it is kept, unfolded and canonicalized.
 */
#include "base/buf.h"
#include "mail/canon.h"
#include "mail/header.h"
#include "tests/fuzz/fuzz.h"

static void
collect(void *ctx, const char *p, size_t n)
{
	buf_add(ctx, str_n(p, n));
}

static struct str
canonical(struct arena *arena, enum canon canon, struct str raw_name,
	  struct str value)
{
	struct buf out;

	buf_init(&out, arena);
	canon_header(canon, raw_name, value, true, collect, &out);
	return buf_str(&out);
}

static bool
holds_fold(struct str s)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '\r' && s.p[i + 1] == '\n')
			return true;
	return false;
}

static void
check_relaxed(struct arena *arena, const struct header_field *field)
{
	struct str once =
	    canonical(arena, CANON_RELAXED, field->raw_name, field->value);
	size_t colon = str_chr(once, ':');
	struct str value = str_from(once, colon + 1);

	fuzz_require(value.n >= 2 && str_ends_nocase(value, str_lit("\r\n")));
	value = str_first(value, value.n - 2);
	fuzz_require(!holds_fold(value));
	fuzz_require(value.n == str_trim_wsp(value).n);
	for (size_t i = 0; i < value.n; i++)
		fuzz_require(value.p[i] != '\t' &&
			     (value.p[i] != ' ' || value.p[i + 1] != ' '));
	/* What is canonical stays as it is. */
	struct str twice =
	    canonical(arena, CANON_RELAXED, str_first(once, colon), value);
	fuzz_require(str_eq(once, twice));
	fuzz_canary(once, "zq:a b\r\n");
}

static void
check_simple(struct arena *arena, const struct header_field *field)
{
	struct str whole =
	    canonical(arena, CANON_SIMPLE, field->raw_name, field->value);
	struct str value = str_from(whole, field->raw_name.n + 1);

	fuzz_require(whole.n == field->raw_name.n + field->value.n + 3);
	fuzz_require(str_starts(whole, field->raw_name));
	fuzz_require(str_starts(value, field->value));
}

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	struct header header;
	size_t colon = str_chr(input, ':');
	struct str name = str_first(input, colon);

	header_init(&header, arena, NULL);
	if (header_add(&header, name, str_from(input, colon + 1))) {
		const struct header_field *field = &header.field[0];
		struct str text = header_unfold(arena, field->value);

		for (size_t i = 0; i < field->value.n; i++)
			fuzz_require(field->value.p[i] != '\n' ||
				     (i > 0 && field->value.p[i - 1] == '\r'));
		fuzz_require(text.n <= field->value.n);
		fuzz_require(str_starts(field->raw_name, field->name));
		check_simple(arena, field);
		check_relaxed(arena, field);
	}
	arena_free(arena);
}
