#include "config/schema.h"

#include "base/limits.h"
#include "config/config.h"
#include "config/setting.h"

#define SLOT(member) \
	offsetof(struct config, member), sizeof(((struct config *)0)->member)
#define SECOND ((uint64_t)1000)
#define DAY (86400 * SECOND)
#define MIB ((uint64_t)1024 * 1024)

static const char *const formats[] = {
    [CONFIG_LOG_TEXT] = "text", [CONFIG_LOG_JSON] = "json", NULL};
static const char *const privacy_words[] = {[CONFIG_PRIVACY_NORMAL] = "normal",
					    [CONFIG_PRIVACY_STRICT] = "strict",
					    NULL};
static const char *const targets[] = {[CONFIG_LOG_SYSLOG] = "syslog",
				      [CONFIG_LOG_STDERR] = "stderr",
				      [CONFIG_LOG_JOURNAL] = "journal",
				      NULL};
static const char *const facilities[] = {
    "mail",   "daemon", "user",   "auth",   "local0", "local1", "local2",
    "local3", "local4", "local5", "local6", "local7", NULL};

const struct config_key config_schema[] = {
    {"listen", CONFIG_SOCKET, SLOT(listen),
     .preset_text = "unix:/run/verdict-milter/verdict.sock", .restart = true,
     .help = "Where the mail server connects."},
    {"socket-mode", CONFIG_OCTAL, SLOT(socket_mode), .preset = 0660, .min = 0,
     .max = 0777, .restart = true, .help = "Permission bits of a unix socket."},
    {"socket-group", CONFIG_NAME, SLOT(socket_group), .restart = true,
     .help = "Group of a unix socket, usually the mail server's."},
    {"allow-remote-mta", CONFIG_NETWORKS, SLOT(allow_remote_mta),
     .doubt = setting_peers_narrow,
     .help = "Networks from which mail servers may connect to an inet socket."},
    {"control-socket", CONFIG_PATH, SLOT(control_socket),
     .preset_text = "/run/verdict-milter/control.sock", .restart = true,
     .help = "Unix socket of verdict status, reload and the like."},
    {"user", CONFIG_NAME, SLOT(user), .restart = true,
     .help = "User to become after a start as root."},
    {"group", CONFIG_NAME, SLOT(group), .restart = true,
     .help =
	 "Group to become after a start as root; the user's own unless set."},
    {"pid-file", CONFIG_PATH, SLOT(pid_file), .restart = true,
     .help = "File that holds the process id while the daemon runs."},

    {"authserv-id", CONFIG_DOMAIN, SLOT(authres.id), .use = CONFIG_USE_DECIDE,
     .doubt = setting_id_full,
     .help =
	 "Name that our Authentication-Results bear; the host's unless set."},
    {"strip-ids", CONFIG_DOMAINS, SLOT(further_ids), .use = CONFIG_USE_DECIDE,
     .help =
	 "Further names whose Authentication-Results are removed as forged."},
    {"authres-comments", CONFIG_BOOL, SLOT(authres.comments),
     .use = CONFIG_USE_DECIDE, .preset = true,
     .help = "Whether these say in parentheses why a result is what it is."},
    {"authres-iprev", CONFIG_BOOL, SLOT(authres.iprev),
     .use = CONFIG_USE_DECIDE, .preset = false,
     .help = "Whether these tell of the client's name in the DNS."},
    {"tag-header", CONFIG_FIELD, SLOT(authres.tag_header),
     .use = CONFIG_USE_DECIDE, .preset_text = "X-Verdict-Action",
     .help = "Header field that marks quarantined mail."},

    {"mode", CONFIG_CHOICE, SLOT(policy.mode), .use = CONFIG_USE_DECIDE,
     .preset = POLICY_MODE_DEFAULT, .words = policy_mode_words,
     .help = "Whether decisions change delivery."},
    {"on-reject", CONFIG_CHOICE, SLOT(policy.on_reject),
     .use = CONFIG_USE_DECIDE, .preset = ON_REJECT_DEFAULT,
     .words = policy_on_reject_words,
     .help = "What is done where the sender's policy asks for reject."},
    {"on-quarantine", CONFIG_CHOICE, SLOT(policy.on_quarantine),
     .use = CONFIG_USE_DECIDE, .preset = ON_QUARANTINE_DEFAULT,
     .words = policy_on_quarantine_words,
     .help = "What a quarantine is on this host."},
    {"tag-filed", CONFIG_BOOL, SLOT(policy.tag_filed), .use = CONFIG_USE_DECIDE,
     .preset = false,
     .help = "Confirms that delivery files tagged mail away from the inbox."},
    {"on-temperror", CONFIG_CHOICE, SLOT(policy.on_temperror),
     .use = CONFIG_USE_DECIDE, .preset = ON_TEMPERROR_DEFAULT,
     .words = policy_on_temperror_words,
     .help =
	 "What is done where DNS trouble leaves a strict policy undecided."},
    {"deferrals", CONFIG_NUMBER, SLOT(policy.deferrals.times),
     .use = CONFIG_USE_DECIDE, .preset = LIMIT_DEFERRED_TIMES, .min = 0,
     .max = 100,
     .help = "How often such mail is put off before it counts as failed."},
    {"deferral-time", CONFIG_TIME, SLOT(policy.deferrals.span_ms),
     .use = CONFIG_USE_DECIDE, .preset = LIMIT_DEFERRED_MS, .min = 60 * SECOND,
     .max = 5 * 24 * 3600 * SECOND,
     .help = "How long such mail is put off before it counts as failed."},
    {"on-bad-from", CONFIG_CHOICE, SLOT(policy.on_bad_from),
     .use = CONFIG_USE_DECIDE, .preset = CHOICE_DEFAULT,
     .words = policy_choice_words,
     .help = "What is done where no From domain can be told."},
    {"address-rewriting", CONFIG_CHOICE, SLOT(address_rewriting),
     .use = CONFIG_USE_VERIFY, .preset = CONFIG_REWRITING_AUTO,
     .words = address_rewriting_words,
     .help = "What the mail server makes of addresses in header fields."},
    {"on-oversize-header", CONFIG_CHOICE, SLOT(policy.on_oversize_header),
     .use = CONFIG_USE_DECIDE, .preset = CHOICE_DEFAULT,
     .words = policy_choice_words,
     .help = "What is done where the header passes its bounds."},
    {"reply-text", CONFIG_REPLY, SLOT(policy.reply), .use = CONFIG_USE_DECIDE,
     .help = "Lines of a refusal's text; the reason alone unless set."},
    {"defer-text", CONFIG_REPLY, SLOT(policy.defer), .use = CONFIG_USE_DECIDE,
     .help = "The same of mail that is put off (451)."},
    {"reply-url", CONFIG_URL, SLOT(policy.reply.url), .use = CONFIG_USE_DECIDE,
     .help = "Address of a help page, for %{url} in these texts."},
    {"dkim-allow-partial-body", CONFIG_BOOL, SLOT(verify.allow_partial_body),
     .use = CONFIG_USE_VERIFY, .preset = false,
     .help =
	 "Whether a DKIM signature may leave the end of the body unsigned."},
    {"clock-tolerance", CONFIG_TIME, SLOT(verify.clock_tolerance_ms),
     .use = CONFIG_USE_VERIFY, .preset = 5 * 60 * SECOND, .min = 0,
     .max = 24 * 3600 * SECOND,
     .help = "How long a signature is good after its expiry, x=."},
    {"trusted-sealers", CONFIG_DOMAINS, SLOT(verify.trusted_sealers),
     .use = CONFIG_USE_DECIDE, .check = setting_domains_narrow,
     .help = "Domains whose ARC seals vouch for mail that fails DMARC."},
    {"forwarders", CONFIG_CLIENTS, SLOT(forwarders), .use = CONFIG_USE_DECIDE,
     .check = setting_clients_narrow,
     .help = "Clients known to hand on mail: what fails DMARC is not refused."},
    {"forwarder-domains", CONFIG_DOMAINS, SLOT(policy.forwarders.domains),
     .use = CONFIG_USE_DECIDE, .check = setting_domains_narrow,
     .help = "Domains whose passing DKIM signatures show the same."},

    {"internal-networks", CONFIG_NETWORKS, SLOT(internal_networks),
     .use = CONFIG_USE_DECIDE, .preset_text = "127.0.0.0/8 ::1",
     .check = setting_networks_narrow,
     .help = "Clients whose mail is not checked."},
    {"trusted-relays", CONFIG_CLIENTS, SLOT(trusted_relays),
     .use = CONFIG_USE_DECIDE, .check = setting_clients_narrow,
     .help = "Own relays that hand on foreign mail: no SPF, never refused."},
    {"relay-received", CONFIG_DOMAINS, SLOT(verify.relays.names),
     .use = CONFIG_USE_VERIFY,
     .help = "Names of those in Received fields that tell whom they saw."},
    {"relays-verify", CONFIG_BOOL, SLOT(authres.relays_verify),
     .use = CONFIG_USE_DECIDE, .preset = false,
     .help = "Whether they remove forged results under our authserv-id."},

    {"resolver", CONFIG_SERVERS, SLOT(dns.server), .restart = true,
     .help = "DNS servers; those of /etc/resolv.conf unless set."},
    {"trust-ad", CONFIG_BOOL, SLOT(dns.trust_ad), .preset = false,
     .restart = true,
     .help =
	 "Whether the resolver's word that DNSSEC was validated is believed."},
    {"cache-size", CONFIG_SIZE, SLOT(dns.cache_bytes),
     .preset = LIMIT_DNS_CACHE_BYTES, .min = MIB, .max = 65536 * MIB,
     .restart = true, .help = "Memory for DNS answers."},

    {"max-sessions", CONFIG_NUMBER, SLOT(max_sessions), .preset = 2000,
     .min = 1, .max = 100000, .help = "Connections of mail servers at once."},
    {"max-evaluations", CONFIG_NUMBER, SLOT(max_evaluations), .preset = 256,
     .min = 1, .max = 100000, .restart = true,
     .help = "Threads of the daemon; a session beyond waits for one."},
    {"max-memory", CONFIG_SIZE, SLOT(max_memory), .preset = 512 * MIB,
     .min = 16 * MIB, .max = 65536 * MIB,
     .help = "Memory for all messages together."},

    {"limits.dns-questions", CONFIG_NUMBER, SLOT(verify.limits.dns.questions),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_DNS_QUESTIONS, .min = 20,
     .max = 2000, .help = "DNS questions of one message."},
    {"limits.dns-prefetches", CONFIG_NUMBER, SLOT(verify.limits.dns.prefetches),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_DNS_PREFETCHES, .min = 1,
     .max = 2000, .help = "Of those, asked before the end of the message."},
    {"limits.dns-timeout", CONFIG_TIME, SLOT(dns.name_ms),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_DNS_NAME_MS, .min = SECOND / 2,
     .max = 30 * SECOND, .restart = true,
     .help = "Patience for one DNS question."},
    {"limits.zone-waiters", CONFIG_NUMBER, SLOT(dns.zone_waiters),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_DNS_ZONE_WAITERS, .min = 1,
     .max = 100000, .restart = true,
     .help = "Messages that may wait for one foreign zone at once."},
    {"limits.message-time", CONFIG_TIME, SLOT(verify.limits.message_ms),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_MESSAGE_MS, .min = SECOND,
     .max = 240 * SECOND, .help = "Time for all checks of one message."},
    {"limits.spf-time", CONFIG_TIME, SLOT(verify.limits.spf_ms),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_SPF_MS, .min = SECOND,
     .max = 240 * SECOND, .help = "Of that, for SPF."},
    {"limits.zone-time", CONFIG_TIME, SLOT(verify.limits.zone_ms),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_ZONE_MS, .min = SECOND,
     .max = 240 * SECOND, .help = "Of that, for any one foreign zone."},
    {"limits.crypto-time", CONFIG_TIME, SLOT(verify.limits.crypto_us),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_CRYPTO_US / 1000, .min = 10,
     .max = 10 * SECOND, .scale = 1000,
     .help = "Processor time for the signatures of one message."},
    {"limits.signatures", CONFIG_NUMBER, SLOT(verify.limits.signatures),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_DKIM_SIGNATURES, .min = 1,
     .max = 20, .help = "DKIM signatures of one message that are tried."},
    {"limits.header-fields", CONFIG_NUMBER, SLOT(verify.limits.header.fields),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_HEADER_FIELDS, .min = 100,
     .max = 20000, .help = "Header fields of one message."},
    {"limits.header-bytes", CONFIG_SIZE, SLOT(verify.limits.header.bytes),
     .use = CONFIG_USE_VERIFY, .preset = LIMIT_HEADER_BYTES, .min = 16 * 1024,
     .max = 16 * MIB, .help = "Octets of one message's header."},

    {"privacy", CONFIG_CHOICE, SLOT(privacy), .preset = CONFIG_PRIVACY_NORMAL,
     .words = privacy_words, .restart = true,
     .help = "Whether addresses are remembered, or keyed hashes of them."},
    {"privacy-key", CONFIG_PATH, SLOT(privacy_key),
     .preset_text = "/var/lib/verdict-milter/privacy.key", .restart = true,
     .help = "File of the key of these hashes."},

    {"history.journal", CONFIG_BOOL, SLOT(history.journal), .preset = true,
     .restart = true,
     .help = "Whether what becomes of each message is recorded in files."},
    {"history.journal-folder", CONFIG_PATH, SLOT(history.folder),
     .preset_text = "/var/lib/verdict-milter/journal", .restart = true,
     .check = setting_folder_named, .help = "The folder of these files."},
    {"history.journal-size", CONFIG_SIZE, SLOT(history.size),
     .preset = 1024 * MIB, .min = 64 * MIB, .max = 65536 * MIB, .restart = true,
     .help = "Room for them; beyond it the oldest one goes."},
    {"history.store", CONFIG_STORE, SLOT(history.store),
     .preset_text = "sqlite:/var/lib/verdict-milter/history.db",
     .help = "The database to which the records go."},
    {"history.keep-messages", CONFIG_TIME, SLOT(history.keep_messages_ms),
     .preset = 30 * DAY, .min = DAY, .max = 3650 * DAY,
     .help = "How long a message's record stays there."},
    {"history.keep-size", CONFIG_SIZE, SLOT(history.keep_size),
     .preset = 4096 * MIB, .min = 64 * MIB, .max = 1048576 * MIB,
     .help = "Room for these; beyond it the oldest ones go."},
    {"history.keep-counts", CONFIG_TIME, SLOT(history.keep_counts_ms),
     .preset = 400 * DAY, .min = DAY, .max = 3650 * DAY,
     .help = "How long what is counted by the hour stays there."},

    {"log.target", CONFIG_CHOICE, SLOT(log_target), .preset = CONFIG_LOG_SYSLOG,
     .words = targets, .restart = true, .help = "Where log lines go."},
    {"log.format", CONFIG_CHOICE, SLOT(log_format), .preset = CONFIG_LOG_TEXT,
     .words = formats, .restart = true,
     .help = "Log lines as fields name=value, or as JSON objects."},
    {"log.level", CONFIG_CHOICE, SLOT(log_level), .preset = LOG_LEVEL_INFO,
     .words = log_level_words,
     .help = "The least important lines that are logged."},
    {"log.facility", CONFIG_CHOICE_TEXT, SLOT(log_facility),
     .preset_text = "mail", .words = facilities, .restart = true,
     .help = "Facility of syslog lines."},
};

