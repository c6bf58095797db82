/*
 * What errors show of the file: nothing that a terminal obeys, where it stands
 * in a keyword, in a value, or as C1 within UTF-8; a cut is told, and splits no
 * character.
 */
#include "tests/support/test.h"

#include <string.h>

#include "base/err.h"
#include "base/line.h"
#include "tests/support/config_file.h"

static const struct shown {
	const char *text, *want;
} shown[] = {
    {"\"m\\e[31m\": x", "1:1: unknown keyword \"m?[31m\""},
    {"mode: \"\\e[31m\\u009b\xc3\xbc\"",
     "1:7: mode: \"?[31m??\xc3\xbc\" is not known: write monitor or"},
    {"rules: [{name: a, \"f\\e\": x}]", "1:19: rules: unknown keyword \"f?\""},
    {"mode: "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xbc",
     "1:7: mode: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "...\" is not known"},
    {"rules: [{name: a, from: "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]",
     "1:25: rules: from: "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is "
     "not usable"},
};

static void
nothing_rules_the_terminal(void **state)
{
	static struct config_error error;
	size_t folder = strlen(config_file_path()) + 1;

	(void)state;
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		struct config *config = NULL;
		config_file_write(shown[i].text, strlen(shown[i].text));
		assert_int_equal(
		    config_load(config_file_path(), &config, &error),
		    ERR_CONFIG);
		char *got = error.text + folder;
		assert_true(strlen(got) > strlen(shown[i].want));
		got[strlen(shown[i].want)] = '\0';
		assert_string_equal(got, shown[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_rules_the_terminal),
	};

	return cmocka_run_group_tests(tests, config_file_setup,
				      config_file_teardown);
}
