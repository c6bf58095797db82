#include "milter/cli/check/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/config.h"
#include "milter/cli/options.h"

/* Year 9999: what a signature's t= can sensibly say. */
#define TIME_MAX 253402300799

/* Whose options there are. */
enum { CHECK = 1, SPF = 2 };

/* The envelope of the messages to come, which an option is about. */
static struct verify_envelope *
envelope_of(struct check_call *call)
{
	call->unheard = true;
	return &call->last.envelope;
}

static const char *
set_ip(void *ctx, const char *value)
{
	struct verify_envelope *envelope = envelope_of(ctx);
	bool good = ip_parse(str_of(value), &envelope->client);

	return good ? NULL : "it is no IPv4 or IPv6 address";
}

static const char *
set_helo(void *ctx, const char *value)
{
	envelope_of(ctx)->helo = str_of(value);
	return NULL;
}

static const char *
set_client_name(void *ctx, const char *value)
{
	envelope_of(ctx)->client_name = str_of(value);
	return NULL;
}

/*
 * Mail servers take worse senders, also one without domain, and what becomes of
 * those is to be tried here; but words are another option's value.
 */
static const char *
set_mail_from(void *ctx, const char *value)
{
	struct verify_envelope *envelope = envelope_of(ctx);

	envelope->mail_from = str_of(value);
	envelope->mail_from_known = true;
	return strchr(value, '@') == NULL && strchr(value, ' ') != NULL
		   ? "it has blanks and no @domain"
		   : NULL;
}

/* The first one after a message begins a list of its own. */
static const char *
set_rcpt(void *ctx, const char *value)
{
	struct check_call *call = ctx;
	struct verify_envelope *envelope = envelope_of(call);
	size_t n = call->messages;
	bool first = n > 0 && call->message[n - 1].envelope.recipient ==
				  envelope->recipient;

	if (first || envelope->recipients == 0) {
		envelope->recipient = call->recipient + call->recipients;
		envelope->recipients = 0;
	}
	call->recipient[call->recipients++] = str_of(value);
	envelope->recipients++;
	/* RFC 5321 section 4.5.1; else a name alone is a slip, but not what
	   mail servers take for an address, as "<user>" and "site!user". */
	if (strpbrk(value, "@!%<") != NULL ||
	    str_is_nocase(str_of(value), "postmaster"))
		return NULL;
	return "it has no @domain";
}

static const char *
set_smtp_auth(void *ctx, const char *value)
{
	struct check_call *call = ctx;

	(void)value;
	call->last.smtp_auth = true;
	call->unheard = true;
	return NULL;
}

static const char *
set_time(void *ctx, const char *value)
{
	uint64_t seconds;

	if (!str_uint(str_of(value), TIME_MAX, &seconds) || seconds == 0)
		return "it is no number of seconds";
	envelope_of(ctx)->now = (int64_t)seconds;
	return NULL;
}

#define TO(member) .at = offsetof(struct check_call, member)

static const struct option_row rows[] = {
    {"ip", .argument = "ADDR", .help = "the connecting client's address",
     .set = set_ip},
    {"client-name", .argument = "NAME", .of = CHECK,
     .help = "its name, confirmed by reverse and forward lookup",
     .set = set_client_name},
    {"helo", .argument = "NAME", .help = "its HELO or EHLO name",
     .set = set_helo},
    {"mail-from", .argument = "ADDR",
     .help = "the envelope sender; '' is the null path", .set = set_mail_from},
    {"smtp-auth", .of = CHECK, .help = "the client has logged in",
     .set = set_smtp_auth},
    {"rcpt", .argument = "ADDR", .of = CHECK,
     .help = "an envelope recipient, for rules; may be repeated",
     .set = set_rcpt},
    {"time", .argument = "UNIX", .help = "seconds since 1970 instead of now",
     .set = set_time},
    {"resolver", .argument = "ADDR[:PORT]",
     .help = "ask this server instead of the configured", TO(resolver)},
    {"config", .argument = "FILE", .help = "configuration; else " CONFIG_FILE,
     TO(config)},
    {"save", .argument = "FILE", .of = CHECK,
     .help = "make a file of which check gives the same elsewhere", TO(save)},
    {"json", .help = "one JSON object instead of text", TO(json)},
    {"as-published", .of = CHECK, .help = "decide by the sender's policy alone",
     TO(as_published)},
    {"help", .letter = 'h', .help = "this text", TO(help)},
    {NULL}};

