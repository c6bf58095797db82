/*
 * What others can make the library do ends here: each bound with its reason
 * (the daemon's own stand in milter/limits.h).  Bounds that an admin may change
 * are defaults here and members of an options struct where they are used;
 * bounds that a standard sets are not configurable.  What only sizes a buffer
 * or a table stands with that.
 */
#ifndef VERDICT_BASE_LIMITS_H
#define VERDICT_BASE_LIMITS_H

#include <stdint.h>

/* --- names (RFC 1035 section 2.3.4) --- */
#define LIMIT_DOMAIN 253 /* text of 255 wire octets */
#define LIMIT_LABEL 63
/* RFC 5321 section 4.5.3.1: 64 octets, 255 octets, and the "@". */
#define LIMIT_MAILBOX 320

/* --- syntax --- */
/* Real comments nest once or twice; deeper is an attack on recursion. */
#define LIMIT_COMMENT_DEPTH 32
/* Real tag lists hold under 20 tags, each compared with all before it. */
#define LIMIT_TAGS 100
/* A log value longer than this tells an admin nothing more. */
#define LIMIT_LOG_VALUE 256
/* How often a limit that is passed is warned of: a flood must not fill the log.
 */
#define LIMIT_WARNING_MS 60000

/* --- header --- */
/* Real mail stays under 300 fields and 64 kB; lists add a few. */
#define LIMIT_HEADER_FIELDS 2000
#define LIMIT_HEADER_BYTES (1024 * 1024)
/* RFC 5322 section 2.1.1: at this octet Postfix's smtp and lmtp clients fold a
   longer line (smtp_line_length_limit), within a field, too. */
#define LIMIT_LINE 998
/* Sendmail's smtp mailers break a line that is longer (their L=), an octet
   before that, and put "!" there. */
#define LIMIT_LINE_SENDMAIL 990
/* Sendmail cuts an address, its display name included, after so many octets. */
#define LIMIT_ADDRESS_KEPT 254
/* Addresses of From that rules can look at; more may be any of their domains.
   Several authors are rare, and rarely more than two. */
#define LIMIT_AUTHOR_ADDRESSES 8
/* A From with more mailboxes than this is not written by people. */
#define LIMIT_FROM_MAILBOXES 100
/* Octets that hold any encoded word, if a program decodes it at all: RFC 2047
   section 2 allows 75. */
#define LIMIT_ENCODED_WORD 512
#define LIMIT_LIST_ID 255 /* RFC 2919 section 3 */
/* A Received field, and comments between its "from" and "by": real ones stay
   under 1 kB, and tell of the address, TLS, a certificate and a login. */
#define LIMIT_RECEIVED 8192
#define LIMIT_RECEIVED_COMMENTS 8
/* Trusted relays in a row whose Received fields are read: real sites have two
   or three. */
#define LIMIT_RELAY_HOPS 8
/* How long relays may have held a message: mail servers give up after 5 days
   (RFC 5321 section 4.5.4.1, Postfix: maximal_queue_lifetime). */
#define LIMIT_RELAY_HELD_S (5 * 86400)
/* Mail servers cut a field at about 60,000 octets. */
#define LIMIT_FROM_BYTES 65536
/* Names without a canonical form: each costs up to 0.3 ms of mapping. */
#define LIMIT_FROM_UNUSABLE 20
/* RFC 9989 section 11.5 asks for a cap; each domain costs a tree walk. */
#define LIMIT_AUTHOR_DOMAINS 4
/* Names on the way from From domains to what CNAMEs put in their places,
   where the mail server does so: each costs three questions. */
#define LIMIT_AUTHOR_ALIASES 12

/* --- DNS, one message --- */
/* 10 SPF terms with 10 addresses each, 10 keys and 5 walks fit; a storm not. */
#define LIMIT_DNS_QUESTIONS 200
/* Speculation may at most cause a fifth of that. */
#define LIMIT_DNS_PREFETCHES 40
/* RFC 7208 section 4.6.4 asks for at least 20 s for SPF. */
#define LIMIT_SPF_MS 20000
/* Well under Postfix's milter_content_timeout of 300 s. */
#define LIMIT_MESSAGE_MS 30000
/* One foreign zone (a walk, a signing domain) must not use it all up. */
#define LIMIT_ZONE_MS 8000

