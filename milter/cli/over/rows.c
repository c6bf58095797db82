/* Options that several of the old programs have. */
#include "base/domain.h"
#include "base/words.h"
#include "config/schema.h"
#include "milter/cli/over/parts.h"

void
over_take_authserv_id(struct over *over, const struct over_option *option)
{
	struct str name;

	if (over_is(option, "HOSTNAME")) {
		over_note(over, OVER_AUTHSERV_ID, option,
			  "This host's name, as without a word on it: the "
			  "default.");
	} else if (domain_canonical(over->arena, option->value, &name) !=
		   DOMAIN_OK) {
		over_mark(over, OVER_AUTHSERV_ID, option,
			  "No domain, so it cannot be taken: put one in.");
	} else if (over_has(over, OVER_AUTHSERV_ID) &&
		   !over_holds(over, OVER_AUTHSERV_ID, name)) {
		over_add(over, OVER_STRIP_IDS, name);
		over_mark(over, OVER_STRIP_IDS, option,
			  "CONFLICT: another name stands in authserv-id. "
			  "Fields under this one are removed, too; or put it "
			  "there.");
	} else {
		over_set(over, OVER_AUTHSERV_ID, option, name,
			 "The same name. verdict-milter removes what incoming "
			 "mail brings under it.");
	}
}

/* Seconds of "300", and of rspamd's "5min", "6h"; false: it is none. */
static bool
seconds_of(struct str text, uint64_t most, uint64_t *seconds_out)
{
	static const struct {
		const char *name;
		unsigned seconds;
	} units[] = {{"", 1},     {"s", 1},    {"m", 60},
		     {"min", 60}, {"h", 3600}, {"d", 86400}};
	size_t digits = 0;
	uint64_t n;

	while (digits < text.n && ascii_is_digit(text.p[digits]))
		digits++;
	if (!str_uint(str_first(text, digits), most, &n))
		return false;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (str_is_nocase(str_from(text, digits), units[i].name)) {
			*seconds_out = n * units[i].seconds;
			return *seconds_out <= most;
		}
	}
	return false;
}

void
over_take_clock(struct over *over, const struct over_option *option)
{
	uint64_t seconds;

	if (seconds_of(option->value, 86400, &seconds))
		over_set(over, OVER_CLOCK_TOLERANCE, option,
			 arena_printf(over->arena, "%us", (unsigned)seconds),
			 "The same for x=. A t= that is yet to come is no "
			 "fault here.");
	else
		over_mark(over, OVER_NOTHING, option,
			  "No time of up to a day: clock-tolerance stays at "
			  "its default, 5m.");
}

uint32_t
over_port_bit(uint64_t port)
{
	bool is = port >= OVER_PORT && port < OVER_PORT + OVER_PORTS;

	return is ? (uint32_t)1 << (port - OVER_PORT) : 0;
}

/* Both run side by side at first, so the socket stays the old one's. */
void
over_take_socket(struct over *over, const struct over_option *option)
{
	struct str value = option->value;
	size_t colon = str_chr(value, ':');
	struct str rest = str_from(value, colon + 1);
	size_t at = str_chr(rest, '@');
	uint64_t port;

	if (!str_starts_nocase(value, str_lit("inet")) ||
	    !str_uint(str_first(rest, at), 65535, &port)) {
		over_note(over, OVER_LISTEN, option,
			  "%s keeps its socket while both run.",
			  over->translator->name);
		return;
	}
	over->ports |= over_port_bit(port);
	struct str host = str_from(rest, at + 1);
	bool local = str_is_nocase(host, "localhost") ||
		     str_starts(host, str_lit("127.")) ||
		     str_starts(host, str_lit("[127.")) ||
		     str_is(host, "::1") || str_is(host, "[::1]");
	if (local)
		over_note(over, OVER_LISTEN, option,
			  "%s keeps its port while both run.",
			  over->translator->name);
	else
		over_mark(over, OVER_LISTEN, option,
			  "Other hosts can reach this one. Where a mail server "
			  "on another host uses it, listen on that address "
			  "below, and name the mail server in "
			  "allow-remote-mta.");
}

void
over_take_facility(struct over *over, const struct over_option *option)
{
	const struct config_key *key =
	    schema_find(str_lit("log"), str_lit("facility"));
	size_t index;

	if (words_find(key->words, option->value, &index))
		over_set(over, OVER_LOG_FACILITY, option, option->value,
			 "The same.");
	else
		over_mark(over, OVER_NOTHING, option,
			  "No facility of ours: mail is used.");
}

/* What programs of the mail host hand in stays out of it, as by default. */
void
over_take_hosts(struct over *over, const struct over_option *option)
{
	over_add(over, OVER_INTERNAL_NETWORKS, str_lit("127.0.0.0/8"));
	over_add(over, OVER_INTERNAL_NETWORKS, str_lit("::1"));
	over->hosts_of |= 1u << over->program;
	over_networks(over, OVER_INTERNAL_NETWORKS, option, option->row->why);
}

void
over_take_dns_timeout(struct over *over, const struct over_option *option)
{
	uint64_t seconds;

	if (!str_uint(option->value, 30, &seconds) || seconds == 0)
		over_mark(over, OVER_NOTHING, option,
			  "Outside of 1 to 30 seconds: limits.dns-timeout "
			  "stays at its default.");
	else
		over_set(over, OVER_DNS_TIMEOUT, option,
			 arena_printf(over->arena, "%us", (unsigned)seconds),
			 "Patience for one DNS question.");
}
