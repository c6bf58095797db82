/*
 * The grammar of RFC 5322 section 3.4 with its obsolete forms (section 4.4),
 * groups as RFC 6854 allows them in From, and UTF-8 (RFC 6532).
 *
 * The one place where the grammar needs to look ahead, a display name or a
 * local part, is read once as `words` and judged by what follows, so the time
 * is linear in the text.
 */
#include "mail/address_internal.h"

#include <string.h>

#include "base/buf.h"
#include "base/lex.h"
#include "base/utf8.h"

struct parser {
	struct lex lex;
	struct arena *arena;
	struct address_authors *authors;
	size_t addresses; /* mailboxes and groups of the list */
	size_t mailboxes;
	const char *reason;
};

/* A run of word, "." and CFWS: what it may be. */
struct words {
	const char *begin;
	size_t count;
	bool phrase;
	bool local_part;
	bool encoded; /* some word may be decoded, RFC 2047 */
};

static bool
fail(struct parser *parser, const char *reason)
{
	parser->reason = reason;
	return false;
}

static bool
cfws(struct parser *parser)
{
	return lex_skip_cfws(&parser->lex) ||
	       fail(parser, "unterminated or deeply nested comment");
}

/* word, section 3.2.5, without the CFWS around it */
static bool
word(struct parser *parser)
{
	struct str text;

	if (lex_peek(&parser->lex) == '"')
		return lex_quoted_string(&parser->lex, &text) ||
		       fail(parser, "unterminated quoted string");
	return lex_run(&parser->lex, address_is_atext, &text);
}

static bool
may_be_encoded(struct str text)
{
	return memmem(text.p, text.n, "=?", 2) != NULL;
}

static bool
is_word_start(int c)
{
	return c == '"' || (c >= 0 && address_is_atext((char)c));
}

/*
 * phrase: word *(word / "." / CFWS), sections 3.2.5 and 4.1.
 * local-part: word *("." word), sections 3.4.1 and 4.4.
 */
static bool
words(struct parser *parser, struct words *words_out)
{
	struct words got = {
	    .begin = parser->lex.p, .phrase = true, .local_part = true};
	bool after_word = false;

	for (;;) {
		if (!cfws(parser))
			return false;
		const char *start = parser->lex.p;
		if (lex_char(&parser->lex, '.')) {
			got.phrase = got.phrase && got.count > 0;
			got.local_part = got.local_part && after_word;
			after_word = false;
		} else if (is_word_start(lex_peek(&parser->lex))) {
			if (!word(parser))
				return false;
			got.local_part = got.local_part && !after_word;
			got.encoded =
			    got.encoded ||
			    may_be_encoded(lex_since(&parser->lex, start));
			after_word = true;
			got.count++;
		} else {
			break;
		}
	}
	got.phrase = got.phrase && got.count > 0;
	got.local_part = got.local_part && after_word;
	*words_out = got;
	return true;
}

static bool
is_dtext(char c)
{
	return c != '[' && c != ']' && c != '\\' && !ascii_is_wsp(c);
}

static bool
quoted_pair(struct lex *lex)
{
	if (lex_peek(lex) != '\\' || lex->end - lex->p < 2)
		return false;
	lex->p += 2;
	return true;
}

/* domain-literal, sections 3.4.1 and 4.4: dtext with quoted pairs */
static bool
domain_literal(struct parser *parser)
{
	struct lex *lex = &parser->lex;
	struct str run;

	lex_char(lex, '[');
	while (lex_skip_fws(lex) || lex_run(lex, is_dtext, &run) ||
	       quoted_pair(lex))
		;
	if (!lex_char(lex, ']'))
		return fail(parser, "unterminated address literal");
	return cfws(parser);
}

/* obs-domain: atom *("." atom), which includes dot-atom; text without CFWS */
static bool
obs_domain(struct parser *parser, struct buf *text)
{
	struct str atom;

	do {
		if (!cfws(parser))
			return false;
		if (!lex_run(&parser->lex, address_is_atext, &atom))
			return fail(parser, "malformed domain");
		if (text->n > 0)
			buf_addc(text, '.');
		buf_add(text, atom);
		if (!cfws(parser))
			return false;
	} while (lex_char(&parser->lex, '.'));
	return true;
}

/* domain, sections 3.4.1 and 4.4; *text_out is empty for a literal */
static bool
domain(struct parser *parser, struct str *text_out)
{
	struct buf text;

	buf_init(&text, parser->arena);
	if (!cfws(parser))
		return false;
	bool parsed = lex_peek(&parser->lex) == '[' ? domain_literal(parser)
						    : obs_domain(parser, &text);
	if (parsed)
		*text_out = buf_str(&text);
	return parsed;
}

/* Words without what they do not mean: quotes, and CFWS around them. */
static struct str
bare_words(struct arena *arena, struct lex lex)
{
	struct buf text;
	struct str word;

	buf_init(&text, arena);
	while (lex_skip_cfws(&lex) && !lex_eof(&lex)) {
		if (lex_quoted_string(&lex, &word))
			buf_add(&text, lex_unquoted(arena, word));
		else
			buf_addc(&text, *lex.p++);
	}
	return buf_str(&text);
}

static void
keep_mailbox(struct parser *parser, struct str local_part, struct str domain)
{
	struct address_authors *authors = parser->authors;

	if (authors->kept == LIMIT_AUTHOR_ADDRESSES)
		return;
	authors->mailbox[authors->kept++] = (struct address_mailbox){
	    .local = bare_words(parser->arena, lex_of(local_part)),
	    .domain = domain,
	};
}

