/*
 * The one table of the configuration: every keyword but `rules` and what stands
 * in it (rules.h, policy/keywords.c), with its type, range, default, help, the
 * member of struct config it fills and what it refuses by itself.  The reader's
 * checks, the defaults, `verdict config` and the tests of conf/verdict.yaml and
 * of the manual page are all driven by it; to add a keyword is to add a line
 * here.
 */
#ifndef VERDICT_CONFIG_SCHEMA_H
#define VERDICT_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum config_type {
	CONFIG_BOOL,
	CONFIG_CHOICE,      /* one of `words`; stored as its index */
	CONFIG_CHOICE_TEXT, /* one of `words`; stored as text */
	CONFIG_NUMBER,
	CONFIG_SIZE,   /* octets */
	CONFIG_TIME,   /* milliseconds, times `scale` where stored */
	CONFIG_OCTAL,  /* permission bits */
	CONFIG_NAME,   /* of a user or group; may be empty */
	CONFIG_PATH,   /* absolute; may be empty */
	CONFIG_SOCKET, /* unix:/PATH, inet:PORT@ADDR, inet6:PORT@ADDR */
	CONFIG_FIELD,  /* name of a header field of our own */
	CONFIG_DOMAIN, /* may be empty */
	CONFIG_URL,    /* may be empty */
	CONFIG_STORE,  /* sqlite:/PATH, postgresql://... (store/sql.h) */
	/* lists: a single value stands for a list of one */
	CONFIG_DOMAINS,
	CONFIG_NETWORKS,
	CONFIG_CLIENTS, /* networks, names, domains by SPF */
	CONFIG_SERVERS,
	CONFIG_REPLY, /* lines of a template */
	CONFIG_TYPES  /* how many there are */
};

/* What a keyword is about. */
enum config_use {
	CONFIG_USE_HOST,   /* the daemon, and the host that it runs on */
	CONFIG_USE_VERIFY, /* what is found out of a message */
	CONFIG_USE_DECIDE  /* what becomes of it then, and what is written */
};

struct snapshot;
struct config_key;

/* Of a whole value that is stored: false, and why with what to do.  What
   concerns several keywords: check.c. */
typedef bool config_row_check(const struct snapshot *snapshot,
			      const struct config_key *key, struct buf *why);

struct config_key {
	const char *name; /* "keyword" or "section.keyword" */
	enum config_type type;
	size_t offset, size; /* of the member of struct config */
	/* The default.  BOOL, CHOICE, NUMBER, SIZE, TIME (ms), OCTAL: */
	uint64_t preset;
	/* All else, as in the file, a list's items spaced; NULL: empty. */
	const char *preset_text;
	uint64_t min, max;        /* NUMBER, SIZE, TIME (ms), OCTAL */
	const char *const *words; /* CHOICE*: base/words.h */
	unsigned scale;           /* TIME: 0 stands for 1 */
	enum config_use use;
	bool restart;            /* a reload cannot change it */
	config_row_check *check; /* what must not be; NULL: nothing */
	config_row_check *doubt; /* what is warned of; NULL: nothing */
	const char *help;        /* one sentence */
};

extern const struct config_key config_schema[];
extern const size_t config_schema_count;

/* section "" is the top level.  NULL: no such keyword. */
const struct config_key *schema_find(struct str section, struct str name);
bool schema_is_section(struct str name);
/* The keyword that was probably meant, looked for in all sections, or NULL. */
const struct config_key *schema_nearest(struct str name);
/* Where `candidate` is nearer to `name` than *least it becomes *near. */
void schema_closer(struct str name, struct str candidate, struct str *near,
		   size_t *least);
/* "; did you mean ...?" of the word that was probably meant, or nothing. */
void schema_add_nearest_word(struct buf *out, const char *const *words,
			     struct str text);
/* "limits" or "", and what follows the dot. */
struct str schema_section(const struct config_key *key);
struct str schema_keyword(const struct config_key *key);

#endif
