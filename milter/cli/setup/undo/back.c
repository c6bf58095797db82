#include "milter/cli/setup/undo/back.h"

#include <string.h>

#include "milter/cli/setup/postfix/mta_parts.h"

/* --- logical lines --- */

struct line {
	struct str name, type; /* type: of master.cf, else empty */
	struct str all;        /* its lines, the last one without its end */
	struct str value;      /* what follows the name */
};

/* How long it is, from the start of `s`, without what only stands after it. */
static size_t
logical(struct str s)
{
	size_t end = str_chr(s, '\n');

	for (size_t at = end; at + 1 < s.n;) {
		struct str next = str_from(s, at + 1);
		size_t n = str_chr(next, '\n');
		struct str shown = str_trim_fws(str_first(next, n));
		bool goes_on =
		    ascii_is_wsp(next.p[0]) && shown.n > 0 && shown.p[0] != '#';
		if (!goes_on && shown.n > 0 && shown.p[0] != '#')
			break;
		at += 1 + n;
		end = goes_on ? at : end;
	}
	return end;
}

static struct str
first_word(struct str *rest)
{
	size_t n = 0;

	*rest = str_trim_fws(*rest);
	while (n < rest->n && !ascii_is_fws(rest->p[n]))
		n++;
	struct str word = str_first(*rest, n);
	*rest = str_trim_fws(str_from(*rest, n));
	return word;
}

static bool
read_line(enum back_file file, struct str all, struct line *line_out)
{
	struct line line = {.all = all};
	size_t equals = str_chr(all, '=');

	if (file == BACK_MASTER) {
		line.value = all;
		line.name = first_word(&line.value);
		line.type = first_word(&line.value);
	} else if (equals < all.n) {
		line.name = str_trim_fws(str_first(all, equals));
		line.value = str_trim_fws(str_from(all, equals + 1));
	}
	*line_out = line;
	return line.name.n > 0;
}

/* False: no more. */
static bool
next_line(enum back_file file, struct str *rest, struct line *line_out)
{
	while (rest->n > 0) {
		bool begins = rest->p[0] != '#' && !ascii_is_fws(rest->p[0]);
		size_t n = begins ? logical(*rest) : str_chr(*rest, '\n');
		struct str all = str_first(*rest, n);
		*rest = str_from(*rest, n < rest->n ? n + 1 : n);
		if (begins && read_line(file, all, line_out))
			return true;
	}
	return false;
}

static bool
is_of(const struct line *a, const struct line *b)
{
	return str_eq(a->name, b->name) && str_eq(a->type, b->type);
}

/* The one with this name after `skip` others.  False: there is none. */
static bool
find(enum back_file file, struct str text, const struct line *like, size_t skip,
     struct line *line_out)
{
	struct line line;

	while (next_line(file, &text, &line)) {
		if (is_of(&line, like) && skip-- == 0) {
			*line_out = line;
			return true;
		}
	}
	return false;
}

static size_t
count(enum back_file file, struct str text, const struct line *like)
{
	struct line line;
	size_t n = 0;

	while (next_line(file, &text, &line))
		n += is_of(&line, like);
	return n;
}

/* --- values --- */

