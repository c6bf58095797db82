/* Lines for people: where they are broken, and where not. */
#include "tests/support/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/wrap.h"

#define WORDS                                                             \
	"/etc/verdict-milter/verdict.yaml:3:5: a colon is missing after " \
	"mode; write \"mode: enforce\" there"

static void
test_text(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, NULL);
	wrap_text(&out, LINE_TEXT, str_lit("short\n\n  " WORDS "\n" WORDS), 4);
	assert_str(buf_str(&out),
		   "short\n\n"
		   "  /etc/verdict-milter/verdict.yaml:3:5: a colon is missing "
		   "after mode; write\n"
		   "      \"mode: enforce\" there\n"
		   "/etc/verdict-milter/verdict.yaml:3:5: a colon is missing "
		   "after mode; write\n"
		   "    \"mode: enforce\" there\n");
	buf_clear(&out);
}

/* What a script reads stays in one line. */
static void
test_no_terminal(void **state)
{
	char got[sizeof WORDS] = "";
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	wrap_print(file, str_lit(WORDS));
	rewind(file);
	assert_int_equal(fread(got, 1, sizeof got, file), sizeof WORDS - 1);
	assert_string_equal(got, WORDS);
	fclose(file);
}

static void
test_terminal(void **state)
{
	char got[300] = "";
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	char *name;

	(void)state;
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 ||
	    (name = ptsname(master)) == NULL)
		skip();
	FILE *file = fopen(name, "w");
	assert_non_null(file);
	wrap_print(file, str_lit(WORDS));
	fflush(file);
	/* A terminal hands on what it has so far. */
	for (size_t n = 0; strstr(got, "there\r\n") == NULL;) {
		ssize_t more = read(master, got + n, sizeof got - 1 - n);
		assert_true(more > 0);
		n += (size_t)more;
	}
	assert_non_null(strstr(got, "; write\r\n    \"mode: enforce\" there"));
	fclose(file);
	close(master);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_no_terminal),
	    cmocka_unit_test(test_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
