#include "milter/observe/watch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/words.h"
#include "milter/limits.h"
#include "policy/origin.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)

/* A rate needs so many messages before it says something. */
#define DOMAIN_BEFORE 50
#define DOMAIN_NOW 20
/* Busy: so many messages in a day. */
#define TRUSTED_BUSY 20
/* Others still send: so many messages in a day. */
#define SITE_BUSY 100
#define CLIENTS_HOUR 100
/* One after the other: a message may come from elsewhere than a relay's MX. */
#define UNREAD_ROW 10
#define CLIENTS_PERCENT 80

#define WAYS 4
#define SETS (LIMIT_WATCH_DOMAINS / WAYS)

/* One From domain from one client network. */
struct rate {
	uint64_t id;      /* origin_id() */
	int64_t begun_ms; /* of the current hour; 0: the place is free */
	unsigned before, before_passed, now, now_passed;
	bool warned;
};

/* A trusted sealer or relay. */
struct trusted {
	uint64_t id; /* 0: the place is free */
	unsigned yesterday, today;
};

struct watch {
	pthread_mutex_t lock;
	const struct log *log;
	struct siphash_key key;
	atomic_uint warnings[WATCH_KINDS];
	struct buf said; /* lines that are logged once the lock is free */

	struct rate rate[SETS][WAYS];

	int64_t day_ms; /* when the day began */
	unsigned day_total;
	struct trusted trusted[LIMIT_WATCH_TRUSTED];

	unsigned unread; /* messages of relays in a row */
	const char *unread_reason;
	int64_t unread_ms; /* the last warning */

	int64_t hour_ms;
	unsigned hour_total, hour_hits; /* hits of the candidate */
	unsigned votes;                 /* Boyer and Moore's majority vote */
	struct ip candidate;
	int64_t rewritten_ms; /* the last warning */
};

struct watch *
watch_new(const struct log *log)
{
	struct watch *watch = mem_alloc(sizeof *watch);

	pthread_mutex_init(&watch->lock, NULL);
	watch->log = log;
	watch->key = siphash_key_random();
	buf_init(&watch->said, NULL);
	for (size_t i = 0; i < WATCH_KINDS; i++)
		atomic_init(&watch->warnings[i], 0);
	return watch;
}

void
watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

static void
warn(struct watch *watch, enum watch_kind kind, struct buf *line)
{
	atomic_fetch_add(&watch->warnings[kind], 1);
	buf_add(&watch->said, buf_str(line));
	buf_addc(&watch->said, '\n');
	buf_clear(line);
}

static void
begin_warning(struct buf *line, enum watch_kind kind)
{
	buf_init(line, NULL);
	log_value(line, "watch", str_of(watch_kind_text(kind)));
}

/* 0 is a free place. */
static uint64_t
never_0(uint64_t id)
{
	return id == 0 ? 1 : id;
}

static uint64_t
id_of(const struct watch *watch, const void *p, size_t n)
{
	return never_0(siphash(&watch->key, str_n(p, n)));
}

/* --- the pass rate of a domain --- */

static struct rate *
rate_find(struct watch *watch, uint64_t id, int64_t now_ms)
{
	struct rate *set = watch->rate[id % SETS], *oldest = &set[0];

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].id == id)
			return &set[i];
		if (set[i].begun_ms < oldest->begun_ms)
			oldest = &set[i];
	}
	*oldest = (struct rate){.id = id, .begun_ms = now_ms};
	return oldest;
}

/* What is older counts half. */
static void
rate_turn(struct rate *rate, int64_t now_ms)
{
	if (now_ms - rate->begun_ms < HOUR_MS)
		return;
	rate->before = rate->before / 2 + rate->now;
	rate->before_passed = rate->before_passed / 2 + rate->now_passed;
	rate->now = rate->now_passed = 0;
	rate->begun_ms = now_ms;
	/* Nine of ten pass: all is well again. */
	if (rate->before_passed * 10 >= rate->before * 9)
		rate->warned = false;
}

static bool
rate_fell(const struct rate *rate)
{
	return rate->before >= DOMAIN_BEFORE && rate->now >= DOMAIN_NOW &&
	       rate->before_passed * 10 >= rate->before * 9 &&
	       rate->now_passed * 2 < rate->now;
}

