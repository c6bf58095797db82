#include "milter/cli/replay/print.h"

#include "base/line.h"
#include "base/number.h"
#include "base/when.h"
#include "base/wrap.h"
#include "milter/cli/reader.h"

/* A screen; JSON has all of them. */
#define SHOWN 15

/* --- for people --- */

static void
add_name(struct buf *out, struct str text)
{
	line_add(out, LINE_NAME, text, CHANGE_TEXT);
}

static void
add_rule(struct buf *out, const char *what, struct str rule)
{
	if (rule.n == 0)
		return;
	buf_adds(out, what);
	add_name(out, rule);
}

static void
add_count(struct buf *out, uint64_t n)
{
	number_add(out, (int64_t)n);
}

/* Before what is counted; 9 columns. */
static void
add_column(struct buf *out, uint64_t n)
{
	number_add_right(out, (int64_t)n, 7);
	buf_adds(out, "  ");
}

/* A finished line, in 80 columns. */
static void
end_line(struct buf *out, struct buf *line, size_t indent)
{
	wrap_line(out, LINE_TEXT, buf_str(line), 0, indent);
	buf_reset(line);
}

static void
add_sources(const struct change *change, struct buf *line)
{
	char text[IP_TEXT_MAX];

	buf_adds(line, "         of");
	for (size_t i = 0; i < change->sources; i++) {
		const struct change_source *source = &change->source[i];
		buf_printf(line, "%s %s", i > 0 ? "," : "",
			   source->client.family == IP_NONE
			       ? "unknown"
			       : ip_format(source->client, text));
		if (source->name[0] != '\0') {
			buf_adds(line, " (");
			add_name(line, str_of(source->name));
			buf_addc(line, ')');
		}
		buf_addc(line, ' ');
		add_count(line, source->messages);
	}
	if (change->elsewhere > 0) {
		buf_adds(line, ", others ");
		add_count(line, change->elsewhere);
	}
}

static void
add_change(const struct change *change, int64_t now, struct buf *out,
	   struct buf *line)
{
	const struct change_sample *sample;

	add_column(line, change->messages);
	buf_printf(line, "%s -> %s  ", fate_words[change->before],
		   fate_words[change->after]);
	if (change->from_domain.n > 0)
		add_name(line, change->from_domain);
	else
		buf_adds(line, "no From domain");
	add_rule(line, "  by rule ", change->rule_after);
	add_rule(line, "  was by rule ", change->rule_before);
	end_line(out, line, 9);
	add_sources(change, line);
	end_line(out, line, 12);
	for (size_t i = 0; (sample = change_sample(change, i)) != NULL; i++) {
		buf_adds(line, "         ");
		when_add(line, sample->time, now);
		buf_adds(line, "  ");
		add_name(line, sample->queue_id[0] != '\0'
				   ? str_of(sample->queue_id)
				   : str_lit("(no queue id)"));
		buf_adds(line, "  ");
		add_name(line, str_of(sample->from));
		end_line(out, line, 12);
	}
}

static void
add_pairs(const struct changes *changes, struct buf *out)
{
	for (size_t after = FATES; after-- > 0;) {
		for (size_t before = 0; before < FATES; before++) {
			const uint64_t n = changes->pair[before][after];
			if (before == after || n == 0)
				continue;
			add_column(out, n);
			buf_printf(out, "%s -> %s\n", fate_words[before],
				   fate_words[after]);
		}
	}
}

static void
add_unjudged(const struct changes *changes, struct buf *out, struct buf *line)
{
	if (changes->unjudged == 0)
		return;
	buf_addc(out, '\n');
	add_column(out, changes->unjudged);
	buf_adds(out, "could not be judged:\n");
	for (size_t i = 0; i < changes->reasons; i++) {
		const struct unjudged *reason = &changes->reason[i];
		struct str text = str_of(again_doubts[reason->doubt]);
		size_t at = str_chr(text, '%');
		add_column(line, reason->messages);
		buf_add(line, str_first(text, at));
		add_name(line, reason->about);
		buf_add(line, str_from(text, at + 2));
		end_line(out, line, 9);
	}
	if (changes->unreasoned > 0) {
		add_column(out, changes->unreasoned);
		buf_adds(out, "for further reasons\n");
	}
}

