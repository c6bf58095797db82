/*
 * Which mail server speaks, and what it does to a message after us.
 *
 * It tells so itself, by the macros `v` and `j` and by what it agrees to.
 * Each kind is named once in the log.  Any thread.
 */
#ifndef VERDICT_MILTER_OBSERVE_MAILSERVER_H
#define VERDICT_MILTER_OBSERVE_MAILSERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/siphash.h"
#include "config/config.h"
#include "milter/limits.h"

struct mailserver {
	struct str name;    /* macro j, "" unknown */
	struct str version; /* macro v: "Postfix 3.7.11", "8.17.1.9" */
	bool leading_space; /* it hands over the blank after a colon */
};

struct mailservers {
	pthread_mutex_t lock;
	struct siphash_key key;
	uint64_t met[LIMIT_MAILSERVERS]; /* hashes of what they told */
	size_t count;
};

void mailservers_init(struct mailservers *mailservers);
void mailservers_clear(struct mailservers *mailservers);

/*
 * Where the keyword is `auto`: Postfix completes addresses before it calls a
 * milter, if at all; of anything else the most is expected that is possible.
 */
enum address_rewriting mailserver_rewriting(struct str version);

/* The first time it is met: one line, and warnings of what does not fit. */
void mailservers_meet(struct mailservers *mailservers, const struct log *log,
		      const struct config *config,
		      const struct mailserver *mailserver);

#endif
