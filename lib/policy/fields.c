#include "policy/fields.h"

#include <string.h>

#include "base/limits.h"
#include "mail/encoded_word.h"
#include "mail/header.h"

/* As it stands, up to a control octet, and decoded in two ways. */
#define READINGS 4

struct field_reading {
	struct str name; /* as a rule has it */
	bool sure;       /* the first text is the only one */
	struct str text[READINGS];
	size_t texts;
};

/* --- reading --- */

struct reader {
	struct arena *arena, *scratch;
	struct field_reading *reading;
	size_t count;
	bool full;
};

static bool
is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

struct str
rule_text(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, LIMIT_RULE_TEXT + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n && n <= LIMIT_RULE_TEXT; i++) {
		char c = text.p[i] == '\t' ? ' ' : ascii_lower(text.p[i]);
		bool again = c == ' ' && (n == 0 || out[n - 1] == ' ');
		if (!is_control(c) && !again)
			out[n++] = c;
	}
	return str_trim_wsp(str_n(out, n));
}

static void
add_text(struct reader *reader, struct field_reading *reading, struct str text)
{
	reading->text[reading->texts++] = rule_text(reader->arena, text);
}

static struct str
before_control(struct str text)
{
	size_t n = 0;

	while (n < text.n && !is_control(text.p[n]))
		n++;
	return str_first(text, n);
}

static void
add_field(struct reader *reader, struct str name, struct str value, bool plain)
{
	if (reader->count == LIMIT_RULE_FIELDS) {
		reader->full = true;
		return;
	}
	struct field_reading *reading = &reader->reading[reader->count++];
	struct str text = header_unfold(reader->scratch, value);
	bool encoded = memmem(text.p, text.n, "=?", 2) != NULL;

	*reading =
	    (struct field_reading){.name = name, .sure = plain && !encoded};
	add_text(reader, reading, text);
	if (!plain)
		add_text(reader, reading, before_control(text));
	for (int closed = 0; encoded && closed < 2; closed++)
		add_text(reader, reading,
			 encoded_words_decode(reader->scratch, text, closed));
}

/* What a reader finds who ends lines where others do not. */
static void
add_hidden(struct reader *reader, const struct rules *rules,
	   const struct header_field *field)
{
	struct str line;
	size_t at = 0;

	while (header_hidden_line(field, &at, &line)) {
		for (size_t i = 0; i < rules->fields; i++) {
			size_t n = header_begins_field(line, rules->field[i]);
			if (n > 0)
				add_field(reader, rules->field[i],
					  str_from(line, n), false);
		}
	}
}

static void
add_named(struct reader *reader, const struct rules *rules,
	  const struct header_field *field)
{
	for (size_t i = 0; i < rules->fields; i++) {
		struct str name = rules->field[i];
		if (str_eq_nocase(field->name, name))
			add_field(reader, name, field->value, field->plain);
		else if (header_hidden_in_name(field, name))
			add_field(reader, name, field->value, false);
	}
}

struct fields
fields_read(struct arena *arena, const struct rules *rules,
	    const struct verdict *verdict)
{
	const struct header *header = verdict->header;
	struct reader reader = {.arena = arena, .scratch = arena_new(NULL)};
	size_t n = header != NULL ? header->count : 0;

	reader.reading =
	    arena_array(arena, LIMIT_RULE_FIELDS, sizeof *reader.reading);
	for (size_t i = 0; i < n && !reader.full; i++) {
		add_named(&reader, rules, &header->field[i]);
		add_hidden(&reader, rules, &header->field[i]);
	}
	arena_free(reader.scratch);
	return (struct fields){
	    .reading = reader.reading,
	    .count = reader.count,
	    .incomplete = reader.full || verdict->header_dropped > 0,
	};
}

/* --- matching --- */

static bool
text_is_in(const struct rule_condition *condition, struct str name,
	   struct str text)
{
	for (size_t i = 0; i < condition->texts; i++) {
		const struct rule_field_text *entry = &condition->text[i];
		bool same = entry->prefix ? str_starts(text, entry->text)
					  : str_eq(text, entry->text);
		if (same && str_eq_nocase(entry->name, name))
			return true;
	}
	return false;
}

static bool
is_in(const struct rule_condition *condition,
      const struct field_reading *reading)
{
	for (size_t i = 0; i < reading->texts; i++) {
		if (text_is_in(condition, reading->name, reading->text[i]))
			return true;
	}
	return false;
}

struct field_hits
fields_hits(const struct fields *fields, const struct rule_condition *condition)
{
	struct field_hits hits = {false, fields->incomplete};
	bool in[LIMIT_RULE_FIELDS] = {false};

	for (size_t i = 0; i < fields->count; i++) {
		in[i] = is_in(condition, &fields->reading[i]);
		hits.possible = hits.possible || in[i];
	}
	for (size_t i = 0; i < fields->count && !hits.sure; i++) {
		bool all = !fields->incomplete;
		for (size_t j = 0; j < fields->count; j++) {
			if (str_eq_nocase(fields->reading[i].name,
					  fields->reading[j].name))
				all = all && in[j] && fields->reading[j].sure;
		}
		hits.sure = all;
	}
	return hits;
}
