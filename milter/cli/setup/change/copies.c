#include "milter/cli/setup/change/copies.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "milter/cli/cli.h"
#include "milter/cli/setup/change/diff.h"

#define MARK ".verdict-"
#define BEFORE ".before"
#define AFTER ".after"
#define STAMP "%Y%m%dT%H%M%SZ"

/* To be freed. */
static char *
name_of(const char *path, const char *stamp, const char *which)
{
	struct buf name;

	buf_init(&name, NULL);
	buf_printf(&name, "%s" MARK "%s%s", path, stamp, which);
	return name.p;
}

bool
copies_keep(const char *path, const char *stamp, struct str before,
	    struct str after)
{
	char *old = name_of(path, stamp, BEFORE);
	char *new = name_of(path, stamp, AFTER);
	bool kept = files_create(old, before, path);
	bool ok = kept && files_create(new, after, path);

	if (kept && !ok)
		unlink(old);
	free(new);
	free(old);
	return ok;
}

void
copies_drop(const char *path, const char *stamp)
{
	char *old = name_of(path, stamp, BEFORE);
	char *new = name_of(path, stamp, AFTER);

	unlink(new);
	unlink(old);
	free(new);
	free(old);
}

/* --- those that are there --- */

/* The stamp in a name of such a copy; empty: it is none. */
static struct str
stamp_in(const char *file)
{
	for (size_t i = 0; i < FILES_COUNT; i++) {
		struct str rest = str_of(file), end = str_lit(AFTER);
		if (!str_starts(rest, str_of(files_names[i])))
			continue;
		rest = str_from(rest, strlen(files_names[i]));
		if (str_starts(rest, str_lit(MARK)) &&
		    str_ends_nocase(rest, end))
			return str_first(str_from(rest, strlen(MARK)),
					 rest.n - strlen(MARK) - end.n);
	}
	return str_empty();
}

/* The last one's, to be freed; NULL: none.  They are in the order of time. */
static char *
last_stamp(DIR *all)
{
	char *last = NULL;

	for (struct dirent *at = readdir(all); at != NULL; at = readdir(all)) {
		struct str stamp = stamp_in(at->d_name);
		if (stamp.n == 0)
			continue;
		char *found = mem_copy(stamp.p, stamp.n);
		bool later = last == NULL || strcmp(found, last) > 0;
		free(later ? last : found);
		last = later ? found : last;
	}
	return last;
}

static void
write_stamp(time_t time, char stamp_out[COPIES_STAMP_MAX])
{
	struct tm utc;

	gmtime_r(&time, &utc);
	strftime(stamp_out, COPIES_STAMP_MAX, STAMP, &utc);
}

/* The undo takes the last one: none may be as late, or later where the clock
   was set back. */
void
copies_stamp(const char *folder, char stamp_out[COPIES_STAMP_MAX])
{
	DIR *all = opendir(folder);
	char *last = all != NULL ? last_stamp(all) : NULL;
	struct tm utc = {.tm_isdst = 0};
	const char *end = last != NULL ? strptime(last, STAMP, &utc) : NULL;

	write_stamp((time_t)clock_wall_seconds(), stamp_out);
	if (end != NULL && *end == '\0' && strcmp(last, stamp_out) >= 0)
		write_stamp(timegm(&utc) + 1, stamp_out);
	free(last);
	if (all != NULL)
		closedir(all);
}

/* --- what they tell --- */

/* The next address of a milter in a file; empty: no more. */
static struct str
next_address(struct str *rest)
{
	while (rest->n > 0) {
		size_t end = 0;
		while (end < rest->n && !strchr(" \t\n,{}=", rest->p[end]))
			end++;
		struct str word = str_first(*rest, end);
		*rest = str_from(*rest, end + 1);
		if (str_starts(word, str_lit("inet:")) ||
		    str_starts(word, str_lit("unix:")))
			return word;
	}
	return str_empty();
}

static bool
has_address(struct str text, struct str address)
{
	struct str found = next_address(&text);

	while (found.n > 0 && !str_eq(found, address))
		found = next_address(&text);
	return found.n > 0;
}

/* file: a name that ends in AFTER. */
static void
add_brought(const char *folder, const char *file, struct buf *out)
{
	size_t n = strlen(file) - strlen(AFTER);
	struct buf path, old, new;

	buf_init(&path, NULL);
	buf_init(&old, NULL);
	buf_init(&new, NULL);
	buf_printf(&path, "%s/%.*s" BEFORE, folder, (int)n, file);
	bool read = files_read(path.p, true, &old);
	buf_reset(&path);
	buf_printf(&path, "%s/%s", folder, file);
	read = read && files_read(path.p, true, &new);
	struct str rest = buf_str(&new);
	for (struct str found = next_address(&rest); read && found.n > 0;
	     found = next_address(&rest)) {
		if (!has_address(buf_str(&old), found))
			buf_printf(out, "%.*s\n", STR_ARG(found));
	}
	buf_clear(&new);
	buf_clear(&old);
	buf_clear(&path);
}

