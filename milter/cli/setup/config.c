/* verdict config: check a configuration file and show what is in force. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "config/config.h"
#include "config/precheck.h"
#include "milter/cli/cli.h"
#include "milter/cli/setup/mta.h"

static const char usage[] =
    "usage: verdict config [--json] [--config FILE]\n"
    "       verdict config --mta [--mta-config DIR] [--postconf PROGRAM]\n"
    "                      [--config FILE]\n"
    "       verdict config --keywords\n"
    "\n"
    "Checks a configuration file and prints every keyword with its effective\n"
    "value and where that comes from.  FILE is " CONFIG_FILE "\n"
    "unless given; where that is missing the defaults are shown.\n"
    "  --json      one JSON object: keyword, value, origin\n"
    "  --keywords  what each keyword takes, its default and its meaning\n"
    "  --mta       what in Postfix's configuration (in DIR, by postconf) does\n"
    "              not fit, one line each with its cure; status 1: something\n"
    "Exit status: 0 usable, 64 wrong call, 69 the daemon could not start "
    "here,\n"
    "70 postconf fails, 78 not usable.\n";

struct arguments {
	const char *path, *mta_folder, *postconf;
	bool json, keywords, mta, help;
};

static bool
parse_arguments(int argc, char **argv, struct arguments *arguments)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"json", no_argument, NULL, 'j'},
	    {"keywords", no_argument, NULL, 'k'},
	    {"mta", no_argument, NULL, 'm'},
	    {"mta-config", required_argument, NULL, 'd'},
	    {"postconf", required_argument, NULL, 'p'},
	    {"help", no_argument, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	static char name[] = "verdict config";
	int option;

	argv[0] = name; /* for getopt's complaints */
	optind = 1;
	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (option == 'c')
			arguments->path = optarg;
		else if (option == 'j')
			arguments->json = true;
		else if (option == 'k')
			arguments->keywords = true;
		else if (option == 'm')
			arguments->mta = true;
		else if (option == 'd')
			arguments->mta_folder = optarg;
		else if (option == 'p')
			arguments->postconf = optarg;
		else if (option == 'h')
			arguments->help = true;
		else
			return false;
	}
	if (optind < argc)
		fprintf(stderr, "verdict config: unexpected \"%s\"\n",
			argv[optind]);
	return optind == argc;
}

static void
put(struct buf *out)
{
	if (out->n > 0)
		fwrite(out->p, 1, out->n, stdout);
	buf_clear(out);
}

static void
put_warning(void *ctx, struct str line)
{
	(void)ctx;
	fprintf(stderr, "warning: %.*s\n", STR_ARG(line));
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

int
cli_config(int argc, char **argv)
{
	struct arguments arguments = {.postconf = "postconf"};
	struct config *config = NULL;
	struct config_error error;
	struct buf out;

	if (!parse_arguments(argc, argv, &arguments)) {
		fputs(usage, stderr);
		return CLI_USAGE;
	}
	buf_init(&out, NULL);
	if (arguments.help) {
		buf_adds(&out, usage);
		put(&out);
		return CLI_ACCEPT;
	}
	if (arguments.keywords) {
		config_describe(&out);
		put(&out);
		return CLI_ACCEPT;
	}
	if (arguments.path == NULL)
		arguments.path = default_path();
	if (config_load(arguments.path, &config, &error) != 0) {
		fprintf(stderr, "%s\n", error.text);
		return CLI_CONFIG;
	}
	config_each_warning(config, put_warning, NULL);
	int status = CLI_ACCEPT;
	if (arguments.mta)
		status =
		    mta_check(config, arguments.postconf, arguments.mta_folder);
	else
		config_print(config, arguments.json, &out);
	/* Another host's Postfix may be looked at, too. */
	if (!arguments.mta && !precheck_tell(config, "verdict config: "))
		status = CLI_UNAVAILABLE;
	config_unref(config);
	put(&out);
	return status;
}
