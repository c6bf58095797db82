#include "milter/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authres/authres.h"
#include "base/line.h"
#include "mail/received.h"
#include "milter/cli/check/call.h"
#include "milter/cli/engine.h"
#include "verdict/explain.h"

/* Postfix's default message_size_limit is 10 MB; nobody raises it to this. */
#define MESSAGE_MAX ((size_t)1 << 30)
#define READ_SIZE ((size_t)64 * 1024)

/* Strangers may have named the file. */
static void
complain(const char *path, const char *why)
{
	struct buf name;

	buf_init(&name, NULL);
	line_add(&name, LINE_TEXT, str_of(path), LINE_WHOLE);
	fprintf(stderr, "verdict check: %s: %s\n", name.p ? name.p : "", why);
	buf_clear(&name);
}

/* A pipe or a device may have no end, and a directory reads as nothing. */
static FILE *
open_message(const char *path)
{
	FILE *stream = NULL;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return stdin;
	/* A pipe must not make us wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		stream = fdopen(fd, "rb");
	else if (fd >= 0)
		complain(path, "not a regular file; - is standard input");
	else
		complain(path, strerror(errno));
	if (fd >= 0 && stream == NULL)
		close(fd);
	return stream;
}

static bool
read_message(const char *path, struct buf *raw)
{
	FILE *stream = open_message(path);
	bool ok = false;
	char over[40];

	if (stream == NULL)
		return false;
	snprintf(over, sizeof over, "over %zu octets", MESSAGE_MAX);
	while (!feof(stream) && !ferror(stream) && raw->n <= MESSAGE_MAX) {
		char *room = buf_room(raw, READ_SIZE);
		raw->n += fread(room, 1, READ_SIZE, stream);
	}
	if (ferror(stream))
		complain(path, strerror(errno));
	else if (raw->n > MESSAGE_MAX)
		complain(path, over);
	else
		ok = true;
	fclose(stream);
	return ok;
}

static void
print_verdict(const struct check_call *call, const struct config *config,
	      const struct check_message *message, struct verify *verify)
{
	const struct verdict *verdict = verify_verdict(verify);
	struct arena *arena = verify_arena(verify);
	struct str field = str_empty();

	if (client_is_checked(verdict->client_class))
		field = authres_build(arena, &config->authres, verdict);
	if (call->json) {
		struct str json = verdict_json(arena, verdict, field);
		struct buf text;
		buf_init(&text, arena);
		if (call->messages > 1) {
			buf_adds(&text, "{\"message\":");
			buf_add_json(&text, str_of(message->path));
			buf_addc(&text, ',');
			json = str_from(json, 1);
		}
		printf("%.*s%.*s\n", STR_ARG(buf_str(&text)), STR_ARG(json));
	} else {
		struct buf text;
		buf_init(&text, arena);
		explain_verdict(&text, arena, verdict, field);
		if (call->messages > 1)
			printf("%smessage   %s\n",
			       message == call->message ? "" : "\n",
			       line_text(arena, LINE_TEXT,
					 str_of(message->path), LINE_WHOLE)
				   .p);
		printf("%.*s", STR_ARG(buf_str(&text)));
	}
}

_Static_assert((int)ACTION_ACCEPT == (int)CLI_ACCEPT &&
		   (int)ACTION_QUARANTINE == (int)CLI_QUARANTINE &&
		   (int)ACTION_REJECT == (int)CLI_REJECT &&
		   (int)ACTION_TEMPFAIL == (int)CLI_TEMPFAIL &&
		   (int)ACTION_DISCARD == (int)CLI_DISCARD,
	       "the exit status is the action");

static struct verify_envelope
envelope_of(const struct check_call *call, const struct config *config,
	    const struct check_message *message)
{
	struct verify_envelope envelope = message->envelope;

	envelope.client_class = CLIENT_FOREIGN;
	envelope.rewriting = config_address_rewriting(config, ADDRESSES_STAY);
	if (!call->as_published && envelope.client.family != IP_NONE)
		envelope.client_class =
		    config_client_class(config, envelope.client,
					envelope.client_name, &envelope.relay);
	if (message->smtp_auth) {
		envelope.client_class = CLIENT_AUTHENTICATED;
		envelope.relay = NULL;
	}
	return envelope;
}

/* What the daemon would remove. */
static void
find_forged(const struct config *config, struct verify *verify)
{
	const struct verdict *verdict = verify_verdict(verify);
	struct arena *arena = verify_arena(verify);
	size_t count, names;

	if (action_refuses(verdict->decision.applied) ||
	    verdict->decision.applied == ACTION_DISCARD)
		return;
	const struct authres_deletion *forged =
	    authres_forged(arena, verify_header_fields(verify),
			   &config->authres, verdict->client_class, &count);
	const struct verdict_removed *removed =
	    authres_removed(arena, &config->authres, forged, count, &names);
	verify_removed(verify, removed, names);
}

static bool
is_of_this_host(const struct config *config, struct str name)
{
	char host[256] = "";

	if (gethostname(host, sizeof host - 1) != 0)
		host[0] = '\0';
	return str_eq_nocase(name, config->authres.id) ||
	       str_is_nocase(name, host);
}

/*
 * A copy out of a mailbox has our own mail server's field on top, which the
 * daemon did not see: it tells of the client, and hides the field of a relay.
 */
static void
tell_of_copy(const struct config *config, const struct check_message *message,
	     struct verify *verify)
{
	const struct verdict *verdict = verify_verdict(verify);
	const struct header *header = verify_header_fields(verify);
	struct arena *arena = verify_arena(verify);
	size_t top = received_next(header, 0);
	bool relay = verdict->client_class == CLIENT_RELAY;
	struct received received;
	struct str why = str_lit(
	    "its topmost Received field is of this host, so the relay's own "
	    "is not read: give --ip of the client that the relay saw");
	char text[IP_TEXT_MAX];

	if ((verdict->client.family != IP_NONE && !relay) ||
	    top == header->count ||
	    !received_parse(arena, &header->field[top], &received) ||
	    !is_of_this_host(config, received.by))
		return;
	if (!relay && received.origin == RECEIVED_CLIENT)
		why = arena_printf(
		    arena,
		    "its topmost Received field is of this host, so it is a "
		    "copy of what was delivered; it came from %s: give --ip, "
		    "and --helo and --mail-from as the log has them",
		    ip_format(received.client, text));
	else if (!relay)
		why = str_lit("its topmost Received field is of this host, so "
			      "it is a copy of what was delivered: give --ip, "
			      "--helo and --mail-from as the log has them");
	complain(message->path, why.p);
}

/* The exit status is the action (README, "verdict check"). */
static int
check(const struct check_call *call, const struct engine *engine,
      struct deferrals *deferrals, const struct check_message *message,
      struct str raw)
{
	const struct config *config = engine->config;
	const struct verify_envelope envelope =
	    envelope_of(call, config, message);
	struct verify_options options = config->verify;
	struct policy_options policy = config->policy;
	struct verify *verify;

	policy.as_published = call->as_published;
	if (call->as_published)
		options.trusted_relays = (struct client_list){.count = 0};
	(void)verify_message(&engine->verify, &options, &envelope, raw,
			     &verify);
	const struct verdict *verdict = verify_verdict(verify);
	verify_decide(verify, policy_decide_counted(verify_arena(verify),
						    verdict, &policy, deferrals,
						    verdict->now * 1000));
	find_forged(config, verify);
	tell_of_copy(config, message, verify);
	print_verdict(call, config, message, verify);
	int status = (int)verdict->decision.action;
	verify_free(verify);
	return status;
}

/* As one daemon that they come to, one after the other. */
static int
check_all(const struct check_call *call, const struct engine *engine)
{
	struct deferrals *deferrals = deferrals_new();
	int highest = CLI_ACCEPT;

	for (size_t i = 0; i < call->messages; i++) {
		const struct check_message *message = &call->message[i];
		int status = CLI_UNREADABLE;
		struct buf raw;

		buf_init(&raw, NULL);
		if (read_message(message->path, &raw))
			status = check(call, engine, deferrals, message,
				       buf_str(&raw));
		buf_clear(&raw);
		if (status > highest)
			highest = status;
	}
	deferrals_free(deferrals);
	return highest;
}

int
cli_check(int argc, char **argv)
{
	struct check_call call;
	struct engine engine;

	if (!check_call_read(&check_options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&check_options, stdout);
		check_call_clear(&call);
		return CLI_ACCEPT;
	}
	int status = engine_open(call.config, call.resolver, &engine);
	if (status == CLI_ACCEPT) {
		status = check_all(&call, &engine);
		engine_close(&engine);
	}
	check_call_clear(&call);
	return status;
}
