#include "milter/server/resolvconf.h"

#include <string.h>

#include "milter/server/server.h"

#define PATH CONFIG_RESOLV_CONF

static int64_t
nanoseconds(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static struct resolvconf_file
file_now(void)
{
	struct stat now;

	if (stat(PATH, &now) != 0)
		return (struct resolvconf_file){.size = 0};
	return (struct resolvconf_file){now.st_dev, now.st_ino, now.st_size,
					nanoseconds(now.st_mtim),
					nanoseconds(now.st_ctim)};
}

static bool
is_same(const struct resolvconf_file *a, const struct resolvconf_file *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && a->modified_ns == b->modified_ns &&
	       a->changed_ns == b->changed_ns;
}

static bool
is_same_server(const struct dns_server *a, const struct dns_server *b)
{
	return ip_eq(a->ip, b->ip) && a->port == b->port &&
	       strcmp(a->scope, b->scope) == 0;
}

static bool
are_asked(struct dns_resolver *resolver, const struct dns_options *fresh)
{
	struct dns_server_report asked[DNS_SERVERS_MAX];
	size_t n = dns_resolver_servers(resolver, asked), i = 0;

	while (i < n && i < fresh->servers &&
	       is_same_server(&asked[i].server, &fresh->server[i]))
		i++;
	return i == n && i == fresh->servers;
}

/* Believing AD wants servers on this host: see trust-ad. */
static bool
may_be_trusted(const struct config *config, const struct dns_options *fresh)
{
	size_t i = 0;

	while (i < fresh->servers && ip_is_loopback(fresh->server[i].ip))
		i++;
	return !config->dns.trust_ad || i == fresh->servers;
}

static void
refuse(struct server *server, const char *why, struct str unusable)
{
	struct resolvconf *file = &server->resolvconf;
	struct str first;

	/* Read again at each look: what hindered us may pass. */
	if (file->refuses && is_same(&file->seen, &file->refused))
		return;
	file->refuses = true;
	file->refused = file->seen;
	str_split(&unusable, '\n', &first);
	log_printf(&server->log, LOG_LEVEL_WARNING,
		   "resolver: " PATH " has changed, but %s%s%.*s; the DNS "
		   "servers stay: mend it, or name them in resolver",
		   why, first.n > 0 ? ": " : "", STR_ARG(first));
}

static void
change(struct server *server, const struct dns_options *fresh,
       struct str unusable)
{
	struct dns_servers servers = {.count = fresh->servers};
	char text[DNS_SERVER_TEXT];
	struct str line;
	struct buf list;

	memcpy(servers.server, fresh->server, sizeof servers.server);
	dns_resolver_change(server->engine.resolver, &servers);
	buf_init(&list, NULL);
	for (size_t i = 0; i < servers.count; i++)
		buf_printf(&list, "%s%s", i > 0 ? "," : "",
			   dns_server_format(&servers.server[i], text));
	log_printf(&server->log, LOG_LEVEL_INFO,
		   "event=dns-servers file=" PATH " servers=%s", list.p);
	buf_clear(&list);
	while (str_split(&unusable, '\n', &line))
		if (line.n > 0)
			log_printf(&server->log, LOG_LEVEL_WARNING,
				   "resolver: %.*s", STR_ARG(line));
}

static void
take(struct server *server)
{
	struct resolvconf *file = &server->resolvconf;
	struct dns_options fresh = {.servers = 0};
	struct buf unusable;

	buf_init(&unusable, NULL);
	bool named = dns_servers_read(PATH, &fresh, &unusable);
	if (!named)
		refuse(server, "names no DNS server that can be asked",
		       buf_str(&unusable));
	else if (!may_be_trusted(server->started, &fresh))
		refuse(server, "trust-ad wants all of them on this host",
		       str_lit(""));
	else {
		if (!are_asked(server->engine.resolver, &fresh))
			change(server, &fresh, buf_str(&unusable));
		file->taken = file->seen;
		file->refuses = false;
	}
	buf_clear(&unusable);
}

void
resolvconf_look(struct server *server, int64_t now_ms)
{
	struct resolvconf *file = &server->resolvconf;

	if (!server->started->dns_of_system || now_ms < file->due_ms)
		return;
	struct resolvconf_file now = file_now();
	bool rests = is_same(&now, &file->seen);
	file->due_ms = now_ms + RESOLVCONF_LOOK_MS;
	file->seen = now;
	if (rests && !is_same(&now, &file->taken))
		take(server);
}
