/* All errors of a file at once, in its order, and none that only follows. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "config/snapshot.h"

/* Where each error stands and how it begins, a line each. */
static const struct many {
	const char *what, *text, *want;
} many[] = {
    {"keywords, values, rules and contradictions",
     "rules:\n"
     "  - {name: a b, action: reject, spf: [passed, fail, fial]}\n"
     "  - {name: b, action: reject}\n"
     "mode: enforced\n"
     "max-sessions: many\n"
     "mod: x\n"
     "limits:\n"
     "  signatures: 0\n"
     "listen: inet:8891@192.0.2.1\n",
     "f:2:12: rules: name: \"a b\" is no name: write up to 64\n"
     "f:2:39: rules: spf: \"passed\" is not known: write none\n"
     "f:2:53: rules: spf: \"fial\" is not known: write none\n"
     "f:3:5: rules: b: no condition\n"
     "f:4:7: mode: \"enforced\" is not known\n"
     "f:5:15: max-sessions: \"many\" is not\n"
     "f:6:1: unknown keyword \"mod\"\n"
     "f:8:15: limits.signatures: \"0\" is out of range\n"
     "f:9:1: listen: other hosts can reach\n"},
    {"each item of a list",
     "trusted-sealers: [a..b, c.example, d e]\n"
     "internal-networks: [192.0.2.1/8, 192.0.2.2, x]\n"
     "rules: [{name: a, action: reject, client: [y, 192.0.2.1, z]}]\n",
     "f:1:19: trusted-sealers: \"a..b\"\n"
     "f:1:36: trusted-sealers: \"d e\"\n"
     "f:2:21: internal-networks: \"192.0.2.1/8\"\n"
     "f:2:45: internal-networks: \"x\"\n"
     "f:3:44: rules: a: client: \"y\"\n"
     "f:3:58: rules: a: client: \"z\"\n"},
    {"shapes that YAML has and we do not",
     "mode: *a\nuser: !x b\n&k pid-file: /x\nlog: {level: {a: b}}\n"
     "? [a]\n: b\nresolver: [[1], 127.0.0.1]\nmax-sessions: x\n---\nmode: x\n",
     "f:1:7: aliases\n"
     "f:2:7: tags\n"
     "f:3:1: anchors\n"
     "f:4:14: keywords are nested too deep\n"
     "f:5:3: a keyword must be one word\n"
     "f:7:12: a list holds single values only\n"
     "f:8:15: max-sessions: \"x\"\n"
     "f:9:1: a second document\n"},
    {"a value with an error contradicts nothing",
     "mode: enforce\non-quarantine: hodl\n",
     "f:2:16: on-quarantine: \"hodl\" is not known\n"},
    {"neither does a keyword that was meant",
     "mode: enforce\non-quarantne: hold\n",
     "f:2:1: unknown keyword \"on-quarantne\"; did you mean "
     "\"on-quarantine\"?\n"},
    {"nor one of another shape",
     "listen: inet:1@192.0.2.1\n"
     "allow-remote-mta: {a: 192.0.2.2}\n",
     "f:2:1: allow-remote-mta: takes a value, not keywords\n"},
    {"a rule with an error is not judged as a whole",
     "rules:\n"
     "  - {name: a, acton: accept, from: a.example}\n"
     "  - {nam: b, action: accept, from: a.example}\n"
     "  - {name: c, action: accept, from: a..b}\n"
     "  - {name: d, action: accept, clint: 192.0.2.1}\n",
     "f:2:15: rules: a: unknown keyword \"acton\"; did you mean \"action\"?\n"
     "f:3:6: rules: unknown keyword \"nam\"; did you mean \"name\"?\n"
     "f:4:37: rules: c: from: \"a..b\"\n"
     "f:5:31: rules: d: unknown keyword \"clint\"; did you mean \"client\"?\n"},
    {"what is mild depends on the policy",
     "on-quarantine: tga\nrules: [{name: a, action: tag, spf: fail}]\n",
     "f:1:16: on-quarantine: \"tga\" is not known\n"},
    {"what stands below an unknown section",
     "limit:\n  signatures: 0\n  nonsense: 1\nloog:\n  level: x\n"
     "rule:\n  - {name: a, action: x}\nmode: [{a: b}]\n",
     "f:1:1: unknown keyword \"limit\"; did you mean \"limits\"?\n"
     "f:4:1: unknown keyword \"loog\"; did you mean \"log\"?\n"
     "f:7:5: a list holds single values only\n"
     "f:8:8: a list holds single values only\n"},
    {"what was read before the rest is no YAML",
     "user: a b\nrules:\n"
     "  - {name: a, action: refuse, spf: fail}\n"
     "  - name: b\n    from: [a..b]\n   action: x\nmode: enforce\n",
     "f:1:7: user: \"a b\" is not a user\n"
     "f:3:23: rules: a: action: \"refuse\" is not known\n"
     "f:5:12: rules: b: from: \"a..b\"\n"
     "f:6:4: not valid YAML: \n"},
    {"both texts of a rule",
     "rules: [{name: a, reason: \"a\\nb\", reply: \"a\\nb\"}]\n",
     "f:1:27: rules: a: reason: write up to 200\n"
     "f:1:42: rules: a: reply: write up to 200\n"},
    {"one word for several lines too many",
     "reply-text: [1,2,3,4,5,6,7,8,9,a,b]",
     "f:1:30: reply-text: \"9\" is one line too many\n"},
};

