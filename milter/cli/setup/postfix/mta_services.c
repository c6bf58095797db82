/* Services of master.cf: which take mail from outside, and which take it back
   from a filter. */
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "milter/cli/setup/postfix/mta_parts.h"

bool
mta_is_smtpd(const struct postconf_service *service)
{
	return strcmp(service->command, "smtpd") == 0;
}

/* --- where a service listens --- */

/* Its first column: of "[::1]:smtp/inet" both parts; the host may be empty. */
static void
split_name(const struct postconf_service *service, struct str *host_out,
	   struct str *port_out)
{
	struct str name = str_of(service->name);

	mta_split_place(str_first(name, str_rchr(name, '/')), host_out,
			port_out);
}

static struct str
host_of(const struct postconf_service *service)
{
	struct str host, port;

	split_name(service, &host, &port);
	return host;
}

static struct str
port_of(const struct postconf_service *service)
{
	struct str host, port;

	split_name(service, &host, &port);
	return port;
}

static bool
is_loopback(struct str host)
{
	struct ip ip;

	if (ip_parse(host, &ip))
		return ip_is_loopback(ip);
	return str_is_nocase(host, "localhost") ||
	       str_is_nocase(host, "loopback-only");
}

static bool
is_local(const struct mta *mta, const struct postconf_service *service)
{
	struct str host = host_of(service);
	char *list;

	if (host.n > 0)
		return is_loopback(host);
	list = postconf_value(mta->postconf, service, "inet_interfaces");
	struct str rest = str_of(list), word = mta_next_word(&rest);
	bool local = word.n > 0;
	for (; word.n > 0; word = mta_next_word(&rest))
		local = local && is_loopback(word);
	free(list);
	return local;
}

/* Ports that others than a filter speak to. */
static bool
is_public_port(const struct postconf_service *service)
{
	static const char *const ports[] = {
	    "smtp",  "25",    "submission", "587",  "submissions",
	    "smtps", "ssmtp", "465",        "smtpd"};

	for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
		if (str_is_nocase(port_of(service), ports[i]))
			return true;
	}
	return false;
}

/* --- which of them take mail back from a filter --- */

static bool
has_value(const struct mta *mta, const struct postconf_service *service,
	  const char *name)
{
	char *value = postconf_value(mta->postconf, service, name);
	bool has = value != NULL && value[0] != '\0';

	free(value);
	return has;
}

static bool
has_filter(const struct mta *mta, const struct postconf_service *service)
{
	return has_value(mta, service, "content_filter") ||
	       has_value(mta, service, "smtpd_proxy_filter");
}

/* Is there a filter, or an smtpd that other hosts can reach, beside it? */
static bool
has_front(const struct mta *mta, const struct postconf_service *service)
{
	for (size_t i = 0; i < mta->postconf->services; i++) {
		const struct postconf_service *other =
		    &mta->postconf->service[i];
		if (other == service || !mta_is_smtpd(other))
			continue;
		if (has_filter(mta, other) || !is_local(mta, other))
			return true;
	}
	return false;
}

/* Ports that filters are told to use by their manuals. */
static bool
is_filter_port(const struct postconf_service *service)
{
	struct str port = port_of(service);

	return str_is(port, "10025") || str_is(port, "10026");
}

/* What a service on the way back has that others have not. */
static bool
looks_back(const struct mta *mta, const struct postconf_service *service)
{
	return postconf_overrides(service, "content_filter") ||
	       postconf_overrides(service, "smtpd_proxy_filter") ||
	       postconf_overrides(service, "smtpd_authorized_xforward_hosts") ||
	       (is_local(mta, service) &&
		(is_filter_port(service) || has_front(mta, service)));
}

bool
mta_is_reinjecting(struct mta *mta, const struct postconf_service *service)
{
	size_t smtpds = 0;

	for (size_t i = 0; i < mta->postconf->services; i++)
		smtpds += mta_is_smtpd(&mta->postconf->service[i]);
	return mta_is_smtpd(service) && smtpds > 1 &&
	       !is_public_port(service) && !has_filter(mta, service) &&
	       looks_back(mta, service);
}

