#include "milter/cli/envelope.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "milter/cli/cli.h"

/* Year 9999: what a signature's t= can sensibly say. */
#define TIME_MAX 253402300799

static bool
set_ip(struct cli_options *options, const char *value)
{
	return ip_parse(str_of(value), &options->envelope.client);
}

static bool
set_helo(struct cli_options *options, const char *value)
{
	options->envelope.helo = str_of(value);
	return true;
}

static bool
set_client_name(struct cli_options *options, const char *value)
{
	options->envelope.client_name = str_of(value);
	return true;
}

static bool
set_mail_from(struct cli_options *options, const char *value)
{
	options->envelope.mail_from = str_of(value);
	options->envelope.mail_from_known = true;
	return true;
}

static bool
set_rcpt(struct cli_options *options, const char *value)
{
	size_t n = options->envelope.recipients;

	if (n == CLI_RECIPIENTS || value[0] == '\0')
		return false;
	options->recipient[n] = str_of(value);
	options->envelope.recipient = options->recipient;
	options->envelope.recipients = n + 1;
	return true;
}

static bool
set_smtp_auth(struct cli_options *options, const char *value)
{
	(void)value;
	return options->smtp_auth = true;
}

static bool
set_time(struct cli_options *options, const char *value)
{
	uint64_t seconds;

	if (!str_uint(str_of(value), TIME_MAX, &seconds) || seconds == 0)
		return false;
	options->envelope.now = (int64_t)seconds;
	return true;
}

static bool
set_resolver(struct cli_options *options, const char *value)
{
	options->resolver = value;
	return true;
}

static bool
set_config(struct cli_options *options, const char *value)
{
	options->config = value;
	return true;
}

static bool
set_json(struct cli_options *options, const char *value)
{
	(void)value;
	return options->json = true;
}

static bool
set_as_published(struct cli_options *options, const char *value)
{
	(void)value;
	return options->as_published = true;
}

static bool
set_help(struct cli_options *options, const char *value)
{
	(void)value;
	return options->help = true;
}

static const struct option_row {
	const char *name, *argument; /* argument NULL: a flag */
	bool check;                  /* of `verdict check` only */
	bool (*set)(struct cli_options *options, const char *value);
	const char *help;
} rows[] = {
    {"--ip", "ADDR", false, set_ip, "the connecting client's address"},
    {"--client-name", "NAME", true, set_client_name,
     "its name, confirmed by reverse and forward lookup"},
    {"--helo", "NAME", false, set_helo, "its HELO or EHLO name"},
    {"--mail-from", "ADDR", false, set_mail_from,
     "the envelope sender; '' is the null path"},
    {"--smtp-auth", NULL, true, set_smtp_auth, "the client has logged in"},
    {"--rcpt", "ADDR", true, set_rcpt,
     "an envelope recipient, for rules; may be repeated"},
    {"--time", "UNIX", false, set_time, "seconds since 1970 instead of now"},
    {"--resolver", "ADDR[:PORT]", false, set_resolver,
     "ask this server instead of the configured"},
    {"--config", "FILE", false, set_config,
     "local policy; " CONFIG_FILE " where it stands"},
    {"--json", NULL, false, set_json, "one JSON object instead of text"},
    {"--as-published", NULL, true, set_as_published,
     "decide by the sender's policy alone"},
    {"--help", NULL, false, set_help, "this text"},
};

#define N_ROWS (sizeof rows / sizeof rows[0])

static const struct option_row *
find_row(struct str name, bool check)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if ((check || !rows[i].check) && str_is(name, rows[i].name))
			return &rows[i];
	}
	return NULL;
}

static bool
complain(const char *command, const char *what, const char *about)
{
	fprintf(stderr, "verdict %s: %s%s (see verdict %s --help)\n", command,
		what, about, command);
	return false;
}

static bool
complain_of_value(const char *command, const struct option_row *row,
		  const char *value)
{
	fprintf(stderr,
		"verdict %s: %s takes %s, not '%s' (see verdict %s --help)\n",
		command, row->name, row->argument, value, command);
	return false;
}

