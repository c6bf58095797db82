/*
 * Configuration files of other programs, translated into ours.  The input is up
 * to four files, a form feed between them: the first octet of each says whose
 * it is, "0" OpenDMARC's to "3" rspamd's.
 */
#include "base/err.h"
#include "config/snapshot.h"
#include "milter/cli/over.h"
#include "tests/fuzz/fuzz.h"

static void
check_lines(struct str text)
{
	struct str line;

	fuzz_require(text.n == 0 || text.p[text.n - 1] == '\n');
	while (str_split(&text, '\n', &line))
		fuzz_require(str_is_printable(line));
}

/* Where no name is set it is this host's, which may be unusable. */
static void
check_use(struct str text)
{
	struct config *config = NULL;
	struct config_error error = {""};

	if (config_load_text("fuzz", text, &config, &error) != ERR_OK) {
		fuzz_require(str_starts(str_of(error.text),
					str_lit("fuzz: authserv-id: this")));
		return;
	}
	fuzz_require(config->policy.mode == POLICY_MONITOR);
	for (size_t i = 0; i < config->policy.rules->count; i++)
		fuzz_canary(config->policy.rules->rule[i].name,
			    "opendkim-fail");
	config_unref(config);
}

void
fuzz_one(struct str input)
{
	struct over *over = over_new();
	struct str part;
	struct buf out, said, why;
	int last = -1;

	buf_init(&out, NULL);
	buf_init(&said, NULL);
	buf_init(&why, NULL);
	while (input.n > 0 && str_split(&input, '\f', &part)) {
		int program = part.n > 0 ? part.p[0] - '0' : -1;
		if (program <= last || program >= OVER_PROGRAMS)
			continue;
		last = program;
		bool good = over_read_text(over, (enum over_program)program,
					   "old", str_from(part, 1), &why);
		fuzz_require(good == (why.n == 0));
		buf_reset(&why);
	}
	over_print(over, &out, &said);
	check_lines(buf_str(&out));
	check_lines(buf_str(&said));
	check_use(buf_str(&out));
	buf_clear(&why);
	buf_clear(&said);
	buf_clear(&out);
	over_free(over);
}
