#include "tests/support/b64_text.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str
b64_text(struct arena *arena, struct str octets)
{
	char *out = arena_alloc(arena, (octets.n + 2) / 3 * 4 + 1);
	size_t n = 0;

	for (size_t i = 0; i < octets.n; i += 3) {
		size_t have = octets.n - i < 3 ? octets.n - i : 3;
		uint32_t bits = 0;
		for (size_t k = 0; k < 3; k++) {
			uint8_t octet = k < have ? (uint8_t)octets.p[i + k] : 0;
			bits = bits << 8 | octet;
		}
		for (size_t k = 0; k < 4; k++) {
			uint32_t digit = bits >> (18 - 6 * k) & 63;
			out[n++] = k <= have ? alphabet[digit] : '=';
		}
	}
	return (struct str){out, n};
}
