/* verdict replay: what another configuration would have done. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/words.h"
#include "milter/cli/cli.h"
#include "milter/cli/progress.h"
#include "milter/cli/reader.h"
#include "milter/cli/replay/print.h"
#include "record/record.h"

#define NAME "verdict replay"
/* An exit status: mail that passed would be refused. */
#define REFUSED 1
#define DEFAULT_SINCE_S ((int64_t)7 * 86400)

struct call {
	struct reader_call reader;
	struct reader_period period;
	const char *config, *domain, *mode;
	bool json, help;
};

#define TO(member) .at = offsetof(struct call, member)

static const struct option_row rows[] = {
    {"config", .argument = "FILE", .help = "the configuration to try",
     TO(config)},
    READER_PERIOD_ROWS(struct call, period, "7d"),
    {"domain", .argument = "DOMAIN", .help = "of this From domain alone",
     TO(domain)},
    {"mode", .argument = "MODE",
     .help = "monitor or enforce, whatever FILE says", TO(mode)},
    {"in-force", .argument = "FILE",
     .help = "the configuration in force, which names the store",
     TO(reader.config)},
    {"store", .argument = "URL",
     .help = "the store, unless it is the configuration's", TO(reader.store)},
    {"no-feed",
     .help = "read what is in the store already, and leave\n"
	     "the journal alone",
     TO(reader.no_feed)},
    {"json", .help = "one JSON object instead of text", TO(json)},
    {"help", .letter = 'h', .help = "this text", TO(help)},
    {NULL}};

static const struct options options = {
    .command = "replay",
    .usage = "usage: verdict replay [OPTION...] --config FILE\n"
	     "Decides the recorded messages again, under another "
	     "configuration: what would\n"
	     "change, of whose mail, and by which rules.  Where FILE has "
	     "mode: enforce, what\n"
	     "is done with mail is compared, else what is decided.\n",
    .row = rows,
    .notes = "Exit status: 0 nothing that passed would be refused, 1 some "
	     "would, 64 wrong\ncall, 69 the store cannot be used, 70 the "
	     "system failed, 78 the configuration\ncannot be used.\n",
    .long_help = true,
};

/* --- the call --- */

static bool
is_complete(const struct call *call, int64_t *since, int64_t *until)
{
	const int64_t now = clock_wall_seconds();
	size_t mode;

	if (call->config == NULL)
		return options_complain(&options, "--config is missing: the "
						  "configuration to try");
	if (call->mode != NULL &&
	    !words_find(policy_mode_words, str_of(call->mode), &mode))
		return options_complain(&options,
					"--mode takes monitor or enforce, not "
					"'%s'",
					call->mode);
	*since = now - DEFAULT_SINCE_S;
	*until = now;
	return reader_read_period(&options, &call->period, now, since, until);
}

/* --- the configuration to try --- */

/* Who tries a copy of what is in force means the same store; a few lines to try
   name none. */
static struct reader_call
reader_of(const struct call *call, const struct config *config)
{
	struct reader_call reader = call->reader;

	if (reader.config == NULL && (config_names(config, "history.store") ||
				      access(CONFIG_FILE, F_OK) != 0))
		reader.config = call->config;
	return reader;
}

/* --- deciding --- */

struct replay {
	const struct config *config;
	struct policy_options options;
	struct str domain; /* "" all */
	int64_t since, until;
	struct arena *arena;
	struct changes changes;
	struct progress progress;
	int64_t read, total; /* records; total 0: unknown */
};

static bool
is_asked(const struct replay *replay, const struct verdict *verdict)
{
	if (verdict->now < replay->since || verdict->now > replay->until)
		return false;
	for (size_t i = 0; i < verdict->from.count && replay->domain.n; i++)
		if (str_eq_nocase(verdict->from.domain[i], replay->domain))
			return true;
	return replay->domain.n == 0;
}