/* --- DNS, the engine --- */
/* resolv.conf: real ones stay under 1 kB, and a few lines show what is wrong
   with one. */
#define LIMIT_RESOLV_CONF 65536
#define LIMIT_RESOLV_CONF_TOLD 8
#define LIMIT_DNS_NAME_MS 5000 /* stub resolvers' customary patience */
/* Questions on the wire at once: 125 sockets a server. */
#define LIMIT_DNS_OUTSTANDING 2000
/* Of those: what was only prefetched leaves room for what is waited for. */
#define LIMIT_DNS_OUTSTANDING_PREFETCH (LIMIT_DNS_OUTSTANDING / 2)
#define LIMIT_DNS_PORT_USES 16       /* questions before a new source port */
#define LIMIT_DNS_CNAMES 8           /* chains of real zones stay under 4 */
#define LIMIT_DNS_EDNS_BYTES 1232    /* no fragments: DNS flag day 2020 */
#define LIMIT_DNS_CACHED_BYTES 16384 /* larger ones stay with a message */
/* All cached answers: a hundred thousand and more of the usual size. */
#define LIMIT_DNS_CACHE_BYTES (64 * 1024 * 1024)
/* Answers over this count for a message's memory; real ones stay under it. */
#define LIMIT_DNS_FREE_BYTES 4096
#define LIMIT_DNS_ANSWER_RRS 256 /* more of one type is an attack */
/* Of one record: 64 kB in full strings take 257. */
#define LIMIT_DNS_TXT_STRINGS 300
#define LIMIT_DNS_RDATA 4096       /* of all other types, which are short */
#define LIMIT_DNS_TTL 3600         /* a changed record shows within an hour */
#define LIMIT_DNS_NEGATIVE_TTL 900 /* a new record shows sooner yet */
/* Of a void answer without a SOA record: RFC 2308 section 5 asks for none. */
#define LIMIT_DNS_NO_SOA_TTL 60
/* Connections at once.  More than may be prefetched: the slow answers of one
   sender over TCP must not end the lookups of others. */
#define LIMIT_DNS_TCP 1500
#define LIMIT_DNS_FAILURE_TTL_MIN 5 /* RFC 9520 section 3.2: 1 s .. 5 min */
#define LIMIT_DNS_FAILURE_TTL_MAX 30
/* How long a message may wait without a slow place: a resolver that has to go
   to far servers needs less, and 100 messages a second of dead names hold 50
   threads by it. */
#define LIMIT_DNS_PATIENCE_MS 500
/* Slow lookups at once for one registrable domain, and in all where nobody says
   how many threads there are (shares.h). */
#define LIMIT_DNS_ZONE_WAITERS 64
#define LIMIT_DNS_SLOW_WAITERS 96
/* How long a zone counts as troubled, for each slow lookup and at most: whoever
   wants to keep threads busy by fresh dead zones needs one a second, so sixty.
 */
#define LIMIT_DNS_TROUBLE_STEP_MS 5000
#define LIMIT_DNS_TROUBLE_MS 60000
/* Brief places of a troubled zone, a third of all by default, and of a branch
   of it: four dead branches must come together to fill its zone. */
#define LIMIT_DNS_ZONE_BRIEF 16
#define LIMIT_DNS_BRANCH_BRIEF 4
/* A zone's where half of all are taken: a dozen dead zones must come together
   to keep the rest from a zone that was slow once. */
#define LIMIT_DNS_ZONE_BRIEF_SHARE 2

/* --- SPF (RFC 7208 section 4.6.4) --- */
#define LIMIT_SPF_TERMS 10
#define LIMIT_SPF_VOIDS 2 /* terms that find nothing */
#define LIMIT_SPF_MX 10
#define LIMIT_SPF_PTR 10
/* Records near 4 kB exist; a record is evaluated, not stored. */
#define LIMIT_SPF_RECORD 8192
/* An SMTP reply line holds no more. */
#define LIMIT_SPF_EXPLANATION 400

