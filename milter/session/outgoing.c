#include "milter/session/outgoing.h"

#include <string.h>

#include "authres/authres.h"
#include "base/line.h"

/* Queue ids have 10 to 20 characters. */
#define QUEUE_ID 64
/* RFC 5322 section 2.1.1: what a line should have at most. */
#define LINE_COLUMNS 78

/*
 * Appends: at most `room` octets as the client sees them, where "%" is one, and
 * LIMIT_REPLY less `reserve` in all, where it is two.
 */
static void
add_clean(char *line, size_t room, size_t reserve, struct str text)
{
	size_t n = strlen(line);

	for (size_t i = 0; i < text.n && i < room; i++) {
		char c = line_octet(text.p[i]);
		size_t width = c == '%' ? 2 : 1;
		if (n + width + reserve > LIMIT_REPLY)
			break;
		memset(line + n, c, width);
		n += width;
	}
	line[n] = '\0';
}

/* Octets as the client sees them. */
static size_t
shown(const char *line)
{
	size_t n = 0;

	for (; *line != '\0'; line += *line == '%' ? 2 : 1)
		n++;
	return n;
}

static bool
names(struct str text, struct str id)
{
	for (size_t i = 0; i + id.n <= text.n; i++) {
		if (str_eq(str_n(text.p + i, id.n), id))
			return true;
	}
	return false;
}

void
outgoing_reply(struct str text, struct str queue_id,
	       struct outgoing_reply *lines_out)
{
	char tail[2 * QUEUE_ID + sizeof " (queue id )"] = "";
	bool wants_id = queue_id.n > 0 && !names(text, queue_id);
	struct str piece;
	size_t n = 0;

	queue_id = str_first(queue_id, QUEUE_ID);
	if (wants_id) {
		add_clean(tail, QUEUE_ID, 0, str_lit(" (queue id "));
		add_clean(tail, QUEUE_ID, 0, queue_id);
		add_clean(tail, 1, 0, str_lit(")"));
	}
	while (n < LIMIT_REPLY_LINES && str_split(&text, '\n', &piece)) {
		char *line = lines_out->line[n++];
		bool last = n == LIMIT_REPLY_LINES || text.p == NULL;
		const char *end = last ? tail : "";
		line[0] = '\0';
		add_clean(line, LIMIT_REPLY_LINE - shown(end), strlen(end),
			  piece);
		memcpy(line + strlen(line), end, strlen(end) + 1);
	}
	lines_out->count = n;
}

/* The result that it begins with is ours; what follows may be anybody's. */
static struct str
without_results(struct arena *arena, struct str reason)
{
	bool begins = str_starts(reason, str_lit("dmarc="));
	size_t own = begins ? str_chr(reason, ' ') : 0;
	struct buf text;

	buf_init(&text, arena);
	buf_add(&text, str_first(reason, own));
	buf_add(&text, authres_plain(arena, str_from(reason, own), ' '));
	return buf_str(&text);
}

/* At blanks, which stay: unfolded (RFC 5322 section 2.2.3) it is the same. */
static struct str
fold(struct arena *arena, size_t column, struct str text)
{
	struct buf folded;
	struct str word;

	buf_init(&folded, arena);
	for (bool first = true; str_split(&text, ' ', &word); first = false) {
		/* A line of blanks alone would be obsolete. */
		bool may =
		    !first && word.n > 0 && folded.p[folded.n - 1] != ' ';
		if (may && column + 1 + word.n > LINE_COLUMNS) {
			buf_addc(&folded, '\n');
			column = 0;
		}
		column += word.n + !first;
		buf_adds(&folded, first ? "" : " ");
		buf_add(&folded, word);
	}
	return buf_str(&folded);
}

struct str
outgoing_tag(struct arena *arena, struct str name, struct str reason)
{
	struct buf value;

	buf_init(&value, arena);
	buf_adds(&value, "quarantine (");
	reason = without_results(arena, str_first(reason, LIMIT_REASON));
	for (size_t i = 0; i < reason.n; i++) {
		char c = line_octet(reason.p[i]);
		/* RFC 5322 section 3.2.1: quoted-pair inside a comment */
		if (c == '(' || c == ')' || c == '\\')
			buf_addc(&value, '\\');
		buf_addc(&value, c);
	}
	buf_addc(&value, ')');
	return fold(arena, name.n + 2, buf_str(&value));
}

const char *
outgoing_hold(struct arena *arena, struct str reason)
{
	const struct str more = str_lit("...");
	size_t room = LIMIT_HOLD_REASON - more.n;

	if (reason.n == 0)
		reason = str_lit("policy");
	if (reason.n <= LIMIT_HOLD_REASON)
		return line_text(arena, LINE_ASCII, reason, LINE_WHOLE).p;
	/* Half a domain would be another one. */
	size_t end = str_rchr(str_first(reason, room + 1), ' ');
	reason = str_first(reason, end <= room ? end : room);
	reason = line_text(arena, LINE_ASCII, reason, LINE_WHOLE);
	return arena_printf(arena, "%.*s%s", STR_ARG(reason), more.p).p;
}
