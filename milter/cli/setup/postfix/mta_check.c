#include "milter/cli/setup/postfix/mta_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/line.h"
#include "base/mem.h"
#include "milter/cli/setup/postfix/mta_parts.h"

const char *const mta_parameters[] = {"always_add_missing_headers",
				      "cleanup_replace_stray_cr_lf",
				      "cleanup_service_name",
				      "compatibility_level",
				      "content_filter",
				      "inet_interfaces",
				      "internal_mail_filter_classes",
				      "lmtp_generic_maps",
				      "lmtp_header_checks",
				      "lmtp_line_length_limit",
				      "lmtp_mime_header_checks",
				      "lmtp_nested_header_checks",
				      "local_header_rewrite_clients",
				      "mail_name",
				      "mail_version",
				      "message_reject_characters",
				      "message_strip_characters",
				      "milter_command_timeout",
				      "milter_connect_macros",
				      "milter_connect_timeout",
				      "milter_content_timeout",
				      "milter_default_action",
				      "milter_end_of_data_macros",
				      "milter_header_checks",
				      "milter_macro_daemon_name",
				      "milter_macro_defaults",
				      "milter_macro_v",
				      "milter_mail_macros",
				      "milter_protocol",
				      "milter_rcpt_macros",
				      "mydestination",
				      "myhostname",
				      "mynetworks",
				      "non_smtpd_milters",
				      "queue_directory",
				      "receive_override_options",
				      "recipient_delimiter",
				      "relay_domains",
				      "remote_header_rewrite_domain",
				      "smtp_generic_maps",
				      "smtp_header_checks",
				      "smtp_line_length_limit",
				      "smtp_mime_header_checks",
				      "smtp_nested_header_checks",
				      "smtpd_authorized_xclient_hosts",
				      "smtpd_client_restrictions",
				      "smtpd_forbid_bare_newline",
				      "smtpd_forbid_bare_newline_exclusions",
				      "smtpd_milter_maps",
				      "smtpd_milters",
				      "smtpd_peername_lookup",
				      "smtpd_proxy_filter",
				      "smtpd_recipient_restrictions",
				      "virtual_alias_domains",
				      "virtual_mailbox_domains",
				      NULL};

/* --- what was found --- */

struct finding {
	char *text;
	struct buf services; /* that have it, joined by ", " */
	size_t count, among;
	bool overridden; /* by one of them */
	bool hint;
};

static struct finding *
find(struct mta *mta, const char *text)
{
	for (size_t i = 0; i < mta->findings; i++) {
		if (strcmp(mta->finding[i].text, text) == 0)
			return &mta->finding[i];
	}
	mta->finding = mem_resize(mta->finding,
				  (mta->findings + 1) * sizeof *mta->finding);
	struct finding *finding = &mta->finding[mta->findings++];
	*finding = (struct finding){.text = mem_copy(text, strlen(text))};
	buf_init(&finding->services, NULL);
	return finding;
}

static struct finding *keep(struct mta *mta, const char *parameter,
			    const char *fmt, va_list args) PRINTF_LIKE(3, 0);

bool
mta_is_overridden(const struct mta *mta, const char *parameter)
{
	char *own = postconf_value(mta->postconf, mta->service, parameter);
	char *of_main = postconf_value(mta->postconf, NULL, parameter);
	bool differs = own && of_main && strcmp(own, of_main) != 0;

	free(of_main);
	free(own);
	return differs || postconf_overrides(mta->service, parameter);
}

static struct finding *
keep(struct mta *mta, const char *parameter, const char *fmt, va_list args)
{
	char *why = NULL;
	struct buf text;

	if (vasprintf(&why, fmt, args) < 0)
		mem_exhausted(strlen(fmt));
	buf_init(&text, NULL);
	buf_printf(&text, "%s: %s", parameter, why);
	struct finding *finding = find(mta, text.p);
	finding->among = mta->among;
	finding->count++;
	mta->last = (size_t)(finding - mta->finding);
	buf_printf(&mta->plan->found, "%s\n", parameter);
	if (mta->service != NULL) {
		if (finding->services.n > 0)
			buf_adds(&finding->services, ", ");
		buf_adds(&finding->services, mta->service->name);
		finding->overridden =
		    finding->overridden || mta_is_overridden(mta, parameter);
	}
	buf_clear(&text);
	free(why);
	return finding;
}

void
mta_tell(struct mta *mta, const char *parameter, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	keep(mta, parameter, fmt, args);
	va_end(args);
}

struct str
mta_last_told(const struct mta *mta)
{
	return str_of(mta->finding[mta->last].text);
}