static void
add_value(struct str value, struct buf *out)
{
	struct str line;

	buf_adds(out, "");
	while (str_split(&value, '\n', &line)) {
		line = str_trim_fws(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		buf_adds(out, out->n > 0 ? " " : "");
		buf_add(out, line);
	}
}

bool
back_value(struct str main_cf, const char *name, struct buf *out)
{
	const struct line like = {.name = str_of(name)};
	struct line line;
	size_t n = count(BACK_MAIN, main_cf, &like);

	if (n == 0 || !find(BACK_MAIN, main_cf, &like, n - 1, &line))
		return false;
	add_value(line.value, out);
	return true;
}

/* Has the list an entry with this one's address? */
static bool
leads_there_too(struct str list, struct str entry)
{
	struct str address = mta_next_word(&entry), other;

	for (struct str item = mta_next_item(&list); item.n > 0;
	     item = mta_next_item(&list)) {
		other = mta_next_word(&item);
		if (str_eq(other, address))
			return true;
	}
	return false;
}

/* The list without what the change brought, as the rest is written. */
static void
add_without(struct str list, struct str before, struct str after,
	    struct buf *out)
{
	struct str rest = list;

	while (rest.n > 0) {
		while (rest.n > 0 &&
		       (rest.p[0] == ',' || ascii_is_fws(rest.p[0])))
			rest = str_from(rest, 1);
		const char *begin = rest.p;
		struct str item = mta_next_item(&rest);
		if (item.n == 0 || (leads_there_too(after, item) &&
				    !leads_there_too(before, item)))
			continue;
		buf_adds(out, out->n > 0 ? ", " : "");
		buf_add(out, str_n(begin, (size_t)(rest.p - begin)));
	}
}

/* --- taking it back --- */

/* In the place of the line: the text, which may be empty: then it goes with its
   end. */
static void
replace(struct buf *text, struct str old, struct str new)
{
	struct buf changed;
	size_t at = (size_t)(old.p - text->p), end = at + old.n;

	buf_init(&changed, NULL);
	buf_add(&changed, str_n(text->p, at));
	buf_add(&changed, new);
	end += new.n == 0 && end < text->n;
	buf_add(&changed, str_n(text->p + end, text->n - end));
	buf_adds(&changed, "");
	buf_clear(text);
	*text = changed;
}

static bool
is_list(const struct line *line)
{
	return line->type.n == 0 && (str_is(line->name, "smtpd_milters") ||
				     str_is(line->name, "non_smtpd_milters"));
}

/* The list without what the change brought, in one line. */
static void
take_entries(const struct line *old, const struct line *new,
	     const struct line *now, struct buf *text)
{
	struct buf before, after, value, rest, line;

	buf_init(&before, NULL);
	buf_init(&after, NULL);
	buf_init(&value, NULL);
	buf_init(&rest, NULL);
	buf_init(&line, NULL);
	add_value(old->value, &before);
	add_value(new->value, &after);
	add_value(now->value, &value);
	add_without(buf_str(&value), buf_str(&before), buf_str(&after), &rest);
	buf_printf(&line, rest.n > 0 ? "%.*s = %.*s" : "%.*s =%.*s",
		   STR_ARG(now->name), STR_ARG(buf_str(&rest)));
	if (rest.n != value.n)
		replace(text, now->all, buf_str(&line));
	buf_clear(&line);
	buf_clear(&rest);
	buf_clear(&value);
	buf_clear(&after);
	buf_clear(&before);
}

/* As it was, but for the comments within it: postconf put them after it. */
static void
take_whole(const struct line *old, const struct line *now, struct buf *text)
{
	struct str rest = old->all, one;
	struct buf line;

	buf_init(&line, NULL);
	while (str_split(&rest, '\n', &one)) {
		if (str_starts(one, str_lit("#")))
			continue;
		buf_adds(&line, line.n > 0 ? "\n" : "");
		buf_add(&line, one);
	}
	replace(text, now->all, buf_str(&line));
	buf_clear(&line);
}

/* old.all empty: the change brought the line.  False: it is gone. */
static bool
take_line(const struct line *old, const struct line *new,
	  const struct line *now, struct buf *text)
{
	bool stays = old->all.n > 0 || !str_eq(now->value, new->value);

	if (str_eq(now->value, new->value))
		take_whole(old, now, text);
	else if (is_list(now))
		take_entries(old, new, now, text);
	return stays;
}

/* All lines with the name of `new`, which is the last one after the change.
   postconf writes each of those that stand twice. */
static void
take_name(enum back_file file, struct str before, const struct line *new,
	  struct buf *text)
{
	struct line old = {.name = str_empty()}, now;
	size_t had = count(file, before, new);

	if (had > 0 && find(file, before, new, had - 1, &old) &&
	    str_eq(old.value, new->value))
		return;
	for (size_t i = 0; find(file, buf_str(text), new, i, &now);) {
		/* Others add theirs at the end. */
		(void)!find(file, before, new, i < had ? i : had - 1, &old);
		i += take_line(&old, new, &now, text);
	}
}

void
back_take(enum back_file file, struct str before, struct str after,
	  struct buf *text)
{
	struct str rest = after;
	struct line new, later;

	if (str_eq(buf_str(text), before))
		return;
	if (str_eq(buf_str(text), after)) {
		buf_reset(text);
		buf_add(text, before);
		buf_adds(text, "");
		return;
	}
	while (next_line(file, &rest, &new)) {
		if (!find(file, rest, &new, 0, &later))
			take_name(file, before, &new, text);
	}
}
