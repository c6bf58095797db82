#include "dns/scan.h"

#include <stdbool.h>

#include "base/limits.h"

#define HEADER 12
#define TYPE_TXT 16

static const char malformed[] = "the DNS server's answer is malformed";

struct scan {
	const uint8_t *p;
	size_t at, n;
};

/* Moves on where that many octets are left. */
static bool
skip(struct scan *scan, size_t octets)
{
	if (octets > scan->n - scan->at)
		return false;
	scan->at += octets;
	return true;
}

static bool
take_u16(struct scan *scan, unsigned *value_out)
{
	if (!skip(scan, 2))
		return false;
	*value_out =
	    (unsigned)scan->p[scan->at - 2] << 8 | scan->p[scan->at - 1];
	return true;
}

/* Section 4.1.4: labels up to the root or a pointer. */
static bool
skip_name(struct scan *scan)
{
	while (scan->at < scan->n) {
		uint8_t length = scan->p[scan->at];

		if (length == 0)
			return skip(scan, 1);
		if (length >= 0xc0)
			return skip(scan, 2);
		if (length > LIMIT_LABEL || !skip(scan, (size_t)1 + length))
			return false;
	}
	return false;
}

/* Section 3.3.14: how many character-strings are there, full or cut? */
static size_t
strings_in(const uint8_t *p, size_t n)
{
	size_t strings = 0;

	for (size_t at = 0; at < n; at += (size_t)1 + p[at])
		strings++;
	return strings;
}

/* Section 4.1.3 */
static const char *
scan_record(struct scan *scan)
{
	unsigned type, length;

	/* CLASS and TTL stand between them. */
	if (!skip_name(scan) || !take_u16(scan, &type) || !skip(scan, 6) ||
	    !take_u16(scan, &length) || !skip(scan, length))
		return malformed;
	const uint8_t *rdata = scan->p + scan->at - length;
	bool costly = type == TYPE_TXT
			  ? strings_in(rdata, length) > LIMIT_DNS_TXT_STRINGS
			  : length > LIMIT_DNS_RDATA;
	return costly ? "a record with too many parts" : NULL;
}

const char *
dns_scan(const uint8_t *p, size_t n)
{
	struct scan scan = {.p = p, .n = n};
	unsigned questions, records = 0;
	const char *reason = NULL;

	if (!skip(&scan, 4) || !take_u16(&scan, &questions))
		return malformed;
	while (scan.at < HEADER) {
		unsigned count;
		if (!take_u16(&scan, &count))
			return malformed;
		records += count;
	}
	for (unsigned i = 0; i < questions; i++) {
		if (!skip_name(&scan) || !skip(&scan, 4))
			return malformed;
	}
	for (unsigned i = 0; i < records && reason == NULL; i++)
		reason = scan_record(&scan);
	return reason;
}
