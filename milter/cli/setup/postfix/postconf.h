/*
 * What Postfix says of its own configuration, by its program postconf: main.cf,
 * and each service of master.cf with its -o overrides.
 */
#ifndef VERDICT_MILTER_CLI_SETUP_POSTFIX_POSTCONF_H
#define VERDICT_MILTER_CLI_SETUP_POSTFIX_POSTCONF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compat.h"

/* A line of master.cf. */
struct postconf_service {
	char *name;      /* of its first two columns, "submission/inet" */
	char *command;   /* without its folder */
	char *chroot;    /* "y", "n" or "-" */
	char **override; /* of -o, "parameter=value" as written, in order */
	size_t overrides;
	char *parameters; /* as the service sees them; NULL: as main.cf says */
};

struct postconf {
	const char *program, *folder;
	const char *const *names;
	bool quiet;       /* its warnings are not passed on */
	char *parameters; /* of main.cf: lines "name = value", $ expanded */
	char *written;    /* the same, $ not expanded */
	struct postconf_service *service;
	size_t services;
	struct buf complaints; /* lines of its that were passed on */
};

/*
 * program: a path, or a name for $PATH; folder: of main.cf and master.cf, NULL:
 * Postfix's own.  names: the parameters that can be asked for; NULL ends them.
 * quiet: Postfix's warnings are not passed on.  False: told on standard error.
 */
bool postconf_read(const char *program, const char *folder,
		   const char *const names[], bool quiet,
		   struct postconf *postconf_out) MUST_CHECK;
void postconf_clear(struct postconf *postconf);

/* service NULL: main.cf alone.  The value, to be freed; NULL: this Postfix does
   not know the parameter. */
char *postconf_value(const struct postconf *postconf,
		     const struct postconf_service *service, const char *name);
/* The same as it is written, before $ is expanded. */
char *postconf_written(const struct postconf *postconf,
		       const struct postconf_service *service,
		       const char *name);
/* Does the service's line set the parameter? */
bool postconf_overrides(const struct postconf_service *service,
			const char *name);
bool postconf_is_chrooted(const struct postconf *postconf,
			  const struct postconf_service *service);

/* Runs `program -c folder words...`: NULL ends the words, and a folder of NULL
   stands for none.  What it printed, to be freed; NULL: told on standard error.
   What it complains of is passed on, but once where it is in *told already, and
   with told NULL only where it fails. */
char *postconf_run(const char *program, const char *folder,
		   const char *const words[], struct buf *told);

/* The folder of Postfix's own configuration, to be freed; NULL: said. */
char *postconf_folder(const char *program);

/* Inside: the services of what postconf -M printed. */
void postconf_parse_services(const char *text, struct postconf *postconf);

#endif
