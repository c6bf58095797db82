#include "milter/cli/over.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/line.h"
#include "base/mem.h"
#include "config/file.h"
#include "milter/cli/cli.h"
#include "milter/cli/over/parts.h"

static const struct over_translator *const translators[OVER_PROGRAMS] = {
    [OVER_OPENDMARC] = &over_opendmarc,
    [OVER_OPENDKIM] = &over_opendkim,
    [OVER_POLICYD_SPF] = &over_policyd_spf,
    [OVER_RSPAMD] = &over_rspamd};

const char *
over_name(enum over_program program)
{
	return translators[program]->name;
}

struct over *
over_new(void)
{
	struct over *over = mem_alloc(sizeof *over);

	over->arena = arena_new(NULL);
	buf_init(&over->notes, NULL);
	buf_init(&over->rules, NULL);
	buf_init(&over->mild_rules, NULL);
	buf_init(&over->excepted, NULL);
	buf_init(&over->acting, NULL);
	buf_init(&over->sources, NULL);
	buf_init(&over->kept, NULL);
	buf_init(&over->options, NULL);
	for (size_t i = 0; i < OVER_KEYS; i++)
		buf_init(&over->value[i], NULL);
	return over;
}

void
over_free(struct over *over)
{
	for (size_t i = 0; i < OVER_KEYS; i++)
		buf_clear(&over->value[i]);
	buf_clear(&over->options);
	buf_clear(&over->kept);
	buf_clear(&over->sources);
	buf_clear(&over->acting);
	buf_clear(&over->excepted);
	buf_clear(&over->mild_rules);
	buf_clear(&over->rules);
	buf_clear(&over->notes);
	if (over->suffixes != NULL)
		suffix_list_close(over->suffixes);
	arena_free(over->arena);
	free(over);
}

/* --- one program's options --- */

static bool
is_of(const struct over_translator *translator, const struct over_row *row,
      struct str name)
{
	struct str own = str_of(row->name);
	size_t star = str_chr(own, '*');

	if (star < own.n)
		name = str_first(name, star);
	else if (name.n != own.n)
		return false;
	own = str_first(own, star);
	return translator->nocase ? str_eq_nocase(name, own)
				  : str_eq(name, own);
}

static const struct over_row *
row_of(const struct over_translator *translator, struct str name)
{
	for (const struct over_row *row = translator->row; row->name; row++) {
		if (is_of(translator, row, name))
			return row;
	}
	return NULL;
}

static void
translate_option(struct over *over, struct over_option *option)
{
	const struct over_option *last = over_find(over, option->name.p);

	option->row = row_of(over->translator, option->name);
	if (option->row == NULL)
		over_mark(over, OVER_NOTHING, option,
			  "UNKNOWN: no option that %s's manual has.",
			  over->translator->name);
	else if (last != NULL && last != option)
		over_note(over, OVER_NOTHING, option,
			  "Set again in %.*s:%zu, which counts.",
			  STR_ARG(over_shown(over, str_of(last->file))),
			  last->line);
	else if (option->value.n == 0)
		over_mark(over, OVER_NOTHING, option, "It has no value.");
	else if (option->row->take != NULL)
		option->row->take(over, option);
	else
		over_note(over, OVER_NOTHING, option, "%s", option->row->why);
}

/* False: most of its options are not the program's. */
static bool
translate(struct over *over)
{
	struct over_option *option = (void *)over->options.p;
	size_t count = over->options.n / sizeof *option, known = 0;

	for (size_t i = 0; i < count; i++) {
		translate_option(over, &option[i]);
		known += option[i].row != NULL;
	}
	if (over->translator->finish != NULL)
		over->translator->finish(over);
	return 2 * known >= count;
}

static void
begin(struct over *over, enum over_program program, const char *path)
{
	over->program = program;
	over->translator = translators[program];
	over->folder = NULL;
	buf_reset(&over->options);
	buf_printf(&over->sources, "%s: %.*s\n", over->translator->name,
		   STR_ARG(over_shown(over, str_of(path))));
}

bool
over_read_text(struct over *over, enum over_program program, const char *path,
	       struct str text, struct buf *why)
{
	if (over->translator == NULL || over->program != program)
		begin(over, program, path);
	path = arena_copy(over->arena, str_of(path)).p;
	bool good = program == OVER_RSPAMD
			? over_read_ucl(over, path,
					over_rspamd_prefix(over, path), text)
			: over_read_words(over, path, text, 0);
	if (!good && program == OVER_RSPAMD)
		buf_printf(why,
			   "holds over %d options, or sections over %d deep, "
			   "so no configuration of rspamd",
			   OVER_OPTIONS, OVER_DEPTH);
	else if (!good)
		buf_printf(why,
			   "holds over %d options, so no configuration "
			   "of %s",
			   OVER_OPTIONS, over->translator->name);
	else if (!translate(over))
		buf_printf(why,
			   "holds more other options than those of %s, so "
			   "it is the file of another program",
			   over->translator->name);
	return why->n == 0;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool
over_read(struct over *over, enum over_program program, const char *path,
	  struct buf *why)
{
	struct buf text;

	begin(over, program, path);
	if (program == OVER_RSPAMD && is_folder(path)) {
		return over_read_rspamd(over, path, why) && translate(over);
	}
	buf_init(&text, NULL);
	bool good =
	    file_read(path, LIMIT_CONFIG_BYTES, "configuration", &text, why) &&
	    over_read_text(over, program, path, buf_str(&text), why);
	buf_clear(&text);
	return good;
}

/* --- the command --- */

static bool
read_all(struct over *over, const char *const path[OVER_PROGRAMS],
	 struct buf *said)
{
	struct buf why;
	bool good = true;

	buf_init(&why, NULL);
	for (size_t i = 0; i < OVER_PROGRAMS && good; i++) {
		if (path[i] == NULL)
			continue;
		good = over_read(over, (enum over_program)i, path[i], &why);
		if (!good)
			over_wrap(said, "verdict config: ", "  ",
				  arena_printf(over->arena, "%s: %.*s: %.*s",
					       over_name((enum over_program)i),
					       STR_ARG(over_shown(
						   over, str_of(path[i]))),
					       STR_ARG(buf_str(&why))));
	}
	buf_clear(&why);
	return good;
}

int
over_run(const char *const path[OVER_PROGRAMS], const char *in_force)
{
	struct over *over = over_new();
	struct buf out, said;

	buf_init(&out, NULL);
	buf_init(&said, NULL);
	bool good = read_all(over, path, &said);
	if (good) {
		over_keep(over, in_force);
		over_print(over, &out, &said);
		fwrite(out.p, 1, out.n, stdout);
		/* Where both go to a pager, the file comes whole. */
		fflush(stdout);
	}
	if (said.n > 0)
		fwrite(said.p, 1, said.n, stderr);
	buf_clear(&said);
	buf_clear(&out);
	over_free(over);
	return good ? CLI_ACCEPT : CLI_CONFIG;
}