static void
watch_domain(struct watch *watch, const struct verdict *verdict, int64_t now_ms)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	struct buf line;

	if (dmarc == NULL ||
	    (dmarc->result != DMARC_PASS && dmarc->result != DMARC_FAIL))
		return;
	struct rate *rate = rate_find(
	    watch,
	    never_0(origin_id(&watch->key, verdict->client, dmarc->from)),
	    now_ms);
	rate_turn(rate, now_ms);
	rate->now++;
	rate->now_passed += dmarc->result == DMARC_PASS;
	if (rate->warned || !rate_fell(rate))
		return;
	rate->warned = true;
	char client[IP_TEXT_MAX];
	begin_warning(&line, WATCH_DOMAIN);
	log_value(&line, "from-domain", dmarc->from);
	log_value(&line, "client", str_of(ip_format(verdict->client, client)));
	log_number(&line, "passed", rate->now_passed);
	log_number(&line, "of", rate->now);
	log_number(&line, "passed-before", rate->before_passed);
	log_number(&line, "of-before", rate->before);
	log_value(&line, "reason",
		  str_lit("mail of this domain and network no longer passes "
			  "DMARC: see its reasons in the lines above"));
	warn(watch, WATCH_DOMAIN, &line);
}

/* --- sealers and relays --- */

static struct trusted *
trusted_find(struct watch *watch, uint64_t id)
{
	for (size_t i = 0; i < LIMIT_WATCH_TRUSTED; i++) {
		struct trusted *place = &watch->trusted[i];
		if (place->id == id || place->id == 0) {
			place->id = id;
			return place;
		}
	}
	return NULL;
}

static void
trusted_seen(struct watch *watch, const void *p, size_t n)
{
	struct trusted *known = trusted_find(watch, id_of(watch, p, n));

	if (known != NULL)
		known->today++;
}

static void
trusted_silent(struct watch *watch, const char *key, struct str name,
	       const void *p, size_t n)
{
	const struct trusted *known = trusted_find(watch, id_of(watch, p, n));
	struct buf line;

	if (known == NULL || known->today > 0 ||
	    known->yesterday < TRUSTED_BUSY || watch->day_total < SITE_BUSY)
		return;
	begin_warning(&line, WATCH_SILENT);
	log_value(&line, key, name);
	log_number(&line, "day-before", known->yesterday);
	log_value(&line, "reason",
		  str_lit("nothing came by it for a day: is it still in use, "
			  "under this name?"));
	warn(watch, WATCH_SILENT, &line);
}

/* What tells it from others of its list. */
static struct str
id_of_relay(const struct client_element *relay)
{
	return relay->by == CLIENT_BY_NETWORK
		   ? str_n((const char *)&relay->network.base,
			   sizeof relay->network.base)
		   : relay->domain;
}

static void
relay_silent(struct watch *watch, const struct client_element *relay)
{
	struct str id = id_of_relay(relay);
	struct buf text;

	buf_init(&text, NULL);
	client_element_add(&text, relay);
	trusted_silent(watch, "relay", buf_str(&text), id.p, id.n);
	buf_clear(&text);
}

static void
relay_seen(struct watch *watch, const struct client_element *relay,
	   const struct verdict *verdict)
{
	struct str id = id_of_relay(relay);

	if (relay == verdict->relay ||
	    (relay->by == CLIENT_BY_NETWORK &&
	     ip_in_network(verdict->client, &relay->network)))
		trusted_seen(watch, id.p, id.n);
}

static void
watch_relay(struct watch *watch, const struct verdict *verdict, int64_t now_ms)
{
	const struct verdict_seen *seen = &verdict->seen;
	bool fresh =
	    watch->unread_ms == 0 || now_ms - watch->unread_ms >= DAY_MS;
	struct buf line, relay;

	if (!seen->asked)
		return;
	watch->unread = seen->unread ? watch->unread + 1 : 0;
	watch->unread_reason = seen->reason;
	if (watch->unread < UNREAD_ROW || !fresh || verdict->relay == NULL)
		return;
	watch->unread_ms = now_ms;
	begin_warning(&line, WATCH_UNREAD);
	buf_init(&relay, NULL);
	client_element_add(&relay, verdict->relay);
	log_value(&line, "relay", buf_str(&relay));
	buf_clear(&relay);
	log_number(&line, "messages", watch->unread);
	log_value(&line, "reason", str_of(seen->reason));
	warn(watch, WATCH_UNREAD, &line);
}

static void
end_day(struct watch *watch, const struct watch_trusted *trusted)
{
	for (size_t i = 0; i < trusted->sealers->count; i++) {
		struct str name = trusted->sealers->name[i];
		trusted_silent(watch, "sealer", name, name.p, name.n);
	}
	for (size_t i = 0; i < trusted->relays->count; i++)
		relay_silent(watch, &trusted->relays->element[i]);
	for (size_t i = 0; i < LIMIT_WATCH_TRUSTED; i++) {
		watch->trusted[i].yesterday = watch->trusted[i].today;
		watch->trusted[i].today = 0;
	}
	watch->day_total = 0;
}

