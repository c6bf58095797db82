/* What of an smtpd decides on what we are told, beside its milters. */
#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/mem.h"
#include "config/broad.h"
#include "milter/cli/setup/postfix/mta_parts.h"

/* --- macros --- */

static void
check_macro(struct mta *mta, const char *name, const char *macro,
	    const char *loss)
{
	if (mta_has_word(mta, name, macro))
		return;
	mta_tell(mta, name, "%s is missing, without which %s; cure: add it",
		 macro, loss);
	mta_mend_by_word(mta, name, macro);
}

static void
check_macro_lists(struct mta *mta)
{
	check_macro(mta, "milter_connect_macros", "v",
		    "verdict-milter takes Postfix for a mail server that "
		    "rewrites addresses");
	check_macro(mta, "milter_connect_macros", "j",
		    "the log does not tell your mail servers apart");
	check_macro(mta, "milter_mail_macros", "{auth_authen}",
		    "users who logged in are checked as strangers");
	check_macro(mta, "milter_rcpt_macros", "{rcpt_addr}",
		    "rules do not see which mailbox a recipient is");
	check_macro(mta, "milter_end_of_data_macros", "i",
		    "the log lacks queue ids");
}

/* ORIGINATING is what Postfix's own master.cf has for submission. */
static void
check_macro_values(struct mta *mta)
{
	char *version = mta_value(mta, "milter_macro_v");
	char *daemon = mta_value(mta, "milter_macro_daemon_name");
	char *host = mta_value(mta, "myhostname");
	char *defaults = mta_value(mta, "milter_macro_defaults");

	if (!str_starts(str_of(version), str_lit("Postfix "))) {
		mta_tell(mta, "milter_macro_v",
			 "\"%s\" hides from verdict-milter that it speaks with "
			 "Postfix; cure: milter_macro_v = Postfix "
			 "$mail_version",
			 version);
		/* In a service's line no value may hold a blank. */
		mta_mend(mta, "milter_macro_v",
			 postconf_overrides(mta->service, "milter_macro_v")
			     ? NULL
			     : "Postfix $mail_version");
	}
	if (strcmp(daemon, host) != 0 && strcmp(daemon, "ORIGINATING") != 0) {
		mta_tell(mta, "milter_macro_daemon_name",
			 "\"%s\" is another name than the one that milters "
			 "expect; cure: milter_macro_daemon_name = "
			 "$myhostname",
			 daemon);
		mta_mend(mta, "milter_macro_daemon_name", "$myhostname");
	}
	if (defaults[0] != '\0') {
		mta_tell(mta, "milter_macro_defaults",
			 "\"%s\" can make every client one that has logged in, "
			 "or give all mail one queue id; cure: leave it empty",
			 defaults);
		mta_mend(mta, "milter_macro_defaults", "");
	}
	free(defaults);
	free(host);
	free(daemon);
	free(version);
}

/* --- clients --- */

/* "192.0.2.0/24", "[2001:db8::]/32", "[::ffff:127.0.0.0]/104" */
static bool
parse_client(struct str word, struct ip_network *network_out)
{
	char text[IP_TEXT_MAX + 8];
	const struct str mapped = STR("::ffff:");
	size_t n = 0;

	if (word.n == 0 || word.n >= sizeof text)
		return false;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] != '[' && word.p[i] != ']')
			text[n++] = word.p[i];
	}
	struct str plain = str_n(text, n);
	size_t slash = str_chr(plain, '/');
	struct str base = str_first(plain, slash);
	uint64_t prefix;
	if (str_starts_nocase(base, mapped) &&
	    str_uint(str_from(plain, slash + 1), 128, &prefix) &&
	    prefix >= 96) {
		/* As IPv4, whose prefix it is. */
		*network_out =
		    (struct ip_network){.prefix = (unsigned)prefix - 96};
		return ip_parse(base, &network_out->base);
	}
	return ip_network_parse(plain, network_out);
}

static bool
lies_in(const struct ip_network *network, const struct config_networks *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct ip_network *own = &list->network[i];
		if (network->prefix >= own->prefix &&
		    ip_in_network(network->base, own))
			return true;
	}
	return false;
}

/* A word that Postfix's own networks have too, and which is not broad. */
static bool
is_of_mynetworks(const struct mta *mta, struct str word,
		 const struct ip_network *network)
{
	char *list = mta_value(mta, "mynetworks");
	struct str rest = str_of(list), own = mta_next_word(&rest);

	while (own.n > 0 && !str_eq(own, word))
		own = mta_next_word(&rest);
	bool is = own.n > 0 && !networks_are_broad(network, 1);
	free(list);
	return is;
}

