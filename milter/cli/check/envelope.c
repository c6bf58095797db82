#include "milter/cli/check/envelope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "milter/cli/cli.h"

/* Year 9999: what a signature's t= can sensibly say. */
#define TIME_MAX 253402300799

static const char *
set_ip(struct cli_options *options, const char *value)
{
	bool good = ip_parse(str_of(value), &options->last.envelope.client);

	return good ? NULL : "it is no IPv4 or IPv6 address";
}

static const char *
set_helo(struct cli_options *options, const char *value)
{
	options->last.envelope.helo = str_of(value);
	return NULL;
}

static const char *
set_client_name(struct cli_options *options, const char *value)
{
	options->last.envelope.client_name = str_of(value);
	return NULL;
}

/*
 * Mail servers take worse senders, also one without domain, and what becomes of
 * those is to be tried here; but words are another option's value.
 */
static const char *
set_mail_from(struct cli_options *options, const char *value)
{
	options->last.envelope.mail_from = str_of(value);
	options->last.envelope.mail_from_known = true;
	return strchr(value, '@') == NULL && strchr(value, ' ') != NULL
		   ? "it has blanks and no @domain"
		   : NULL;
}

/* The first one after a message begins a list of its own. */
static const char *
set_rcpt(struct cli_options *options, const char *value)
{
	struct verify_envelope *envelope = &options->last.envelope;
	size_t n = options->messages;
	bool first = n > 0 && options->message[n - 1].envelope.recipient ==
				  envelope->recipient;

	if (first || envelope->recipients == 0) {
		envelope->recipient = options->recipient + options->recipients;
		envelope->recipients = 0;
	}
	options->recipient[options->recipients++] = str_of(value);
	envelope->recipients++;
	/* RFC 5321 section 4.5.1; else a name alone is a slip, but not what
	   mail servers take for an address, as "<user>" and "site!user". */
	if (strpbrk(value, "@!%<") != NULL ||
	    str_is_nocase(str_of(value), "postmaster"))
		return NULL;
	return "it has no @domain";
}

static const char *
set_smtp_auth(struct cli_options *options, const char *value)
{
	(void)value;
	options->last.smtp_auth = true;
	return NULL;
}

static const char *
set_time(struct cli_options *options, const char *value)
{
	uint64_t seconds;

	if (!str_uint(str_of(value), TIME_MAX, &seconds) || seconds == 0)
		return "it is no number of seconds";
	options->last.envelope.now = (int64_t)seconds;
	return NULL;
}

static const char *
set_resolver(struct cli_options *options, const char *value)
{
	options->resolver = value;
	return NULL;
}

static const char *
set_config(struct cli_options *options, const char *value)
{
	options->config = value;
	return NULL;
}

static const char *
set_json(struct cli_options *options, const char *value)
{
	(void)value;
	options->json = true;
	return NULL;
}

static const char *
set_as_published(struct cli_options *options, const char *value)
{
	(void)value;
	options->as_published = true;
	return NULL;
}

static const char *
set_help(struct cli_options *options, const char *value)
{
	(void)value;
	options->help = true;
	return NULL;
}

static const struct option_row {
	const char *name, *argument; /* argument NULL: a flag */
	bool check;                  /* of `verdict check` only */
	bool envelope;               /* holds for the messages after it */
	/* NULL, or what the value is instead of the argument */
	const char *(*set)(struct cli_options *options, const char *value);
	const char *help;
} rows[] = {
    {"--ip", "ADDR", false, true, set_ip, "the connecting client's address"},
    {"--client-name", "NAME", true, true, set_client_name,
     "its name, confirmed by reverse and forward lookup"},
    {"--helo", "NAME", false, true, set_helo, "its HELO or EHLO name"},
    {"--mail-from", "ADDR", false, true, set_mail_from,
     "the envelope sender; '' is the null path"},
    {"--smtp-auth", NULL, true, true, set_smtp_auth,
     "the client has logged in"},
    {"--rcpt", "ADDR", true, true, set_rcpt,
     "an envelope recipient, for rules; may be repeated"},
    {"--time", "UNIX", false, true, set_time,
     "seconds since 1970 instead of now"},
    {"--resolver", "ADDR[:PORT]", false, false, set_resolver,
     "ask this server instead of the configured"},
    {"--config", "FILE", false, false, set_config,
     "local policy; else " CONFIG_FILE},
    {"--json", NULL, false, false, set_json, "one JSON object instead of text"},
    {"--as-published", NULL, true, false, set_as_published,
     "decide by the sender's policy alone"},
    {"--help", NULL, false, false, set_help, "this text"},
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
		  const char *value, const char *defect)
{
	fprintf(stderr,
		"verdict %s: %s takes %s, not '%s': %s (see verdict %s "
		"--help)\n",
		command, row->name, row->argument, value, defect, command);
	return false;
}

