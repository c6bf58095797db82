#include "tests/support/cli/over_check.h"

#include <string.h>

#include "base/err.h"
#include "config/snapshot.h"
#include "tests/support/test.h"

void
over_check_read(struct over *over, enum over_program program, const char *text)
{
	struct buf why;

	buf_init(&why, NULL);
	if (!over_read_text(over, program, "old", exact(text), &why))
		fail_msg("%s: %s", text, why.p);
	buf_clear(&why);
}

void
over_check_flatten(struct str page, struct buf *flat_out)
{
	struct buf *out = flat_out;
	struct str line;
	bool was_marked = false;

	while (str_split(&page, '\n', &line)) {
		bool marked = str_starts(line, str_lit("#!  "));
		bool more = marked || str_starts(line, str_lit("#   "));
		buf_adds(out, !more                  ? "\n"
			      : marked != was_marked ? "\n#"
						     : " ");
		if (more && marked != was_marked)
			buf_adds(out, marked ? "!  " : "   ");
		buf_add(out, str_from(line, more ? 4 : 0));
		was_marked = marked;
	}
}

void
over_check_print(struct over *over, struct buf *flat_out)
{
	struct config *config = NULL;
	struct config_error error;
	struct buf page, said;

	buf_init(&page, NULL);
	buf_init(&said, NULL);
	over_print(over, &page, &said);
	over_free(over);
	if (config_load_text("new", buf_str(&page), &config, &error) != ERR_OK)
		fail_msg("%s in:\n%s", error.text, page.p);
	config_unref(config);
	over_check_flatten(buf_str(&page), flat_out);
	buf_clear(&said);
	buf_clear(&page);
}

void
over_check_page(const struct buf *flat, const char *title, const char *want,
		const char *lacks)
{
	if (strstr(flat->p, want) == NULL)
		fail_msg("%s: no \"%s\" in:\n%s", title, want, flat->p);
	if (lacks != NULL && strstr(flat->p, lacks) != NULL)
		fail_msg("%s: \"%s\" in:\n%s", title, lacks, flat->p);
}

void
over_check(struct over *over, const char *title, const char *want,
	   const char *lacks)
{
	struct buf flat;

	buf_init(&flat, NULL);
	over_check_print(over, &flat);
	over_check_page(&flat, title, want, lacks);
	buf_clear(&flat);
}
