/*
 * fixed FOLDER ZONE PASSES: a corpus through the library (tests/bench/pass.h).
 * Each message's Authentication-Results goes to standard output in the form of
 * the load program's --dump, from the last pass.
 *
 * Its instructions are counted: it does the same on every machine.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/pass.h"

#define PASSES_MAX 1000

static void
print_field(struct str message, struct str field)
{
	printf("{\"message\":\"%.*s\",\"answer\":\"c\",\"edits\":"
	       "[[\"i\",0,\"Authentication-Results\",\"",
	       STR_ARG(message));
	for (size_t i = 0; i < field.n; i++) {
		unsigned char c = (unsigned char)field.p[i];

		if (c < 0x20 || c == '"' || c == '\\')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	puts("\"]]}");
}

static void
answer(void *ctx, const struct mail *mail, struct verify *verify, bool last)
{
	struct arena *arena = verify_arena(verify);
	size_t deletions;

	(void)ctx;
	struct str field =
	    authres_build(arena, &pass_own, verify_verdict(verify));
	(void)authres_forged(arena, verify_header_fields(verify), &pass_own,
			     CLIENT_FOREIGN, &deletions);
	if (last)
		print_field(mail->name, field);
}

int
main(int argc, char **argv)
{
	uint64_t passes;

	if (argc != 4 || !str_uint(str_of(argv[3]), PASSES_MAX, &passes)) {
		fprintf(stderr, "usage: fixed FOLDER ZONE PASSES\n");
		return 64;
	}
	pass_over(argv[1], argv[2], passes, answer, NULL);
	return 0;
}
