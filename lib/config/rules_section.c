#include "config/rules_section.h"
#include "base/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "config/builder.h"
#include "config/entries.h"
#include "config/schema.h"

/* --- conditions --- */

static bool
set_words(struct builder *b, const struct rule_keyword *keyword)
{
	bool fine = true;

	for (size_t i = 0; i < b->entry->count; i++) {
		const struct reader_value *value = &b->entry->value[i];
		size_t index;
		if (words_find(keyword->words, value->text, &index))
			b->condition->words |= 1u << index;
		else
			fine = rule_refuse_word(b, value, keyword->words);
	}
	return fine;
}

static bool
set_entries(struct builder *b, const struct rule_keyword *keyword)
{
	struct entries *entries = entries_new(keyword->value, b->s->suffixes);
	const struct reader_entry *entry = b->entry;
	struct buf why;
	bool fine = true;

	buf_init(&why, b->s->arena);
	for (size_t i = 0; i < entry->count; i++) {
		if (entries_add(entries, entry->value[i].text, &why))
			continue;
		buf_addc(&why, '\0');
		fine =
		    rule_refuse(b, entry->value[i].place, entry->name.p, why.p);
		buf_reset(&why);
	}
	if (fine)
		entries_finish(entries, b->s->arena, b->condition);
	else
		entries_free(entries);
	return fine;
}

static bool
set_condition(struct builder *b, const struct rule_keyword *keyword,
	      bool negated)
{
	*b->condition = (struct rule_condition){
	    .subject = (enum rule_subject)(keyword - rule_keywords),
	    .negated = negated};
	if (b->entry->count == 0)
		return rule_refuse_value(b,
					 "the list is empty, so the rule could "
					 "never match");
	if (keyword->value == RULE_YES_NO) {
		if (b->entry->shape != READER_SCALAR)
			return rule_refuse_value(b,
						 "takes one value, not a list");
		if (!rule_yes_no(b, b->entry->value[0].text,
				 &b->condition->yes))
			return false;
	} else if (keyword->value == RULE_WORDS) {
		if (!set_words(b, keyword))
			return false;
	} else if (!set_entries(b, keyword)) {
		return false;
	}
	b->condition++;
	b->rule->conditions++;
	return true;
}

static const struct rule_keyword *
find_condition(struct str name, bool *negated_out)
{
	bool negated = str_starts(name, str_lit("not-"));
	struct str bare = str_from(name, negated ? 4 : 0);

	for (size_t i = 0; i < RULE_SUBJECTS; i++) {
		const struct rule_keyword *keyword = &rule_keywords[i];
		if (!str_is(bare, keyword->name) ||
		    (negated && !keyword->negatable))
			continue;
		*negated_out = negated;
		return keyword;
	}
	return NULL;
}

/* --- one rule --- */

static bool
refuse_unknown(struct builder *b)
{
	struct str name = str_first(b->entry->name, 60);
	struct str near = str_empty();
	size_t least = SIZE_MAX;
	struct str bare =
	    str_from(name, str_starts(name, str_lit("not-")) ? 4 : 0);

	for (size_t i = 0; i < rule_fields_count; i++)
		schema_closer(name, str_of(rule_fields[i].name), &near, &least);
	for (size_t i = 0; i < RULE_SUBJECTS; i++)
		schema_closer(bare, str_of(rule_keywords[i].name), &near,
			      &least);
	struct str cure =
	    near.n > 0 ? arena_printf(b->s->arena, "did you mean \"%.*s\"?",
				      STR_ARG(near))
		       : str_lit("\"verdict config --keywords\" lists them "
				 "all");
	struct str why =
	    arena_printf(b->s->arena, "unknown keyword \"%.*s\"; %.*s",
			 STR_ARG(name), STR_ARG(cure));
	return rule_refuse(b, b->entry->place, "", why.p);
}

static bool
check_entry(struct builder *b, const struct reader_entry *first)
{
	for (const struct reader_entry *e = first; e < b->entry; e++) {
		if (str_eq(e->name, b->entry->name))
			return rule_refuse(
			    b, b->entry->place, b->entry->name.p,
			    "stands twice in this rule; put the entries into "
			    "one list");
	}
	for (size_t i = 0; i < b->entry->count; i++) {
		if (b->entry->value[i].absent)
			return rule_refuse_value(
			    b, "has no value; write one, or remove the line");
	}
	return true;
}

static bool
apply_entry(struct builder *b, const struct reader_entry *first)
{
	const struct rule_keyword *keyword;
	bool negated = false;

	if (!check_entry(b, first))
		return false;
	for (size_t i = 0; i < rule_fields_count; i++) {
		if (!str_is(b->entry->name, rule_fields[i].name))
			continue;
		if (b->entry->shape != READER_SCALAR)
			return rule_refuse_value(b,
						 "takes one value, not a list");
		return rule_fields[i].set(b, b->entry->value[0].text);
	}
	keyword = find_condition(b->entry->name, &negated);
	return keyword != NULL ? set_condition(b, keyword, negated)
			       : refuse_unknown(b);
}

