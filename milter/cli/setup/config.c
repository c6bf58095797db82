/* verdict config: check a configuration file and show what is in force. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/wrap.h"
#include "config/config.h"
#include "config/precheck.h"
#include "milter/cli/cli.h"
#include "milter/cli/options.h"
#include "milter/cli/over.h"
#include "milter/cli/setup/change/copies.h"
#include "milter/cli/setup/postfix/mta_check.h"

struct call {
	const char *path, *mta_folder, *postconf;
	const char *from[OVER_PROGRAMS];
	bool json, keywords, changed, mta, help;
};

static const struct option_row rows[] = {
    {"json", .help = "one JSON object: keyword, value, origin",
     .at = offsetof(struct call, json)},
    {"changed", .help = "only what the file has and is not at its default",
     .at = offsetof(struct call, changed)},
    {"keywords", .help = "what each keyword takes, its default and its meaning",
     .at = offsetof(struct call, keywords)},
    {"mta",
     .help = "what in Postfix's configuration (in DIR, by postconf) does\n"
	     "not fit, one line each with its cure; status 1: something",
     .at = offsetof(struct call, mta)},
    {"mta-config", .argument = "DIR", .at = offsetof(struct call, mta_folder)},
    {"postconf", .argument = "PROGRAM", .at = offsetof(struct call, postconf)},
    {"config", .letter = 'c', .argument = "FILE",
     .at = offsetof(struct call, path)},
    {"from-opendmarc", .argument = "FILE",
     .at = offsetof(struct call, from[OVER_OPENDMARC])},
    {"from-opendkim", .argument = "FILE",
     .at = offsetof(struct call, from[OVER_OPENDKIM])},
    {"from-policyd-spf", .argument = "FILE",
     .at = offsetof(struct call, from[OVER_POLICYD_SPF])},
    {"from-rspamd", .argument = "DIR", .fallback = "/etc/rspamd",
     .at = offsetof(struct call, from[OVER_RSPAMD])},
    {"help", .letter = 'h', .at = offsetof(struct call, help)},
    {NULL}};

static const struct options options = {
    .command = "config",
    .usage =
	"usage: verdict config [--changed] [--json] [--config FILE]\n"
	"       verdict config --mta [--mta-config DIR] [--postconf PROGRAM]\n"
	"                      [--config FILE]\n"
	"       verdict config --keywords\n"
	"       verdict config [--from-opendmarc FILE] [--from-opendkim "
	"FILE]\n"
	"                      [--from-policyd-spf FILE] [--from-rspamd "
	"[DIR]]\n"
	"                      [--config FILE] >NEW\n"
	"\n"
	"Checks a configuration file and prints every keyword with its "
	"effective\n"
	"value and where that comes from.  FILE is " CONFIG_FILE "\n"
	"unless given; where that is missing the defaults are shown.\n"
	"--from-... prints that program's configuration translated into one of "
	"ours;\n"
	"several of them make one file.  What FILE sets and they do not know "
	"of "
	"is kept.\n",
    .row = rows,
    .notes = "Exit status: 0 usable, 64 wrong call, 69 the daemon could not "
	     "start here,\n"
	     "70 postconf fails, 78 not usable.\n",
};

static void
put(struct buf *out)
{
	if (out->n > 0)
		fwrite(out->p, 1, out->n, stdout);
	buf_clear(out);
}

static void
put_keywords(void)
{
	struct buf lines, out;

	buf_init(&lines, NULL);
	buf_init(&out, NULL);
	config_describe(&lines);
	wrap_text(&out, LINE_TEXT, buf_str(&lines), 4);
	put(&out);
	buf_clear(&lines);
}

static void
complain(void *ctx, const char *what, struct str line)
{
	struct buf text;

	(void)ctx;
	buf_init(&text, NULL);
	buf_printf(&text, "%s%.*s\n", what, STR_ARG(line));
	wrap_print(stderr, buf_str(&text));
	buf_clear(&text);
}

static void
put_error(void *ctx, struct str line)
{
	complain(ctx, "", line);
}

static void
put_warning(void *ctx, struct str line)
{
	complain(ctx, "warning: ", line);
}

static void
put_fault(void *ctx, bool fatal, struct str line)
{
	complain(ctx, fatal ? "verdict config: " : "warning: ", line);
}

/* The default file, or NULL with a word on it where there is none. */
static const char *
default_path(void)
{
	if (access(CONFIG_FILE, F_OK) == 0)
		return CONFIG_FILE;
	fprintf(stderr, "verdict config: no %s; these are the defaults\n",
		CONFIG_FILE);
	return NULL;
}

