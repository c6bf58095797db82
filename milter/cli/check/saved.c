#include "milter/cli/check/saved.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/line.h"
#include "base/mem.h"
#include "config/portable.h"
#include "dns/answer.h"
#include "milter/cli/check/check.h"
#include "milter/cli/cli.h"

/* --- the questions of a check that is saved --- */

/* Hands each question on to a resolver, waits, and keeps what it said.  In the
   order of asking nothing depends on which answer comes first, so that the same
   questions are asked where the answers come out of a file. */
struct collector {
	struct dns_session *session; /* keeps the answers */
	struct dns_answer *answer;   /* plain values */
	size_t answers;
};

/* The engine gives up a name long before. */
#define PATIENCE_MS 60000

static struct dns_answer *
ask(void *ctx, struct str name, enum dns_type type)
{
	struct collector *collector = ctx;
	const struct dns_answer *answer = dns_lookup(
	    collector->session, name, type, clock_monotonic_ms() + PATIENCE_MS);

	collector->answer =
	    mem_resize(collector->answer,
		       (collector->answers + 1) * sizeof *collector->answer);
	collector->answer[collector->answers++] = *answer;
	return dns_answer_ref(answer);
}

/* One question after the other takes longer than all at once, so that limits
   of time would end what they do not end else. */
static void
be_patient(struct verify_limits *limits)
{
	limits->message_ms = limits->spf_ms = limits->zone_ms = 10 * 60 * 1000;
}

static void
collect(const struct check_call *call, const struct engine *engine,
	const struct verify_envelope *envelope, struct str raw,
	struct collector *collector)
{
	struct verify_engine offline = engine->verify;
	struct verify_options options =
	    check_verify_options(call, engine->config);
	struct verify *verify;

	be_patient(&options.limits);
	collector->session = dns_session_new(engine->verify.resolver,
					     &(struct dns_limits){UINT_MAX, 0});
	offline.resolver = dns_resolver_new_offline(ask, collector);
	(void)verify_message(&offline, &options, envelope, raw, &verify);
	verify_free(verify);
	dns_resolver_free(offline.resolver);
}

static void
collector_clear(struct collector *collector)
{
	if (collector->session != NULL) {
		dns_session_cancel(collector->session);
		dns_session_unref(collector->session);
	}
	free(collector->answer);
}

/* --- to save --- */

static bool
pack(const struct check_call *call, const struct verify_envelope *envelope,
     const struct collector *collector, bool smtp_auth,
     struct str configuration, struct str raw, struct buf *octets_out)
{
	const struct saved_check check = {
	    .program = str_lit(VERDICT_VERSION),
	    .now = envelope->now,
	    .client = envelope->client,
	    .client_name = envelope->client_name,
	    .helo = envelope->helo,
	    .mail_from_known = envelope->mail_from_known,
	    .mail_from = envelope->mail_from,
	    .recipient = envelope->recipient,
	    .recipients = envelope->recipients,
	    .smtp_auth = smtp_auth,
	    .as_published = call->as_published,
	    .configuration = configuration,
	    .answer = collector->answer,
	    .answers = collector->answers,
	    .message = raw,
	};

	return saved_pack(&check, octets_out);
}

bool
saved_make(const struct check_call *call, const struct engine *engine,
	   const struct check_message *message, struct str raw,
	   struct buf *octets_out)
{
	struct verify_envelope envelope =
	    check_envelope(call, engine->config, message);
	struct collector collector = {.answers = 0};
	struct buf configuration, why;
	bool made = false;

	buf_init(&configuration, NULL);
	buf_init(&why, NULL);
	if (envelope.now == 0)
		envelope.now = clock_wall_seconds();
	if (config_print_portable(engine->config, &configuration, &why)) {
		collect(call, engine, &envelope, raw, &collector);
		made = pack(call, &envelope, &collector, message->smtp_auth,
			    buf_str(&configuration), raw, octets_out);
		if (!made)
			buf_adds(&why, "the answers of the DNS and the "
				       "configuration are too large");
	}
	if (!made)
		check_complain(call->save, why.p);
	collector_clear(&collector);
	buf_clear(&configuration);
	buf_clear(&why);
	return made;
}

