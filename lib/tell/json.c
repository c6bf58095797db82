/* The same facts for programs. */
#include "tell/tell.h"

static void
add_member(struct buf *out, const char *key, struct str value)
{
	buf_printf(out, ",\"%s\":", key);
	buf_add_json(out, value);
}

static void
add_records(struct buf *out, const struct tell_known *known)
{
	buf_adds(out, ",\"dns\":[");
	for (size_t i = 0; i < known->records; i++) {
		const struct tell_record *record = &known->record[i];
		buf_adds(out, i > 0 ? ",{\"name\":" : "{\"name\":");
		buf_add_json(out, record->name);
		add_member(out, "status",
			   str_of(dns_status_text(record->status)));
		buf_adds(out, ",\"text\":[");
		for (size_t t = 0; t < record->texts; t++) {
			if (t > 0)
				buf_addc(out, ',');
			buf_add_json(out, record->text[t]);
		}
		buf_adds(out, "]}");
	}
	buf_addc(out, ']');
}

static void
add_cures(struct buf *out, struct arena *arena, const struct verdict *verdict)
{
	struct tell_cures cures;

	tell_cures(arena, verdict, &cures);
	buf_adds(out, ",\"passes_if\":[");
	for (size_t i = 0; i < cures.cures; i++) {
		if (i > 0)
			buf_addc(out, ',');
		buf_add_json(out, cures.cure[i]);
	}
	buf_addc(out, ']');
}

static void
add_rule(struct buf *out, struct arena *arena, const struct verdict *verdict,
	 const struct tell_rule_options *options)
{
	struct tell_rule rule;

	tell_rule(arena, verdict, options, &rule);
	buf_adds(out, ",\"let_in\":{\"yaml\":");
	buf_add_json(out, rule.yaml);
	add_member(out, "expires", rule.expires);
	add_member(out, "note", rule.note);
	buf_printf(out, ",\"proven\":%s}", rule.proven ? "true" : "false");
}

void
tell_json(struct buf *out, struct arena *arena, const struct verdict *verdict,
	  const struct tell_known *known,
	  const struct tell_rule_options *options)
{
	struct buf letter;
	const char *why;

	buf_init(&letter, arena);
	buf_addc(out, '{');
	tell_members(out, arena, verdict);
	add_member(out, "outcome", str_of(tell_outcome(&verdict->decision)));
	add_member(out, "why", tell_cause(arena, verdict));
	add_records(out, known);
	add_cures(out, arena, verdict);
	add_member(out, "before", tell_before(arena, verdict, &known->kinds));
	if (verdict->decision.action != ACTION_ACCEPT)
		add_rule(out, arena, verdict, options);
	if (tell_letter(&letter, arena, verdict, known, &why))
		add_member(out, "letter", buf_str(&letter));
	buf_adds(out, ",\"verdict\":");
	buf_add(out, verdict_json(arena, verdict, str_empty()));
	buf_addc(out, '}');
}
