/* Values of conditions on the sender: what is refused, and what proves
   nothing. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "config/config.h"
#include "tests/support/config_file.h"

#define UNPROVEN "milder than the policy, and anybody's mail can match"

/* A rule's condition and action, and how the error ends; NULL: none. */
static const struct {
	const char *rule, *want;
} row[] = {
    {"mail-from: a@a.example, action: reject", NULL},
    {"mail-from: ['\"u v\"@a.example', localhost], action: reject", NULL},
    {"mail-from: a@a.example, spf-domain: a.example, action: accept", NULL},
    {"mail-from: '@a.example', action: reject",
     "mail-from: \"@a.example\" is not usable: write user@"},
    {"mail-from: '\"a@a.example', action: reject",
     "mail-from: \"\"a@a.example\" is not usable: write user@"},
    {"mail-from: '\"\"@a.example', action: reject",
     "mail-from: \"\"\"@a.example\" is not usable: write user@"},
    {"mail-from: a@a.example, action: accept", "r: " UNPROVEN},
    {"from: ['\"u v\"@a.example', .b.example, localhost], action: reject",
     NULL},
    {"from: ceo@a.example, action: accept", "r: " UNPROVEN},
    {"from: 'ceo@a.example', dmarc: pass, action: accept", NULL},
    {"from: 'Ceo <ceo@a.example>', action: reject",
     "from: \"Ceo <ceo@a.example>\" is not usable: write user@"},
    {"header: ['Subject: a, b # c', 'X-Y:', 'X-Z: *'], action: reject", NULL},
    {"header: 'Subject: a', action: accept", "r: " UNPROVEN},
    {"header: Subject, action: reject",
     "header: \"Subject\" is not usable: write \"Subject: some text\""},
    {"header: ': a', action: reject", "header: \": a\" is not usable"},
    {"header: 'A B: a', action: reject", "header: \"A B: a\" is not usable"},
    {"header: \"S: \\xe4\", action: reject", " is not usable"},
    {"helo: [.a.example, localhost], action: reject", NULL},
    {"helo: mx.a.example, action: accept", "r: " UNPROVEN},
    {"helo: a@a.example, action: reject",
     "helo: \"a@a.example\" is not usable: write the domain"},
};

static void
conditions_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct config_error error = {.text = ""};
		struct config *config = NULL;
		char text[400];
		int n = snprintf(text, sizeof text, "rules: [{name: r, %s}]\n",
				 row[i].rule);
		config_file_write(text, (size_t)n);
		int got = config_load(config_file_path(), &config, &error);
		config_unref(config);
		if (got == (row[i].want != NULL ? ERR_CONFIG : ERR_OK) &&
		    (row[i].want == NULL ||
		     strstr(error.text, row[i].want) != NULL))
			continue;
		fail_msg("%s\n got: %s", text, error.text);
	}
}

/* As many names of fields as rules may hold, whatever their case, and one. */
static void
names_are_bounded(void **state)
{
	char text[2000];

	(void)state;
	for (int names = 50; names <= 51; names++) {
		struct config_error error = {.text = ""};
		struct config *config = NULL;
		int n = snprintf(text, sizeof text,
				 "rules: [{name: a, action: reject, header: "
				 "['X-0: a', 'x-0: b'");
		for (int i = 0; i < names; i++)
			n += snprintf(text + n, sizeof text - (size_t)n,
				      ", 'X-%d: c'", i);
		n += snprintf(text + n, sizeof text - (size_t)n, "]}]\n");
		config_file_write(text, (size_t)n);
		int got = config_load(config_file_path(), &config, &error);
		config_unref(config);
		assert_int_equal(got, names == 50 ? ERR_OK : ERR_CONFIG);
		if (names == 51)
			assert_non_null(
			    strstr(error.text, "name more than 50 fields"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(conditions_are_read),
	    cmocka_unit_test(names_are_bounded),
	};

	return cmocka_run_group_tests_name("config_conditions", tests,
					   config_file_setup,
					   config_file_teardown);
}
