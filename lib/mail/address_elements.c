/*
 * The elements of a From field that breaks the grammar: what separates them
 * for every reader, and which of them are "phrase <address>".
 *
 * Quoted strings and comments hold no separator; once one has no end, its
 * octet is like any other: no second scan for the end.
 */
#include "mail/address_internal.h"

void
address_elements_init(struct address_elements *elements, struct str text)
{
	*elements = (struct address_elements){
	    .lex = lex_of(text),
	    .quotes = true,
	    .comments = true,
	};
}

/* Blanks and comments. */
static bool
skip_blanks(struct address_elements *elements)
{
	const char *start = elements->lex.p;

	if (elements->comments)
		elements->comments = lex_skip_cfws(&elements->lex);
	else
		lex_skip_fws(&elements->lex);
	return elements->lex.p != start;
}

static bool
quoted(struct address_elements *elements)
{
	struct str text;

	if (!elements->quotes || lex_peek(&elements->lex) != '"')
		return false;
	elements->quotes = lex_quoted_string(&elements->lex, &text);
	return elements->quotes;
}

/* "<" opens one address, ">" ends it; what goes beyond that is odd. */
static void
bracket(struct address_element *element, const char *at)
{
	bool opens = *at == '<';

	if (opens && element->angle == NULL) {
		element->angle = at;
		element->at = false;
	} else if (!opens && element->angle != NULL && element->close == NULL) {
		element->close = at + 1;
	} else {
		element->odd = true;
	}
}

/* Without a local part before it, it begins a route. */
static void
at_sign(struct address_element *element)
{
	bool local = element->angle != NULL ? element->local : element->phrase;

	element->at = element->at || local;
	element->local = true;
	element->phrase_at = element->phrase_at || element->angle == NULL;
}

/* An "!" or "%" makes an address of words. */
static bool
is_plain(char c)
{
	return c == '.' || (address_is_atext(c) && c != '!' && c != '%');
}

/* A backslash before what would else mean something ("A\B" has none). */
static bool
escapes(const struct address_elements *elements, const char *at)
{
	return *at == '\\' &&
	       (at + 1 == elements->lex.end ||
		(!address_is_atext(at[1]) && !ascii_is_wsp(at[1])));
}

/* One octet, or a quoted string, of an element. */
static void
octet(struct address_elements *elements, struct address_element *element)
{
	const char *at = elements->lex.p;
	bool word = quoted(elements);

	if (!word)
		elements->lex.p++;
	elements->escaped = elements->escaped || escapes(elements, at);
	element->empty = false;
	element->odd = element->odd || element->close != NULL;
	if (*at == '<' || *at == '>') {
		bracket(element, at);
	} else if (*at == '@') {
		at_sign(element);
	} else if (element->angle == NULL) {
		element->phrase = true;
		element->words = element->words && (word || is_plain(*at));
	} else {
		element->local = true;
	}
}

static struct address_element
element_at(const char *begin)
{
	return (struct address_element){
	    .begin = begin,
	    .empty = true,
	    .words = true,
	};
}

static bool
begins_group(const struct address_elements *elements,
	     const struct address_element *element)
{
	return lex_peek(&elements->lex) == ':' && !elements->group &&
	       element->phrase && !element->phrase_at && element->angle == NULL;
}

bool
address_elements_next(struct address_elements *elements,
		      struct address_element *out)
{
	struct lex *lex = &elements->lex;
	struct address_element element = element_at(lex->p);

	if (lex_eof(lex))
		return false;
	for (;;) {
		if (skip_blanks(elements))
			continue;
		int c = lex_peek(lex);
		if (c == -1 || c == ',' || c == ';')
			break;
		if (begins_group(elements, &element)) {
			elements->group = true;
			lex->p++;
			element = element_at(lex->p);
			continue;
		}
		octet(elements, &element);
	}
	element.end = lex->p;
	bool grouped = elements->group;
	element.separated = lex_char(lex, ',');
	if (!element.separated && lex_char(lex, ';')) {
		elements->group = false;
		element.separated = !grouped;
	}
	element.named = element.close != NULL && !element.odd;
	*out = element;
	return true;
}

size_t
address_longest(struct str text)
{
	struct address_elements elements;
	struct lex *lex = &elements.lex;
	const char *begin = text.p;
	size_t longest = 0;
	bool angle = false;

	address_elements_init(&elements, text);
	for (;;) {
		if (skip_blanks(&elements) || quoted(&elements))
			continue;
		/* What has no end holds no separator. */
		bool open = !elements.quotes || !elements.comments;
		if (lex_eof(lex) || (*lex->p == ',' && !angle && !open)) {
			struct str one = str_n(begin, (size_t)(lex->p - begin));
			one = str_trim_wsp(one);
			longest = one.n > longest ? one.n : longest;
			begin = lex->p + 1;
		}
		if (lex_eof(lex))
			return longest;
		angle = *lex->p == '<' || (angle && *lex->p != '>');
		lex->p++;
	}
}
