/* Types whose value is a list. */
#include "config/setting.h"

bool
set_domains(struct setting *s)
{
	struct config *config = &s->snapshot->config;
	struct str *id = arena_array(s->snapshot->arena, s->count, sizeof *id);

	for (; s->at < s->count; s->at++) {
		if (!set_canonical(s, &id[s->at]))
			return false;
	}
	config->strip_ids = id;
	config->n_strip_ids = s->count;
	return true;
}

/* The first is authserv-id itself, which is printed under its own name. */
void
print_domains(const struct config *config, const struct config_key *key,
	      bool json, struct buf *out)
{
	(void)key;
	(void)json;
	buf_addc(out, '[');
	for (size_t i = 1; i < config->n_strip_ids; i++) {
		buf_adds(out, i > 1 ? ", " : "");
		add_quoted(out, config->strip_ids[i]);
	}
	buf_addc(out, ']');
}

bool
set_networks(struct setting *s)
{
	struct ip_network *network =
	    arena_array(s->snapshot->arena, s->count, sizeof *network);

	for (; s->at < s->count; s->at++) {
		if (!ip_network_parse(s->item[s->at], &network[s->at]))
			return setting_wrong(
			    s, "is neither an address nor a network: "
			       "write 192.0.2.1, 192.0.2.0/24 or "
			       "2001:db8::/32, with zeros behind "
			       "the prefix");
	}
	*(struct config_networks *)slot(s) =
	    (struct config_networks){network, s->count};
	return true;
}

void
print_networks(const struct config *config, const struct config_key *key,
	       bool json, struct buf *out)
{
	const struct config_networks *networks = slot_of(config, key);
	char text[IP_TEXT_MAX];

	(void)json;
	buf_addc(out, '[');
	for (size_t i = 0; i < networks->count; i++) {
		const struct ip_network *network = &networks->network[i];
		bool host = network->prefix ==
			    (network->base.family == IP_V4 ? 32 : 128);
		buf_printf(out, "%s\"%s", i > 0 ? ", " : "",
			   ip_format(network->base, text));
		if (!host)
			buf_printf(out, "/%u", network->prefix);
		buf_addc(out, '"');
	}
	buf_addc(out, ']');
}

bool
set_servers(struct setting *s)
{
	struct dns_options *dns = &s->snapshot->config.dns;

	for (; s->at < s->count; s->at++) {
		if (s->at == DNS_SERVERS_MAX)
			return setting_wrong(
			    s, "is one server too many: 8 are allowed");
		if (!dns_server_parse(s->item[s->at], &dns->server[s->at]))
			return setting_wrong(
			    s, "is not a server: write its address, "
			       "with :PORT where it is not 53, as in "
			       "127.0.0.1:5353 or [::1]:5353");
	}
	dns->servers = s->count;
	return true;
}

void
print_servers(const struct config *config, const struct config_key *key,
	      bool json, struct buf *out)
{
	char text[IP_TEXT_MAX];

	(void)key;
	(void)json;
	buf_addc(out, '[');
	for (size_t i = 0; i < config->dns.servers; i++) {
		const struct dns_server *server = &config->dns.server[i];
		bool v6 = server->ip.family == IP_V6;
		buf_printf(out, "%s\"%s%s%s:%u\"", i > 0 ? ", " : "",
			   v6 ? "[" : "", ip_format(server->ip, text),
			   v6 ? "]" : "", server->port);
	}
	buf_addc(out, ']');
}
