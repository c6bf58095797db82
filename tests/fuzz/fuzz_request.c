/*
 * The octets of either end of the control socket: the input as a request's
 * line, and as the answer to one.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "control/outcome.h"
#include "control/request.h"
#include "tests/fuzz/fuzz.h"

#define WORDS_MAX 4

static bool
lies_in(struct str part, struct str whole)
{
	return part.n == 0 ||
	       (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void
require_same(struct request a, struct request b)
{
	fuzz_require(a.verb == b.verb && a.json == b.json);
	fuzz_require(str_eq(a.argument, b.argument));
}

/* What is written is read back. */
static void
check_written(struct request request)
{
	struct buf line;

	buf_init(&line, NULL);
	if (request_write(&request, &line)) {
		fuzz_require(line.n > 0 && line.p[line.n - 1] == '\n');
		struct str text = str_n(line.p, line.n - 1);
		fuzz_require(!str_has_control(text));
		require_same(request_parse(text), request);
	} else {
		fuzz_require(line.n == 0);
	}
	buf_clear(&line);
}

/* A request has one form, and that is the line. */
static void
check_request(struct str input)
{
	struct request request = request_parse(input);
	struct buf line;

	if (request.verb == REQUEST_BAD) {
		fuzz_require(request.argument.n == 0 && !request.json);
		return;
	}
	fuzz_require(lies_in(request.argument, input));
	fuzz_require(str_chr(request.argument, ' ') == request.argument.n);
	buf_init(&line, NULL);
	fuzz_require(request_write(&request, &line));
	fuzz_require(line.n == input.n + 1);
	fuzz_require(str_eq(str_first(buf_str(&line), input.n), input));
	buf_clear(&line);
	check_written(request);
	if (request.verb == REQUEST_TRACE_ON)
		fuzz_canary(request.argument, "zq.a");
}

/* As the command has it: words that a shell has split. */
static void
check_words(struct str input)
{
	const char *word[WORDS_MAX];
	struct str rest = input, piece;
	size_t n = 0;

	while (n < WORDS_MAX && str_split(&rest, ' ', &piece))
		word[n++] = mem_copy(piece.p, piece.n);
	struct request request = request_of_words(n, word);
	struct request parsed = request_parse(input);
	if (request.verb != REQUEST_BAD)
		check_written(request);
	if (parsed.verb != REQUEST_BAD && !parsed.json)
		require_same(request, parsed);
	while (n > 0)
		free((char *)(uintptr_t)word[--n]);
}

static void
check_error_written(enum outcome outcome, struct str reason)
{
	struct buf line;
	struct str text;

	buf_init(&line, NULL);
	outcome_error(outcome, reason, &line);
	fuzz_require(outcome_read(buf_str(&line), &text) == outcome);
	fuzz_require(str_eq(text, reason));
	buf_clear(&line);
}

static void
check_answer(struct str input)
{
	struct str text;
	enum outcome outcome = outcome_read(input, &text);

	fuzz_require(lies_in(text, input));
	switch (outcome) {
	case OUTCOME_OK:
		fuzz_require(str_starts(input, str_lit("ok\n")));
		fuzz_require(text.n == input.n - 3);
		break;
	case OUTCOME_UNKNOWN:
		fuzz_require(text.n == 0);
		break;
	case OUTCOME_OTHER:
		fuzz_require(str_starts(input, str_lit("error ")));
		break;
	case OUTCOME_USAGE:
	case OUTCOME_DENIED:
	case OUTCOME_REFUSED:
	case OUTCOME_CONFIG:
		check_error_written(outcome, text);
		break;
	}
}

void
fuzz_one(struct str input)
{
	check_request(input);
	check_words(input);
	check_answer(input);
	for (int i = OUTCOME_USAGE; i <= OUTCOME_CONFIG; i++)
		check_error_written((enum outcome)i, input);
}
