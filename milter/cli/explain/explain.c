/* verdict explain: what became of one message, and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/line.h"
#include "base/number.h"
#include "base/when.h"
#include "milter/cli/explain/newest.h"
#include "milter/cli/reader.h"
#include "record/record.h"
#include "tell/tell.h"
#include "verdict/explain.h"

#define NAME "verdict explain"
/* Of messages with one id that --all shows: queue ids come again after days,
   and a Message-ID that hundreds bear is nobody's. */
#define ALL_MAX 100

struct call {
	struct reader_call reader;
	const char *id;
	bool all, letter, full, json, help;
};

static bool take_id(void *call, const char *word);

static const struct option_row rows[] = {
    {"all", .help = "each message with the id, not the newest alone",
     .at = offsetof(struct call, all)},
    {"letter",
     .help = "the text of a letter to the sender's postmaster: it holds\n"
	     "no recipient, no rule and no address of yours",
     .at = offsetof(struct call, letter)},
    {"full", .help = "step by step, as `verdict check` shows it",
     .at = offsetof(struct call, full)},
    {"json", .help = "one JSON object", .at = offsetof(struct call, json)},
    READER_ROWS(struct call, reader),
    {"help", .letter = 'h', .help = "this text",
     .at = offsetof(struct call, help)},
    {NULL}};

static const struct options options = {
    .command = "explain",
    .usage = "usage: verdict explain [OPTION...] QUEUE-ID | MESSAGE-ID\n"
	     "Tells what became of a message, why, what would have made it "
	     "pass, how mail of\nits domain did before, and which rule lets it "
	     "in.\n",
    .row = rows,
    .notes = "Exit status: 0 it was found, 1 it was not, 64 wrong call, "
	     "69 the store cannot be\nused, 70 the system failed, 78 the "
	     "configuration cannot be used.\n",
    .long_help = true,
    .argument = take_id,
};

static bool
take_id(void *ctx, const char *word)
{
	struct call *call = ctx;

	if (call->id != NULL)
		return options_complain(&options,
					"one id at a time; '%s' is "
					"a second one",
					word);
	call->id = word;
	return true;
}

/* --- finding --- */

struct search_of_id {
	const struct store_term *term;
	struct newest newest;
	uint64_t unreadable;
};

static bool
has_id(const struct verdict *verdict, const struct store_term *term)
{
	return str_eq_nocase(term->kind == TERM_QUEUE_ID ? verdict->queue_id
							 : verdict->message_id,
			     term->text);
}

static bool
see(void *ctx, const struct store_place *place, struct str record)
{
	struct search_of_id *search = ctx;
	struct arena *arena = arena_new(NULL);
	struct verdict verdict;
	uint32_t context;

	if (record_unpack(arena, record, &verdict, &context) != NULL)
		search->unreadable++;
	else if (has_id(&verdict, search->term))
		newest_add(&search->newest, verdict.now, place, record);
	arena_free(arena);
	return search->newest.found <= ALL_MAX;
}

/* A Message-ID stands in its field between "<" and ">". */
static struct str
other_form(struct arena *arena, struct str id)
{
	if (id.n > 2 && id.p[0] == '<' && id.p[id.n - 1] == '>')
		return str_n(id.p + 1, id.n - 2);
	return arena_printf(arena, "<%.*s>", STR_ARG(id));
}

/* By all that the id may be, until one of them has found something. */
static bool
find(struct store *store, struct arena *arena, struct str id,
     struct search_of_id *search)
{
	const struct store_term terms[] = {
	    {TERM_QUEUE_ID, id},
	    {TERM_MESSAGE_ID, id},
	    {TERM_MESSAGE_ID, other_form(arena, id)}};
	bool done = true;

	for (size_t i = 0; i < 3 && done && search->newest.found == 0; i++) {
		search->term = &terms[i];
		done = store_find(store, &terms[i], 0, INT64_MAX, see, search);
	}
	search->term = NULL;
	return done;
}

/* --- nothing was found --- */

static void
add_span(struct buf *text, const struct store_extent *extent, int64_t now)
{
	if (extent->messages == 0) {
		buf_adds(text, "the store has no message yet");
		return;
	}
	buf_adds(text, "looked through ");
	number_add(text, extent->messages);
	buf_adds(text, " messages, from ");
	when_add(text, extent->first, now);
	buf_adds(text, " to ");
	when_add(text, extent->last, now);
}

static int
tell_nothing(const struct reader *reader, const struct call *call,
	     const struct search_of_id *search)
{
	const int64_t now = clock_wall_seconds();
	struct store_extent extent;
	struct buf text;

	if (!store_extent(reader->store, &extent))
		return reader_failed(reader);
	if (call->json) {
		printf("{\"messages\":[],\"found\":0,\"looked_through\":%lld,"
		       "\"lost\":%lld,\"lost_octets\":%lld}\n",
		       (long long)extent.messages,
		       (long long)extent.lost.messages,
		       (long long)extent.lost.octets);
		return CLI_NOTHING;
	}
	buf_init(&text, NULL);
	buf_adds(&text, NAME ": no message with the id ");
	line_add(&text, LINE_TEXT, str_of(call->id), LINE_WHOLE);
	buf_adds(&text, "\n  ");
	add_span(&text, &extent, now);
	if (extent.lost.messages > 0 || extent.lost.octets > 0)
		buf_adds(&text, "\n  ");
	reader_add_lost(&text, &extent.lost, now);
	if (search->unreadable > 0)
		buf_printf(&text, "\n  %llu records could not be read",
			   (unsigned long long)search->unreadable);
	if (call->reader.no_feed)
		buf_adds(&text, "\n  what waits in the journal was not looked "
				"at (--no-feed)");
	buf_adds(&text,
		 "\n  what came before, or on another host, is in the log: "
		 "journalctl -t verdict-milter\n  `verdict status` says "
		 "whether records are kept, `verdict history status` of "
		 "which\n  hosts; `verdict search` looks by sender, recipient "
		 "and time\n");
	fputs(text.p, stderr);
	buf_clear(&text);
	return CLI_NOTHING;
}

