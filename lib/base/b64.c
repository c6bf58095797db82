#include "base/b64.h"

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* The octets of the last, partly filled group; false on bad padding. */
static bool
finish(uint32_t bits, unsigned digits, unsigned padding, char *out, size_t *n)
{
	if (digits == 0)
		return padding == 0;
	if (digits + padding != 4 || digits == 1)
		return false;
	bits <<= 6 * padding;
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
	unsigned digits = 0, padding = 0;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (ascii_is_fws(c))
			continue;
		if (c == '=') {
			padding++;
			continue;
		}
		int value = value_of(c);
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
