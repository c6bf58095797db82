#include "spf/identity.h"

#include "base/domain.h"

static struct str
or_postmaster(struct str local_part)
{
	return local_part.n > 0 ? local_part : str_lit("postmaster"); /* 4.3 */
}

/* The name as given, where ASCII, keeps its case in %{o} and %{s}. */
static void
set_domain(struct spf_identity *identity, struct str given, struct str domain)
{
	identity->sender_domain = str_is_ascii(given) ? given : domain;
	identity->domain = domain;
	if (domain_labels(domain) < 2) /* 4.3 */
		identity->problem = "domain name has a single label";
}

static void
of_mail_from(const struct address_path *path, struct spf_identity *identity)
{
	identity->scope = SPF_MAILFROM;
	identity->local = or_postmaster(path->local_part);
	identity->domain = path->raw_domain;
	if (path->domain.n == 0)
		identity->problem = path->reason;
	else
		set_domain(identity, path->raw_domain, path->domain);
}

/* The null path stands for postmaster@HELO (2.4). */
static void
of_helo(struct arena *arena, struct str helo, struct spf_identity *identity)
{
	struct str domain;
	enum domain_status status = domain_canonical(arena, helo, &domain);

	identity->scope = SPF_HELO;
	identity->local = or_postmaster(str_empty());
	identity->domain = helo;
	if (status != DOMAIN_OK)
		identity->problem = domain_status_text(status);
	else
		set_domain(identity, helo, domain);
}

static const char *
check_input(const struct spf_input *input)
{
	if (input->client.family == IP_NONE)
		return "no client address";
	if (!input->mail_from_known)
		return "no envelope sender";
	return NULL;
}

void
spf_identity_of(struct arena *arena, const struct spf_input *input,
		struct spf_identity *identity_out)
{
	struct spf_identity identity = {.problem = check_input(input)};

	if (identity.problem == NULL) {
		if (input->mail_from.null)
			of_helo(arena, input->helo, &identity);
		else
			of_mail_from(&input->mail_from, &identity);
	}
	if (identity.problem == NULL) {
		identity.local_is_ascii = str_is_ascii(identity.local);
		identity.sender =
		    arena_printf(arena, "%.*s@%.*s", STR_ARG(identity.local),
				 STR_ARG(identity.sender_domain));
	}
	*identity_out = identity;
}
