/* What was decided, and done. */
#include "record/parts.h"

#include "base/limits.h"
#include "base/line.h"

/* Forged fields of other names than a mail has them cannot be counted. */
#define REMOVED_MAX 64

/* What most decisions have for a reason: as policy/ makes it one. */
static struct str
usual_reason(struct arena *arena, const struct verdict *verdict,
	     enum shape shape)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (dmarc == NULL)
		return str_empty();
	return line_text(arena, LINE_ASCII,
			 verdict_dmarc_text(arena, dmarc, shape), LIMIT_REASON);
}

/* --- parts --- */

static Record__Shape *
pack_shape(struct packer *p, const struct shape_outcome *shape)
{
	Record__Shape *out;

	if (shape->shape == SHAPE_NONE)
		return NULL;
	out = pack_message(p, &record__shape__descriptor);
	out->shape = codes_number(&codes_shape, shape->shape);
	out->strong = shape->strong;
	out->evidence = pack_text(p, shape->evidence);
	out->forwarder = pack_element(p, shape->forwarder);
	return out;
}

static void
unpack_shape(struct unpacker *u, const Record__Shape *in,
	     struct shape_outcome *shape)
{
	*shape = (struct shape_outcome){.shape = SHAPE_NONE,
					.evidence = str_empty()};
	if (in == NULL)
		return;
	shape->shape = unpack_code(u, &codes_shape, in->shape);
	shape->strong = in->strong;
	shape->evidence = unpack_printable(u, in->evidence);
	shape->forwarder = unpack_element(u, in->forwarder);
}

static Record__Reply *
pack_reply(struct packer *p, const struct decision *decision)
{
	Record__Reply *out;

	if (decision->reply_code == NULL || decision->reply_code[0] == '\0')
		return NULL;
	out = pack_message(p, &record__reply__descriptor);
	out->code = pack_text(p, str_of(decision->reply_code));
	out->xcode = pack_text(p, str_of(decision->reply_xcode));
	out->text = pack_octets(decision->reply_text);
	return out;
}

static void
unpack_reply(struct unpacker *u, const Record__Reply *in,
	     struct decision *decision)
{
	decision->reply_code = decision->reply_xcode = "";
	decision->reply_text = str_empty();
	if (in == NULL)
		return;
	decision->reply_code = unpack_word(u, in->code);
	unpack_if(u, in->code != 0, "a reply has no code");
	decision->reply_xcode = unpack_word(u, in->xcode);
	decision->reply_text = unpack_octets(u, in->text);
}

/* --- the decision --- */

static uint32_t
pack_reason(struct packer *p, const struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;
	struct str usual =
	    usual_reason(p->arena, verdict, decision->shape.shape);

	if (str_eq(decision->reason, usual))
		return 0;
	return decision->reason.n > 0 ? pack_text(p, decision->reason)
				      : TEXTS_EMPTY;
}

Record__Decision *
pack_decision(struct packer *p, const struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;
	Record__Decision *out = pack_message(p, &record__decision__descriptor);

	out->action = codes_number(&codes_action, decision->action);
	out->applied = codes_number(&codes_action, decision->applied);
	out->cause = codes_number(&codes_cause, decision->cause);
	out->reason = pack_reason(p, verdict);
	out->hold = decision->how == QUARANTINE_HOLD;
	out->wants = pack_text(p, str_of(decision->wants));
	out->shape = pack_shape(p, &decision->shape);
	out->rule = pack_text(p, decision->rule);
	out->monitored_rule = pack_text(p, decision->monitored_rule);
	if (decision->monitored_rule.n > 0)
		out->monitored_action =
		    codes_number(&codes_action, decision->monitored_action);
	out->deferral = decision->deferral;
	out->deferrals_allowed = decision->deferrals_allowed;
	out->deferrals_spent = decision->deferrals_spent;
	out->reply = pack_reply(p, decision);
	return out;
}

static struct str
unpack_reason(struct unpacker *u, const Record__Decision *in,
	      const struct verdict *verdict)
{
	if (u->to_decide)
		return str_empty();
	if (in->reason != 0)
		return unpack_printable(u, in->reason);
	return usual_reason(u->arena, verdict, verdict->decision.shape.shape);
}

void
unpack_decision(struct unpacker *u, const Record__Decision *in,
		struct verdict *verdict)
{
	struct decision *decision = &verdict->decision;

	decision->action = unpack_code(u, &codes_action, in->action);
	decision->applied = unpack_code(u, &codes_action, in->applied);
	decision->cause = unpack_code(u, &codes_cause, in->cause);
	unpack_shape(u, in->shape, &decision->shape);
	decision->reason = unpack_reason(u, in, verdict);
	decision->how = in->hold ? QUARANTINE_HOLD : QUARANTINE_TAG;
	decision->wants = unpack_word(u, in->wants);
	decision->rule = unpack_printable(u, in->rule);
	decision->monitored_rule = unpack_printable(u, in->monitored_rule);
	if (in->monitored_rule != 0)
		decision->monitored_action =
		    unpack_code(u, &codes_action, in->monitored_action);
	decision->deferral = in->deferral;
	decision->deferrals_allowed = in->deferrals_allowed;
	decision->deferrals_spent = in->deferrals_spent;
	decision->unjudged = str_empty();
	unpack_reply(u, in->reply, decision);
}

/* --- forged fields --- */

Record__Removed *
pack_removed(struct packer *p, const struct verdict *verdict)
{
	size_t n = verdict->removed_names;
	Record__Removed *out;

	if (n == 0)
		return NULL;
	out = pack_message(p, &record__removed__descriptor);
	out->n_name = out->n_count = n;
	out->name = pack_numbers(p, n);
	out->count = pack_numbers(p, n);
	for (size_t i = 0; i < n; i++) {
		out->name[i] = pack_text(p, verdict->removed[i].name);
		out->count[i] = pack_size(verdict->removed[i].count);
	}
	return out;
}

void
unpack_removed(struct unpacker *u, const Record__Removed *in,
	       struct verdict *verdict)
{
	if (in == NULL ||
	    !unpack_if(u,
		       in->n_name <= REMOVED_MAX && in->n_count == in->n_name,
		       "too many names of fields were removed"))
		return;
	struct verdict_removed *removed =
	    arena_array(u->arena, in->n_name, sizeof *removed);
	for (size_t i = 0; i < in->n_name; i++) {
		removed[i].name = unpack_printable(u, in->name[i]);
		removed[i].count = in->count[i];
	}
	verdict->removed = removed;
	verdict->removed_names = in->n_name;
}
