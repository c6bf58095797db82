#include <string.h>

#include "base/domain.h"
#include "mail/address.h"
#include "tests/fuzz/fuzz.h"

/* Whatever it follows, a name that a mail server completes is seen. */
static void
with_another(struct arena *arena, struct str input)
{
	struct address_authors authors;
	struct str text = arena_printf(arena, "%.*s, ceo", STR_ARG(input));

	address_authors(arena, text, &authors);
	fuzz_require(authors.count == 0 || authors.unreadable ||
		     authors.too_many);
}

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	struct address_authors authors;
	struct address_path path;
	struct str again;

	address_authors(arena, input, &authors);
	fuzz_require(authors.count <= LIMIT_AUTHOR_DOMAINS);
	fuzz_require(authors.addresses <= authors.count);
	fuzz_require(authors.reason != NULL);
	for (size_t i = 0; i < authors.count; i++) {
		fuzz_require(domain_canonical(arena, authors.domain[i],
					      &again) == DOMAIN_OK);
		fuzz_require(str_eq(authors.domain[i], again));
		fuzz_canary(authors.domain[i], "z.ab");
	}
	if (memchr(input.p, '\0', input.n) == NULL)
		with_another(arena, input);
	address_path(arena, input, &path);
	fuzz_require(path.domain.n == 0 ||
		     domain_canonical(arena, path.domain, &again) == DOMAIN_OK);
	arena_free(arena);
}
