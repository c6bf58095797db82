#include "policy/reply.h"

#include "base/line.h"

static struct str
from_domain(const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);

	if (dmarc != NULL)
		return dmarc->from;
	return verdict->from.count > 0 ? verdict->from.domain[0]
				       : str_lit("unknown");
}

struct filling {
	const struct reply_template *template;
	const struct verdict *verdict;
	struct str reason;
	char client[IP_TEXT_MAX];
};

static struct str
value_of(struct filling *filling, struct str name)
{
	const struct verdict *verdict = filling->verdict;

	if (str_is(name, "from-domain"))
		return from_domain(verdict);
	if (str_is(name, "client"))
		return str_of(ip_format(verdict->client, filling->client));
	if (str_is(name, "reason"))
		return filling->reason;
	if (str_is(name, "queue-id"))
		return verdict->queue_id.n > 0 ? verdict->queue_id
					       : str_lit("unknown");
	return filling->template->url;
}

static bool
is_known(struct str name)
{
	static const char *const names[] = {"from-domain", "client", "reason",
					    "queue-id", "url"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (str_is(name, names[i]))
			return true;
	}
	return false;
}

/* "%{name}" at the beginning of text: its length; 0: not one. */
static size_t
macro(struct str text, struct str *name_out)
{
	size_t end = str_chr(text, '}');

	if (!str_starts(text, str_lit("%{")) || end == text.n)
		return 0;
	*name_out = str_n(text.p + 2, end - 2);
	return end + 1;
}

const char *
reply_line_fault(struct str line)
{
	struct str name;

	if (line.n == 0)
		return "is empty";
	if (line.n > LIMIT_REPLY_LINE)
		return "is longer than a line of a reply may be";
	if (!str_is_printable(line))
		return "holds other than printable ASCII";
	for (size_t i = 0; i < line.n; i++) {
		struct str rest = str_from(line, i);
		if (!str_starts(rest, str_lit("%{")))
			continue;
		if (macro(rest, &name) == 0 || !is_known(name))
			return "holds an unknown %{...}: write "
			       "%{from-domain}, %{client}, %{reason}, "
			       "%{queue-id} or %{url}";
	}
	return NULL;
}

static void
add_clean(struct buf *out, struct str text, size_t begin)
{
	size_t room = LIMIT_REPLY_LINE - (out->n - begin);

	line_add(out, LINE_ASCII, text,
		 room < LIMIT_REPLY_REASON ? room : LIMIT_REPLY_REASON);
}

static void
add_line(struct buf *out, struct filling *filling, struct str line)
{
	size_t begin = out->n;
	struct str name;

	while (line.n > 0) {
		size_t n = macro(line, &name);
		if (n > 0) {
			add_clean(out, value_of(filling, name), begin);
		} else {
			n = 1;
			add_clean(out, str_n(line.p, 1), begin);
		}
		line = str_from(line, n);
	}
}

struct str
reply_fill(struct arena *arena, const struct reply_template *template,
	   const struct verdict *verdict, struct str reason)
{
	struct filling filling = {template, verdict, reason, ""};
	struct buf out;

	if (template->lines == 0)
		return reason;
	buf_init(&out, arena);
	for (size_t i = 0; i < template->lines; i++) {
		if (i > 0)
			buf_addc(&out, '\n');
		add_line(&out, &filling, template->line[i]);
	}
	return buf_str(&out);
}
