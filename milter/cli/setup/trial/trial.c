#include "milter/cli/setup/trial/trial.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/line.h"
#include "milter/cli/cli.h"
#include "milter/cli/setup/change/screen.h"
#include "milter/cli/setup/mta_check.h"
#include "milter/cli/setup/trial/milter.h"
#include "milter/cli/setup/trial/smtp.h"

/* TEST-NET-1 (RFC 5737): nobody's mail comes from there. */
static const uint8_t foreign[4] = {192, 0, 2, 1};

/* One message, and what came of it. */
struct shot {
	const char *title;
	struct mail mail;
	struct buf message;
	char postfix; /* first digit of its reply; '\0': not sent through it */
	struct milter_answer answer;
};

struct run {
	const struct trial *trial;
	struct buf *out;
	struct buf from, version;
	struct ip server;
	unsigned port;
	bool fits; /* smtpd's mail is put off where it cannot reach us */
	struct shot genuine, spoofed;
};

/* --- where Postfix listens --- */

/* "smtp", "127.0.0.1:25", "[::1]:25" */
static bool
read_place(struct str name, struct ip *ip_out, unsigned *port_out)
{
	size_t colon = str_rchr(name, ':');
	struct str host = colon < name.n ? str_first(name, colon) : str_empty();
	struct str port = str_from(name, colon < name.n ? colon + 1 : 0);
	char service[64];
	uint64_t number;

	if (str_starts(host, str_lit("[")) && host.n > 1)
		host = str_n(host.p + 1, host.n - 2);
	if (host.n == 0 || !ip_parse(host, ip_out))
		*ip_out = ip_v4((const uint8_t[4]){127, 0, 0, 1});
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
find_server(const struct postconf *postconf, struct run *run)
{
	for (size_t i = 0; i < postconf->services; i++) {
		const struct postconf_service *service = &postconf->service[i];
		struct str name = str_of(service->name);
		size_t slash = str_rchr(name, '/');
		bool takes = strcmp(service->command, "smtpd") == 0 ||
			     strcmp(service->command, "postscreen") == 0;
		if (takes && str_is(str_from(name, slash + 1), "inet") &&
		    read_place(str_first(name, slash), &run->server,
			       &run->port))
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

static int
read_postfix(struct run *run)
{
	const struct trial *trial = run->trial;
	struct postconf postconf;

	if (!postconf_read(trial->program, trial->folder, mta_parameters, false,
			   &postconf))
		return CLI_FAILURE;
	char *version = postconf_value(&postconf, NULL, "mail_version");
	buf_printf(&run->version, "Postfix %s", version ? version : "");
	free(version);
	run->fits = is_sure(trial->config, &postconf);
	bool found = find_server(&postconf, run);
	postconf_clear(&postconf);
	if (!found)
		fprintf(stderr, "verdict setup: no smtpd service of master.cf "
				"listens on a port\n");
	return found ? CLI_ACCEPT : CLI_FAILURE;
}

/* --- the messages --- */

/* The first address of this host that others may know. */
static struct ip
own_address(void)
{
	struct ifaddrs *all = NULL;
	struct ip found = ip_none();

	if (getifaddrs(&all) != 0)
		return found;
	for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next) {
		struct ip ip = ip_from_sockaddr(at->ifa_addr);
		bool local = ip.family == IP_V6 && ip.octet[0] == 0xfe;
		if (found.family == IP_NONE && ip.family != IP_NONE && !local &&
		    !ip_is_loopback(ip))
			found = ip;
	}
	freeifaddrs(all);
	return found;
}

static void
write_shot(struct run *run, struct shot *shot, const char *title,
	   struct ip client)
{
	const struct trial *trial = run->trial;
	struct str domain =
	    str_from(str_of(trial->to), str_rchr(str_of(trial->to), '@') + 1);
	time_t now = (time_t)clock_wall_seconds();
	char date[64];
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc);
	shot->title = title;
	buf_init(&shot->message, NULL);
	buf_init(&shot->answer.reply, NULL);
	buf_init(&shot->answer.results, NULL);
	buf_printf(&shot->message,
		   "Authentication-Results: %.*s; dmarc=pass "
		   "header.from=forged.invalid\r\n"
		   "From: verdict setup <%s>\r\nTo: <%s>\r\n"
		   "Subject: verdict setup: %s\r\nDate: %s\r\n"
		   "Message-ID: <%s.%lld.%ld@%.*s>\r\n"
		   "Auto-Submitted: auto-generated\r\n\r\n"
		   "A test of the mail server, by its admin.\r\n",
		   STR_ARG(trial->config->authres.id), run->from.p, trial->to,
		   title, date, title, (long long)now, (long)getpid(),
		   STR_ARG(domain));
	shot->mail = (struct mail){.client = client,
				   .helo = "verdict-setup.invalid",
				   .from = run->from.p,
				   .to = trial->to,
				   .message = buf_str(&shot->message)};
}

static void
clear_shot(struct shot *shot)
{
	buf_clear(&shot->message);
	buf_clear(&shot->answer.reply);
	buf_clear(&shot->answer.results);
}

/* --- what came of them --- */

static void say(struct run *run, size_t indent, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void
say(struct run *run, size_t indent, const char *fmt, ...)
{
	char *text = NULL;
	struct buf line;
	va_list args;

	va_start(args, fmt);
	int n = vasprintf(&text, fmt, args);
	va_end(args);
	for (int i = 0; i < n; i++)
		text[i] = ascii_is_fws(text[i]) ? ' ' : text[i];
	buf_init(&line, NULL);
	line_add(&line, LINE_ESCAPED, str_of(n < 0 ? "" : text), LINE_WHOLE);
	screen_add_text(run->out, indent, buf_str(&line));
	buf_clear(&line);
	free(text);
}

static bool
send_through(struct run *run, struct shot *shot, bool anyhow, bool *as_client)
{
	struct smtp_answer answer;
	char ip[IP_TEXT_MAX];

	buf_init(&answer.reply, NULL);
	bool ok =
	    smtp_send(run->server, run->port, &shot->mail, anyhow, &answer);
	*as_client = answer.as_client;
	if (!ok)
		say(run, 2, "it does not take it: %s", answer.reply.p);
	else
		say(run, 2, "%s, from %s: %s",
		    answer.as_client ? shot->title : "a message",
		    answer.as_client ? ip_format(shot->mail.client, ip)
				     : "this host itself",
		    answer.reply.p);
	shot->postfix = ok ? answer.reply.p[0] : '\0';
	buf_clear(&answer.reply);
	return ok;
}

static int
through_postfix(struct run *run)
{
	char ip[IP_TEXT_MAX];
	bool as_client, again;

	say(run, 0,
	    "Through Postfix at %s port %u:", ip_format(run->server, ip),
	    run->port);
	if (!send_through(run, &run->genuine, true, &as_client))
		return CLI_UNAVAILABLE;
	if (as_client) {
		bool ok = send_through(run, &run->spoofed, false, &again);
		say(run, 2,
		    "What it took lies in the mailbox, and must bear the "
		    "Authentication-Results below, and none with "
		    "\"header.from=forged.invalid\".");
		return ok ? CLI_ACCEPT : CLI_UNAVAILABLE;
	}
	say(run, 2,
	    "Postfix lets us name no other client "
	    "(smtpd_authorized_xclient_hosts), and mail of your own hosts is "
	    "not checked. What it took lies in the mailbox, and must bear no "
	    "Authentication-Results with \"header.from=forged.invalid\", "
	    "with which it was sent.");
	return CLI_ACCEPT;
}

static const char *
word_of(const struct milter_answer *answer)
{
	static const char *const words[] = {
	    [MILTER_LOST] = "no answer",    [MILTER_ACCEPT] = "delivered",
	    [MILTER_REJECT] = "refused",    [MILTER_TEMPFAIL] = "put off",
	    [MILTER_DISCARD] = "discarded",
	};

	return answer->end == MILTER_ACCEPT && answer->held
		   ? "held"
		   : words[answer->end];
}

static bool
send_directly(struct run *run, struct shot *shot)
{
	struct milter_answer *answer = &shot->answer;
	char ip[IP_TEXT_MAX];

	milter_send(run->trial->config, run->version.p, &shot->mail, answer);
	say(run, 2, "%s, from %s: %s%s%s", shot->title,
	    ip_format(shot->mail.client, ip), word_of(answer),
	    answer->reply.n > 0 ? ", " : "",
	    answer->reply.n > 0 ? answer->reply.p : "");
	if (answer->results.n > 0)
		say(run, 4, "Authentication-Results: %s", answer->results.p);
	return answer->end != MILTER_LOST;
}

static bool
has_result(const struct shot *shot, const char *result)
{
	const struct buf *reply = &shot->answer.reply;

	return (shot->answer.results.n > 0 &&
		strstr(shot->answer.results.p, result) != NULL) ||
	       (strcmp(result, "dmarc=fail") == 0 && reply->n > 0 &&
		str_starts(buf_str(reply), str_lit("550 5.7.26")));
}

/* Why a message did not get the result that it should get. */
static void
explain(struct run *run, bool passed, bool failed)
{
	char ip[IP_TEXT_MAX];
	struct ip client = run->genuine.mail.client;

	ip_format(client, ip);
	if (!passed && config_client_class(run->trial->config, client,
					   str_empty(), NULL) != CLIENT_FOREIGN)
		say(run, 0,
		    "%s is in internal-networks or trusted-relays, so it is "
		    "no stranger's: name with --ip an address that SPF of the "
		    "domain lists.",
		    ip);
	else if (!passed)
		say(run, 0,
		    "The genuine one does not pass DMARC: the domain has no "
		    "DMARC record, or its SPF record does not list %s; name "
		    "with --ip an address that it lists.",
		    ip);
	if (!failed)
		say(run, 0,
		    "The spoofed one does not fail DMARC: the domain "
		    "has no DMARC record.");
	if (passed && failed)
		say(run, 0,
		    "The genuine message passed DMARC, the spoofed one failed "
		    "it%s.",
		    run->spoofed.answer.end == MILTER_ACCEPT &&
			    !run->spoofed.answer.held
			? ", and would be delivered: so say mode, policy and "
			  "your rules"
			: "");
}

/* Does Postfix do what verdict-milter says, as far as it can be seen? */
static bool
works_together(struct run *run)
{
	const struct shot *spoofed = &run->spoofed;
	bool refused = spoofed->answer.end == MILTER_REJECT ||
		       spoofed->answer.end == MILTER_TEMPFAIL;

	if (refused && spoofed->postfix == '2') {
		say(run, 0,
		    "But Postfix took the spoofed one: it does not ask "
		    "verdict-milter. See verdict setup postfix.");
		return false;
	}
	if (run->genuine.postfix == '4' || run->genuine.postfix == '5') {
		say(run, 0,
		    "But Postfix did not take the message; its reply "
		    "says why.");
		return false;
	}
	if (!run->fits) {
		say(run, 0,
		    "But what Postfix's configuration says of verdict-milter "
		    "does not fit, so it may not ask it. See verdict setup "
		    "postfix.");
		return false;
	}
	if (spoofed->postfix == '\0' && run->genuine.postfix == '2')
		say(run, 0,
		    "That Postfix took the message shows that smtpd "
		    "reaches verdict-milter: else it had been put "
		    "off.");
	return true;
}

static int
conclude(struct run *run)
{
	bool passed = has_result(&run->genuine, "dmarc=pass");
	bool failed = has_result(&run->spoofed, "dmarc=fail");

	explain(run, passed, failed);
	bool together = works_together(run);
	say(run, 0,
	    "Not shown: DKIM, since the messages bear no signature, and ARC.");
	return passed && failed && together ? CLI_ACCEPT : CLI_QUARANTINE;
}

static int
run_all(struct run *run)
{
	int status = through_postfix(run);

	say(run, 0,
	    "To verdict-milter at %.*s, as Postfix hands it mail (it is not "
	    "delivered):",
	    STR_ARG(run->trial->config->listen));
	if (!send_directly(run, &run->genuine) ||
	    !send_directly(run, &run->spoofed))
		return CLI_UNAVAILABLE;
	int own = conclude(run);
	return status != CLI_ACCEPT ? status : own;
}

int
trial_run(const struct trial *trial, struct buf *out)
{
	struct run run = {.trial = trial, .out = out};
	struct str to = str_of(trial->to);
	struct ip client =
	    trial->client.family != IP_NONE ? trial->client : own_address();

	if (client.family == IP_NONE) {
		fprintf(stderr, "verdict setup: this host has no address but "
				"loopback; name one with --ip\n");
		return CLI_USAGE;
	}
	buf_init(&run.from, NULL);
	buf_init(&run.version, NULL);
	buf_printf(&run.from, "verdict-setup%.*s",
		   STR_ARG(str_from(to, str_rchr(to, '@'))));
	int status = read_postfix(&run);
	if (status == CLI_ACCEPT) {
		write_shot(&run, &run.genuine, "genuine", client);
		write_shot(&run, &run.spoofed, "spoofed", ip_v4(foreign));
		status = run_all(&run);
		clear_shot(&run.genuine);
		clear_shot(&run.spoofed);
	}
	buf_clear(&run.version);
	buf_clear(&run.from);
	return status;
}
