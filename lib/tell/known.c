/* What the store is asked for one message. */
#include "tell/tell.h"

/* Good messages of a domain that are looked back over. */
#define ENOUGH 1000

static const struct dns_question *
question_of(const struct verdict *verdict, struct str name)
{
	for (size_t i = 0; i < verdict->questions; i++) {
		const struct dns_question *question = &verdict->question[i];
		if (question->type == DNS_TXT &&
		    str_eq_nocase(question->name, name))
			return question;
	}
	return NULL;
}

/* Of several TXT records at a name those that begin so; of keys, which need
   not, all. */
static void
keep_records(struct tell_record *record, const char *version)
{
	struct str *kept = (struct str *)record->text;
	size_t n = 0;

	for (size_t i = 0; i < record->texts; i++) {
		if (version[0] == '\0' ||
		    str_starts_nocase(record->text[i], str_of(version)))
			kept[n++] = record->text[i];
	}
	record->texts = n;
}

static bool
add_record(struct store *store, struct arena *arena,
	   const struct verdict *verdict, struct str name, const char *version,
	   struct tell_known *known)
{
	const struct dns_question *question = question_of(verdict, name);
	struct tell_record *record = &known->record[known->records];

	if (question == NULL || known->records == TELL_RECORDS)
		return true;
	for (size_t i = 0; i < known->records; i++) {
		if (str_eq_nocase(known->record[i].name, name))
			return true;
	}
	*record = (struct tell_record){.name = question->name,
				       .status = question->status};
	if (question->status == DNS_OK &&
	    !store_texts(store, arena, question->digest, &record->text,
			 &record->texts))
		return false;
	/* Other records of the name are no part of it. */
	size_t all = record->texts;
	keep_records(record, version);
	if (all == 0 || record->texts > 0 || question->status != DNS_OK)
		known->records++;
	return true;
}

static bool
add_keys(struct store *store, struct arena *arena,
	 const struct verdict *verdict, struct tell_known *known)
{
	for (size_t i = 0; i < verdict->dkim.count; i++) {
		const struct dkim_outcome *dkim = &verdict->dkim.outcome[i];
		struct str name = arena_printf(arena, "%.*s._domainkey.%.*s",
					       STR_ARG(dkim->selector),
					       STR_ARG(dkim->domain));
		if (dkim->domain.n > 0 && dkim->selector.n > 0 &&
		    !add_record(store, arena, verdict, name, "", known))
			return false;
	}
	return true;
}

static bool
add_policies(struct store *store, struct arena *arena,
	     const struct verdict *verdict, struct tell_known *known)
{
	for (size_t i = 0; i < verdict->dmarc.count; i++) {
		const struct dmarc_outcome *dmarc = &verdict->dmarc.outcome[i];
		struct str at =
		    dmarc->has_record ? dmarc->policy_domain : dmarc->from;
		struct str name =
		    arena_printf(arena, "_dmarc.%.*s", STR_ARG(at));
		if (!add_record(store, arena, verdict, name, "v=DMARC1", known))
			return false;
	}
	return true;
}

/* The one at which SPF began, and, where another decided, that one: the reason
   ends with its name. */
static bool
add_spf(struct store *store, struct arena *arena, const struct verdict *verdict,
	struct tell_known *known)
{
	const struct spf_outcome *spf = &verdict->spf;

	if (!add_record(store, arena, verdict, spf->domain, "v=spf1", known))
		return false;
	for (size_t i = 0; i < verdict->questions; i++) {
		struct str name = verdict->question[i].name;
		struct str end = str_from(
		    spf->reason,
		    spf->reason.n > name.n ? spf->reason.n - name.n : 0);
		if (verdict->question[i].type == DNS_TXT && name.n > 0 &&
		    str_eq_nocase(end, name))
			return add_record(store, arena, verdict, name, "v=spf1",
					  known);
	}
	return true;
}

bool
tell_know(struct store *store, struct arena *arena,
	  const struct verdict *verdict, struct tell_known *known_out)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	struct tell_known known = {.records = 0, .kinds.enough = ENOUGH};

	if (client_is_checked(verdict->client_class) &&
	    (!add_spf(store, arena, verdict, &known) ||
	     !add_keys(store, arena, verdict, &known) ||
	     !add_policies(store, arena, verdict, &known)))
		return false;
	if (dmarc != NULL && !store_kinds_of(store, arena, dmarc->from,
					     verdict->now, &known.kinds))
		return false;
	*known_out = known;
	return true;
}
