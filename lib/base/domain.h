/*
 * Domain names in one canonical form: lower-case A-labels joined by dots, no
 * trailing dot, 1..253 octets, labels of 1..63 octets out of letters, digits,
 * hyphen and underscore.  Every comparison and DNS question of the library
 * uses this form; domain_canonical() is the only way into it.
 *
 * U-labels become A-labels by IDNA2008 with UTS #46 mapping (RFC 5891, RFC
 * 9989 section 5.3.1), so that full-width letters and dots cannot make a name
 * that looks like another and compares unequal.
 */
#ifndef VERDICT_BASE_DOMAIN_H
#define VERDICT_BASE_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

/* Canonical names. */
struct domain_list {
	const struct str *name;
	size_t count;
};

enum domain_status {
	DOMAIN_OK,
	DOMAIN_EMPTY,     /* no name, or an empty label */
	DOMAIN_LENGTH,    /* over 253 octets, or a label over 63 */
	DOMAIN_CHARACTER, /* an octet that no host name has */
	DOMAIN_IDNA       /* a U-label that IDNA2008 refuses */
};

/*
 * in: text of a name, one trailing dot allowed, ASCII or UTF-8.
 * *out: the canonical form, in the arena; untouched unless DOMAIN_OK.
 */
enum domain_status domain_canonical(struct arena *arena, struct str in,
				    struct str *out);
/* May the octet stand in the text of a name (a U-label, a dot included)? */
bool domain_may_hold(char c);
const char *domain_status_text(enum domain_status status);

/* The functions below take canonical names. */

/* With U-labels where it has A-labels of IDNA2008; in the arena, or itself. */
struct str domain_u_labels(struct arena *arena, struct str domain);
/* Number of labels; 0 for the empty name. */
size_t domain_labels(struct str domain);
/* Without its leftmost label; empty for a single label. */
struct str domain_parent(struct str domain);
/* The rightmost n labels; the whole name where it has no more than n. */
struct str domain_last_labels(struct str domain, size_t n);
/* Is `domain` equal to `ancestor` or below it? */
bool domain_is_at_or_below(struct str domain, struct str ancestor);

#endif
