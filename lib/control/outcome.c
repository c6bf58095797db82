#include "control/outcome.h"

static const struct str words[] = {
    [OUTCOME_USAGE] = STR("usage"),
    [OUTCOME_DENIED] = STR("denied"),
    [OUTCOME_REFUSED] = STR("refused"),
    [OUTCOME_CONFIG] = STR("config"),
};

#define OK_LINE "ok\n"
#define ERROR "error "

void
outcome_ok(struct buf *out)
{
	buf_adds(out, OK_LINE);
}

void
outcome_error(enum outcome outcome, struct str reason, struct buf *out)
{
	buf_adds(out, ERROR);
	buf_add(out, words[outcome]);
	buf_addc(out, ' ');
	buf_add(out, reason);
	buf_addc(out, '\n');
}

static enum outcome
outcome_of(struct str word)
{
	for (int i = OUTCOME_USAGE; i <= OUTCOME_CONFIG; i++)
		if (str_eq(word, words[i]))
			return (enum outcome)i;
	return OUTCOME_OTHER;
}

enum outcome
outcome_read(struct str answer, struct str *text_out)
{
	struct str line, word;

	*text_out = str_empty();
	if (str_starts(answer, str_lit(OK_LINE))) {
		*text_out = str_from(answer, sizeof OK_LINE - 1);
		return OUTCOME_OK;
	}
	if (!str_starts(answer, str_lit(ERROR)))
		return OUTCOME_UNKNOWN;
	answer = str_from(answer, sizeof ERROR - 1);
	str_split(&answer, '\n', &line);
	str_split(&line, ' ', &word);
	*text_out = line;
	return outcome_of(word);
}
