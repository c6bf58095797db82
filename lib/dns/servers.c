#include <stdio.h>
#include <string.h>

#include "dns/dns.h"

#define DNS_PORT 53
/* Lines of resolv.conf that matter are short; the rest of others is skipped. */
#define LINE 256

static bool
port_parse(struct str text, uint16_t *port_out)
{
	uint64_t port;

	if (!str_uint(text, UINT16_MAX, &port) || port == 0)
		return false;
	*port_out = (uint16_t)port;
	return true;
}

/* "[V6]", "[V6]:PORT" */
static bool
bracketed(struct str text, struct dns_server *server)
{
	size_t end = str_chr(text, ']');
	struct str rest = str_from(text, end + 1);

	if (end == text.n ||
	    !ip_parse(str_n(text.p + 1, end - 1), &server->ip) ||
	    str_chr(str_first(text, end), ':') == end)
		return false;
	return rest.n == 0 || (rest.p[0] == ':' &&
			       port_parse(str_from(rest, 1), &server->port));
}

bool
dns_server_parse(struct str text, struct dns_server *server_out)
{
	struct dns_server server = {.port = DNS_PORT};
	size_t colon = str_chr(text, ':');

	if (str_starts(text, str_lit("["))) {
		if (!bracketed(text, &server))
			return false;
	} else if (!ip_parse(text, &server.ip)) {
		if (!ip_parse(str_first(text, colon), &server.ip) ||
		    !port_parse(str_from(text, colon + 1), &server.port))
			return false;
	}
	*server_out = server;
	return true;
}

const char *
dns_server_format(const struct dns_server *server, char text[DNS_SERVER_TEXT])
{
	char ip[IP_TEXT_MAX];
	bool v6 = server->ip.family == IP_V6;

	snprintf(text, DNS_SERVER_TEXT, v6 ? "[%s]:%u" : "%s:%u",
		 ip_format(server->ip, ip), server->port);
	return text;
}

static void
take_line(struct str line, struct dns_options *options)
{
	struct dns_server server = {.port = DNS_PORT};
	const struct str keyword = STR("nameserver");

	line = str_trim_fws(line);
	if (!str_starts(line, keyword) || options->servers == DNS_SERVERS_MAX)
		return;
	struct str value = str_from(line, keyword.n);
	if (value.n == 0 || !ascii_is_wsp(value.p[0]))
		return;
	if (ip_parse(str_trim_wsp(value), &server.ip))
		options->server[options->servers++] = server;
}

void
dns_servers_read(const char *path, struct dns_options *options)
{
	char line[LINE];
	FILE *file = fopen(path, "re");

	options->servers = 0;
	while (file && fgets(line, sizeof line, file))
		take_line(str_of(line), options);
	if (file)
		fclose(file);
	if (options->servers == 0)
		dns_server_parse(str_lit("127.0.0.1"),
				 &options->server[options->servers++]);
}
