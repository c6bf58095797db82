#include "tests/support/html_page.h"

#include <string.h>

#include "base/utf8.h"
#include "tests/support/test.h"

/* Elements; those that end by themselves begin with '/'. */
static const char *const elements[] = {
    "html",    "head",   "/meta",   "title", "style", "body",     "header",
    "p",       "strong", "h1",      "h2",    "h3",    "dl",       "div",
    "dt",      "dd",     "code",    "nav",   "ul",    "ol",       "li",
    "a",       "main",   "section", "table", "thead", "tbody",    "tr",
    "th",      "td",     "span",    "b",     "i",     "textarea", "details",
    "summary", "pre",    "svg",     "path",  "desc",  "small",    "article",
    "footer",  "script", "/input",  NULL};
static const char *const attributes[] = {"lang",
					 "charset",
					 "http-equiv",
					 "content",
					 "name",
					 "class",
					 "id",
					 "aria-labelledby",
					 "aria-label",
					 "href",
					 "role",
					 "scope",
					 "data-l",
					 "colspan",
					 "rows",
					 "readonly",
					 "spellcheck",
					 "tabindex",
					 "viewBox",
					 "height",
					 "style",
					 "d",
					 "aria-hidden",
					 "value",
					 "open",
					 "title",
					 "preserveAspectRatio",
					 NULL};

#define DEPTH 64
#define IDS 200

struct reader {
	struct str rest, page;
	struct str open[DEPTH];
	size_t depth;
	struct str id[IDS], named[IDS];
	size_t ids, names;
	size_t scripts, styles;
	struct buf *text;
};

static void
fail_at(const struct reader *reader, const char *what)
{
	const size_t at = reader->page.n - reader->rest.n;
	const size_t from = at > 60 ? at - 60 : 0;

	fail_msg("%s at octet %zu: ...%.*s", what, at, 120,
		 reader->page.p + from);
}

static bool
is_one_of(const char *const *words, struct str word, bool *alone_out)
{
	size_t i;

	for (i = 0; words[i]; i++) {
		*alone_out = words[i][0] == '/';
		if (str_is(word, words[i] + *alone_out))
			return true;
	}
	return false;
}

static struct str
take(struct reader *reader, size_t n)
{
	struct str taken = str_first(reader->rest, n);

	reader->rest = str_from(reader->rest, n);
	return taken;
}

static struct str
take_name(struct reader *reader)
{
	size_t n = 0;

	while (n < reader->rest.n &&
	       (ascii_is_alnum(reader->rest.p[n]) || reader->rest.p[n] == '-'))
		n++;
	return take(reader, n);
}

static struct str
take_value(struct reader *reader)
{
	struct str value;
	size_t n = 0;

	if (reader->rest.n > 0 && reader->rest.p[0] == '"') {
		(void)take(reader, 1);
		value = take(reader, str_chr(reader->rest, '"'));
		if (reader->rest.n == 0)
			fail_at(reader, "a value without an end");
		(void)take(reader, 1);
		if (memchr(value.p, '<', value.n))
			fail_at(reader, "a tag in a value");
		return value;
	}
	while (n < reader->rest.n && reader->rest.p[n] != ' ' &&
	       reader->rest.p[n] != '>') {
		if (strchr("\"'<=`", reader->rest.p[n]))
			fail_at(reader, "a value that wants quotes");
		n++;
	}
	return take(reader, n);
}

static void
look_at(struct reader *reader, struct str name, struct str value)
{
	struct str rest = value, one;
	bool alone;

	if (!is_one_of(attributes, name, &alone))
		fail_at(reader, "an unknown attribute");
	if (str_is(name, "href") && (value.n < 2 || value.p[0] != '#'))
		fail_at(reader, "a way out");
	if (str_is(name, "style") && !str_starts(value, str_lit("width:")) &&
	    !str_starts(value, str_lit("left:")))
		fail_at(reader, "an unknown style");
	if (str_is(name, "id"))
		reader->id[reader->ids++] = value;
	if (str_is(name, "href"))
		reader->named[reader->names++] = str_from(value, 1);
	while (str_is(name, "aria-labelledby") && rest.n > 0 &&
	       str_split(&rest, ' ', &one))
		reader->named[reader->names++] = one;
	assert_in_range(reader->ids, 0, IDS - 1);
	assert_in_range(reader->names, 0, IDS - 2);
}