static bool
is_translation(const struct call *call)
{
	for (size_t i = 0; i < OVER_PROGRAMS; i++) {
		if (call->from[i] != NULL)
			return true;
	}
	return false;
}

/* --- config --mta --- */

/* That it does not run is no fault of Postfix's configuration. */
static void
put_place(const struct own *own, const struct config *config, const char *loss)
{
	struct buf line;

	buf_init(&line, NULL);
	own_add_fault(own, config, loss, &line);
	if (line.n > 0)
		printf("%slisten: %s\n",
		       own->place == OWN_OTHER ? "" : "hint: ", line.p);
	buf_clear(&line);
}

/* Returns how many mistakes there are. */
static size_t
check(const struct config *config, const struct postconf *postconf,
      struct mta_answers *answers)
{
	struct mta_plan plan;
	struct buf out;

	mta_plan_init(&plan);
	buf_init(&out, NULL);
	size_t mistakes = mta_judge(config, postconf, answers, &plan, &out);
	put_place(answers->own, config, OWN_LOSS(plan.asks));
	if (mistakes == 0)
		buf_adds(&out, "Postfix fits this configuration.\n");
	fwrite(out.p, 1, out.n, stdout);
	if (plan.edits > 0)
		fputs("verdict config: `verdict setup postfix` says how to "
		      "mend this, and can do it\n",
		      stderr);
	mta_plan_clear(&plan);
	buf_clear(&out);
	return mistakes;
}

static int
check_with(const struct config *config, const char *program, const char *folder,
	   const struct own *own)
{
	struct postconf postconf;
	struct mta_answers answers;

	if (!postconf_read(program, folder, mta_parameters, false, &postconf))
		return CLI_FAILURE;
	mta_answers_init(&answers, own);
	copies_brought(folder, &answers.brought);
	size_t mistakes = check(config, &postconf, &answers);
	mta_answers_clear(&answers);
	postconf_clear(&postconf);
	return mistakes > 0;
}

/* Prints one line a mistake, with its cure.  Returns an exit status: 0 no
   mistake, 1 some, CLI_FAILURE where postconf does not run. */
static int
mta_check(const struct config *config, const char *program, const char *folder)
{
	struct own own;
	char *place = folder != NULL ? mem_copy(folder, strlen(folder))
				     : postconf_folder(program);
	int status = place != NULL ? CLI_QUARANTINE : CLI_FAILURE;

	own_look(config, &own);
	/* What leads there leads to another program: no entry can be judged. */
	if (place != NULL && own.place == OWN_OTHER)
		put_place(&own, config, "");
	else if (place != NULL)
		status = check_with(config, program, place, &own);
	own_clear(&own);
	free(place);
	return status;
}

/* --- the call --- */

int
cli_config(int argc, char **argv)
{
	struct call call = {.postconf = "postconf"};
	struct config *config = NULL;
	struct config_error error;
	struct buf out;

	if (!options_read(&options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	if (is_translation(&call))
		return over_run(call.from,
				call.path != NULL ? call.path : CONFIG_FILE);
	if (call.keywords) {
		put_keywords();
		return CLI_ACCEPT;
	}
	buf_init(&out, NULL);
	if (call.path == NULL)
		call.path = default_path();
	if (config_load(call.path, &config, &error) != 0) {
		config_each_error(&error, put_error, NULL);
		return CLI_CONFIG;
	}
	config_each_warning(config, NULL, put_warning, NULL);
	int status = CLI_ACCEPT;
	if (call.mta)
		status = mta_check(config, call.postconf, call.mta_folder);
	else if (call.changed)
		config_print_changed(config, call.json, &out);
	else
		config_print(config, call.json, &out);
	/* Another host's Postfix may be looked at, too. */
	enum precheck_found found =
	    call.mta ? PRECHECK_FINE
		     : precheck(config, PRECHECK_BEFORE, NULL, put_fault, NULL);
	if (found != PRECHECK_FINE)
		status = found == PRECHECK_FILE ? CLI_CONFIG : CLI_UNAVAILABLE;
	config_unref(config);
	put(&out);
	return status;
}
