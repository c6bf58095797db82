/* The keywords of a rule that are no conditions. */
#include "base/limits.h"
#include "base/words.h"
#include "config/builder.h"
#include "config/schema.h"
#include "config/value.h"

bool
rule_refuse(struct builder *b, struct config_place place, const char *what,
	    const char *why)
{
	errors_add(&b->s->errors, place, "rules: %.*s%s%s%s%s",
		   STR_ARG(b->name), b->name.n > 0 ? ": " : "", what,
		   what[0] ? ": " : "", why);
	b->faulty = true;
	return false;
}

bool
rule_refuse_value(struct builder *b, const char *why)
{
	struct config_place place =
	    b->entry->count > 0 ? b->entry->value[0].place : b->entry->place;

	return rule_refuse(b, place, b->entry->name.p, why);
}

bool
rule_refuse_shown(struct builder *b, const char *why)
{
	struct buf text;

	buf_init(&text, b->s->arena);
	value_add_shown(&text, b->entry->value[0].text);
	buf_printf(&text, " %s", why);
	return rule_refuse_value(b, text.p);
}

bool
rule_is_name(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (!ascii_is_alnum(c) && c != '-' && c != '_' && c != '.')
			return false;
	}
	return text.n > 0 && text.n <= LIMIT_RULE_NAME;
}

static bool
set_name(struct builder *b, struct str text)
{
	b->rule->name = b->name;
	return rule_is_name(text) ||
	       rule_refuse_shown(b, "is no name: write up to 64 letters, "
				    "digits, \"-\", \"_\" and \".\"");
}

bool
rule_refuse_word(struct builder *b, const struct reader_value *value,
		 const char *const *words)
{
	struct buf why;

	buf_init(&why, b->s->arena);
	value_add_shown(&why, value->text);
	buf_adds(&why, " is not known: write ");
	words_add(&why, words);
	schema_add_nearest_word(&why, words, value->text);
	return rule_refuse(b, value->place, b->entry->name.p, buf_str(&why).p);
}

static bool
set_action(struct builder *b, struct str text)
{
	size_t index;

	if (!words_find(rule_action_words, text, &index))
		return rule_refuse_word(b, &b->entry->value[0],
					rule_action_words);
	b->rule->action = (enum rule_action)index;
	return true;
}

static bool
set_mode(struct builder *b, struct str text)
{
	b->rule->monitor = str_is(text, "monitor");
	return b->rule->monitor ||
	       rule_refuse_shown(b, "is not known: write monitor, so that the "
				    "rule is reported and changes nothing");
}

static bool
is_text(struct builder *b, struct str text)
{
	return (text.n <= LIMIT_RULE_TEXT && str_is_printable(text)) ||
	       rule_refuse_value(b, "write up to 200 characters of printable "
				    "ASCII on one line");
}

static bool
set_reason(struct builder *b, struct str text)
{
	b->rule->reason = text;
	return is_text(b, text);
}

static bool
set_reply(struct builder *b, struct str text)
{
	b->rule->reply = text;
	return is_text(b, text);
}

static bool
set_owner(struct builder *b, struct str text)
{
	b->rule->owner = text;
	return is_text(b, text);
}

static bool
leap(uint64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Seconds since 1970 at the begin of a day, UTC; 0: no such day. */
static int64_t
day_begin(uint64_t year, uint64_t month, uint64_t day)
{
	static const uint64_t length[] = {31, 28, 31, 30, 31, 30,
					  31, 31, 30, 31, 30, 31};
	uint64_t days = day - 1;

	if (year < 1971 || month < 1 || month > 12 || day < 1 ||
	    day > length[month - 1] + (month == 2 && leap(year)))
		return 0;
	for (uint64_t y = 1970; y < year; y++)
		days += leap(y) ? 366 : 365;
	for (uint64_t m = 1; m < month; m++)
		days += length[m - 1] + (m == 2 && leap(year));
	return (int64_t)days * 86400;
}

static bool
set_expires(struct builder *b, struct str text)
{
	uint64_t year = 0, month = 0, day = 0;
	bool ok = text.n == 10 && text.p[4] == '-' && text.p[7] == '-' &&
		  str_uint(str_first(text, 4), 9999, &year) &&
		  str_uint(str_n(text.p + 5, 2), 12, &month) &&
		  str_uint(str_from(text, 8), 31, &day);

	b->rule->expires = ok ? day_begin(year, month, day) : 0;
	return b->rule->expires != 0 ||
	       rule_refuse_shown(b, "is not a date: write YYYY-MM-DD, the "
				    "first day (UTC) without the rule");
}

bool
rule_yes_no(struct builder *b, struct str text, bool *out)
{
	return words_yes_no(text, out) ||
	       rule_refuse_shown(b, "is neither yes nor no");
}

static bool
set_unauthenticated(struct builder *b, struct str text)
{
	return rule_yes_no(b, text, &b->rule->unauthenticated);
}

const struct rule_field rule_fields[] = {
    {"name", "a name that no other rule bears", set_name},
    {"action", NULL, set_action},
    {"mode", "monitor: the rule is reported and changes nothing", set_mode},
    {"reason", "text for the log and the admin", set_reason},
    {"reply", "text that a refusal or a 451 shows the sender", set_reply},
    {"owner", "text: who answers for the rule", set_owner},
    {"expires", "YYYY-MM-DD, when it no longer matches", set_expires},
    {"unauthenticated", "yes: mild although anybody's mail can match",
     set_unauthenticated},
};

const size_t rule_fields_count = sizeof rule_fields / sizeof rule_fields[0];
