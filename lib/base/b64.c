#include "base/b64.h"

/* One more than the value of an octet, from ' ' on; 0: no digit. */
static const unsigned char digit[256 - ' '] = {
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  63, 0,  0,  0,  64,
    53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0,  0,  0,  0,  0,  0,
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0,  0,  0,  0,  0,
    0,  27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
    42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 0,  0,  0,  0,  0,
};

static int
value_of(char c)
{
	unsigned char octet = (unsigned char)c;

	return octet < ' ' ? -1 : digit[octet - ' '] - 1;
}

/* The octets of the last, partly filled group; false on surplus padding. */
static bool
finish(uint32_t bits, unsigned digits, size_t padding, char *out, size_t *n)
{
	if (digits == 0)
		return padding == 0;
	if (digits == 1 || padding > 4 - digits)
		return false;
	bits <<= 6 * (4 - digits);
	if (digits == 2 && (bits & 0xffff) != 0)
		return false;
	if (digits == 3 && (bits & 0xff) != 0)
		return false;
	out[(*n)++] = (char)(bits >> 16);
	if (digits == 3)
		out[(*n)++] = (char)(bits >> 8);
	return true;
}

bool
b64_decode(struct arena *arena, struct str text, struct str *octets_out)
{
	char *out = arena_alloc(arena, text.n / 4 * 3 + 3);
	uint32_t bits = 0;
	unsigned digits = 0;
	size_t padding = 0, n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		int value = value_of(c);
		if (value < 0 && ascii_is_fws(c))
			continue;
		if (c == '=') {
			padding++;
			continue;
		}
		if (value < 0 || padding > 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		if (++digits < 4)
			continue;
		out[n++] = (char)(bits >> 16);
		out[n++] = (char)(bits >> 8);
		out[n++] = (char)bits;
		bits = digits = 0;
	}
	if (!finish(bits, digits, padding, out, &n))
		return false;
	*octets_out = (struct str){out, n};
	return true;
}
