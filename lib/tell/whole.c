/* All that is told of one message, for one screen. */
#include "tell/tell.h"

#include "base/line.h"
#include "base/wrap.h"

#define TEXT_COLUMN 10

static void
add_cures(struct buf *out, struct arena *arena, const struct verdict *verdict)
{
	struct tell_cures cures;

	tell_cures(arena, verdict, &cures);
	for (size_t i = 0; i < cures.cures; i++) {
		buf_printf(out, "%-*s", TEXT_COLUMN,
			   i == 0 ? "Passes if" : "or if");
		wrap_line(out, LINE_ESCAPED, cures.cure[i], TEXT_COLUMN,
			  TEXT_COLUMN);
	}
}

static void
add_before(struct buf *out, struct arena *arena, const struct verdict *verdict,
	   const struct tell_known *known)
{
	struct str before = tell_before(arena, verdict, &known->kinds);

	if (before.n == 0)
		return;
	buf_printf(out, "%-*s", TEXT_COLUMN, "Before");
	wrap_line(out, LINE_ESCAPED, before, TEXT_COLUMN, TEXT_COLUMN);
}

static void
add_rule(struct buf *out, struct arena *arena, const struct verdict *verdict,
	 const struct tell_rule_options *options)
{
	struct tell_rule rule;

	tell_rule(arena, verdict, options, &rule);
	buf_addc(out, '\n');
	if (rule.yaml.n > 0) {
		buf_printf(out,
			   "Let it in anyway until %.*s: paste this below "
			   "rules:, above all others\n",
			   STR_ARG(rule.expires));
		buf_add(out, rule.yaml);
	}
	if (rule.note.n > 0) {
		buf_printf(out, "%-*s", TEXT_COLUMN,
			   rule.yaml.n > 0 ? "But" : "No rule");
		wrap_line(out, LINE_ESCAPED, rule.note, TEXT_COLUMN,
			  TEXT_COLUMN);
	}
}

static void
add_letter(struct buf *out, struct arena *arena, const struct verdict *verdict,
	   const struct tell_known *known)
{
	struct str id =
	    verdict->queue_id.n > 0 ? verdict->queue_id : verdict->message_id;
	struct buf letter, line;
	const char *why;

	buf_init(&letter, arena);
	buf_init(&line, arena);
	if (!tell_letter(&letter, arena, verdict, known, &why))
		return;
	buf_adds(&line, "Text for their postmaster: verdict explain --letter ");
	/* It goes to a shell. */
	buf_addc(&line, '\'');
	for (size_t i = 0; i < id.n; i++)
		buf_addc(&line, id.p[i] == '\'' ? '?' : line_octet(id.p[i]));
	buf_addc(&line, '\'');
	wrap_line(out, LINE_ESCAPED, buf_str(&line), 0, TEXT_COLUMN);
}

void
tell_whole(struct buf *out, struct arena *arena, const struct verdict *verdict,
	   const struct tell_known *known,
	   const struct tell_rule_options *options)
{
	tell_head(out, arena, verdict, options->now);
	buf_addc(out, '\n');
	tell_why(out, arena, verdict, known);
	add_cures(out, arena, verdict);
	add_before(out, arena, verdict, known);
	if (verdict->decision.action != ACTION_ACCEPT)
		add_rule(out, arena, verdict, options);
	add_letter(out, arena, verdict, known);
}
