/*
 * Authentication-Results, RFC 8601: the one field we write, and the forged
 * ones, of this and of other names, that we delete.
 *
 * Reentrant; results live in the arena.
 */
#ifndef VERDICT_AUTHRES_AUTHRES_H
#define VERDICT_AUTHRES_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "mail/header.h"
#include "verdict/verdict.h"

/* What the admin says of our field and of forged ones. */
struct authres_options {
	struct str id;         /* authserv-id of the field that we write */
	const struct str *ids; /* whose results are forged: id, strip-ids */
	size_t n_ids;
	bool comments;         /* our field says why, in parentheses */
	bool iprev;            /* our field tells of the client's name */
	struct str tag_header; /* ours alone; empty: there is none */
	bool relays_verify;    /* trusted relays let no forged result by */
};

/*
 * The field's value: no leading space, folded with "\n\t" (never CR), only
 * registered methods, properties and results; every text passes one encoder.
 */
struct str authres_build(struct arena *arena,
			 const struct authres_options *options,
			 const struct verdict *verdict);

/*
 * A copy, in the arena, for a quoted string or a comment: "=" behind the name
 * of a method becomes `instead`, so that a rule that looks for the text
 * "dmarc=pass" finds none but ours.  For texts of a few hundred octets.
 */
struct str authres_plain(struct arena *arena, struct str text, char instead);

/*
 * Could this value of an Authentication-Results field be read as a result of
 * one of `ids` (RFC 8601 section 5)?  True also where the identifier cannot be
 * parsed, and for a version other than 1: such a field is better deleted.  Ids
 * compare as canonical domains (case, U-labels, trailing dot), also with a
 * "/job" suffix.  What a reader may strip in front of the identifier, behind it
 * or within it changes nothing.
 */
bool authres_claims(struct arena *arena, struct str value,
		    const struct str *ids, size_t n_ids);

/* A field to delete, as smfi_chgheader() counts. */
struct authres_deletion {
	struct str name;   /* as the field has it */
	size_t occurrence; /* 1-based among fields of that name */
};

/*
 * The fields to delete, the highest occurrence of a name first:
 * - Authentication-Results that claim one of `ids`; those of a relay stay above
 *   the topmost Received, which stands above all that its writer was handed
 *   (none where there is no Received), and all of one that verifies;
 * - every field named `tag_header`;
 * - BIMI-Location and BIMI-Indicator, by which a receiver tells mail programs
 *   which logo to show, but for those of a relay by the same rules and of hosts
 *   of our own (draft-brand-indicators-for-message-identification);
 * - Authentication-Results, whosever, and ARC fields with a line that a mail
 *   server folds (header_has_long_line()): it then says something else;
 * - every field that holds a line of the first three after a bare CR or another
 *   octet that some reader takes for a line end.
 */
struct authres_deletion *authres_forged(struct arena *arena,
					const struct header *header,
					const struct authres_options *options,
					enum client_class client_class,
					size_t *count_out);

/* How many of which name, for people. */
struct verdict_removed *authres_removed(struct arena *arena,
					const struct authres_options *options,
					const struct authres_deletion *deletion,
					size_t count, size_t *names_out);

/*
 * The names that only we write, spelt as we do; empty: none.  Fields of them
 * that nobody looked into (header_add() kept them not) are better deleted.
 */
#define AUTHRES_GUARDED 4
struct str authres_guarded(const struct authres_options *options, size_t i);

#endif
