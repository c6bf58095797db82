#include "base/err.h"
#include "config/config.h"
#include "config/reader.h"
#include "tests/fuzz/fuzz.h"

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	struct reader_result result;
	struct config_error error;

	if (reader_parse(arena, "fuzz", input, &result, &error)) {
		for (size_t i = 0; i < result.count; i++)
			fuzz_canary(result.entry[i].name, "zab");
	}
	arena_free(arena);
}