static bool
is_sealed_by(const struct arc_results *arc, struct str sealer)
{
	for (size_t i = 0; i < arc->count; i++)
		if (str_eq(arc->hop[i].domain, sealer))
			return arc->result == ARC_PASS;
	return false;
}

static void
watch_trusted(struct watch *watch, const struct verdict *verdict,
	      const struct watch_trusted *trusted, int64_t now_ms)
{
	if (now_ms - watch->day_ms >= DAY_MS) {
		end_day(watch, trusted);
		watch->day_ms = now_ms;
	}
	watch->day_total++;
	for (size_t i = 0; i < trusted->sealers->count; i++) {
		struct str name = trusted->sealers->name[i];
		if (is_sealed_by(&verdict->arc, name))
			trusted_seen(watch, name.p, name.n);
	}
	for (size_t i = 0; i < trusted->relays->count; i++)
		relay_seen(watch, &trusted->relays->element[i], verdict);
}

/* --- the clients' addresses --- */

static void
vote(struct watch *watch, struct ip client)
{
	if (watch->votes == 0) {
		watch->candidate = client;
		watch->hour_hits = 0;
	}
	if (ip_eq(watch->candidate, client)) {
		watch->votes++;
		watch->hour_hits++;
	} else {
		watch->votes--;
	}
}

static void
end_hour(struct watch *watch, int64_t now_ms)
{
	bool fresh =
	    watch->rewritten_ms == 0 || now_ms - watch->rewritten_ms >= DAY_MS;
	struct buf line;

	if (fresh && watch->hour_total >= CLIENTS_HOUR &&
	    watch->hour_hits * 100 > watch->hour_total * CLIENTS_PERCENT) {
		char client[IP_TEXT_MAX];
		watch->rewritten_ms = now_ms;
		begin_warning(&line, WATCH_REWRITTEN);
		log_value(&line, "client",
			  str_of(ip_format(watch->candidate, client)));
		log_number(&line, "messages", watch->hour_hits);
		log_number(&line, "of", watch->hour_total);
		log_value(
		    &line, "reason",
		    str_lit("nearly all mail of an hour came from one "
			    "address: if it is a proxy or relay of yours, "
			    "SPF checks the wrong host (trusted-relays, "
			    "or let it pass the client on)"));
		warn(watch, WATCH_REWRITTEN, &line);
	}
	watch->hour_total = watch->hour_hits = watch->votes = 0;
	watch->hour_ms = now_ms;
}

static void
watch_client(struct watch *watch, struct ip client, int64_t now_ms)
{
	if (now_ms - watch->hour_ms >= HOUR_MS)
		end_hour(watch, now_ms);
	watch->hour_total++;
	vote(watch, client);
}

static void
say(const struct log *log, struct buf *said)
{
	struct str rest = buf_str(said), line;

	while (str_split(&rest, '\n', &line))
		if (line.n > 0)
			log_line(log, LOG_LEVEL_WARNING, line);
	buf_clear(said);
}

void
watch_message(struct watch *watch, const struct verdict *verdict,
	      const struct watch_trusted *trusted, int64_t now_ms)
{
	struct buf said;

	if (!client_is_checked(verdict->client_class) ||
	    pthread_mutex_trylock(&watch->lock) != 0)
		return;
	if (watch->day_ms == 0)
		watch->day_ms = watch->hour_ms = now_ms;
	watch_trusted(watch, verdict, trusted, now_ms);
	watch_relay(watch, verdict, now_ms);
	/* A relay's mail says nothing of the hosts behind it. */
	if (verdict->client_class == CLIENT_FOREIGN) {
		watch_domain(watch, verdict, now_ms);
		watch_client(watch, verdict->client, now_ms);
	}
	said = watch->said;
	buf_init(&watch->said, NULL);
	pthread_mutex_unlock(&watch->lock);
	say(watch->log, &said);
}

unsigned
watch_warnings(const struct watch *watch, enum watch_kind kind)
{
	return atomic_load(&watch->warnings[kind]);
}

unsigned
watch_unread(struct watch *watch, const char **reason_out)
{
	pthread_mutex_lock(&watch->lock);
	unsigned unread = watch->unread >= UNREAD_ROW ? watch->unread : 0;
	*reason_out = unread > 0 ? watch->unread_reason : "";
	pthread_mutex_unlock(&watch->lock);
	return unread;
}

static const char *const kind_words[] = {[WATCH_DOMAIN] = "domain",
					 [WATCH_SILENT] = "silent",
					 [WATCH_UNREAD] = "unread",
					 [WATCH_REWRITTEN] = "rewritten",
					 NULL};

const char *
watch_kind_text(enum watch_kind kind)
{
	return words_text(kind_words, kind);
}