static void
read_errors(const char *text, struct config_error *error)
{
	struct config *config = NULL;

	if (config_load_text("f", exact(text), &config, error) != ERR_CONFIG)
		fail_msg("accepted: %s", text);
}

static void
all_are_told_and_none_that_follows(void **state)
{
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < sizeof many / sizeof many[0]; i++) {
		struct str want = str_of(many[i].want), expected, line;
		read_errors(many[i].text, &error);
		struct str got = str_of(error.text);
		while (str_split(&want, '\n', &expected) && expected.n > 0) {
			if (!str_split(&got, '\n', &line) ||
			    !str_starts(line, expected))
				fail_msg("%s: want %.*s in\n%s", many[i].what,
					 STR_ARG(expected), error.text);
		}
		if (str_split(&got, '\n', &line))
			fail_msg("%s: too much in\n%s", many[i].what,
				 error.text);
	}
}

static void
count_line(void *ctx, struct str line)
{
	assert_true(line.n > 0);
	++*(size_t *)ctx;
}

/* The first ones in the file's order, though rules are read last. */
static void
twenty_at_most(void **state)
{
	struct config_error error;
	struct buf text;
	size_t lines = 0;

	(void)state;
	buf_init(&text, NULL);
	buf_adds(&text, "rules:\n");
	for (int i = 0; i < 12; i++)
		buf_printf(&text, "  - {name: r%d, action: x, spf: fail}\n", i);
	for (int i = 0; i < 13; i++)
		buf_printf(&text, "nonsense%d: x\n", i);
	buf_addc(&text, '\0');
	read_errors(text.p, &error);
	config_each_error(&error, count_line, &lines);
	assert_int_equal(lines, LIMIT_CONFIG_ERRORS + 1);
	assert_true(str_starts(str_of(error.text),
			       str_lit("f:2:24: rules: r0: action")));
	assert_non_null(strstr(error.text, "\nf:21:1: unknown keyword "
					   "\"nonsense7\""));
	assert_null(strstr(error.text, "nonsense8"));
	assert_non_null(
	    strstr(error.text, "\nf: and 5 more; mend these first"));
	buf_clear(&text);
}

/* Words that were probably meant, where a word is wanted. */
static void
did_you_mean(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {"mode: enforced", "; did you mean \"enforce\"?"},
	    {"on-quarantine: hodl", "; did you mean \"hold\"?"},
	    {"log: {level: dbug}", "; did you mean \"debug\"?"},
	    {"log: {facility: locl3}", "; did you mean \"local3\"?"},
	    {"rules: [{name: a, action: rejct}]", "; did you mean \"reject\"?"},
	    {"rules: [{name: a, spf: [fial]}]", "; did you mean \"fail\"?"},
	    {"limts: {signatures: 1}", "; did you mean \"limits\"?"},
	    {"ruls: []", "; did you mean \"rules\"?"},
	};
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		read_errors(rows[i].text, &error);
		if (!str_ends_nocase(str_of(error.text), str_of(rows[i].want)))
			fail_msg("%s: %s", rows[i].text, error.text);
	}
	read_errors("mode: qqqqqq", &error);
	assert_null(strstr(error.text, "did you mean"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_are_told_and_none_that_follows),
	    cmocka_unit_test(twenty_at_most),
	    cmocka_unit_test(did_you_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