static bool
decide(void *ctx, const struct store_place *place, struct str record)
{
	struct replay *replay = ctx;
	struct verdict verdict;
	struct again again;
	uint32_t context;

	(void)place;
	if ((++replay->read & 0xfff) == 0)
		progress_step(&replay->progress, (uint64_t)replay->read,
			      (uint64_t)replay->total);
	arena_reset(replay->arena);
	if (record_unpack_to_decide(replay->arena, record, &verdict,
				    &context) != NULL) {
		replay->changes.unreadable++;
		return true;
	}
	if (!is_asked(replay, &verdict))
		return true;
	again_decide(replay->arena, replay->config, &replay->options, &verdict,
		     &again);
	changes_add(&replay->changes, &verdict, &again);
	return true;
}

static bool
read_all(struct replay *replay, struct store *store)
{
	const struct store_term term = {TERM_FROM_DOMAIN, replay->domain};

	if (replay->domain.n > 0)
		return store_find(store, &term, replay->since, replay->until,
				  decide, replay);
	return store_count(store, replay->since, replay->until,
			   &replay->total) &&
	       store_scan(store, replay->since, replay->until, decide, replay);
}

/* --- the whole --- */

static bool
print(const struct call *call, const struct reader *reader,
      struct replay *replay)
{
	struct buf unreplayed, out;
	/* What the feed of this call noticed is of that time, too. */
	const int64_t until =
	    call->period.until != NULL ? replay->until : INT64_MAX;
	struct store_lost lost;

	if (!store_lost(reader->store, replay->since, until, &lost))
		return false;
	buf_init(&unreplayed, NULL);
	buf_init(&out, NULL);
	config_verifies_otherwise(reader->config, replay->config, &unreplayed);
	changes_sort(&replay->changes);
	replay_print(
	    &(struct replay_about){
		.config = call->config,
		.mode = words_text(policy_mode_words, replay->options.mode),
		.since = replay->since,
		.until = replay->until,
		.now = clock_wall_seconds(),
		.domain = replay->domain,
		.unreplayed = buf_str(&unreplayed),
		.lost = lost,
	    },
	    &replay->changes, call->json, &out);
	fwrite(out.p, 1, out.n, stdout);
	buf_clear(&out);
	buf_clear(&unreplayed);
	return true;
}

static int
run(const struct call *call, struct reader *reader, struct replay *replay)
{
	size_t mode;

	if (call->mode != NULL &&
	    words_find(policy_mode_words, str_of(call->mode), &mode))
		replay->options.mode = (enum policy_mode)mode;
	changes_init(&replay->changes, replay->options.mode == POLICY_ENFORCE);
	replay->arena = arena_new(NULL);
	progress_begin(&replay->progress, "records decided again");
	const bool read = read_all(replay, reader->store);
	progress_end(&replay->progress);
	int status = replay->changes.refused > 0 ? REFUSED : CLI_ACCEPT;
	if (!read || !print(call, reader, replay))
		status = reader_failed(reader);
	arena_free(replay->arena);
	changes_clear(&replay->changes);
	return status;
}

static int
replay_all(const struct call *call, int64_t since, int64_t until)
{
	struct config *config = reader_config(NAME, call->config);
	struct reader reader;

	if (config == NULL)
		return CLI_CONFIG;
	const struct reader_call how = reader_of(call, config);
	int status = reader_open(NAME, &how, &reader);
	if (status == CLI_ACCEPT) {
		struct replay replay = {
		    .config = config,
		    .options = config->policy,
		    .domain = str_of(call->domain),
		    .since = since,
		    .until = until,
		};
		status = run(call, &reader, &replay);
		reader_close(&reader);
	}
	config_unref(config);
	return status;
}

int
cli_replay(int argc, char **argv)
{
	struct call call = {.json = false};
	int64_t since, until;

	if (!options_read(&options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	if (!is_complete(&call, &since, &until))
		return CLI_USAGE;
	return replay_all(&call, since, until);
}
