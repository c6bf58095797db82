/* verdict stats --html: the page, and the file that it goes to. */
#include <stdio.h>

#include "base/line.h"
#include "base/replace.h"
#include "milter/cli/progress.h"
#include "milter/cli/stats/page/page.h"
#include "milter/cli/stats/stats.h"

/* Of the daemon's user and group, as all that is remembered of mail. */
#define PAGE_MODE 0640

/* The name as it was given may be anybody's. */
static int
write_file(const char *path, struct str page)
{
	struct buf why, line;
	int status = CLI_ACCEPT;

	buf_init(&why, NULL);
	if (!replace_file(path, PAGE_MODE, page, &why)) {
		buf_init(&line, NULL);
		buf_adds(&line, STATS_NAME ": cannot write ");
		line_add(&line, LINE_TEXT, str_of(path), LINE_WHOLE);
		fprintf(stderr, "%s: %s\n", line.p, why.p);
		buf_clear(&line);
		status = CLI_FAILURE;
	}
	buf_clear(&why);
	return status;
}

static void
tell_progress(void *ctx, uint64_t done, uint64_t of)
{
	progress_step(ctx, done, of);
}

int
stats_html(const struct reader *reader, const struct stats_call *call)
{
	struct progress progress;
	const struct page_options options = {
	    .store = reader->store,
	    .config = reader->config,
	    .period = {call->since, call->until},
	    .now = call->now,
	    .step = tell_progress,
	    .ctx = &progress,
	};
	struct buf page;
	int status = CLI_ACCEPT;

	buf_init(&page, NULL);
	progress_begin(&progress, "parts of the page");
	if (!page_make(&options, &page))
		status = reader_failed(reader);
	progress_end(&progress);
	if (status == CLI_ACCEPT)
		status = write_file(call->html, buf_str(&page));
	buf_clear(&page);
	return status;
}
