/*
 * rspamd's language, as far as its modules' files use it: sections in braces,
 * "key = value;", lists, quoted texts, comments.  Options are named by the way
 * to them, "dmarc.actions.reject".  Directives (".include") are passed over:
 * which files there are is known.
 */
#include <string.h>

#include "milter/cli/over/parts.h"

/* Octets of a section's name: they are repeated for all that stands in it. */
#define NAME_KEPT 60

struct ucl {
	struct over *over;
	const char *path;
	struct str rest;
	size_t line;
	struct buf name;          /* of the section in hand, "dmarc." */
	size_t begun[OVER_DEPTH]; /* length of the name around it */
	unsigned depth;
};

static char
next(const struct ucl *ucl)
{
	return ucl->rest.n > 0 ? ucl->rest.p[0] : '\0';
}

static void
skip(struct ucl *ucl, size_t n)
{
	for (size_t i = 0; i < n && i < ucl->rest.n; i++)
		ucl->line += ucl->rest.p[i] == '\n';
	ucl->rest = str_from(ucl->rest, n);
}

static void
skip_line(struct ucl *ucl)
{
	skip(ucl, str_chr(ucl->rest, '\n'));
}

/* "/" "*" up to their end, or all. */
static void
skip_long_comment(struct ucl *ucl)
{
	skip(ucl, 2);
	while (ucl->rest.n > 0 && !str_starts(ucl->rest, str_lit("*/")))
		skip(ucl, 1);
	skip(ucl, 2);
}

/* Blanks and comments; of one line only: not over its end. */
static void
skip_space(struct ucl *ucl, bool lines)
{
	while (ucl->rest.n > 0) {
		if (ascii_is_wsp(next(ucl)) ||
		    (lines && ascii_is_fws(next(ucl))))
			skip(ucl, 1);
		else if (lines && next(ucl) == '#')
			skip_line(ucl);
		else if (str_starts(ucl->rest, str_lit("/*")))
			skip_long_comment(ucl);
		else
			return;
	}
}

/* "..." or '...'; a backslash keeps the next octet. */
static void
quoted(struct ucl *ucl, struct buf *out)
{
	char quote = next(ucl);

	skip(ucl, 1);
	while (ucl->rest.n > 0 && next(ucl) != quote) {
		if (next(ucl) == '\\')
			skip(ucl, 1);
		buf_add(out, str_first(ucl->rest, 1));
		skip(ucl, 1);
	}
	skip(ucl, 1);
}

static bool
is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* Up to one of these octets, a comment or the end; blanks inside are kept. */
static void
plain(struct ucl *ucl, const char *ends, struct buf *out)
{
	size_t n = 0;

	while (n < ucl->rest.n && ucl->rest.p[n] != '\0' &&
	       strchr(ends, ucl->rest.p[n]) == NULL)
		n++;
	buf_add(out, str_trim_fws(str_first(ucl->rest, n)));
	/* An octet that ends nothing, as NUL, is passed over. */
	skip(ucl, n > 0 || ucl->rest.n == 0 ? n : 1);
}

/* <<WORD, lines, WORD */
static void
here(struct ucl *ucl, struct buf *out)
{
	struct str word, line;

	skip(ucl, 2);
	word = str_trim_fws(str_first(ucl->rest, str_chr(ucl->rest, '\n')));
	skip_line(ucl);
	skip(ucl, 1);
	while (ucl->rest.n > 0) {
		line = str_first(ucl->rest, str_chr(ucl->rest, '\n'));
		skip_line(ucl);
		if (str_eq(str_trim_fws(line), word))
			return;
		buf_add(out, line);
		buf_addc(out, ' ');
		skip(ucl, 1);
	}
}

/* "[" entries "]", joined by ", "; what stands in brackets inside is not
   looked at. */
static void
list(struct ucl *ucl, struct buf *out)
{
	size_t open = 1;

	for (skip(ucl, 1); open > 0 && ucl->rest.n > 0;) {
		skip_space(ucl, true);
		char c = next(ucl);
		open += c == '[' || c == '{';
		open -= c == ']' || c == '}';
		if (c == '\0' || strchr("[]{},;=", c) != NULL) {
			skip(ucl, 1);
			continue;
		}
		if (out->n > 0)
			buf_adds(out, ", ");
		if (is_quote(c))
			quoted(ucl, out);
		else
			plain(ucl, ",;]}[{=\n#", out);
	}
}

static void
value(struct ucl *ucl, struct buf *out)
{
	if (is_quote(next(ucl)))
		quoted(ucl, out);
	else if (next(ucl) == '[')
		list(ucl, out);
	else if (str_starts(ucl->rest, str_lit("<<")))
		here(ucl, out);
	else if (strchr("}\n;", next(ucl)) == NULL)
		plain(ucl, ";,}\n#", out);
}

static void
key(struct ucl *ucl, struct buf *out)
{
	if (is_quote(next(ucl)))
		quoted(ucl, out);
	else
		plain(ucl, " \t\r\n=:{}[];,#\"'", out);
}

/* False: too deep. */
static bool
open_section(struct ucl *ucl, struct str name)
{
	skip(ucl, 1);
	if (ucl->depth == OVER_DEPTH)
		return false;
	ucl->begun[ucl->depth++] = ucl->name.n;
	buf_add(&ucl->name, str_first(name, NAME_KEPT));
	buf_addc(&ucl->name, '.');
	return true;
}

static void
close_section(struct ucl *ucl)
{
	skip(ucl, 1);
	if (ucl->depth > 0)
		ucl->name.n = ucl->begun[--ucl->depth];
}

/* key "{", key word "{", or key ["=" / ":"] value */
static bool
entry(struct ucl *ucl)
{
	struct buf name, text, whole;
	size_t line = ucl->line;
	bool good = true;

	buf_init(&name, ucl->over->arena);
	buf_init(&text, ucl->over->arena);
	buf_init(&whole, ucl->over->arena);
	key(ucl, &name);
	skip_space(ucl, false);
	if (next(ucl) == '=' || next(ucl) == ':')
		skip(ucl, 1);
	skip_space(ucl, false);
	if (next(ucl) != '{')
		value(ucl, &text);
	skip_space(ucl, false);
	if (next(ucl) == '{')
		return open_section(ucl, buf_str(&name));
	if (name.n > 0) {
		buf_add(&whole, buf_str(&ucl->name));
		buf_add(&whole, buf_str(&name));
		good = over_option_add(ucl->over, ucl->path, line,
				       buf_str(&whole), buf_str(&text));
	}
	return good;
}

bool
over_read_ucl(struct over *over, const char *path, const char *prefix,
	      struct str text)
{
	struct ucl ucl = {.over = over, .path = path, .rest = text, .line = 1};
	bool good = true;

	buf_init(&ucl.name, NULL);
	buf_adds(&ucl.name, prefix);
	while (good) {
		skip_space(&ucl, true);
		if (ucl.rest.n == 0)
			break;
		char c = next(&ucl);
		if (c == '.')
			skip_line(&ucl);
		else if (c == '}')
			close_section(&ucl);
		else if (c == '{')
			good = open_section(&ucl, str_empty());
		else if (c == '\0' || strchr("[];,=:", c) != NULL)
			skip(&ucl, 1);
		else
			good = entry(&ucl);
	}
	buf_clear(&ucl.name);
	return good;
}
