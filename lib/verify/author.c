#include "verify/author.h"

#include "mail/address.h"

static const struct str from_name = STR("From");

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

/* What the fields together say, beside the domains. */
struct sum {
	struct arena *arena;
	enum address_rewriting rewriting;
	struct verdict_from *from;
	size_t fields, octets;
	bool fits, readable;
	bool hidden; /* some field is one for some readers only */
};

static void
unreadable(struct sum *sum, const char *reason)
{
	sum->readable = false;
	if (sum->from->reason[0] == '\0')
		sum->from->reason = reason;
}

/* What the mail server makes of addresses once they are judged. */
static void
rewritten(struct sum *sum, const struct address_authors *authors)
{
	if (sum->rewriting == ADDRESSES_STAY)
		return;
	if (authors->incomplete || authors->name_with_comma || authors->loose)
		unreadable(sum, "the mail server completes the address");
	if (authors->longest > LIMIT_ADDRESS_KEPT)
		unreadable(sum, "the mail server cuts the address");
}

static void
add_addresses(struct verdict_from *from, const struct address_authors *authors)
{
	bool sure = authors->strict && authors->kept == authors->mailboxes &&
		    authors->kept <= LIMIT_AUTHOR_ADDRESSES - from->addresses;

	for (size_t i = 0; sure && i < authors->kept; i++) {
		sure = str_is_printable(authors->mailbox[i].local);
		from->address[from->addresses++] = authors->mailbox[i];
	}
	from->addresses_sure = from->addresses_sure && sure;
}

static void
add_authors(struct sum *sum, const struct address_authors *authors)
{
	struct verdict_from *from = sum->from;

	for (size_t i = 0; i < authors->count; i++)
		sum->fits = add_domain(from, authors->domain[i]) && sum->fits;
	sum->fits = sum->fits && !authors->too_many;
	from->strict = from->strict && authors->strict;
	add_addresses(from, authors);
	from->shown = authors->count - authors->addresses;
	from->shows_domain = from->shows_domain || authors->shows_domain;
	if (from->reason[0] == '\0')
		from->reason = authors->reason;
	/* Whom it names is not known: there may be others. */
	if (authors->unreadable)
		unreadable(sum, "what is shown cannot be read");
	rewritten(sum, authors);
}

static void
add_value(struct sum *sum, struct str value)
{
	struct address_authors authors;

	sum->fields++;
	sum->octets += value.n;
	/* Together no more than one field may hold, for its cost. */
	if (sum->fields > 1 && sum->octets > LIMIT_FROM_BYTES) {
		sum->from->addresses_sure = false;
		return;
	}
	address_authors(sum->arena, value, &authors);
	add_authors(sum, &authors);
}

static void
add_hidden(struct sum *sum, const struct header_field *field)
{
	struct str value;
	size_t at = 0;

	if (header_hidden_in_name(field, from_name)) {
		sum->hidden = true;
		add_value(sum, field->value);
	}
	while (header_hidden(field, from_name, &at, &value)) {
		sum->hidden = true;
		add_value(sum, value);
	}
}

static enum from_state
state_of(const struct sum *sum)
{
	size_t domains = sum->from->count;

	if (sum->fields == 0)
		return FROM_MISSING;
	if (sum->fields > 1 || sum->hidden)
		return FROM_FIELDS;
	if (!sum->fits)
		return FROM_TOO_MANY;
	if (domains == 0)
		return FROM_NO_DOMAIN;
	if (!sum->readable)
		return FROM_UNREADABLE;
	return domains == 1 ? FROM_ONE : FROM_SEVERAL;
}

void
author_domains(struct arena *arena, const struct header *header,
	       enum address_rewriting rewriting, struct verdict_from *from_out)
{
	struct verdict_from from = {
	    .addresses_sure = true, .strict = true, .reason = ""};
	struct sum sum = {
	    .arena = arena,
	    .rewriting = rewriting,
	    .from = &from,
	    .fits = true,
	    .readable = true,
	};

	for (size_t i = 0; i < header->count; i++) {
		const struct header_field *field = &header->field[i];
		if (str_eq_nocase(field->name, from_name)) {
			add_value(&sum, field->value);
			if (header_has_long_line(header, field))
				unreadable(&sum,
					   "a line that the next hop folds");
		}
		add_hidden(&sum, field);
	}
	if (sum.fields > 1)
		from.shown = 0;
	if (sum.hidden)
		from.reason = "one stands after what ends a line for some";
	from.state = state_of(&sum);
	*from_out = from;
}
