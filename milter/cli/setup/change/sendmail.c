#include "milter/cli/setup/change/sendmail.h"

#include "config/endpoint.h"

/* Where Sendmail finds it. */
static void
add_socket(struct buf *out, struct str listen)
{
	struct endpoint endpoint;
	char ip[IP_TEXT_MAX];

	if (!endpoint_parse(listen, &endpoint))
		return;
	if (endpoint.path.n > 0)
		buf_printf(out, "local:%.*s", STR_ARG(endpoint.path));
	else
		buf_printf(out, "%s:%u@%s",
			   endpoint.ip.family == IP_V6 ? "inet6" : "inet",
			   (unsigned)endpoint.port,
			   ip_format(endpoint_near(&endpoint), ip));
}

static void
add_rewriting(struct buf *out, const struct config *config)
{
	buf_adds(out,
		 "dnl Without it Sendmail puts the target of a CNAME into From "
		 "after the\n"
		 "dnl verdict.\n");
	if (config_address_rewriting(config, ADDRESSES_CANONIFIED) !=
	    ADDRESSES_COMPLETED)
		buf_adds(out, "dnl Once it is in force, say in verdict.yaml: "
			      "address-rewriting: complete\n");
	buf_adds(out, "FEATURE(`nocanonify')dnl\n");
}

void
sendmail_add_lines(struct buf *out, const struct config *config)
{
	buf_adds(out,
		 "dnl For verdict-milter: into sendmail.mc, above its MAILER "
		 "lines; then make\n"
		 "dnl sendmail.cf anew and restart Sendmail.  Above all other "
		 "milters: they run in\n"
		 "dnl this order, and one that signs must come after it.\n"
		 "dnl\n");
	add_rewriting(out, config);
	buf_adds(out, "dnl\n"
		      "dnl F=T puts mail off while verdict-milter is down; T= "
		      "are the times that it\n"
		      "dnl is waited for.\n"
		      "INPUT_MAIL_FILTER(`verdict', `S=");
	add_socket(out, config->listen);
	/* Longer than the longest message-time. */
	buf_adds(out, ", F=T, T=C:10s;S:30s;R:30s;E:5m')dnl\n");
}
