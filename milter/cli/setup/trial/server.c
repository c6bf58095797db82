#include "milter/cli/setup/trial/server.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "milter/cli/cli.h"
#include "milter/cli/setup/postfix/mta_parts.h"

/* --- where Postfix listens --- */

/* "smtp", "127.0.0.1:25", "[::1]:25" */
static bool
read_place(struct str name, struct ip *ip_out, unsigned *port_out)
{
	struct str host, port;
	char service[64];
	uint64_t number;

	mta_split_place(name, &host, &port);
	if (!ip_parse(host, ip_out))
		*ip_out = ip_loopback(IP_V4);
	snprintf(service, sizeof service, "%.*s", STR_ARG(port));
	const struct servent *known = getservbyname(service, "tcp");
	/* A container may lack /etc/services. */
	if (known == NULL && str_is(port, "smtp"))
		number = 25;
	else if (known != NULL)
		number = ntohs((uint16_t)known->s_port);
	else if (!str_uint(port, UINT16_MAX, &number))
		return false;
	*port_out = (unsigned)number;
	return true;
}

/* The first service that takes mail by SMTP. */
static bool
find_server(const struct postconf *postconf, struct trial_server *server)
{
	for (size_t i = 0; i < postconf->services; i++) {
		const struct postconf_service *service = &postconf->service[i];
		struct str name = str_of(service->name);
		size_t slash = str_rchr(name, '/');
		bool takes = strcmp(service->command, "smtpd") == 0 ||
			     strcmp(service->command, "postscreen") == 0;
		if (takes && str_is(str_from(name, slash + 1), "inet") &&
		    read_place(str_first(name, slash), &server->ip,
			       &server->port))
			return true;
	}
	return false;
}

/* Does nothing that is found keep smtpd from us, or let mail in without us? */
static bool
is_sure(const struct config *config, const struct postconf *postconf)
{
	struct mta_plan plan;
	struct buf lines;

	mta_plan_init(&plan);
	buf_init(&lines, NULL);
	mta_judge(config, postconf, NULL, &plan, &lines);
	struct str rest = buf_str(&plan.found), name;
	bool sure = true;
	while (str_split(&rest, '\n', &name))
		sure = sure && !str_is(name, "smtpd_milters") &&
		       !str_is(name, "smtpd_milter_maps") &&
		       !str_is(name, "receive_override_options") &&
		       !str_is(name, "milter_default_action");
	buf_clear(&lines);
	mta_plan_clear(&plan);
	return sure;
}

/* --- for whom it takes mail --- */

/* Some lists take subdomains along. */
static bool
is_below(struct str domain, struct str parent)
{
	size_t n = domain.n > parent.n ? domain.n - parent.n : 0;

	return n > 0 && str_ends_nocase(domain, parent) &&
	       (parent.p[0] == '.' || domain.p[n - 1] == '.');
}

/* A list holds names, tables ("hash:/etc/postfix/x"), files of them, and names
   with "!" before them that are none. */
static enum server_takes
takes_by(const struct postconf *postconf, const char *list, struct str domain)
{
	char *value = postconf_value(postconf, NULL, list);
	struct str rest = str_of(value != NULL ? value : "");
	enum server_takes takes = SERVER_TAKES_NOT;

	for (struct str word = mta_next_word(&rest); word.n > 0;
	     word = mta_next_word(&rest)) {
		if (str_eq_nocase(word, domain))
			takes = SERVER_TAKES;
		else if (takes == SERVER_TAKES_NOT &&
			 (is_below(domain, word) ||
			  str_chr(word, ':') < word.n ||
			  str_chr(word, '/') < word.n || word.p[0] == '!'))
			takes = SERVER_MAY_TAKE;
	}
	free(value);
	return takes;
}

static enum server_takes
takes(const struct postconf *postconf, struct str domain)
{
	static const char *const lists[] = {"mydestination", "relay_domains",
					    "virtual_alias_domains",
					    "virtual_mailbox_domains"};
	enum server_takes found = SERVER_TAKES_NOT;

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		enum server_takes one = takes_by(postconf, lists[i], domain);
		if (one == SERVER_TAKES || found == SERVER_TAKES_NOT)
			found = one;
	}
	return found;
}

/* --- all of it --- */

static void
add_value(const struct postconf *postconf, const char *name, struct buf *out)
{
	char *value = postconf_value(postconf, NULL, name);

	buf_adds(out, value != NULL ? value : "");
	free(value);
}

int
trial_server_read(const struct trial *trial, struct trial_server *server_out)
{
	struct trial_server *server = server_out;
	struct postconf postconf;
	struct str to = str_of(trial->to);

	*server = (struct trial_server){.port = 0};
	buf_init(&server->version, NULL);
	buf_init(&server->name, NULL);
	buf_init(&server->xclient, NULL);
	if (!postconf_read(trial->program, trial->folder, mta_parameters, false,
			   &postconf))
		return CLI_FAILURE;
	buf_adds(&server->version, "Postfix ");
	add_value(&postconf, "mail_version", &server->version);
	add_value(&postconf, "myhostname", &server->name);
	char *xclient =
	    postconf_written(&postconf, NULL, "smtpd_authorized_xclient_hosts");
	buf_adds(&server->xclient, xclient != NULL ? xclient : "");
	free(xclient);
	server->takes = takes(&postconf, str_from(to, str_rchr(to, '@') + 1));
	server->fits = is_sure(trial->config, &postconf);
	bool found = find_server(&postconf, server);
	postconf_clear(&postconf);
	if (!found)
		fprintf(stderr, "verdict setup: no smtpd service of master.cf "
				"listens on a port\n");
	return found ? CLI_ACCEPT : CLI_FAILURE;
}

void
trial_server_clear(struct trial_server *server)
{
	buf_clear(&server->version);
	buf_clear(&server->name);
	buf_clear(&server->xclient);
}
