#include "milter/cli/explain/criteria.h"

#include "base/domain.h"
#include "base/words.h"
#include "mail/address.h"

/* --- reading them --- */

const char *
criterion_read(struct arena *arena, const char *text,
	       struct criterion *criterion_out)
{
	struct criterion read = {.given = true, .whole = str_of(text)};
	size_t at = str_rchr(read.whole, '@');

	if (str_is(read.whole, "<>") || read.whole.n == 0) {
		read.null = true;
		*criterion_out = read;
		return NULL;
	}
	if (read.whole.p[0] == '<' && read.whole.p[read.whole.n - 1] == '>')
		read.whole = str_n(read.whole.p + 1, read.whole.n - 2);
	at = str_rchr(read.whole, '@');
	if (read.whole.n > 0 && read.whole.p[0] == '~' && at == read.whole.n) {
		read.token = read.local = read.whole;
		*criterion_out = read;
		return NULL;
	}
	read.subtree = read.whole.n > 0 && read.whole.p[0] == '.';
	if (at < read.whole.n)
		read.local = str_first(read.whole, at);
	struct str domain = str_from(read.whole, at < read.whole.n ? at + 1
						 : read.subtree    ? 1
								   : 0);
	if (domain_canonical(arena, domain, &read.domain) != DOMAIN_OK ||
	    (read.subtree && read.local.n > 0))
		return "it is no address and no domain: write "
		       "joe@sender.example, "
		       "sender.example, or .sender.example for it and all "
		       "below";
	*criterion_out = read;
	return NULL;
}

const char *
criteria_read_client(const char *text, struct criteria *criteria)
{
	if (!ip_network_parse(str_of(text), &criteria->client))
		return "it is neither an address nor a network: write "
		       "192.0.2.1, "
		       "192.0.2.0/24 or 2001:db8::/32, with zeros after the "
		       "prefix";
	criteria->by_client = true;
	return NULL;
}

const char *
criteria_read_action(const char *text, struct criteria *criteria)
{
	size_t index;

	if (!words_find(action_words, str_of(text), &index))
		return "it is none: write accept, quarantine, reject, tempfail "
		       "or discard";
	criteria->action = (enum action)index;
	criteria->by_action = true;
	return NULL;
}

/* --- the narrowest term --- */

static bool
is_host(const struct ip_network *network)
{
	return network->prefix == (network->base.family == IP_V4 ? 32 : 128);
}

static bool
has_address(const struct criterion *criterion)
{
	return criterion->given && criterion->local.n > 0;
}

static bool
has_domain(const struct criterion *criterion)
{
	return criterion->given && !criterion->subtree && !criterion->null;
}

static size_t
address_terms(struct arena *arena, enum term_kind kind,
	      const struct criterion *criterion, struct store_term *term_out)
{
	struct str token = criterion->token;
	size_t n = 0;

	term_out[n++] = (struct store_term){kind, criterion->whole};
	if (token.n == 0)
		return n;
	if (kind == TERM_MAIL_FROM)
		token = arena_printf(arena, "%.*s@%.*s", STR_ARG(token),
				     STR_ARG(criterion->domain));
	term_out[n++] = (struct store_term){kind, token};
	return n;
}

size_t
criteria_terms(struct arena *arena, const struct criteria *criteria,
	       struct store_term term_out[CRITERIA_TERMS])
{
	char client[IP_TEXT_MAX];

	if (has_address(&criteria->rcpt))
		return address_terms(arena, TERM_RECIPIENT, &criteria->rcpt,
				     term_out);
	if (has_address(&criteria->mail_from))
		return address_terms(arena, TERM_MAIL_FROM,
				     &criteria->mail_from, term_out);
	if (criteria->by_client && is_host(&criteria->client))
		*term_out = (struct store_term){
		    TERM_CLIENT,
		    arena_copy(arena, str_of(ip_format(criteria->client.base,
						       client)))};
	else if (has_domain(&criteria->from))
		*term_out = (struct store_term){TERM_FROM_DOMAIN,
						criteria->from.domain};
	else if (has_domain(&criteria->mail_from))
		*term_out = (struct store_term){TERM_MAIL_FROM_DOMAIN,
						criteria->mail_from.domain};
	else if (criteria->rule.n > 0)
		*term_out = (struct store_term){TERM_RULE, criteria->rule};
	else
		return 0;
	return 1;
}

