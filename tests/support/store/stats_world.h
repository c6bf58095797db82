/*
 * A store of mail that is described in a line, judged by the policy of a
 * configuration: what `verdict stats` is asked about.
 */
#ifndef TESTS_SUPPORT_STORE_STATS_WORLD_H
#define TESTS_SUPPORT_STORE_STATS_WORLD_H

#include "config/config.h"
#include "store/store.h"

/* 2026-11-29 12:00 UTC, a full hour */
#define STATS_WORLD_NOW ((int64_t)1795953600)
#define STATS_WORLD_HOUR 3600
#define STATS_WORLD_DAY 86400

/* NULL: "", or none. */
struct stats_mail {
	const char *from;          /* NULL: no From domain, a bad From */
	enum dmarc_policy policy;  /* of its DMARC record; */
	bool no_policy;            /* it has none */
	const char *client, *name; /* address and confirmed name */
	const char *spf;           /* the domain for which SPF passes */
	bool spf_open;             /* ... for anybody */
	const char *dkim, *broken; /* d= of a signature that passes, fails */
	const char *list;          /* List-Id */
	const char *queue_id;      /* NULL: "Q0", "Q1", ... */
	const char *local;         /* of MAIL FROM; NULL: "bounce" */
	const char *recipient;
	const char *spf_says; /* its reason, and exp= */
	enum client_class class;
	enum dmarc_result trouble; /* DMARC_TEMPERROR: a lookup failed */
	int count;                 /* so many of them; 0: one */
	int64_t ago;               /* seconds before STATS_WORLD_NOW */
	int64_t each;              /* and each so many seconds later */
};

/* For one test, of a store_world. */
int stats_world_setup(void **state);
int stats_world_teardown(void **state);
struct store *stats_world_store(void);

/* The configuration by which mail is judged from now on; the default is mode
   monitor with on-quarantine: hold. */
void stats_world_configure(const char *text);
/* Mail comes in, and its records into the store. */
void stats_world_mail(const struct stats_mail *mail, size_t n);
/* What the policy of the configuration decides of one. */
enum action stats_world_decide(const char *configuration,
			       const struct stats_mail *mail);
/* Events and gaps. */
void stats_world_event(int64_t ago, const char *what, const char *version,
		       const char *mode);
void stats_world_gap(int64_t ago, int64_t messages);
/* The DNS had that text under the name, from then to then. */
void stats_world_seen(const char *name, const char *text, int64_t first_ago,
		      int64_t last_ago);

#endif
