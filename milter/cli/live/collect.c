#include "milter/cli/live/collect.h"

#include <stdio.h>

#include "milter/cli/cli.h"

void
collect_metrics(const struct daemon_path *path, struct buf *out)
{
	const struct request metrics = {.verb = REQUEST_METRICS};
	struct buf answer;

	buf_init(&answer, NULL);
	bool up = daemon_ask(path, &metrics, &answer) == CLI_ACCEPT;
	buf_printf(out,
		   "# HELP verdict_up Does the daemon answer?\n"
		   "# TYPE verdict_up gauge\nverdict_up %d\n",
		   up);
	if (up)
		buf_add(out, buf_str(&answer));
	else
		fprintf(stderr, "verdict metrics: %.*s\n",
			STR_ARG(buf_str(&answer)));
	buf_clear(&answer);
}
