#include "milter/cli/setup/change/copies.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

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

static int
later_first(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

/* They are in the order of time. */
void
copies_stamps(const char *folder, struct buf *out)
{
	DIR *all = opendir(folder);
	const struct dirent *at = all != NULL ? readdir(all) : NULL;
	char **stamp = NULL;
	size_t n = 0;

	for (; at != NULL; at = readdir(all)) {
		struct str found = stamp_in(at->d_name);
		if (found.n == 0)
			continue;
		stamp = mem_resize(stamp, (n + 1) * sizeof *stamp);
		stamp[n++] = mem_copy(found.p, found.n);
	}
	if (all != NULL)
		closedir(all);
	if (n > 1)
		qsort(stamp, n, sizeof *stamp, later_first);
	for (size_t i = 0; i < n; i++) {
		/* Two files have the same one. */
		if (i == 0 || strcmp(stamp[i - 1], stamp[i]) != 0)
			buf_printf(out, "%s\n", stamp[i]);
	}
	for (size_t i = 0; i < n; i++)
		free(stamp[i]);
	free(stamp);
}

static void
write_stamp(time_t time, char stamp_out[COPIES_STAMP_MAX])
{
	struct tm utc;

	gmtime_r(&time, &utc);
	strftime(stamp_out, COPIES_STAMP_MAX, STAMP, &utc);
}

/* The undo begins with the last one: none may be as late, or later where the
   clock was set back. */
void
copies_stamp(const char *folder, char stamp_out[COPIES_STAMP_MAX])
{
	struct tm utc = {.tm_isdst = 0};
	struct buf all;

	buf_init(&all, NULL);
	copies_stamps(folder, &all);
	char *last = mem_copy(all.p, str_chr(buf_str(&all), '\n'));
	const char *end = strptime(last, STAMP, &utc);
	write_stamp((time_t)clock_wall_seconds(), stamp_out);
	if (end != NULL && *end == '\0' && strcmp(last, stamp_out) >= 0)
		write_stamp(timegm(&utc) + 1, stamp_out);
	free(last);
	buf_clear(&all);
}

bool
copies_are(const char *path, const char *stamp)
{
	char *new = name_of(path, stamp, AFTER);
	bool are = access(new, F_OK) == 0;

	free(new);
	return are;
}

bool
copies_read(const char *path, const char *stamp, struct buf *before,
	    struct buf *after)
{
	char *old = name_of(path, stamp, BEFORE);
	char *new = name_of(path, stamp, AFTER);
	bool read =
	    files_read(old, false, before) && files_read(new, false, after);

	free(new);
	free(old);
	return read;
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
