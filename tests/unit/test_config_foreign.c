/* Files of programs that stand before us, given as ours. */
#include "tests/support/test.h"

#include <string.h>

#include "base/err.h"
#include "config/snapshot.h"

static const struct {
	const char *text, *error;
} foreign[] = {
    {"# a\nSyslog true\nRejectFailures true\n",
     "new:3:1: \"RejectFailures\" is an option of OpenDMARC, and this its "
     "configuration, not verdict-milter's: \"verdict config --from-opendmarc "
     "new\" prints it translated"},
    {"Syslog yes\nKeyTable /x\n", "--from-opendkim new"},
    {"Syslog true\n", "--from-opendmarc new"},
    {"debugLevel = 1 \n", "--from-policyd-spf new"},
    {"TestOnly=1\n", "--from-policyd-spf new"},
    {"dmarc {\n}\n", "--from-rspamd new"},
    /* Ours, with a mistake in it. */
    {"listen: inet:8891@127.0.0.1\nmode enforce\non-quarantine: hold\n",
     "new:2:5: a colon is missing after mode; write \"mode: enforce\""},
    {"listen: inet:8891@127.0.0.1\nmode enforce",
     "new:2:5: a colon is missing after mode; write \"mode: enforce\""},
    {"mode enforce\n",
     "new:1:5: a colon is missing after mode; write \"mode: enforce\""},
    {"mode:enforce\n\n# a\non-quarantine: hold\n",
     "new:1:5: a space is missing after mode:; write \"mode: enforce\""},
    {"a: b\nmode:enforce\n",
     "new:2:5: a space is missing after mode:; write \"mode: enforce\""},
    {"limits:\n  dns-questions:5\n  dns-prefetches: 1\n",
     "new:2:16: a space is missing after dns-questions:; write "
     "\"dns-questions: 5\""},
    /* Its option, in our writing. */
    {"Domain a.example\nKeyFile /x\nmode sv\n", "--from-opendkim new"},
    /* Not what is wrong here. */
    {"mode: monitor\nlisten: \"x\n", "new:3:1: not valid YAML: "},
    {"mode : monitor\nmod: x\n", "did you mean \"mode\""},
    {"domain: x\n", "unknown keyword \"domain\""},
};

static void
test_foreign(void **state)
{
	struct config *config = NULL;
	struct config_error error;

	(void)state;
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
		assert_int_equal(config_load_text("new", exact(foreign[i].text),
						  &config, &error),
				 ERR_CONFIG);
		if (strstr(error.text, foreign[i].error) == NULL)
			fail_msg("%s: %s", foreign[i].text, error.text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_foreign)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
