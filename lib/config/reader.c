#include "config/reader.h"

#include <string.h>

#include <yaml.h>

#include "config/own_line.h"

/* Growing lists in the arena; a file of 1 MiB bounds them. */
struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
	struct arena *arena;
	struct str text;
	struct errors *errors;
	bool spoiled; /* an error of the event in hand was told */
	struct buf entries, values;
};

static struct config_place
place_of(yaml_mark_t mark)
{
	return (struct config_place){mark.line + 1, mark.column + 1};
}

static void
complain(struct reader *r, const char *why)
{
	errors_add(r->errors, place_of(r->event.start_mark), "%s", why);
	r->spoiled = true;
}

/* libyaml gives no line for an octet that is no character. */
static struct config_place
place_of_octet(struct str text, size_t offset)
{
	struct config_place place = {1, 1};

	for (size_t i = 0; i < offset && i < text.n; i++) {
		place.column++;
		if (text.p[i] == '\n')
			place = (struct config_place){place.line + 1, 1};
	}
	return place;
}

/* libyaml names no cure. */
static const struct {
	const char *problem, *cure;
} cures[] = {
    {"cannot start any token", "; indent with spaces, not tabs, and quote text "
			       "that begins with a mark"},
    {"found a tab", "; indent and part with spaces, not tabs"},
    {"expected node content", "; quote text that holds a mark, as in "
			      "[\"::1\"]"},
    {"mapping values", "; quote text that holds \": \", and begin keywords of "
		       "one section in the same column"},
    {"expected key", "; begin what belongs together in the same column, below "
		     "a keyword without a value"},
    {"expected '-' indicator",
     "; begin what belongs together in the same column"},
    {"alphabetic or numeric", "; quote text that begins with a mark"},
};

static const char *
syntax_cure(const char *problem)
{
	for (size_t i = 0; i < sizeof cures / sizeof cures[0]; i++) {
		if (strstr(problem, cures[i].problem) != NULL)
			return cures[i].cure;
	}
	return "";
}

static bool
refuse_syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	const char *problem = p->problem ? p->problem : "unknown trouble";
	struct config_place place = place_of(p->problem_mark);

	if (p->error != YAML_READER_ERROR &&
	    own_lines_slip(r->text, place.line, r->errors))
		return false;
	if (p->error == YAML_READER_ERROR)
		place = place_of_octet(r->text, p->problem_offset);
	errors_add(r->errors, place, "not valid YAML: %s%s%s%s", problem,
		   p->context ? " " : "", p->context ? p->context : "",
		   syntax_cure(problem));
	return false;
}

static bool
next_raw(struct reader *r)
{
	if (r->has_event)
		yaml_event_delete(&r->event);
	r->has_event = yaml_parser_parse(&r->parser, &r->event) == 1;
	return r->has_event || refuse_syntax(r);
}

/* What the file must not hold, whatever stands there otherwise. */
static void
look_at_marks(struct reader *r)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (r->event.type) {
	case YAML_ALIAS_EVENT:
		complain(r, "aliases (*name) are not supported; write the "
			    "value out, in quotes where it begins with *");
		break;
	case YAML_SCALAR_EVENT:
		anchor = r->event.data.scalar.anchor;
		tag = r->event.data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = r->event.data.sequence_start.anchor;
		tag = r->event.data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = r->event.data.mapping_start.anchor;
		tag = r->event.data.mapping_start.tag;
		break;
	default:
		break;
	}
	if (anchor != NULL)
		complain(r, "anchors (&name) are not supported; remove it, or "
			    "put a value that begins with & in quotes");
	else if (tag != NULL)
		complain(r, "tags (!name) are not supported; remove it, or put "
			    "a value that begins with ! in quotes");
}

/* The next event; false: what follows cannot be read. */
static bool
next(struct reader *r)
{
	if (!next_raw(r))
		return false;
	r->spoiled = false;
	look_at_marks(r);
	return true;
}

/* To the end of the node in hand, whatever it holds. */
static bool
skip(struct reader *r)
{
	size_t depth = 0;

	for (;;) {
		switch (r->event.type) {
		case YAML_SEQUENCE_START_EVENT:
		case YAML_MAPPING_START_EVENT:
			depth++;
			break;
		case YAML_SEQUENCE_END_EVENT:
		case YAML_MAPPING_END_EVENT:
			depth--;
			break;
		default:
			break;
		}
		if (depth == 0)
			return true;
		if (!next_raw(r))
			return false;
	}
}

static bool
refuse_node(struct reader *r, struct reader_entry *entry, const char *why)
{
	complain(r, why);
	entry->faulty = true;
	return skip(r);
}

static bool
is_absent(const yaml_event_t *event, struct str text)
{
	return event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (text.n == 0 || str_is(text, "~") ||
		str_is_nocase(text, "null"));
}

static struct reader_value
scalar(struct reader *r)
{
	const yaml_event_t *event = &r->event;
	struct str text = str_n((const char *)event->data.scalar.value,
				event->data.scalar.length);

	return (struct reader_value){arena_copy(r->arena, text),
				     place_of(event->start_mark),
				     is_absent(event, text)};
}

static void
add_value(struct reader *r)
{
	struct reader_value value = scalar(r);

	buf_add(&r->values, str_n((const char *)&value, sizeof value));
}

static void
add_entry(struct reader *r, struct reader_entry *entry)
{
	struct str octets = arena_copy(r->arena, buf_str(&r->values));

	entry->count = octets.n / sizeof(struct reader_value);
	struct reader_value *value =
	    arena_array(r->arena, entry->count + 1, sizeof *value);
	if (octets.n > 0)
		memcpy(value, octets.p, octets.n);
	entry->value = value;
	buf_add(&r->entries, str_n((const char *)entry, sizeof *entry));
}