/* The rest of addr-spec once its local part is read: a From domain. */
static bool
addr_spec_rest(struct parser *parser, const struct words *local_part)
{
	struct str local = lex_since(&parser->lex, local_part->begin);
	struct str text;

	if (!lex_char(&parser->lex, '@'))
		return fail(parser, "an address without \"@\"");
	if (!local_part->local_part)
		return fail(parser, "malformed local part");
	/* RFC 2047 section 5: there it is none, yet programs decode it. */
	if (local_part->encoded)
		return fail(parser, "an encoded word in an address");
	if (!domain(parser, &text))
		return false;
	if (++parser->mailboxes > LIMIT_FROM_MAILBOXES) {
		parser->authors->too_many = true;
		return fail(parser, "too many mailboxes");
	}
	parser->authors->mailboxes = parser->mailboxes;
	if (text.n == 0) {
		parser->authors->invalid_domain = true;
		parser->authors->incomplete = true;
		return true;
	}
	enum domain_status status =
	    authors_name(parser->arena, parser->authors, text, &text);
	if (status != DOMAIN_OK)
		return fail(parser, domain_status_text(status));
	authors_add(parser->authors, text);
	keep_mailbox(parser, local, text);
	if (!address_is_whole(text))
		parser->authors->incomplete = true;
	return true;
}

/*
 * obs-route, section 4.4: *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])
 * ":".  The domains of a route are no From domains.
 */
static bool
obs_route(struct parser *parser)
{
	struct str text;
	bool any = false;

	for (;;) {
		if (!cfws(parser))
			return false;
		if (lex_char(&parser->lex, ','))
			continue;
		if (!lex_char(&parser->lex, '@'))
			break;
		if (!domain(parser, &text))
			return false;
		any = true;
		int next = lex_peek(&parser->lex);
		if (next != ',' && next != ':')
			return fail(parser, "malformed source route");
	}
	return (any && lex_char(&parser->lex, ':')) ||
	       fail(parser, "malformed source route");
}

/* angle-addr, sections 3.4 and 4.4 */
static bool
angle_addr(struct parser *parser)
{
	struct words local_part;

	lex_char(&parser->lex, '<');
	if (!cfws(parser))
		return false;
	int first = lex_peek(&parser->lex);
	if ((first == '@' || first == ',') && !obs_route(parser))
		return false;
	if (!words(parser, &local_part) || !addr_spec_rest(parser, &local_part))
		return false;
	if (!lex_char(&parser->lex, '>'))
		return fail(parser, "\"<\" without \">\"");
	return cfws(parser);
}

/* mailbox, section 3.4, once the words it may begin with are read */
static bool
mailbox_rest(struct parser *parser, const struct words *begin)
{
	if (lex_peek(&parser->lex) != '<')
		return addr_spec_rest(parser, begin);
	if (begin->count > 0 && !begin->phrase)
		return fail(parser, "malformed display name");
	return angle_addr(parser);
}

static bool
mailbox(struct parser *parser)
{
	struct words begin;

	return words(parser, &begin) && mailbox_rest(parser, &begin);
}

static bool
is_list_end(int c)
{
	return c == -1 || c == ';';
}

/*
 * A list with empty elements (obs-mbox-list, obs-addr-list, obs-group-list:
 * section 4.4) up to `end`, which is not consumed.
 */
static bool
list(struct parser *parser, bool (*element)(struct parser *))
{
	for (;;) {
		if (!cfws(parser))
			return false;
		if (lex_char(&parser->lex, ','))
			continue;
		if (is_list_end(lex_peek(&parser->lex)))
			return true;
		if (!element(parser))
			return false;
		int next = lex_peek(&parser->lex);
		if (next != ',' && !is_list_end(next))
			return fail(parser, "text after an address");
	}
}

/* group, section 3.4, once its display name is read */
static bool
group_rest(struct parser *parser, const struct words *begin)
{
	if (!begin->phrase)
		return fail(parser, "malformed group name");
	lex_char(&parser->lex, ':');
	if (!list(parser, mailbox))
		return false;
	if (!lex_char(&parser->lex, ';'))
		return fail(parser, "a group without \";\"");
	return cfws(parser);
}

/* address, section 3.4: mailbox / group */
static bool
address(struct parser *parser)
{
	struct words begin;

	parser->addresses++;
	if (!words(parser, &begin))
		return false;
	return lex_peek(&parser->lex) == ':' ? group_rest(parser, &begin)
					     : mailbox_rest(parser, &begin);
}

/* Octets that no field holds once it is unfolded: RFC 5322, RFC 6532. */
static const char *
octet_defect(struct str text)
{
	if (str_chr(text, '\r') < text.n || str_chr(text, '\n') < text.n)
		return "bare CR or LF";
	if (str_chr(text, '\0') < text.n)
		return "NUL octet";
	return utf8_valid(text) ? NULL : "octets that are not UTF-8";
}

bool
address_is_mailbox(struct arena *arena, struct str text)
{
	struct address_authors authors = {0};
	struct parser parser = {
	    .lex = lex_of(text),
	    .arena = arena,
	    .authors = &authors,
	};

	return mailbox(&parser) && lex_eof(&parser.lex);
}

const char *
address_strict(struct arena *arena, struct str text,
	       struct address_authors *authors)
{
	struct parser parser = {
	    .lex = lex_of(text),
	    .arena = arena,
	    .authors = authors,
	};

	const char *defect = octet_defect(text);
	if (defect != NULL)
		return defect;
	if (!list(&parser, address))
		return parser.reason;
	if (!lex_eof(&parser.lex))
		return "a \";\" without a group";
	return parser.addresses > 0 ? NULL : "no address";
}
