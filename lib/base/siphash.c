#include "base/siphash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct siphash_key
siphash_key_random(void)
{
	struct siphash_key key;

	if (getrandom(&key, sizeof key, 0) != (ssize_t)sizeof key)
		abort();
	return key;
}

static uint64_t
rotate(uint64_t x, int bits)
{
	return x << bits | x >> (64 - bits);
}

static void
rounds(uint64_t v[4], int n)
{
	while (n-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static uint64_t
load_le(const char *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)(uint8_t)p[i] << (8 * i);
	return word;
}

uint64_t
siphash(const struct siphash_key *key, struct str data)
{
	uint64_t v[4] = {
	    key->k[0] ^ 0x736f6d6570736575U, key->k[1] ^ 0x646f72616e646f6dU,
	    key->k[0] ^ 0x6c7967656e657261U, key->k[1] ^ 0x7465646279746573U};
	size_t at = 0;

	for (; data.n - at >= 8; at += 8) {
		uint64_t word = load_le(data.p + at, 8);
		v[3] ^= word;
		rounds(v, 2);
		v[0] ^= word;
	}
	uint64_t last =
	    load_le(data.p + at, data.n - at) | (uint64_t)(data.n & 0xff) << 56;
	v[3] ^= last;
	rounds(v, 2);
	v[0] ^= last;
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
