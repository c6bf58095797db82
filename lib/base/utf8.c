#include "base/utf8.h"

static bool
is_between(char c, unsigned low, unsigned high)
{
	unsigned octet = (unsigned char)c;

	return octet >= low && octet <= high;
}

/* What may stand behind each first octet: RFC 3629 section 4. */
static const struct sequence {
	unsigned char first_low, first_high;
	unsigned char second_low, second_high;
	unsigned char length;
} sequences[] = {
    {0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
    {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
    {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool
is_sequence(struct str s, const struct sequence *sequence)
{
	if (!is_between(s.p[0], sequence->first_low, sequence->first_high) ||
	    s.n < sequence->length)
		return false;
	if (sequence->length > 1 &&
	    !is_between(s.p[1], sequence->second_low, sequence->second_high))
		return false;
	for (size_t i = 2; i < sequence->length; i++) {
		if (!is_between(s.p[i], 0x80, 0xbf))
			return false;
	}
	return true;
}

size_t
utf8_length(struct str s)
{
	if (s.n == 0)
		return 0;
	for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++) {
		if (is_sequence(s, &sequences[i]))
			return sequences[i].length;
	}
	return 0;
}

bool
utf8_valid(struct str s)
{
	while (s.n > 0) {
		size_t n = utf8_length(s);
		if (n == 0)
			return false;
		s = str_from(s, n);
	}
	return true;
}
