/*
 * Slices of bytes: a pointer and a length, never NUL-terminated, never owned.
 *
 * Input from mail, DNS and the network travels through the library in this
 * form only, so that NUL and 8-bit octets stay visible.  Functions named
 * _nocase fold ASCII letters only.  Everything here is reentrant.
 */
#ifndef VERDICT_BASE_STR_H
#define VERDICT_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compat.h"

struct str {
	const char *p; /* may be NULL only when n is 0 */
	size_t n;
};

/* A slice of a string literal; usable in static initialisers. */
#define STR(lit)                          \
	{                                 \
		("" lit), sizeof(lit) - 1 \
	}
#define str_lit(lit) ((struct str)STR(lit))
#define str_empty() ((struct str){"", 0})
/* For printf("%.*s"): at most INT_MAX octets, which limits.h guarantees. */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

struct str str_of(const char *cstr); /* NULL becomes the empty slice */
struct str str_n(const char *p, size_t n);

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b);
bool str_is(struct str a, const char *cstr);
bool str_is_nocase(struct str a, const char *cstr);
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);
bool str_ends_nocase(struct str s, struct str suffix);

/* From offset `from` (clamped to the end), or the first `n` octets. */
struct str str_from(struct str s, size_t from);
struct str str_first(struct str s, size_t n);

/* Offset of the first (last) octet c, or s.n when there is none. */
size_t str_chr(struct str s, char c);
size_t str_rchr(struct str s, char c);

/* Without SP and TAB (and, for _fws, CR and LF) at both ends. */
struct str str_trim_wsp(struct str s);
struct str str_trim_fws(struct str s);

/*
 * The piece of *rest before the next `sep`; *rest becomes what follows it.
 * False, with nothing changed, once *rest is used up: rest->p is then NULL.
 * "a;;b" gives "a", "", "b"; "" gives one empty piece.
 */
bool str_split(struct str *rest, char sep, struct str *piece_out);

/* Decimal digits only, at least one, at most `max`: else false. */
bool str_uint(struct str s, uint64_t max, uint64_t *value_out);

/* Called for each octet of a message: inline. */

static inline char
ascii_lower(char c)
{
	return (c >= 'A' && c <= 'Z') ? (char)(c + ('a' - 'A')) : c;
}

static inline bool
ascii_is_alpha(char c)
{
	char l = ascii_lower(c);

	return l >= 'a' && l <= 'z';
}

static inline bool
ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
ascii_is_alnum(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c);
}

static inline bool
ascii_is_xdigit(char c)
{
	char l = ascii_lower(c);

	return ascii_is_digit(c) || (l >= 'a' && l <= 'f');
}

/* %x20-7E */
static inline bool
ascii_is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

/* SP or TAB */
static inline bool
ascii_is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* SP, TAB, CR or LF */
static inline bool
ascii_is_fws(char c)
{
	return ascii_is_wsp(c) || c == '\r' || c == '\n';
}

int ascii_hex_value(char c); /* 0 to 15, or -1 */

/* The octets that printf makes of these; args may be used afterwards. */
size_t str_print_size(const char *fmt, va_list args) PRINTF_LIKE(1, 0);

/* True where every octet is printable ASCII or SP (%x20-7E). */
bool str_is_printable(struct str s);
/* Octets of 7 bits only? */
bool str_is_ascii(struct str s);
/* %x00-1F or %x7F anywhere? */
bool str_has_control(struct str s);

#endif
