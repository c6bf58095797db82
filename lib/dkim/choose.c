#include "dkim/choose.h"

#include "base/limits.h"
#include "dkim/name.h"

/* A signature of the message, while it is chosen from all. */
struct seen {
	const struct header_field *field;
	struct dkim_labels labels;      /* as they were before it was parsed */
	const struct dkim_chosen *kept; /* NULL: to be parsed again */
	enum dkim_group group;
	bool usable, not_mapped;
	bool tried, shown;
};

struct chooser {
	struct arena *arena;   /* of the message */
	struct arena *scratch; /* of this choice, where there are many */
	const struct dkim_input *input;
	bool few;          /* all are shown: what is parsed is kept */
	struct seen *seen; /* in header order */
	size_t count;
};

static bool
is_signature(const struct header_field *field)
{
	return str_is_nocase(field->name, "DKIM-Signature");
}

static struct dkim_chosen *
parse(const struct chooser *c, struct arena *arena,
      const struct header_field *field, struct dkim_labels *labels)
{
	struct dkim_chosen *parsed = arena_alloc(arena, sizeof *parsed);

	dkim_signature_parse(arena, FORM_DKIM, field,
			     c->input->now - c->input->tolerance, labels,
			     &parsed->sig);
	return parsed;
}

static void
see(struct chooser *c, const struct header_field *field,
    struct dkim_labels *labels)
{
	struct arena *arena = c->few ? c->arena : arena_new(NULL);
	struct seen *seen = &c->seen[c->count++];

	seen->field = field;
	seen->labels = *labels;
	const struct dkim_chosen *parsed = parse(c, arena, field, labels);
	seen->group = dkim_group_of(c->input->author, c->input->authors,
				    parsed->sig.domain);
	seen->usable = parsed->sig.flaw.reason == NULL;
	seen->not_mapped = parsed->sig.not_mapped;
	if (c->few)
		seen->kept = parsed;
	else
		arena_free(arena);
}

/*
 * Every kept field is parsed, so that no heap of junk can hide an aligned
 * signature; the cost is linear in the header, which is bounded.  Of many,
 * those that are shown are parsed again: what is made of a field can be many
 * times its octets, and does not stay for the others.
 */
static void
see_all(struct chooser *c, const struct header *header, size_t count)
{
	struct dkim_labels labels;

	c->seen = arena_array(c->scratch, count, sizeof *c->seen);
	dkim_labels_init(&labels, c->scratch, c->input->author,
			 c->input->authors);
	for (size_t i = 0; i < header->count; i++) {
		if (is_signature(&header->field[i]))
			see(c, &header->field[i], &labels);
	}
}

static size_t
choose(struct chooser *c, enum dkim_group group, size_t room)
{
	for (size_t i = 0; i < c->count && room > 0; i++) {
		struct seen *seen = &c->seen[i];
		if (seen->group != group || !seen->usable)
			continue;
		seen->tried = seen->shown = true;
		room--;
	}
	return room;
}

size_t
dkim_most_tried(const struct dkim_input *input)
{
	unsigned most = input->max_signatures;

	if (most == 0)
		most = LIMIT_DKIM_SIGNATURES;
	return most < LIMIT_DKIM_SHOWN ? most : LIMIT_DKIM_SHOWN;
}

/* What is tried is shown; the topmost others fill the room that is left. */
static size_t
choose_shown(struct chooser *c)
{
	size_t shown = 0;

	for (size_t i = 0; i < c->count; i++)
		shown += c->seen[i].shown;
	for (size_t i = 0; i < c->count && shown < LIMIT_DKIM_SHOWN; i++) {
		struct seen *seen = &c->seen[i];
		shown += !seen->shown;
		seen->shown = true;
	}
	return shown;
}

static void
keep_shown(struct chooser *c, size_t shown, struct dkim_choice *choice)
{
	struct dkim_chosen *chosen =
	    arena_array(c->arena, shown, sizeof *chosen);

	*choice =
	    (struct dkim_choice){.chosen = chosen, .unshown = c->count - shown};
	for (size_t i = 0; i < c->count; i++) {
		struct seen *seen = &c->seen[i];
		choice->untried +=
		    seen->not_mapped || (seen->usable && !seen->tried);
		if (!seen->shown)
			continue;
		struct dkim_chosen *one = &chosen[choice->count++];
		*one = seen->kept != NULL
			   ? *seen->kept
			   : *parse(c, c->arena, seen->field, &seen->labels);
		one->group = seen->group;
		one->tried = seen->tried;
	}
}

void
dkim_choose(struct arena *arena, const struct header *header,
	    const struct dkim_input *input, struct dkim_choice *choice_out)
{
	size_t count = header_count(header, str_lit("DKIM-Signature"));
	bool few = count <= LIMIT_DKIM_SHOWN;
	struct chooser c = {
	    .arena = arena,
	    .scratch = few ? arena : arena_new(NULL),
	    .input = input,
	    .few = few,
	};

	see_all(&c, header, count);
	size_t room = choose(&c, DKIM_ALIGNED, dkim_most_tried(input));
	choose(&c, DKIM_OTHER, room);
	keep_shown(&c, choose_shown(&c), choice_out);
	if (!few)
		arena_free(c.scratch);
}
