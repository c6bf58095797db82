/*
 * Asynchronous stub resolver with a cache, for the lookups of mail
 * authentication (RFC 1035, RFC 2308, RFC 6891, RFC 9520).
 *
 * A `dns_resolver` is made once in a process: one engine thread owns the
 * sockets, and all threads share the cache.  A `dns_session` is one message's
 * account with it: it counts questions against the message's limits, keeps the
 * answers alive, and remembers which limit was passed.
 *
 * Life of a lookup: the session's own answers, then the cache, then (within
 * the limits) one question on the wire, which all waiting sessions share.
 *
 * Answers are immutable and refcounted; those a session was given live as long
 * as the session, so callers keep no references of their own.
 *
 * Names are slices of labels joined by dots, without a trailing dot, any
 * octets but '.' in a label (SPF macros produce odd ones); they are compared
 * without case.  A name that cannot be put on the wire (empty label, label
 * over 63, over 253 octets) is answered NXDOMAIN without a question.
 */
#ifndef VERDICT_DNS_DNS_H
#define VERDICT_DNS_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compat.h"
#include "base/histogram.h"
#include "base/ip.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/str.h"
#include "base/suffix.h"

enum dns_type {
	DNS_A = 1,
	DNS_PTR = 12,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_AAAA = 28
};

enum dns_status {
	DNS_OK,       /* at least one record of the type asked for */
	DNS_NODATA,   /* the name exists without such a record */
	DNS_NXDOMAIN, /* the name does not exist (RFC 8020), or, if it is an
			 alias, the one at the end does not (RFC 6604) */
	DNS_FAILED,   /* SERVFAIL, REFUSED, an answer that proves nothing, a
			 CNAME loop */
	DNS_TIMEOUT,  /* silence, or the deadline passed */
	DNS_LIMIT,    /* not asked: the message's questions are used up */
	DNS_TOO_MANY  /* more TXT records than are taken: none is given */
};

struct dns_rr {
	struct ip ip;        /* A, AAAA */
	uint16_t preference; /* MX */
	struct str text;     /* MX, PTR: target, lower case, no trailing dot;
				TXT: the character-strings joined (raw octets) */
};

struct dns_answer {
	enum dns_status status;
	enum dns_type type;
	struct str name;    /* as asked, lower case */
	const char *reason; /* static; what went wrong, "" where nothing did */
	bool authentic;     /* AD from a resolver that is trusted for it */
	bool cut;           /* it had more than LIMIT_DNS_ANSWER_RRS records */
	uint32_t ttl;       /* seconds, as capped for the cache */
	size_t count;       /* > 0 exactly with DNS_OK */
	const struct dns_rr *rr; /* in the order of the answer */
	/* The targets of the CNAMEs on the way, at most LIMIT_DNS_CNAMES; ""
	   for one that no text can show.  A name that has one exists. */
	const struct str *alias;
	size_t aliases;
};

/* A short word for a status: "no such name", "timeout", ... */
const char *dns_status_text(enum dns_status status);
const char *dns_type_text(enum dns_type type);
/*
 * Why a lookup brought no answer, for the reason of a result: "TXT lookup of
 * NAME failed: the DNS server says SERVFAIL" and the like.  Printable ASCII.
 */
struct str dns_trouble_text(struct arena *arena,
			    const struct dns_answer *answer);
/* NODATA or NXDOMAIN: the void lookup of RFC 7208 section 4.6.4. */
bool dns_is_void(const struct dns_answer *answer);
/* FAILED or TIMEOUT: trouble that may pass. */
bool dns_is_trouble(const struct dns_answer *answer);
/* LIMIT or TOO_MANY: a bound of ours, which trying again does not move. */
bool dns_is_limited(const struct dns_answer *answer);
/*
 * Does the name asked for exist, whatever became of the lookup beyond it?  Both
 * false: nobody knows.
 */
bool dns_name_exists(const struct dns_answer *answer);
bool dns_name_is_absent(const struct dns_answer *answer);

/*
 * A parsed form kept beside a cached answer (a key, a record), made once and
 * freed with it.  `kind` is the address of a static object of the module that
 * owns the form.  get: NULL where no form of that kind is kept.  set: keeps
 * `form`, or frees it and returns the one another thread kept first; where a
 * form of another kind stands already, returns NULL and frees nothing.
 */
const void *dns_answer_form(const struct dns_answer *answer, const void *kind);
const void *dns_answer_set_form(const struct dns_answer *answer,
				const void *kind, void *form,
				void (*free_form)(void *));

/*
 * The fingerprint of a TXT answer, made once and kept with it; NULL where it
 * has no record.  Of one record: the first DNS_DIGEST_OCTETS of the SHA-256 of
 * its text.  Of several, in whatever order they came: the last ones of the
 * SHA-256 over theirs, in ascending order, so that no single text has the same.
 */
const uint8_t *dns_answer_digest(const struct dns_answer *answer);

/* --- the resolver --- */

struct dns_resolver;

