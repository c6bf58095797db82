/* How the words of a call are read, and what is said of wrong ones. */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/cli/options.h"

struct call {
	const char *file, *folder, *maybe;
	bool json, keys, help;
	int number;
	char arguments[64]; /* each with a "|" */
};

static const char *
set_number(void *ctx, const char *value)
{
	struct call *call = ctx;

	call->number = atoi(value);
	return call->number > 0 ? NULL : "it is no number over 0";
}

static bool
add_argument(void *ctx, const char *word)
{
	struct call *call = ctx;

	strcat(strcat(call->arguments, word), "|");
	return true;
}

static const struct option_row rows[] = {
    {"file", .letter = 'f', .argument = "FILE", .help = "one\ntwo",
     .at = offsetof(struct call, file)},
    {"file-folder", .argument = "DIR", .at = offsetof(struct call, folder)},
    {"maybe", .argument = "DIR", .fallback = "there",
     .at = offsetof(struct call, maybe)},
    {"json", .letter = 'j', .help = "three", .at = offsetof(struct call, json)},
    {"keys", .letter = 'k', .of = 2, .help = "of another command",
     .at = offsetof(struct call, keys)},
    {"number", .argument = "N", .help = "four", .set = set_number},
    {"help", .letter = 'h', .at = offsetof(struct call, help)},
    {NULL}};

static const struct options options = {.command = "try",
				       .usage = "usage: verdict try\n",
				       .notes = "notes\n",
				       .row = rows,
				       .is = 1,
				       .argument = add_argument},
			    strict = {.command = "try",
				      .usage = "usage: verdict try\n",
				      .notes = "notes\n",
				      .row = rows,
				      .is = 1,
				      .long_help = true},
			    other = {.command = "other",
				     .usage = "usage: verdict other\n",
				     .notes = "",
				     .row = rows,
				     .is = 2};

/* Blanks part the words; said: what went to standard error, where wrong. */
static bool
read_text(const struct options *table, const char *text, struct call *call,
	  char said[static 512])
{
	static char words[256]; /* what was read points into it */
	char *argv[16] = {"try"};
	int argc = 1, kept = dup(STDERR_FILENO);
	FILE *file = tmpfile();

	strcpy(words, text);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		argv[argc++] = strcmp(word, "''") == 0 ? "" : word;
	*call = (struct call){.number = 0};
	fflush(stderr);
	dup2(fileno(file), STDERR_FILENO);
	bool good = options_read(table, argc, argv, call);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(file);
	said[fread(said, 1, 511, file)] = '\0';
	fclose(file);
	return good;
}

#define TEXT(p) ((p) ? (p) : "-")

static void
test_right_calls(void **state)
{
	static const struct {
		const char *text, *file, *folder;
		bool json, help;
		int number;
		const char *arguments;
	} c[] = {
	    {"", "-", "-", false, false, 0, ""},
	    {"--file a", "a", "-", false, false, 0, ""},
	    {"--file=a", "a", "-", false, false, 0, ""},
	    {"--file=", "", "-", false, false, 0, ""},
	    {"--file ''", "", "-", false, false, 0, ""},
	    {"--file=a=b", "a=b", "-", false, false, 0, ""},
	    {"--file --json", "--json", "-", false, false, 0, ""},
	    {"--file a --file b", "b", "-", false, false, 0, ""},
	    {"--file-f a", "-", "a", false, false, 0, ""},
	    {"--fi=a --file-folder=b", NULL, NULL, false, false, 0, NULL},
	    {"--j", "-", "-", true, false, 0, ""},
	    {"--n 3 --h", "-", "-", false, true, 3, ""},
	    {"-f a", "a", "-", false, false, 0, ""},
	    {"-fa", "a", "-", false, false, 0, ""},
	    {"-jhfa", "a", "-", true, true, 0, ""},
	    {"x --json y", "-", "-", true, false, 0, "x|y|"},
	    {"- x", "-", "-", false, false, 0, "-|x|"},
	    {"--json -- --json -f --", "-", "-", true, false, 0,
	     "--json|-f|--|"},
	    {"''", "-", "-", false, false, 0, "|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		struct call call;
		char said[512];
		bool good = read_text(&options, c[i].text, &call, said);
		assert_int_equal(good, c[i].file != NULL);
		if (!good)
			continue;
		assert_string_equal(said, "");
		assert_string_equal(TEXT(call.file), c[i].file);
		assert_string_equal(TEXT(call.folder), c[i].folder);
		assert_int_equal(call.json, c[i].json);
		assert_int_equal(call.help, c[i].help);
		assert_int_equal(call.number, c[i].number);
		assert_string_equal(call.arguments, c[i].arguments);
	}
}

static void
test_wrong_calls(void **state)
{
	static const struct {
		const char *text, *said;
	} c[] = {
	    {"--what", "unknown option --what"},
	    {"--what=1", "unknown option --what=1"},
	    {"--keys", "unknown option --keys"},
	    {"--filet a", "unknown option --filet"},
	    {"--=a", "ambiguous option --=a"},
	    {"--fi=a", "ambiguous option --fi=a"},
	    {"--file", "no value for --file"},
	    {"-f", "no value for --file"},
	    {"--json=yes", "--json takes no value"},
	    {"-x", "unknown option -x"},
	    {"-jk", "unknown option -k"},
	    {"--number 0", "--number takes N, not '0': it is no number over 0"},
	    {"x", "unexpected argument 'x'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		struct call call;
		char said[512], want[512];
		assert_false(read_text(&strict, c[i].text, &call, said));
		snprintf(want, sizeof want,
			 "verdict try: %s (see verdict try --help)\n",
			 c[i].said);
		assert_string_equal(said, want);
	}
}

#define HELP                     \
	"usage: verdict try\n"   \
	"  --file FILE  one\n"   \
	"               two\n"   \
	"  --json       three\n" \
	"  --number N   four\n"  \
	"notes\n"

static void
test_a_wrong_call_shows_a_short_help(void **state)
{
	struct call call;
	char said[512];

	(void)state;
	assert_false(read_text(&options, "-x", &call, said));
	assert_string_equal(said, "verdict try: unknown option -x\n" HELP);
}

static void
test_commands_share_a_table(void **state)
{
	struct call call;
	char said[512], text[512];
	FILE *file = tmpfile();

	(void)state;
	assert_true(read_text(&other, "-k --json", &call, said));
	assert_true(call.keys && call.json);
	options_help(&other, file);
	rewind(file);
	text[fread(text, 1, 511, file)] = '\0';
	fclose(file);
	assert_non_null(strstr(text, "  --keys       of another command\n"));
	assert_null(strstr(HELP, "--keys"));
}

/* An option whose value may be left out. */
static void
test_fallback(void **state)
{
	static const struct {
		const char *words, *maybe;
		bool json;
	} calls[] = {{"--maybe", "there", false},
		     {"--maybe --json", "there", true},
		     {"--maybe here --json", "here", true},
		     {"--maybe=here", "here", false},
		     {"--json", NULL, true}};
	struct call call;
	char said[512];

	(void)state;
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		assert_true(read_text(&options, calls[i].words, &call, said));
		assert_int_equal(call.json, calls[i].json);
		if (calls[i].maybe == NULL)
			assert_null(call.maybe);
		else
			assert_string_equal(call.maybe, calls[i].maybe);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_right_calls),
	    cmocka_unit_test(test_wrong_calls),
	    cmocka_unit_test(test_a_wrong_call_shows_a_short_help),
	    cmocka_unit_test(test_commands_share_a_table),
	    cmocka_unit_test(test_fallback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
