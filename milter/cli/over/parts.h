/*
 * Inside: what is collected while the old files are read, and how the
 * translators, a file for each program, add to it.
 *
 * A reader makes options of a file; a translator's table has a row for each
 * option that the program's manual knows.  What a row does ends in notes (an
 * old option, and what became of it) and in values, both below a keyword of
 * ours.  All lives in the arena of the struct over.
 */
#ifndef VERDICT_MILTER_CLI_OVER_PARTS_H
#define VERDICT_MILTER_CLI_OVER_PARTS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/compat.h"
#include "base/ip.h"
#include "base/suffix.h"
#include "milter/cli/over.h"

/* Keywords of ours, in the order in which they are printed. */
enum over_key {
	OVER_LISTEN,
	OVER_AUTHSERV_ID,
	OVER_STRIP_IDS,
	OVER_MODE,
	OVER_ON_REJECT,
	OVER_ON_QUARANTINE,
	OVER_ON_TEMPERROR,
	OVER_ON_BAD_FROM,
	OVER_REPLY_TEXT,
	OVER_PARTIAL_BODY,
	OVER_CLOCK_TOLERANCE,
	OVER_TRUSTED_SEALERS,
	OVER_FORWARDERS,
	OVER_RULES,
	OVER_INTERNAL_NETWORKS,
	OVER_TRUSTED_RELAYS,
	OVER_RESOLVER,
	OVER_KEPT, /* any other keyword, from the file in force */
	OVER_DNS_TIMEOUT,
	OVER_SPF_TIME,
	OVER_SIGNATURES,
	OVER_HEADER_BYTES,
	OVER_LOG_FACILITY,
	OVER_NOTHING, /* no counterpart */
	OVER_KEYS
};

/*
 * Bounds of what is read.  A file has LIMIT_CONFIG_BYTES.  Real files have some
 * twenty options; each is compared with all others.
 */
enum {
	OVER_OPTIONS = 1000,
	/* Of one list: what an admin writes by hand, and a bound of what is
	   compared with each other.  The rest is said. */
	OVER_ENTRIES = 1000,
	/* Files that options and lists name, in all. */
	OVER_FILES = 30,
	OVER_NESTING = 5, /* of Include, as OpenDKIM has it */
	OVER_DEPTH = 16,  /* of rspamd's sections; real ones have four */
	OVER_SHOWN = 200  /* octets of an option in a comment */
};

struct over_row;

/* A line of an old file. */
struct over_option {
	struct str name, value;
	const char *file;
	size_t line;
	const struct over_row *row; /* of the table; NULL: unknown */
	bool is_path; /* of a file with entries, whatever it looks like */
};

/* What an option becomes. */
struct over_row {
	const char *name; /* a "*" at its end stands for anything */
	/* NULL: it has no counterpart, and `why` says so. */
	void (*take)(struct over *over, const struct over_option *option);
	const char *why; /* or what becomes of it */
};

/* One program, as it stands in its translator. */
struct over_translator {
	const char *name;           /* "OpenDMARC" */
	bool nocase;                /* of its options' names */
	bool equals;                /* "name = value", else "name value" */
	const struct over_row *row; /* a name of NULL ends it */
	/* After all rows: what several options say together.  May be NULL. */
	void (*finish)(struct over *over);
};

extern const struct over_translator over_opendmarc, over_opendkim,
    over_policyd_spf, over_rspamd;

/* "OpenDMARC" */
const char *over_name(enum over_program program);

struct over_item {
	struct str text;
	unsigned programs; /* that have it, 1 << enum over_program */
};

struct over_note {
	enum over_key key;
	struct str option; /* as it was; "" none */
	struct str place;  /* "FILE:LINE"; "" none */
	struct str text;
	bool marked; /* wants a look */
};

/* A keyword as the file in force has it. */
struct over_kept {
	struct str section; /* "" the top level */
	struct str text;    /* "keyword: value" */
	struct str place;   /* "FILE:LINE" */
	enum over_key key;  /* OVER_NOTHING: none of those; else it stands
			       where they do not set it */
};