/* What may well be meant so: it changes no exit status. */
static void hint(struct mta *mta, const char *parameter, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void
hint(struct mta *mta, const char *parameter, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	struct finding *finding = keep(mta, parameter, fmt, args);
	va_end(args);
	mta->hints += !finding->hint;
	finding->hint = true;
}

/* Where not all services have it, or where master.cf says so, they are named.
   What postconf printed must not rule the terminal. */
static void
print(const struct finding *finding, struct buf *out)
{
	if (finding->hint)
		buf_adds(out, "hint: ");
	if (finding->services.n > 0 &&
	    (finding->overridden || finding->count < finding->among)) {
		line_add(out, LINE_ESCAPED, buf_str(&finding->services),
			 LINE_WHOLE);
		buf_adds(out, ": ");
	}
	line_add(out, LINE_ESCAPED, str_of(finding->text), LINE_WHOLE);
	buf_addc(out, '\n');
}

static void
print_all(struct mta *mta, struct buf *out)
{
	for (size_t i = 0; i < mta->findings; i++) {
		print(&mta->finding[i], out);
		free(mta->finding[i].text);
		buf_clear(&mta->finding[i].services);
	}
	free(mta->finding);
}

/* --- values --- */

char *
mta_value(const struct mta *mta, const char *name)
{
	char *value = postconf_value(mta->postconf, mta->service, name);

	return value != NULL ? value : mem_copy("", 0);
}

struct str
mta_next_word(struct str *rest)
{
	size_t begin = 0;

	while (begin < rest->n &&
	       (rest->p[begin] == ',' || ascii_is_fws(rest->p[begin])))
		begin++;
	size_t end = begin;
	while (end < rest->n && rest->p[end] != ',' &&
	       !ascii_is_fws(rest->p[end]))
		end++;
	struct str word = str_n(rest->p + begin, end - begin);
	*rest = str_from(*rest, end);
	return word;
}

bool
mta_has_word(const struct mta *mta, const char *name, const char *word)
{
	char *list = mta_value(mta, name);
	struct str rest = str_of(list), found = mta_next_word(&rest);

	while (found.n > 0 && !str_is_nocase(found, word))
		found = mta_next_word(&rest);
	bool has = found.n > 0;
	free(list);
	return has;
}

/* --- all checks --- */

static void
check_name(struct mta *mta)
{
	struct str id = mta->config->authres.id;
	char *host = mta_value(mta, "myhostname");

	if (!str_is_nocase(id, host))
		hint(mta, "authserv-id",
		     "\"%.*s\" is not Postfix's myhostname \"%s\"; that is "
		     "right where all of your mail servers share the one "
		     "name, and only yours bear it",
		     STR_ARG(id), host);
	free(host);
}

static bool
is_front(struct mta *mta, const struct postconf_service *service)
{
	return mta_is_smtpd(service) && !mta_is_reinjecting(mta, service);
}

static void
check_smtpds(struct mta *mta)
{
	const struct postconf *postconf = mta->postconf;

	mta->among = 0;
	for (size_t i = 0; i < postconf->services; i++)
		mta->among += is_front(mta, &postconf->service[i]);
	if (mta->among == 0)
		mta_tell(mta, "master.cf",
			 "no smtpd service is found that takes mail from "
			 "outside, so nothing can be said of it; cure: "
			 "--mta-config with the folder of its main.cf and "
			 "master.cf");
	for (size_t i = 0; i < postconf->services; i++) {
		if (!is_front(mta, &postconf->service[i]))
			continue;
		mta->service = &postconf->service[i];
		mta_check_milters(mta);
		mta_check_smtpd(mta);
		mta_check_newlines(mta);
		mta_check_way_back(mta);
	}
	mta->service = NULL;
}

/* An smtpd hands its mail to the cleanup that it names. */
static bool
is_cleanup(const struct postconf_service *service)
{
	return strcmp(service->command, "cleanup") == 0;
}

static bool
is_rewriting(const struct postconf_service *service)
{
	return mta_is_smtpd(service) || is_cleanup(service) ||
	       strcmp(service->command, "trivial-rewrite") == 0;
}

static bool
is_delivery(const struct postconf_service *service)
{
	return strcmp(service->command, "smtp") == 0 ||
	       strcmp(service->command, "lmtp") == 0;
}

/* A service of none looks as main.cf says. */
static void
check_each(struct mta *mta, bool (*is)(const struct postconf_service *),
	   void (*check)(struct mta *))
{
	const struct postconf *postconf = mta->postconf;

	mta->among = 0;
	for (size_t i = 0; i < postconf->services; i++)
		mta->among += is(&postconf->service[i]);
	for (size_t i = 0; i < postconf->services; i++) {
		if (!is(&postconf->service[i]))
			continue;
		mta->service = &postconf->service[i];
		check(mta);
	}
	mta->service = NULL;
	if (mta->among == 0)
		check(mta);
}

static void
check_cleanup(struct mta *mta)
{
	mta_check_octets(mta);
	mta_check_cleanup(mta);
}

size_t
mta_judge(const struct config *config, const struct postconf *postconf,
	  struct mta_answers *answers, struct mta_plan *plan, struct buf *out)
{
	struct mta mta = {.config = config,
			  .postconf = postconf,
			  .answers = answers,
			  .plan = plan};

	/* The reader of the configuration took it. */
	(void)!endpoint_parse(config->listen, &mta.own);
	check_name(&mta);
	check_smtpds(&mta);
	check_each(&mta, is_cleanup, check_cleanup);
	check_each(&mta, is_rewriting, mta_check_rewriting);
	check_each(&mta, is_delivery, mta_check_delivery);
	mta_check_recipients(&mta);
	mta_check_reinjecting(&mta);
	mta_check_services(&mta);
	print_all(&mta, out);
	return mta.findings - mta.hints;
}

static void
check_list_without(struct mta *mta, const char *list)
{
	if (mta_leads_here(mta, list)) {
		mta_tell(mta, list,
			 "an entry leads to verdict-milter still; cure: take "
			 "it out");
		mta_mend_without_us(mta, list);
	}
	mta_check_answers(mta, list, false);
}

static void
check_smtpd_without(struct mta *mta)
{
	check_list_without(mta, "smtpd_milters");
}

static void
check_cleanup_without(struct mta *mta)
{
	check_list_without(mta, "non_smtpd_milters");
}

size_t
mta_judge_without(const struct config *config, const struct postconf *postconf,
		  struct mta_answers *answers, struct mta_plan *plan,
		  struct buf *out)
{
	struct mta mta = {.config = config,
			  .postconf = postconf,
			  .answers = answers,
			  .plan = plan};

	(void)!endpoint_parse(config->listen, &mta.own);
	check_each(&mta, mta_is_smtpd, check_smtpd_without);
	check_each(&mta, is_cleanup, check_cleanup_without);
	print_all(&mta, out);
	return mta.findings;
}
