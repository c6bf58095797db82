#include "milter/cli/engine.h"

#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "base/line.h"
#include "milter/cli/cli.h"

/* A file that strangers named may be taken for this option, too. */
static void
complain_of_resolver(const char *resolver)
{
	struct buf text;

	buf_init(&text, NULL);
	buf_adds(&text, "verdict: '");
	line_add(&text, LINE_TEXT, str_of(resolver), LINE_WHOLE);
	buf_adds(&text, "' is no resolver: give ADDR or ADDR:PORT\n");
	fputs(text.p, stderr);
	buf_clear(&text);
}

static void
print_error(void *ctx, struct str line)
{
	(void)ctx;
	fprintf(stderr, "verdict: %.*s\n", STR_ARG(line));
}

int
engine_open(const char *path, const char *resolver, struct engine *engine)
{
	struct config_error error;
	struct dns_options dns;

	if (path == NULL && access(CONFIG_FILE, F_OK) == 0)
		path = CONFIG_FILE;
	if (config_load(path, &engine->config, &error) != ERR_OK) {
		config_each_error(&error, print_error, NULL);
		return CLI_CONFIG;
	}
	dns = engine->config->dns;
	if (resolver != NULL) {
		if (!dns_server_parse(str_of(resolver), &dns.server[0])) {
			complain_of_resolver(resolver);
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
engine_close(struct engine *engine)
{
	dns_resolver_free(engine->verify.resolver);
	suffix_list_close(engine->suffixes);
	config_unref(engine->config);
}
