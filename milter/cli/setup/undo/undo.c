#include "milter/cli/setup/undo/undo.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "milter/cli/cli.h"
#include "milter/cli/setup/change/apart.h"
#include "milter/cli/setup/change/change.h"
#include "milter/cli/setup/change/copies.h"
#include "milter/cli/setup/change/diff.h"
#include "milter/cli/setup/change/files.h"
#include "milter/cli/setup/change/screen.h"
#include "milter/cli/setup/undo/back.h"

#define XCLIENT "smtpd_authorized_xclient_hosts"

/* One of the two files. */
struct undone {
	char *path;
	struct buf now, then, first; /* first: before the first change */
	bool changed;                /* by us, so there are copies */
	struct files_lock lock;
};

struct run {
	const struct undo *undo;
	struct undone file[FILES_COUNT];
	struct buf stamps;  /* of the copies, the last one first */
	struct buf brought; /* as copies_brought() tells */
	struct buf *out;
};

static const enum back_file kinds[FILES_COUNT] = {
    [FILES_MASTER] = BACK_MASTER, [FILES_MAIN] = BACK_MAIN};

/* --- what it would be --- */

static bool
take_one(struct undone *file, enum back_file kind, const char *stamp)
{
	struct buf before, after;
	bool read = true;

	buf_init(&before, NULL);
	buf_init(&after, NULL);
	if (copies_are(file->path, stamp)) {
		read = copies_read(file->path, stamp, &before, &after);
		if (read) {
			back_take(kind, buf_str(&before), buf_str(&after),
				  &file->then);
			buf_reset(&file->first);
			buf_add(&file->first, buf_str(&before));
			file->changed = true;
		}
	}
	buf_clear(&after);
	buf_clear(&before);
	return read;
}

static bool
take_back(struct run *run)
{
	bool ok = true;

	for (size_t i = 0; i < FILES_COUNT && ok; i++) {
		struct undone *file = &run->file[i];
		struct str rest = buf_str(&run->stamps), stamp;
		file->path = apart_join(run->undo->folder, files_names[i]);
		ok = files_read(file->path, false, &file->now);
		buf_add(&file->then, buf_str(&file->now));
		while (ok && str_split(&rest, '\n', &stamp)) {
			char *one = mem_copy(stamp.p, stamp.n);
			ok = stamp.n == 0 || take_one(file, kinds[i], one);
			free(one);
		}
	}
	return ok;
}

/* --- doing it --- */

static bool
differs(const struct undone *file)
{
	return !str_eq(buf_str(&file->now), buf_str(&file->then));
}

/* As change_apply() takes the locks. */
static int
lock_all(struct run *run)
{
	int status = CLI_ACCEPT;

	for (size_t i = 0; i < FILES_COUNT && status == CLI_ACCEPT; i++) {
		if (differs(&run->file[i]))
			status = files_may_replace(run->file[i].path);
	}
	for (size_t i = 0; i < FILES_COUNT && status == CLI_ACCEPT; i++) {
		struct undone *file = &run->file[i];
		if (!files_lock(file->path, &file->lock))
			status = CLI_FAILURE;
		else
			status = files_check(file->path, buf_str(&file->now));
	}
	return status;
}

static void
drop_copies(const struct run *run, const char *path)
{
	struct str rest = buf_str(&run->stamps), stamp;

	while (str_split(&rest, '\n', &stamp)) {
		char *one = mem_copy(stamp.p, stamp.n);
		if (stamp.n > 0)
			copies_drop(path, one);
		free(one);
	}
}

/* What --test has the admin write is ours in a way, but was the admin's deed.
 */
static void
add_xclient(const struct run *run, const struct undone *file)
{
	struct buf old, now, word;

	buf_init(&old, NULL);
	buf_init(&now, NULL);
	buf_init(&word, NULL);
	bool had = back_value(buf_str(&file->first), XCLIENT, &old);
	bool has = back_value(buf_str(&file->then), XCLIENT, &now);
	if (has && !str_eq(buf_str(&old), buf_str(&now))) {
		screen_add_text(run->out, 0,
				str_lit(XCLIENT
					" is among it, which setup "
					"--test tells for its test alone. Back "
					"with:"));
		buf_adds(run->out, "    postconf -c ");
		screen_add_quoted(run->out, run->undo->folder);
		buf_adds(run->out, had ? " -e " : " -X ");
		buf_printf(&word, had ? XCLIENT " = %s" : XCLIENT,
			   had ? old.p : "");
		screen_add_quoted(run->out, word.p);
		buf_addc(run->out, '\n');
	}
	buf_clear(&word);
	buf_clear(&now);
	buf_clear(&old);
}

