#include "base/log_json.h"

#include "base/line.h"
#include "base/words.h"

/* Fields whose values are not one string. */
enum kind { KIND_TEXT, KIND_NUMBER, KIND_LIST, KIND_SENTENCES };

static const struct {
	const char *name;
	enum kind kind;
} kinds[] = {
    {"held-s", KIND_NUMBER},
    {"recipients", KIND_NUMBER},
    {"dkim-more", KIND_NUMBER},
    {"arc-trusted", KIND_NUMBER},
    {"dns-questions", KIND_NUMBER},
    {"dns-sent", KIND_NUMBER},
    {"dns-ms", KIND_NUMBER},
    {"total-ms", KIND_NUMBER},
    {"passed", KIND_NUMBER},
    {"of", KIND_NUMBER},
    {"passed-before", KIND_NUMBER},
    {"of-before", KIND_NUMBER},
    {"day-before", KIND_NUMBER},
    {"messages", KIND_NUMBER},
    {"client-spf", KIND_LIST},
    {"from", KIND_LIST},
    {"dkim", KIND_LIST},
    {"arc-seals", KIND_LIST},
    {"limits", KIND_LIST},
    {"servers", KIND_LIST},
    {"shape-evidence", KIND_LIST},
    {"removed", KIND_LIST},
    {"dkim-reason", KIND_SENTENCES},
};

static enum kind
kind_of(struct str name)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_is(name, kinds[i].name))
			return kinds[i].kind;
	return KIND_TEXT;
}

/* --- JSON --- */

static void
add_string(struct buf *out, struct str text)
{
	struct buf utf8;

	buf_init(&utf8, NULL);
	line_add(&utf8, LINE_UTF8, text, LINE_WHOLE);
	buf_add_json(out, buf_str(&utf8));
	buf_clear(&utf8);
}

static void
add_name(struct buf *out, struct str name)
{
	buf_addc(out, ',');
	add_string(out, name);
	buf_addc(out, ':');
}

/* Elements end at a comma; sentences at "; ". */
static void
add_array(struct buf *out, struct str value, enum kind kind)
{
	const char sep = kind == KIND_LIST ? ',' : ';';
	struct str piece;
	bool first = true;

	buf_addc(out, '[');
	while (str_split(&value, sep, &piece)) {
		piece = str_trim_wsp(piece);
		if (piece.n == 0 || str_is(piece, "none"))
			continue;
		if (!first)
			buf_addc(out, ',');
		first = false;
		add_string(out, piece);
	}
	buf_addc(out, ']');
}

/* RFC 8259 section 6 allows no zeros before a number. */
static bool
is_number(struct str value)
{
	uint64_t number;

	return str_uint(value, INT64_MAX, &number) &&
	       (value.n == 1 || value.p[0] != '0');
}

static void
add_value(struct buf *out, struct str name, struct str value)
{
	enum kind kind = kind_of(name);

	if (kind == KIND_NUMBER && is_number(value))
		buf_add(out, value);
	else if (kind == KIND_LIST || kind == KIND_SENTENCES)
		add_array(out, value, kind);
	else
		add_string(out, value);
}

/* --- the line --- */

static bool
is_name_octet(char c)
{
	return (c >= 'a' && c <= 'z') || c == '-';
}

/* name "=": its octets, 0 where the text does not begin with it. */
static size_t
name_length(struct str text)
{
	size_t n = 0;

	while (n < text.n && is_name_octet(text.p[n]))
		n++;
	return n < text.n && text.p[n] == '=' ? n : 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One octet of a quoted value, escaped or not: how many the text spends. */
static size_t
unescape(struct str text, char *c_out)
{
	*c_out = text.p[0];
	if (text.p[0] != '\\' || text.n < 2)
		return 1;
	*c_out = text.p[1];
	if (text.p[1] != 'x' || text.n < 4)
		return 2;
	int high = hex_digit(text.p[2]), low = hex_digit(text.p[3]);
	if (high < 0 || low < 0)
		return 2;
	*c_out = (char)(high * 16 + low);
	return 4;
}

/* Up to the blank after a value; its text, undone, to *value. */
static struct str
take_value(struct str rest, struct buf *value)
{
	bool quoted = rest.n > 0 && rest.p[0] == '"';
	char c;

	if (quoted) {
		rest = str_from(rest, 1);
		while (rest.n > 0 && rest.p[0] != '"') {
			rest = str_from(rest, unescape(rest, &c));
			buf_addc(value, c);
		}
		rest = str_from(rest, 1);
	}
	/* The bare value, or "..." after one that was cut. */
	size_t n = str_chr(rest, ' ');
	struct str bare = str_first(rest, n);
	if (quoted || !str_is(bare, "-"))
		buf_add(value, bare);
	return str_from(rest, n + 1);
}

void
log_json(struct buf *out, enum log_level level, struct str line)
{
	struct buf value;
	size_t n;

	buf_adds(out, "{\"level\":");
	add_string(out, str_of(words_text(log_level_words, level)));
	buf_init(&value, NULL);
	while ((n = name_length(line)) > 0) {
		struct str name = str_first(line, n);
		buf_reset(&value);
		line = take_value(str_from(line, n + 1), &value);
		add_name(out, name);
		add_value(out, name, buf_str(&value));
	}
	if (line.n > 0) {
		add_name(out, str_lit("message"));
		add_string(out, line);
	}
	buf_addc(out, '}');
	buf_clear(&value);
}
