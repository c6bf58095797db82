#include "authres/authres.h"
#include "authres/claims.h"

#include <string.h>

/* The methods of IANA's registry that a delivery rule may look for. */
static const struct str methods[] = {
    STR("spf"),  STR("dkim"),  STR("arc"),        STR("dmarc"),
    STR("auth"), STR("adsp"),  STR("atps"),       STR("iprev"),
    STR("bimi"), STR("vbr"),   STR("domainkeys"), STR("sender-id"),
    STR("rrvs"), STR("smime"), STR("dnswl"),
};

/* Does a method end there, blanks and marks behind it aside? */
static bool
ends_in_method(struct str text)
{
	while (text.n > 0 && !ascii_is_alnum(text.p[text.n - 1]))
		text.n--;
	/* methodspec = method "/" version, RFC 8601 section 2.2 */
	size_t version = text.n;
	while (version > 0 && ascii_is_digit(text.p[version - 1]))
		version--;
	if (version > 0 && text.p[version - 1] == '/')
		return ends_in_method(str_first(text, version - 1));
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
		if (str_ends_nocase(text, methods[i]))
			return true;
	}
	return false;
}

void
break_results(char *text, size_t n, char instead)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '=' && ends_in_method(str_n(text, i)))
			text[i] = instead;
	}
}

struct str
authres_plain(struct arena *arena, struct str text, char instead)
{
	char *copy = arena_alloc(arena, text.n + 1);

	if (text.n > 0)
		memcpy(copy, text.p, text.n);
	break_results(copy, text.n, instead);
	return str_n(copy, text.n);
}