const size_t config_schema_count =
    sizeof config_schema / sizeof config_schema[0];

struct str
schema_section(const struct config_key *key)
{
	struct str name = str_of(key->name);
	size_t dot = str_chr(name, '.');

	return dot < name.n ? str_first(name, dot) : str_empty();
}

struct str
schema_keyword(const struct config_key *key)
{
	struct str section = schema_section(key);

	return str_from(str_of(key->name), section.n ? section.n + 1 : 0);
}

const struct config_key *
schema_find(struct str section, struct str name)
{
	for (size_t i = 0; i < config_schema_count; i++) {
		const struct config_key *key = &config_schema[i];
		if (str_eq(schema_section(key), section) &&
		    str_eq(schema_keyword(key), name))
			return key;
	}
	return NULL;
}

bool
schema_is_section(struct str name)
{
	for (size_t i = 0; i < config_schema_count; i++) {
		struct str section = schema_section(&config_schema[i]);
		if (section.n > 0 && str_eq(section, name))
			return true;
	}
	return false;
}

#define NAME_MAX_LENGTH 40

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance, case apart; both at most NAME_MAX_LENGTH long. */
static size_t
distance(struct str a, struct str b)
{
	size_t row[NAME_MAX_LENGTH + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			bool same =
			    ascii_lower(a.p[i - 1]) == ascii_lower(b.p[j - 1]);
			size_t swap = diagonal + !same;
			diagonal = row[j];
			row[j] = min3(row[j] + 1, row[j - 1] + 1, swap);
		}
	}
	return row[b.n];
}

const struct config_key *
schema_nearest(struct str name)
{
	const struct config_key *nearest = NULL;
	size_t least = name.n / 3 + 1;

	if (name.n > NAME_MAX_LENGTH)
		return NULL;
	for (size_t i = 0; i < config_schema_count; i++) {
		struct str keyword = schema_keyword(&config_schema[i]);
		size_t d = distance(name, keyword);
		if (d < least || (d == least && nearest == NULL)) {
			least = d;
			nearest = &config_schema[i];
		}
	}
	return nearest;
}

void
schema_closer(struct str name, struct str candidate, struct str *near,
	      size_t *least)
{
	if (name.n > NAME_MAX_LENGTH || candidate.n > NAME_MAX_LENGTH)
		return;
	size_t d = distance(name, candidate);
	if (d > name.n / 3 + 1 || d >= *least)
		return;
	*least = d;
	*near = candidate;
}

void
schema_add_nearest_word(struct buf *out, const char *const *words,
			struct str text)
{
	struct str near = str_empty();
	size_t least = SIZE_MAX;

	for (; *words != NULL; words++)
		schema_closer(text, str_of(*words), &near, &least);
	if (near.n > 0)
		buf_printf(out, "; did you mean \"%.*s\"?", STR_ARG(near));
}
