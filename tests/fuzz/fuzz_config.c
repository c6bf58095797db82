/* A configuration file's text, all the way to what is in force. */
#include "base/err.h"
#include "config/config.h"
#include "config/snapshot.h"
#include "tests/fuzz/fuzz.h"

static void
check_config(const struct config *config)
{
	struct ip client = {.family = IP_V4, .octet = {192, 0, 2, 1}};
	struct buf out;

	fuzz_require(config->authres.id.n > 0);
	fuzz_require(config->authres.n_ids > 0);
	fuzz_require(str_eq(config->authres.ids[0], config->authres.id));
	fuzz_require(config->max_evaluations <= config->max_sessions);
	fuzz_require(config->dns.servers > 0 &&
		     config->dns.servers <= DNS_SERVERS_MAX);
	fuzz_require(config_client_class(config, client, str_lit("x.z.ab"),
					 NULL) != CLIENT_AUTHENTICATED);
	buf_init(&out, NULL);
	config_print(config, false, &out);
	config_print(config, true, &out);
	config_print_changed(config, false, &out);
	config_print_changed(config, true, &out);
	fuzz_require(out.n > 0);
	config_warnings(config, &out);
	buf_clear(&out);
	fuzz_canary(config->authres.id, "z.ab");
}

static void
check_error(void *ctx, struct str line)
{
	++*(size_t *)ctx;
	fuzz_require(str_starts(line, str_lit("fuzz:")));
}

void
fuzz_one(struct str input)
{
	struct config *config = NULL;
	struct config_error error = {""};

	if (config_load_text("fuzz", input, &config, &error) == ERR_OK) {
		check_config(config);
		config_unref(config);
	} else {
		fuzz_require(config == NULL);
		size_t lines = 0;
		config_each_error(&error, check_error, &lines);
		fuzz_require(lines > 0 && lines <= LIMIT_CONFIG_ERRORS + 1);
	}
}
