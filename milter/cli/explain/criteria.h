/*
 * What `verdict search` looks for: conditions that must all hold, and the
 * narrowest term by which a store can find such messages.
 */
#ifndef VERDICT_MILTER_CLI_EXPLAIN_CRITERIA_H
#define VERDICT_MILTER_CLI_EXPLAIN_CRITERIA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ip.h"
#include "store/message.h"
#include "verdict/verdict.h"

/* An address, a domain, or ".domain": that and all below it. */
struct criterion {
	bool given, subtree, null; /* null: "<>" */
	struct str local;          /* "": any */
	struct str domain;         /* canonical */
	struct str whole;          /* as it was given */
};

struct criteria {
	struct criterion rcpt, from, mail_from;
	bool by_client, by_action;
	struct ip_network client;
	struct str rule;    /* "": any */
	enum action action; /* decided, whatever the mode */
	int64_t since, until;
};

/* Each returns NULL, or what is wrong: the end of a sentence. */
const char *criterion_read(struct arena *arena, const char *text,
			   struct criterion *criterion_out);
const char *criteria_read_client(const char *text, struct criteria *criteria);
const char *criteria_read_action(const char *text, struct criteria *criteria);

/* False: there is none, and all messages of the time have to be looked at. */
bool criteria_term(struct arena *arena, const struct criteria *criteria,
		   struct store_term *term_out);
bool criteria_match(struct arena *arena, const struct criteria *criteria,
		    const struct verdict *verdict);

#endif
