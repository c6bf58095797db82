/* verdict setup: what a mail server needs to speak with us, said and done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "milter/cli/cli.h"
#include "milter/cli/options.h"
#include "milter/cli/setup/change/change.h"
#include "milter/cli/setup/change/screen.h"
#include "milter/cli/setup/change/sendmail.h"
#include "milter/cli/setup/trial/trial.h"
#include "milter/cli/setup/undo/undo.h"

struct call {
	const char *server, *path, *folder, *postconf, *test;
	struct ip ip; /* IP_NONE: not given */
	bool apply, undo, reload, force, first, last, help;
};

static const char *take_test(void *to, const char *value);
static const char *take_ip(void *to, const char *value);

static const struct option_row rows[] = {
    {"apply", .help = "change main.cf and master.cf; copies are kept beside",
     .at = offsetof(struct call, apply)},
    {"undo",
     .help = "bring back what the first --apply found; what others\n"
	     "changed since stays",
     .at = offsetof(struct call, undo)},
    {"reload", .help = "then have a running Postfix read them: postfix reload",
     .at = offsetof(struct call, reload)},
    {"force",
     .help = "--apply although verdict-milter does not answer, or\n"
	     "cannot be seen",
     .at = offsetof(struct call, force)},
    {"first", .help = "our entry before all other milters",
     .at = offsetof(struct call, first)},
    {"last", .help = "after them, as beside what it shall replace",
     .at = offsetof(struct call, last)},
    {"test", .argument = "ADDR",
     .help = "send a genuine and a spoofed message of its domain to\n"
	     "it, to verdict-milter and by Postfix (one, unless XCLIENT\n"
	     "is allowed); show the outcome",
     .set = take_test},
    {"ip", .argument = "ADDR",
     .help = "from where that domain's genuine mail comes (this host)",
     .set = take_ip},
    {"mta-config", .argument = "DIR",
     .help = "where main.cf and master.cf are, unless Postfix knows",
     .at = offsetof(struct call, folder)},
    {"postconf", .argument = "PROGRAM", .help = "instead of postconf from PATH",
     .at = offsetof(struct call, postconf)},
    {"config", .letter = 'c', .argument = "FILE",
     .help = "verdict.yaml, instead of\n" CONFIG_FILE,
     .at = offsetof(struct call, path)},
    {"help", .letter = 'h', .at = offsetof(struct call, help)},
    {NULL}};

static bool take_server(void *to, const char *word);

static const struct options options = {
    .command = "setup",
    .usage =
	"usage: verdict setup postfix [--first | --last] [--apply [--force]] "
	"[--reload]\n"
	"                     [--mta-config DIR] [--postconf PROGRAM] "
	"[--config FILE]\n"
	"       verdict setup postfix --undo [--reload] [--mta-config DIR]\n"
	"                     [--postconf PROGRAM] [--config FILE]\n"
	"       verdict setup postfix --test ADDR [--ip ADDR] [--mta-config "
	"DIR]\n"
	"                     [--postconf PROGRAM] [--config FILE]\n"
	"       verdict setup sendmail [--config FILE]\n"
	"\n"
	"Says what in Postfix's configuration must change for verdict-milter, "
	"why, and\n"
	"by which lines; nothing is changed without --apply.  For Sendmail it "
	"prints the\n"
	"lines of the .mc file.\n",
    .row = rows,
    .notes = "Exit status: 0 nothing is left to do, 1 something is, 64 wrong "
	     "call,\n"
	     "69 verdict-milter does not answer, 70 postconf fails, 77 not "
	     "permitted,\n"
	     "78 the configuration of verdict-milter is not usable.\n",
    .argument = take_server,
};

/* Of a mailbox, fit for a line of SMTP. */
static const char *
take_test(void *to, const char *value)
{
	struct call *call = to;
	struct str address = str_of(value);
	size_t at = str_rchr(address, '@');

	if (at == 0 || at + 1 >= address.n)
		return "it has no user or no @domain";
	for (size_t i = 0; i < address.n; i++) {
		if (!ascii_is_printable(value[i]) ||
		    strchr(" <>\"\\", value[i]) != NULL)
			return "it has blanks, quotes, brackets, or not ASCII "
			       "alone";
	}
	call->test = value;
	return NULL;
}

static const char *
take_ip(void *to, const char *value)
{
	struct call *call = to;

	return ip_parse(str_of(value), &call->ip) ? NULL : "it is no address";
}

static bool
take_server(void *to, const char *word)
{
	struct call *call = to;

	if (call->server != NULL)
		return options_complain(&options, "unexpected argument '%s'",
					word);
	if (strcmp(word, "postfix") != 0 && strcmp(word, "sendmail") != 0)
		return options_complain(
		    &options, "'%s' is neither postfix nor sendmail", word);
	call->server = word;
	return true;
}

