#include "milter/cli/setup/change/change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "milter/cli/cli.h"
#include "milter/cli/setup/change/copies.h"
#include "milter/cli/setup/change/files.h"

/* A change brings out the next mistake once, or twice; more has no end. */
#define ROUNDS_MAX 4

/* --- what postconf is told --- */

const char *
change_option(const struct mta_edit *edit)
{
	if (edit->service == NULL)
		return "-e";
	return edit->value != NULL ? "-P" : "-PX";
}

char *
change_argument(const struct mta_edit *edit)
{
	struct buf word;

	buf_init(&word, NULL);
	if (edit->service == NULL)
		buf_printf(&word, "%s = %s", edit->parameter,
			   edit->value ? edit->value : "");
	else if (edit->value == NULL)
		buf_printf(&word, "%s/%s", edit->service, edit->parameter);
	else
		buf_printf(&word, "%s/%s=%s", edit->service, edit->parameter,
			   edit->value);
	return word.p;
}

int
change_reload(const char *program, const char *folder)
{
	const char *const ask[] = {"-h", "command_directory", NULL};
	const char *const words[] = {"reload", NULL};
	struct buf told;
	char *place = postconf_run(program, folder, ask, NULL);

	if (place == NULL)
		return CLI_FAILURE;
	place[strcspn(place, "\n")] = '\0';
	char *postfix = apart_join(place, "postfix");
	buf_init(&told, NULL);
	char *said = postconf_run(postfix, folder, words, &told);
	int status = said != NULL ? CLI_ACCEPT : CLI_FAILURE;
	buf_clear(&told);
	free(said);
	free(postfix);
	free(place);
	return status;
}

/* --- trying it --- */

static bool
apply_edit(const struct change *change, const char *folder,
	   const struct mta_edit *edit)
{
	char *argument = change_argument(edit);
	const char *const words[] = {change_option(edit), argument, NULL};
	char *said = postconf_run(change->program, folder, words, NULL);
	bool ok = said != NULL;

	free(said);
	free(argument);
	return ok;
}

/* The files as they were, with all edits. */
static bool
try_in(struct change *change, const char *folder)
{
	struct str text[FILES_COUNT];

	for (size_t i = 0; i < FILES_COUNT; i++)
		text[i] = buf_str(&change->file[i].before);
	bool ok = apart_write(folder, text);
	for (size_t i = 0; ok && i < change->plan.edits; i++) {
		ok = apply_edit(change, folder, &change->plan.edit[i]);
		apart_look_old(folder);
	}
	for (size_t i = 0; ok && i < FILES_COUNT; i++) {
		char *path = apart_join(folder, files_names[i]);
		buf_reset(&change->file[i].after);
		ok = files_read(path, false, &change->file[i].after);
		free(path);
	}
	return ok;
}

/*
 * Looks at the configuration; *fresh_out: it brings edits that are not in the
 * plan.  last: they do not go into it, since nothing would try and write them;
 * what they would mend is left.
 */
static void
judge(struct change *change, const struct postconf *postconf, bool last,
      bool *fresh_out)
{
	struct mta_plan more;

	mta_plan_init(&more);
	more.order = change->plan.order;
	buf_reset(&change->left);
	change->mistakes = mta_judge(change->config, postconf, &change->answers,
				     &more, &change->left);
	change->stops = more.stops;
	if (last)
		mta_plan_note(&change->plan, &more);
	else
		*fresh_out = mta_plan_merge(&change->plan, &more);
	mta_plan_clear(&more);
}

static bool
run_rounds(struct change *change, const char *folder)
{
	bool fresh, ok = true;

	judge(change, &change->postconf, false, &fresh);
	change->asks = change->plan.asks;
	for (int round = 1; ok && fresh && round <= ROUNDS_MAX; round++) {
		struct postconf changed;
		ok = try_in(change, folder) &&
		     postconf_read(change->program, folder, mta_parameters,
				   true, &changed);
		if (!ok)
			break;
		judge(change, &changed, round == ROUNDS_MAX, &fresh);
		postconf_clear(&changed);
	}
	return ok;
}

static bool
run_apart(struct change *change)
{
	char *folder = apart_make();
	bool ok = folder != NULL && run_rounds(change, folder);

	if (folder != NULL)
		apart_remove(folder);
	return ok;
}

