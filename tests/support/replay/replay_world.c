#include "tests/support/replay/replay_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "milter/cli/cli.h"
#include "record/record.h"

#define NOW 1764547200 /* 2025-12-01 UTC */

struct replay_world replay_world;
static void
open_store(void)
{
	struct sql_error error;

	replay_world.store = store_open(store_world_url(), SQL_MAKE, &error);
	if (!replay_world.store)
		fail_msg("%s", error.text);
	replay_world.batch = batch_new(store_key(replay_world.store));
	batch_reset(replay_world.batch, str_lit("mx.receiver.example"));
}

static void
close_store(void)
{
	batch_free(replay_world.batch);
	store_close(replay_world.store);
}

int
replay_world_setup(void **state)
{
	store_world_setup(state);
	replay_world.arena = arena_new(NULL);
	replay_world.added = 0;
	replay_world.then = policy_options_default();
	open_store();
	return 0;
}

int
replay_world_teardown(void **state)
{
	close_store();
	arena_free(replay_world.arena);
	return store_world_teardown(state);
}

void
replay_reopen(void)
{
	close_store();
	open_store();
}

/* --- what was recorded --- */

struct ip
replay_ip(const char *text)
{
	struct ip address;

	assert_true(ip_parse(str_of(text), &address));
	return address;
}

/* Mail from sender.example, which nothing proves, and which says p=reject. */
struct verdict
replay_spoof(void)
{
	struct verdict verdict = {
	    .client = replay_ip("198.51.100.66"),
	    .client_class = CLIENT_FOREIGN,
	    .helo = STR("mail.other.example"),
	    .client_name = STR("mail.other.example"),
	    .iprev = IPREV_PASS,
	    .mail_from_known = true,
	    .mail_from = STR("bounce@other.example"),
	    .mail_from_local = STR("bounce"),
	    .mail_from_domain = STR("other.example"),
	    .now = NOW,
	    .seen.reason = "",
	    .from = {.state = FROM_ONE,
		     .domain = {STR("sender.example")},
		     .count = 1,
		     .address = {{STR("boss"), STR("sender.example")}},
		     .addresses = 1,
		     .addresses_sure = true,
		     .strict = true,
		     .reason = ""},
	    .spf = {.result = SPF_FAIL, .domain = STR("other.example")},
	    .dmarc = {.count = 1,
		      .outcome = {{.result = DMARC_FAIL,
				   .from = STR("sender.example"),
				   .org_domain = STR("sender.example"),
				   .has_record = true,
				   .policy_domain = STR("sender.example"),
				   .policy = DMARC_P_REJECT,
				   .published = DMARC_P_REJECT,
				   .record = {.p = DMARC_P_REJECT,
					      .sp = DMARC_P_REJECT,
					      .np = DMARC_P_REJECT},
				   .policy_tag = "p"}}},
	};

	return verdict;
}

struct verdict
replay_honest(void)
{
	struct verdict verdict = replay_spoof();

	verdict.client = replay_ip("192.0.2.10");
	verdict.spf.result = SPF_PASS;
	verdict.spf.domain = str_lit("sender.example");
	verdict.dmarc.outcome[0].result = DMARC_PASS;
	verdict.dmarc.outcome[0].spf_aligned = true;
	return verdict;
}

/* Decided as then, and kept. */
void
replay_add(struct verdict verdict)
{
	const struct record_about about = {.context = 1};
	struct store_message message;

	verdict.queue_id = arena_printf(replay_world.arena, "Q%llu",
					(unsigned long long)replay_world.added);
	verdict.decision =
	    policy_decide(replay_world.arena, &verdict, &replay_world.then);
	store_message_of(replay_world.arena, &verdict,
			 record_pack(replay_world.arena, &verdict, &about),
			 &message);
	batch_add_message(replay_world.batch, &message);
	replay_world.added++;
}

void
replay_write(void)
{
	struct journal_cursor from, to;

	assert_true(
	    store_cursor_read(replay_world.store, REPLAY_JOURNAL, &from));
	to = from;
	to.sequence = 1;
	to.offset++;
	if (!store_write(replay_world.store, replay_world.batch, &from, &to))
		fail_msg("%s", store_error(replay_world.store)->text);
	batch_reset(replay_world.batch, str_lit("mx.receiver.example"));
}

/* --- what is tried --- */

int
replay_run(int (*command)(int argc, char **argv), char **argv, int argc)
{
	char path[128];
	int kept = dup(STDOUT_FILENO);
	FILE *file;

	snprintf(path, sizeof(path), "%s/said", store_world_folder());
	fflush(stdout);
	assert_non_null(freopen(path, "w", stdout));
	int status = command(argc, argv);
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	file = fopen(path, "r");
	assert_non_null(file);
	replay_world.said[fread(replay_world.said, 1,
				sizeof(replay_world.said) - 1, file)] = '\0';
	fclose(file);
	return status;
}

int
replay_call(char **argv, int argc)
{
	return replay_run(cli_replay, argv, argc);
}

/* Of all that was added, under this configuration, by two more words. */
int
replay_try_with(const char *configuration, const char *option,
		const char *value)
{
	char path[128];
	char *argv[] = {"replay",
			"--config",
			path,
			"--store",
			(char *)(uintptr_t)store_world_url(),
			"--no-feed",
			"--since",
			"2025-11-30T00:00:00Z",
			"--until",
			"2025-12-02T00:00:00Z",
			(char *)(uintptr_t)option,
			(char *)(uintptr_t)value,
			NULL};
	FILE *file;

	snprintf(path, sizeof(path), "%s/new.yaml", store_world_folder());
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "authserv-id: mx.receiver.example\n%s", configuration);
	fclose(file);
	return replay_call(argv, value ? 12 : option ? 11 : 10);
}

int
replay_try(const char *configuration)
{
	return replay_try_with(configuration, "--json", NULL);
}

void
replay_says(const char *text)
{
	if (!strstr(replay_world.said, text))
		fail_msg("\"%s\" is not in %s", text, replay_world.said);
}