static bool
has_entry(const struct rules_source *source, const char *name)
{
	for (size_t i = 0; i < source->count; i++) {
		if (str_is(source->entry[i].name, name))
			return true;
	}
	return false;
}

static bool
has_subject(const struct rule *rule, enum rule_subject subject)
{
	for (size_t i = 0; i < rule->conditions; i++) {
		if (rule->condition[i].subject == subject)
			return true;
	}
	return false;
}

/* Would it let in mail that the policy may keep from the inbox? */
static bool
is_mild(const struct builder *b)
{
	const struct policy_options *policy = &b->s->config.policy;

	if (!config_is_sound(b->s, "on-quarantine") ||
	    !config_is_sound(b->s, "on-reject"))
		return false;
	if (b->rule->action == RULE_TAG)
		return policy->on_quarantine != ON_QUARANTINE_TAG ||
		       policy->on_reject != ON_REJECT_QUARANTINE;
	return b->rule->action == RULE_ACCEPT;
}

/* The condition that would prove something if its list held less. */
static const char *
too_broad(const struct rule *rule)
{
	for (size_t i = 0; i < rule->conditions; i++) {
		const struct rule_condition *condition = &rule->condition[i];
		struct rule_condition narrow = *condition;
		narrow.broad = false;
		if (condition->broad && rule_condition_authenticates(&narrow))
			return rule_keywords[condition->subject].name;
	}
	return NULL;
}

static bool
refuse_unproven(struct builder *b, const struct rules_source *source)
{
	const char *broad = too_broad(b->rule);
	struct buf why;

	buf_init(&why, b->s->arena);
	if (broad != NULL)
		buf_printf(
		    &why,
		    "%s proves nothing here, as its list holds a "
		    "quarter of IPv4, a /4 of IPv6, or a domain below which "
		    "anybody can have a name: narrow it",
		    broad);
	else
		buf_adds(&why,
			 "milder than the policy, and anybody's mail can "
			 "match: add client, smtp-auth: yes, dkim-domain, "
			 "spf-domain, trusted-sealer or dmarc: pass");
	buf_adds(&why, ", or say unauthenticated: yes");
	return rule_refuse(b, source->place, "", buf_str(&why).p);
}

static bool
check_safeguards(struct builder *b, const struct rules_source *source)
{
	const struct rule *rule = b->rule;

	if (rule->action == RULE_ACCEPT &&
	    has_subject(rule, RULE_ANY_RECIPIENT))
		return rule_refuse(
		    b, source->place, "",
		    "any-recipient may only make things stricter, since "
		    "senders can add recipients: use recipient, which all "
		    "must match, or another action");
	if (is_mild(b) && !rule->unauthenticated &&
	    !rule_is_authenticated(rule))
		return refuse_unproven(b, source);
	return true;
}

static bool
check_rule(struct builder *b, const struct rules_source *source)
{
	if (!has_entry(source, "name"))
		return rule_refuse(
		    b, source->place, "",
		    "this rule has no name; give it one, for log and "
		    "counters");
	if (!has_entry(source, "action"))
		return rule_refuse(b, source->place, "",
				   "no action; write one");
	if (b->rule->conditions == 0)
		return rule_refuse(b, source->place, "",
				   "no condition; a rule for all mail is what "
				   "on-reject, on-quarantine and mode are for");
	return check_safeguards(b, source);
}

static struct str
name_in(const struct rules_source *source)
{
	for (size_t i = 0; i < source->count; i++) {
		const struct reader_entry *entry = &source->entry[i];
		if (str_is(entry->name, "name") &&
		    entry->shape == READER_SCALAR &&
		    rule_is_name(entry->value[0].text))
			return entry->value[0].text;
	}
	return str_empty();
}

static void
read_rule(struct snapshot *s, const struct rules_source *source,
	  struct rule *rule)
{
	struct rule_condition *condition =
	    arena_array(s->arena, source->count, sizeof *condition);
	struct builder b = {.s = s,
			    .name = name_in(source),
			    .rule = rule,
			    .condition = condition,
			    .faulty = source->cut};

	rule->name = rule->reason = rule->reply = rule->owner = str_empty();
	rule->condition = condition;
	for (size_t i = 0; i < source->count; i++) {
		b.entry = &source->entry[i];
		if (b.entry->faulty)
			b.faulty = true;
		else
			apply_entry(&b, source->entry);
	}
	if (!b.faulty)
		check_rule(&b, source);
}

/* --- all of them --- */

bool
rules_section_owns(const struct reader_entry *entry)
{
	return str_is(entry->section.n > 0 ? entry->section : entry->name,
		      "rules");
}

