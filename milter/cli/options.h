/*
 * The words of a call, by one table for each command, as getopt_long() reads
 * them: --name VALUE, --name=VALUE, a beginning of a name that no other has,
 * -x VALUE, -xVALUE, and after -- nothing but arguments.  The same table makes
 * the list of options in the help.
 *
 * Nothing is copied: what is read points into argv.
 */
#ifndef VERDICT_MILTER_CLI_OPTIONS_H
#define VERDICT_MILTER_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/compat.h"

struct option_row {
	const char *name;     /* without "--"; NULL ends the table */
	char letter;          /* 0: none */
	const char *argument; /* what the help calls it; NULL: a flag */
	/* The value where another option or nothing follows; NULL: one must. */
	const char *fallback;
	/* One of the help's lines, or more, by "\n"; NULL: not listed. */
	const char *help;
	/* Bits of the commands that know it, where several share the table;
	   0: all. */
	unsigned of;
	/* The offset in `call` of a const char *, or of a flag's bool; ... */
	size_t at;
	/* ... or what takes the value (a flag's is NULL).  Returns NULL, or
	   what is wrong with the value. */
	const char *(*set)(void *call, const char *value);
};

struct options {
	const char *command; /* "check" */
	const char *usage;   /* of the help, above the list of options */
	const char *notes;   /* and below it */
	const struct option_row *row;
	unsigned is;    /* bit of the command in option_row.of */
	bool long_help; /* a wrong call points to it, and does not show it */
	/* A word that is no option; false: it has said what is wrong.  NULL:
	   the command takes none. */
	bool (*argument)(void *call, const char *word);
};

/*
 * Reads argv[1..] into `call`, in the order of the words; what is not given
 * stays.  False: what is wrong was said.
 */
bool options_read(const struct options *options, int argc, char **argv,
		  void *call) MUST_CHECK;
/* Says on standard error what is wrong with a call, and how it should be; words
   of the call as they are, since this makes the text fit for a terminal.
   Returns false. */
bool options_complain(const struct options *options, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* What --help shows. */
void options_help(const struct options *options, FILE *stream);

#endif
