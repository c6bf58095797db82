/*
 * Runs a fuzz target once for each file given, and says so in TAP.  A crash
 * ends the program, which the runner counts as a failure.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

static int
replay(const char *path)
{
	FILE *stream = fopen(path, "rb");
	struct buf input;

	if (stream == NULL)
		return 0;
	buf_init(&input, NULL);
	while (!feof(stream) && !ferror(stream))
		input.n += fread(buf_room(&input, 65536), 1, 65536, stream);
	int ok = !ferror(stream);
	fclose(stream);
	char *exact = malloc(input.n ? input.n : 1);
	for (size_t i = 0; i < input.n; i++)
		exact[i] = input.p[i];
	fuzz_one(str_n(exact, input.n));
	free(exact);
	buf_clear(&input);
	return ok;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		int ok = replay(argv[i]);
		failed += !ok;
		printf("%s %d - %s\n", ok ? "ok" : "not ok", i, argv[i]);
		fflush(stdout);
	}
	return failed != 0;
}