/* --- addresses that records hide --- */

bool
criteria_name_address(const struct criteria *criteria)
{
	return has_address(&criteria->rcpt) || has_address(&criteria->from) ||
	       has_address(&criteria->mail_from);
}

static void
hide(struct arena *arena, struct criterion *criterion,
     const struct siphash_key *key)
{
	if (has_address(criterion) && criterion->token.n == 0)
		criterion->token = privacy_token(arena, key, criterion->whole);
}

void
criteria_hide(struct arena *arena, struct criteria *criteria,
	      const struct siphash_key *key)
{
	hide(arena, &criteria->rcpt, key);
	hide(arena, &criteria->from, key);
	hide(arena, &criteria->mail_from, key);
}

/* --- looking at a message --- */

static bool
domain_fits(const struct criterion *criterion, struct str domain)
{
	return criterion->subtree
		   ? domain_is_at_or_below(domain, criterion->domain)
		   : str_eq_nocase(domain, criterion->domain);
}

static bool
is_token(const struct criterion *criterion, struct str local)
{
	return criterion->token.n > 0 && str_eq(local, criterion->token);
}

/* Of a sender: "local@domain", or "~...@domain". */
static bool
local_fits(const struct criterion *criterion, struct str local)
{
	return str_eq_nocase(local, criterion->local) ||
	       is_token(criterion, local);
}

/* A path of the envelope, as it was given. */
static bool
path_fits(struct arena *arena, const struct criterion *criterion,
	  struct str path)
{
	struct address_path read;

	if (criterion->local.n > 0)
		return str_eq_nocase(path, criterion->whole) ||
		       is_token(criterion, path);
	address_path(arena, path, &read);
	return domain_fits(criterion, read.domain);
}

static bool
rcpt_fits(struct arena *arena, const struct criterion *criterion,
	  const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->recipients; i++) {
		if (path_fits(arena, criterion, verdict->recipient[i]))
			return true;
	}
	return false;
}

static bool
from_fits(const struct criterion *criterion, const struct verdict_from *from)
{
	for (size_t i = 0; i < from->addresses; i++) {
		if (criterion->local.n > 0 &&
		    local_fits(criterion, from->address[i].local) &&
		    domain_fits(criterion, from->address[i].domain))
			return true;
	}
	for (size_t i = 0; i < from->count; i++) {
		if (criterion->local.n == 0 &&
		    domain_fits(criterion, from->domain[i]))
			return true;
	}
	return false;
}

static bool
mail_from_fits(const struct criterion *criterion, const struct verdict *verdict)
{
	if (criterion->null)
		return verdict->mail_from_known && verdict->mail_from_null;
	if (criterion->local.n > 0)
		return str_eq_nocase(verdict->mail_from, criterion->whole) ||
		       (is_token(criterion, verdict->mail_from_local) &&
			domain_fits(criterion, verdict->mail_from_domain));
	return domain_fits(criterion, verdict->mail_from_domain);
}

/* The one that connected, or whom a relay had the message of. */
static bool
client_fits(const struct ip_network *network, const struct verdict *verdict)
{
	return ip_in_network(verdict->client, network) ||
	       ip_in_network(verdict->seen.client, network);
}

bool
criteria_match(struct arena *arena, const struct criteria *criteria,
	       const struct verdict *verdict)
{
	const struct decision *decision = &verdict->decision;

	if (verdict->now < criteria->since || verdict->now > criteria->until)
		return false;
	if (criteria->by_action && decision->action != criteria->action)
		return false;
	if (criteria->rule.n > 0 &&
	    !str_eq_nocase(decision->rule, criteria->rule))
		return false;
	if (criteria->by_client && !client_fits(&criteria->client, verdict))
		return false;
	if (criteria->from.given && !from_fits(&criteria->from, &verdict->from))
		return false;
	if (criteria->mail_from.given &&
	    !mail_from_fits(&criteria->mail_from, verdict))
		return false;
	return !criteria->rcpt.given ||
	       rcpt_fits(arena, &criteria->rcpt, verdict);
}
