#include "base/suffix.h"

#include <libpsl.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

struct suffix_list {
	psl_ctx_t *psl; /* NULL where libpsl has no list at all */
};

struct suffix_list *
suffix_list_open(void)
{
	struct suffix_list *list = mem_alloc(sizeof *list);

	list->psl = psl_latest(NULL);
	return list;
}

void
suffix_list_close(struct suffix_list *list)
{
	if (list == NULL)
		return;
	psl_free(list->psl);
	free(list);
}

/* libpsl wants a C string; a canonical domain fits and holds no NUL. */
static bool
to_cstr(struct str domain, char text_out[LIMIT_DOMAIN + 1])
{
	if (domain.n == 0 || domain.n > LIMIT_DOMAIN)
		return false;
	memcpy(text_out, domain.p, domain.n);
	text_out[domain.n] = '\0';
	return true;
}

bool
suffix_is_public(const struct suffix_list *list, struct str domain)
{
	char text[LIMIT_DOMAIN + 1];

	return list->psl != NULL && to_cstr(domain, text) &&
	       psl_is_public_suffix2(list->psl, text,
				     PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE);
}

bool
suffix_is_of_registry(const struct suffix_list *list, struct str domain)
{
	char text[LIMIT_DOMAIN + 1];

	return list->psl != NULL && to_cstr(domain, text) &&
	       psl_is_public_suffix2(list->psl, text,
				     PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

struct str
suffix_registrable(const struct suffix_list *list, struct str domain)
{
	char text[LIMIT_DOMAIN + 1];

	if (list->psl == NULL || !to_cstr(domain, text))
		return domain;
	const char *found = psl_registrable_domain(list->psl, text);
	return found ? str_from(domain, (size_t)(found - text)) : domain;
}