void
copies_brought(const char *folder, struct buf *out)
{
	DIR *all = opendir(folder);
	const struct dirent *at = all != NULL ? readdir(all) : NULL;

	for (; at != NULL; at = readdir(all)) {
		if (stamp_in(at->d_name).n > 0)
			add_brought(folder, at->d_name, out);
	}
	if (all != NULL)
		closedir(all);
}

/* --- undo --- */

/* One file of a change, and its copies; path NULL: it was not changed. */
struct changed {
	char *path, *old_path, *new_path;
	struct buf now, old, new;
	struct files_lock lock;
};

static bool
changed_read(const char *folder, const char *name, const char *stamp,
	     struct changed *changed)
{
	struct buf path;

	*changed = (struct changed){.path = NULL};
	buf_init(&changed->now, NULL);
	buf_init(&changed->old, NULL);
	buf_init(&changed->new, NULL);
	buf_init(&path, NULL);
	buf_printf(&path, "%s/%s", folder, name);
	changed->old_path = name_of(path.p, stamp, BEFORE);
	changed->new_path = name_of(path.p, stamp, AFTER);
	changed->path = path.p;
	if (access(changed->new_path, F_OK) == 0)
		return files_read(path.p, false, &changed->now) &&
		       files_read(changed->old_path, false, &changed->old) &&
		       files_read(changed->new_path, false, &changed->new);
	free(changed->path);
	changed->path = NULL;
	return true;
}

static void
changed_clear(struct changed *changed)
{
	files_unlock(&changed->lock);
	free(changed->path);
	free(changed->old_path);
	free(changed->new_path);
	buf_clear(&changed->now);
	buf_clear(&changed->old);
	buf_clear(&changed->new);
}

/* As it was written, or as it was before: a change that stopped half-way. */
static int
may_undo(const char *folder, const struct changed *changed, struct buf *out)
{
	struct buf lines;

	if (changed->path == NULL ||
	    str_eq(buf_str(&changed->now), buf_str(&changed->old)))
		return CLI_ACCEPT;
	if (str_eq(buf_str(&changed->now), buf_str(&changed->new)))
		return files_may_replace(changed->path);
	buf_printf(out,
		   "%s was changed since then, so it is left as it is.\n"
		   "Since then (-: as it was written, +: as it is now):\n",
		   changed->path);
	diff_add(buf_str(&changed->new), buf_str(&changed->now), out);
	buf_printf(out, "From before the change: %s\n", changed->old_path);
	buf_init(&lines, NULL);
	if (str_ends_nocase(str_of(changed->path), str_lit("main.cf")))
		diff_add_back(folder, buf_str(&changed->old),
			      buf_str(&changed->new), buf_str(&changed->now),
			      &lines);
	if (lines.n > 0)
		buf_printf(out,
			   "To keep that, and take back only what --apply "
			   "wrote there:\n%s    postfix -c %s reload\n",
			   lines.p, folder);
	buf_clear(&lines);
	return CLI_QUARANTINE;
}

static bool
undo(const struct changed *changed, struct buf *out)
{
	if (changed->path == NULL)
		return true;
	if (!str_eq(buf_str(&changed->now), buf_str(&changed->old)) &&
	    !files_replace(changed->path, buf_str(&changed->old)))
		return false;
	unlink(changed->new_path);
	unlink(changed->old_path);
	buf_printf(out, "%s is as it was before.\n", changed->path);
	return true;
}

static int
lock_all(struct changed changed[FILES_COUNT])
{
	for (size_t i = 0; i < FILES_COUNT; i++) {
		struct changed *one = &changed[i];
		if (one->path == NULL)
			continue;
		if (!files_lock(one->path, &one->lock))
			return CLI_FAILURE;
		int status = files_check(one->path, buf_str(&one->now));
		if (status != CLI_ACCEPT)
			return status;
	}
	return CLI_ACCEPT;
}

int
copies_undo(const char *folder, struct buf *out)
{
	struct changed changed[FILES_COUNT];
	DIR *all = opendir(folder);
	int status = CLI_ACCEPT;

	if (all == NULL) {
		fprintf(stderr, "verdict setup: %s: %s\n", folder,
			strerror(errno));
		return CLI_FAILURE;
	}
	char *stamp = last_stamp(all);
	closedir(all);
	if (stamp == NULL) {
		buf_printf(out, "Nothing to undo: %s holds no copy.\n", folder);
		return CLI_QUARANTINE;
	}
	for (size_t i = 0; i < FILES_COUNT; i++) {
		if (!changed_read(folder, files_names[i], stamp, &changed[i]))
			status = CLI_FAILURE;
	}
	for (size_t i = FILES_COUNT; i-- > 0 && status == CLI_ACCEPT;)
		status = may_undo(folder, &changed[i], out);
	if (status == CLI_ACCEPT)
		status = lock_all(changed);
	for (size_t i = FILES_COUNT; i-- > 0 && status == CLI_ACCEPT;)
		status = undo(&changed[i], out) ? CLI_ACCEPT : CLI_FAILURE;
	for (size_t i = 0; i < FILES_COUNT; i++)
		changed_clear(&changed[i]);
	free(stamp);
	return status;
}