/* --- postfix --- */

/* A command of the admin's, with the folder where one was named. */
static void
add_command(struct buf *out, const struct call *call, const char *program,
	    const char *option, const char *words)
{
	buf_adds(out, program);
	if (call->folder != NULL) {
		buf_printf(out, " %s ", option);
		screen_add_quoted(out, call->folder);
	}
	buf_adds(out, words);
}

static int
reload(const struct call *call, const char *folder, struct buf *out)
{
	if (!call->reload) {
		buf_adds(out, "In force with: ");
		add_command(out, call, "postfix", "-c", " reload\n");
		return CLI_ACCEPT;
	}
	int status = change_reload(call->postconf, call->folder);
	buf_printf(out,
		   status == CLI_ACCEPT
		       ? "In force: Postfix in %s was told to reload.\n"
		       : "Not in force yet: Postfix in %s did not reload; "
			 "if it is not running,\nit reads this when it "
			 "starts.\n",
		   folder);
	return status;
}

static int
undo(const struct call *call, const struct config *config, struct buf *out)
{
	char *folder = call->folder != NULL
			   ? mem_copy(call->folder, strlen(call->folder))
			   : postconf_folder(call->postconf);
	struct own own;
	int status = CLI_FAILURE;
	bool done = false;

	own_look(config, &own);
	const struct undo undo = {.config = config,
				  .own = &own,
				  .program = call->postconf,
				  .folder = folder};
	if (folder != NULL)
		status = undo_run(&undo, &done, out);
	if (done) {
		int then = reload(call, folder, out);
		status = then != CLI_ACCEPT ? then : status;
	}
	own_clear(&own);
	free(folder);
	return status;
}

/* Adds why to apply it would do harm now, beyond what the screen begins with.
   CLI_ACCEPT: it would not. */
static int
add_obstacle(const struct call *call, const struct change *change,
	     struct buf *out)
{
	if (change->stops) {
		screen_add_text(
		    out, 0,
		    str_lit("Not to be applied so: smtpd could not reach "
			    "verdict-milter and would put off all mail. First "
			    "see to what is left to you, or let it listen on "
			    "TCP: \"listen: inet:8891@127.0.0.1\" in "
			    "verdict.yaml."));
		return CLI_QUARANTINE;
	}
	if (call->force || change->own->place == OWN_DAEMON)
		return CLI_ACCEPT;
	if (change->own->place == OWN_UNSEEN) {
		screen_add_text(out, 0,
				str_lit("Not to be applied so, unless you know "
					"that verdict-milter listens there: "
					"--force."));
		return geteuid() == 0 ? CLI_UNAVAILABLE : CLI_DENIED;
	}
	screen_add_text(out, 0,
			str_lit("Not to be applied so: verdict-milter does not "
				"answer, and Postfix would put off all mail "
				"until it does. Start it first, or say "
				"--force."));
	return CLI_UNAVAILABLE;
}

static int
apply(const struct call *call, const struct change *change, struct buf *out)
{
	size_t before = out->n;
	int status = change_apply(change, out);
	bool changed = out->n > before;

	if (changed && status != CLI_ACCEPT)
		buf_adds(out, "Only this part is written.\n");
	if (changed) {
		buf_adds(out, "Back with: ");
		add_command(out, call, "verdict setup postfix", "--mta-config",
			    " --undo\n");
	}
	if (status == CLI_ACCEPT)
		status = reload(call, change->folder, out);
	if (status == CLI_ACCEPT && change->mistakes > 0)
		status = CLI_QUARANTINE;
	return status;
}

static int
conclude(const struct call *call, const struct change *change, struct buf *out)
{
	if (change->plan.edits == 0 && change->mistakes == 0) {
		buf_adds(out, "Nothing to change: Postfix fits.\n");
		return change->own->place == OWN_NOBODY ? CLI_UNAVAILABLE
							: CLI_ACCEPT;
	}
	if (change->plan.edits == 0) {
		buf_adds(out, "Nothing to change here but what is left to "
			      "you.\n");
		return CLI_QUARANTINE;
	}
	int status = add_obstacle(call, change, out);
	if (call->apply && status == CLI_ACCEPT)
		return apply(call, change, out);
	if (status != CLI_ACCEPT) {
		buf_adds(out, "Nothing is changed.\n");
		return call->apply ? status : CLI_QUARANTINE;
	}
	screen_add_text(out, 0,
			str_lit("Nothing is changed yet. --apply does it and "
				"keeps copies; or run the lines yourself, "
				"then:"));
	buf_adds(out, "    ");
	add_command(out, call, "postfix", "-c", " reload\n");
	return CLI_QUARANTINE;
}

