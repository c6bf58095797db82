#include "milter/cli/setup/trial/client.h"

#include <ifaddrs.h>
#include <net/if.h>

/* How far an address is from one that others know this host by: an alias of the
   loopback interface is further than one of ours alone. */
static int
distance_of(const struct config *config, const struct ifaddrs *at, struct ip ip)
{
	bool ours = config_client_class(config, ip, str_empty(), NULL) !=
		    CLIENT_FOREIGN;

	return 2 * ((at->ifa_flags & IFF_LOOPBACK) != 0) + ours;
}

struct ip
client_of(const struct config *config)
{
	struct ifaddrs *all = NULL;
	struct ip found = ip_none();
	int least = 0;

	if (getifaddrs(&all) != 0)
		return found;
	for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next) {
		struct ip ip = ip_from_sockaddr(at->ifa_addr);
		bool local = ip.family == IP_V6 && ip.octet[0] == 0xfe;
		if (ip.family == IP_NONE || local || ip_is_loopback(ip))
			continue;
		int distance = distance_of(config, at, ip);
		if (found.family != IP_NONE && distance >= least)
			continue;
		found = ip;
		least = distance;
	}
	freeifaddrs(all);
	return found;
}
