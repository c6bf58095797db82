/*
 * The header of one message: its fields in order, as raw octets (RFC 5322
 * section 2.2), within bounds.
 *
 * The storage is the caller's; names and values are copied into the arena.
 * One thread at a time.  Names compare without case and without trailing
 * blanks: "From :" is From to a mail program, so it is From here.
 */
#ifndef VERDICT_MAIL_HEADER_H
#define VERDICT_MAIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct header_field {
	struct str name;     /* without trailing WSP; compare with nocase */
	struct str raw_name; /* every octet before the colon */
	/*
	 * Every octet after the colon: leading blanks kept, line ends inside
	 * as CRLF, without the final CRLF.
	 */
	struct str value;
	/* Printable ASCII, blanks and folds only, so that nothing is hidden in
	   it; false where that was not looked at. */
	bool plain;
};

struct header_limits {
	size_t fields; /* 0: LIMIT_HEADER_FIELDS */
	size_t bytes;  /* 0: LIMIT_HEADER_BYTES */
	size_t line;   /* octets of a line that stays one; 0: LIMIT_LINE */
};

struct header {
	struct arena *arena;
	struct header_limits limits;
	struct header_field *field;
	size_t count, room;
	size_t bytes;   /* of all fields received, kept or not */
	size_t dropped; /* fields received beyond the limits, not kept */
};

void header_init(struct header *header, struct arena *arena,
		 const struct header_limits *limits);

/*
 * Adds the next field.  value: after the colon, with LF or CRLF line ends
 * inside.  False where a limit is passed: the field is counted, not kept.
 */
bool header_add(struct header *header, struct str raw_name, struct str value);

/*
 * Has a field of the header a line of more octets than stay together
 * (header_limits), the name and the colon counted, line ends not (RFC 5322
 * section 2.1.1)?  It is another one once a mail server has folded it.  A value
 * without a leading blank counts one octet more, since some mail server writes
 * one there.
 */
bool header_has_long_line(const struct header *header,
			  const struct header_field *field);

/* Number of kept fields of that name. */
size_t header_count(const struct header *header, struct str name);

/*
 * How many octets "field-name *WSP :" takes at the start of a line (RFC 5322
 * section 4.5); 0: the line does not begin with it.
 */
size_t header_begins_field(struct str line, struct str name);

/*
 * The next line that a reader finds within a field, as it ends lines at CR, LF,
 * VT, FF, 0x1c to 0x1e, U+0085 (its last octet), U+2028 or U+2029.  *at begins
 * at 0 and goes on after the line.
 */
bool header_hidden_line(const struct header_field *field, size_t *at,
			struct str *line_out);
/* A field `name` among those lines. */
bool header_hidden(const struct header_field *field, struct str name,
		   size_t *at, struct str *value_out);
/* The same within its name: is it a field `name` to who ends lines at an octet
   that no name holds? */
bool header_hidden_in_name(const struct header_field *field, struct str name);

/* Unfolded (CRLF removed) and trimmed value, in the arena. */
struct str header_unfold(struct arena *arena, struct str value);

#endif