int
change_plan(const struct config *config, const struct own *own,
	    const char *program, const char *folder, enum mta_order order,
	    struct change *change_out)
{
	struct change *change = change_out;
	bool ok;

	*change = (struct change){.config = config,
				  .own = own,
				  .program = program,
				  .named = folder != NULL};
	mta_plan_init(&change->plan);
	change->plan.order = order;
	mta_answers_init(&change->answers, own);
	buf_init(&change->left, NULL);
	change->folder = folder != NULL ? mem_copy(folder, strlen(folder))
					: postconf_folder(program);
	ok = change->folder != NULL &&
	     postconf_read(program, change->folder, mta_parameters, false,
			   &change->postconf);
	for (size_t i = 0; ok && i < FILES_COUNT; i++) {
		struct change_file *file = &change->file[i];
		buf_init(&file->before, NULL);
		buf_init(&file->after, NULL);
		file->path = apart_join(change->folder, files_names[i]);
		ok = files_read(file->path, false, &file->before);
		buf_add(&file->after, buf_str(&file->before));
	}
	if (ok)
		copies_brought(change->folder, &change->answers.brought);
	return ok && run_apart(change) ? CLI_ACCEPT : CLI_FAILURE;
}

void
change_clear(struct change *change)
{
	for (size_t i = 0; i < FILES_COUNT; i++) {
		free(change->file[i].path);
		buf_clear(&change->file[i].before);
		buf_clear(&change->file[i].after);
	}
	mta_plan_clear(&change->plan);
	mta_answers_clear(&change->answers);
	buf_clear(&change->left);
	postconf_clear(&change->postconf);
	free(change->folder);
}

/* --- doing it --- */

static bool
is_changed(const struct change_file *file)
{
	return !str_eq(buf_str(&file->before), buf_str(&file->after));
}

static int
replace(const struct change_file *file, const char *stamp, struct buf *out)
{
	if (!files_replace(file->path, buf_str(&file->after)))
		return CLI_FAILURE;
	buf_printf(out, "Changed: %s\nAs it was: %s.verdict-%s.before\n",
		   file->path, file->path, stamp);
	return CLI_ACCEPT;
}

/* All of them or, as where the disk is full, none. */
static int
keep_copies(const struct change *change, const char *stamp)
{
	const struct change_file *file = change->file;
	size_t i = 0;

	while (i < FILES_COUNT &&
	       (!is_changed(&file[i]) ||
		copies_keep(file[i].path, stamp, buf_str(&file[i].before),
			    buf_str(&file[i].after))))
		i++;
	if (i == FILES_COUNT)
		return CLI_ACCEPT;
	while (i-- > 0)
		if (is_changed(&file[i]))
			copies_drop(file[i].path, stamp);
	return CLI_FAILURE;
}

/* The files are locked: nobody may have changed them since they were read. */
static int
write_all(const struct change *change, struct buf *out)
{
	const struct change_file *file = change->file;
	char stamp[COPIES_STAMP_MAX];
	int status = CLI_ACCEPT;

	for (size_t i = 0; i < FILES_COUNT && status == CLI_ACCEPT; i++)
		status = files_check(file[i].path, buf_str(&file[i].before));
	copies_stamp(change->folder, stamp);
	if (status == CLI_ACCEPT)
		status = keep_copies(change, stamp);
	for (size_t i = 0; i < FILES_COUNT && status == CLI_ACCEPT; i++) {
		if (is_changed(&file[i]))
			status = replace(&file[i], stamp, out);
	}
	return status;
}

int
change_apply(const struct change *change, struct buf *out)
{
	struct files_lock lock[FILES_COUNT] = {{.path = NULL}};
	int status = CLI_ACCEPT;

	for (size_t i = 0; i < FILES_COUNT && status == CLI_ACCEPT; i++) {
		if (is_changed(&change->file[i]))
			status = files_may_replace(change->file[i].path);
	}
	for (size_t i = 0; i < FILES_COUNT && status == CLI_ACCEPT; i++) {
		if (!files_lock(change->file[i].path, &lock[i]))
			status = CLI_FAILURE;
	}
	if (status == CLI_ACCEPT)
		status = write_all(change, out);
	for (size_t i = 0; i < FILES_COUNT; i++)
		files_unlock(&lock[i]);
	return status;
}
