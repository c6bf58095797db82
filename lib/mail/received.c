#include "mail/received.h"

#include <string.h>

#include "base/lex.h"
#include "base/limits.h"
#include "mail/date.h"

/* What stands between "from" and "by", or of Sendmail's own mail before it. */
struct from_part {
	struct str word[2];
	size_t words;
	struct str comment[LIMIT_RECEIVED_COMMENTS];
	size_t comments;
};

/* What stands after the name. */
struct by_part {
	struct str protocol; /* the word after "with" */
	bool exim;           /* it says so */
};

/* --- pieces --- */

enum piece { PIECE_NONE, PIECE_WORD, PIECE_COMMENT, PIECE_SEMICOLON };

static bool
is_word_octet(char c)
{
	return c > ' ' && c <= '~' && strchr("()\"\\;", c) == NULL;
}

/* Is there a "by" in a text that should be none of the server's words? */
static bool
hides_by(struct str text)
{
	struct lex lex = lex_of(text);
	struct str run;
	bool first = true;

	for (; !lex_eof(&lex); first = false) {
		bool blank = lex_skip_fws(&lex);
		if (!lex_run(&lex, is_word_octet, &run)) {
			lex.p += !lex_eof(&lex);
			continue;
		}
		if ((blank || first) && str_is_nocase(run, "by"))
			return true;
	}
	return false;
}

/* Or the date, which is the server's, too? */
static bool
hides_words(struct str text)
{
	struct str rest = text, piece;
	int64_t seconds;

	if (hides_by(text))
		return true;
	while (str_split(&rest, ';', &piece) && rest.n > 0) {
		struct lex lex = lex_of(rest);
		if (date_time(&lex, &seconds))
			return true;
	}
	return false;
}

/* A Path may quote its local part (RFC 5321 section 4.1.2); nothing else is
   quoted. */
static bool
word(struct lex *lex, struct str *word_out)
{
	struct lex at = *lex;
	struct str run, quoted;

	if (!lex_run(&at, is_word_octet, &run))
		return false;
	if (lex_peek(&at) == '"') {
		if (run.p[run.n - 1] != '<' ||
		    !lex_quoted_string(&at, &quoted) || hides_words(quoted) ||
		    lex_peek(&at) != '@' || !lex_run(&at, is_word_octet, &run))
			return false;
	}
	*word_out = lex_since(&at, lex->p);
	*lex = at;
	return true;
}

/* comment, RFC 5322 section 3.2.2, without quoted pairs: servers write none
   here, and readers do not agree on them. */
static bool
comment(struct lex *lex, struct str *inner_out)
{
	struct lex at = *lex;
	int depth = 0;

	do {
		int c = lex_peek(&at);
		depth += (c == '(') - (c == ')');
		if (c < 0 || c == '\\' || depth > LIMIT_COMMENT_DEPTH)
			return false;
		at.p++;
	} while (depth > 0);
	*inner_out = str_n(lex->p + 1, (size_t)(at.p - lex->p) - 2);
	*lex = at;
	return !hides_words(*inner_out);
}

/* PIECE_NONE: the end, or what may not stand there. */
static enum piece
next_piece(struct lex *lex, struct str *text_out)
{
	lex_skip_fws(lex);
	if (lex_char(lex, ';'))
		return PIECE_SEMICOLON;
	if (lex_peek(lex) == '(')
		return comment(lex, text_out) ? PIECE_COMMENT : PIECE_NONE;
	return word(lex, text_out) ? PIECE_WORD : PIECE_NONE;
}

/* --- the parts of the field --- */

static bool
is_keyword(struct str text)
{
	return str_is_nocase(text, "by") || str_is_nocase(text, "from");
}

/* [ "from" name *comment ] "by" */
static bool
read_from(struct lex *lex, struct from_part *from)
{
	struct lex at = *lex;
	struct str text;
	enum piece piece = next_piece(&at, &text);
	bool there = piece == PIECE_WORD && str_is_nocase(text, "from");

	if (there)
		*lex = at;
	while ((piece = next_piece(lex, &text)) == PIECE_WORD ||
	       piece == PIECE_COMMENT) {
		if (piece == PIECE_COMMENT) {
			if (from->comments == LIMIT_RECEIVED_COMMENTS ||
			    (there && from->words == 0))
				return false;
			from->comment[from->comments++] = text;
			continue;
		}
		if (str_is_nocase(text, "by"))
			return there == (from->words > 0);
		/* A second one is fetchmail's. */
		if (from->words == 2 || from->comments > 0 || is_keyword(text))
			return false;
		from->word[from->words++] = text;
	}
	return false;
}

