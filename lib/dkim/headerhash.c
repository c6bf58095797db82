#include "dkim/headerhash.h"

#include <stdlib.h>
#include <string.h>

struct headerhash {
	size_t count;
	/* By name, and from top to bottom within a name. */
	const struct header_field **field;
	/* Of the signature in work: fields used of the name that begins there.
	 */
	size_t *used;
};

static int
compare_names(struct str a, struct str b)
{
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	for (size_t i = 0; i < a.n; i++) {
		int order = ascii_lower(a.p[i]) - ascii_lower(b.p[i]);
		if (order != 0)
			return order;
	}
	return 0;
}

static int
compare_fields(const void *left, const void *right)
{
	const struct header_field *a =
	    *(const struct header_field *const *)left;
	const struct header_field *b =
	    *(const struct header_field *const *)right;
	int order = compare_names(a->name, b->name);

	/* All stand in one array, in the order of the message. */
	return order != 0 ? order : (a > b) - (a < b);
}

struct headerhash *
headerhash_new(struct arena *arena, const struct header *header)
{
	struct headerhash *hh = arena_alloc(arena, sizeof *hh);

	hh->count = header->count;
	hh->field = arena_array(arena, hh->count, sizeof *hh->field);
	hh->used = arena_array(arena, hh->count, sizeof *hh->used);
	for (size_t i = 0; i < hh->count; i++)
		hh->field[i] = &header->field[i];
	qsort(hh->field, hh->count, sizeof *hh->field, compare_fields);
	return hh;
}

/* The first position whose name is not below `name`, or beyond it. */
static size_t
bound(const struct headerhash *hh, struct str name, bool beyond)
{
	size_t low = 0, high = hh->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare_names(hh->field[middle]->name, name);
		if (order < 0 || (beyond && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*
 * RFC 6376 section 5.4.2: the lowest field of that name not used yet; NULL
 * where none is left.  A signature never signs its own field.
 */
static const struct header_field *
next_field(struct headerhash *hh, struct str name,
	   const struct header_field *own)
{
	size_t first = bound(hh, name, false);
	size_t fields = bound(hh, name, true) - first;

	while (fields > 0 && hh->used[first] < fields) {
		size_t from_bottom = ++hh->used[first];
		const struct header_field *field =
		    hh->field[first + fields - from_bottom];
		if (field != own)
			return field;
	}
	return NULL;
}

bool
headerhash_digest(struct headerhash *hh, const struct dkim_signature *sig,
		  struct crypto_budget *budget,
		  uint8_t digest_out[SHA256_OCTETS])
{
	int64_t begun_us;

	if (!crypto_budget_begin(budget, &begun_us))
		return false;
	struct crypto_sha256 *sha = crypto_sha256_new();
	memset(hh->used, 0, hh->count * sizeof *hh->used);
	for (size_t i = 0; i < sig->signed_names; i++) {
		const struct header_field *field =
		    next_field(hh, sig->signed_name[i], sig->field);
		if (field != NULL)
			canon_header(sig->header_canon, field->raw_name,
				     field->value, true, crypto_sha256_sink,
				     sha);
	}
	canon_header(sig->header_canon, sig->field->raw_name,
		     sig->unsigned_value, false, crypto_sha256_sink, sha);
	crypto_sha256_final(sha, digest_out);
	crypto_budget_charge(budget, begun_us);
	return true;
}

bool
headerhash_covers_all(const struct headerhash *hh,
		      const struct dkim_signature *sig)
{
	for (size_t i = 0; i < sig->signed_names; i++) {
		size_t first = bound(hh, sig->signed_name[i], false);
		size_t end = bound(hh, sig->signed_name[i], true);
		if (end > first && hh->used[first] < end - first)
			return false;
	}
	return true;
}
