/* Which fields are deleted. */
#include "authres/authres.h"
#include "authres/claims.h"

static const struct str results_name = STR("Authentication-Results");

static bool
begins_ours(struct str line, struct str tag_header)
{
	return header_begins_field(line, results_name) > 0 ||
	       (tag_header.n > 0 && header_begins_field(line, tag_header) > 0);
}

/*
 * A bare CR is an octet to us and a line end to others: does one bring a field
 * to light that only we may write?  No honest field holds such a line, so the
 * identifier is not looked at.
 */
static bool
hides_field(const struct header_field *field, struct str tag_header)
{
	struct str line;
	size_t at = 0;

	if (header_hidden_in_name(field, results_name) ||
	    (tag_header.n > 0 && header_hidden_in_name(field, tag_header)))
		return true;
	while (header_hidden_line(field, &at, &line))
		if (begins_ours(line, tag_header))
			return true;
	return false;
}

/* Is it of those that bear results? */
static bool
bears_results(struct str name)
{
	return str_eq_nocase(name, results_name) ||
	       str_starts_nocase(name, str_lit("ARC-"));
}

/* Fields that go, by what they are and hold; see authres_forged(). */
struct sieve {
	const struct header *header;
	struct own_ids own;
	struct str tag_header;
	size_t kept_above; /* the first field whose results do not stay */
};

static bool
goes(struct sieve *sieve, const struct header_field *field, size_t at)
{
	if (sieve->tag_header.n > 0 &&
	    str_eq_nocase(field->name, sieve->tag_header))
		return true;
	if (hides_field(field, sieve->tag_header))
		return true;
	if (bears_results(field->name) &&
	    header_has_long_line(sieve->header, field))
		return true;
	return at >= sieve->kept_above &&
	       str_eq_nocase(field->name, results_name) &&
	       claims(&sieve->own, field->value);
}

/* Received fields stand above what their writer was handed. */
static size_t
topmost_received(const struct header *header)
{
	for (size_t i = 0; i < header->count; i++) {
		if (str_is_nocase(header->field[i].name, "Received"))
			return i;
	}
	return 0;
}

/* A relay may have verified the message under our name. */
static size_t
kept_above(const struct header *header, const struct authres_options *options,
	   enum client_class client_class)
{
	if (client_class != CLIENT_RELAY)
		return 0;
	return options->relays_verify ? header->count
				      : topmost_received(header);
}

/* How many fields up to this one bear its name; `last` is an earlier one. */
static size_t
occurrence(const struct header *header, size_t at,
	   const struct authres_deletion *last, size_t last_at)
{
	struct str name = header->field[at].name;
	bool follows = last != NULL && str_eq_nocase(last->name, name);
	size_t n = follows ? last->occurrence : 0;

	for (size_t i = follows ? last_at + 1 : 0; i <= at; i++)
		n += str_eq_nocase(header->field[i].name, name);
	return n;
}

/* As the one who reads the log knows it. */
static struct str
spelt(struct str name, struct str tag_header)
{
	if (str_eq_nocase(name, results_name))
		return results_name;
	return str_eq_nocase(name, tag_header) ? tag_header : name;
}

struct authres_deletion *
authres_forged(struct arena *arena, const struct header *header,
	       const struct authres_options *options,
	       enum client_class client_class, size_t *count_out)
{
	struct sieve sieve = {
	    .header = header,
	    .own = own_ids_of(arena, options->ids, options->n_ids),
	    .tag_header = options->tag_header,
	    .kept_above = kept_above(header, options, client_class),
	};
	struct authres_deletion *found =
	    arena_array(arena, header->count, sizeof *found);
	size_t at = header->count, last = 0;

	for (size_t i = 0; i < header->count; i++) {
		const struct header_field *field = &header->field[i];
		if (!goes(&sieve, field, i))
			continue;
		const struct authres_deletion *before =
		    at < header->count ? &found[at] : NULL;
		size_t n = occurrence(header, i, before, last);
		found[--at] = (struct authres_deletion){
		    spelt(field->name, options->tag_header), n};
		last = i;
	}
	*count_out = header->count - at;
	return found + at;
}
