/* Types whose value is one text. */
#include "base/domain.h"
#include "base/limits.h"
#include "config/endpoint.h"
#include "config/setting.h"

static bool
set_text(struct setting *s)
{
	struct arena *arena = s->snapshot->arena;

	*(struct str *)setting_slot(s) = arena_copy(arena, s->item[s->at]);
	return true;
}

void
setting_print_text(const struct config *config, const struct config_key *key,
		   bool json, struct buf *out)
{
	(void)json;
	setting_add_quoted(out,
			   *(const struct str *)setting_slot_of(config, key));
}

/* Octets that JSON, YAML, a shell and a terminal all leave alone. */
static bool
is_plain(struct str text)
{
	return str_is_printable(text) && str_chr(text, '"') == text.n &&
	       str_chr(text, '\\') == text.n;
}

bool
setting_name(struct setting *s)
{
	struct str text = s->item[s->at];
	bool ok = text.n <= 32 && (text.n == 0 || text.p[0] != '-');

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		ok = ok &&
		     (ascii_is_alnum(c) || c == '_' || c == '-' || c == '.');
	}
	return ok ? set_text(s)
		  : setting_wrong(s, "is not a user or group name");
}

bool
setting_path(struct setting *s)
{
	struct str text = s->item[s->at];

	if (text.n == 0 || (text.p[0] == '/' && is_plain(text)))
		return set_text(s);
	return setting_wrong(
	    s, "is not the full path of a file, beginning with /");
}

bool
setting_folder_named(const struct snapshot *snapshot,
		     const struct config_key *key, struct buf *why)
{
	const struct str *path = setting_slot_of(&snapshot->config, key);

	if (path->n > 0)
		return true;
	buf_adds(why, "name a folder, or say journal: no");
	return false;
}

bool
setting_socket(struct setting *s)
{
	/* sun_path holds 108 octets, the last a NUL (unix(7)). */
	const size_t longest = 107;
	struct endpoint endpoint;

	if (endpoint_parse(s->item[s->at], &endpoint) &&
	    (endpoint.path.n == 0 ||
	     (is_plain(endpoint.path) && endpoint.path.n <= longest)))
		return set_text(s);
	return setting_wrong(s,
			     "is not a socket: write unix:/PATH (at most 107 "
			     "octets of path), inet:8891@127.0.0.1 or "
			     "inet6:8891@::1");
}

/*
 * Incoming fields of that name are deleted, so it must not be one that mail
 * needs: RFC 5322 section 2.2 sets the characters, we the beginning.
 */
bool
setting_field(struct setting *s)
{
	struct str text = s->item[s->at];
	bool ok = text.n > 2 && text.n <= LIMIT_AUTHRES_LINE - 2 &&
		  str_starts_nocase(text, str_lit("X-"));

	for (size_t i = 0; i < text.n; i++)
		ok = ok && text.p[i] > ' ' && text.p[i] < 0x7f &&
		     text.p[i] != ':' && text.p[i] != '"' && text.p[i] != '\\';
	return ok ? set_text(s)
		  : setting_wrong(
			s, "is not a field name of our own: write one that "
			   "begins with X-, without blanks and colons, "
			   "since incoming fields of that name are removed");
}

bool
setting_canonical(struct setting *s, struct str *out)
{
	enum domain_status status =
	    domain_canonical(s->snapshot->arena, s->item[s->at], out);

	if (status == DOMAIN_OK)
		return true;
	if (str_starts(s->item[s->at], str_lit(".")) ||
	    str_starts(s->item[s->at], str_lit("*")))
		return setting_wrong(s, "is not usable: here a domain stands "
					"for itself alone; write each one, "
					"without a dot or star before it");
	setting_wrong(s, "is not usable: ");
	buf_adds(s->why, domain_status_text(status));
	return false;
}

bool
setting_domain(struct setting *s)
{
	if (s->item[s->at].n == 0)
		return set_text(s);
	return setting_canonical(s, (struct str *)setting_slot(s));
}

bool
setting_id_full(const struct snapshot *snapshot, const struct config_key *key,
		struct buf *why)
{
	const struct str *id = setting_slot_of(&snapshot->config, key);

	if (domain_labels(*id) > 1)
		return true;
	buf_printf(why,
		   "\"%.*s\" has no dot, so other hosts may bear the same "
		   "name; set authserv-id to this host's full name",
		   STR_ARG(*id));
	return false;
}

/* What is printed by many commands is no place for a password. */
static bool
has_password(struct str url)
{
	struct str rest = str_from(url, str_chr(url, ':') + 3);
	struct str user = str_first(rest, str_chr(rest, '@'));

	struct str query = str_from(rest, str_chr(rest, '?') + 1), word;
	bool found = user.n < rest.n && str_chr(user, ':') < user.n;

	while (!found && str_split(&query, '&', &word))
		found = str_starts_nocase(word, str_lit("password=")) ||
			str_starts_nocase(word, str_lit("sslpassword="));
	return found;
}

bool
setting_store(struct setting *s)
{
	struct str text = s->item[s->at];
	bool sqlite = str_starts(text, str_lit("sqlite:/"));
	bool postgresql = str_starts(text, str_lit("postgresql://")) ||
			  str_starts(text, str_lit("postgres://"));

	if (!(sqlite || postgresql) || !is_plain(text) ||
	    str_chr(text, ' ') < text.n)
		return setting_wrong(s, "is not a store: write sqlite:/PATH or "
					"postgresql://USER@HOST/DATABASE");
	if (postgresql && has_password(text))
		return setting_wrong(
		    s, "must not hold a password: leave it to a password file, "
		       "postgresql://USER@HOST/DATABASE?passfile=/PATH");
	return set_text(s);
}

bool
setting_url(struct setting *s)
{
	struct str text = s->item[s->at];
	bool web = str_starts(text, str_lit("https://")) ||
		   str_starts(text, str_lit("http://"));

	if (text.n == 0 || (web && is_plain(text) && text.n <= 200 &&
			    str_chr(text, ' ') == text.n))
		return set_text(s);
	return setting_wrong(s, "is not a web address: write https://..., up "
				"to 200 octets");
}
