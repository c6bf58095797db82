#include "authres/claims.h"

#include <stdint.h>

#include "base/utf8.h"

/*
 * What readers strip, split at or do not show: str.strip() of Python, trim() of
 * JavaScript and Java, \s of Perl, and the marks that Unicode calls
 * Default_Ignorable_Code_Point.
 */
static const struct range {
	uint32_t first, last;
} ranges[] = {
    {0x80, 0xa0},       {0xad, 0xad},       {0x34f, 0x34f},
    {0x61c, 0x61c},     {0x115f, 0x1160},   {0x1680, 0x1680},
    {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x2000, 0x200f},
    {0x2028, 0x202f},   {0x205f, 0x206f},   {0x2800, 0x2800},
    {0x3000, 0x3000},   {0x3164, 0x3164},   {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffd},
    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/* The code point of a well-formed sequence of n octets. */
static uint32_t
code_point(struct str s, size_t n)
{
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t code = (unsigned char)s.p[0] & mask[n];

	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)s.p[i] & 0x3f);
	return code;
}

size_t
odd_blank(struct str s)
{
	size_t n = utf8_length(s);

	if (s.n == 0 || ascii_is_wsp(s.p[0]))
		return 0;
	/* Latin-1, where it is no UTF-8 */
	uint32_t code = n > 0 ? code_point(s, n) : (unsigned char)s.p[0];
	if (code < 0x20 || code == 0x7f)
		return 1;
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return n > 0 ? n : 1;
	}
	return 0;
}