/* The name, and the clauses after it up to ";". */
static bool
read_by(struct lex *lex, struct str *name_out, struct by_part *by)
{
	bool after_with = false;
	struct str text;
	enum piece piece;

	if (next_piece(lex, name_out) != PIECE_WORD || is_keyword(*name_out))
		return false;
	while ((piece = next_piece(lex, &text)) == PIECE_WORD ||
	       piece == PIECE_COMMENT) {
		bool is_word = piece == PIECE_WORD;
		if (is_word && is_keyword(text))
			return false;
		if (is_word && after_with)
			by->protocol = text;
		if (!is_word && str_starts(text, str_lit("Exim ")))
			by->exim = true;
		after_with = is_word && str_is_nocase(text, "with");
		if (after_with && by->protocol.n > 0)
			return false;
	}
	return piece == PIECE_SEMICOLON;
}

/* A message whose first line is folded goes on with the field, so that comments
   of a date can hold the server's words and a stranger's date stand here. */
static bool
read_date(struct lex *lex, int64_t *seconds_out)
{
	return !hides_by(lex_rest(lex)) && date_time(lex, seconds_out) &&
	       lex_skip_cfws(lex) && lex_eof(lex);
}

/* --- whom the server saw --- */

struct client {
	struct ip address;
	struct str helo;
};

static bool
is_address_octet(char c)
{
	return ascii_is_alnum(c) || c == ':' || c == '.';
}

/* Of RFC 5321 section 4.1.3; Exim leaves "IPv6:" out. */
static bool
bracketed(struct lex *lex, struct ip *ip_out)
{
	struct lex at = *lex;
	struct str text;

	if (!lex_char(&at, '[') || !lex_run(&at, is_address_octet, &text) ||
	    !lex_char(&at, ']'))
		return false;
	if (str_starts_nocase(text, str_lit("IPv6:")))
		text = str_from(text, 5);
	if (!ip_parse(text, ip_out))
		return false;
	*lex = at;
	return true;
}

static bool
is_literal(struct str text, struct ip *ip_out)
{
	struct lex lex = lex_of(text);

	return bracketed(&lex, ip_out) && lex_eof(&lex);
}

/* Exim: 1*( "helo=" / "ident=" / "port=" word ), each once. */
static bool
exim_words(struct lex *lex, struct str *helo_out)
{
	static const char *const keys[] = {"helo", "ident", "port"};
	struct str value[3] = {{NULL, 0}}, key, run;

	for (bool more = true; more; more = lex_skip_fws(lex)) {
		size_t i = 0;
		if (!lex_run(lex, ascii_is_alpha, &key) ||
		    !lex_char(lex, '=') || !lex_run(lex, is_word_octet, &run))
			return false;
		while (i < 3 && !str_is(key, keys[i]))
			i++;
		if (i == 3 || value[i].n > 0)
			return false;
		value[i] = run;
	}
	*helo_out = value[0];
	return lex_eof(lex);
}

/* "=" is of Exim's words, which do not begin with a name. */
static bool
is_name_octet(char c)
{
	return is_word_octet(c) && strchr("[]=", c) == NULL;
}

/* TCP-info = [ Domain FWS ] address-literal, RFC 5321 section 4.4, and what
   servers write after it.  *named_out: there is a name. */
static bool
tcp_info(struct str text, struct client *client_out, bool *named_out)
{
	struct lex lex = lex_of(text);
	struct client client = {.helo = str_empty()};
	struct str name;
	struct ip other;

	/* A name that is an address might be the one that is meant, and after
	   the command stands what the client gave with it. */
	bool named = lex_run(&lex, is_name_octet, &name);
	if (named &&
	    (!lex_skip_fws(&lex) || ip_parse(name, &other) ||
	     str_is_nocase(name, "HELO") || str_is_nocase(name, "EHLO")))
		return false;
	if (!bracketed(&lex, &client.address))
		return false;
	lex_skip_fws(&lex);
	if (!lex_eof(&lex) && !str_is(lex_rest(&lex), "(may be forged)") &&
	    (named || !exim_words(&lex, &client.helo)))
		return false;
	*client_out = client;
	*named_out = named;
	return true;
}

/* Could it be what a server writes of a client?  With IDENT or a port, too. */
static bool
may_be_address(struct str text)
{
	struct lex lex = lex_of(text);
	struct str run;
	struct ip ip;

	if (str_chr(text, '[') < text.n)
		return true;
	while (!lex_eof(&lex)) {
		if (!lex_run(&lex, is_address_octet, &run))
			lex.p++;
		else if (ip_parse(run, &ip) ||
			 ip_parse(str_first(run, str_chr(run, ':')), &ip))
			return true;
	}
	return false;
}

