#include "control/outcome.h"

#include "base/words.h"

#define OK "ok"
#define OK_LINE OK "\n"
#define ERROR "error "

static const char *const words[] = {
    [OUTCOME_OK] = OK,           [OUTCOME_USAGE] = "usage",
    [OUTCOME_DENIED] = "denied", [OUTCOME_REFUSED] = "refused",
    [OUTCOME_CONFIG] = "config", NULL};

void
outcome_ok(struct buf *out)
{
	buf_adds(out, OK_LINE);
}

void
outcome_error(enum outcome outcome, struct str reason, struct buf *out)
{
	buf_adds(out, ERROR);
	buf_adds(out, words_text(words, outcome));
	buf_addc(out, ' ');
	buf_add(out, reason);
	buf_addc(out, '\n');
}

static enum outcome
outcome_find(struct str word)
{
	size_t outcome;

	return words_find(words, word, &outcome) && outcome != OUTCOME_OK
		   ? (enum outcome)outcome
		   : OUTCOME_OTHER;
}

enum outcome
outcome_read(struct str answer, struct str *text_out)
{
	struct str word;

	*text_out = str_empty();
	if (str_starts(answer, str_lit(OK_LINE))) {
		*text_out = str_from(answer, sizeof OK_LINE - 1);
		return OUTCOME_OK;
	}
	if (!str_starts(answer, str_lit(ERROR)))
		return OUTCOME_UNKNOWN;
	answer = str_from(answer, sizeof ERROR - 1);
	if (answer.n > 0 && answer.p[answer.n - 1] == '\n')
		answer.n--;
	str_split(&answer, ' ', &word);
	*text_out = answer;
	return outcome_find(word);
}
