/* What the DNS had for a sender that broke, and has since. */
#include "stats/changes.h"

#include "base/buf.h"
#include "dns/dns.h"
#include "store/look.h"

/* Names that were seen with so many answers have a new one each time. */
#define ANSWERS 32
#define ANSWER_LEFT "LIMIT 32"
/* How long before mail began to fail a change may be its cause (keys and
   records are cached, some senders queue), and how long after it was seen. */
#define BEFORE_S (3 * 86400)
#define AFTER_S 86400
/* dns_seen.last is up to a day old, and an answer is cached for an hour. */
#define LAST_S (25 * 3600)
#define TEXT_MAX 2000

struct answer {
	struct str digest;
	int64_t first, last;
};

static bool
read_answers(struct store *store, struct arena *arena, struct str name,
	     struct answer answer[ANSWERS], size_t *n_out)
{
	static const char text[] = "SELECT digest, first, last FROM dns_seen "
				   "WHERE name = $1 "
				   "ORDER BY last DESC " ANSWER_LEFT;
	const struct sql_value value = sql_text(name);
	struct sql *sql = store_sql(store);
	enum sql_step step;
	size_t n = 0;

	if (!sql_query(sql, text, &value, 1))
		return false;
	while ((step = sql_next(sql)) == SQL_ROW && n < ANSWERS)
		answer[n++] = (struct answer){
		    arena_copy(arena, sql_get_octets(sql, 0)),
		    sql_get_integer(sql, 1), sql_get_integer(sql, 2)};
	sql_end(sql);
	*n_out = n;
	return step != SQL_FAILED;
}

/* The TXT records of an answer, one a line. */
static bool
read_text(struct store *store, struct arena *arena, struct str digest,
	  struct str *text_out)
{
	const struct str *text;
	struct buf out;
	size_t texts, i;

	buf_init(&out, arena);
	if (digest.n != DNS_DIGEST_OCTETS) {
		*text_out = str_empty();
		return true;
	}
	if (!store_texts(store, arena, (const uint8_t *)digest.p, &text,
			 &texts))
		return false;
	for (i = 0; i < texts && out.n < TEXT_MAX; i++) {
		if (i > 0)
			buf_addc(&out, '\n');
		buf_add(&out, str_first(text[i], TEXT_MAX));
	}
	*text_out = buf_str(&out);
	return true;
}

static bool
is_about(int64_t time, const struct stats_break *broke)
{
	return time >= broke->time - BEFORE_S && time <= broke->time + AFTER_S;
}

/* answer[0] is the one that was seen last. */
static bool
add_change(struct store *store, struct arena *arena, struct str name,
	   const struct answer *answer, size_t n, int64_t last_failed,
	   struct stats_break *broke)
{
	struct stats_change change = {.name = name};
	const struct answer *was = NULL, *is = &answer[0];
	size_t i;

	if (is->last + LAST_S < last_failed && is_about(is->last, broke)) {
		was = is;
		is = NULL;
	} else if (is_about(is->first, broke)) {
		for (i = n - 1; i > 0; i--)
			if (answer[i].first < is->first &&
			    answer[i].last <= is->first + AFTER_S)
				was = &answer[i];
	}
	if (!was)
		return true;
	change.gone = !is;
	change.time = is ? is->first : was->last;
	if (!read_text(store, arena, was->digest, &change.was) ||
	    (is && !read_text(store, arena, is->digest, &change.is)))
		return false;
	broke->change[broke->changes++] = change;
	return true;
}

static bool
look_at(struct store *store, struct arena *arena, struct str name,
	int64_t last_failed, struct stats_break *broke)
{
	struct answer answer[ANSWERS];
	size_t n;

	if (broke->changes == STATS_CHANGES)
		return true;
	if (!read_answers(store, arena, name, answer, &n))
		return false;
	return n == 0 ||
	       add_change(store, arena, name, answer, n, last_failed, broke);
}

/* "s1 sender.example" */
static struct str
key_name(struct arena *arena, struct str selector)
{
	struct str rest = selector, label;

	(void)str_split(&rest, ' ', &label);
	return arena_printf(arena, "%.*s._domainkey.%.*s", STR_ARG(label),
			    STR_ARG(rest));
}

/* Selectors of a domain that are looked at: the ones with the most mail. */
#define SELECTORS 8

/* Of all its selectors, or of that one. */
static bool
look_at_keys(struct store *store, struct arena *arena,
	     const struct stats_domain *domain,
	     const struct stats_origin *selector, int64_t last_failed,
	     struct stats_break *broke)
{
	size_t i, looked = 0;

	for (i = 0; i < domain->origins && looked < SELECTORS; i++) {
		const struct stats_origin *one = &domain->origin[i];

		if (one->kind != ORIGIN_SELECTOR ||
		    (selector && one != selector))
			continue;
		looked++;
		if (!look_at(store, arena, key_name(arena, one->text),
			     last_failed, broke))
			return false;
	}
	return true;
}

bool
changes_find(struct store *store, struct arena *arena,
	     const struct stats_domain *domain,
	     const struct stats_origin *selector, int64_t last_failed,
	     struct stats_break *broke)
{
	const struct str dmarc =
	    arena_printf(arena, "_dmarc.%.*s", STR_ARG(domain->name));

	return look_at_keys(store, arena, domain, selector, last_failed,
			    broke) &&
	       (selector ||
		look_at(store, arena, domain->name, last_failed, broke)) &&
	       look_at(store, arena, dmarc, last_failed, broke);
}
