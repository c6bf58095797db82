#include "spf/identity.h"

#include "base/domain.h"
#include "base/limits.h"

/* The mailbox of a path: no "<>", no source route (RFC 5321 section 4.1.2). */
static struct str
mailbox(struct str path)
{
	if (path.n >= 2 && path.p[0] == '<' && path.p[path.n - 1] == '>')
		path = str_n(path.p + 1, path.n - 2);
	size_t colon = str_chr(path, ':');
	if (path.n > 0 && path.p[0] == '@' && colon < path.n)
		path = str_from(path, colon + 1);
	return path;
}

/* A null path stands for postmaster@HELO (2.4). */
static void
split_mailbox(struct str box, struct str helo, struct spf_identity *identity)
{
	size_t at = str_rchr(box, '@');

	identity->scope = box.n > 0 ? SPF_MAILFROM : SPF_HELO;
	identity->local = at < box.n ? str_first(box, at) : str_empty();
	identity->domain = at < box.n ? str_from(box, at + 1) : box;
	if (identity->local.n == 0)
		identity->local = str_lit("postmaster"); /* 4.3 */
	if (identity->scope == SPF_HELO)
		identity->domain = helo;
}

/* Section 4.3: malformed, or not a multi-label name. */
static const char *
check_domain(struct arena *arena, struct spf_identity *identity)
{
	struct str domain;
	enum domain_status status =
	    domain_canonical(arena, identity->domain, &domain);

	if (status != DOMAIN_OK)
		return domain_status_text(status);
	identity->sender_domain =
	    str_is_ascii(identity->domain) ? identity->domain : domain;
	identity->domain = domain;
	if (domain_labels(domain) < 2)
		return "domain name has a single label";
	return NULL;
}

static const char *
check_query(const struct spf_query *query)
{
	if (query->client.family == IP_NONE)
		return "no client address";
	if (!query->mail_from_known)
		return "no envelope sender";
	return NULL;
}

void
spf_identity_of(struct arena *arena, const struct spf_query *query,
		struct spf_identity *identity_out)
{
	struct spf_identity identity = {.problem = check_query(query)};
	struct str box = mailbox(query->mail_from);

	if (identity.problem == NULL) {
		split_mailbox(box, query->helo, &identity);
		if (box.n > LIMIT_MAILBOX)
			identity.problem = "sender is too long";
		else if (str_has_control(box))
			identity.problem = "sender has a control character";
		else
			identity.problem = check_domain(arena, &identity);
	}
	if (identity.problem == NULL) {
		identity.local_is_ascii = str_is_ascii(identity.local);
		identity.sender =
		    arena_printf(arena, "%.*s@%.*s", STR_ARG(identity.local),
				 STR_ARG(identity.sender_domain));
	}
	*identity_out = identity;
}