static void
add_notes(const struct replay_about *about, const struct changes *changes,
	  struct buf *out, struct buf *line)
{
	if (changes->reclassed > 0) {
		add_count(line, changes->reclassed);
		buf_adds(line, " are of clients whose mail would not be "
			       "checked any more.");
		end_line(out, line, 0);
	}
	if (changes->unreadable > 0) {
		add_count(line, changes->unreadable);
		buf_adds(line, " records cannot be read and were left out.");
		end_line(out, line, 0);
	}
	if (about->lost.messages > 0 || about->lost.octets > 0) {
		buf_adds(line, "Of that time ");
		reader_add_lost(line, &about->lost, about->now);
		buf_addc(line, '.');
		end_line(out, line, 0);
	}
	if (about->unreplayed.n > 0) {
		buf_printf(line,
			   "What these say otherwise is not in it, since they "
			   "count when mail is verified: %.*s.",
			   STR_ARG(about->unreplayed));
		end_line(out, line, 0);
	}
	if (changes->refused > 0) {
		add_count(line, changes->refused);
		buf_adds(
		    line,
		    " that passed would be refused, so the exit status is 1.");
		end_line(out, line, 0);
	}
}

static void
add_head(const struct replay_about *about, const struct changes *changes,
	 struct buf *out, struct buf *line)
{
	add_count(line, changes->messages);
	buf_adds(line, " messages");
	if (about->domain.n > 0) {
		buf_adds(line, " from ");
		add_name(line, about->domain);
	}
	buf_adds(line, ", ");
	when_add(line, about->since, about->now);
	buf_adds(line, " to ");
	when_add(line, about->until, about->now);
	buf_adds(line, ", decided again by ");
	line_add(line, LINE_TEXT, str_of(about->config), LINE_WHOLE);
	buf_printf(line, " (mode: %s)", about->mode);
	end_line(out, line, 0);
	buf_adds(line, changes->done ? "What is done with them"
				     : "What is decided (and not done)");
	if (changes->changed == 0) {
		buf_adds(line, ": nothing would change.");
	} else {
		buf_adds(line, " would change for ");
		add_count(line, changes->changed);
		buf_addc(line, ':');
	}
	end_line(out, line, 0);
}

static void
print_text(const struct replay_about *about, const struct changes *changes,
	   struct buf *out)
{
	struct buf line;
	size_t i;

	buf_init(&line, NULL);
	add_head(about, changes, out, &line);
	add_pairs(changes, out);
	if (changes->count > 0)
		buf_addc(out, '\n');
	for (i = 0; i < changes->count && i < SHOWN; i++)
		add_change(&changes->change[i], about->now, out, &line);
	if (i < changes->count)
		buf_printf(out, "and %zu smaller groups; --json has them all\n",
			   changes->count - i);
	add_unjudged(changes, out, &line);
	buf_addc(out, '\n');
	add_notes(about, changes, out, &line);
	if (out->n >= 2 && out->p[out->n - 1] == '\n' &&
	    out->p[out->n - 2] == '\n')
		out->n--;
	buf_clear(&line);
}

/* --- JSON --- */

static void
add_text(struct buf *out, const char *key, struct str text)
{
	buf_printf(out, ",\"%s\":", key);
	buf_add_json(out, text);
}

static void
add_number(struct buf *out, const char *key, uint64_t number)
{
	buf_printf(out, ",\"%s\":%llu", key, (unsigned long long)number);
}

