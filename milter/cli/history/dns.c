/* verdict history dns: what a domain published, and when it changed. */
#include <stdio.h>

#include "base/clock.h"
#include "base/domain.h"
#include "base/line.h"
#include "base/when.h"
#include "milter/cli/history/history.h"
#include "milter/cli/reader.h"

#define NAME "verdict history dns"

/* Columns of a terminal. */
#define WIDTH 80
#define INDENT 4

struct call {
	struct reader_call reader;
	const char *name;
	bool json, help;
};

static const struct option_row rows[] = {
    READER_ROWS(struct call, reader),
    {"json", .help = "one JSON object a line: an answer of the DNS",
     .at = offsetof(struct call, json)},
    {"help", .letter = 'h', .help = "this text",
     .at = offsetof(struct call, help)},
    {NULL}};

static bool take_name(void *ctx, const char *word);

static const struct options options = {
    .command = "history dns",
    .usage = "usage: verdict history dns [OPTION...] DOMAIN\n"
	     "Shows the TXT records (SPF, DMARC, keys) that were found at the "
	     "domain and below\nit while mail was judged, and from when to "
	     "when: the oldest answer first.\n",
    .row = rows,
    .notes = "Exit status: 0 done, 1 nothing is known, 64 wrong call, 69 the "
	     "store cannot be\nused, 70 the system failed, 78 the "
	     "configuration cannot be used.\n",
    .argument = take_name,
};

static bool
take_name(void *ctx, const char *word)
{
	struct call *call = ctx;

	if (call->name)
		return options_complain(&options, "one domain, please");
	call->name = word;
	return true;
}

/* What is being printed: the answers of a name, the records of an answer. */
struct page {
	struct buf name; /* of the answer that came last; empty: none did */
	int64_t now;
	bool json;
	bool any, open; /* JSON: a line is to be ended */
	size_t answers; /* of this name */
};

/* --- text --- */

static void
print_when(const struct page *page, const struct store_published *one)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_adds(&text, page->answers ? "  then from " : "  from ");
	when_add(&text, one->first, page->now);
	buf_adds(&text, " to ");
	when_add(&text, one->last, page->now);
	printf("%s\n", text.p);
	buf_clear(&text);
}

/* A key is longer than a line. */
static void
print_record(struct str record)
{
	struct str rest;
	struct buf text;

	buf_init(&text, NULL);
	line_add(&text, LINE_ESCAPED, record, LINE_WHOLE);
	if (record.n == 0)
		buf_adds(&text, "(its text was lost)");
	for (rest = buf_str(&text); rest.n;
	     rest = str_from(rest, WIDTH - INDENT))
		printf("%*s%.*s\n", INDENT, "",
		       STR_ARG(str_first(rest, WIDTH - INDENT)));
	buf_clear(&text);
}

static void
print_name(struct str name)
{
	struct buf text;

	buf_init(&text, NULL);
	line_add(&text, LINE_NAME, name, LINE_WHOLE);
	printf("%s\n", text.p);
	buf_clear(&text);
}

/* --- JSON --- */

static void
print_json_begin(const struct store_published *one)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_adds(&text, "{\"name\":");
	buf_add_json(&text, one->name);
	buf_adds(&text, ",\"first\":\"");
	when_add_utc(&text, one->first);
	buf_adds(&text, "\",\"last\":\"");
	when_add_utc(&text, one->last);
	buf_adds(&text, "\",\"records\":[");
	fputs(text.p, stdout);
	buf_clear(&text);
}

static void
print_json_record(struct str record, bool next)
{
	struct buf text;

	buf_init(&text, NULL);
	if (next)
		buf_addc(&text, ',');
	buf_add_json(&text, record);
	fputs(text.p, stdout);
	buf_clear(&text);
}

static void
print_json_end(struct page *page)
{
	if (page->open)
		puts("]}");
	page->open = false;
}

/* --- both --- */

static void
print_text(struct page *page, const struct store_published *one)
{
	const bool new_name = !str_eq(buf_str(&page->name), one->name);

	if (new_name) {
		buf_reset(&page->name);
		buf_add(&page->name, one->name);
		page->answers = 0;
		print_name(one->name);
	}
	if (new_name || one->place == 0) {
		print_when(page, one);
		page->answers++;
	}
	print_record(one->text);
}

static void
print_json(struct page *page, const struct store_published *one)
{
	if (one->place == 0) {
		print_json_end(page);
		print_json_begin(one);
		page->open = true;
	}
	if (one->text.n)
		print_json_record(one->text, one->place > 0);
}

static bool
print(void *ctx, const struct store_published *one)
{
	struct page *page = ctx;

	page->any = true;
	if (page->json)
		print_json(page, one);
	else
		print_text(page, one);
	return !ferror(stdout);
}

static int
print_all(const struct reader *reader, const struct call *call, struct str name)
{
	struct page page = {.now = clock_wall_seconds(), .json = call->json};
	bool done;

	buf_init(&page.name, NULL);
	done = store_published(reader->store, name, print, &page);
	print_json_end(&page);
	buf_clear(&page.name);
	if (!done)
		return reader_failed(reader);
	if (!page.any && !call->json)
		printf("nothing is known of %.*s: no mail made anybody look "
		       "there, or no TXT record was found\n",
		       STR_ARG(name));
	return page.any ? CLI_ACCEPT : CLI_NOTHING;
}

static int
run(const struct call *call, struct str name)
{
	struct reader reader;
	int status = reader_open(NAME, &call->reader, &reader);

	if (status != CLI_ACCEPT)
		return status;
	status = print_all(&reader, call, name);
	reader_close(&reader);
	return status;
}

int
history_dns(int argc, char **argv)
{
	struct call call = {.json = false};
	struct arena *arena;
	enum domain_status domain;
	struct str name;
	int status = CLI_USAGE;

	if (!options_read(&options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	if (!call.name) {
		options_complain(&options, "a domain is missing");
		return CLI_USAGE;
	}
	arena = arena_new(NULL);
	domain = domain_canonical(arena, str_of(call.name), &name);
	if (domain == DOMAIN_OK)
		status = run(&call, name);
	else
		options_complain(&options, "'%s' is no domain: %s", call.name,
				 domain_status_text(domain));
	arena_free(arena);
	return status;
}
