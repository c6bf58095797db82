#include "milter/observe/mailserver.h"

void
mailservers_init(struct mailservers *mailservers)
{
	*mailservers = (struct mailservers){.key = siphash_key_random()};
	pthread_mutex_init(&mailservers->lock, NULL);
}

void
mailservers_clear(struct mailservers *mailservers)
{
	pthread_mutex_destroy(&mailservers->lock);
}

enum address_rewriting
mailserver_rewriting(struct str version)
{
	return str_starts(version, str_lit("Postfix ")) ? ADDRESSES_STAY
							: ADDRESSES_CANONIFIED;
}

/* False: it was met before, or there are too many. */
static bool
is_new(struct mailservers *mailservers, struct str description)
{
	uint64_t hash = siphash(&mailservers->key, description);
	bool fresh = false;
	size_t i = 0;

	pthread_mutex_lock(&mailservers->lock);
	while (i < mailservers->count && mailservers->met[i] != hash)
		i++;
	if (i == mailservers->count && i < LIMIT_MAILSERVERS) {
		mailservers->met[mailservers->count++] = hash;
		fresh = true;
	}
	pthread_mutex_unlock(&mailservers->lock);
	return fresh;
}

static void
warn(const struct log *log, const struct mailserver *mailserver,
     const char *text)
{
	struct buf line;

	buf_init(&line, NULL);
	log_value(&line, "event", str_lit("mail-server"));
	log_value(&line, "name", mailserver->name);
	log_value(&line, "warning", str_of(text));
	log_line(log, LOG_LEVEL_WARNING, buf_str(&line));
	buf_clear(&line);
}

void
mailservers_meet(struct mailservers *mailservers, const struct log *log,
		 const struct config *config,
		 const struct mailserver *mailserver)
{
	enum address_rewriting found =
	    mailserver_rewriting(mailserver->version);
	enum address_rewriting rewriting =
	    config_address_rewriting(config, found);
	struct buf line;

	buf_init(&line, NULL);
	log_value(&line, "event", str_lit("mail-server"));
	log_value(&line, "name", mailserver->name);
	log_value(&line, "version", mailserver->version);
	log_value(&line, "leading-space",
		  str_of(mailserver->leading_space ? "yes" : "no"));
	log_value(&line, "address-rewriting",
		  str_of(address_rewriting_text(rewriting)));
	bool fresh = is_new(mailservers, buf_str(&line));
	if (fresh)
		log_line(log, LOG_LEVEL_INFO, buf_str(&line));
	buf_clear(&line);
	if (!fresh)
		return;
	if (!mailserver->leading_space)
		warn(log, mailserver,
		     "it speaks a milter protocol below 6 and hands over "
		     "fields without the blank after their colon: DKIM "
		     "signatures with c=simple may fail for that; in Postfix "
		     "set milter_protocol = 6");
	if (config->address_rewriting == CONFIG_REWRITING_AUTO &&
	    rewriting == ADDRESSES_CANONIFIED)
		warn(log, mailserver,
		     "a mail server that is not Postfix may put the target of "
		     "a CNAME into From after the verdict: set "
		     "FEATURE(`nocanonify') in Sendmail's .mc, then say "
		     "\"address-rewriting: complete\"");
}