/* An interface's name, or its number, with a NUL (netdevice(7)). */
#define DNS_SCOPE_MAX 16

struct dns_server {
	struct ip ip;
	uint16_t port;
	char scope[DNS_SCOPE_MAX]; /* of a link-local address; "" none */
};

#define DNS_SERVERS_MAX 8

struct dns_servers {
	struct dns_server server[DNS_SERVERS_MAX];
	size_t count;
};

struct dns_options {
	struct dns_server server[DNS_SERVERS_MAX];
	size_t servers;
	bool trust_ad; /* believe AD; only for a resolver on loopback */
	/* > 0: each server is tried at the start, when it leaves a question
	   without answer, and so often while it is silent.  0: nobody asks. */
	unsigned probe_ms;
	size_t cache_bytes;    /* 0: LIMIT_DNS_CACHE_BYTES */
	unsigned name_ms;      /* 0: LIMIT_DNS_NAME_MS */
	unsigned zone_waiters; /* 0: LIMIT_DNS_ZONE_WAITERS */
	unsigned slow_waiters; /* 0: LIMIT_DNS_SLOW_WAITERS */
	/* Told by a thread that looks up, where it has to wait for an answer:
	   true before, false after.  NULL: nobody is told. */
	void (*waits)(bool begins);
};

/*
 * "ADDR", "ADDR:PORT", "[V6]:PORT" or "V6"; port 53 unless given.  A V6 may
 * bear a scope, "fe80::1%eth0", and must where it is link-local.  A comment may
 * follow after a blank, "# ..." or "; ...".
 */
bool dns_server_parse(struct str text, struct dns_server *server_out);
/* Is there such an interface, where the server's address names one? */
bool dns_server_has_scope(const struct dns_server *server);
/* "ADDR:PORT" or "[V6]:PORT"; returns text. */
#define DNS_SERVER_TEXT (IP_TEXT_MAX + DNS_SCOPE_MAX + 8)
const char *dns_server_format(const struct dns_server *server,
			      char text[DNS_SERVER_TEXT]);
/*
 * The servers of a resolv.conf, read as glibc does; false: it names none, or
 * cannot be read, and 127.0.0.1 is taken.  Read are LIMIT_RESOLV_CONF octets.
 * *unusable: "PATH:LINE: why" and a line end for each of the first
 * LIMIT_RESOLV_CONF_TOLD lines that are passed over.
 */
bool dns_servers_read(const char *path, struct dns_options *options,
		      struct buf *unusable);

/*
 * Starts the engine.  The suffix list (may be NULL) and the log (may be NULL)
 * must outlive the resolver.  ERR_INPUT: no server; ERR_SYSTEM: errno tells.
 */
int dns_resolver_new(const struct dns_options *options,
		     const struct suffix_list *suffixes, const struct log *log,
		     struct dns_resolver **resolver_out) MUST_CHECK;

/*
 * A resolver without network: each question goes to `oracle`, on the thread
 * that asks, which returns an answer made with dns_answer_new() (or NULL for
 * NXDOMAIN).  For tests, fuzzing and replays.
 */
typedef struct dns_answer *dns_oracle(void *ctx, struct str name,
				      enum dns_type type);
struct dns_resolver *dns_resolver_new_offline(dns_oracle *oracle,
					      void *ctx) MUST_CHECK;

/* Every session must be gone.  Stops the thread; NULL is fine. */
void dns_resolver_free(struct dns_resolver *resolver);

/*
 * Asks these servers (1 or more, as dns_server_parse() makes them) instead of
 * those before, from any thread, not offline.  Questions on the wire begin
 * anew with them and have all their time again; the cache stays.
 */
void dns_resolver_change(struct dns_resolver *resolver,
			 const struct dns_servers *servers);

struct dns_counters {
	uint64_t lookups;    /* asked for by sessions */
	uint64_t cache_hits; /* of those */
	uint64_t questions;  /* sent, retransmissions not counted */
	uint64_t retransmissions;
	uint64_t tcp; /* answers fetched over TCP */
	uint64_t timeouts, failures;
	uint64_t dropped; /* datagrams that matched no question */
	uint64_t cache_bytes, cache_entries;
	uint64_t outstanding; /* on the wire now */
	/* From a question to its answer, or to giving up. */
	struct histogram_counts latency;
};
void dns_resolver_counters(struct dns_resolver *resolver,
			   struct dns_counters *counters_out);

enum dns_server_state {
	DNS_SERVER_UNKNOWN, /* has not been asked */
	DNS_SERVER_ANSWERS, /* whatever it says of a name */
	DNS_SERVER_SILENT,
	/* Also a name that every resolver knows: it is none, or not for us. */
	DNS_SERVER_REFUSES
};
/* With dns_options.probe_ms only; times on the monotonic clock, 0: never. */
struct dns_server_report {
	struct dns_server server;
	enum dns_server_state state;
	int64_t answered_ms, silent_ms;
};
/* In the order of the options; how many there are (0 offline). */
size_t dns_resolver_servers(
    struct dns_resolver *resolver,
    struct dns_server_report report_out[DNS_SERVERS_MAX]);
