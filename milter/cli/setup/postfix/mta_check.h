/*
 * What in Postfix's configuration does not fit ours, and what would mend it:
 * `verdict config --mta` says the one, `verdict setup postfix` does the other.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_POSTFIX_MTA_CHECK_H
#define VERDICT_MILTER_CLI_SETUP_POSTFIX_MTA_CHECK_H

#include "config/config.h"
#include "milter/cli/setup/postfix/postconf.h"
#include "milter/cli/setup/reach/own.h"

/* One parameter, in main.cf or in one service's line of master.cf.  What
   several findings want of it is one edit. */
struct mta_edit {
	char *service; /* "submission/inet"; NULL: main.cf */
	char *parameter;
	char *value;    /* as it is written; NULL: its -o is taken out */
	struct buf why; /* a line for each finding, without its cure */
};

/* Where our entry shall stand among those of a list. */
enum mta_order { MTA_ANYWHERE, MTA_FIRST, MTA_LAST };

struct mta_plan {
	/* Wanted by the caller; anywhere: first where it is missing. */
	enum mta_order order;
	struct mta_edit *edit;
	size_t edits;
	/* Postfix would put off all mail, and no edit can help. */
	bool stops;
	/* An smtpd has no entry that leads to us; one has. */
	bool missing, asks;
	/* Of each finding, "name\n", whose name begins its line. */
	struct buf found;
};

void mta_plan_init(struct mta_plan *plan);
void mta_plan_clear(struct mta_plan *plan);
/* Takes over what `more` wants; its later word counts.  False: it has none that
   is not in the plan already. */
bool mta_plan_merge(struct mta_plan *plan, const struct mta_plan *more);
/* Takes over its findings alone, none of its edits. */
void mta_plan_note(struct mta_plan *plan, const struct mta_plan *more);

/* Who answers where entries of milters lead.  Each place is connected to once,
   for REACH_LOOK_S at most, and the connection is closed: nothing is said. */
struct mta_answers {
	const struct own *own; /* the caller's */
	struct mta_answer *answer;
	size_t answers;
	struct buf brought; /* lines: addresses that an earlier change wrote */
};

void mta_answers_init(struct mta_answers *answers, const struct own *own);
void mta_answers_clear(struct mta_answers *answers);

/*
 * All checks; answers NULL: none that connects to anybody.  Adds a line for
 * each finding, with its cure, to *out, fit for a terminal, and an edit for
 * each that can be mended without a choice of the admin's to *plan.  Returns
 * how many findings are mistakes, no hints.
 */
size_t mta_judge(const struct config *config, const struct postconf *postconf,
		 struct mta_answers *answers, struct mta_plan *plan,
		 struct buf *out);

/* The same where Postfix shall do without us: what is left of us in lists of
   milters, and entries where nobody answers. */
size_t mta_judge_without(const struct config *config,
			 const struct postconf *postconf,
			 struct mta_answers *answers, struct mta_plan *plan,
			 struct buf *out);

/* All parameters that the checks ask for; NULL ends them. */
extern const char *const mta_parameters[];

#endif