static void
json_sources(const struct change *change, struct buf *out)
{
	char text[IP_TEXT_MAX];

	buf_adds(out, ",\"sources\":[");
	for (size_t i = 0; i < change->sources; i++) {
		const struct change_source *source = &change->source[i];
		buf_printf(out, "%s{\"client\":\"%s\"", i > 0 ? "," : "",
			   source->client.family == IP_NONE
			       ? ""
			       : ip_format(source->client, text));
		add_text(out, "client_name", str_of(source->name));
		add_number(out, "messages", source->messages);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
	add_number(out, "elsewhere", change->elsewhere);
}

static void
json_change(const struct change *change, struct buf *out)
{
	const struct change_sample *sample;

	buf_printf(out, "{\"before\":\"%s\",\"after\":\"%s\"",
		   fate_words[change->before], fate_words[change->after]);
	add_number(out, "messages", change->messages);
	add_text(out, "from_domain", change->from_domain);
	add_text(out, "rule_before", change->rule_before);
	add_text(out, "rule_after", change->rule_after);
	json_sources(change, out);
	buf_adds(out, ",\"samples\":[");
	for (size_t i = 0; (sample = change_sample(change, i)) != NULL; i++) {
		buf_printf(out, "%s{\"time\":\"", i > 0 ? "," : "");
		when_add_utc(out, sample->time);
		buf_addc(out, '"');
		add_text(out, "queue_id", str_of(sample->queue_id));
		add_text(out, "from", str_of(sample->from));
		buf_addc(out, '}');
	}
	buf_adds(out, "]}");
}

static void
json_unjudged(const struct changes *changes, struct buf *out)
{
	static const char *const words[AGAIN_DOUBTS] = {
	    [AGAIN_SURE] = "",
	    [AGAIN_FIELD] = "field",
	    [AGAIN_UNCHECKED] = "unchecked",
	    [AGAIN_RELAY] = "relay",
	    [AGAIN_NO_RELAY] = "no-relay",
	    [AGAIN_RELAY_UNASKED] = "relay-unasked",
	    [AGAIN_SEALER] = "sealer",
	    [AGAIN_FORWARDER] = "forwarder"};

	buf_adds(out, ",\"unjudged_for\":[");
	for (size_t i = 0; i < changes->reasons; i++) {
		const struct unjudged *reason = &changes->reason[i];
		buf_printf(out, "%s{\"reason\":\"%s\"", i > 0 ? "," : "",
			   words[reason->doubt]);
		add_text(out, "about", reason->about);
		add_number(out, "messages", reason->messages);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

/* "one, two" as a list. */
static void
json_unreplayed(struct str keywords, struct buf *out)
{
	struct str keyword;

	buf_adds(out, ",\"unreplayed\":[");
	while (keywords.n > 0 && str_split(&keywords, ',', &keyword)) {
		buf_add_json(out, str_trim_wsp(keyword));
		if (keywords.n > 0)
			buf_addc(out, ',');
	}
	buf_addc(out, ']');
}

static void
print_json(const struct replay_about *about, const struct changes *changes,
	   struct buf *out)
{
	buf_printf(out, "{\"messages\":%llu",
		   (unsigned long long)changes->messages);
	add_number(out, "changed", changes->changed);
	add_number(out, "refused", changes->refused);
	add_number(out, "unjudged", changes->unjudged);
	add_number(out, "reclassed", changes->reclassed);
	add_number(out, "unreadable", changes->unreadable);
	add_number(out, "lost", (uint64_t)about->lost.messages);
	add_number(out, "lost_octets", (uint64_t)about->lost.octets);
	add_text(out, "config", str_of(about->config));
	add_text(out, "mode", str_of(about->mode));
	add_text(out, "compared",
		 changes->done ? str_lit("done") : str_lit("decided"));
	buf_adds(out, ",\"since\":\"");
	when_add_utc(out, about->since);
	buf_adds(out, "\",\"until\":\"");
	when_add_utc(out, about->until);
	buf_addc(out, '"');
	add_text(out, "domain", about->domain);
	json_unreplayed(about->unreplayed, out);
	buf_adds(out, ",\"changes\":[");
	for (size_t i = 0; i < changes->count; i++) {
		if (i > 0)
			buf_addc(out, ',');
		json_change(&changes->change[i], out);
	}
	buf_addc(out, ']');
	add_number(out, "ungrouped", changes->ungrouped);
	json_unjudged(changes, out);
	buf_adds(out, "}\n");
}

void
replay_print(const struct replay_about *about, const struct changes *changes,
	     bool json, struct buf *out)
{
	if (json)
		print_json(about, changes, out);
	else
		print_text(about, changes, out);
}