struct over {
	struct arena *arena;
	struct suffix_list *suffixes; /* NULL until it is needed */
	struct buf notes;             /* of struct over_note */
	struct buf value[OVER_KEYS]; /* of struct over_item; a single value: one
					item */
	struct buf rules;            /* lines of YAML below "rules:" */
	struct buf mild_rules;       /* the same, after all others */
	struct buf excepted;         /* of struct ip_network: "!" in lists */
	struct buf acting;           /* options that refuse mail today */
	unsigned acts;               /* programs that have some */
	struct buf sources;          /* "PROGRAM: PATH" lines */
	struct buf kept;             /* of struct over_kept */
	unsigned hosts_of;           /* programs with a list of own hosts */
	bool relays_judged; /* trusted-relays holds whom all checks see today */
	uint32_t ports;     /* over_port_bit(): of the old ones */
	size_t files;

	/* The program in hand. */
	enum over_program program;
	const struct over_translator *translator;
	struct buf options; /* of struct over_option, in order */
	const char *folder; /* of rspamd's configuration; NULL: a file */
};

/* --- options --- */

/* The last one of that name, which counts; NULL: none. */
const struct over_option *over_find(const struct over *over, const char *name);
/* As OpenDKIM and OpenDMARC read a Boolean; NULL is no. */
bool over_yes(const struct over_option *option);
/* Is the value that word, in any case? */
bool over_is(const struct over_option *option, const char *word);

/* --- what became of them --- */

/* option may be NULL.  `why` is plain text of ours, or passed through a form of
   base/line.h. */
