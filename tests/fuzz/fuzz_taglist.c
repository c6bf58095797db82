#include "mail/taglist.h"
#include "tests/fuzz/fuzz.h"

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	struct taglist list;

	if (taglist_parse(arena, input, &list) == NULL) {
		for (size_t i = 0; i < list.count; i++) {
			fuzz_require(list.tag[i].name.n > 0);
			fuzz_require(list.tag[i].value.n <= list.tag[i].raw.n);
		}
		const struct tag *tag = taglist_find(&list, "zq");
		if (tag != NULL)
			fuzz_canary(tag->value, "ab");
	}
	arena_free(arena);
}
