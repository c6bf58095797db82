#include "verify/author.h"

#include "mail/address.h"

/* False where the domain is new and there is no room for it. */
static bool
add_domain(struct verdict_from *from, struct str domain)
{
	for (size_t i = 0; i < from->count; i++) {
		if (str_eq(from->domain[i], domain))
			return true;
	}
	if (from->count == LIMIT_AUTHOR_DOMAINS)
		return false;
	from->domain[from->count++] = domain;
	return true;
}

static bool
add_field(struct arena *arena, const struct header_field *field,
	  struct verdict_from *from)
{
	struct address_authors authors;
	bool fits = true;

	address_authors(arena, field->value, &authors);
	for (size_t i = 0; i < authors.count; i++)
		fits = add_domain(from, authors.domain[i]) && fits;
	from->strict = from->strict && authors.strict;
	if (from->reason[0] == '\0')
		from->reason = authors.reason;
	/* Whom the unreadable one names is not known: there may be others. */
	return fits && !authors.too_many &&
	       !(authors.unreadable && authors.count > 0);
}

static enum from_state
state_of(size_t fields, bool fits, size_t domains)
{
	if (fields == 0)
		return FROM_MISSING;
	if (fields > 1)
		return FROM_FIELDS;
	if (!fits)
		return FROM_TOO_MANY;
	if (domains == 0)
		return FROM_NO_DOMAIN;
	return domains == 1 ? FROM_ONE : FROM_SEVERAL;
}

void
author_domains(struct arena *arena, const struct header *header,
	       struct verdict_from *from_out)
{
	struct verdict_from from = {.strict = true, .reason = ""};
	size_t fields = 0, octets = 0;
	bool fits = true;

	for (size_t i = 0; i < header->count; i++) {
		if (!str_is_nocase(header->field[i].name, "From"))
			continue;
		fields++;
		octets += header->field[i].value.n;
		/* Together no more than one field may hold, for its cost. */
		if (fields > 1 && octets > LIMIT_FROM_BYTES)
			continue;
		fits = add_field(arena, &header->field[i], &from) && fits;
	}
	from.state = state_of(fields, fits, from.count);
	*from_out = from;
}
