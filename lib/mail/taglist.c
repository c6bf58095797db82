#include "mail/taglist.h"

#include "base/buf.h"
#include "base/lex.h"
#include "base/limits.h"

static bool
is_alnumpunc(char c)
{
	return ascii_is_alnum(c) || c == '_';
}

/* VALCHAR, and beyond the RFC's letter any 8-bit octet (RFC 8616). */
static bool
is_valchar(char c)
{
	unsigned char octet = (unsigned char)c;

	return octet > 0x20 && octet != 0x7f && c != ';';
}

static bool
tag_name(struct lex *lex, struct str *name_out)
{
	int first = lex_peek(lex);

	return first >= 0 && ascii_is_alpha((char)first) &&
	       lex_run(lex, is_alnumpunc, name_out);
}

/* With the FWS around it; false where an octet ends it that is no ";". */
static bool
tag_value(struct lex *lex, struct tag *tag)
{
	const char *start = lex->p;

	do {
		while (!lex_eof(lex) && is_valchar(*lex->p))
			lex->p++;
	} while (lex_skip_fws(lex));
	tag->raw = lex_since(lex, start);
	tag->value = str_trim_fws(tag->raw);
	return lex_eof(lex) || lex_peek(lex) == ';';
}

static const char *
tag_spec(struct lex *lex, struct tag *tag)
{
	lex_skip_fws(lex);
	if (lex_eof(lex) || lex_peek(lex) == ';')
		return "tag list has an empty element";
	if (!tag_name(lex, &tag->name))
		return "tag list has a bad tag name";
	lex_skip_fws(lex);
	if (!lex_char(lex, '='))
		return "tag list has a name without \"=\"";
	if (!tag_value(lex, tag))
		return "tag value has a forbidden octet";
	return NULL;
}

/* Most names differ in length or first octet: that is quick to see. */
static bool
stands_before(const struct tag *tags, const struct tag *last)
{
	for (; tags < last; tags++) {
		if (tags->name.n == last->name.n &&
		    tags->name.p[0] == last->name.p[0] &&
		    str_eq(tags->name, last->name))
			return true;
	}
	return false;
}

/* The ";" after a tag-spec; true where another tag-spec must follow it. */
static bool
separator(struct lex *lex)
{
	struct lex at;

	if (!lex_char(lex, ';'))
		return false;
	at = *lex;
	lex_skip_fws(&at);
	if (lex_eof(&at))
		*lex = at;
	return !lex_eof(lex);
}

static size_t
most_tags(struct str text)
{
	size_t tags = 1;

	for (size_t i = 0; i < text.n && tags < LIMIT_TAGS; i++)
		tags += text.p[i] == ';';
	return tags;
}

/* RFC 6376 section 3.2, tag-list. */
const char *
taglist_parse(struct arena *arena, struct str text, struct taglist *list_out)
{
	struct lex lex = lex_of(text);
	struct tag *tags = arena_array(arena, most_tags(text), sizeof *tags);
	size_t count = 0;

	do {
		if (count == LIMIT_TAGS)
			return "tag list has too many tags";
		struct tag *tag = &tags[count++];
		const char *reason = tag_spec(&lex, tag);
		if (reason != NULL)
			return reason;
		if (stands_before(tags, tag))
			return "tag list has a tag twice";
	} while (separator(&lex));
	*list_out = (struct taglist){tags, count};
	return NULL;
}

const struct tag *
taglist_find(const struct taglist *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++) {
		if (str_is(list->tag[i].name, name))
			return &list->tag[i];
	}
	return NULL;
}

struct str
tag_without_fws(struct arena *arena, struct str value)
{
	char *text = arena_alloc(arena, value.n);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (!ascii_is_fws(value.p[i]))
			text[n++] = value.p[i];
	}
	return str_n(text, n);
}
