#include "control/request.h"

#include <stddef.h>

static const struct row {
	const char *words;
	enum request_verb verb;
	bool argument;
} rows[] = {
    {"status", REQUEST_STATUS, false},
    {"status json", REQUEST_STATUS_JSON, false},
    {"rules", REQUEST_RULES, false},
    {"rules json", REQUEST_RULES_JSON, false},
    {"metrics", REQUEST_METRICS, false},
    {"reload", REQUEST_RELOAD, false},
    {"trace", REQUEST_TRACE, false},
    {"trace on", REQUEST_TRACE_ON, true},
    {"trace off", REQUEST_TRACE_OFF, true},
    {"cache show", REQUEST_CACHE_SHOW, true},
    {"cache flush", REQUEST_CACHE_FLUSH, false},
};

/* Does the line begin with these words and go on with one more? */
static bool
takes(struct str line, struct str words, struct str *argument_out)
{
	struct str rest = str_from(line, words.n + 1);

	if (!str_starts(line, words) || line.n < words.n + 2 ||
	    line.p[words.n] != ' ' || str_chr(rest, ' ') < rest.n)
		return false;
	*argument_out = rest;
	return true;
}

struct request
request_parse(struct str line)
{
	struct request request = {REQUEST_BAD, str_empty()};

	if (str_has_control(line))
		return request;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct str words = str_of(rows[i].words);
		if (rows[i].argument ? takes(line, words, &request.argument)
				     : str_eq(line, words)) {
			request.verb = rows[i].verb;
			break;
		}
	}
	return request;
}

bool
request_is_privileged(enum request_verb verb)
{
	return verb >= REQUEST_RELOAD;
}