/*
 * "--name value" or "--name=value", the option at *i.  *of_message_out: whether
 * it is one of a message.
 */
static bool
read_option(int argc, char **argv, int *i, bool check,
	    struct cli_options *options, bool *of_message_out)
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
	const char *defect = row->set(options, value);
	*of_message_out |= row->envelope;
	return defect == NULL || complain_of_value(argv[0], row, value, defect);
}

/* What `verdict spf` cannot do without. */
static bool
has_client(const char *command, const struct cli_options *options)
{
	if (options->last.envelope.client.family == IP_NONE)
		return complain(command, "--ip is missing", "");
	if (!options->last.envelope.mail_from_known)
		return complain(command, "--mail-from is missing",
				"; '' is the null path");
	if (options->last.envelope.mail_from.n == 0 &&
	    options->last.envelope.helo.n == 0)
		return complain(command, "--helo is missing",
				"; the null path is judged by it");
	return true;
}

static bool
add_message(const char *command, struct cli_options *options, const char *path)
{
	for (size_t i = 0; i < options->messages && strcmp(path, "-") == 0; i++)
		if (strcmp(options->message[i].path, "-") == 0)
			return complain(command, "- stands twice",
					"; standard input holds one message");
	options->last.path = path;
	options->message[options->messages++] = options->last;
	return true;
}

/* Of a single message options may stand after it, too. */
static bool
end_messages(const char *command, struct cli_options *options, bool after)
{
	if (options->messages == 0)
		return complain(command, "no MESSAGE given",
				"; - reads it here");
	if (options->messages > 1)
		return !after ||
		       complain(command,
				"what is said of a MESSAGE stands before it, ",
				"but no MESSAGE follows the last option");
	struct cli_message *only = &options->message[0];
	options->last.path = only->path;
	*only = options->last;
	only->envelope.recipient = options->recipient;
	only->envelope.recipients = options->recipients;
	return true;
}

static bool
read_words(int argc, char **argv, bool check, struct cli_options *options)
{
	bool only_files = false, after = false;

	for (int i = 1; i < argc; i++) {
		char *word = argv[i];
		bool dash = !only_files && word[0] == '-' && word[1] != '\0';
		if (dash && strcmp(word, "--") == 0) {
			only_files = true;
		} else if (dash) {
			if (!read_option(argc, argv, &i, check, options,
					 &after))
				return false;
		} else if (check) {
			if (!add_message(argv[0], options, word))
				return false;
			after = false;
		} else {
			return complain(argv[0], "unexpected argument ", word);
		}
	}
	if (options->help)
		return true;
	return check ? end_messages(argv[0], options, after)
		     : has_client(argv[0], options);
}

bool
cli_options_read(int argc, char **argv, bool check, struct cli_options *options)
{
	*options = (struct cli_options){.last.envelope.prefetch = true};
	/* No more than there are words. */
	options->message = mem_alloc((size_t)argc * sizeof options->message[0]);
	options->recipient =
	    mem_alloc((size_t)argc * sizeof options->recipient[0]);
	if (read_words(argc, argv, check, options))
		return true;
	cli_options_clear(options);
	return false;
}

void
cli_options_clear(struct cli_options *options)
{
	free(options->message);
	free(options->recipient);
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
