/*
 * Between the files of mail/address: not for others.
 */
#ifndef VERDICT_MAIL_ADDRESS_INTERNAL_H
#define VERDICT_MAIL_ADDRESS_INTERNAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/domain.h"
#include "base/str.h"
#include "mail/address.h"

/* Unless DOMAIN_OK, invalid_domain is set and nothing is added. */
enum domain_status authors_add(struct arena *arena,
			       struct address_authors *authors,
			       struct str domain);

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

#endif