/* --- verdict check --- */

static bool
add_message(void *ctx, const char *path)
{
	struct check_call *call = ctx;

	for (size_t i = 0; i < call->messages && strcmp(path, "-") == 0; i++)
		if (strcmp(call->message[i].path, "-") == 0)
			return options_complain(&check_options,
						"- stands twice; standard "
						"input holds one message");
	call->last.path = path;
	call->message[call->messages++] = call->last;
	call->unheard = false;
	return true;
}

/* Of a single message options may stand after it, too. */
static bool
end_messages(struct check_call *call)
{
	if (call->messages == 0)
		return options_complain(&check_options,
					"no MESSAGE given; - reads it here");
	if (call->messages > 1 && call->save != NULL)
		return options_complain(&check_options,
					"--save takes one MESSAGE");
	if (call->messages > 1)
		return !call->unheard ||
		       options_complain(&check_options,
					"what is said of a MESSAGE stands "
					"before it, but no MESSAGE follows "
					"the last option");
	struct check_message *only = &call->message[0];
	call->last.path = only->path;
	*only = call->last;
	only->envelope.recipient = call->recipient;
	only->envelope.recipients = call->recipients;
	return true;
}

const struct options check_options = {
    .command = "check",
    .usage = "usage: verdict check [OPTION...] MESSAGE "
	     "[[OPTION...] MESSAGE]...\n"
	     "Verifies message files (- for standard input) as the daemon "
	     "would, one\n"
	     "after the other.  An option counts for the messages after it.  "
	     "A file of --save\n"
	     "is checked as it was where it was made: it brings envelope, "
	     "clock, answers of\n"
	     "the DNS and configuration along, and nothing is asked.\n",
    .row = rows,
    .is = CHECK,
    .notes = "What is not given is unknown and is not invented.\n"
	     "Exit status, in either mode: 0 accept, 1 quarantine, "
	     "2 reject,\n"
	     "3 tempfail, 4 discard; 64 usage, 65 unreadable message, "
	     "70 the system failed,\n"
	     "78 configuration; of several messages the highest.\n",
    .long_help = true,
    .argument = add_message,
};

/* --- verdict spf --- */

const struct options spf_options = {
    .command = "spf",
    .usage = "usage: verdict spf [OPTION...] --ip ADDR --helo NAME "
	     "--mail-from ADDR\n"
	     "Evaluates SPF for a client and an envelope.\n",
    .row = rows,
    .is = SPF,
    .notes = "Exit status: 0 whatever SPF says, 64 usage, "
	     "70 the system failed,\n"
	     "78 configuration.\n",
    .long_help = true,
};

/* What it cannot do without. */
static bool
has_client(const struct check_call *call)
{
	const struct verify_envelope *envelope = &call->last.envelope;

	if (envelope->client.family == IP_NONE)
		return options_complain(&spf_options, "--ip is missing");
	if (!envelope->mail_from_known)
		return options_complain(&spf_options,
					"--mail-from is missing; '' is the "
					"null path");
	if (envelope->mail_from.n == 0 && envelope->helo.n == 0)
		return options_complain(&spf_options,
					"--helo is missing; the null path is "
					"judged by it");
	return true;
}

/* --- both --- */

static bool
read_call(const struct options *options, int argc, char **argv,
	  struct check_call *call)
{
	*call = (struct check_call){.last.envelope.prefetch = true};
	/* No more than there are words. */
	call->message = mem_alloc((size_t)argc * sizeof call->message[0]);
	call->recipient = mem_alloc((size_t)argc * sizeof call->recipient[0]);
	if (!options_read(options, argc, argv, call))
		return false;
	if (call->help)
		return true;
	return options == &check_options ? end_messages(call)
					 : has_client(call);
}

bool
check_call_read(const struct options *options, int argc, char **argv,
		struct check_call *call)
{
	if (read_call(options, argc, argv, call))
		return true;
	check_call_clear(call);
	return false;
}

void
check_call_clear(struct check_call *call)
{
	free(call->message);
	free(call->recipient);
}
