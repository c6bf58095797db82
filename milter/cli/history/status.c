/* verdict history status: what the store has. */
#include <stdio.h>

#include "base/clock.h"
#include "base/line.h"
#include "base/number.h"
#include "base/when.h"
#include "milter/cli/history/history.h"
#include "milter/cli/reader.h"
#include "store/look.h"

#define NAME "verdict history status"

struct call {
	struct reader_call reader;
	bool json, help;
};

static const struct option_row rows[] = {
    READER_ROWS(struct call, reader),
    {"json", .help = "JSON instead of text", .at = offsetof(struct call, json)},
    {"help", .letter = 'h', .help = "this text",
     .at = offsetof(struct call, help)},
    {NULL}};

static const struct options options = {
    .command = "history status",
    .usage = "usage: verdict history status [OPTION...]\n"
	     "Shows what the store has of each mail host.\n",
    .row = rows,
    .notes = "Exit status: 0 done, 64 wrong call, 69 the store cannot be used, "
	     "70 the system\nfailed, 78 the configuration cannot be used.\n",
};

static void
print_host(const struct store_host *host, int64_t now)
{
	struct buf text;

	buf_init(&text, NULL);
	line_add(&text, LINE_TEXT, host->name, LINE_WHOLE);
	if (host->messages == 0)
		buf_adds(&text, ": no message yet");
	if (host->messages > 0) {
		buf_adds(&text, ": ");
		number_add(&text, host->messages);
		buf_adds(&text, " messages from ");
		when_add(&text, host->first, now);
		buf_adds(&text, " to ");
		when_add(&text, host->last, now);
		buf_printf(&text, ", %.1f MB", (double)host->octets / 1e6);
	}
	if (host->lost.messages > 0 || host->lost.octets > 0)
		buf_adds(&text, "\n  ");
	reader_add_lost(&text, &host->lost, now);
	printf("%s\n", text.p);
	buf_clear(&text);
}

static void
print_json(const struct store_host *host)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_adds(&text, "{\"host\":");
	buf_add_json(&text, host->name);
	buf_printf(&text, ",\"messages\":%lld", (long long)host->messages);
	if (host->messages > 0) {
		buf_adds(&text, ",\"first\":\"");
		when_add_utc(&text, host->first);
		buf_adds(&text, "\",\"last\":\"");
		when_add_utc(&text, host->last);
		buf_adds(&text, "\"");
	}
	buf_printf(&text,
		   ",\"octets\":%lld,\"lost\":%lld,\"lost_octets\":%lld}",
		   (long long)host->octets, (long long)host->lost.messages,
		   (long long)host->lost.octets);
	printf("%s\n", text.p);
	buf_clear(&text);
}

struct shown {
	bool json, any;
	int64_t now;
};

static bool
show_host(void *ctx, const struct store_host *host)
{
	struct shown *shown = ctx;

	shown->any = true;
	if (shown->json)
		print_json(host);
	else
		print_host(host, shown->now);
	return true;
}

static int
print_all(const struct reader *reader, bool json)
{
	struct shown shown = {.json = json, .now = clock_wall_seconds()};

	if (!store_hosts(reader->store, show_host, &shown))
		return reader_failed(reader);
	if (!shown.any && !json)
		puts("the store is empty: no message was recorded yet");
	return CLI_ACCEPT;
}

int
history_status(int argc, char **argv)
{
	struct call call = {.json = false};
	struct reader reader;

	if (!options_read(&options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	int status = reader_open(NAME, &call.reader, &reader);
	if (status != CLI_ACCEPT)
		return status;
	status = print_all(&reader, call.json);
	reader_close(&reader);
	return status;
}
