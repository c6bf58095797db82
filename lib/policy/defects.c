/* What is wrong with a message whatever its origin: From and header. */
#include "policy/proposal.h"

struct proposal
propose_header(const struct question *question)
{
	const struct verdict *verdict = question->verdict;

	if (verdict->header_dropped == 0)
		return proposal_accept(CAUSE_NONE, str_empty());
	struct proposal proposal = proposal_accept(
	    CAUSE_HEADER,
	    arena_printf(question->arena,
			 "header too large: %zu of %zu "
			 "fields were not looked at",
			 verdict->header_dropped, verdict->header_fields));
	proposal_choose(&proposal, question->options->on_oversize_header,
			question->options);
	proposal.reply_code = "552";
	proposal.reply_xcode = "5.3.4";
	proposal.reply_text = str_lit("Message header is too large");
	return proposal;
}

/* RFC 5322 section 3.6.2, RFC 9989 section 11.5; NULL: nothing wrong. */
const char *
from_defect(enum from_state state)
{
	switch (state) {
	case FROM_ONE:
	case FROM_SEVERAL:
		break;
	case FROM_TOO_MANY:
		return "the From field names more domains than can be checked";
	case FROM_UNREADABLE:
		return "the From field shows what cannot be read";
	case FROM_FIELDS:
		return "the message has several From fields";
	case FROM_NO_DOMAIN:
		return "the From field holds no usable domain";
	case FROM_MISSING:
		return "the message has no From field";
	}
	return NULL;
}

/*
 * Bounces of old programs have a From without a domain; losing them costs more
 * than setting them aside, where that misses the inbox.
 */
static enum policy_choice
from_choice(const struct verdict *verdict, const struct policy_options *options)
{
	const struct verdict_from *from = &verdict->from;
	bool bounce = verdict->mail_from_known && verdict->mail_from_null;
	bool no_domain = from->state == FROM_MISSING ||
			 (from->state == FROM_NO_DOMAIN && !from->shows_domain);

	if (options->on_bad_from == CHOICE_REJECT && no_domain && bounce &&
	    quarantine_misses_inbox(options))
		return CHOICE_QUARANTINE;
	return options->on_bad_from;
}

struct proposal
propose_from(const struct question *question)
{
	const struct verdict *verdict = question->verdict;
	const char *defect = from_defect(verdict->from.state);
	const char *detail = verdict->from.reason;

	if (defect == NULL)
		return proposal_accept(CAUSE_NONE, str_empty());
	bool detailed = detail != NULL && detail[0] != '\0';
	struct proposal proposal = proposal_accept(
	    CAUSE_FROM,
	    arena_printf(question->arena, "bad From: %s%s%s", defect,
			 detailed ? ": " : "", detailed ? detail : ""));
	proposal_choose(&proposal, from_choice(verdict, question->options),
			question->options);
	proposal.reply_code = "550";
	proposal.reply_xcode = "5.7.1";
	proposal.reply_text =
	    arena_printf(question->arena,
			 "Not accepted by the rules of RFC 5322: %s", defect);
	return proposal;
}