/* Only own networks may speak to it. */
static bool
is_closed(const struct mta *mta)
{
	static const char *const lists[] = {"smtpd_client_restrictions",
					    "smtpd_recipient_restrictions"};
	bool closed = false;

	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		char *list = mta_value(mta, lists[i]);
		struct str rest = str_of(list);
		bool first =
		    str_is_nocase(mta_next_word(&rest), "permit_mynetworks");
		closed = closed || (first && str_is_nocase(mta_next_word(&rest),
							   "reject"));
		free(list);
	}
	return closed;
}

static void
check_back(struct mta *mta)
{
	bool on = !mta_has_word(mta, "receive_override_options", "no_milters");

	if (on)
		mta_check_answers(mta, "smtpd_milters", false);
	if (on && mta_leads_here(mta, "smtpd_milters")) {
		mta_tell(mta, "smtpd_milters",
			 "mail that comes back here from a filter meets "
			 "verdict-milter a second time, from a client of your "
			 "own: it loses its Authentication-Results and "
			 "%.*s, by which tagged mail is filed, and gets no "
			 "new ones; cure: -o smtpd_milters= (or -o "
			 "receive_override_options=no_milters) at this service "
			 "in master.cf",
			 STR_ARG(mta->config->authres.tag_header));
		mta_mend_service(mta, "smtpd_milters", "");
	} else if (!is_local(mta, mta->service) && !is_closed(mta)) {
		mta_tell(mta, "smtpd_milters",
			 "no entry leads to \"listen: %.*s\", and other hosts "
			 "can reach this service; cure: give it the address "
			 "127.0.0.1 in master.cf, or -o "
			 "smtpd_client_restrictions=permit_mynetworks,reject",
			 STR_ARG(mta->config->listen));
	}
}

void
mta_check_reinjecting(struct mta *mta)
{
	const struct postconf *postconf = mta->postconf;

	/* Each is named: the cure is for its line. */
	mta->among = postconf->services + 1;
	for (size_t i = 0; i < postconf->services; i++) {
		if (!mta_is_reinjecting(mta, &postconf->service[i]))
			continue;
		mta->service = &postconf->service[i];
		check_back(mta);
	}
	mta->service = NULL;
}

/* --- filters, and other programs --- */

/* Does the transport, "NAME:...", hand mail to a program, which gives it back
   by sendmail(1)? */
static bool
is_pipe(const struct mta *mta, const char *transport)
{
	size_t n = strcspn(transport, ":");

	for (size_t i = 0; i < mta->postconf->services; i++) {
		const struct postconf_service *service =
		    &mta->postconf->service[i];
		if (strncmp(service->name, transport, n) == 0 &&
		    service->name[n] == '/' &&
		    strcmp(service->command, "pipe") == 0)
			return true;
	}
	return false;
}

void
mta_check_way_back(struct mta *mta)
{
	char *filter = mta_value(mta, "content_filter");
	size_t back = 0;

	for (size_t i = 0; i < mta->postconf->services; i++)
		back += mta_is_reinjecting(mta, &mta->postconf->service[i]);
	if (filter[0] != '\0' && back == 0 && !is_pipe(mta, filter))
		mta_tell(mta, "content_filter",
			 "the service by which mail comes back from \"%s\" is "
			 "not found, so it may meet verdict-milter a second "
			 "time and lose its Authentication-Results and "
			 "%.*s; cure: a "
			 "service of its own in master.cf, with -o "
			 "content_filter= -o smtpd_milters=",
			 filter, STR_ARG(mta->config->authres.tag_header));
	free(filter);
}

/* Does it take mail that never meets smtpd's milters, or may it? */
static void
check_program(struct mta *mta)
{
	const char *command = mta->service->command;
	struct str name = str_of(mta->service->name);
	struct str type = str_from(name, str_rchr(name, '/') + 1);

	if (!str_is(type, "inet") || mta_is_smtpd(mta->service) ||
	    strcmp(command, "postscreen") == 0)
		return;
	mta_tell(mta, "master.cf",
		 "the mail that %s takes from other hosts is not checked by "
		 "smtpd_milters, or cannot be judged here; cure: take the "
		 "service out, or let only your own hosts reach it",
		 command);
}

void
mta_check_services(struct mta *mta)
{
	const struct postconf *postconf = mta->postconf;

	mta->among = postconf->services + 1;
	for (size_t i = 0; i < postconf->services; i++) {
		mta->service = &postconf->service[i];
		if (!is_local(mta, mta->service))
			check_program(mta);
	}
	mta->service = NULL;
}
