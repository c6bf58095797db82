#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size ? size : 1);

	if (copy == NULL)
		mem_exhausted(size);
	if (size)
		memcpy(copy, data, size);
	fuzz_one(str_n(copy, size));
	free(copy);
	return 0;
}