/*
 * Wakes the engine's thread and returns how often it had turned before: a later
 * call that returns another number shows that it turns.  Not offline.
 */
uint64_t dns_resolver_wake(struct dns_resolver *resolver);
/* Forgets every cached answer. */
void dns_resolver_flush(struct dns_resolver *resolver);
/*
 * What the cache knows of a name, one printable line for each type and each
 * record; false, with nothing added, where that is nothing.
 */
bool dns_resolver_show(struct dns_resolver *resolver, struct str name,
		       struct buf *out);

/* --- a message's account --- */

struct dns_session;

struct dns_limits {
	unsigned questions;  /* distinct name and type, cached or not */
	unsigned prefetches; /* of those, asked for by dns_prefetch() */
};

/* What a message has used; a snapshot. */
struct dns_usage {
	unsigned questions, prefetches;
	unsigned sent;     /* not answered by the cache */
	unsigned late;     /* lookups that their deadline ended */
	int64_t waited_us; /* by dns_lookup() */
	bool questions_exhausted, prefetches_exhausted;
	bool zone_waiters_exhausted; /* others waited for the zone already */
	/* or for slow answers of any zone, in all or of the session's network
	 */
	bool slow_waiters_exhausted;
	bool records_exhausted; /* an answer was cut */
};

/* Octets of a digest: enough that no two texts of the world share one. */
#define DNS_DIGEST_OCTETS 16

/* One question of a message, and what became of it. */
struct dns_question {
	struct str name; /* as asked, lower case */
	enum dns_type type;
	enum dns_status status; /* DNS_TIMEOUT: no answer has come */
	uint32_t ttl;           /* seconds, as capped for the cache */
	/* Of TXT records, with DNS_OK: dns_answer_digest(); else zeros. */
	uint8_t digest[DNS_DIGEST_OCTETS];
	const struct dns_answer *answer; /* NULL: none has come */
};

/* limits NULL: the defaults of base/limits.h.  Starts with one reference. */
struct dns_session *dns_session_new(struct dns_resolver *resolver,
				    const struct dns_limits *limits) MUST_CHECK;
/*
 * No arrival function runs after this: one that runs now is waited for.  The
 * owner's unref still follows.
 */
void dns_session_cancel(struct dns_session *session);
void dns_session_unref(struct dns_session *session);
void dns_session_usage(struct dns_session *session,
		       struct dns_usage *usage_out);

/*
 * What was asked for so far, in that order, prefetches included: as many as
 * usage.questions says, so no more than the limit.  The list is in the arena;
 * names and answers live as long as the session.
 */
size_t dns_session_questions(struct dns_session *session, struct arena *arena,
			     const struct dns_question **question_out);

/*
 * While lookups wait, they count for this network too (base/account.h): the
 * places of all are not for one.  0: for none.  Before the first lookup.
 */
void dns_session_count_for(struct dns_session *session, uint64_t network);
/*
 * Large answers (LIMIT_DNS_FREE_BYTES) count for the pool and the account,
 * until the session is cancelled; both may be NULL, and must live so long. Once
 * one found no room there nothing more is asked for.  Before the first lookup.
 */
void dns_session_charge(struct dns_session *session, struct arena_pool *pool,
			struct account *account);
enum arena_room dns_session_room(struct dns_session *session);

/*
 * While dns_lookup() waits, `tick` runs on its thread whenever every_ms have
 * passed since the last time (or since this call).  NULL: none.
 */
void dns_session_set_tick(struct dns_session *session, int64_t every_ms,
			  void (*tick)(void *ctx), void *ctx);

/*
 * Blocks until the answer is there or the monotonic clock passes deadline_ms.
 * Never NULL; valid until the session ends.  A cached answer is given even
 * after the deadline.  One thread of a session at a time.
 */
const struct dns_answer *dns_lookup(struct dns_session *session,
				    struct str name, enum dns_type type,
				    int64_t deadline_ms);

/*
 * Starts a lookup and returns at once.  `arrival` (may be NULL) runs once when
 * the answer is there: on the engine's thread, or on the caller's before this
 * returns where it is cached.  It may only look at the answer and call
 * dns_prefetch().  Arrivals of one session run one at a time; one that becomes
 * ready while another runs follows it, on that thread.  `release` (may be
 * NULL) is called exactly once with ctx when it is no longer needed, whether
 * or not arrival ran.  Beyond the limits, or while too much is on the wire,
 * nothing is asked; a session runs at most twice as many arrivals as it may
 * prefetch.
 */
typedef void dns_arrival(struct dns_session *session,
			 const struct dns_answer *answer, void *ctx);
void dns_prefetch(struct dns_session *session, struct str name,
		  enum dns_type type, dns_arrival *arrival, void *ctx,
		  void (*release)(void *ctx));

#endif
