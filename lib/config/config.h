/*
 * The configuration file: YAML read by libyaml against one schema table, into
 * an immutable snapshot that is shared by reference count.
 *
 * The file is one mapping, nested at most one level (`limits:`, `log:`, and
 * `rules:`, a list of mappings).
 * Anchors, aliases, tags and further documents are refused.  Unknown or
 * repeated keywords, wrong types and values out of range are errors with file,
 * line and column; all of a file are told, but none that only follows another.
 * Units: `5s` `10m` `4h` `7d`, `64k` `16M` `1G`.
 *
 * Library modules do not see this header: they get their own options structs,
 * which a snapshot holds ready-made.
 */
#ifndef VERDICT_CONFIG_CONFIG_H
#define VERDICT_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "authres/authres.h"
#include "base/buf.h"
#include "base/domain.h"
#include "base/ip.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/str.h"
#include "dns/dns.h"
#include "policy/policy.h"
#include "verify/verify.h"

/* What the daemon and the command read unless told otherwise. */
#define CONFIG_FILE VERDICT_SYSCONFDIR "/verdict-milter/verdict.yaml"

/* Where the DNS servers stand unless `resolver` names them. */
#define CONFIG_RESOLV_CONF "/etc/resolv.conf"

/* How addresses are remembered: verdict/privacy.h. */
enum config_privacy { CONFIG_PRIVACY_NORMAL, CONFIG_PRIVACY_STRICT };

struct config_networks {
	const struct ip_network *network;
	size_t count;
};

enum config_log_target {
	CONFIG_LOG_SYSLOG,
	CONFIG_LOG_STDERR,
	CONFIG_LOG_JOURNAL
};

enum config_log_format { CONFIG_LOG_TEXT, CONFIG_LOG_JSON };

/* What is known of the mail server: address_rewriting_words. */
enum config_rewriting {
	CONFIG_REWRITING_AUTO,
	CONFIG_REWRITING_TOLD /* and from here on enum address_rewriting */
};

struct config {
	/* daemon */
	struct str listen;    /* "unix:/path", "inet:PORT@ADDR", "inet6:..." */
	unsigned socket_mode; /* permission bits of a unix socket */
	struct str socket_group, user, group, pid_file; /* "" unset */
	struct str control_socket;                      /* "" none */
	struct config_networks allow_remote_mta;
	unsigned max_sessions;
	unsigned max_evaluations; /* threads: base/shares.h */
	size_t max_memory;
	enum config_log_target log_target;
	enum config_log_format log_format;
	enum log_level log_level;
	struct str log_facility; /* "mail", ... */

	/* what is remembered */
	enum config_privacy privacy;
	struct str privacy_key; /* path of its file */
	struct {
		bool journal;
		struct str folder;
		size_t size;      /* octets */
		struct str store; /* store/sql.h */
		/* Of the store: how long messages and counts stay, and how much
		   of messages, whichever comes first. */
		int64_t keep_messages_ms, keep_counts_ms;
		size_t keep_size; /* octets */
	} history;

	/* identity */
	struct domain_list further_ids; /* strip-ids */

	/* the mail server */
	enum config_rewriting address_rewriting;

	/* clients */
	struct config_networks internal_networks;
	struct client_list trusted_relays, forwarders;

	/* module options, ready-made */
	struct authres_options authres; /* its id is never empty */
	struct dns_options dns;
	bool dns_of_system; /* its servers are those of CONFIG_RESOLV_CONF */
	struct policy_options policy;
	struct verify_options verify;
};

/* Room for one error: a path, and a sentence on what to do. */
#define CONFIG_ERROR_TEXT 512

/* Why a file cannot be used. */
struct config_error {
	/* "FILE:LINE:COLUMN: what is wrong and what to do", LINE_TEXT: one line
	   for each error in the order of the file, without the last one's end;
	   beyond LIMIT_CONFIG_ERRORS a line says how many more there are. */
	char text[(LIMIT_CONFIG_ERRORS + 1) * CONFIG_ERROR_TEXT];
};

/*
 * path NULL: the defaults alone.  One reference.  ERR_CONFIG: *error_out tells
 * (unreadable file, syntax, schema, or options that contradict each other).
 */
int config_load(const char *path, struct config **config_out,
		struct config_error *error_out) MUST_CHECK;
/* One call a line; ctx goes along. */
void config_each_error(const struct config_error *error,
		       void (*tell)(void *ctx, struct str line), void *ctx);
struct config *config_ref(struct config *config);
void config_unref(struct config *config);

/*
 * How a client stands to us by its address and its confirmed name, "" without
 * one (SMTP AUTH is the caller's, SPF the pipeline's).  Where internal-networks
 * and trusted-relays overlap the narrower element counts.  With CLIENT_RELAY
 * *relay_out is the one of trusted-relays, which lives as long as the config,
 * else NULL; relay_out may be NULL.
 */
enum client_class config_client_class(const struct config *config,
				      struct ip client, struct str client_name,
				      const struct client_element **relay_out);

/* What the keyword says, or with `auto` what was found out. */
enum address_rewriting config_address_rewriting(const struct config *config,
						enum address_rewriting found);

/*
 * `verdict config`: every keyword in schema order with its effective value and
 * its origin ("default" or "FILE:LINE"), as text lines or a JSON object.
 */
void config_print(const struct config *config, bool json, struct buf *out);
/* The same of those alone that the file has and that are not at their default;
   text: a file that says no more than is needed. */
void config_print_changed(const struct config *config, bool json,
			  struct buf *out);
/* Every keyword with what it takes, its default and its help. */
void config_describe(struct buf *out);
/*
 * The keywords, joined by ", ", that differ between the two and are read at the
 * start only; empty: none.
 */
void config_needs_restart(const struct config *running,
			  const struct config *fresh, struct buf *out);
/*
 * The keywords, joined by ", ", that differ between the two and count while a
 * message is verified, before it is decided; empty: none.
 */
void config_verifies_otherwise(const struct config *running,
			       const struct config *fresh, struct buf *out);
/* Does its file have this keyword ("mode", "log.level")? */
bool config_names(const struct config *config, const char *keyword);
/* What works but is likely not meant, one line each; empty: nothing. */
void config_warnings(const struct config *config, struct buf *out);
/*
 * The same, one call a line, without its end; ctx goes along.  told: of whose
 * rules that expire soon was told already, which is not told again; or NULL.
 */
void config_each_warning(const struct config *config, const struct config *told,
			 void (*tell)(void *ctx, struct str line), void *ctx);
/* Of those, the rules that expired, or came close to it, between the two; both
   in seconds since 1970. */
void config_each_expiry(const struct config *config, int64_t since, int64_t now,
			void (*tell)(void *ctx, struct str line), void *ctx);

#endif
