/*
 * Fields of the header, as conditions of rules look at them.  Anybody can write
 * any field, in ways that programs read differently: folded, encoded (RFC
 * 2047), several times, after a bare CR.
 *
 * A record keeps these in place of the header (record/): no other field, and
 * of these no more than a rule can see.
 */
#ifndef VERDICT_VERDICT_FIELDS_H
#define VERDICT_VERDICT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "mail/header.h"

/* As it stands, up to a control octet, and decoded in two ways. */
#define FIELD_READINGS 4

/* One field of the message. */
struct field_reading {
	struct str name;                 /* as it was asked for */
	bool sure;                       /* the first text is the only one */
	struct str text[FIELD_READINGS]; /* of field_text() */
	size_t texts;
};

/* Those of some names, in the order of the header. */
struct field_readings {
	const struct str *name; /* asked for, whether or not there is such */
	size_t names;
	const struct field_reading *reading;
	size_t count; /* LIMIT_RULE_FIELDS at most */
	bool full;    /* there were more */
};

/*
 * A field's text as it is compared: without line ends and controls, one blank
 * for several, ASCII in lower case; of a longer one LIMIT_RULE_TEXT octets and
 * one more.  In the arena.
 */
struct str field_text(struct arena *arena, struct str text);

/* Texts live in the arena, names where they did.  header NULL: none. */
struct field_readings fields_read(struct arena *arena,
				  const struct header *header,
				  const struct str *name, size_t names);
/* Were all fields of that name looked for? */
bool fields_asked(const struct field_readings *fields, struct str name);

#endif
