#include "base/clock.h"
#include "milter/control/answer.h"
#include "milter/control/layout.h"
#include "milter/control/members.h"

static const char *
expiry_word(const struct rule *rule, int64_t now)
{
	if (rule_is_expired(rule, now))
		return "yes";
	return rule_expires_soon(rule, now) ? "soon" : "no";
}

static void
add_rule(struct members *members, const struct hits *hits,
	 const struct rule *rule, int64_t now)
{
	uint64_t count;
	int64_t last;

	hits_get(hits, rule->name, &count, &last);
	members_object(members, NULL);
	members_text(members, "rule", rule->name);
	members_text(members, "action",
		     str_of(rule_action_words[rule->action]));
	members_text(members, "mode",
		     str_of(rule->monitor ? "monitor" : "as configured"));
	members_text(members, "owner", rule->owner);
	members_text(members, "reason", rule->reason);
	members_text(members, "reply", rule->reply);
	members_time(members, "expires", rule->expires);
	members_text(members, "expired", str_of(expiry_word(rule, now)));
	members_number(members, "hits", (int64_t)count);
	members_time(members, "last_hit", last);
	members_object_end(members);
}

static void
put_json(const struct rules *rules, const struct hits *hits, int64_t now,
	 struct buf *out)
{
	struct members members = {.out = out};

	members_list(&members, NULL);
	for (size_t i = 0; i < rules->count; i++)
		add_rule(&members, hits, &rules->rule[i], now);
	members_list_end(&members);
	buf_addc(out, '\n');
}

/* --- for people --- */

static const struct layout_column columns[] = {
    {"rule", LAYOUT_LEFT, 0},      {"action", LAYOUT_LEFT, 0},
    {"owner", LAYOUT_LEFT, 14},    {"hits", LAYOUT_RIGHT, 0},
    {"last hit", LAYOUT_RIGHT, 0}, {"expires", LAYOUT_RIGHT, 0}};

#define COLUMNS (sizeof columns / sizeof columns[0])
#define DAY_S 86400

static void
add_expiry(struct buf *out, const struct rule *rule, int64_t now)
{
	int64_t days = (rule->expires - now + DAY_S - 1) / DAY_S;

	if (rule->expires == 0)
		buf_adds(out, "never");
	else if (rule_is_expired(rule, now))
		buf_adds(out, "expired");
	else
		buf_printf(out, "in %lld day%s", (long long)days,
			   days == 1 ? "" : "s");
}

static struct str
take(struct arena *arena, struct buf *text)
{
	struct str taken = arena_copy(arena, buf_str(text));

	buf_reset(text);
	return taken;
}

static void
fill_row(struct arena *arena, const struct hits *hits, const struct rule *rule,
	 int64_t now, struct str cell[COLUMNS])
{
	const char *action = rule_action_words[rule->action];
	uint64_t count;
	int64_t last;
	struct buf text;

	hits_get(hits, rule->name, &count, &last);
	buf_init(&text, arena);
	cell[0] = rule->name;
	cell[1] = rule->monitor ? arena_printf(arena, "(%s)", action)
				: str_of(action);
	cell[2] = rule->owner;
	layout_add_count(&text, count);
	cell[3] = take(arena, &text);
	layout_add_ago(&text, last, now);
	cell[4] = take(arena, &text);
	add_expiry(&text, rule, now);
	cell[5] = take(arena, &text);
}

static void
add_line(void *ctx, struct str line)
{
	layout_add_text(ctx, line);
}

static void
add_notes(const struct config *config, const struct rules *rules, int64_t now,
	  struct buf *out)
{
	bool monitored = false;

	for (size_t i = 0; i < rules->count; i++)
		monitored = monitored || rules->rule[i].monitor;
	if (monitored)
		buf_adds(out, "(action): the rule is only reported, as it says "
			      "mode: monitor\n");
	/* Since the epoch: what is so now, whenever it became so. */
	config_each_expiry(config, 0, now, add_line, out);
}

static void
put_table(const struct rules *rules, const struct hits *hits, int64_t now,
	  struct buf *out)
{
	struct arena *arena = arena_new(NULL);
	struct str *cell =
	    arena_array(arena, rules->count * COLUMNS, sizeof *cell);

	for (size_t i = 0; i < rules->count; i++)
		fill_row(arena, hits, &rules->rule[i], now, &cell[i * COLUMNS]);
	layout_add_table(out, columns, COLUMNS, cell, rules->count);
	arena_free(arena);
}

void
answer_rules(struct server *server, bool json, struct buf *out)
{
	struct config *config = server_config(server);
	const struct rules *rules = server_rules(config);
	int64_t now = clock_wall_seconds();

	if (json) {
		put_json(rules, server->hits, now, out);
	} else if (rules->count == 0) {
		buf_adds(out, "no rules\n");
	} else {
		put_table(rules, server->hits, now, out);
		add_notes(config, rules, now, out);
	}
	config_unref(config);
}
