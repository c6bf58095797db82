/* Who a client is by its address and its name. */
#include "base/domain.h"
#include "config/config.h"

/* The longest prefix that holds the client; -1: none. */
static int
narrowest(const struct config_networks *networks, struct ip client)
{
	int longest = -1;

	for (size_t i = 0; i < networks->count; i++) {
		const struct ip_network *network = &networks->network[i];
		if (ip_in_network(client, network) &&
		    (int)network->prefix > longest)
			longest = (int)network->prefix;
	}
	return longest;
}

/* By address or name.  Names of the DNS are ASCII. */
static const struct client_element *
relay_of(const struct client_list *relays, struct ip client, struct str raw)
{
	struct str name = str_empty();

	if (relays->names == 0 || !str_is_ascii(raw))
		return client_list_find(relays, client, name);
	struct arena *arena = arena_new(NULL);
	(void)domain_canonical(arena, raw, &name);
	const struct client_element *found =
	    client_list_find(relays, client, name);
	arena_free(arena);
	return found;
}

enum client_class
config_client_class(const struct config *config, struct ip client,
		    struct str client_name,
		    const struct client_element **relay_out)
{
	int internal = narrowest(&config->internal_networks, client);
	const struct client_element *relay =
	    relay_of(&config->trusted_relays, client, client_name);

	if (relay != NULL && client_element_narrowness(relay) <= internal)
		relay = NULL;
	if (relay_out != NULL)
		*relay_out = relay;
	if (relay != NULL)
		return CLIENT_RELAY;
	return internal < 0 ? CLIENT_FOREIGN : CLIENT_INTERNAL;
}
