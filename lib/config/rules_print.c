/* Rules as the file has them, what they may hold, and what is odd about them.
 */
#include <time.h>

#include "base/words.h"
#include "config/builder.h"
#include "config/setting.h"

static void
add_value(const struct reader_entry *entry, struct buf *out)
{
	if (entry->shape == READER_SCALAR) {
		setting_add_quoted(out, entry->value[0].text);
		return;
	}
	buf_addc(out, '[');
	for (size_t i = 0; i < entry->count; i++) {
		buf_adds(out, i > 0 ? ", " : "");
		setting_add_quoted(out, entry->value[i].text);
	}
	buf_addc(out, ']');
}

static void
add_yaml(const struct snapshot *s, const struct rules_source *source,
	 struct buf *out)
{
	for (size_t i = 0; i < source->count; i++) {
		const struct reader_entry *entry = &source->entry[i];
		buf_printf(out, "  %s %.*s: ", i == 0 ? "-" : " ",
			   STR_ARG(entry->name));
		add_value(entry, out);
		buf_printf(out, "  # %s:%zu\n", s->path, entry->place.line);
	}
}

static void
add_json(const struct rules_source *source, struct buf *out)
{
	buf_addc(out, '{');
	for (size_t i = 0; i < source->count; i++) {
		const struct reader_entry *entry = &source->entry[i];
		buf_printf(out, "%s\"%.*s\":", i > 0 ? "," : "",
			   STR_ARG(entry->name));
		add_value(entry, out);
	}
	buf_addc(out, '}');
}

void
rules_section_print(const struct snapshot *s, bool json, struct buf *out)
{
	const struct rules *rules = s->config.policy.rules;
	size_t count = rules != NULL ? rules->count : 0;

	if (json)
		buf_addc(out, '[');
	else
		buf_adds(out, count > 0 ? "rules:  # " : "rules: []  # ");
	if (!json && s->rules_place.line > 0)
		buf_printf(out, "%s:%zu\n", s->path, s->rules_place.line);
	else if (!json)
		buf_adds(out, "default\n");
	for (size_t i = 0; i < count; i++) {
		if (json && i > 0)
			buf_addc(out, ',');
		if (json)
			add_json(&s->rules_source[i], out);
		else
			add_yaml(s, &s->rules_source[i], out);
	}
	if (json)
		buf_addc(out, ']');
}

static void
add_takes(const struct rule_keyword *keyword, struct buf *out)
{
	switch (keyword->value) {
	case RULE_NETWORKS:
		buf_adds(out, "addresses and networks, or file:/PATH");
		break;
	case RULE_DOMAINS:
		buf_adds(out, "domains, .DOMAIN with all below, or file:/PATH");
		break;
	case RULE_ADDRESSES:
	case RULE_SENDERS:
		buf_adds(out, "addresses, domains, .DOMAIN with all below, or "
			      "file:/PATH");
		break;
	case RULE_TEXTS:
		buf_adds(out,
			 "\"Name: text\", \"Name: begin*\", or file:/PATH");
		break;
	case RULE_WORDS:
		words_add(out, keyword->words);
		break;
	case RULE_YES_NO:
		buf_adds(out, "yes or no");
		break;
	}
}

void
rules_section_describe(struct buf *out)
{
	buf_adds(out, "rules: a list of rules; default empty\n"
		      "      The first rule that matches and can soften "
		      "decides in place of the policy, or a\n"
		      "      stricter one before it.\n");
	for (size_t i = 0; i < rule_fields_count; i++) {
		buf_printf(out, "  %s: ", rule_fields[i].name);
		if (rule_fields[i].takes != NULL)
			buf_adds(out, rule_fields[i].takes);
		else
			words_add(out, rule_action_words);
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < RULE_SUBJECTS; i++) {
		const struct rule_keyword *keyword = &rule_keywords[i];
		buf_printf(out, "  %s%s: ", keyword->negatable ? "[not-]" : "",
			   keyword->name);
		add_takes(keyword, out);
		buf_printf(out, "\n      %s\n", keyword->help);
	}
}

static void
add_day(struct buf *out, int64_t seconds)
{
	time_t when = (time_t)seconds;
	char text[sizeof "YYYY-MM-DD"] = "";
	struct tm tm;

	if (gmtime_r(&when, &tm) != NULL)
		strftime(text, sizeof text, "%Y-%m-%d", &tm);
	buf_adds(out, text);
}

#define DAY_S 86400

static void
add_expiry(const struct rule *rule, int64_t now, struct buf *out)
{
	bool expired = rule_is_expired(rule, now);

	if (!expired && !rule_expires_soon(rule, now))
		return;
	buf_printf(out, "rules: \"%.*s\" %s on ", STR_ARG(rule->name),
		   expired ? "has expired" : "expires");
	add_day(out, rule->expires);
	if (!expired)
		buf_printf(out, ", in %d days",
			   (int)((rule->expires - now + DAY_S - 1) / DAY_S));
	buf_printf(out, "%s: remove it or give it another date\n",
		   expired ? " and no longer matches" : "");
}

void
rules_section_warn_due(const struct snapshot *s, int64_t since, int64_t now,
		       struct buf *out)
{
	const struct rules *rules = s->config.policy.rules;

	for (size_t i = 0; rules != NULL && i < rules->count; i++) {
		const struct rule *rule = &rules->rule[i];
		if (rule_is_expired(rule, now) !=
			rule_is_expired(rule, since) ||
		    rule_expires_soon(rule, now) !=
			rule_expires_soon(rule, since))
			add_expiry(rule, now, out);
	}
}

/* It expires soon, and it did so in those, too. */
static bool
is_told(const struct rule *rule, const struct rules *told, int64_t now)
{
	if (told == NULL || !rule_expires_soon(rule, now))
		return false;
	for (size_t i = 0; i < told->count; i++)
		if (str_eq(told->rule[i].name, rule->name))
			return told->rule[i].expires == rule->expires;
	return false;
}

void
rules_section_warn(const struct snapshot *s, const struct rules *told,
		   int64_t now, struct buf *out)
{
	const struct rules *rules = s->config.policy.rules;

	for (size_t i = 0; rules != NULL && i < rules->count; i++) {
		const struct rule *rule = &rules->rule[i];
		if (!is_told(rule, told, now))
			add_expiry(rule, now, out);
		if (rule->unauthenticated && !rule_only_hardens(rule) &&
		    !rule_is_authenticated(rule))
			buf_printf(out,
				   "rules: \"%.*s\" is unauthenticated: "
				   "anybody's mail can match it and be treated "
				   "milder than the policy says\n",
				   STR_ARG(rule->name));
		if (rule->action == RULE_DISCARD &&
		    !rule_is_authenticated(rule))
			buf_printf(out,
				   "rules: \"%.*s\" discards: anybody's mail "
				   "can match it and is then lost, and neither "
				   "sender nor recipient is told; reject tells "
				   "the sender\n",
				   STR_ARG(rule->name));
	}
}
