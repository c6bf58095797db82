#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/compat.h"

void
fuzz_require(int condition)
{
	if (!condition)
		abort();
}

void
fuzz_canary(struct str got, const char *planted)
{
	if (!CANARY_BUILD || !str_is(got, planted))
		return;
	/* what tests/fuzz/canaries looks for */
	fputs("fuzz: planted bug\n", stderr);
	abort();
}
