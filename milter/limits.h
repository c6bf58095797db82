/*
 * What others can make the daemon do ends here: each bound with its reason (the
 * library's stand in base/limits.h, the bounds of threads in base/shares.h).
 */
#ifndef VERDICT_MILTER_LIMITS_H
#define VERDICT_MILTER_LIMITS_H

/* --- mail servers --- */
/* Between two packets: longer than any timer of a mail server (RFC 5321 section
   4.5.3.2). */
#define LIMIT_IDLE_S 7210
/* What a mail server may pause within a packet; none does. */
#define LIMIT_PACKET_MS 30000
/* Mail servers send fields of 60,000 octets at most; others may send more. */
#define LIMIT_MILTER_PACKET (2 * 1024 * 1024)
/* RFC 5321 section 4.5.3.1.4: a command line; a longer HELO is no name. */
#define LIMIT_HELO 512
/* RFC 5321 section 4.5.3.1.5 allows 512; libmilter refuses more than this. */
#define LIMIT_REPLY 980
/* A quarantine reason: Postfix cuts it here. */
#define LIMIT_HOLD_REASON 100
/* Kinds of mail servers that are named in the log: more than any site has. */
#define LIMIT_MAILSERVERS 32

/* --- clients --- */
/* Questions a client may prefetch in vain before it gets no prefetch, those of
   five messages; and for how long. */
#define LIMIT_GUARD_PREFETCHES 200
#define LIMIT_GUARD_MS 60000
/* Clients that are remembered for that: 100 kB. */
#define LIMIT_GUARD_CLIENTS 4096

/* --- what is counted and noticed --- */
/* Names of rules whose hits are counted, those of earlier files included, since
   every reload may bring new ones. */
#define LIMIT_RULE_NAMES 4096
/* Domains whose mail is explained in the log at once, and for how long: an
   admin reads of a few, and may forget to end it. */
#define LIMIT_TRACES 16
#define LIMIT_TRACE_MS 3600000
/* From domains, each from one network, whose pass rate is watched: 640 kB. */
#define LIMIT_WATCH_DOMAINS 16384
/* Trusted sealers and relays that are watched; few sites name ten. */
#define LIMIT_WATCH_TRUSTED 128

/* --- what is remembered --- */
/* Snapshots of the configuration that a segment of the journal explains: those
   with which messages in progress may have begun.  At most JOURNAL_FIRST_MAX.
 */
#define LIMIT_HISTORY_CONTEXTS 8
/* Texts of the DNS that are known to stand in a segment, by two octets of their
   digests: 1.5 MB.  A segment has room for fewer; of two with the same octets
   each is written again. */
#define LIMIT_HISTORY_TEXTS 65536

/* --- DNS --- */
/* How often a silent server is tried: one question a minute costs nothing, and
   it is used again a minute after it is back. */
#define LIMIT_DNS_PROBE_MS 60000

/* --- the control socket --- */
/* An admin's command is a line of a few words. */
#define LIMIT_CONTROL_REQUEST 4096
#define LIMIT_CONTROL_MS 2000   /* to send it, and again to take the answer */
#define LIMIT_CONTROL_CLIENTS 8 /* admins, and the exporter */

#endif