void over_note(struct over *over, enum over_key key,
	       const struct over_option *option, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* The same of what wants a look. */
void over_mark(struct over *over, enum over_key key,
	       const struct over_option *option, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* A single value, with a note.  Where another one stands already that does, and
   the conflict is marked. */
void over_set(struct over *over, enum over_key key,
	      const struct over_option *option, struct str value,
	      const char *why);
/* One more entry of a list, once.  False: the list is full. */
bool over_add(struct over *over, enum over_key key, struct str text);
bool over_has(const struct over *over, enum over_key key);
/* Is that text one of the keyword's values? */
bool over_holds(const struct over *over, enum over_key key, struct str text);
/* All of its values; good until one is added.  over_drop() takes one out. */
struct over_item *over_items(const struct over *over, enum over_key key,
			     size_t *count_out);
void over_drop(struct over *over, enum over_key key, size_t at);
/* The same of a value that is stricter than RFC 9989 advises, or worse for
   people than ours: it wants a look. */
void over_set_marked(struct over *over, enum over_key key,
		     const struct over_option *option, struct str value,
		     const char *why);
/* A rule: its lines of YAML without indentation, "name: ..." first.  It wants a
   look, since it decides otherwise than the sender's policy.  It only hardens,
   so all of its kind count together, whatever their order. */
void over_rule(struct over *over, const struct over_option *option,
	       const char *why, struct str lines);
/* The same of one that lets mail in.  It ends the search, so it comes after all
   others: what another program refused is refused still. */
void over_mild_rule(struct over *over, const struct over_option *option,
		    const char *why, struct str lines);
/* The option refuses or holds mail today. */
void over_acts(struct over *over, const char *what);
/* Text for a sentence or a list: printable, in quotes for YAML. */
struct str over_quoted(struct over *over, struct str text);
/* For a sentence, cut. */
struct str over_shown(struct over *over, struct str text);

/* --- lists --- */

/* Networks of the option's value (entries, or files that hold some) into that
   keyword, with a note that ends in `why`. */
void over_networks(struct over *over, enum over_key key,
		   const struct over_option *option, const char *why);
/* The same of domains, which must be somebody's for trusted-sealers. */
void over_domains(struct over *over, enum over_key key,
		  const struct over_option *option, const char *why);
/* The same, as "spf:DOMAIN" of a list of clients. */
void over_spf_domains(struct over *over, enum over_key key,
		      const struct over_option *option, const char *why);
/* The same of DNS servers, into resolver. */
void over_servers(struct over *over, const struct over_option *option,
		  const char *why);
/* A YAML list of what the option's value holds, for a rule: networks, or
   domains with `before` in front of each; "" where it holds nothing usable. */
struct str over_rule_networks(struct over *over,
			      const struct over_option *option);
struct str over_rule_domains(struct over *over,
			     const struct over_option *option,
			     const char *before);

/* A network as the old programs read it: host bits may be set, brackets may
   stand. */
bool over_network_parse(struct str entry, struct ip_network *out);
/* Is all of `inner` in it?  No network (IP_NONE) is in none and holds none. */
bool over_network_holds(const struct ip_network *outer,
			const struct ip_network *inner);
/* After all programs: what their networks say together.  What a list holds
   twice is named once, what lists contradict each other in is told. */
void over_finish_hosts(struct over *over);
/* The hosts or names of a sentence: the first five, so that it can be read. */
struct over_naming {
	struct buf names;
	size_t count;
};
/* False: they are enough. */
bool over_name_next(struct over_naming *naming, struct str text);
struct str over_named(struct over_naming *naming);
/* " (OpenDMARC, rspamd)": programs, 1 << enum over_program. */
void over_name_programs(struct buf *out, unsigned programs);

/* After all programs and what is kept: what they say together.  Each of them
   judged for itself and the strictest counted; where one's exception lets in
   what another refused, that is told. */
void over_finish(struct over *over);

/* --- the page --- */

/* Is the keyword set in the file in force, and stands from there? */
bool over_is_kept(const struct over *over, enum over_key key);
/* After all lists are finished: where the file in force says another thing than
   the old programs, that is a conflict. */
void over_compare_kept(struct over *over);
/* OVER_NOTHING: none of those. */
enum over_key over_key_of(struct str section, struct str name);
/* "keyword: value" as `verdict config` prints it. */
void over_add_setting(struct over *over, enum over_key key, struct buf *out);
/* Words, or elements of a YAML list, in lines of at most WRAP_COLUMNS where
   they can be parted; `first` begins the first line, `next` all others. */
void over_wrap(struct buf *out, const char *first, const char *next,
	       struct str text);
void over_wrap_yaml(struct buf *out, const char *first, const char *next,
		    struct str line);
/* The length up to the next blank after a comma outside of quotes, or all. */
size_t over_yaml_element(struct str text);

/* --- files --- */

/* A file that the configuration names.  False: a note says why not. */
bool over_file(struct over *over, enum over_key key,
	       const struct over_option *option, const char *path,
	       struct buf *out);

/* --- readers: text into over->options.  False: too many options --- */

bool over_read_words(struct over *over, const char *path, struct str text,
		     unsigned nesting);
/* prefix: the section that the whole file stands in, "dmarc."; or "".  False
   also where sections are over OVER_DEPTH deep. */
bool over_read_ucl(struct over *over, const char *path, const char *prefix,
		   struct str text);
bool over_option_add(struct over *over, const char *path, size_t line,
		     struct str name, struct str value);
/* The section that a file of rspamd's is of, by its name: "dmarc."; "" where
   it has sections itself. */
const char *over_rspamd_prefix(struct over *over, const char *path);
/* rspamd's files of its folder. */
bool over_read_rspamd(struct over *over, const char *folder, struct buf *why);

/* --- rows that several programs have --- */

/* Of the ports of which ours takes the first that no old program has, from that
   of the shipped verdict.yaml on; 0: none of these. */
uint32_t over_port_bit(uint64_t port);
enum { OVER_PORT = 8891, OVER_PORTS = 32 };

void over_take_authserv_id(struct over *over, const struct over_option *option);
void over_take_clock(struct over *over, const struct over_option *option);
void over_take_socket(struct over *over, const struct over_option *option);
void over_take_facility(struct over *over, const struct over_option *option);
void over_take_hosts(struct over *over, const struct over_option *option);
void over_take_dns_timeout(struct over *over, const struct over_option *option);

#endif