static bool
write_all(int fd, struct str octets)
{
	while (octets.n > 0) {
		ssize_t n = write(fd, octets.p, octets.n);
		if (n < 0 && errno != EINTR)
			return false;
		octets = str_from(octets, n > 0 ? (size_t)n : 0);
	}
	return true;
}

bool
saved_write(const char *path, struct str octets)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		check_complain(path, errno == EEXIST
					 ? "there is such a file already; "
					   "name another one"
					 : strerror(errno));
		return false;
	}
	bool ok = write_all(fd, octets);
	ok = close(fd) == 0 && ok;
	if (!ok) {
		check_complain(path, strerror(errno));
		(void)unlink(path);
	}
	return ok;
}

/* --- to check --- */

static void
print_error(void *ctx, struct str line)
{
	(void)ctx;
	fprintf(stderr, "verdict check: %.*s\n", STR_ARG(line));
}

static void
note_unanswered(struct saved_run *run, struct str name, enum dns_type type)
{
	if (run->unanswered++ == 0)
		run->first = arena_printf(run->arena, "%s %.*s",
					  dns_type_text(type), STR_ARG(name));
}

static struct dns_answer *
answer_saved(void *ctx, struct str name, enum dns_type type)
{
	struct saved_run *run = ctx;
	struct dns_answer *answer = saved_answer(&run->check, name, type);

	if (answer != NULL)
		return answer;
	note_unanswered(run, name, type);
	return dns_answer_new(name, type, DNS_TIMEOUT,
			      "the saved check has no answer");
}

static void
fill_message(struct saved_run *run, const char *path)
{
	const struct saved_check *check = &run->check;

	run->message = (struct check_message){
	    .path = path,
	    .envelope = {.client = check->client,
			 .client_name = check->client_name,
			 .helo = check->helo,
			 .mail_from_known = check->mail_from_known,
			 .mail_from = check->mail_from,
			 .now = check->now,
			 .prefetch = true,
			 .recipient = check->recipient,
			 .recipients = check->recipients},
	    .smtp_auth = check->smtp_auth,
	};
}

/* The caller's, or the one that came along. */
static bool
open_config(const struct check_call *call, const char *path,
	    struct saved_run *run)
{
	static struct config_error error;
	struct config **config = &run->engine.config;
	int err = call->config != NULL
		      ? config_load(call->config, config, &error)
		      : config_load_portable(path, run->check.configuration,
					     config, &error);

	if (err != ERR_OK)
		config_each_error(&error, print_error, NULL);
	return err == ERR_OK;
}

int
saved_open(const struct check_call *call, const char *path, struct str octets,
	   struct saved_run *run)
{
	struct engine *engine = &run->engine;

	*run = (struct saved_run){.arena = arena_new(NULL)};
	const char *fault = saved_unpack(run->arena, octets, &run->check);
	if (fault != NULL)
		check_complain(path, fault);
	if (fault != NULL || !open_config(call, path, run)) {
		arena_free(run->arena);
		return fault != NULL ? CLI_UNREADABLE : CLI_CONFIG;
	}
	fill_message(run, path);
	arena_pool_init(&engine->pool, 0);
	engine->suffixes = suffix_list_open();
	engine->verify = (struct verify_engine){
	    .resolver = dns_resolver_new_offline(answer_saved, run),
	    .suffixes = engine->suffixes,
	    .pool = &engine->pool,
	};
	return CLI_ACCEPT;
}

void
saved_tell(const struct saved_run *run, const char *path)
{
	struct buf why;

	buf_init(&why, NULL);
	if (!str_is(run->check.program, VERDICT_VERSION)) {
		buf_adds(&why, "it was saved by verdict ");
		line_add(&why, LINE_NAME, run->check.program, 64);
		buf_printf(&why, ", and this is %s: results may differ",
			   VERDICT_VERSION);
		check_complain(path, why.p);
	}
	buf_reset(&why);
	if (run->unanswered > 0) {
		buf_printf(&why,
			   "questions without an answer in it, taken for "
			   "timeouts: %zu, first ",
			   run->unanswered);
		line_add(&why, LINE_TEXT, run->first, LINE_WHOLE);
		check_complain(path, why.p);
	}
	buf_clear(&why);
}

void
saved_close(struct saved_run *run)
{
	engine_close(&run->engine);
	arena_free(run->arena);
}
