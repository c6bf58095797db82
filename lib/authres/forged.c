/* Which fields are deleted. */
#include "authres/authres.h"
#include "authres/claims.h"
#include "mail/received.h"

static const struct str results_name = STR("Authentication-Results");
static const struct str location_name = STR("BIMI-Location");
static const struct str indicator_name = STR("BIMI-Indicator");

struct str
authres_guarded(const struct authres_options *options, size_t i)
{
	const struct str name[AUTHRES_GUARDED] = {
	    options->tag_header, results_name, location_name, indicator_name};

	return name[i];
}

/* AUTHRES_GUARDED: it is none of them. */
static size_t
guarded_index(const struct authres_options *options, struct str name)
{
	size_t i = 0;

	while (
	    i < AUTHRES_GUARDED &&
	    !(name.n > 0 && str_eq_nocase(name, authres_guarded(options, i))))
		i++;
	return i;
}

static bool
begins_ours(struct str line, const struct authres_options *options)
{
	for (size_t i = 0; i < AUTHRES_GUARDED; i++) {
		struct str name = authres_guarded(options, i);
		if (name.n > 0 && header_begins_field(line, name) > 0)
			return true;
	}
	return false;
}

static bool
hides_in_name(const struct header_field *field,
	      const struct authres_options *options)
{
	for (size_t i = 0; i < AUTHRES_GUARDED; i++) {
		struct str name = authres_guarded(options, i);
		if (name.n > 0 && header_hidden_in_name(field, name))
			return true;
	}
	return false;
}

/*
 * A bare CR is an octet to us and a line end to others: does one bring a field
 * to light that only we may write?  No honest field holds such a line, so the
 * identifier is not looked at.
 */
static bool
hides_field(const struct header_field *field,
	    const struct authres_options *options)
{
	struct str line;
	size_t at = 0;

	if (field->plain)
		return false;
	if (hides_in_name(field, options))
		return true;
	while (header_hidden_line(field, &at, &line))
		if (begins_ours(line, options))
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

/* Those that tell mail programs which logo to show. */
static bool
is_indicator(struct str name)
{
	return str_eq_nocase(name, location_name) ||
	       str_eq_nocase(name, indicator_name);
}

/* Fields that go, by what they are and hold; see authres_forged(). */
struct sieve {
	const struct header *header;
	const struct authres_options *options;
	struct own_ids own;
	/* The first field whose results, or indicators, do not stay. */
	size_t results_from, indicators_from;
};

static bool
goes(struct sieve *sieve, const struct header_field *field, size_t at)
{
	const struct authres_options *options = sieve->options;

	if (options->tag_header.n > 0 &&
	    str_eq_nocase(field->name, options->tag_header))
		return true;
	if (hides_field(field, options))
		return true;
	if (bears_results(field->name) &&
	    header_has_long_line(sieve->header, field))
		return true;
	if (at >= sieve->indicators_from && is_indicator(field->name))
		return true;
	return at >= sieve->results_from &&
	       str_eq_nocase(field->name, results_name) &&
	       claims(&sieve->own, field->value);
}

/* A relay may have verified the message under our name. */
static size_t
results_from(const struct header *header, const struct authres_options *options,
	     enum client_class client_class)
{
	if (client_class != CLIENT_RELAY)
		return 0;
	if (options->relays_verify)
		return header->count;
	/* Without one nothing shows who wrote what. */
	size_t received = received_next(header, 0);
	return received < header->count ? received : 0;
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
spelt(const struct authres_options *options, struct str name)
{
	size_t i = guarded_index(options, name);

	return i < AUTHRES_GUARDED ? authres_guarded(options, i) : name;
}

struct authres_deletion *
authres_forged(struct arena *arena, const struct header *header,
	       const struct authres_options *options,
	       enum client_class client_class, size_t *count_out)
{
	struct sieve sieve = {
	    .header = header,
	    .options = options,
	    .own = own_ids_of(arena, options->ids, options->n_ids),
	    .results_from = results_from(header, options, client_class),
	};
	struct authres_deletion *found =
	    arena_array(arena, header->count, sizeof *found);
	size_t at = header->count, last = 0;

	/* Hosts of our own may be those that look for indicators. */
	sieve.indicators_from = client_class == CLIENT_INTERNAL
				    ? header->count
				    : sieve.results_from;
	for (size_t i = 0; i < header->count; i++) {
		const struct header_field *field = &header->field[i];
		if (!goes(&sieve, field, i))
			continue;
		const struct authres_deletion *before =
		    at < header->count ? &found[at] : NULL;
		size_t n = occurrence(header, i, before, last);
		found[--at] =
		    (struct authres_deletion){spelt(options, field->name), n};
		last = i;
	}
	*count_out = header->count - at;
	return found + at;
}

struct verdict_removed *
authres_removed(struct arena *arena, const struct authres_options *options,
		const struct authres_deletion *deletion, size_t count,
		size_t *names_out)
{
	struct verdict_removed *removed =
	    arena_array(arena, AUTHRES_GUARDED + 1, sizeof *removed);
	size_t of[AUTHRES_GUARDED + 1] = {0}, names = 0;

	for (size_t i = 0; i < count; i++)
		of[guarded_index(options, deletion[i].name)]++;
	for (size_t i = 0; i <= AUTHRES_GUARDED; i++) {
		struct str name = i < AUTHRES_GUARDED
				      ? authres_guarded(options, i)
				      : str_lit("other");
		if (of[i] > 0)
			removed[names++] =
			    (struct verdict_removed){name, of[i]};
	}
	*names_out = names;
	return removed;
}
