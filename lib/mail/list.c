#include "mail/list.h"

#include "base/limits.h"

static bool
is_list_field(struct str name)
{
	static const char *const names[] = {
	    "List-Id",          "List-Post",  "List-Help",   "List-Subscribe",
	    "List-Unsubscribe", "List-Owner", "List-Archive"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (str_is_nocase(name, names[i]))
			return true;
	}
	return false;
}

/* list-id-header = "List-ID:" [phrase] "<" list-id ">", RFC 2919 section 3 */
static struct str
list_id(struct arena *arena, struct str value)
{
	struct str text = header_unfold(arena, value);
	size_t open = str_rchr(text, '<');
	struct str id = str_from(text, open + 1);

	if (open == text.n || id.n < 2 || id.p[id.n - 1] != '>')
		return str_empty();
	id = str_first(id, id.n - 1);
	if (id.n > LIMIT_LIST_ID || !str_is_printable(id) ||
	    str_chr(id, ' ') < id.n)
		return str_empty();
	char *lower = arena_alloc(arena, id.n);
	for (size_t i = 0; i < id.n; i++)
		lower[i] = ascii_lower(id.p[i]);
	return str_n(lower, id.n);
}

void
mail_list_read(struct arena *arena, const struct header *header,
	       struct mail_list *list_out)
{
	bool seen = false;

	*list_out = (struct mail_list){.id = str_empty()};
	for (size_t i = 0; i < header->count; i++) {
		const struct header_field *field = &header->field[i];
		if (!is_list_field(field->name))
			continue;
		list_out->named = true;
		if (!seen && str_is_nocase(field->name, "List-Id")) {
			seen = true;
			list_out->id = list_id(arena, field->value);
		}
	}
}
