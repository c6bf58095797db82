#include "arc/set.h"

#include "base/lex.h"
#include "base/limits.h"

enum part { PART_RESULTS, PART_MESSAGE, PART_SEAL, PARTS };

static const char *const part_name[PARTS] = {
    [PART_RESULTS] = "ARC-Authentication-Results",
    [PART_MESSAGE] = "ARC-Message-Signature",
    [PART_SEAL] = "ARC-Seal",
};

/* A chain in the making. */
struct collector {
	struct arena *arena;
	const struct header *header;
	int64_t now;
	struct arc_set *set; /* LIMIT_ARC_SETS, by instance */
	size_t highest;
};

static enum part
part_of(const struct header_field *field)
{
	enum part part = 0;

	while (part < PARTS && !str_is_nocase(field->name, part_name[part]))
		part++;
	return part;
}

/* instance = [CFWS] %s"i" [CFWS] "=" [CFWS] position */
static bool
instance(struct lex *lex, unsigned *instance_out)
{
	uint64_t position;
	struct str digits;

	if (!lex_skip_cfws(lex) || !lex_char(lex, 'i') || !lex_skip_cfws(lex) ||
	    !lex_char(lex, '=') || !lex_skip_cfws(lex))
		return false;
	if (!lex_run(lex, ascii_is_digit, &digits) ||
	    digits.n > LIMIT_ARC_INSTANCE_DIGITS ||
	    !str_uint(digits, LIMIT_ARC_SETS, &position) || position == 0)
		return false;
	*instance_out = (unsigned)position;
	return true;
}

/* arc-info = instance [CFWS] ";" authres-payload; section 4.1.1 */
static const char *
arc_info(struct str value, unsigned *instance_out, struct str *payload_out)
{
	struct lex lex = lex_of(value);

	if (!instance(&lex, instance_out))
		return "does not begin with an instance from 1 to 50";
	if (!lex_skip_cfws(&lex) || !lex_char(&lex, ';'))
		return "no semicolon after the instance";
	*payload_out = lex_rest(&lex);
	return NULL;
}

static bool
is_there(const struct arc_set *set, enum part part)
{
	switch (part) {
	case PART_RESULTS:
		return set->results != NULL;
	case PART_MESSAGE:
		return set->message.field != NULL;
	case PART_SEAL:
		return set->seal.field != NULL;
	case PARTS:
		break;
	}
	return false;
}

static void
put(struct arc_set *to, const struct arc_set *from, enum part part)
{
	if (part == PART_MESSAGE) {
		to->message = from->message;
	} else if (part == PART_SEAL) {
		to->seal = from->seal;
	} else {
		to->results = from->results;
		to->payload = from->payload;
	}
}

/* The field alone in *set; its instance, or 0 with a reason. */
static unsigned
read_part(const struct collector *c, const struct header_field *field,
	  enum part part, struct arc_set *set, const char **reason_out)
{
	struct dkim_signature *sig =
	    part == PART_SEAL ? &set->seal : &set->message;
	unsigned position = 0;

	if (part == PART_RESULTS) {
		set->results = field;
		*reason_out = arc_info(field->value, &position, &set->payload);
		return *reason_out == NULL ? position : 0;
	}
	dkim_signature_parse(
	    c->arena, part == PART_SEAL ? FORM_ARC_SEAL : FORM_ARC_MESSAGE,
	    field, c->now, NULL, sig);
	*reason_out = sig->flaw.reason;
	return sig->instance;
}

/* "", or why no chain can have this field. */
static struct str
add_field(struct collector *c, const struct header_field *field, enum part part)
{
	struct arc_set alone = {0};
	const char *reason;

	/* A mail server folds it there, and others may have been given it
	   whole. */
	if (header_has_long_line(c->header, field))
		return arena_printf(c->arena, "%s: a line of over %zu octets",
				    part_name[part], c->header->limits.line);
	unsigned position = read_part(c, field, part, &alone, &reason);

	if (position == 0)
		return arena_printf(c->arena, "%s: %s", part_name[part],
				    reason);
	struct arc_set *set = &c->set[position - 1];
	if (is_there(set, part))
		return arena_printf(c->arena, "two %s fields with i=%u",
				    part_name[part], position);
	put(set, &alone, part);
	if (position > c->highest)
		c->highest = position;
	return str_empty();
}

static struct str
add_fields(struct collector *c, const struct header *header)
{
	struct str reason = str_empty();

	for (size_t i = 0; i < header->count && reason.n == 0; i++) {
		enum part part = part_of(&header->field[i]);
		if (part < PARTS)
			reason = add_field(c, &header->field[i], part);
	}
	return reason;
}

/* Step 3: one of each, 1 to N without a gap, and what the seals say. */
static struct str
check_set(const struct collector *c, size_t position)
{
	const struct arc_set *set = &c->set[position - 1];
	const char *status = position == 1 ? "none" : "pass";

	for (enum part part = 0; part < PARTS; part++) {
		if (!is_there(set, part))
			return arena_printf(c->arena, "no %s with i=%zu",
					    part_name[part], position);
	}
	if (set->seal.flaw.reason != NULL)
		return arena_printf(c->arena, "ARC-Seal %zu: %s", position,
				    set->seal.flaw.reason);
	if (!str_is(set->seal.status, status))
		return arena_printf(c->arena, "ARC-Seal %zu has cv=%.*s",
				    position, STR_ARG(set->seal.status));
	return str_empty();
}

/* From the newest back, as step 2 asks for its status first. */
static struct str
check_structure(const struct collector *c)
{
	struct str reason = str_empty();

	for (size_t n = c->highest; n > 0 && reason.n == 0; n--)
		reason = check_set(c, n);
	return reason;
}

void
arc_sets_collect(struct arena *arena, const struct header *header, int64_t now,
		 struct arc_sets *sets_out)
{
	struct collector c = {.arena = arena, .header = header, .now = now};
	size_t most = 0;

	*sets_out = (struct arc_sets){.reason = str_empty()};
	for (enum part part = 0; part < PARTS; part++) {
		size_t n = header_count(header, str_of(part_name[part]));
		most = n > most ? n : most;
	}
	if (most == 0)
		return;
	if (most > LIMIT_ARC_SETS) {
		sets_out->reason = str_lit("more than 50 ARC Sets");
		return;
	}
	c.set = arena_array(arena, LIMIT_ARC_SETS, sizeof *c.set);
	sets_out->reason = add_fields(&c, header);
	if (sets_out->reason.n == 0)
		sets_out->reason = check_structure(&c);
	if (sets_out->reason.n > 0)
		return;
	sets_out->set = c.set;
	sets_out->count = c.highest;
}
