#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0,    0,
					  0, 0, 0, 0, 0xff, 0xff};

struct ip
ip_none(void)
{
	return (struct ip){.family = IP_NONE};
}

struct ip
ip_v4(const uint8_t octet[4])
{
	struct ip ip = {.family = IP_V4};

	memcpy(ip.octet, octet, 4);
	return ip;
}

struct ip
ip_v6(const uint8_t octet[16])
{
	struct ip ip = {.family = IP_V6};

	if (memcmp(octet, mapped_prefix, sizeof mapped_prefix) == 0)
		return ip_v4(octet + sizeof mapped_prefix);
	memcpy(ip.octet, octet, 16);
	return ip;
}

struct ip
ip_loopback(enum ip_family family)
{
	struct ip ip = {.family = family};

	if (family == IP_V4)
		return ip_v4((const uint8_t[4]){127, 0, 0, 1});
	ip.octet[15] = family == IP_V6;
	return ip;
}

struct ip
ip_from_sockaddr(const struct sockaddr *address)
{
	if (address != NULL && address->sa_family == AF_INET) {
		struct sockaddr_in in;
		uint8_t octet[4];
		memcpy(&in, address, sizeof in);
		memcpy(octet, &in.sin_addr, sizeof octet);
		return ip_v4(octet);
	}
	if (address != NULL && address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, address, sizeof in6);
		return ip_v6(in6.sin6_addr.s6_addr);
	}
	return ip_none();
}

size_t
ip_to_sockaddr(struct ip ip, uint16_t port,
	       struct sockaddr_storage *address_out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address_out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address_out;

	memset(address_out, 0, sizeof *address_out);
	if (ip.family == IP_V4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, ip.octet, sizeof v4->sin_addr);
		return sizeof *v4;
	}
	if (ip.family != IP_V6)
		return 0;
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	memcpy(&v6->sin6_addr, ip.octet, sizeof v6->sin6_addr);
	return sizeof *v6;
}

bool
ip_parse(struct str text, struct ip *ip_out)
{
	char z[IP_TEXT_MAX];
	uint8_t octet[16];

	if (text.n == 0 || text.n >= sizeof z ||
	    memchr(text.p, '\0', text.n) != NULL)
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (inet_pton(AF_INET, z, octet) == 1) {
		*ip_out = ip_v4(octet);
		return true;
	}
	if (inet_pton(AF_INET6, z, octet) == 1) {
		*ip_out = ip_v6(octet);
		return true;
	}
	return false;
}

static unsigned
width(struct ip ip)
{
	return ip.family == IP_V4 ? 32 : 128;
}

bool
ip_network_parse(struct str text, struct ip_network *network_out)
{
	size_t slash = str_chr(text, '/');
	struct ip base;
	uint64_t prefix;

	if (!ip_parse(str_first(text, slash), &base))
		return false;
	prefix = width(base);
	if (slash < text.n &&
	    !str_uint(str_from(text, slash + 1), prefix, &prefix))
		return false;
	for (unsigned bit = (unsigned)prefix; bit < width(base); bit++) {
		if (base.octet[bit / 8] & (0x80u >> bit % 8))
			return false;
	}
	*network_out = (struct ip_network){base, (unsigned)prefix};
	return true;
}

const char *
ip_format(struct ip ip, char text_out[IP_TEXT_MAX])
{
	int family = ip.family == IP_V4 ? AF_INET : AF_INET6;

	if (ip.family == IP_NONE ||
	    inet_ntop(family, ip.octet, text_out, IP_TEXT_MAX) == NULL)
		memcpy(text_out, "-", sizeof "-");
	return text_out;
}

bool
ip_eq(struct ip a, struct ip b)
{
	return a.family == b.family && memcmp(a.octet, b.octet, 16) == 0;
}

struct str
ip_head(const struct ip *ip, unsigned v4, unsigned v6)
{
	return str_n((const char *)ip->octet,
		     (ip->family == IP_V4 ? v4 : v6) / 8);
}

bool
ip_prefix_eq(struct ip a, struct ip b, unsigned prefix)
{
	unsigned whole = prefix / 8, bits = prefix % 8;

	if (a.family != b.family || a.family == IP_NONE || prefix > width(a) ||
	    memcmp(a.octet, b.octet, whole) != 0)
		return false;
	return bits == 0 || ((a.octet[whole] ^ b.octet[whole]) &
			     (0xff00u >> bits) & 0xff) == 0;
}

bool
ip_in_network(struct ip ip, const struct ip_network *network)
{
	return ip_prefix_eq(ip, network->base, network->prefix);
}

bool
ip_in_networks(struct ip ip, const struct ip_network *networks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ip_in_network(ip, &networks[i]))
			return true;
	}
	return false;
}

bool
ip_is_loopback(struct ip ip)
{
	static const struct ip v6 = {IP_V6, {[15] = 1}};

	return (ip.family == IP_V4 && ip.octet[0] == 127) || ip_eq(ip, v6);
}

bool
ip_is_any(struct ip ip)
{
	return ip.family != IP_NONE &&
	       ip_eq(ip, (struct ip){.family = ip.family});
}
