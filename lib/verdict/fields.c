#include "verdict/fields.h"

#include <string.h>

#include "base/limits.h"
#include "mail/encoded_word.h"

struct reader {
	struct arena *arena, *scratch;
	const struct str *name;
	size_t names;
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
field_text(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, LIMIT_RULE_TEXT + 2);
	bool blank = false;
	size_t n = 0;

	/* A blank counts once something follows it, also at the bound. */
	for (size_t i = 0; i < text.n && n <= LIMIT_RULE_TEXT; i++) {
		char c = ascii_lower(text.p[i]);
		if (ascii_is_wsp(c)) {
			blank = n > 0;
		} else if (!is_control(c)) {
			if (blank)
				out[n++] = ' ';
			out[n++] = c;
			blank = false;
		}
	}
	return str_first(str_n(out, n), LIMIT_RULE_TEXT + 1);
}

static void
add_text(struct reader *reader, struct field_reading *reading, struct str text)
{
	reading->text[reading->texts++] = field_text(reader->arena, text);
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
add_hidden(struct reader *reader, const struct header_field *field)
{
	struct str line;
	size_t at = 0;

	while (header_hidden_line(field, &at, &line)) {
		for (size_t i = 0; i < reader->names; i++) {
			struct str name = reader->name[i];
			size_t n = header_begins_field(line, name);
			if (n > 0)
				add_field(reader, name, str_from(line, n),
					  false);
		}
	}
}

static void
add_named(struct reader *reader, const struct header_field *field)
{
	for (size_t i = 0; i < reader->names; i++) {
		struct str name = reader->name[i];
		if (str_eq_nocase(field->name, name))
			add_field(reader, name, field->value, field->plain);
		else if (header_hidden_in_name(field, name))
			add_field(reader, name, field->value, false);
	}
}

struct field_readings
fields_read(struct arena *arena, const struct header *header,
	    const struct str *name, size_t names)
{
	/* Most configurations name none. */
	size_t n = header != NULL && names > 0 ? header->count : 0;
	struct reader reader = {.arena = arena,
				.scratch = n > 0 ? arena_new(NULL) : NULL,
				.name = name,
				.names = names};

	reader.reading = arena_array(arena, n > 0 ? LIMIT_RULE_FIELDS : 0,
				     sizeof *reader.reading);
	for (size_t i = 0; i < n && !reader.full; i++) {
		add_named(&reader, &header->field[i]);
		add_hidden(&reader, &header->field[i]);
	}
	arena_free(reader.scratch);
	return (struct field_readings){
	    .name = name,
	    .names = names,
	    .reading = reader.reading,
	    .count = reader.count,
	    .full = reader.full,
	};
}

bool
fields_asked(const struct field_readings *fields, struct str name)
{
	for (size_t i = 0; i < fields->names; i++) {
		if (str_eq_nocase(fields->name[i], name))
			return true;
	}
	return false;
}
