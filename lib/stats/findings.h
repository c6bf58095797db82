/*
 * What mode enforce would do, or did, to a time's mail: per From domain and
 * source, what that mail looks like, and what to do about it.  This is the
 * question of the first week, and the to-do list of the page.
 *
 * A finding is read from tallies alone; stats_samples() looks for messages of
 * one.  Rules for all of this: stats.h.
 */
#ifndef VERDICT_STATS_FINDINGS_H
#define VERDICT_STATS_FINDINGS_H

#include "stats/stats.h"

/* What such mail looks like.  Anybody can make mail that looks so: it is no
   proof, but for what the advice builds on. */
enum stats_looks {
	LOOKS_FORGERY,       /* nothing in it speaks for its From domain */
	LOOKS_OWN_SENDER,    /* somebody who sends in the site's own name */
	LOOKS_LIST,          /* of a mailing list */
	LOOKS_FORWARDER,     /* handed on */
	LOOKS_MISCONFIGURED, /* the From domain's own, set up wrongly */
	LOOKS_UNCLEAR,       /* what it could be told by had no answer */
	LOOKS_BAD_FROM,      /* on-bad-from */
	LOOKS_OVERSIZE,      /* on-oversize-header */
	LOOKS_DNS,           /* put off, or given up, for DNS trouble */
	LOOKS_LIMIT,         /* a limit of ours was reached */
	LOOKS_RULE           /* a rule of the admin's decided */
};

/* "forgery", "own sender", ... */
extern const char *const stats_looks_words[];

/* Where the mail came from. */
struct stats_source {
	/* The shortest that names it: "lists.uni.example", "mx.uni.example",
	   ".uni.example", "192.0.2.7", "192.0.2.0/24", "6 networks". */
	struct str text;
	/* Addresses; 0: there are more than STATS_CLIENTS. */
	struct str *client;
	size_t clients;
	/* What all of the mail has in common, or "": */
	struct str client_name; /* confirmed */
	struct str list;        /* List-Id */
	struct str spf_domain;  /* SPF passed for it */
	struct str dkim_domain; /* a signature of it passed */
	/* IPv4 /24, IPv6 /48: the least that there are. */
	size_t networks;
};

#define STATS_CLIENTS 4

/* What to do about it. */
enum stats_remedy {
	REMEDY_NOTHING,
	/* It may be genuine, and a forger may make it as well. */
	REMEDY_UNLESS_KNOWN,
	REMEDY_RULE /* a rule that lets it in */
};

struct stats_advice {
	enum stats_remedy remedy;
	/* "nothing", "nothing, unless you know it", "a rule" */
	struct str brief;
	/* One or two sentences: why, and what must be known to the admin
	   before. */
	struct str text;
	const char *keyword; /* what `yaml` stands under: "rules" */
	/* Valid configuration, whole lines: an item of that list, indented by
	   two.  "": there is nothing to paste. */
	struct str yaml;
};

struct stats_finding {
	enum action decided; /* never accept */
	int64_t messages;
	int64_t done; /* of those to which it was done: mode enforce */
	/* "" where the mail has none; with more than one, one of them. */
	struct str from_domain;
	size_t from_domains;
	struct stats_source source;
	enum stats_looks looks;
	struct stats_advice advice;
	struct str rule;     /* of LOOKS_RULE */
	int64_t first, last; /* begins of hours with it */
	/* None before the last day of the period, though there was mail. */
	bool is_new;
};

/* "refuse", "file as junk", "put off", "throw away" */
const char *stats_decided_text(enum action decided);
/* As a list names it: "bank.example", "12 domains", "(no From domain)". */
struct str stats_from_text(struct arena *arena,
			   const struct stats_finding *finding) MUST_CHECK;

struct stats_findings {
	/* What wants somebody first (own senders, misconfigured ones, lists,
	   forwarders), then the rest; within each the most mail first. */
	struct stats_finding *finding;
	size_t findings;
	size_t all;     /* the least that there are */
	int64_t rest;   /* messages of those that are not listed */
	size_t wanting; /* of all: stats_wants() */
	size_t fresh;   /* of all: is_new */
	int64_t decided[STATS_ACTIONS]; /* messages of all */
	/* Domains that the site's own clients send from: LOOKS_OWN_SENDER. */
	struct str *own;
	size_t owns; /* STATS_OWN_DOMAINS at most, the most mail first */
};

#define STATS_OWN_DOMAINS 100

struct stats_findings_options {
	struct stats_period period;
	int64_t now; /* rules to paste expire a while after that */
	size_t most; /* how many are listed */
};

/* Does such mail want somebody to do something?  Then there is something to
   paste. */
bool stats_wants(const struct stats_finding *finding);
/* It may be genuine, and any forger can make it: there is nothing to paste. */
bool stats_is_doubtful(const struct stats_finding *finding);

bool stats_findings(struct store *store, struct arena *arena,
		    const struct stats_findings_options *options,
		    struct stats_findings *findings_out) MUST_CHECK;

/* A message of a finding, the newest first. */
struct stats_sample {
	int64_t time;
	struct str queue_id;
	struct str client;
};

/* At most `most` of them, as far as some blocks of the newest parts have
   them: none is no error. */
bool stats_samples(struct store *store, struct arena *arena,
		   const struct stats_period *period,
		   const struct stats_finding *finding, size_t most,
		   struct stats_sample **sample_out,
		   size_t *samples_out) MUST_CHECK;

#endif
