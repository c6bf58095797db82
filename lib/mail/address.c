#include "mail/address.h"

#include <string.h>

#include "mail/address_internal.h"

bool
address_is_atext(char c)
{
	return ascii_is_alnum(c) || (unsigned char)c > 0x7f ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

enum domain_status
authors_add(struct arena *arena, struct address_authors *authors,
	    struct str domain)
{
	struct str name;
	enum domain_status status = domain_canonical(arena, domain, &name);

	if (status != DOMAIN_OK) {
		authors->invalid_domain = true;
		return status;
	}
	for (size_t i = 0; i < authors->count; i++) {
		if (str_eq(authors->domain[i], name))
			return DOMAIN_OK;
	}
	if (authors->count == LIMIT_AUTHOR_DOMAINS)
		authors->too_many = true;
	else
		authors->domain[authors->count++] = name;
	return DOMAIN_OK;
}

/* RFC 5322 section 2.2.3: a CRLF that WSP follows is dropped. */
static struct str
unfold(struct arena *arena, struct str value)
{
	char *text = arena_alloc(arena, value.n);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.n - i > 2 && value.p[i] == '\r' &&
		    value.p[i + 1] == '\n' && ascii_is_wsp(value.p[i + 2]))
			i += 2;
		text[n++] = value.p[i];
	}
	return str_n(text, n);
}

static const char *
strict_reason(const struct address_authors *authors)
{
	if (authors->too_many)
		return "too many Author Domains";
	if (authors->invalid_domain)
		return "an address literal is no Author Domain";
	return authors->count == 0 ? "no mailbox" : "";
}

void
address_authors(struct arena *arena, struct str value,
		struct address_authors *authors_out)
{
	struct address_authors strict = {.strict = true}, tolerant = {0};

	if (value.n > LIMIT_FROM_BYTES) {
		tolerant.too_many = true;
		tolerant.reason = "the field is too long";
		*authors_out = tolerant;
		return;
	}
	struct str text = unfold(arena, value);
	strict.reason = address_strict(arena, text, &strict);
	if (strict.reason == NULL) {
		strict.reason = strict_reason(&strict);
		*authors_out = strict;
		return;
	}
	tolerant.reason = strict.reason;
	tolerant.invalid_domain = strict.invalid_domain;
	tolerant.too_many = strict.too_many;
	address_tolerant(arena, text, &tolerant);
	*authors_out = tolerant;
}
