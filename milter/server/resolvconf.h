/*
 * /etc/resolv.conf while the daemon runs.  Where `resolver` names no servers,
 * those of a changed file take the place of the former ones; questions on the
 * wire begin anew with them (dns_resolver_change()).
 *
 * The file is looked at by its date, size and place, and read once it has been
 * the same for two looks, since who writes it may be halfway.  One that names
 * no server that can be used changes nothing, and is warned of once.
 *
 * For one thread.
 */
#ifndef VERDICT_MILTER_SERVER_RESOLVCONF_H
#define VERDICT_MILTER_SERVER_RESOLVCONF_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct server;

/* Milliseconds between looks: a change is taken over within two of them. */
#define RESOLVCONF_LOOK_MS 2000

/* Of a file that is not there, all is 0. */
struct resolvconf_file {
	dev_t device;
	ino_t inode;
	off_t size;
	int64_t modified_ns, changed_ns;
};

struct resolvconf {
	int64_t due_ms; /* the next look, on the monotonic clock */
	struct resolvconf_file seen, taken, refused; /* the last one each */
	bool refuses; /* there is a refused one, and none taken since */
};

/* After server_start(), whenever the thread is awake and once in
   RESOLVCONF_LOOK_MS: looks, if it is time to. */
void resolvconf_look(struct server *server, int64_t now_ms);

#endif