/* --- what was found --- */

struct telling {
	const struct reader *reader;
	const struct call *call;
	struct tell_rule_options rule;
	size_t of; /* how many were found */
};

/* "The newest of 3": before it, so that nobody takes it for the only one. */
static void
print_count(const struct telling *telling, size_t n)
{
	const bool more = telling->of > ALL_MAX;

	if (telling->of < 2)
		return;
	if (telling->call->all)
		printf("%s%zu of %s%zu with this id\n", n > 0 ? "\n" : "",
		       n + 1, more ? "more than " : "",
		       more ? (size_t)ALL_MAX : telling->of);
	else
		printf("The newest of %s%zu with this id (--all shows %s)\n",
		       more ? "more than " : "",
		       more ? (size_t)ALL_MAX : telling->of,
		       telling->of == 2 ? "both" : "them all");
}

static int
print_letter(const struct telling *telling, struct arena *arena,
	     const struct verdict *verdict, const struct tell_known *known)
{
	struct buf letter;
	const char *why;

	(void)telling;
	buf_init(&letter, arena);
	if (tell_letter(&letter, arena, verdict, known, &why)) {
		fputs(letter.p, stdout);
		return CLI_ACCEPT;
	}
	fprintf(stderr, NAME ": there is no letter to write: %s\n", why);
	return CLI_NOTHING;
}

static int
print_one(const struct telling *telling, struct arena *arena,
	  const struct verdict *verdict, size_t n)
{
	const struct call *call = telling->call;
	struct tell_known known;
	struct buf text;

	if (!tell_know(telling->reader->store, arena, verdict, &known))
		return reader_failed(telling->reader);
	if (call->letter && !call->json)
		return print_letter(telling, arena, verdict, &known);
	buf_init(&text, arena);
	if (call->json) {
		buf_adds(&text, n > 0 ? "," : "");
		tell_json(&text, arena, verdict, &known, &telling->rule);
	} else if (call->full) {
		print_count(telling, n);
		explain_verdict(&text, arena, verdict, str_empty());
	} else {
		print_count(telling, n);
		tell_whole(&text, arena, verdict, &known, &telling->rule);
	}
	fwrite(text.p, 1, text.n, stdout);
	return CLI_ACCEPT;
}

static int
print_found(const struct telling *telling, const struct newest *newest)
{
	const size_t n = telling->call->all ? newest->count : 1;
	int status = CLI_ACCEPT;

	if (telling->call->json)
		fputs("{\"messages\":[", stdout);
	for (size_t i = 0; i < n && status == CLI_ACCEPT; i++) {
		struct arena *arena = arena_new(NULL);
		struct verdict verdict;
		uint32_t context;
		if (record_unpack(arena, newest->kept[i].record, &verdict,
				  &context) == NULL)
			status = print_one(telling, arena, &verdict, i);
		arena_free(arena);
	}
	if (telling->call->json)
		printf("],\"found\":%zu}\n", telling->of);
	return status;
}

/* --- the command --- */

static int
answer(const struct reader *reader, const struct call *call)
{
	struct arena *arena = arena_new(NULL);
	struct suffix_list *suffixes = suffix_list_open();
	struct search_of_id search = {.unreadable = 0};
	struct telling telling = {
	    .reader = reader,
	    .call = call,
	    .rule = {.now = clock_wall_seconds(),
		     .rules = reader->config->policy.rules,
		     .suffixes = suffixes}};
	int status;

	newest_init(&search.newest, ALL_MAX);
	if (!find(reader->store, arena, str_of(call->id), &search)) {
		status = reader_failed(reader);
	} else if (search.newest.found == 0) {
		status = tell_nothing(reader, call, &search);
	} else {
		telling.of = (size_t)search.newest.found;
		status = print_found(&telling, &search.newest);
		if (search.unreadable > 0)
			fprintf(stderr,
				NAME ": %llu records could not be read\n",
				(unsigned long long)search.unreadable);
	}
	newest_clear(&search.newest);
	suffix_list_close(suffixes);
	arena_free(arena);
	return status;
}

int
cli_explain(int argc, char **argv)
{
	struct call call = {.id = NULL};
	struct reader reader;

	if (!options_read(&options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	if (call.id == NULL || call.id[0] == '\0') {
		options_complain(&options, "no QUEUE-ID or MESSAGE-ID given");
		return CLI_USAGE;
	}
	int status = reader_open(NAME, &call.reader, &reader);
	if (status != CLI_ACCEPT)
		return status;
	status = answer(&reader, &call);
	reader_close(&reader);
	return status;
}
