#include "verdict/clients.h"

#include <limits.h>

#include "base/domain.h"

int
client_element_narrowness(const struct client_element *element)
{
	switch (element->by) {
	case CLIENT_BY_NETWORK:
		return (int)element->network.prefix;
	case CLIENT_BY_HOST:
		return INT_MAX;
	case CLIENT_BY_DOMAIN:
	case CLIENT_BY_SPF:
		break;
	}
	return 0;
}

static bool
holds(const struct client_element *element, struct ip client, struct str name)
{
	switch (element->by) {
	case CLIENT_BY_NETWORK:
		return ip_in_network(client, &element->network);
	case CLIENT_BY_HOST:
		return str_eq(name, element->domain);
	case CLIENT_BY_DOMAIN:
		return name.n > element->domain.n &&
		       domain_is_at_or_below(name, element->domain);
	case CLIENT_BY_SPF:
		break;
	}
	return false;
}

const struct client_element *
client_list_find(const struct client_list *list, struct ip client,
		 struct str name)
{
	const struct client_element *found = NULL;

	/* A name is one of an address. */
	for (size_t i = 0; i < list->count && client.family != IP_NONE; i++) {
		const struct client_element *element = &list->element[i];
		if (holds(element, client, name) &&
		    (found == NULL || client_element_narrowness(element) >
					  client_element_narrowness(found)))
			found = element;
	}
	return found;
}

bool
client_spf_counts(const struct client_spf *spf)
{
	return spf->result == SPF_PASS && !spf->for_anybody;
}

const char *
client_spf_text(const struct client_spf *spf)
{
	return spf->for_anybody ? "pass-for-anybody"
				: spf_result_text(spf->result);
}

static const struct client_spf *
result_of(const struct client_element *element, const struct client_spf *spf,
	  size_t n)
{
	for (size_t i = 0; i < n && element->by == CLIENT_BY_SPF; i++) {
		if (str_eq(spf[i].domain, element->domain))
			return &spf[i];
	}
	return NULL;
}

const struct client_element *
client_list_find_spf(const struct client_list *list,
		     const struct client_spf *spf, size_t n)
{
	for (size_t i = 0; i < list->count && n > 0; i++) {
		const struct client_spf *result =
		    result_of(&list->element[i], spf, n);
		if (result != NULL && client_spf_counts(result))
			return &list->element[i];
	}
	return NULL;
}

static void
add_network(struct buf *out, const struct ip_network *network)
{
	char text[IP_TEXT_MAX];
	unsigned host = network->base.family == IP_V4 ? 32 : 128;

	buf_adds(out, ip_format(network->base, text));
	if (network->prefix < host)
		buf_printf(out, "/%u", network->prefix);
}

void
client_element_add(struct buf *out, const struct client_element *element)
{
	static const char *const before[] = {[CLIENT_BY_HOST] = "name:",
					     [CLIENT_BY_DOMAIN] = "name:*.",
					     [CLIENT_BY_SPF] = "spf:"};

	if (element->by == CLIENT_BY_NETWORK) {
		add_network(out, &element->network);
		return;
	}
	buf_adds(out, before[element->by]);
	buf_add(out, element->domain);
}

struct str
client_element_text(struct arena *arena, const struct client_element *element)
{
	struct buf text;

	if (element == NULL)
		return str_empty();
	buf_init(&text, arena);
	client_element_add(&text, element);
	return buf_str(&text);
}