/* "--name value" or "--name=value", the option at *i. */
static bool
read_option(int argc, char **argv, int *i, bool check,
	    struct cli_options *options)
{
	const char *word = argv[*i];
	size_t equals = strcspn(word, "=");
	const struct option_row *row = find_row(str_n(word, equals), check);
	const char *value = word[equals] == '=' ? word + equals + 1 : NULL;

	if (row == NULL)
		return complain(argv[0], "unknown option ", word);
	if (row->argument == NULL && value != NULL)
		return complain(argv[0], row->name, " takes no value");
	if (row->argument != NULL && value == NULL) {
		if (*i + 1 == argc)
			return complain(argv[0], "no value for ", row->name);
		value = argv[++*i];
	}
	return row->set(options, value) ||
	       complain_of_value(argv[0], row, value);
}

/* What `verdict spf` cannot do without. */
static bool
has_client(const char *command, const struct cli_options *options)
{
	if (options->envelope.client.family == IP_NONE)
		return complain(command, "--ip is missing", "");
	if (!options->envelope.mail_from_known)
		return complain(command, "--mail-from is missing",
				"; '' is the null path");
	if (options->envelope.mail_from.n == 0 && options->envelope.helo.n == 0)
		return complain(command, "--helo is missing",
				"; the null path is judged by it");
	return true;
}

bool
cli_options_read(int argc, char **argv, bool check, struct cli_options *options)
{
	bool only_files = false;

	*options = (struct cli_options){.envelope = {.prefetch = true}};
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		bool dash = !only_files && word[0] == '-' && word[1] != '\0';
		if (dash && strcmp(word, "--") == 0) {
			only_files = true;
		} else if (dash) {
			if (!read_option(argc, argv, &i, check, options))
				return false;
		} else if (check && options->message == NULL) {
			options->message = word;
		} else {
			return complain(argv[0], "unexpected argument ", word);
		}
	}
	if (options->help)
		return true;
	if (check && options->message == NULL)
		return complain(argv[0], "no MESSAGE given",
				"; - reads it here");
	return check || has_client(argv[0], options);
}

void
cli_options_help(bool check)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const char *argument = rows[i].argument;
		if (check || !rows[i].check)
			printf("  %s %-*s %s\n", rows[i].name,
			       22 - (int)strlen(rows[i].name),
			       argument ? argument : "", rows[i].help);
	}
}

int
cli_engine_open(const struct cli_options *options, struct cli_engine *engine)
{
	struct config_error error;
	struct dns_options dns;

	const char *path = options->config;
	if (path == NULL && access(CONFIG_FILE, F_OK) == 0)
		path = CONFIG_FILE;
	if (config_load(path, &engine->config, &error) != ERR_OK) {
		fprintf(stderr, "verdict: %s\n", error.text);
		return CLI_CONFIG;
	}
	dns = engine->config->dns;
	if (options->resolver != NULL) {
		if (!dns_server_parse(str_of(options->resolver),
				      &dns.server[0])) {
			fprintf(stderr,
				"verdict: '%s' is no resolver: give ADDR or "
				"ADDR:PORT\n",
				options->resolver);
			config_unref(engine->config);
			return CLI_USAGE;
		}
		dns.servers = 1;
	}
	engine->suffixes = suffix_list_open();
	arena_pool_init(&engine->pool, 0);
	engine->verify = (struct verify_engine){.suffixes = engine->suffixes,
						.pool = &engine->pool};
	if (dns_resolver_new(&dns, engine->suffixes, NULL,
			     &engine->verify.resolver) != ERR_OK) {
		perror("verdict: the resolver cannot start");
		suffix_list_close(engine->suffixes);
		config_unref(engine->config);
		return CLI_FAILURE;
	}
	return CLI_ACCEPT;
}

void
cli_engine_close(struct cli_engine *engine)
{
	dns_resolver_free(engine->verify.resolver);
	suffix_list_close(engine->suffixes);
	config_unref(engine->config);
}
