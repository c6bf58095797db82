#include "milter/cli/setup/trial/trial.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "milter/cli/cli.h"
#include "milter/cli/setup/change/screen.h"
#include "milter/cli/setup/trial/client.h"
#include "milter/cli/setup/trial/milter.h"
#include "milter/cli/setup/trial/server.h"
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
	struct buf from;
	struct trial_server server;
	struct shot genuine, spoofed;
};

/* --- the messages --- */

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
	va_list args;

	va_start(args, fmt);
	int n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0)
		mem_exhausted(strlen(fmt));
	for (int i = 0; i < n; i++)
		text[i] = ascii_is_fws(text[i]) ? ' ' : text[i];
	screen_add_text(run->out, indent, str_of(text));
	free(text);
}

static bool
send_through(struct run *run, struct shot *shot, bool anyhow, bool *as_client)
{
	struct smtp_answer answer;
	char ip[IP_TEXT_MAX];

	buf_init(&answer.reply, NULL);
	bool ok = smtp_send(run->server.ip, run->server.port, &shot->mail,
			    anyhow, &answer);
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

/* Where what Postfix took lies. */
static const char *
whereabouts(const struct run *run)
{
	return run->server.takes == SERVER_TAKES
		   ? "What it took lies in the mailbox"
		   : "If the domain is in a table of mydestination, "
		     "relay_domains or virtual_*, what it took lies in the "
		     "mailbox";
}

static void
add_line(struct run *run, const char *program, const char *option,
	 const char *words, const char *setting)
{
	struct buf *out = run->out;

	buf_printf(out, "    %s", program);
	if (run->trial->folder != NULL) {
		buf_printf(out, " %s ", option);
		screen_add_quoted(out, run->trial->folder);
	}
	buf_printf(out, " %s", words);
	if (setting != NULL) {
		buf_addc(out, ' ');
		screen_add_quoted(out, setting);
	}
	buf_addc(out, '\n');
}

/* The lines that let this host name a client, and those that lead back.  Who
   connects to an address of this host does so from there. */
static void
tell_xclient(struct run *run)
{
	const char *old = run->server.xclient.p;
	char ip[IP_TEXT_MAX];
	struct buf all, before;

	ip_format(run->server.ip, ip);
	buf_init(&all, NULL);
	buf_init(&before, NULL);
	buf_printf(&before, "smtpd_authorized_xclient_hosts = %s", old);
	buf_printf(&all, run->server.ip.family == IP_V6 ? "%s%s[%s]" : "%s%s%s",
		   before.p, old[0] != '\0' ? " " : "", ip);
	say(run, 2, "To send both through Postfix, let it, and test again:");
	add_line(run, "postconf", "-c", "-e", all.p);
	add_line(run, "postfix", "-c", "reload", NULL);
	say(run, 2, "And take that back afterwards:");
	add_line(run, "postconf", "-c", "-e", before.p);
	add_line(run, "postfix", "-c", "reload", NULL);
	buf_clear(&before);
	buf_clear(&all);
}

/* After one message from this host itself, which is not checked. */
static void
tell_alone(struct run *run)
{
	say(run, 2,
	    "Only one message was sent, as this Postfix lets us name no other "
	    "client, and mail of your own hosts is not checked.");
	if (run->genuine.postfix == '2')
		say(run, 2,
		    "%s, and must bear no Authentication-Results with "
		    "\"header.from=forged.invalid\", with which it was sent.",
		    whereabouts(run));
	tell_xclient(run);
}

static int
through_postfix(struct run *run)
{
	char ip[IP_TEXT_MAX];
	struct str to = str_of(run->trial->to);
	bool as_client, again;

	if (run->server.takes == SERVER_TAKES_NOT) {
		say(run, 0,
		    "Nothing is sent through Postfix: %s is no domain of this "
		    "Postfix (mydestination, relay_domains, virtual_*), so it "
		    "would hand the mail on to other hosts. Name a mailbox of "
		    "a domain that it takes mail for.",
		    to.p + str_rchr(to, '@') + 1);
		return CLI_QUARANTINE;
	}
	say(run, 0,
	    "Through Postfix at %s port %u:", ip_format(run->server.ip, ip),
	    run->server.port);
	if (!send_through(run, &run->genuine, true, &as_client))
		return CLI_UNAVAILABLE;
	if (!as_client) {
		tell_alone(run);
		return CLI_ACCEPT;
	}
	bool ok = send_through(run, &run->spoofed, false, &again);
	if (run->genuine.postfix == '2' || run->spoofed.postfix == '2')
		say(run, 2,
		    "%s, and must bear the Authentication-Results below, and "
		    "none with \"header.from=forged.invalid\".",
		    whereabouts(run));
	return ok ? CLI_ACCEPT : CLI_UNAVAILABLE;
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
has_result(const struct shot *shot, const char *result)
{
	const struct buf *reply = &shot->answer.reply;

	return (shot->answer.results.n > 0 &&
		strstr(shot->answer.results.p, result) != NULL) ||
	       (strcmp(result, "dmarc=fail") == 0 && reply->n > 0 &&
		str_starts(buf_str(reply), str_lit("550 5.7.26")));
}

/* The servers that the daemon asks. */
static void
add_resolvers(const struct run *run, struct buf *out)
{
	const struct dns_options *dns = &run->trial->config->dns;
	char ip[IP_TEXT_MAX];

	for (size_t i = 0; i < dns->servers; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "",
			   ip_format(dns->server[i].ip, ip));
	if (dns->servers == 0)
		buf_adds(out, CONFIG_RESOLV_CONF);
}

/* Why the genuine one, of a stranger's, did not pass, by its results. */
static void
explain_stranger(struct run *run, const char *ip)
{
	const struct shot *genuine = &run->genuine;
	struct str to = str_of(run->trial->to);
	const char *domain = to.p + str_rchr(to, '@') + 1;
	struct buf seen;

	buf_init(&seen, NULL);
	add_resolvers(run, &seen);
	if (has_result(genuine, "dmarc=fail") && genuine->answer.results.n == 0)
		say(run, 4,
		    "The genuine one does not pass DMARC: the SPF record of %s "
		    "does not list %s, or cannot be used; verdict spf --ip %s "
		    "--helo %s --mail-from %s shows it. Name with --ip an "
		    "address that it lists.",
		    domain, ip, ip, domain, run->from.p);
	else if (genuine->answer.results.n == 0)
		say(run, 4,
		    "The genuine one got no results: what it was answered, "
		    "above, says why.");
	else if (has_result(genuine, "no such name"))
		say(run, 4,
		    "The genuine one does not pass DMARC: %s does not exist in "
		    "DNS as %s sees it.",
		    domain, seen.p);
	else if (has_result(genuine, "dmarc=none"))
		say(run, 4,
		    "Neither DMARC passes nor fails: %s has no DMARC record "
		    "(_dmarc.%s) as %s sees it.",
		    domain, domain, seen.p);
	else if (has_result(genuine, "spf=none"))
		say(run, 4,
		    "The genuine one does not pass DMARC: %s has no SPF record "
		    "as %s sees it.",
		    domain, seen.p);
	else if (has_result(genuine, "error"))
		say(run, 4,
		    "The genuine one does not pass DMARC: a record is wrong or "
		    "was not answered; its results above say which.");
	else
		say(run, 4,
		    "The genuine one does not pass DMARC: the SPF record of %s "
		    "does not list %s; name with --ip an address that it "
		    "lists.",
		    domain, ip);
	buf_clear(&seen);
}

static void
explain_genuine(struct run *run)
{
	char ip[IP_TEXT_MAX];
	struct ip client = run->genuine.mail.client;

	ip_format(client, ip);
	if (has_result(&run->genuine, "dmarc=pass"))
		return;
	if (config_client_class(run->trial->config, client, str_empty(),
				NULL) != CLIENT_FOREIGN)
		say(run, 4,
		    "%s is in internal-networks or trusted-relays, so it is "
		    "no stranger's: name with --ip an address that SPF of the "
		    "domain lists.",
		    ip);
	else
		explain_stranger(run, ip);
}

static void
explain_spoofed(struct run *run)
{
	if (has_result(&run->spoofed, "dmarc=fail") ||
	    !has_result(&run->genuine, "dmarc=pass"))
		return;
	say(run, 4, "The spoofed one does not fail DMARC: %s",
	    has_result(&run->spoofed, "dmarc=pass")
		? "the domain's SPF record lists all addresses, 192.0.2.1 too."
		: "its results above say why.");
}

/* What came of a message, and why, where it is not what should. */
static bool
send_directly(struct run *run, struct shot *shot,
	      void (*explain)(struct run *run))
{
	struct milter_answer *answer = &shot->answer;
	char ip[IP_TEXT_MAX];

	const struct milter_server server = {.version = run->server.version.p,
					     .name = run->server.name.p};
	milter_send(run->trial->config, &server, &shot->mail, answer);
	say(run, 2, "%s, from %s: %s%s%s", shot->title,
	    ip_format(shot->mail.client, ip), word_of(answer),
	    answer->reply.n > 0 ? ", " : "",
	    answer->reply.n > 0 ? answer->reply.p : "");
	if (answer->results.n > 0)
		say(run, 4, "Authentication-Results: %s", answer->results.p);
	if (answer->end != MILTER_LOST)
		explain(run);
	return answer->end != MILTER_LOST;
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
	if (!run->server.fits) {
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

	if (passed && failed)
		say(run, 0,
		    "The genuine message passed DMARC, the spoofed one failed "
		    "it%s.",
		    run->spoofed.answer.end == MILTER_ACCEPT &&
			    !run->spoofed.answer.held
			? ", and would be delivered: so say mode, policy and "
			  "your rules"
			: "");
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
	if (!send_directly(run, &run->genuine, explain_genuine) ||
	    !send_directly(run, &run->spoofed, explain_spoofed))
		return CLI_UNAVAILABLE;
	int own = conclude(run);
	return status != CLI_ACCEPT ? status : own;
}

int
trial_run(const struct trial *trial, struct buf *out)
{
	struct run run = {.trial = trial, .out = out};
	struct str to = str_of(trial->to);
	struct ip client = trial->client.family != IP_NONE
			       ? trial->client
			       : client_of(trial->config);

	if (client.family == IP_NONE) {
		fprintf(stderr, "verdict setup: this host has no address but "
				"loopback; name one with --ip\n");
		return CLI_USAGE;
	}
	buf_init(&run.from, NULL);
	buf_printf(&run.from, "verdict-setup%.*s",
		   STR_ARG(str_from(to, str_rchr(to, '@'))));
	int status = trial_server_read(trial, &run.server);
	if (status == CLI_ACCEPT) {
		write_shot(&run, &run.genuine, "genuine", client);
		write_shot(&run, &run.spoofed, "spoofed", ip_v4(foreign));
		status = run_all(&run);
		clear_shot(&run.genuine);
		clear_shot(&run.spoofed);
	}
	trial_server_clear(&run.server);
	buf_clear(&run.from);
	return status;
}
