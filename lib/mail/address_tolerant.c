/*
 * What a From field that breaks the grammar may show: mail programs guess in
 * different ways, so every name behind an "@" counts, wherever the "@" stands
 * (a display name, a quoted string, a comment, an encoded word), in each of
 * the readings that programs are known for.
 *
 * Each "@" costs at most a scan of the text, and LIMIT_FROM_MAILBOXES bounds
 * how many are looked at.
 */
#include "mail/address_internal.h"

#include <string.h>

#include "base/buf.h"
#include "base/lex.h"
#include "mail/encoded_word.h"

/* Octets of UTF-8 beyond which domain_canonical() takes no name. */
#define NAME_MAX_OCTETS (LIMIT_DOMAIN * 4)

struct finder {
	struct arena *arena;
	struct address_authors *authors;
	size_t unusable; /* names that have no canonical form */
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

static bool
add(struct finder *finder, struct str text)
{
	struct str name = trim_dots(text);

	if (name.n == 0 ||
	    authors_add(finder->arena, finder->authors, name) == DOMAIN_OK)
		return true;
	finder->unusable++;
	return false;
}

/*
 * As it stands, without what is not seen of it, and for programs that know
 * ASCII only.  False: it is neither of the first two.
 */
static bool
add_name(struct finder *finder, struct str name)
{
	struct str prefix = ascii_prefix(name), seen = trim_unseen(name);
	bool usable = add(finder, name);

	if (!usable && seen.n < name.n)
		usable = add(finder, seen);
	if (prefix.n < name.n)
		add(finder, prefix);
	return usable;
}

/* With a dot as IDNA knows them (RFC 3490 section 3.1). */
static bool
looks_like_domain(struct str name)
{
	static const char *const dots[] = {".", "\xe3\x80\x82", "\xef\xbc\x8e",
					   "\xef\xbd\xa1"};

	if (str_is_ascii(name))
		return false;
	for (size_t i = 0; i < sizeof dots / sizeof *dots; i++)
		if (memmem(name.p, name.n, dots[i], strlen(dots[i])) != NULL)
			return true;
	return false;
}

static void
add_shown(struct finder *finder, struct str name)
{
	if (!add_name(finder, name) && looks_like_domain(name))
		finder->authors->unreadable = true;
}

/*
 * Blanks and comments around the dots do not count (obs-domain), or, for
 * programs that join whatever atoms follow, none between two runs of octets.
 */
static struct str
spaced_name(struct arena *arena, struct lex lex, bool comments, bool join)
{
	struct buf name;
	struct str run;

	buf_init(&name, arena);
	while (name.n <= NAME_MAX_OCTETS &&
	       lex_run(&lex, domain_may_hold, &run)) {
		buf_add(&name, run);
		if (join && lex_peek(&lex) == '"')
			break;
		skip_noise(&lex, &comments);
		if (!join && name.p[name.n - 1] != '.' && lex_peek(&lex) != '.')
			break;
	}
	return buf_str(&name);
}

/* Quotes, backslashes and control octets inside the name do not count. */
static struct str
unquoted_name(struct arena *arena, struct lex lex)
{
	struct buf name;

	buf_init(&name, arena);
	for (; !lex_eof(&lex) && name.n <= NAME_MAX_OCTETS; lex.p++) {
		if (domain_may_hold(*lex.p))
			buf_addc(&name, *lex.p);
		else if (!is_dropped(*lex.p))
			break;
	}
	return buf_str(&name);
}

/* lex stands behind an "@". */
static void
add_readings(struct finder *finder, struct lex lex)
{
	struct str plain, spaced, unquoted, joined;
	bool comments = true;

	skip_noise(&lex, &comments);
	if (lex_peek(&lex) == '[')
		finder->authors->invalid_domain = true;
	struct lex at = lex;
	if (!lex_run(&at, domain_may_hold, &plain))
		return;
	add_shown(finder, plain);
	spaced = spaced_name(finder->arena, lex, comments, false);
	if (!str_eq(spaced, plain))
		add_shown(finder, spaced);
	unquoted = unquoted_name(finder->arena, lex);
	if (!str_eq(unquoted, plain))
		add_shown(finder, unquoted);
	/* Without a dot it is nobody's name, rather words behind an "@". */
	joined = spaced_name(finder->arena, lex, comments, true);
	if (!str_eq(joined, spaced) && str_chr(joined, '.') < joined.n)
		add_name(finder, joined);
}

static void
add_view(struct finder *finder, struct str text)
{
	struct lex lex = lex_of(text);

	for (size_t seen = 0; !lex_eof(&lex); seen++) {
		lex.p += str_chr(lex_rest(&lex), '@');
		if (!lex_char(&lex, '@'))
			return;
		if (seen == LIMIT_FROM_MAILBOXES ||
		    finder->unusable >= LIMIT_FROM_UNUSABLE) {
			finder->authors->too_many = true;
			return;
		}
		add_readings(finder, lex);
	}
}

void
address_tolerant(struct arena *arena, struct str text,
		 struct address_authors *authors)
{
	struct finder finder = {.arena = arena, .authors = authors};
	struct str decoded = encoded_words_decode(arena, text, false);
	struct str closed = encoded_words_decode(arena, text, true);

	add_view(&finder, text);
	if (!str_eq(decoded, text))
		add_view(&finder, decoded);
	if (!str_eq(closed, text) && !str_eq(closed, decoded))
		add_view(&finder, closed);
}