/* --- DKIM --- */
/* Tried, the rest is shown as skipped: RFC 6376 section 6.1 allows a limit, and
   real mail bears one to three. */
#define LIMIT_DKIM_SIGNATURES 10
/* Shown in results and header: beyond it signatures are only counted. */
#define LIMIT_DKIM_SHOWN 20
/* Names in U-labels, near the author and elsewhere: three of each shown one. */
#define LIMIT_DKIM_MAPPED (3 * LIMIT_DKIM_SHOWN)
#define LIMIT_DKIM_H_NAMES 256  /* real h= lists stay under 60 */
#define LIMIT_DKIM_RSA_MIN 1024 /* RFC 8301 section 3.2 */
#define LIMIT_DKIM_RSA_MAX 8192 /* cost grows with the square */
/* Real exponents have three; cost grows with their bits. */
#define LIMIT_DKIM_EXPONENT_OCTETS 8
#define LIMIT_DKIM_KEY_RECORD 8192 /* a key of 8192 bits takes 1.4 kB */
/* A signature whose body was changed says something while it is fresh: a list
   or a forwarder hands mail on within days. */
#define LIMIT_DKIM_HEADER_AGE (7 * 86400)
/* TXT records of one selector: RFC 6376 section 3.6.2.2 wants one, and a site
   that changes its key may show both. */
#define LIMIT_DKIM_KEYS_TRIED 2
/* CPU for header hashes and public keys of one message, microseconds: ten keys
   of 8192 bits over 1 MiB of header each take 7 ms on a common machine. */
#define LIMIT_CRYPTO_US 100000

/* --- ARC --- */
#define LIMIT_ARC_SETS 50 /* RFC 8617 section 5.2 step 1 */
/* RFC 8617 section 4.2.1: position = 1*2DIGIT */
#define LIMIT_ARC_INSTANCE_DIGITS 2
/* Key names of one chain: real ones pass two or three sealers. */
#define LIMIT_ARC_KEYS 16
/* Waiting for ARC alone, after the rest: it decides nothing by itself. */
#define LIMIT_ARC_MS 3000

/* --- DMARC (RFC 9989 section 4.10) --- */
#define LIMIT_WALK_QUERIES 8
#define LIMIT_DMARC_RECORD 8192 /* reports and all, real records are < 1 kB */
/* Each URI costs a report (section 4.6); real records name one to three. */
#define LIMIT_DMARC_URIS 10
/* Failed lookups whose possible answers are tried out, four for each. */
#define LIMIT_WALK_GUESSES 3

/* --- Authentication-Results --- */
/* What a line should keep to (RFC 5322 section 2.1.1). */
#define LIMIT_AUTHRES_LINE 78
/* A reason; with 20 signatures the field stays under 60,000 octets. */
#define LIMIT_AUTHRES_COMMENT 200
/*
 * Names in U-labels that are compared with ours: each costs up to 0.3 ms, and
 * no real header holds a handful.  One more counts as ours.
 */
#define LIMIT_AUTHRES_MAPPED 40

/* --- replies, rules and the configuration --- */
/* RFC 5321 section 4.5.3.1.5: less "550-5.7.26 " and CRLF. */
#define LIMIT_REPLY_LINE (512 - 13)
/* Help for the sender fits in a few; senders' logs show the first ones. */
#define LIMIT_REPLY_LINES 8
/* The reason in a reply: its line keeps room for the words around it. */
#define LIMIT_REPLY_REASON 400
/* The reason of a decision: one line of a log and of a header field, which RFC
   5322 section 2.1.1 allows 998 octets, though each may be a quoted-pair. */
#define LIMIT_REASON 400
/* Errors of a configuration file that are told at once: who mends more than a
   screen of them looks again. */
