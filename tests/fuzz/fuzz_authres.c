#include "authres/authres.h"
#include "tests/fuzz/fuzz.h"

void
fuzz_one(struct str input)
{
	static const struct str ids[] = {STR("mx.receiver.example"),
					 STR("z.ab")};
	struct arena *arena = arena_new(NULL);
	struct header header;
	struct header_limits limits = {0};
	size_t count;

	header_init(&header, arena, &limits);
	header_add(&header, str_lit("Authentication-Results "), input);
	header_add(&header, str_lit("Authentication-Results"), input);
	/* the field as it is kept, its line ends made CRLF */
	bool claims = header.count > 0 &&
		      authres_claims(arena, header.field->value, ids, 2);
	struct authres_deletion *deletion = authres_forged(
	    arena, &header, ids, 2, AUTHRES_KEEP_NONE, str_empty(), &count);
	fuzz_require(count == (claims ? 2 : 0));
	if (claims)
		fuzz_require(deletion[0].occurrence == 2 &&
			     deletion[1].occurrence == 1);
	if (claims && str_starts_nocase(input, str_lit("z.ab;")))
		fuzz_canary(ids[1], "z.ab");
	arena_free(arena);
}