static bool mapping(struct reader *r, struct reader_entry *parent);

#define LIST_SHAPE "a list holds single values only, not lists or keywords"

/* One mapping of a list: its own entry, then those of its keywords. */
static bool
item(struct reader *r, struct reader_entry *entry) // NOLINT(misc-no-recursion)
{
	if (entry->section.n > 0 || r->values.n > 0)
		return refuse_node(r, entry, LIST_SHAPE);
	entry->shape = READER_ITEM;
	entry->item++;
	entry->place = place_of(r->event.start_mark);
	add_entry(r, entry);
	bool whole = mapping(r, entry);
	buf_reset(&r->values);
	return whole;
}

/* *scalar / *mapping, up to the end of the sequence. */
static bool
list(struct reader *r, struct reader_entry *entry) // NOLINT(misc-no-recursion)
{
	bool whole = true;

	while (whole && next(r)) {
		entry->faulty = entry->faulty || r->spoiled;
		switch (r->event.type) {
		case YAML_SEQUENCE_END_EVENT:
			if (entry->shape == READER_LIST)
				add_entry(r, entry);
			return true;
		case YAML_MAPPING_START_EVENT:
			whole = item(r, entry);
			break;
		case YAML_ALIAS_EVENT: /* was told */
			break;
		case YAML_SCALAR_EVENT:
			if (entry->shape == READER_LIST) {
				add_value(r);
				break;
			}
			/* fallthrough */
		default:
			whole = refuse_node(r, entry, LIST_SHAPE);
		}
	}
	return false;
}

/* What stands after "name:". */
static bool
value(struct reader *r,
      struct reader_entry *entry) // NOLINT(misc-no-recursion)
{
	buf_reset(&r->values);
	if (!next(r))
		return false;
	entry->faulty = entry->faulty || r->spoiled;
	entry->shape = READER_SCALAR;
	switch (r->event.type) {
	case YAML_SEQUENCE_START_EVENT:
		entry->shape = READER_LIST;
		return list(r, entry);
	case YAML_SCALAR_EVENT:
		add_value(r);
		break;
	case YAML_MAPPING_START_EVENT:
		if (entry->section.n == 0) {
			entry->shape = READER_MAPPING;
			add_entry(r, entry);
			return mapping(r, entry);
		}
		if (!refuse_node(r, entry, "keywords are nested too deep here"))
			return false;
		break;
	default: /* an alias, which was told */
		break;
	}
	add_entry(r, entry);
	return true;
}

/* A key that is no keyword, and its value. */
static bool
skip_pair(struct reader *r)
{
	if (r->event.type != YAML_ALIAS_EVENT)
		complain(r, "a keyword must be one word");
	return skip(r) && next_raw(r) && skip(r);
}

/* *(scalar value), up to the end of the mapping; recursion ends at one. */
static bool
mapping(struct reader *r,
	struct reader_entry *parent) // NOLINT(misc-no-recursion)
{
	bool whole = true;

	while (whole && next(r)) {
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return true;
		if (r->event.type != YAML_SCALAR_EVENT ||
		    r->event.data.scalar.length == 0) {
			whole = skip_pair(r);
			continue;
		}
		struct reader_value name = scalar(r);
		struct reader_entry entry = {.section = parent->name,
					     .item = parent->item,
					     .name = name.text,
					     .place = name.place,
					     .faulty = r->spoiled};
		whole = value(r, &entry);
	}
	return false;
}

static bool
document(struct reader *r)
{
	if (!next(r))
		return false;
	if (r->event.type == YAML_MAPPING_START_EVENT) {
		struct reader_entry top = {.name = str_empty()};
		if (!mapping(r, &top))
			return false;
	} else if (r->event.type != YAML_SCALAR_EVENT || !scalar(r).absent) {
		if (!r->spoiled &&
		    !own_lines_slip(r->text, r->event.start_mark.line + 1,
				    r->errors))
			complain(r, "the file must be lines of the form "
				    "\"keyword: value\"");
		return false;
	}
	if (!next(r) || !next(r)) /* the document's end, what follows */
		return false;
	if (r->event.type != YAML_STREAM_END_EVENT)
		complain(r, "a second document begins here; one file holds one "
			    "configuration");
	return true;
}

static bool
stream(struct reader *r)
{
	if (!next(r) || !next(r)) /* the stream's start, what follows */
		return false;
	return r->event.type == YAML_STREAM_END_EVENT || document(r);
}

void
reader_parse(struct arena *arena, struct str text,
	     struct reader_result *result_out, struct errors *errors)
{
	struct reader r = {.arena = arena, .text = text, .errors = errors};

	*result_out = (struct reader_result){NULL, 0, false};
	if (yaml_parser_initialize(&r.parser) != 1) {
		errors_add(errors, (struct config_place){0, 0},
			   "no memory for reading it");
		return;
	}
	/* UTF-8, whatever a byte order mark says. */
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p,
				     text.n);
	buf_init(&r.entries, NULL);
	buf_init(&r.values, NULL);
	result_out->whole = stream(&r);
	if (r.has_event)
		yaml_event_delete(&r.event);
	result_out->count = r.entries.n / sizeof(struct reader_entry);
	struct reader_entry *entry =
	    arena_array(arena, result_out->count + 1, sizeof *entry);
	if (result_out->count > 0)
		memcpy(entry, r.entries.p, r.entries.n);
	result_out->entry = entry;
	buf_clear(&r.entries);
	buf_clear(&r.values);
	yaml_parser_delete(&r.parser);
}
