/*
 * Inside config/ only, between the value_*.c files: one keyword being filled.
 */
#ifndef VERDICT_CONFIG_SETTING_H
#define VERDICT_CONFIG_SETTING_H

#include "base/buf.h"
#include "config/schema.h"
#include "config/snapshot.h"

struct setting {
	struct snapshot *snapshot;
	const struct config_key *key;
	const struct str *item;
	size_t count;
	size_t at; /* the item in hand */
	struct buf *why;
};

static inline void *
setting_slot(const struct setting *s)
{
	return (char *)&s->snapshot->config + s->key->offset;
}

static inline const void *
setting_slot_of(const struct config *config, const struct config_key *key)
{
	return (const char *)config + key->offset;
}

/* False, with the item in hand and `why` as the reason. */
bool setting_wrong(struct setting *s, const char *why);
/* In double quotes, as YAML and JSON read it. */
void setting_add_quoted(struct buf *out, struct str text);

/* Fill the member from the item in hand (lists: from all of them). */
bool setting_name(struct setting *s);
bool setting_path(struct setting *s);
bool setting_socket(struct setting *s);
bool setting_field(struct setting *s);
bool setting_domain(struct setting *s);
bool setting_domains(struct setting *s);
bool setting_networks(struct setting *s);
bool setting_clients(struct setting *s);
bool setting_servers(struct setting *s);
bool setting_reply(struct setting *s);
bool setting_url(struct setting *s);
bool setting_store(struct setting *s);
/* The item in hand as a canonical domain. */
bool setting_canonical(struct setting *s, struct str *out);

void setting_print_text(const struct config *config,
			const struct config_key *key, bool json,
			struct buf *out);
void setting_print_reply(const struct config *config,
			 const struct config_key *key, bool json,
			 struct buf *out);
void setting_print_domains(const struct config *config,
			   const struct config_key *key, bool json,
			   struct buf *out);
void setting_print_networks(const struct config *config,
			    const struct config_key *key, bool json,
			    struct buf *out);
void setting_print_clients(const struct config *config,
			   const struct config_key *key, bool json,
			   struct buf *out);
void setting_print_servers(const struct config *config,
			   const struct config_key *key, bool json,
			   struct buf *out);

/* Checks of a row.  Who is trusted must be somebody: the guard that rules have,
   too (broad.h). */
config_row_check setting_networks_narrow, setting_clients_narrow,
    setting_domains_narrow;
/* A path that stands for nothing where it is empty. */
config_row_check setting_folder_named;
/* Of networks that are trusted; false: why not. */
bool setting_are_narrow(const struct ip_network *network, size_t n,
			struct buf *why);
/* Doubts of a row. */
config_row_check setting_peers_narrow; /* who may connect */
config_row_check setting_id_full;      /* authserv-id, maybe the host's name */

#endif
