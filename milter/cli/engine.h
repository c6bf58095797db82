/*
 * What verifies, without a daemon: a configuration, a resolver of its own and
 * what messages share.
 */
#ifndef VERDICT_MILTER_CLI_ENGINE_H
#define VERDICT_MILTER_CLI_ENGINE_H

#include "base/arena.h"
#include "config/config.h"
#include "verify/verify.h"

struct engine {
	struct config *config;
	struct verify_engine verify;
	struct arena_pool pool;
	struct suffix_list *suffixes;
};

/*
 * Loads the configuration (path NULL: CONFIG_FILE where it stands, or defaults)
 * and starts a resolver (NULL: as configured, or "ADDR[:PORT]").  CLI_ACCEPT,
 * or another exit status after one line on standard error; then nothing is to
 * be closed.
 */
int engine_open(const char *path, const char *resolver, struct engine *engine);
void engine_close(struct engine *engine);

#endif
