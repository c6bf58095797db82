#include "base/clock.h"
#include "milter/control/answer.h"
#include "milter/control/table.h"

static void
add_rule(struct table *table, struct server *server, const struct rule *rule)
{
	int64_t now = clock_wall_seconds();
	bool expired = rule_is_expired(rule, now);
	uint64_t hits;
	int64_t last;

	hits_get(server->hits, rule->name, &hits, &last);
	table_open(table);
	table_text(table, "rule", rule->name);
	table_text(table, "action", str_of(rule_action_words[rule->action]));
	table_text(table, "mode",
		   str_of(rule->monitor ? "monitor" : "as configured"));
	table_text(table, "owner", rule->owner);
	table_text(table, "reason", rule->reason);
	table_time(table, "expires", rule->expires);
	table_text(table, "expired",
		   str_of(expired                        ? "yes"
			  : rule_expires_soon(rule, now) ? "soon"
							 : "no"));
	table_number(table, "hits", (int64_t)hits);
	table_time(table, "last_hit", last);
	table_close(table);
}

void
answer_rules(struct server *server, bool json, struct buf *out)
{
	struct table table = {.out = out, .json = json};
	struct config *config = server_config(server);
	const struct rules *rules = server_rules(config);

	if (json)
		buf_addc(out, '[');
	else if (rules->count == 0)
		buf_adds(out, "no rules\n");
	for (size_t i = 0; i < rules->count; i++) {
		if (i > 0)
			buf_addc(out, json ? ',' : '\n');
		add_rule(&table, server, &rules->rule[i]);
	}
	if (json)
		buf_adds(out, "]\n");
	config_unref(config);
}
