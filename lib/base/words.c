#include "base/words.h"

const char *
words_text(const char *const *words, size_t value)
{
	size_t n = 0;

	while (n < value && words[n] != NULL)
		n++;
	return words[n] != NULL ? words[n] : "unknown";
}

bool
words_find(const char *const *words, struct str text, size_t *value_out)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (!str_is(text, words[i]))
			continue;
		*value_out = i;
		return true;
	}
	return false;
}

void
words_add(struct buf *out, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (i > 0)
			buf_adds(out, words[i + 1] != NULL ? ", " : " or ");
		buf_adds(out, words[i]);
	}
}

bool
words_yes_no(struct str text, bool *yes_out)
{
	static const char *const words[] = {"no",   "yes", "false",
					    "true", "off", "on"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!str_is_nocase(text, words[i]))
			continue;
		*yes_out = i % 2 == 1;
		return true;
	}
	return false;
}
