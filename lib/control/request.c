#include "control/request.h"

/* What may follow the words. */
enum rest { NOTHING, JSON, ARGUMENT };
enum who { ANYBODY, PRIVILEGED };

static const struct row {
	struct str words;
	enum request_verb verb;
	enum rest rest;
	enum who who;
} rows[] = {
    {STR("status"), REQUEST_STATUS, JSON, ANYBODY},
    {STR("rules"), REQUEST_RULES, JSON, ANYBODY},
    {STR("metrics"), REQUEST_METRICS, NOTHING, ANYBODY},
    {STR("trace"), REQUEST_TRACE, NOTHING, ANYBODY},
    {STR("cache show"), REQUEST_CACHE_SHOW, ARGUMENT, ANYBODY},
    {STR("reload"), REQUEST_RELOAD, NOTHING, PRIVILEGED},
    {STR("trace on"), REQUEST_TRACE_ON, ARGUMENT, PRIVILEGED},
    {STR("trace off"), REQUEST_TRACE_OFF, ARGUMENT, PRIVILEGED},
    {STR("cache flush"), REQUEST_CACHE_FLUSH, NOTHING, PRIVILEGED},
};

#define N_ROWS (sizeof rows / sizeof rows[0])
static const struct request bad = {REQUEST_BAD, STR(""), false};

static const struct row *
row_of(enum request_verb verb)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].verb == verb)
			return &rows[i];
	return NULL;
}

static bool
is_argument(struct str text)
{
	return text.n > 0 && str_chr(text, ' ') == text.n &&
	       !str_has_control(text);
}

/* Reads the line as one of this row; rest: what follows the words. */
static bool
takes(const struct row *row, struct str line, struct request *request)
{
	struct str rest = str_from(line, row->words.n + 1);

	if (!str_starts(line, row->words) ||
	    (line.n > row->words.n && line.p[row->words.n] != ' '))
		return false;
	*request = (struct request){.verb = row->verb};
	if (row->rest == ARGUMENT) {
		request->argument = rest;
		return is_argument(rest);
	}
	request->json = row->rest == JSON && str_is(rest, "json");
	return request->json || line.n == row->words.n;
}

struct request
request_parse(struct str line)
{
	struct request request;

	for (size_t i = 0; i < N_ROWS; i++)
		if (takes(&rows[i], line, &request))
			return request;
	return bad;
}

/* Do the words begin with the row's, and how many are those? */
static bool
say(size_t n, const char *const *word, struct str row, size_t *used_out)
{
	struct str piece;
	size_t used = 0;

	for (; str_split(&row, ' ', &piece); used++)
		if (used == n || !str_is(piece, word[used]))
			return false;
	*used_out = used;
	return true;
}

struct request
request_of_words(size_t n, const char *const *word)
{
	struct request request = bad;
	size_t used;

	for (size_t i = 0; i < N_ROWS; i++) {
		bool more = rows[i].rest == ARGUMENT;
		if (!say(n, word, rows[i].words, &used) || used + more != n)
			continue;
		request.verb = rows[i].verb;
		if (more)
			request.argument = str_of(word[used]);
		break;
	}
	return request;
}

bool
request_write(const struct request *request, struct buf *out)
{
	const struct row *row = row_of(request->verb);

	if (row == NULL || (request->json && row->rest != JSON) ||
	    (row->rest == ARGUMENT ? !is_argument(request->argument)
				   : request->argument.n > 0))
		return false;
	buf_add(out, row->words);
	if (row->rest == ARGUMENT)
		buf_addc(out, ' ');
	buf_add(out, request->argument);
	buf_adds(out, request->json ? " json\n" : "\n");
	return true;
}

bool
request_is_privileged(enum request_verb verb)
{
	const struct row *row = row_of(verb);

	return row != NULL && row->who == PRIVILEGED;
}
