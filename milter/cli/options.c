#include "milter/cli/options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "base/mem.h"
#include "base/str.h"

/* --- the table --- */

/* The first row of this command's from there on; NULL: none. */
static const struct option_row *
own_row(const struct options *options, const struct option_row *row)
{
	while (row->name != NULL && row->of != 0 &&
	       (row->of & options->is) == 0)
		row++;
	return row->name == NULL ? NULL : row;
}

/* The row of that name, or of the one that alone begins so; NULL: none, or
 *several_out. */
static const struct option_row *
find_name(const struct options *options, struct str name, bool *several_out)
{
	const struct option_row *found = NULL;
	bool several = false;

	*several_out = false;
	for (const struct option_row *row = own_row(options, options->row);
	     row != NULL; row = own_row(options, row + 1)) {
		if (str_is(name, row->name))
			return row;
		if (!str_starts(str_of(row->name), name))
			continue;
		several = found != NULL;
		found = row;
	}
	*several_out = several;
	return several ? NULL : found;
}

static const struct option_row *
find_letter(const struct options *options, char letter)
{
	for (const struct option_row *row = own_row(options, options->row);
	     row != NULL; row = own_row(options, row + 1))
		if (row->letter == letter)
			return row;
	return NULL;
}

/* --- what is said --- */

/* "--socket PATH" */
static size_t
width_of(const struct option_row *row)
{
	size_t n = strlen("--") + strlen(row->name);

	return row->argument == NULL ? n : n + 1 + strlen(row->argument);
}

static void
print_row(const struct option_row *row, size_t column, FILE *stream)
{
	struct str lines = str_of(row->help), line;
	const char *argument = row->argument;

	fprintf(stream, "  --%s%s%s%*s", row->name, argument ? " " : "",
		argument ? argument : "", (int)(column - width_of(row)), "");
	str_split(&lines, '\n', &line);
	fprintf(stream, "%.*s\n", STR_ARG(line));
	while (str_split(&lines, '\n', &line))
		fprintf(stream, "  %*s%.*s\n", (int)column, "", STR_ARG(line));
}

void
options_help(const struct options *options, FILE *stream)
{
	size_t widest = 0;

	for (const struct option_row *row = own_row(options, options->row);
	     row != NULL; row = own_row(options, row + 1))
		if (row->help != NULL && width_of(row) > widest)
			widest = width_of(row);
	fputs(options->usage, stream);
	for (const struct option_row *row = own_row(options, options->row);
	     row != NULL; row = own_row(options, row + 1))
		if (row->help != NULL)
			print_row(row, widest + 2, stream);
	fputs(options->notes, stream);
}

bool
options_complain(const struct options *options, const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		mem_exhausted(0);
	va_end(args);
	line_mend(text, strlen(text));
	fprintf(stderr, "verdict %s: %s", options->command, text);
	free(text);
	if (options->long_help) {
		fprintf(stderr, " (see verdict %s --help)\n", options->command);
	} else {
		fputc('\n', stderr);
		options_help(options, stderr);
	}
	return false;
}

/* --- the words --- */

/* The words that are not read yet. */
struct unread {
	int argc;
	char **argv;
	int at;
};

static bool
set(const struct options *options, const struct option_row *row,
    const char *value, void *call)
{
	const bool yes = true;
	char *to = (char *)call + row->at;

	if (row->set != NULL) {
		const char *defect = row->set(call, value);
		return defect == NULL ||
		       options_complain(options, "--%s takes %s, not '%s': %s",
					row->name, row->argument, value,
					defect);
	}
	if (row->argument != NULL)
		memcpy(to, &value, sizeof value);
	else
		memcpy(to, &yes, sizeof yes);
	return true;
}

/* value: what stands in the word itself; NULL: the next word has it. */
static bool
set_argument(const struct options *options, const struct option_row *row,
	     const char *value, struct unread *unread, void *call)
{
	bool more = unread->at < unread->argc;

	if (value == NULL && row->fallback != NULL &&
	    (!more || unread->argv[unread->at][0] == '-'))
		value = row->fallback;
	if (value == NULL && !more)
		return options_complain(options, "no value for --%s",
					row->name);
	if (value == NULL)
		value = unread->argv[unread->at++];
	return set(options, row, value, call);
}

/* "--name", "--name=value" */
static bool
read_long(const struct options *options, const char *word,
	  struct unread *unread, void *call)
{
	struct str name = str_from(str_of(word), 2);
	size_t equals = str_chr(name, '=');
	const char *value = equals < name.n ? name.p + equals + 1 : NULL;
	bool several;
	const struct option_row *row =
	    find_name(options, str_first(name, equals), &several);

	if (row == NULL)
		return options_complain(options, "%s option %s",
					several ? "ambiguous" : "unknown",
					word);
	if (row->argument != NULL)
		return set_argument(options, row, value, unread, call);
	if (value != NULL)
		return options_complain(options, "--%s takes no value",
					row->name);
	return set(options, row, NULL, call);
}

/* "-x", "-xyz", "-xvalue" */
static bool
read_letters(const struct options *options, const char *word,
	     struct unread *unread, void *call)
{
	for (const char *p = word + 1; *p != '\0'; p++) {
		const struct option_row *row = find_letter(options, *p);
		if (row == NULL)
			return options_complain(options, "unknown option -%c",
						*p);
		if (row->argument != NULL)
			return set_argument(options, row,
					    p[1] != '\0' ? p + 1 : NULL, unread,
					    call);
		if (!set(options, row, NULL, call))
			return false;
	}
	return true;
}

static bool
read_argument(const struct options *options, const char *word, void *call)
{
	if (options->argument == NULL)
		return options_complain(options, "unexpected argument '%s'",
					word);
	return options->argument(call, word);
}

bool
options_read(const struct options *options, int argc, char **argv, void *call)
{
	struct unread unread = {argc, argv, 1};
	bool only_arguments = false, good = true;

	while (good && unread.at < argc) {
		const char *word = argv[unread.at++];
		bool dash =
		    !only_arguments && word[0] == '-' && word[1] != '\0';
		if (!dash)
			good = read_argument(options, word, call);
		else if (word[1] != '-')
			good = read_letters(options, word, &unread, call);
		else if (word[2] != '\0')
			good = read_long(options, word, &unread, call);
		else
			only_arguments = true;
	}
	return good;
}
