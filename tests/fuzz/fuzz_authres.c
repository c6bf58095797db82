#include "authres/authres.h"
#include <string.h>

#include "tests/fuzz/fuzz.h"

static bool
holds(struct str text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

void
fuzz_one(struct str input)
{
	static const struct str ids[] = {STR("mx.receiver.example"),
					 STR("z.ab")};
	static const struct authres_options own = {.ids = ids, .n_ids = 2};
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
	struct authres_deletion *deletion =
	    authres_forged(arena, &header, &own, CLIENT_FOREIGN, &count);
	size_t goes = 0;
	for (size_t i = 0; i < header.count; i++)
		goes += claims ||
			header_has_long_line(&header, &header.field[i]) ||
			holds(input, "\rAuthentication-Results:");
	fuzz_require(count >= goes && count <= header.count);
	for (size_t i = 1; i < count; i++)
		fuzz_require(deletion[i].occurrence <
			     deletion[i - 1].occurrence);
	struct str plain = authres_plain(arena, str_first(input, 400), ' ');
	fuzz_require(plain.n == str_first(input, 400).n &&
		     !holds(plain, "dmarc=") && !holds(plain, "spf ="));
	if (claims && str_starts_nocase(input, str_lit("z.ab;")))
		fuzz_canary(ids[1], "z.ab");
	arena_free(arena);
}
