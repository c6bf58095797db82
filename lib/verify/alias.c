#include "verify/alias.h"

#include "base/domain.h"
#include "base/limits.h"

static const enum dns_type types[] = {DNS_AAAA, DNS_A, DNS_MX};
#define TYPES (sizeof types / sizeof types[0])

/* --- before it is needed --- */

static void on_answer(struct dns_session *session,
		      const struct dns_answer *answer, void *ctx);

static void
ask(struct dns_session *session, struct str name)
{
	for (size_t i = 0; i < TYPES; i++)
		dns_prefetch(session, name, types[i], on_answer, NULL, NULL);
}

/* The session bounds how often this runs. */
static void
on_answer(struct dns_session *session, const struct dns_answer *answer,
	  void *ctx)
{
	(void)ctx;
	for (size_t i = 0; i < answer->aliases; i++)
		ask(session, answer->alias[i]);
	if (answer->aliases > 0)
		dmarc_prefetch(session, answer->alias[answer->aliases - 1]);
}

void
alias_prefetch(struct dns_session *session, struct str author)
{
	ask(session, author);
}

/* --- the names themselves --- */

struct alias {
	struct str name;
	bool completed; /* by a search domain: counts where it exists */
	bool exists;    /* a record of one of the types, or a CNAME */
	bool ends;      /* of some type it shows no CNAME */
};

/* From one From domain on. */
struct search {
	struct arena *arena;
	struct dns_session *session;
	struct str host;
	int64_t deadline_ms;
	/* [0] is the From domain; those before `done` were looked up. */
	struct alias alias[LIMIT_AUTHOR_ALIASES];
	size_t count, done;
	bool complete; /* no further name, none that cannot be read */
	struct dmarc_doubt doubt;
};

static void
add_name(struct search *search, struct str target, bool completed)
{
	struct str name;

	if (domain_canonical(search->arena, target, &name) != DOMAIN_OK) {
		search->complete = false;
		return;
	}
	for (size_t i = 0; i < search->count; i++) {
		if (str_eq(search->alias[i].name, name))
			return;
	}
	if (search->count == LIMIT_AUTHOR_ALIASES)
		search->complete = false;
	else
		search->alias[search->count++] =
		    (struct alias){.name = name, .completed = completed};
}

static void
look_up(struct search *search, struct alias *alias, enum dns_type type)
{
	const struct dns_answer *answer =
	    dns_lookup(search->session, alias->name, type, search->deadline_ms);

	for (size_t i = 0; i < answer->aliases; i++)
		add_name(search, answer->alias[i], false);
	alias->exists |= answer->aliases > 0 || answer->status == DNS_OK;
	if (dns_is_trouble(answer) || dns_is_limited(answer)) {
		search->doubt.limited |= dns_is_limited(answer);
		if (search->doubt.reason.n == 0)
			search->doubt.reason =
			    dns_trouble_text(search->arena, answer);
	} else if (answer->aliases == 0) {
		alias->ends = true;
	}
}

/*
 * A name without an address is tried below the search domain of the host, which
 * is the host's own unless resolv.conf says otherwise: a parent of its name, or
 * that itself where several hosts share the name of their domain.
 */
static void
complete_name(struct search *search, struct str name)
{
	for (struct str suffix = search->host; domain_labels(suffix) > 1;
	     suffix = domain_parent(suffix)) {
		if (name.n + 1 + suffix.n <= LIMIT_DOMAIN)
			add_name(search,
				 arena_printf(search->arena, "%.*s.%.*s",
					      STR_ARG(name), STR_ARG(suffix)),
				 true);
	}
}

static void
run(struct search *search)
{
	while (search->done < search->count && search->complete) {
		struct alias *alias = &search->alias[search->done++];
		for (size_t i = 0; i < TYPES; i++)
			look_up(search, alias, types[i]);
		if (!alias->exists && !alias->completed)
			complete_name(search, alias->name);
	}
}

static size_t
place_of(const struct verdict_from *from, struct str name)
{
	size_t i = 0;

	while (i < from->count && !str_eq(from->domain[i], name))
		i++;
	return i;
}

/*
 * After the domains of addresses, before those that are text only: the mail
 * server makes an address of it.  False: there is no room.
 */
static bool
add_author(struct verdict_from *from, struct str name,
	   struct dmarc_doubt *doubt)
{
	size_t at = from->count - from->shown, i = place_of(from, name);
	struct dmarc_doubt known = {.reason = str_empty()};

	if (i < at)
		return true;
	if (i == LIMIT_AUTHOR_DOMAINS)
		return false;
	if (i < from->count) {
		known = doubt[i];
		from->shown--;
	} else {
		from->count++;
	}
	for (; i > at; i--) {
		from->domain[i] = from->domain[i - 1];
		doubt[i] = doubt[i - 1];
	}
	from->domain[at] = name;
	doubt[at] = known;
	return true;
}

/* What the From domain may become counts beside it. */
static void
add_targets(struct search *search, struct verdict_from *from,
	    struct dmarc_doubt *doubt)
{
	for (size_t i = 1; i < search->count; i++) {
		const struct alias *alias = &search->alias[i];
		if (alias->ends && (alias->exists || !alias->completed) &&
		    !add_author(from, alias->name, doubt))
			search->complete = false;
	}
}

/* As it was written; only what follows the grammar tells text from addresses.
 */
static size_t
written_domains(const struct verdict_from *from,
		struct str written[LIMIT_AUTHOR_DOMAINS])
{
	size_t n = from->strict ? from->count - from->shown : from->count;

	for (size_t i = 0; i < n; i++)
		written[i] = from->domain[i];
	return n;
}

void
alias_domains(struct arena *arena, struct dns_session *session, struct str host,
	      int64_t deadline_ms, struct verdict_from *from,
	      struct dmarc_doubt doubt_out[LIMIT_AUTHOR_DOMAINS])
{
	struct str written[LIMIT_AUTHOR_DOMAINS];
	size_t n = written_domains(from, written), before = from->count;
	struct search search = {.arena = arena,
				.session = session,
				.host = host,
				.deadline_ms = deadline_ms,
				.complete = true};

	for (size_t i = 0; i < LIMIT_AUTHOR_DOMAINS; i++)
		doubt_out[i] = (struct dmarc_doubt){.reason = str_empty()};
	for (size_t i = 0; i < n && search.complete; i++) {
		search.alias[0] = (struct alias){.name = written[i]};
		search.count = 1;
		search.done = 0;
		search.doubt = (struct dmarc_doubt){.reason = str_empty()};
		run(&search);
		add_targets(&search, from, doubt_out);
		doubt_out[place_of(from, written[i])] = search.doubt;
	}
	if (from->count > before)
		from->state = FROM_SEVERAL;
	if (from->count > before && from->reason[0] == '\0')
		from->reason = "the mail server may show another domain";
	if (!search.complete) {
		from->state = FROM_TOO_MANY;
		from->reason = "CNAMEs lead to too many domains, or to none";
	}
}
