#include "base/lex.h"

#include "base/limits.h"

struct lex
lex_of(struct str s)
{
	const char *p = s.p ? s.p : "";

	return (struct lex){p, p + s.n};
}

bool
lex_eof(const struct lex *lex)
{
	return lex->p == lex->end;
}

int
lex_peek(const struct lex *lex)
{
	return lex_eof(lex) ? -1 : (int)(unsigned char)*lex->p;
}

struct str
lex_rest(const struct lex *lex)
{
	return str_n(lex->p, (size_t)(lex->end - lex->p));
}

struct str
lex_since(const struct lex *lex, const char *start)
{
	return str_n(start, (size_t)(lex->p - start));
}

bool
lex_char(struct lex *lex, char c)
{
	if (lex_eof(lex) || *lex->p != c)
		return false;
	lex->p++;
	return true;
}

bool
lex_literal_nocase(struct lex *lex, struct str literal)
{
	if (!str_starts_nocase(lex_rest(lex), literal))
		return false;
	lex->p += literal.n;
	return true;
}

bool
lex_run(struct lex *lex, bool (*accept)(char), struct str *run_out)
{
	const char *start = lex->p;

	while (!lex_eof(lex) && accept(*lex->p))
		lex->p++;
	if (lex->p == start)
		return false;
	*run_out = lex_since(lex, start);
	return true;
}

/* *WSP: how many octets were skipped. */
static size_t
skip_wsp(struct lex *lex)
{
	const char *start = lex->p;

	while (!lex_eof(lex) && ascii_is_wsp(*lex->p))
		lex->p++;
	return (size_t)(lex->p - start);
}

/* The end of a line that continues: CRLF or LF, then WSP. */
static bool
skip_fold(struct lex *lex)
{
	struct lex at = *lex;

	lex_char(&at, '\r');
	if (!lex_char(&at, '\n') || skip_wsp(&at) == 0)
		return false;
	*lex = at;
	return true;
}

bool
lex_skip_fws(struct lex *lex)
{
	const char *start = lex->p;

	while (skip_wsp(lex) > 0 || skip_fold(lex))
		;
	return lex->p != start;
}

static bool
skip_comment(struct lex *lex)
{
	struct lex at = *lex;
	int depth = 0;

	do {
		if (lex_eof(&at))
			return false;
		char c = *at.p++;
		if (c == '(' && ++depth > LIMIT_COMMENT_DEPTH)
			return false;
		if (c == ')')
			depth--;
		if (c == '\\') {
			if (lex_eof(&at))
				return false;
			at.p++;
		}
	} while (depth > 0);
	*lex = at;
	return true;
}

bool
lex_skip_cfws(struct lex *lex)
{
	for (;;) {
		lex_skip_fws(lex);
		if (lex_peek(lex) != '(')
			return true;
		if (!skip_comment(lex))
			return false;
	}
}

bool
lex_quoted_string(struct lex *lex, struct str *raw_out)
{
	struct lex at = *lex;

	if (!lex_char(&at, '"'))
		return false;
	const char *start = at.p;
	while (!lex_eof(&at) && *at.p != '"') {
		if (*at.p == '\\' && at.end - at.p > 1)
			at.p++;
		at.p++;
	}
	if (lex_eof(&at))
		return false;
	*raw_out = lex_since(&at, start);
	at.p++;
	*lex = at;
	return true;
}

struct str
lex_unquoted(struct arena *arena, struct str raw)
{
	char *text = arena_alloc(arena, raw.n);
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\' && i + 1 < raw.n)
			i++;
		text[n++] = raw.p[i];
	}
	return str_n(text, n);
}