static bool
write_one(struct run *run, struct undone *file)
{
	if (!file->changed)
		return true;
	if (differs(file) && !files_replace(file->path, buf_str(&file->then)))
		return false;
	drop_copies(run, file->path);
	if (str_eq(buf_str(&file->then), buf_str(&file->first))) {
		buf_printf(run->out, "%s is as it was before.\n", file->path);
		return true;
	}
	buf_printf(run->out,
		   "%s: what --apply wrote is taken back.\nWhat others changed "
		   "since stays (-: as it was before, +: as it is now):\n",
		   file->path);
	diff_add(buf_str(&file->first), buf_str(&file->then), run->out);
	add_xclient(run, file);
	return true;
}

/* --- what is left --- */

static bool
read_apart(const struct run *run, struct postconf *postconf_out)
{
	struct str text[FILES_COUNT];
	char *folder = apart_make();
	bool ok = folder != NULL;

	for (size_t i = 0; i < FILES_COUNT; i++)
		text[i] = buf_str(&run->file[i].then);
	ok = ok && apart_write(folder, text) &&
	     postconf_read(run->undo->program, folder, mta_parameters, true,
			   postconf_out);
	if (folder != NULL)
		apart_remove(folder);
	return ok;
}

static int
judge_rest(const struct run *run, const struct postconf *postconf)
{
	const struct undo *undo = run->undo;
	struct mta_answers answers;
	struct mta_plan plan;
	struct buf lines;

	mta_answers_init(&answers, undo->own);
	buf_add(&answers.brought, buf_str(&run->brought));
	mta_plan_init(&plan);
	buf_init(&lines, NULL);
	bool left = mta_judge_without(undo->config, postconf, &answers, &plan,
				      &lines) > 0;
	if (left) {
		buf_adds(run->out, "What is left to you:\n");
		screen_add_lines(run->out, buf_str(&lines));
		screen_add_commands(run->out, undo->folder, &plan);
	} else {
		buf_adds(run->out,
			 answers.answers == 0
			     ? "No milter is left.\n"
			     : "No entry of verdict-milter is left, and "
			       "somebody answers at each that is.\n");
	}
	buf_clear(&lines);
	mta_plan_clear(&plan);
	mta_answers_clear(&answers);
	return left ? CLI_QUARANTINE : CLI_ACCEPT;
}

static int
tell_rest(const struct run *run)
{
	struct postconf postconf = {.program = NULL};
	int status = CLI_FAILURE;

	if (read_apart(run, &postconf))
		status = judge_rest(run, &postconf);
	postconf_clear(&postconf);
	return status;
}

/* --- all of it --- */

static int
run_all(struct run *run, bool *done_out)
{
	struct buf *out = run->out;

	copies_stamps(run->undo->folder, &run->stamps);
	copies_brought(run->undo->folder, &run->brought);
	int status = take_back(run) ? CLI_ACCEPT : CLI_FAILURE;
	if (status == CLI_ACCEPT && run->stamps.n == 0) {
		buf_printf(out, "Nothing to undo: %s holds no copy.\n",
			   run->undo->folder);
		status = tell_rest(run);
		return status != CLI_ACCEPT ? status : CLI_QUARANTINE;
	}
	if (status == CLI_ACCEPT)
		status = lock_all(run);
	for (size_t i = FILES_COUNT; i-- > 0 && status == CLI_ACCEPT;) {
		if (!write_one(run, &run->file[i]))
			status = CLI_FAILURE;
	}
	*done_out = status == CLI_ACCEPT;
	return status == CLI_ACCEPT ? tell_rest(run) : status;
}

int
undo_run(const struct undo *undo, bool *done_out, struct buf *out)
{
	struct run run = {.undo = undo, .out = out};

	*done_out = false;
	buf_init(&run.stamps, NULL);
	buf_init(&run.brought, NULL);
	for (size_t i = 0; i < FILES_COUNT; i++) {
		buf_init(&run.file[i].now, NULL);
		buf_init(&run.file[i].then, NULL);
		buf_init(&run.file[i].first, NULL);
	}
	int status = run_all(&run, done_out);
	for (size_t i = 0; i < FILES_COUNT; i++) {
		struct undone *file = &run.file[i];
		files_unlock(&file->lock);
		free(file->path);
		buf_clear(&file->now);
		buf_clear(&file->then);
		buf_clear(&file->first);
	}
	buf_clear(&run.brought);
	buf_clear(&run.stamps);
	return status;
}