/* from HELO (name [address]), from HELO ([address]); Exim, with the client's
   confirmed name: from name ([address] helo=HELO) */
static bool
in_comment(const struct from_part *from, struct client *client_out)
{
	struct client client;
	struct ip other;
	bool named;

	if (!tcp_info(from->comment[0], &client, &named))
		return false;
	/* Of two addresses alone either may be HELO. */
	if (!named && is_literal(from->word[0], &other) &&
	    !ip_eq(other, client.address))
		return false;
	*client_out = client;
	/* Without a name in the comment the word may be Exim's. */
	if (named)
		client_out->helo = from->word[0];
	return true;
}

/* Exim, without a confirmed name: from [address] (helo=HELO), and without the
   comment where HELO was the address */
static bool
in_word(const struct from_part *from, const struct by_part *by,
	struct client *client_out)
{
	struct client client = {.helo = str_empty()};

	if (!is_literal(from->word[0], &client.address))
		return false;
	if (from->comments > 0) {
		struct lex lex = lex_of(from->comment[0]);
		if (!exim_words(&lex, &client.helo))
			return false;
	}
	if (client.helo.n == 0 && !by->exim)
		return false;
	*client_out = client;
	return true;
}

/* Exchange: from HELO (address) */
static bool
bare(const struct from_part *from, const struct by_part *by,
     struct client *client_out)
{
	if (!str_is(by->protocol, "Microsoft") ||
	    !ip_parse(from->comment[0], &client_out->address))
		return false;
	client_out->helo = from->word[0];
	return true;
}

static bool
find_client(const struct from_part *from, const struct by_part *by,
	    struct client *client_out)
{
	if (from->words != 1)
		return false;
	/* TLS and the like stand after it. */
	for (size_t i = 1; i < from->comments; i++) {
		if (may_be_address(from->comment[i]))
			return false;
	}
	if (from->comments > 0 &&
	    (in_comment(from, client_out) || bare(from, by, client_out)))
		return true;
	return in_word(from, by, client_out);
}

static bool
is_one_of(struct str protocol, const char *const *words)
{
	while (*words != NULL && !str_is_nocase(protocol, *words))
		words++;
	return *words != NULL;
}

/* RFC 3848, RFC 6531 section 4.3, and what Exim called it before. */
static bool
logged_in(struct str protocol)
{
	static const char *const words[] = {
	    "ESMTPA", "ESMTPSA",   "LMTPA",      "LMTPSA",
	    "asmtp",  "UTF8SMTPA", "UTF8SMTPSA", NULL};

	return is_one_of(protocol, words);
}

/* fetchmail: POP2, POP3, IMAP, APOP, KPOP; getmail: POP3-SSL, IMAP4, ... */
static bool
fetched(struct str protocol)
{
	static const char *const words[] = {"APOP", "KPOP", "SDPS", NULL};

	return str_starts_nocase(protocol, str_lit("POP")) ||
	       str_starts_nocase(protocol, str_lit("IMAP")) ||
	       is_one_of(protocol, words);
}

static void
read_origin(const struct from_part *from, const struct by_part *by,
	    struct received *received)
{
	struct client client;

	/* Who fetches mail tells of no client. */
	if (from->comments == 0 && fetched(by->protocol))
		received->origin = RECEIVED_FETCHED;
	else if (logged_in(by->protocol))
		received->origin = RECEIVED_LOGIN;
	else if (from->words == 0 || str_is(by->protocol, "local"))
		received->origin = RECEIVED_LOCAL;
	else if (find_client(from, by, &client)) {
		received->origin = RECEIVED_CLIENT;
		received->client = client.address;
		received->helo = client.helo;
	}
}

bool
received_parse(struct arena *arena, const struct header_field *field,
	       struct received *received_out)
{
	struct received received = {
	    .origin = RECEIVED_UNSURE,
	    .client = ip_none(),
	    .helo = str_empty(),
	};
	struct from_part from = {.words = 0};
	struct by_part by = {.protocol = str_empty()};

	/* What some reader takes for a line end may hide a field. */
	if (!field->plain || field->value.n > LIMIT_RECEIVED)
		return false;
	struct lex lex = lex_of(header_unfold(arena, field->value));
	if (!read_from(&lex, &from) || !read_by(&lex, &received.by, &by) ||
	    !read_date(&lex, &received.time))
		return false;
	read_origin(&from, &by, &received);
	*received_out = received;
	return true;
}

size_t
received_next(const struct header *header, size_t from)
{
	while (from < header->count &&
	       !str_is_nocase(header->field[from].name, "Received"))
		from++;
	return from;
}