void
mta_check_clients(struct mta *mta, const char *name, const char *what,
		  bool mynetworks)
{
	char *list = mta_value(mta, name);
	struct str rest = str_of(list);
	struct ip_network network;

	for (struct str word = mta_next_word(&rest); word.n > 0;
	     word = mta_next_word(&rest)) {
		/* What "!" takes out makes the list no broader. */
		if (word.p[0] == '!')
			continue;
		if (!parse_client(word, &network))
			mta_tell(
			    mta, name,
			    "which clients \"%.*s\" names cannot be judged "
			    "here, and each of them %s; cure: name "
			    "addresses and networks of your own",
			    STR_ARG(word), what);
		else if (!lies_in(&network, &mta->config->internal_networks) &&
			 !(mynetworks && is_of_mynetworks(mta, word, &network)))
			mta_tell(mta, name,
				 "\"%.*s\" holds more than your own networks, "
				 "and each client there %s; cure: take it out, "
				 "or name your own in internal-networks",
				 STR_ARG(word), what);
	}
	free(list);
}

/* --- addresses in header fields --- */

/* Postfix completes addresses before it asks a milter. */
void
mta_check_rewriting(struct mta *mta)
{
	char *domain = mta_value(mta, "remote_header_rewrite_domain");

	if (domain[0] != '\0')
		mta_tell(mta, "remote_header_rewrite_domain",
			 "\"%s\" completes and rewrites the addresses of "
			 "strangers' mail, so signatures break, and a From "
			 "without a domain gets one that is not the sender's; "
			 "cure: leave it empty",
			 domain);
	free(domain);
}

static void
check_rewritten_clients(struct mta *mta)
{
	static const char *const own[] = {
	    "permit_inet_interfaces", "permit_mynetworks",
	    "permit_sasl_authenticated", "permit_tls_clientcerts"};
	char *clients = mta_value(mta, "local_header_rewrite_clients");
	struct str rest = str_of(clients);

	for (struct str word = mta_next_word(&rest); word.n > 0;
	     word = mta_next_word(&rest)) {
		size_t i = 0;
		while (i < sizeof own / sizeof own[0] &&
		       !str_is_nocase(word, own[i]))
			i++;
		if (i == sizeof own / sizeof own[0])
			mta_tell(
			    mta, "local_header_rewrite_clients",
			    "which clients \"%.*s\" names cannot be judged "
			    "here; the addresses of their mail are "
			    "completed and rewritten, as with "
			    "canonical_maps and masquerade_domains; cure: "
			    "permit_inet_interfaces, permit_mynetworks "
			    "and permit_sasl_authenticated alone",
			    STR_ARG(word));
	}
	free(clients);
}

/* Names in the lists of clients are those that the mail server confirms. */
static void
check_client_names(struct mta *mta)
{
	const struct config *config = mta->config;

	if (config->trusted_relays.names + config->forwarders.names == 0 ||
	    !mta_has_word(mta, "smtpd_peername_lookup", "no"))
		return;
	mta_tell(
	    mta, "smtpd_peername_lookup",
	    "with \"no\" no client has a name, so none is one of the name: "
	    "elements of trusted-relays and forwarders; cure: "
	    "smtpd_peername_lookup = yes");
	mta_mend(mta, "smtpd_peername_lookup", "yes");
}

void
mta_check_smtpd(struct mta *mta)
{
	char *proxy = mta_value(mta, "smtpd_proxy_filter");

	if (proxy[0] != '\0')
		mta_tell(mta, "smtpd_proxy_filter",
			 "with \"%s\" before the queue a milter sees neither "
			 "header nor body, so mail is not checked; cure: make "
			 "it a milter of its own, or a content_filter",
			 proxy);
	free(proxy);
	/* Both go by one flag of cleanup's. */
	if (mta_has_word(mta, "receive_override_options",
			 "no_header_body_checks")) {
		mta_tell(mta, "receive_override_options",
			 "no_header_body_checks switches "
			 "message_reject_characters off, and what follows a "
			 "NUL is hidden from a milter; cure: take the word "
			 "out");
		mta_mend_without_word(mta, "receive_override_options",
				      "no_header_body_checks");
	}
	check_macro_lists(mta);
	check_macro_values(mta);
	check_rewritten_clients(mta);
	check_client_names(mta);
	mta_check_clients(mta, "smtpd_authorized_xclient_hosts",
			  "may give itself any address, so that its mail is "
			  "not checked",
			  false);
}
