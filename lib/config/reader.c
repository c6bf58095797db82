#include "config/reader.h"

#include <string.h>

#include <yaml.h>

/* Growing lists in the arena; a file of 1 MiB bounds them. */
struct reader {
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
	struct arena *arena;
	const char *path;
	struct str text;
	struct config_error *error;
	struct buf entries, values;
};

static struct config_place
place_of(yaml_mark_t mark)
{
	return (struct config_place){mark.line + 1, mark.column + 1};
}

static bool
refuse(struct reader *r, struct config_place place, const char *why)
{
	config_error_set(r->error, r->path, place, "%s", why);
	return false;
}

static bool
refuse_event(struct reader *r, const char *why)
{
	return refuse(r, place_of(r->event.start_mark), why);
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

	if (p->error == YAML_READER_ERROR)
		place = place_of_octet(r->text, p->problem_offset);
	config_error_set(r->error, r->path, place, "not valid YAML: %s%s%s%s",
			 problem, p->context ? " " : "",
			 p->context ? p->context : "", syntax_cure(problem));
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

/* The next event; false, and the error, for what the file must not hold. */
static bool
next(struct reader *r)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (!next_raw(r))
		return false;
	switch (r->event.type) {
	case YAML_ALIAS_EVENT:
		return refuse_event(r, "aliases (*name) are not supported; "
				       "write the value out, in quotes where "
				       "it begins with *");
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
		return refuse_event(
		    r, "anchors (&name) are not supported; remove it, or put "
		       "a value that begins with & in quotes");
	if (tag != NULL)
		return refuse_event(
		    r, "tags (!name) are not supported; remove it, or put a "
		       "value that begins with ! in quotes");
	return true;
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

/* One mapping of a list: its own entry, then those of its keywords. */
static bool
item(struct reader *r, struct reader_entry *entry) // NOLINT(misc-no-recursion)
{
	if (entry->section.n > 0 || r->values.n > 0)
		return refuse_event(r, "a list holds single values only, not "
				       "lists or keywords");
	entry->shape = READER_ITEM;
	entry->item++;
	entry->place = place_of(r->event.start_mark);
	add_entry(r, entry);
	return mapping(r, entry);
}

/* *scalar / *mapping, up to the end of the sequence. */
static bool
list(struct reader *r, struct reader_entry *entry) // NOLINT(misc-no-recursion)
{
	for (;;) {
		if (!next(r))
			return false;
		switch (r->event.type) {
		case YAML_SEQUENCE_END_EVENT:
			if (entry->shape == READER_LIST)
				add_entry(r, entry);
			return true;
		case YAML_MAPPING_START_EVENT:
			if (!item(r, entry))
				return false;
			buf_reset(&r->values);
			break;
		case YAML_SCALAR_EVENT:
			if (entry->shape == READER_LIST) {
				add_value(r);
				break;
			}
			/* fallthrough */
		default:
			return refuse_event(
			    r, "a list holds single values only, not lists "
			       "or keywords");
		}
	}
}

/* What stands behind "name:". */
static bool
value(struct reader *r,
      struct reader_entry *entry) // NOLINT(misc-no-recursion)
{
	buf_reset(&r->values);
	if (!next(r))
		return false;
	switch (r->event.type) {
	case YAML_SCALAR_EVENT:
		entry->shape = READER_SCALAR;
		add_value(r);
		add_entry(r, entry);
		return true;
	case YAML_SEQUENCE_START_EVENT:
		entry->shape = READER_LIST;
		return list(r, entry);
	default: /* only a mapping is left */
		if (entry->section.n > 0)
			return refuse_event(
			    r, "keywords are nested too deep here");
		entry->shape = READER_MAPPING;
		add_entry(r, entry);
		return mapping(r, entry);
	}
}

/* *(scalar value), up to the end of the mapping; recursion ends at one. */
static bool
mapping(struct reader *r,
	struct reader_entry *parent) // NOLINT(misc-no-recursion)
{
	for (;;) {
		if (!next(r))
			return false;
		if (r->event.type == YAML_MAPPING_END_EVENT)
			return true;
		if (r->event.type != YAML_SCALAR_EVENT ||
		    r->event.data.scalar.length == 0)
			return refuse_event(r, "a keyword must be one word");
		struct reader_value name = scalar(r);
		struct reader_entry entry = {.section = parent->name,
					     .item = parent->item,
					     .name = name.text,
					     .place = name.place};
		if (!value(r, &entry))
			return false;
	}
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
		return refuse_event(r, "the file must be lines of the form "
				       "\"keyword: value\"");
	}
	if (!next(r) || !next(r)) /* the document's end, what follows */
		return false;
	if (r->event.type != YAML_STREAM_END_EVENT)
		return refuse_event(r, "a second document begins here; one "
				       "file holds one configuration");
	return true;
}

static bool
stream(struct reader *r)
{
	if (!next(r) || !next(r)) /* the stream's start, what follows */
		return false;
	return r->event.type == YAML_STREAM_END_EVENT || document(r);
}

bool
reader_parse(struct arena *arena, const char *path, struct str text,
	     struct reader_result *result_out, struct config_error *error)
{
	struct reader r = {
	    .arena = arena, .path = path, .text = text, .error = error};

	if (yaml_parser_initialize(&r.parser) != 1)
		return refuse(&r, (struct config_place){0, 0},
			      "no memory for reading it");
	/* UTF-8, whatever a byte order mark says. */
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text.p,
				     text.n);
	buf_init(&r.entries, NULL);
	buf_init(&r.values, NULL);
	bool ok = stream(&r);
	if (r.has_event)
		yaml_event_delete(&r.event);
	if (ok) {
		size_t count = r.entries.n / sizeof(struct reader_entry);
		struct reader_entry *entry =
		    arena_array(arena, count + 1, sizeof *entry);
		if (count > 0)
			memcpy(entry, r.entries.p, r.entries.n);
		*result_out = (struct reader_result){entry, count};
	}
	buf_clear(&r.entries);
	buf_clear(&r.values);
	yaml_parser_delete(&r.parser);
	return ok;
}
