#include "base/domain.h"
#include "mail/address.h"
#include "tests/fuzz/fuzz.h"

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	struct address_authors authors;
	struct address_path path;
	struct str again;

	address_authors(arena, input, &authors);
	fuzz_require(authors.count <= LIMIT_AUTHOR_DOMAINS);
	fuzz_require(authors.reason != NULL);
	for (size_t i = 0; i < authors.count; i++) {
		fuzz_require(domain_canonical(arena, authors.domain[i],
					      &again) == DOMAIN_OK);
		fuzz_require(str_eq(authors.domain[i], again));
		fuzz_canary(authors.domain[i], "z.ab");
	}
	address_path(arena, input, &path);
	fuzz_require(path.domain.n == 0 ||
		     domain_canonical(arena, path.domain, &again) == DOMAIN_OK);
	arena_free(arena);
}
