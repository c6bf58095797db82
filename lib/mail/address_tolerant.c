/*
 * What a From field that breaks the grammar may show: mail programs guess in
 * different ways, so every name behind an "@" counts, wherever the "@" stands
 * (a display name, a quoted string, a comment, an encoded word), in each of
 * the readings that programs are known for.
 *
 * The elements of the list are told apart first.  Each must name a whole
 * domain; what its display name shows besides counts where it is one.
 *
 * Each "@" costs at most a scan of the text, and LIMIT_FROM_MAILBOXES bounds
 * how many are looked at.
 */
#include "mail/address_internal.h"

#include <string.h>

#include "base/buf.h"
#include "base/lex.h"
#include "base/limits.h"
#include "mail/encoded_word.h"

/* Octets of UTF-8 beyond which domain_canonical() takes no name. */
#define NAME_MAX_OCTETS (LIMIT_DOMAIN * 4)

/* What was found behind an "@". */
enum found { FOUND_NOTHING, FOUND_PART, FOUND_WHOLE };

/* Where the "@" stands. */
enum place {
	IN_ADDRESS,
	IN_PHRASE, /* in what is shown beside an address */
	IN_DECODED /* in a text whose encoded words were decoded */
};

struct finder {
	struct arena *arena;
	struct address_authors *authors;
	enum place place;
	size_t seen;     /* "@" of one text so far */
	size_t unusable; /* names that have no canonical form */
	bool whole;      /* some name is a whole domain */
};

/* What a program may drop from the middle of a name. */
static bool
is_dropped(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f || c == '"' || c == '\\';
}

static bool
is_noise(char c)
{
	return is_dropped(c) || c == ' ' || c == '(';
}

/*
 * Blanks, comments, and what else may stand around a name or its dots.  Once
 * a comment has no end, "(" is noise: no second scan for the end.
 */
static void
skip_noise(struct lex *lex, bool *comments)
{
	for (;;) {
		if (*comments)
			*comments = lex_skip_cfws(lex);
		if (lex_eof(lex) || !is_noise(*lex->p))
			return;
		lex->p++;
	}
}

/* Up to the first 8-bit octet, where that leaves a name with a dot. */
static struct str
ascii_prefix(struct str name)
{
	size_t n = 0;

	while (n < name.n && (unsigned char)name.p[n] < 0x80)
		n++;
	struct str prefix = str_first(name, n);
	return str_chr(prefix, '.') < n ? prefix : str_empty();
}

static struct str
trim_dots(struct str s)
{
	while (s.n > 0 && s.p[0] == '.')
		s = str_from(s, 1);
	while (s.n > 0 && s.p[s.n - 1] == '.')
		s.n--;
	return s;
}

/* Octets of the blank or invisible character that text begins with, or 0. */
static size_t
unseen_n(struct str text)
{
	/* U+00A0 also as ISO 8859-1 has it. */
	static const struct str one[] = {STR("\xc2\xa0"), STR("\xe3\x80\x80"),
					 STR("\xef\xbb\xbf"), STR("\xa0")};

	for (size_t i = 0; i < sizeof one / sizeof *one; i++)
		if (str_starts(text, one[i]))
			return one[i].n;
	/* General punctuation: blanks and joiners, but nothing that turns round
	   what follows. */
	if (text.n < 3 || (unsigned char)text.p[0] != 0xe2)
		return 0;
	unsigned char middle = (unsigned char)text.p[1];
	unsigned char last = (unsigned char)text.p[2];
	bool unseen = (middle == 0x80 && (last <= 0x8f || last == 0xaf)) ||
		      (middle == 0x81 && (last == 0x9f || last == 0xa0));

	return unseen ? 3 : 0;
}

static struct str
trim_unseen(struct str name)
{
	for (size_t n = unseen_n(name); n > 0; n = unseen_n(name))
		name = str_from(name, n);
	for (size_t n = 3; n > 0;) {
		if (n <= name.n && unseen_n(str_from(name, name.n - n)) == n) {
			name.n -= n;
			n = 3;
		} else {
			n--;
		}
	}
	return name;
}

static enum found
add(struct finder *finder, struct str text)
{
	struct address_authors *authors = finder->authors;
	struct str name = trim_dots(text);

	if (name.n == 0)
		return FOUND_NOTHING;
	if (authors_name(finder->arena, authors, name, &name) != DOMAIN_OK) {
		finder->unusable++;
		return FOUND_NOTHING;
	}
	bool whole = address_is_whole(name);
	if (whole || finder->place == IN_ADDRESS)
		authors_add(authors, name);
	return whole ? FOUND_WHOLE : FOUND_PART;
}

/*
 * As it stands, without what is not seen of it, and for programs that know
 * ASCII only.  What it is as one of the first two.
 */
static enum found
add_name(struct finder *finder, struct str name)
{
	struct str prefix = ascii_prefix(name), seen = trim_unseen(name);
	enum found found = add(finder, name);

	if (found == FOUND_NOTHING && seen.n < name.n)
		found = add(finder, seen);
	if (prefix.n < name.n)
		add(finder, prefix);
	return found;
}

