/* What is shown of the file: values in errors, and its rules. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/line.h"
#include "tests/support/config_file.h"

/* Nothing that a terminal obeys, where it stands in a keyword, in a value, or
   as C1 within UTF-8; a cut is told, and splits no character. */
static const struct shown {
	const char *text, *want;
} shown[] = {
    {"\"m\\e[31m\": x", "1:1: unknown keyword \"m?[31m\""},
    {"mode: \"\\e[31m\\u009b\xc3\xbc\"",
     "1:7: mode: \"?[31m??\xc3\xbc\" is not known: write monitor or"},
    {"rules: [{name: a, \"f\\e\": x}]",
     "1:19: rules: a: unknown keyword \"f?\""},
    {"mode: "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xbc",
     "1:7: mode: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "...\" is not known"},
    {"rules: [{name: a, from: "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}]",
     "1:25: rules: a: from: "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is "
     "not usable"},
    /* a mark alone is a name that cannot be */
    {"rules: [{name: a, from: '*'}]",
     "1:25: rules: a: from: \"*\" is not usable: domain name has"},
    {"rules: [{name: a, from: '.'}]",
     "1:25: rules: a: from: \".\" is not usable: domain name is empty"},
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

static void
long_values_are_cut(void **state)
{
	static struct config_error error;
	struct config *config = NULL;
	char text[4096], *p = text;

	(void)state;
	p += sprintf(p, "authserv-id: \"");
	memset(p, 'a', 3000);
	strcpy(p + 3000, "\"");
	config_file_write(text, strlen(text));
	assert_int_equal(config_load(config_file_path(), &config, &error),
			 ERR_CONFIG);
	assert_true(strlen(error.text) < 512);
	assert_non_null(
	    strstr(error.text, "aaa...\" is not usable: domain name"));
}

/* What is printed of this file holds `want`, its path in place of FILE. */
static void
assert_rules(const char *text, bool json, const char *want)
{
	struct config *config = config_file_load(text);
	struct buf got, wanted;
	const char *file;

	buf_init(&got, NULL);
	buf_init(&wanted, NULL);
	while ((file = strstr(want, "FILE")) != NULL) {
		buf_add(&wanted, str_n(want, (size_t)(file - want)));
		buf_adds(&wanted, config_file_path());
		want = file + 4;
	}
	buf_adds(&wanted, want);
	config_print(config, json, &got);
	buf_addc(&wanted, '\0');
	buf_addc(&got, '\0');
	if (strstr(got.p, wanted.p) == NULL)
		fail_msg("no \"%s\" in %s", wanted.p, got.p);
	buf_clear(&got);
	buf_clear(&wanted);
	config_unref(config);
}

#define TWO_RULES                                                          \
	"rules:\n  - name: a\n    spf: [fail, none]\n    action: reject\n" \
	"  - {name: b, from: a.example, action: reject}\n"

static void
rules_stand_as_they_were_written(void **state)
{
	(void)state;
	assert_rules(TWO_RULES, false,
		     "rules:  # FILE:2\n"
		     "  - name: \"a\"  # FILE:2\n"
		     "    spf: [\"fail\", \"none\"]  # FILE:3\n"
		     "    action: \"reject\"  # FILE:4\n"
		     "  - name: \"b\"  # FILE:5\n"
		     "    from: \"a.example\"  # FILE:5\n"
		     "    action: \"reject\"  # FILE:5\n");
	assert_rules(TWO_RULES, true,
		     "\"rules\":{\"value\":[{\"name\":\"a\","
		     "\"spf\":[\"fail\", \"none\"],\"action\":\"reject\"},"
		     "{\"name\":\"b\",\"from\":\"a.example\","
		     "\"action\":\"reject\"}],\"origin\":\"FILE:2\"}}");
	assert_rules("\nrules: []\n", false, "rules: []  # FILE:2\n");
	assert_rules("", false, "rules: []  # default\n");
	assert_rules("", true, "\"rules\":{\"value\":[],\"origin\":");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_rules_the_terminal),
	    cmocka_unit_test(long_values_are_cut),
	    cmocka_unit_test(rules_stand_as_they_were_written),
	};

	return cmocka_run_group_tests(tests, config_file_setup,
				      config_file_teardown);
}
