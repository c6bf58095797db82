#include "base/str.h"

#include <stdio.h>
#include <string.h>

struct str
str_of(const char *cstr)
{
	return cstr ? (struct str){cstr, strlen(cstr)} : str_empty();
}

struct str
str_n(const char *p, size_t n)
{
	return (struct str){p, n};
}

int
ascii_hex_value(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	return ascii_is_xdigit(c) ? ascii_lower(c) - 'a' + 10 : -1;
}

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
			return false;
	}
	return true;
}

bool
str_is(struct str a, const char *cstr)
{
	return str_eq(a, str_of(cstr));
}

bool
str_is_nocase(struct str a, const char *cstr)
{
	return str_eq_nocase(a, str_of(cstr));
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_first(s, prefix.n), prefix);
}

bool
str_starts_nocase(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq_nocase(str_first(s, prefix.n), prefix);
}

bool
str_ends_nocase(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
	       str_eq_nocase(str_from(s, s.n - suffix.n), suffix);
}

struct str
str_from(struct str s, size_t from)
{
	if (from >= s.n)
		return s.n ? (struct str){s.p + s.n, 0} : str_empty();
	return (struct str){s.p + from, s.n - from};
}

struct str
str_first(struct str s, size_t n)
{
	return (struct str){s.p, n < s.n ? n : s.n};
}

size_t
str_chr(struct str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;

	return hit ? (size_t)(hit - s.p) : s.n;
}

size_t
str_rchr(struct str s, char c)
{
	const char *hit = s.n ? memrchr(s.p, c, s.n) : NULL;

	return hit ? (size_t)(hit - s.p) : s.n;
}

static struct str
trim(struct str s, bool (*blank)(char))
{
	while (s.n > 0 && blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n > 0 && blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str
str_trim_wsp(struct str s)
{
	return trim(s, ascii_is_wsp);
}

struct str
str_trim_fws(struct str s)
{
	return trim(s, ascii_is_fws);
}

bool
str_split(struct str *rest, char sep, struct str *piece_out)
{
	if (rest->p == NULL)
		return false;
	size_t at = str_chr(*rest, sep);
	*piece_out = str_first(*rest, at);
	if (at == rest->n)
		*rest = (struct str){NULL, 0};
	else
		*rest = str_from(*rest, at + 1);
	return true;
}

bool
str_uint(struct str s, uint64_t max, uint64_t *value_out)
{
	uint64_t value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_digit(s.p[i]))
			return false;
		uint64_t digit = (uint64_t)(s.p[i] - '0');
		if (value > max / 10 || value * 10 > max - digit)
			return false;
		value = value * 10 + digit;
	}
	*value_out = value;
	return true;
}

bool
str_is_printable(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_printable(s.p[i]))
			return false;
	}
	return true;
}

bool
str_is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] > 0x7f)
			return false;
	}
	return true;
}

bool
str_has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	}
	return false;
}

size_t
str_print_size(const char *fmt, va_list args)
{
	va_list copy;

	va_copy(copy, args);
	int n = vsnprintf(NULL, 0, fmt, copy);
	va_end(copy);
	return n > 0 ? (size_t)n : 0;
}