/* With a dot as IDNA knows them (RFC 3490 section 3.1). */
static bool
looks_like_domain(struct str name)
{
	static const char *const dots[] = {".", "\xe3\x80\x82", "\xef\xbc\x8e",
					   "\xef\xbd\xa1"};

	for (size_t i = 0; i < sizeof dots / sizeof *dots; i++)
		if (memmem(name.p, name.n, dots[i], strlen(dots[i])) != NULL)
			return true;
	return false;
}

/* Whatever two octets meet in the text of another charset: 8-bit ones only. */
static enum found
add_shown(struct finder *finder, struct str name)
{
	enum found found = add_name(finder, name);
	bool counts = finder->place != IN_DECODED || !str_is_ascii(name);

	if (found == FOUND_NOTHING && counts && looks_like_domain(name))
		finder->authors->unreadable = true;
	return found;
}

static bool
is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* Control octets, where more of the name follows. */
static bool
skip_controls(struct lex *lex)
{
	const char *start = lex->p;

	while (!lex_eof(lex) && is_control(*lex->p))
		lex->p++;
	if (lex->p > start && !lex_eof(lex) && domain_may_hold(*lex->p))
		return true;
	lex->p = start;
	return false;
}

/* What joins two runs of octets, dots aside. */
enum join {
	JOIN_GRAMMAR, /* nothing, and what is no blank ends the name */
	JOIN_NOTHING,
	JOIN_CONTROLS, /* which a program drops */
	JOIN_BLANKS    /* those, blanks and comments */
};

/*
 * Blanks and comments around the dots do not count (obs-domain); for programs
 * that drop control octets, or join whatever atoms follow, others neither.
 */
static struct str
spaced_name(struct arena *arena, struct lex lex, bool comments, enum join join)
{
	struct buf name;
	struct str run;

	buf_init(&name, arena);
	while (name.n <= NAME_MAX_OCTETS &&
	       lex_run(&lex, domain_may_hold, &run)) {
		buf_add(&name, run);
		if (join == JOIN_CONTROLS && skip_controls(&lex))
			continue;
		if (join == JOIN_BLANKS && comments)
			comments = lex_skip_cfws(&lex);
		if (join == JOIN_BLANKS && lex_peek(&lex) == '"')
			break;
		if (join != JOIN_GRAMMAR)
			skip_noise(&lex, &comments);
		else if (!comments || !lex_skip_cfws(&lex))
			break;
		if (join != JOIN_BLANKS && name.p[name.n - 1] != '.' &&
		    lex_peek(&lex) != '.')
			break;
	}
	return buf_str(&name);
}

static bool
is_closing(char c)
{
	return c == '>' || c == ')';
}

/*
 * Quotes, backslashes and control octets inside the name do not count, nor do
 * closing brackets: Sendmail takes away those that nothing opened.
 */
static struct str
unquoted_name(struct arena *arena, struct lex lex)
{
	struct buf name;

	buf_init(&name, arena);
	while (!lex_eof(&lex) && name.n <= NAME_MAX_OCTETS) {
		bool closing = is_closing(*lex.p);
		if (domain_may_hold(*lex.p))
			buf_addc(&name, *lex.p);
		else if (!is_dropped(*lex.p) && !closing)
			break;
		lex.p++;
		/* The last one may end an address. */
		if (closing && !lex_eof(&lex) && !is_closing(*lex.p) &&
		    !domain_may_hold(*lex.p))
			break;
	}
	return buf_str(&name);
}

static bool
is_name_start(struct lex lex)
{
	bool comments = true;

	skip_noise(&lex, &comments);
	return !lex_eof(&lex) && domain_may_hold(*lex.p);
}

/* No name stands behind the "@", unless in an encoded word. */
static void
no_name(struct finder *finder, struct lex lex)
{
	struct address_authors *authors = finder->authors;
	struct str rest = str_first(lex_rest(&lex), LIMIT_ENCODED_WORD);

	if (finder->place == IN_DECODED)
		return;
	if (str_starts(rest, str_lit("=?")) &&
	    is_name_start(
		lex_of(encoded_words_decode(finder->arena, rest, false))))
		return;
	if (lex_peek(&lex) == '[')
		authors->invalid_domain = true;
	if (lex_peek(&lex) == '[' && finder->place == IN_ADDRESS)
		authors->incomplete = true;
	else
		authors->unreadable = true;
}

static enum found
better(enum found a, enum found b)
{
	return a > b ? a : b;
}

