/*
 * Questions and answers in wire format (RFC 1035 section 4, RFC 6891), by way
 * of ldns, which no other file of this folder sees.
 */
#ifndef VERDICT_DNS_WIRE_H
#define VERDICT_DNS_WIRE_H

#include "dns/answer.h"
#include "dns/key.h"

#define DNS_WIRE_HEADER 12
/* Header, name, type and class, OPT record. */
#define DNS_WIRE_QUESTION_MAX (DNS_WIRE_HEADER + 255 + 4 + 11)
#define DNS_WIRE_ANSWER_MAX 65535

struct dns_wire_question {
	size_t n;
	size_t end; /* of the question section */
	uint8_t octet[DNS_WIRE_QUESTION_MAX];
};

/* For a key that is askable.  The ID is left at zero. */
void dns_wire_question(const struct dns_key *key, bool edns, bool ad,
		       struct dns_wire_question *question_out);
void dns_wire_set_id(struct dns_wire_question *question, uint16_t id);

/*
 * Is this an answer (QR, QUERY) with that ID to that question?  Everything
 * else is not for us, whoever sent it (RFC 5452 section 9.1).
 */
bool dns_wire_is_answer_to(const struct dns_wire_question *question,
			   uint16_t id, const uint8_t *p, size_t n);
/* Those below are for what dns_wire_is_answer_to() accepted. */
bool dns_wire_is_truncated(const uint8_t *p);
/* REFUSED (RFC 1035 section 4.1.1). */
bool dns_wire_is_refused(const uint8_t *p);

enum dns_wire_result {
	DNS_WIRE_ANSWER,  /* *answer_out is set; it may be a failure */
	DNS_WIRE_FORMERR, /* the server may not know EDNS (RFC 6891, 7) */
	DNS_WIRE_FAILURE  /* it failed or is lame: *reason_out tells how */
};
enum dns_wire_result dns_wire_answer(const struct dns_key *key, bool trust_ad,
				     const uint8_t *p, size_t n,
				     struct dns_answer **answer_out,
				     const char **reason_out);

#endif
