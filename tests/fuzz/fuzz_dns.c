/*
 * A datagram that claims to answer a question.  The first octet chooses the
 * type; a datagram that is no answer gets the ID, flags and question of one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dns/wire.h"
#include "tests/fuzz/fuzz.h"

#define ID 0x1234

static const enum dns_type types[] = {DNS_A, DNS_PTR, DNS_MX, DNS_TXT,
				      DNS_AAAA};

static void
check_answer(const struct dns_answer *answer, const struct dns_key *key)
{
	fuzz_require(answer->type == key->type);
	fuzz_require(str_eq(answer->name, dns_key_name(key)));
	fuzz_require(answer->count <= LIMIT_DNS_ANSWER_RRS);
	fuzz_require((answer->count > 0) == (answer->status == DNS_OK));
	fuzz_require(answer->status != DNS_TOO_MANY ||
		     (answer->cut && key->type == DNS_TXT));
	fuzz_require(!dns_name_exists(answer) || !dns_name_is_absent(answer));
	fuzz_require(answer->ttl <= LIMIT_DNS_TTL);
	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_rr *rr = &answer->rr[i];

		if (key->type == DNS_TXT)
			fuzz_canary(rr->text, "zq");
		else
			fuzz_require(str_is_printable(rr->text) &&
				     rr->text.n <= LIMIT_DOMAIN);
		if (key->type == DNS_A)
			fuzz_require(rr->ip.family == IP_V4);
		if (key->type == DNS_AAAA)
			fuzz_require(rr->ip.family != IP_NONE);
	}
}

static void
make_answer(uint8_t *p, const struct dns_wire_question *question)
{
	memcpy(p, question->octet, 2);
	p[2] = 0x84 | (p[2] & 0x03);
	p[4] = 0;
	p[5] = 1;
	memcpy(p + DNS_WIRE_HEADER, question->octet + DNS_WIRE_HEADER,
	       question->end - DNS_WIRE_HEADER);
}

static void
check_datagram(const struct dns_key *key, const uint8_t *p, size_t n)
{
	struct dns_answer *answer = NULL;
	const char *reason = NULL;
	enum dns_wire_result result =
	    dns_wire_answer(key, true, p, n, &answer, &reason);

	(void)dns_wire_is_truncated(p);
	fuzz_require((result == DNS_WIRE_ANSWER) == (answer != NULL));
	fuzz_require((result == DNS_WIRE_ANSWER) == (reason == NULL));
	if (answer != NULL) {
		check_answer(answer, key);
		dns_answer_unref(answer);
	}
}

void
fuzz_one(struct str input)
{
	static const struct siphash_key siphash_key = {{1, 2}};
	size_t choice = input.n ? (uint8_t)input.p[0] : 0;
	size_t n = str_from(input, 1).n;
	struct dns_wire_question question;
	struct dns_key key;
	uint8_t *p = malloc(n ? n : 1);

	if (p == NULL)
		mem_exhausted(n);
	memcpy(p, str_from(input, 1).p, n);
	dns_key_make(&siphash_key, str_lit("a.example"),
		     types[choice % (sizeof types / sizeof *types)], &key);
	dns_wire_question(&key, true, false, &question);
	dns_wire_set_id(&question, ID);
	if (n >= question.end && !dns_wire_is_answer_to(&question, ID, p, n)) {
		make_answer(p, &question);
		fuzz_require(dns_wire_is_answer_to(&question, ID, p, n));
	}
	if (dns_wire_is_answer_to(&question, ID, p, n))
		check_datagram(&key, p, n);
	free(p);
}