/* "rules: []" and "rules:" are none. */
static void
check_head(struct snapshot *s, const struct reader_entry *entry)
{
	bool empty = (entry->shape == READER_LIST && entry->count == 0) ||
		     (entry->shape == READER_SCALAR && entry->value[0].absent);
	bool item = entry->shape == READER_ITEM;

	if (item && entry->item > 1)
		return;
	if (s->rules_place.line > 0)
		errors_add(&s->errors, entry->place,
			   "rules: already set in line %zu; put the rules into "
			   "one list",
			   s->rules_place.line);
	else if (!item && !empty && !entry->faulty)
		errors_add(&s->errors, entry->place,
			   "rules: write a list of rules, each beginning with "
			   "\"- name: ...\"");
	s->rules_place = entry->place;
}

static size_t
collect(struct snapshot *s, const struct reader_result *file,
	struct rules_source *source)
{
	size_t count = 0;

	for (size_t i = 0; i < file->count; i++) {
		const struct reader_entry *entry = &file->entry[i];
		if (!rules_section_owns(entry))
			continue;
		if (entry->section.n == 0)
			check_head(s, entry);
		else if (entry->item > 0)
			source[count - 1].count++;
		if (entry->shape == READER_ITEM)
			source[count++] = (struct rules_source){
			    .entry = entry + 1, .place = entry->place};
	}
	if (count > 0 && !file->whole)
		source[count - 1].cut = true;
	return count;
}

static bool
add_name(struct str *field, size_t *fields, struct str name)
{
	for (size_t i = 0; i < *fields; i++) {
		if (str_eq_nocase(field[i], name))
			return true;
	}
	if (*fields == LIMIT_RULE_FIELD_NAMES)
		return false;
	field[(*fields)++] = name;
	return true;
}

/* Those that the rules' conditions on the header look at. */
static void
name_fields(struct snapshot *s, struct rules *rules)
{
	struct str *field =
	    arena_array(s->arena, LIMIT_RULE_FIELD_NAMES, sizeof *field);
	bool fits = true;

	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *rule = &rules->rule[i];
		for (size_t j = 0; j < rule->conditions; j++) {
			const struct rule_condition *condition =
			    &rule->condition[j];
			for (size_t k = 0; k < condition->texts; k++)
				fits = add_name(field, &rules->fields,
						condition->text[k].name) &&
				       fits;
		}
	}
	rules->field = field;
	if (!fits)
		errors_add(&s->errors, s->rules_place,
			   "rules: conditions on the header name more than %d "
			   "fields: name fewer",
			   LIMIT_RULE_FIELD_NAMES);
}

/* Of one name they stand in the order of the file. */
static int
compare_names(const void *a, const void *b)
{
	const struct rule *x = *(const struct rule *const *)a;
	const struct rule *y = *(const struct rule *const *)b;
	size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
	int order = n > 0 ? memcmp(x->name.p, y->name.p, n) : 0;

	if (order == 0)
		order = (x->name.n > y->name.n) - (x->name.n < y->name.n);
	return order != 0 ? order : (x > y) - (x < y);
}

static void
refuse_twin(struct snapshot *s, const struct rules_source *source,
	    const struct rules_source *first)
{
	const struct reader_entry *entry = source->entry;

	while (!str_is(entry->name, "name"))
		entry++;
	errors_add(&s->errors, entry->value[0].place,
		   "rules: %.*s: the rule of line %zu bears that name, too; "
		   "log and counters need different ones",
		   STR_ARG(entry->value[0].text), first->place.line);
}

/* Sorted, as there may be many. */
static void
check_names(struct snapshot *s, const struct rules *rules)
{
	const struct rule **rule =
	    arena_array(s->arena, rules->count + 1, sizeof *rule);

	for (size_t i = 0; i < rules->count; i++)
		rule[i] = &rules->rule[i];
	qsort(rule, rules->count, sizeof *rule, compare_names);
	for (size_t i = 1; i < rules->count; i++) {
		if (rule[i]->name.n > 0 &&
		    str_eq(rule[i - 1]->name, rule[i]->name))
			refuse_twin(
			    s, &s->rules_source[rule[i] - rules->rule],
			    &s->rules_source[rule[i - 1] - rules->rule]);
	}
}

void
rules_section_read(struct snapshot *s, const struct reader_result *file)
{
	struct rules_source *source =
	    arena_array(s->arena, file->count + 1, sizeof *source);
	size_t count = collect(s, file, source);

	s->rules = arena_array(s->arena, count + 1, sizeof *s->rules);
	s->rules_source = source;
	for (size_t i = 0; i < count; i++)
		read_rule(s, &source[i], &s->rules[i]);
	struct rules *rules = arena_alloc(s->arena, sizeof *rules);
	*rules = (struct rules){.rule = s->rules, .count = count};
	check_names(s, rules);
	name_fields(s, rules);
	s->config.policy.rules = rules;
}
