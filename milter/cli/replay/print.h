/* What `verdict replay` says, for people and as JSON. */
#ifndef VERDICT_MILTER_CLI_REPLAY_PRINT_H
#define VERDICT_MILTER_CLI_REPLAY_PRINT_H

#include "milter/cli/replay/changes.h"
#include "store/look.h"

struct replay_about {
	const char *config; /* path of the one that was tried */
	const char *mode;   /* under which */
	int64_t since, until, now;
	struct str domain;      /* "" all */
	struct str unreplayed;  /* keywords that differ and cannot be tried */
	struct store_lost lost; /* records of that time */
};

void replay_print(const struct replay_about *about,
		  const struct changes *changes, bool json, struct buf *out);

#endif
