#include "mail/address.h"

#include "base/domain.h"
#include "base/lex.h"
#include "base/utf8.h"
#include "mail/address_internal.h"

/* A-d-l ":", RFC 5321 section 4.1.2; dropped as section 4.1.1.3 says. */
static bool
source_route(struct lex *lex)
{
	struct str name;

	do {
		if (!lex_char(lex, '@') ||
		    !lex_run(lex, domain_may_hold, &name))
			return false;
	} while (lex_char(lex, ','));
	return lex_char(lex, ':');
}

/* Dot-string with dots in any place, as real paths have them, and blanks. */
static bool
is_dot_string(char c)
{
	return c == '.' || c == ' ' || address_is_atext(c);
}

/* Local-part = Dot-string / Quoted-string */
static bool
local_part(struct arena *arena, struct lex *lex, struct str *text_out)
{
	struct str raw;

	if (lex_quoted_string(lex, &raw)) {
		*text_out = lex_unquoted(arena, raw);
		return true;
	}
	return lex_run(lex, is_dot_string, text_out);
}

/* Domain / address-literal; NULL or what is wrong. */
static const char *
path_domain(struct arena *arena, struct address_path *path)
{
	struct str raw = path->raw_domain;

	if (raw.n > 1 && raw.p[0] == '[' && raw.p[raw.n - 1] == ']')
		return "an address literal instead of a domain";
	enum domain_status status = domain_canonical(arena, raw, &path->domain);
	return status == DOMAIN_OK ? NULL : domain_status_text(status);
}

/* What is odd about a path with a domain, or "". */
static const char *
oddity(const struct address_path *path, bool quoted)
{
	if (path->local_part.n == 0 && !quoted)
		return "no local part";
	if (!quoted && str_chr(path->local_part, ' ') < path->local_part.n)
		return "blank in the local part";
	return "";
}

/* Mailbox = Local-part "@" ( Domain / address-literal ) */
static const char *
path_mailbox(struct arena *arena, struct lex lex, struct address_path *path)
{
	if (lex_rest(&lex).n > LIMIT_MAILBOX)
		return "path is too long";
	bool quoted = lex_peek(&lex) == '"';
	if (lex_peek(&lex) != '@' &&
	    !local_part(arena, &lex, &path->local_part))
		return "malformed local part";
	if (lex_eof(&lex))
		return "no domain";
	/* Of two "@", which one splits is up to the reader. */
	if (!lex_char(&lex, '@') ||
	    str_chr(lex_rest(&lex), '@') < lex_rest(&lex).n)
		return "malformed local part";
	path->raw_domain = lex_rest(&lex);
	const char *wrong = path_domain(arena, path);
	return wrong != NULL ? wrong : oddity(path, quoted);
}

/* Path = [ A-d-l ":" ] Mailbox, or "@" and a domain alone */
static const char *
path_text(struct arena *arena, struct lex lex, struct address_path *path)
{
	struct lex after = lex;

	if (lex_peek(&lex) != '@')
		return path_mailbox(arena, lex, path);
	if (source_route(&after))
		return lex_peek(&after) == '@'
			   ? "malformed local part"
			   : path_mailbox(arena, after, path);
	struct str domain = str_from(lex_rest(&lex), 1);
	if (str_chr(domain, '@') < domain.n)
		return "malformed source route";
	return path_mailbox(arena, lex, path);
}

static const char *
path_parse(struct arena *arena, struct str text, struct address_path *path)
{
	bool opens = text.n > 0 && text.p[0] == '<';
	bool closes = text.n > 0 && text.p[text.n - 1] == '>';

	if (opens != closes || (opens && text.n < 2))
		return "unbalanced angle brackets";
	if (opens)
		text = str_n(text.p + 1, text.n - 2);
	path->text = text;
	if (str_has_control(text))
		return "control octet in the path";
	if (!utf8_valid(text))
		return "octets that are not UTF-8";
	path->null = text.n == 0;
	return path->null ? "" : path_text(arena, lex_of(text), path);
}

void
address_path(struct arena *arena, struct str text,
	     struct address_path *path_out)
{
	struct address_path path = {
	    .text = str_trim_wsp(text),
	    .local_part = str_empty(),
	    .domain = str_empty(),
	    .raw_domain = str_empty(),
	};

	path.reason = path_parse(arena, path.text, &path);
	*path_out = path;
}