/* lex stands behind an "@". */
static void
add_readings(struct finder *finder, struct lex lex)
{
	struct str plain, spaced, unquoted, joined;
	bool comments = true;

	skip_noise(&lex, &comments);
	struct lex at = lex;
	if (!lex_run(&at, domain_may_hold, &plain) || trim_dots(plain).n == 0) {
		no_name(finder, lex);
		return;
	}
	enum found found = add_shown(finder, plain);
	spaced = plain;
	for (enum join join = JOIN_GRAMMAR; join < JOIN_BLANKS; join++) {
		struct str before = spaced;
		spaced = spaced_name(finder->arena, lex, comments, join);
		if (!str_eq(spaced, before))
			found = better(found, add_shown(finder, spaced));
	}
	unquoted = unquoted_name(finder->arena, lex);
	if (!str_eq(unquoted, plain) && !str_eq(unquoted, spaced))
		found = better(found, add_shown(finder, unquoted));
	/* Without a dot it is nobody's name, rather words behind an "@". */
	joined = spaced_name(finder->arena, lex, comments, JOIN_BLANKS);
	if (!str_eq(joined, spaced) && str_chr(joined, '.') < joined.n)
		add_name(finder, joined);
	if (found == FOUND_WHOLE)
		finder->whole = true;
	else if (finder->place == IN_ADDRESS)
		finder->authors->incomplete = true;
}

/* Every "@" from `from` to `to`; a name may reach beyond that. */
static void
add_range(struct finder *finder, struct str text, const char *from,
	  const char *to)
{
	struct lex lex = {from, text.p + text.n};

	while (lex.p < to) {
		lex.p += str_chr(str_n(lex.p, (size_t)(to - lex.p)), '@');
		if (lex.p == to)
			return;
		lex.p++;
		if (finder->seen++ >= LIMIT_FROM_MAILBOXES ||
		    finder->unusable >= LIMIT_FROM_UNUSABLE) {
			finder->authors->too_many = true;
			return;
		}
		add_readings(finder, lex);
	}
}

/*
 * Words without "@" and a comma or ";" before "phrase <address>" are part of a
 * display name that lacks its quotes ("Doe, John <...>"), unless a mail server
 * makes an address of them.
 */
static bool
is_name_before_separator(const struct address_element *element)
{
	return element->angle == NULL && element->phrase && element->words &&
	       !element->odd && !element->at && element->separated;
}

static const char *
address_begin(const struct address_element *element)
{
	return element->named ? element->angle : element->begin;
}

static const char *
address_end(const struct address_element *element)
{
	return element->named ? element->close : element->end;
}

/*
 * By the grammar, but for its display name and the ">" at the very end, which
 * every mail server adds.
 */
static bool
is_exact(struct arena *arena, const struct address_element *element,
	 const char *end)
{
	const char *from = address_begin(element), *to = address_end(element);

	if (!element->odd && element->angle != NULL && element->close == NULL &&
	    element->end == end)
		from = element->angle + 1;
	return address_is_mailbox(arena, str_n(from, (size_t)(to - from)));
}

static void
add_addresses(struct finder *finder, struct str text)
{
	struct address_authors *authors = finder->authors;
	struct address_elements elements;
	struct address_element element;
	bool name = false;

	finder->place = IN_ADDRESS;
	address_elements_init(&elements, text);
	while (address_elements_next(&elements, &element)) {
		if (element.empty)
			continue;
		authors->mailboxes++;
		if (is_name_before_separator(&element)) {
			name = true;
			continue;
		}
		finder->whole = false;
		add_range(finder, text, address_begin(&element),
			  address_end(&element));
		if (!is_exact(finder->arena, &element, text.p + text.n))
			authors->loose = true;
		bool excused = name && element.named && element.phrase;
		authors->name_with_comma = authors->name_with_comma || excused;
		if (!element.at || !finder->whole || (name && !excused))
			authors->incomplete = true;
		name = false;
	}
	if (name)
		authors->incomplete = true;
	if (!elements.quotes || !elements.comments || elements.escaped)
		authors->loose = true;
	authors->addresses = authors->count;
}

/* What stands around the addresses. */
static void
add_phrases(struct finder *finder, struct str text)
{
	struct address_elements elements;
	struct address_element element;
	const char *done = text.p;

	finder->place = IN_PHRASE;
	address_elements_init(&elements, text);
	while (address_elements_next(&elements, &element)) {
		if (element.empty || is_name_before_separator(&element))
			continue;
		add_range(finder, text, done, address_begin(&element));
		done = address_end(&element);
	}
	add_range(finder, text, done, text.p + text.n);
}

static void
add_decoded(struct finder *finder, struct str text)
{
	finder->place = IN_DECODED;
	finder->seen = 0;
	add_range(finder, text, text.p, text.p + text.n);
}

void
address_tolerant(struct arena *arena, struct str text,
		 struct address_authors *authors)
{
	struct finder finder = {.arena = arena, .authors = authors};
	struct str decoded = encoded_words_decode(arena, text, false);
	struct str closed = encoded_words_decode(arena, text, true);

	add_addresses(&finder, text);
	add_phrases(&finder, text);
	authors_conclude(authors);
	if (!str_eq(decoded, text))
		add_decoded(&finder, decoded);
	if (!str_eq(closed, text) && !str_eq(closed, decoded))
		add_decoded(&finder, closed);
}