#define LIMIT_CONFIG_ERRORS 20
/* A rule's name, in each log line and as the label of a counter. */
#define LIMIT_RULE_NAME 64
/* Its reason and its owner: parts of one line of a log and of a reply. */
#define LIMIT_RULE_TEXT 200
/* A page of keywords takes 20 kB; what is larger is not a configuration. */
#define LIMIT_CONFIG_BYTES (1024 * 1024)
/* Files of entries for rules: half a million domains. */
#define LIMIT_LIST_BYTES (16 * 1024 * 1024)

/*
 * Networks that hold as much as one of this length prove nothing of a client: a
 * quarter of IPv4, half of the addresses of IPv6 that are given out (2000::/3).
 */
#define LIMIT_BROAD_V4 2
#define LIMIT_BROAD_V6 4

/* Domains in trusted-relays, and in forwarders, whose SPF is asked for a
   message: with 10 terms each they leave it half of its questions. */
#define LIMIT_CLIENT_SPF 8

/* How long before a rule expires the admin hears of it: time enough to ask whom
   it is for, also over a holiday. */
#define LIMIT_RULE_NOTICE_S (14 * 86400)

/* Fields of a header that rules look at, of the names that they hold: of hardly
   any does real mail bear more than a few.  Names of all rules together: each
   is compared with each field. */
#define LIMIT_RULE_FIELDS 100
#define LIMIT_RULE_FIELD_NAMES 50
/* Texts of one condition, each compared with each of those fields. */
#define LIMIT_RULE_FIELD_TEXTS 1000

/* Recipients of one message that rules can look at: what a mail server sends at
   once (Postfix: smtpd_recipient_limit), bounded. */
#define LIMIT_RECIPIENTS_KEPT 1000

/* Troubled names of From domains, each from one client network, whose mail is
   being put off: 7 MB. */
#define LIMIT_DEFERRALS 50000
/* Of one From domain and network, counted by themselves: the policy's own,
   MAIL FROM's and a key's or two; a sender can invent any number. */
#define LIMIT_DEFERRAL_NAMES 8
/* How often and how long it is put off: a fault of the DNS that passes has
   passed by then, and senders try for days (RFC 5321 section 4.5.4.1). */
#define LIMIT_DEFERRED_TIMES 5
#define LIMIT_DEFERRED_MS (4 * 3600 * 1000)
/* Deferrals so close count as one: mail servers wait 5 minutes or more before
   they try again (Postfix: minimal_backoff_time). */
#define LIMIT_DEFERRAL_BURST_MS (4 * 60 * 1000)

/* --- the journal --- */
/* One frame: a record takes under 1 kB, and comes to that where a message has a
   thousand recipients and every header field that rules may look at. */
#define LIMIT_JOURNAL_FRAME (2 * 1024 * 1024)
/* Segments of one journal: ten weeks of one each ten minutes, where nobody
   reads; a folder of more is slow to list. */
#define LIMIT_JOURNAL_SEGMENTS 10000
/* What looks like a frame while the next good one is looked for: each costs the
   checksum of up to a whole frame.  By chance none does. */
#define LIMIT_JOURNAL_SEARCH 64

/* --- records of messages --- */
/* Octets of one, and of its strings once they are whole: the largest message
   has 1 MiB of header, of which little is kept, and a thousand recipients of
   320 octets.  Real records take under 1 kB. */
#define LIMIT_RECORD_OCTETS (2 * 1024 * 1024)
/* What reading one may take: the largest real one needs half of it, and two
   octets of a hostile one may ask for a hundred. */
#define LIMIT_RECORD_MEMORY (16 * 1024 * 1024)
/* Questions that are told one by one: the default of what a message may ask. */
#define LIMIT_RECORD_QUESTIONS LIMIT_DNS_QUESTIONS
/* Octets of a Message-ID, which RFC 5322 section 2.1.1 has on one line. */
#define LIMIT_RECORD_MESSAGE_ID 998
/* Seconds since 1970, beyond the year 30000: no sum of two overflows. */
#define LIMIT_RECORD_TIME (INT64_C(1) << 40)

#endif
