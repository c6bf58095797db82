/*
 * What the daemon remembers: a journal (journal/journal.h), to which each
 * message's record (record/record.h) goes before the mail server has its
 * answer.
 *
 * Any thread; nothing here waits for a disk, and nothing that goes wrong with
 * the journal is a message's concern.
 */
#ifndef VERDICT_MILTER_SERVER_HISTORY_H
#define VERDICT_MILTER_SERVER_HISTORY_H

#include "config/config.h"
#include "journal/journal.h"

struct history;

/*
 * As the user the daemon becomes.  False: there can be no thread; errno tells.
 * *history_out is NULL where the configuration wants no journal, and all that
 * is below does nothing then.
 */
bool history_open(const struct config *config, const struct log *log,
		  struct history **history_out) MUST_CHECK;
void history_close(struct history *history);

/* A snapshot has come into force: what is decided from now on names it. */
void history_adopt(struct history *history, const struct config *config);

/* The record of a message that was decided under that snapshot. */
void history_message(struct history *history, const struct config *config,
		     struct arena *arena, const struct verdict *verdict);

/* False: there is no journal. */
bool history_report(struct history *history,
		    struct journal_report *report_out) MUST_CHECK;

#endif
