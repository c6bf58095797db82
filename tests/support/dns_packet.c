#include "tests/support/dns_packet.h"

#include "tests/support/test.h"

static const struct siphash_key hash_key = {{1, 2}};

struct dns_key
packet_key(struct str name, enum dns_type type)
{
	struct dns_key key;

	dns_key_make(&hash_key, name, type, &key);
	return key;
}

void
packet_begin(struct buf *packet, unsigned flags, unsigned answers,
	     unsigned authority, unsigned additional, enum dns_type type)
{
	const unsigned word[] = {0x1234,  flags,     1,
				 answers, authority, additional};

	buf_init(packet, NULL);
	for (size_t i = 0; i < sizeof word / sizeof word[0]; i++) {
		buf_addc(packet, (char)(word[i] >> 8));
		buf_addc(packet, (char)word[i]);
	}
	buf_add(packet, str_lit("\1a\7example\0"));
	buf_add(packet, str_n((const char[]){0, (char)type, 0, 1}, 4));
}

void
packet_add_ttl(struct buf *packet, struct str owner, unsigned type,
	       struct str ttl, struct str rdata)
{
	buf_add(packet, owner);
	buf_add(packet, str_n((const char[]){0, (char)type, 0, 1}, 4));
	buf_add(packet, ttl);
	buf_addc(packet, (char)(rdata.n >> 8));
	buf_addc(packet, (char)rdata.n);
	buf_add(packet, rdata);
}

void
packet_add(struct buf *packet, struct str owner, unsigned type,
	   struct str rdata)
{
	packet_add_ttl(packet, owner, type, str_lit("\0\0\0d"), rdata);
}

struct packet_got
packet_parse(struct buf *packet, enum dns_type type)
{
	struct packet_got got = {.reason = ""};
	struct dns_key key = packet_key(str_lit("a.example"), type);
	struct str whole = exact_n(packet->p, packet->n);

	got.result = dns_wire_answer(&key, true, (const uint8_t *)whole.p,
				     whole.n, &got.answer, &got.reason);
	buf_clear(packet);
	return got;
}
