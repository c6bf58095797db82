#include "config/endpoint.h"

/* "PORT@ADDRESS" */
static bool
parse_inet(struct str text, enum ip_family family, struct endpoint *endpoint)
{
	size_t at = str_chr(text, '@');
	uint64_t port;

	if (!str_uint(str_first(text, at), UINT16_MAX, &port) || port == 0 ||
	    !ip_parse(str_from(text, at + 1), &endpoint->ip))
		return false;
	endpoint->port = (uint16_t)port;
	return endpoint->ip.family == family;
}

bool
endpoint_parse(struct str text, struct endpoint *endpoint_out)
{
	struct str kind = str_first(text, str_chr(text, ':'));
	struct str place = str_from(text, kind.n + 1);
	struct endpoint endpoint = {.path = str_empty(), .ip = ip_none()};
	bool good;

	if (str_is(kind, "unix")) {
		endpoint.path = place;
		good = str_starts(place, str_lit("/"));
	} else {
		good = (str_is(kind, "inet") &&
			parse_inet(place, IP_V4, &endpoint)) ||
		       (str_is(kind, "inet6") &&
			parse_inet(place, IP_V6, &endpoint));
	}
	if (good)
		*endpoint_out = endpoint;
	return good;
}

struct str
endpoint_path(struct str text)
{
	struct endpoint endpoint;

	return endpoint_parse(text, &endpoint) ? endpoint.path : str_empty();
}

struct ip
endpoint_near(const struct endpoint *endpoint)
{
	return ip_is_any(endpoint->ip) ? ip_loopback(endpoint->ip.family)
				       : endpoint->ip;
}