/* Its text holds no tags. */
static void
skip_raw(struct reader *reader, struct str element)
{
	const char *end = str_is(element, "style") ? "</style>" : "</script>";
	const char *found =
	    memmem(reader->rest.p, reader->rest.n, end, strlen(end));

	if (!found)
		fail_at(reader, "no end of it");
	(void)take(reader, (size_t)(found - reader->rest.p));
}

static void
begin_tag(struct reader *reader)
{
	const struct str element = take_name(reader);
	struct str name, value;
	bool alone = false;

	if (!is_one_of(elements, element, &alone))
		fail_at(reader, "an unknown element");
	while (reader->rest.n > 0 && reader->rest.p[0] == ' ') {
		(void)take(reader, 1);
		name = take_name(reader);
		value = str_empty();
		if (reader->rest.n > 0 && reader->rest.p[0] == '=') {
			(void)take(reader, 1);
			value = take_value(reader);
		}
		look_at(reader, name, value);
	}
	if (str_is(element, "path") &&
	    str_starts(reader->rest, str_lit("/>"))) {
		(void)take(reader, 2);
		return;
	}
	if (!str_is(take(reader, 1), ">"))
		fail_at(reader, "a tag without an end");
	reader->scripts += str_is(element, "script");
	reader->styles += str_is(element, "style");
	if (alone)
		return;
	assert_in_range(reader->depth, 0, DEPTH - 1);
	reader->open[reader->depth++] = element;
	if (str_is(element, "style") || str_is(element, "script"))
		skip_raw(reader, element);
}

static void
end_tag(struct reader *reader)
{
	const struct str element = take_name(reader);

	if (reader->depth == 0 ||
	    !str_eq(reader->open[--reader->depth], element))
		fail_at(reader, "an end without its begin");
	if (!str_is(take(reader, 1), ">"))
		fail_at(reader, "a tag without an end");
}

static void
take_reference(struct reader *reader)
{
	static const char *const references[][2] = {
	    {"&lt;", "<"},    {"&gt;", ">"},  {"&amp;", "&"},
	    {"&quot;", "\""}, {"&#39;", "'"}, {"&hellip;", "..."}};
	size_t i;

	for (i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
		if (!str_starts(reader->rest, str_of(references[i][0])))
			continue;
		(void)take(reader, strlen(references[i][0]));
		if (reader->text)
			buf_adds(reader->text, references[i][1]);
		return;
	}
	fail_at(reader, "an unknown reference");
}

static void
take_character(struct reader *reader)
{
	const size_t n = utf8_length(reader->rest);
	const struct str character = take(reader, n > 0 ? n : 1);

	if (n == 0)
		fail_at(reader, "no UTF-8");
	if (!str_is(character, "\n") && str_has_control(character))
		fail_at(reader, "a control character");
	if (reader->text)
		buf_add(reader->text, character);
}

static bool
has(const struct str *list, size_t n, struct str wanted)
{
	size_t found = 0, i;

	for (i = 0; i < n; i++)
		found += str_eq(list[i], wanted);
	return found == 1;
}

void
assert_html(struct str page, struct buf *text_out)
{
	const struct str type = str_lit("<!DOCTYPE html>\n");
	struct reader reader = {.page = page, .text = text_out};
	size_t i;

	if (text_out)
		buf_init(text_out, NULL);
	assert_true(str_starts(page, type));
	reader.rest = str_from(page, type.n);
	while (reader.rest.n > 0) {
		if (str_starts(reader.rest, str_lit("</"))) {
			(void)take(&reader, 2);
			end_tag(&reader);
		} else if (reader.rest.p[0] == '<') {
			(void)take(&reader, 1);
			begin_tag(&reader);
		} else if (reader.rest.p[0] == '&')
			take_reference(&reader);
		else
			take_character(&reader);
	}
	assert_int_equal(reader.depth, 0);
	assert_int_equal(reader.scripts, 1);
	assert_int_equal(reader.styles, 1);
	for (i = 0; i < reader.ids; i++)
		if (!has(reader.id, reader.ids, reader.id[i]))
			fail_msg("the id %.*s stands twice",
				 STR_ARG(reader.id[i]));
	for (i = 0; i < reader.names; i++)
		if (!has(reader.id, reader.ids, reader.named[i]))
			fail_msg("there is no id %.*s",
				 STR_ARG(reader.named[i]));
}
