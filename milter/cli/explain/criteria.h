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
#include "verdict/privacy.h"
#include "verdict/verdict.h"

/* An address, a domain, or ".domain": that and all below it; of recipients also
   a token (verdict/privacy.h). */
struct criterion {
	bool given, subtree, null; /* null: "<>" */
	struct str local;          /* "": any */
	struct str domain;         /* canonical */
	struct str whole;          /* as it was given */
	struct str token; /* what stands for it in records; "": none does */
};

struct criteria {
	struct criterion rcpt, from, mail_from;
	bool by_client, by_action;
	struct ip_network client;
	struct str rule;    /* "": any */
	enum action action; /* decided, whatever the mode */
	int64_t since, until;
};

/* Each returns NULL, or what is wrong: "it ..." */
const char *criterion_read(struct arena *arena, const char *text,
			   struct criterion *criterion_out);
const char *criteria_read_client(const char *text, struct criteria *criteria);
const char *criteria_read_action(const char *text, struct criteria *criteria);

/* Does any of them name an address? */
bool criteria_name_address(const struct criteria *criteria);
/* Also looks for what stands for the addresses under this key. */
void criteria_hide(struct arena *arena, struct criteria *criteria,
		   const struct siphash_key *key);

/* A message is found by one of these; 0: there is none, and all messages of the
   time have to be looked at. */
#define CRITERIA_TERMS 2
size_t criteria_terms(struct arena *arena, const struct criteria *criteria,
		      struct store_term term_out[CRITERIA_TERMS]);
bool criteria_match(struct arena *arena, const struct criteria *criteria,
		    const struct verdict *verdict);

#endif
