/* What would mend the findings, collected while they are told. */
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "base/mem.h"
#include "milter/cli/setup/postfix/mta_parts.h"

void
mta_plan_init(struct mta_plan *plan)
{
	*plan = (struct mta_plan){.edits = 0};
	buf_init(&plan->found, NULL);
}

void
mta_plan_clear(struct mta_plan *plan)
{
	for (size_t i = 0; i < plan->edits; i++) {
		struct mta_edit *edit = &plan->edit[i];
		free(edit->service);
		free(edit->parameter);
		free(edit->value);
		buf_clear(&edit->why);
	}
	free(plan->edit);
	buf_clear(&plan->found);
	mta_plan_init(plan);
}

/* --- edits --- */

static char *
copy(const char *text)
{
	return text != NULL ? mem_copy(text, strlen(text)) : NULL;
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* NULL: none. */
static struct mta_edit *
find(const struct mta_plan *plan, const char *service, const char *parameter)
{
	for (size_t i = 0; i < plan->edits; i++) {
		struct mta_edit *edit = &plan->edit[i];
		if (is_same(edit->service, service) &&
		    strcmp(edit->parameter, parameter) == 0)
			return edit;
	}
	return NULL;
}

static bool
has_line(const struct buf *lines, struct str line)
{
	struct str rest = buf_str(lines), known;

	while (str_split(&rest, '\n', &known)) {
		if (str_eq(known, line))
			return true;
	}
	return false;
}

static void
add_lines(struct buf *lines, struct str more)
{
	struct str line;

	while (str_split(&more, '\n', &line)) {
		if (line.n == 0 || has_line(lines, line))
			continue;
		buf_add(lines, line);
		buf_addc(lines, '\n');
	}
}

/* False: the plan says so already. */
static bool
plan_add(struct mta_plan *plan, const char *service, const char *parameter,
	 const char *value, struct str why)
{
	struct mta_edit *edit = find(plan, service, parameter);
	bool fresh = edit == NULL;

	if (fresh) {
		plan->edit = mem_resize(plan->edit,
					(plan->edits + 1) * sizeof *plan->edit);
		edit = &plan->edit[plan->edits++];
		*edit = (struct mta_edit){.service = copy(service),
					  .parameter = copy(parameter),
					  .value = copy(value)};
		buf_init(&edit->why, NULL);
	} else if (!is_same(edit->value, value)) {
		fresh = true;
		free(edit->value);
		edit->value = copy(value);
	}
	add_lines(&edit->why, why);
	return fresh;
}

void
mta_plan_note(struct mta_plan *plan, const struct mta_plan *more)
{
	add_lines(&plan->found, buf_str(&more->found));
}

bool
mta_plan_merge(struct mta_plan *plan, const struct mta_plan *more)
{
	bool fresh = false;

	for (size_t i = 0; i < more->edits; i++) {
		const struct mta_edit *edit = &more->edit[i];
		fresh |= plan_add(plan, edit->service, edit->parameter,
				  edit->value, buf_str(&edit->why));
	}
	mta_plan_note(plan, more);
	plan->missing |= more->missing;
	plan->asks |= more->asks;
	return fresh;
}

/* --- of the service in hand --- */

/* The last cure of its text is ours; what Postfix said may stand before it. */
static struct str
without_cure(struct str text)
{
	const struct str cure = STR("; cure: ");

	for (size_t at = text.n; at > 0; at--) {
		if (str_starts(str_from(text, at - 1), cure))
			return str_first(text, at - 1);
	}
	return text;
}

/* "${name?{...}:{...}}", with what follows cut off; empty: it begins otherwise,
   or does not end. */
static struct str
condition_at(struct str s)
{
	size_t depth = 0;

	for (size_t i = 1; s.p[0] == '$' && i < s.n; i++) {
		if (s.p[i] == '{')
			depth++;
		else if (s.p[i] == '}' && --depth == 0)
			return str_first(s, i + 1);
		if (depth == 0)
			break;
	}
	return str_empty();
}

/* postconf -P takes no blanks: the list, with commas alone between its words.
   To be freed; NULL: it has a condition with a blank, and no such form. */
static char *
without_blanks(const char *list)
{
	struct str rest = str_trim_fws(str_of(list));
	struct buf out;

	buf_init(&out, NULL);
	buf_adds(&out, "");
	while (rest.n > 0) {
		struct str condition = condition_at(rest);
		struct str piece =
		    str_first(rest, condition.n > 0 ? condition.n : (size_t)1);
		if (str_chr(condition, ' ') < condition.n) {
			buf_clear(&out);
			return NULL;
		}
		if (!ascii_is_fws(piece.p[0])) {
			buf_add(&out, piece);
			rest = str_from(rest, piece.n);
			continue;
		}
		rest = str_trim_fws(rest);
		if (!strchr(",={", out.p[out.n - 1]) &&
		    !strchr(",=}", rest.p[0]))
			buf_addc(&out, ',');
	}
	return out.p;
}

static void
mend(struct mta *mta, const char *service, const char *parameter,
     const char *value)
{
	struct buf why;
	char *own = service && value ? without_blanks(value) : NULL;

	if (service != NULL && value != NULL && own == NULL)
		return;
	value = own != NULL ? own : value;
	buf_init(&why, NULL);
	line_add(&why, LINE_ESCAPED, without_cure(mta_last_told(mta)),
		 LINE_WHOLE);
	plan_add(mta->plan, service, parameter, value, buf_str(&why));
	buf_clear(&why);
	free(own);
}

/* NULL: main.cf says what the service sees. */
static const char *
place_of(const struct mta *mta, const char *parameter)
{
	return mta->service != NULL && mta_is_overridden(mta, parameter)
		   ? mta->service->name
		   : NULL;
}

void
mta_mend(struct mta *mta, const char *parameter, const char *value)
{
	mend(mta, place_of(mta, parameter), parameter, value);
}

void
mta_mend_service(struct mta *mta, const char *parameter, const char *value)
{
	mend(mta, mta->service->name, parameter, value);
}

bool
mta_is_planned(const struct mta *mta, const char *parameter)
{
	return find(mta->plan, place_of(mta, parameter), parameter) != NULL;
}

char *
mta_written(const struct mta *mta, const char *parameter)
{
	const struct mta_edit *edit =
	    find(mta->plan, place_of(mta, parameter), parameter);
	char *value = edit != NULL ? copy(edit->value)
				   : postconf_written(mta->postconf,
						      mta->service, parameter);

	return value != NULL ? value : mem_copy("", 0);
}

/* --- lists of words --- */

static bool
holds_word(struct str list, const char *word)
{
	struct str found = mta_next_word(&list);

	while (found.n > 0 && !str_is_nocase(found, word))
		found = mta_next_word(&list);
	return found.n > 0;
}

void
mta_mend_by_word(struct mta *mta, const char *parameter, const char *word)
{
	char *written = mta_written(mta, parameter);
	struct buf value;

	buf_init(&value, NULL);
	buf_adds(&value, written);
	if (!holds_word(str_of(written), word))
		buf_printf(&value, "%s%s", written[0] != '\0' ? " " : "", word);
	mta_mend(mta, parameter, value.p);
	buf_clear(&value);
	free(written);
}

void
mta_mend_without_word(struct mta *mta, const char *parameter, const char *word)
{
	char *written = mta_written(mta, parameter);
	char *seen = mta_value(mta, parameter);
	/* A word that another parameter brings is not written here. */
	struct str rest = str_of(holds_word(str_of(written), word) ||
					 mta_is_planned(mta, parameter)
				     ? written
				     : seen);
	struct buf value;

	buf_init(&value, NULL);
	buf_adds(&value, "");
	for (struct str kept = mta_next_word(&rest); kept.n > 0;
	     kept = mta_next_word(&rest)) {
		if (str_is_nocase(kept, word))
			continue;
		buf_adds(&value, value.n > 0 ? ", " : "");
		buf_add(&value, kept);
	}
	mta_mend(mta, parameter, value.n > 0 ? value.p : "");
	buf_clear(&value);
	free(seen);
	free(written);
}
