#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/line.h"
#include "dns/dns.h"
#include "dns/engine_parts.h"

#define DNS_PORT 53

/* --- one server --- */

static bool
port_parse(struct str text, uint16_t *port_out)
{
	uint64_t port;

	if (!str_uint(text, UINT16_MAX, &port) || port == 0)
		return false;
	*port_out = (uint16_t)port;
	return true;
}

/* fe80::/10, which means nothing without an interface (RFC 4007). */
static bool
is_link_local(struct ip ip)
{
	return ip.family == IP_V6 && ip.octet[0] == 0xfe &&
	       (ip.octet[1] & 0xc0) == 0x80;
}

static bool
scope_parse(struct str text, char scope_out[DNS_SCOPE_MAX])
{
	if (text.n == 0 || text.n >= DNS_SCOPE_MAX || !str_is_printable(text))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (strchr("%/[] ", text.p[i]) != NULL)
			return false;
	}
	memcpy(scope_out, text.p, text.n);
	scope_out[text.n] = '\0';
	return true;
}

/* "ADDR" or "V6%SCOPE" (RFC 4007 section 11); a scope of other addresses than
   link-local ones says nothing. */
static bool
address_parse(struct str text, struct dns_server *server)
{
	size_t percent = str_chr(text, '%');

	if (!ip_parse(str_first(text, percent), &server->ip))
		return false;
	if (percent == text.n)
		return !is_link_local(server->ip);
	return server->ip.family == IP_V6 &&
	       scope_parse(str_from(text, percent + 1), server->scope);
}

/* "[V6]", "[V6]:PORT" */
static bool
bracketed(struct str text, struct dns_server *server)
{
	size_t end = str_chr(text, ']');
	struct str rest = str_from(text, end + 1);

	if (end == text.n ||
	    !address_parse(str_n(text.p + 1, end - 1), server) ||
	    str_chr(str_first(text, end), ':') == end)
		return false;
	return rest.n == 0 || (rest.p[0] == ':' &&
			       port_parse(str_from(rest, 1), &server->port));
}

static struct str
without_comment(struct str text)
{
	for (size_t i = 1; i < text.n; i++) {
		if ((text.p[i] == '#' || text.p[i] == ';') &&
		    ascii_is_wsp(text.p[i - 1]))
			return str_trim_wsp(str_first(text, i));
	}
	return text;
}

bool
dns_server_parse(struct str text, struct dns_server *server_out)
{
	struct dns_server server = {.port = DNS_PORT};
	size_t colon;

	text = without_comment(text);
	colon = str_chr(text, ':');
	if (str_starts(text, str_lit("["))) {
		if (!bracketed(text, &server))
			return false;
	} else if (!address_parse(text, &server)) {
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

	ip_format(server->ip, ip);
	if (server->ip.family == IP_V6)
		snprintf(text, DNS_SERVER_TEXT, "[%s%s%s]:%u", ip,
			 server->scope[0] ? "%" : "", server->scope,
			 server->port);
	else
		snprintf(text, DNS_SERVER_TEXT, "%s:%u", ip, server->port);
	return text;
}

uint32_t
dns_server_scope(const struct dns_server *server)
{
	uint64_t number;

	if (server->scope[0] == '\0' || !is_link_local(server->ip))
		return 0;
	if (str_uint(str_of(server->scope), UINT32_MAX, &number))
		return (uint32_t)number;
	return if_nametoindex(server->scope);
}

bool
dns_server_has_scope(const struct dns_server *server)
{
	char name[IF_NAMESIZE];
	uint32_t scope = dns_server_scope(server);

	if (!is_link_local(server->ip))
		return true;
	return scope != 0 && if_indextoname(scope, name) != NULL;
}

/* --- resolv.conf(5) --- */

struct reading {
	const char *path;
	size_t line;
	struct dns_options *options;
	struct buf *unusable;
	size_t told; /* lines that were passed over */
};

static void
pass_over(struct reading *reading, struct str what, const char *why)
{
	if (reading->told++ >= LIMIT_RESOLV_CONF_TOLD)
		return;
	buf_printf(reading->unusable, "%s:%zu: \"", reading->path,
		   reading->line);
	line_add(reading->unusable, LINE_ESCAPED, what, 60);
	buf_printf(reading->unusable, "\" %s\n", why);
}

/* glibc takes what stands before the first blank. */
static void
take_server(struct reading *reading, struct str value)
{
	struct dns_options *options = reading->options;
	struct dns_server server = {.port = DNS_PORT};
	size_t end = 0;

	value = str_trim_wsp(value);
	while (end < value.n && !ascii_is_wsp(value.p[end]))
		end++;
	value = str_first(value, end);
	if (!address_parse(value, &server))
		pass_over(reading, value,
			  "is no address of a DNS server, so it is not asked; "
			  "link-local ones want their interface, as in "
			  "fe80::1%eth0");
	else if (options->servers == DNS_SERVERS_MAX)
		pass_over(reading, value,
			  "is one DNS server too many, so it is not asked: 8 "
			  "are allowed");
	else
		options->server[options->servers++] = server;
}

static void
take_line(struct reading *reading, struct str line)
{
	/* What else the file may hold (resolv.conf(5)) is not for us. */
	static const char *const others[] = {"domain",  "search", "sortlist",
					     "options", "lookup", "family"};
	size_t end = 0, i = 0;

	line = str_trim_fws(line);
	while (end < line.n && !ascii_is_wsp(line.p[end]))
		end++;
	struct str keyword = str_first(line, end);
	if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';')
		return;
	if (str_is(keyword, "nameserver")) {
		take_server(reading, str_from(line, end));
		return;
	}
	while (i < sizeof others / sizeof others[0] &&
	       !str_is(keyword, others[i]))
		i++;
	if (i == sizeof others / sizeof others[0])
		pass_over(reading, line, "is not understood");
}

/* The first so many octets; a pipe makes nobody wait. */
static void
read_file(const char *path, size_t max, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? 0 : 1;

	while (n > 0 && out->n < max) {
		n = read(fd, buf_room(out, max - out->n), max - out->n);
		out->n += n > 0 ? (size_t)n : 0;
		if (n < 0 && errno == EINTR)
			n = 1;
	}
	if (fd >= 0)
		close(fd);
}

/* What is left of a file that is no resolv.conf: not half a line. */
static struct str
cut(const struct reading *reading, struct str text)
{
	struct str first = str_first(text, LIMIT_RESOLV_CONF + 1);
	size_t end = str_rchr(first, '\n');

	if (text.n <= LIMIT_RESOLV_CONF)
		return text;
	buf_printf(reading->unusable,
		   "%s: what stands after %d kB is not read\n", reading->path,
		   LIMIT_RESOLV_CONF / 1024);
	return end < first.n ? str_first(text, end) : str_empty();
}

bool
dns_servers_read(const char *path, struct dns_options *options,
		 struct buf *unusable)
{
	struct reading reading = {path, 0, options, unusable, 0};
	struct buf file;
	struct str rest, line;

	options->servers = 0;
	buf_init(&file, NULL);
	read_file(path, LIMIT_RESOLV_CONF + 1, &file);
	rest = cut(&reading, buf_str(&file));
	while (rest.n > 0 && str_split(&rest, '\n', &line)) {
		reading.line++;
		take_line(&reading, line);
	}
	buf_clear(&file);
	if (options->servers > 0)
		return true;
	dns_server_parse(str_lit("127.0.0.1"),
			 &options->server[options->servers++]);
	return false;
}
