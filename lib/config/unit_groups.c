#include "config/unit_groups.h"

#include <dirent.h>
#include <fnmatch.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/file.h"

#define UNIT "verdict-milter.service"
/* A unit's file has a few kB. */
#define UNIT_BYTES ((size_t)1 << 20)
/* getgrnam_r(): groups with many members need room. */
#define NAME_ROOM 65536

/* systemd.unit(5): the first one that has the unit has it whole; of .d folders
   all count, the first ones last. */
static const char *const folders[] = {
    "/etc/systemd/system",           "/run/systemd/system",
    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system",
};
#define FOLDERS (sizeof folders / sizeof folders[0])

struct groups {
	gid_t *group;
	size_t count;
};

/* A name, or a number. */
static void
add_group(struct groups *groups, struct str word)
{
	struct group entry;
	struct group *found = NULL;
	char *room = mem_alloc(NAME_ROOM);
	char *name = mem_copy(word.p, word.n);
	uint64_t number;

	getgrnam_r(name, &entry, room, NAME_ROOM, &found);
	if (groups->count < UNIT_GROUPS_MAX) {
		if (found != NULL)
			groups->group[groups->count++] = found->gr_gid;
		else if (str_uint(word, UINT32_MAX - 1, &number))
			groups->group[groups->count++] = (gid_t)number;
	}
	free(name);
	free(room);
}

/* "SupplementaryGroups=" and names with blanks between; none empties the list.
 */
static void
read_line(struct groups *groups, struct str line)
{
	size_t equals = str_chr(line, '=');
	struct str value = str_trim_wsp(str_from(line, equals + 1));

	if (equals == line.n || !str_is(str_trim_wsp(str_first(line, equals)),
					"SupplementaryGroups"))
		return;
	if (value.n == 0)
		groups->count = 0;
	while (value.n > 0) {
		size_t end = 0;
		while (end < value.n && !ascii_is_wsp(value.p[end]))
			end++;
		add_group(groups, str_first(value, end));
		value = str_trim_wsp(str_from(value, end));
	}
}

/* False: there is no such file. */
static bool
read_unit(struct groups *groups, const char *path)
{
	struct buf text, why;
	struct str rest, line;

	buf_init(&text, NULL);
	buf_init(&why, NULL);
	bool read = file_read(path, UNIT_BYTES, "unit", &text, &why);
	rest = buf_str(&text);
	while (read && str_split(&rest, '\n', &line))
		read_line(groups, line);
	buf_clear(&text);
	buf_clear(&why);
	return read;
}

static int
is_part(const struct dirent *entry)
{
	return fnmatch("*.conf", entry->d_name, FNM_PERIOD) == 0;
}

static void
read_parts(struct groups *groups, const char *folder)
{
	char path[PATH_MAX];
	struct dirent **part;

	snprintf(path, sizeof path, "%s/" UNIT ".d", folder);
	int n = scandir(path, &part, is_part, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/" UNIT ".d/%s", folder,
			 part[i]->d_name);
		(void)read_unit(groups, path);
		free(part[i]);
	}
	if (n >= 0)
		free(part);
}

size_t
unit_groups(gid_t groups_out[UNIT_GROUPS_MAX])
{
	struct groups groups = {.group = groups_out};
	char path[PATH_MAX];
	bool found = false;

	for (size_t i = 0; i < FOLDERS && !found; i++) {
		snprintf(path, sizeof path, "%s/" UNIT, folders[i]);
		found = read_unit(&groups, path);
	}
	for (size_t i = FOLDERS; i > 0; i--)
		read_parts(&groups, folders[i - 1]);
	return groups.count;
}
