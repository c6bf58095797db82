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
#include "milter/cli/check/check.h"
#include "milter/cli/check/saved.h"
#include "verdict/explain.h"

/* Postfix's default message_size_limit is 10 MB; nobody raises it to this. */
#define MESSAGE_MAX ((size_t)1 << 30)
#define READ_SIZE ((size_t)64 * 1024)

void
check_complain(const char *path, const char *why)
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
		check_complain(path, "not a regular file; - is standard input");
	else
		check_complain(path, strerror(errno));
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
		check_complain(path, strerror(errno));
	else if (raw->n > MESSAGE_MAX)
		check_complain(path, over);
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

struct verify_envelope
check_envelope(const struct check_call *call, const struct config *config,
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

struct verify_options
check_verify_options(const struct check_call *call, const struct config *config)
{
	struct verify_options options = config->verify;

	if (call->as_published)
		options.trusted_relays = (struct client_list){.count = 0};
	return options;
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
	check_complain(message->path, why.p);
}

/* The exit status is the action (README, "verdict check"). */
static int
check(const struct check_call *call, const struct engine *engine,
      struct deferrals *deferrals, const struct check_message *message,
      struct str raw)
{
	const struct config *config = engine->config;
	const struct verify_envelope envelope =
	    check_envelope(call, config, message);
	const struct verify_options options =
	    check_verify_options(call, config);
	struct policy_options policy = config->policy;
	struct verify *verify;

	policy.as_published = call->as_published;
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

/* --- a file of --save --- */

static bool
tells_something(const struct check_call *call,
		const struct check_message *message)
{
	const struct verify_envelope *envelope = &message->envelope;

	return envelope->client.family != IP_NONE || envelope->helo.n > 0 ||
	       envelope->client_name.n > 0 || envelope->mail_from_known ||
	       envelope->recipients > 0 || envelope->now != 0 ||
	       message->smtp_auth || call->as_published ||
	       call->resolver != NULL || call->save != NULL;
}

static int
check_saved(const struct check_call *call, struct deferrals *deferrals,
	    const char *path, struct str octets)
{
	struct check_call as_saved = *call;
	struct saved_run run;
	int status = saved_open(call, path, octets, &run);

	if (status != CLI_ACCEPT)
		return status;
	as_saved.as_published = run.check.as_published;
	status = check(&as_saved, &run.engine, deferrals, &run.message,
		       run.check.message);
	saved_tell(&run, path);
	saved_close(&run);
	return status;
}

/* What is shown is what the file gives. */
static int
save(const struct check_call *call, const struct engine *engine,
     struct deferrals *deferrals, const struct check_message *message,
     struct str raw)
{
	struct check_call bare = *call;
	struct buf octets;
	int status = CLI_FAILURE;

	bare.config = NULL; /* the file's own */
	buf_init(&octets, NULL);
	if (saved_make(call, engine, message, raw, &octets) &&
	    saved_write(call->save, buf_str(&octets)))
		status = check_saved(&bare, deferrals, message->path,
				     buf_str(&octets));
	buf_clear(&octets);
	return status;
}

/* --- all of a call --- */

/* What messages of a call share; the engine is opened for the first one that
   needs it. */
struct run {
	const struct check_call *call;
	struct deferrals *deferrals;
	struct engine engine;
	bool opened, broken; /* it cannot be: none can be checked */
};

static int
check_fresh(struct run *run, const struct check_message *message,
	    struct str raw)
{
	const struct check_call *call = run->call;
	int status = CLI_ACCEPT;

	if (!run->opened)
		status =
		    engine_open(call->config, call->resolver, &run->engine);
	run->opened = status == CLI_ACCEPT;
	run->broken = !run->opened;
	if (run->broken)
		return status;
	if (call->save != NULL)
		return save(call, &run->engine, run->deferrals, message, raw);
	return check(call, &run->engine, run->deferrals, message, raw);
}

static int
check_one(struct run *run, const struct check_message *message, struct str raw)
{
	const struct check_call *call = run->call;

	if (!saved_is(raw))
		return check_fresh(run, message, raw);
	if (!tells_something(call, message))
		return check_saved(call, run->deferrals, message->path, raw);
	check_complain(message->path,
		       "it is a saved check, with client, envelope and clock "
		       "of its own, and asks no resolver: --json and --config "
		       "alone can be said of it");
	return CLI_USAGE;
}

/* As one daemon that they come to, one after the other. */
static int
check_all(const struct check_call *call)
{
	struct run run = {.call = call, .deferrals = deferrals_new()};
	int highest = CLI_ACCEPT;

	for (size_t i = 0; i < call->messages && !run.broken; i++) {
		const struct check_message *message = &call->message[i];
		int status = CLI_UNREADABLE;
		struct buf raw;

		buf_init(&raw, NULL);
		if (read_message(message->path, &raw))
			status = check_one(&run, message, buf_str(&raw));
		buf_clear(&raw);
		if (status > highest)
			highest = status;
	}
	if (run.opened)
		engine_close(&run.engine);
	deferrals_free(run.deferrals);
	return highest;
}

int
cli_check(int argc, char **argv)
{
	struct check_call call;

	if (!check_call_read(&check_options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&check_options, stdout);
		check_call_clear(&call);
		return CLI_ACCEPT;
	}
	int status = check_all(&call);
	check_call_clear(&call);
	return status;
}
