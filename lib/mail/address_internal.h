/*
 * Between the files of mail/address: not for others.
 */
#ifndef VERDICT_MAIL_ADDRESS_INTERNAL_H
#define VERDICT_MAIL_ADDRESS_INTERNAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/domain.h"
#include "base/lex.h"
#include "base/str.h"
#include "mail/address.h"

/* The canonical name; unless DOMAIN_OK, invalid_domain is set. */
enum domain_status authors_name(struct arena *arena,
				struct address_authors *authors,
				struct str text, struct str *name_out);
void authors_add(struct address_authors *authors, struct str name);

/* Once all is read but what encoded words hold. */
void authors_conclude(struct address_authors *authors);

/*
 * A canonical name that stands for itself wherever the mail goes: not of one
 * label, nor below UUCP, whose names Sendmail takes as its own.
 */
bool address_is_whole(struct str name);

/* atext of RFC 5322 section 3.2.3 with UTF8-non-ascii of RFC 6532 */
bool address_is_atext(char c);

/*
 * Both take an unfolded field and add to *authors.  strict: NULL where the
 * field follows the grammar, else a static reason.
 */
const char *address_strict(struct arena *arena, struct str text,
			   struct address_authors *authors);
void address_tolerant(struct arena *arena, struct str text,
		      struct address_authors *authors);

/* One mailbox by the grammar; 8-bit octets need not be UTF-8. */
bool address_is_mailbox(struct arena *arena, struct str text);

/* What separators leave of a From field: an address, or what is none. */
struct address_element {
	const char *begin, *end;
	const char *angle, *close; /* "<", behind ">"; or NULL */
	bool named;                /* phrase <address>, and nothing else */
	bool empty;                /* blanks and comments only */
	bool odd;                  /* angle brackets in odd places */
	bool at;        /* the address has an "@" after a local part */
	bool local;     /* text between "<" and "@" */
	bool phrase;    /* text before "<" */
	bool phrase_at; /* an "@" there */
	bool words;     /* nothing but plain words there */
	bool separated; /* ends with a comma, or a ";" that ends no group */
};

struct address_elements {
	struct lex lex;
	bool quotes, comments; /* those that were seen have an end */
	bool group;
	bool escaped; /* a backslash outside quotes and comments */
};

void address_elements_init(struct address_elements *elements, struct str text);
bool address_elements_next(struct address_elements *elements,
			   struct address_element *element_out);
/* Octets of the longest of what commas separate for the grammar. */
size_t address_longest(struct str text);

#endif