static int
plan(const struct call *call, const struct config *config,
     const struct own *own, struct buf *out)
{
	struct change change;
	int status = change_plan(config, own, call->postconf, call->folder,
				 call->first  ? MTA_FIRST
				 : call->last ? MTA_LAST
					      : MTA_ANYWHERE,
				 &change);

	if (status == CLI_ACCEPT) {
		screen_add_change(out, &change);
		status = conclude(call, &change, out);
	}
	change_clear(&change);
	return status;
}

/* Where it keeps us from all else: what leads to another program is not ours,
   and nobody can try a daemon that does not answer. */
static bool
add_fault(const struct call *call, const struct config *config,
	  const struct own *own, struct buf *out)
{
	struct buf fault;

	if (own->place != OWN_OTHER &&
	    (call->test == NULL || own->place != OWN_NOBODY))
		return false;
	buf_init(&fault, NULL);
	own_add_fault(own, config, "", &fault);
	screen_add_text(out, 0, buf_str(&fault));
	buf_addc(out, '\n');
	buf_adds(out, call->test != NULL ? "Nothing is sent.\n"
					 : "Nothing is changed, and nothing "
					   "proposed before that.\n");
	buf_clear(&fault);
	return true;
}

static int
setup_postfix(const struct call *call, const struct config *config,
	      struct buf *out)
{
	const struct trial trial = {.config = config,
				    .program = call->postconf,
				    .folder = call->folder,
				    .to = call->test,
				    .client = call->ip};
	struct own own;
	int status;

	own_look(config, &own);
	if (add_fault(call, config, &own, out))
		status = CLI_UNAVAILABLE;
	else if (call->test != NULL)
		status = trial_run(&trial, out);
	else
		status = plan(call, config, &own, out);
	own_clear(&own);
	return status;
}

/* --- the call --- */

/* What does not go together. */
static bool
is_sound(const struct call *call)
{
	if (call->server == NULL)
		return options_complain(&options, "postfix or sendmail?");
	if (strcmp(call->server, "sendmail") == 0 &&
	    (call->apply || call->undo || call->reload || call->force ||
	     call->first || call->last || call->folder != NULL ||
	     call->test != NULL))
		return options_complain(
		    &options, "sendmail: its lines are printed only; --config "
			      "is all that it takes");
	if (call->apply + call->undo + (call->test != NULL) > 1)
		return options_complain(&options, "--apply, --undo or --test?");
	if (call->first + call->last + call->undo + (call->test != NULL) > 1)
		return options_complain(&options,
					"--first, --last, --undo or --test?");
	if (call->ip.family != IP_NONE && call->test == NULL)
		return options_complain(&options, "--ip goes with --test");
	if (call->reload && !call->apply && !call->undo)
		return options_complain(&options,
					"--reload goes with --apply or --undo");
	return true;
}

/* All that looks at our own configuration. */
static int
setup(const struct call *call, struct buf *out)
{
	const char *path = call->path;
	struct config *config = NULL;
	struct config_error error;
	int status = CLI_ACCEPT;

	if (path == NULL && access(CONFIG_FILE, F_OK) == 0)
		path = CONFIG_FILE;
	if (path == NULL && !call->undo)
		fprintf(stderr,
			"verdict setup: no %s; its defaults are taken\n",
			CONFIG_FILE);
	bool loaded = config_load(path, &config, &error) == 0;
	/* The way back is open whatever became of our configuration. */
	if (!loaded && call->undo)
		loaded = config_load(NULL, &config, &error) == 0;
	if (!loaded) {
		fprintf(stderr, "%s\n", error.text);
		return CLI_CONFIG;
	}
	if (strcmp(call->server, "sendmail") == 0)
		sendmail_add_lines(out, config);
	else if (call->undo)
		status = undo(call, config, out);
	else
		status = setup_postfix(call, config, out);
	config_unref(config);
	return status;
}

int
cli_setup(int argc, char **argv)
{
	struct call call = {.postconf = "postconf"};
	struct buf out;

	if (!options_read(&options, argc, argv, &call))
		return CLI_USAGE;
	if (call.help) {
		options_help(&options, stdout);
		return CLI_ACCEPT;
	}
	if (!is_sound(&call))
		return CLI_USAGE;
	buf_init(&out, NULL);
	int status = setup(&call, &out);
	if (out.n > 0)
		fwrite(out.p, 1, out.n, stdout);
	buf_clear(&out);
	return status;
}
