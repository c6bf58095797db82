#include "authres/authres.h"
#include "authres/claims.h"

#include <string.h>

#include "base/domain.h"
#include "base/limits.h"
#include "base/line.h"

/*
 * The field in the making.  A fold stands before a result, a comment's word or
 * a propspec only, so never inside a quoted string (RFC 8601 section 2.2).
 */
struct writer {
	struct arena *arena;
	struct buf text;
	size_t column; /* octets of the current line */
	bool comments; /* else there are none, also not of ours */
};

/* Adds a blank or a fold, then the piece; room stays for a ";". */
static void
add_piece(struct writer *writer, struct str piece)
{
	bool fits = writer->column + piece.n + 2 <= LIMIT_AUTHRES_LINE;

	buf_adds(&writer->text, fits ? " " : "\n\t ");
	buf_add(&writer->text, piece);
	writer->column = (fits ? writer->column + 1 : 2) + piece.n;
}

/* RFC 2045 section 5.1 */
static bool
is_token(struct str value)
{
	for (size_t i = 0; i < value.n; i++) {
		char c = value.p[i];
		if (!ascii_is_printable(c) || c == ' ' ||
		    strchr("()<>@,;:\\\"/[]?=", c))
			return false;
	}
	return value.n > 0;
}

/*
 * Without what a reader may take for the end of a line, a comment or a result,
 * also one that splits at ";" or looks for "dmarc=pass" without regard to
 * quoting.
 */
static struct str
harmless(struct arena *arena, struct str text, char semicolon, char equals)
{
	struct buf copy;

	buf_init(&copy, arena);
	line_add(&copy, LINE_ASCII, text, LINE_WHOLE);
	for (size_t i = 0; i < copy.n; i++) {
		if (copy.p[i] == ';')
			copy.p[i] = semicolon;
	}
	break_results(copy.p, copy.n, equals);
	return buf_str(&copy);
}

/*
 * An octet of a quoted string or comment.  Between "=" and "?" stands a
 * backslash: some readers decode encoded words (RFC 2047) wherever they stand,
 * and may find a result in one.
 */
static void
add_octet(struct buf *out, char c, const char *specials)
{
	bool begins_word = c == '?' && out->n > 0 && out->p[out->n - 1] == '=';

	if (begins_word || strchr(specials, c) != NULL)
		buf_addc(out, '\\');
	buf_addc(out, c);
}

/*
 * value = token / quoted-string, RFC 8601 section 2.2 and RFC 2045.  No value
 * of ours is longer than a domain; the cut keeps a field that is full of junk
 * under the 60,000 octets where mail servers cut it.
 */
static void
encode_value(struct arena *arena, struct buf *out, struct str value)
{
	value = str_first(value, LIMIT_DOMAIN);
	if (is_token(value)) {
		buf_add(out, value);
		return;
	}
	value = harmless(arena, value, '?', '?');
	buf_addc(out, '"');
	for (size_t i = 0; i < value.n; i++)
		add_octet(out, value.p[i], "\"\\");
	buf_addc(out, '"');
}

/* comment, RFC 5322 section 3.2.2 */
static struct str
encode_comment(struct arena *arena, struct str text, bool cut)
{
	struct buf out;

	buf_init(&out, arena);
	buf_addc(&out, '(');
	for (size_t i = 0; i < text.n; i++)
		add_octet(&out, text.p[i], "()\\");
	buf_adds(&out, cut ? "...)" : ")");
	return buf_str(&out);
}

static void
add_comment_as(struct writer *writer, struct str text, bool is_own)
{
	struct str rest, word;

	text = str_trim_wsp(text);
	if (text.n == 0 || !writer->comments)
		return;
	bool cut = text.n > LIMIT_AUTHRES_COMMENT;
	text = str_first(text, LIMIT_AUTHRES_COMMENT);
	if (!is_own)
		text = harmless(writer->arena, text, ',', ' ');
	rest = encode_comment(writer->arena, text, cut);
	while (str_split(&rest, ' ', &word)) {
		if (word.n > 0)
			add_piece(writer, word);
	}
}

/* Of a text that may hold something of a message or of the DNS. */
static void
add_comment(struct writer *writer, struct str text)
{
	add_comment_as(writer, text, false);
}

/* propspec with the value as it stands; none for an empty one */
static void
add_raw_property(struct writer *writer, const char *name, struct str value)
{
	if (value.n > 0)
		add_piece(writer, arena_printf(writer->arena, "%s=%.*s", name,
					       STR_ARG(value)));
}

static void
add_property(struct writer *writer, const char *name, struct str value)
{
	struct buf encoded;

	buf_init(&encoded, writer->arena);
	if (value.n > 0)
		encode_value(writer->arena, &encoded, value);
	add_raw_property(writer, name, buf_str(&encoded));
}

/* resinfo begins: ";" methodspec */
static void
add_result(struct writer *writer, const char *method, const char *result)
{
	buf_adds(&writer->text, ";\n\t");
	buf_printf(&writer->text, "%s=%s", method, result);
	writer->column = 1 + strlen(method) + 1 + strlen(result);
}

static void
add_limits(struct writer *writer, const struct verdict *verdict, unsigned which)
{
	struct str names =
	    verdict_limits_text(writer->arena, verdict->limits & which);

	if (names.n > 0)
		add_comment(writer, arena_printf(writer->arena, "limit: %.*s",
						 STR_ARG(names)));
}

/* For whom SPF was checked, where that is not who connected. */
static void
add_seen(struct writer *writer, const struct verdict_seen *seen)
{
	char ip[IP_TEXT_MAX];

	add_comment(writer, arena_printf(writer->arena,
					 "client %s, seen by a trusted relay",
					 ip_format(seen->client, ip)));
}

/* RFC 8601 section 2.7.2: the domain of the identity that was checked */
static void
add_spf(struct writer *writer, const struct verdict *verdict)
{
	const struct spf_outcome *spf = &verdict->spf;
	bool seen = verdict_seen_is_checked(&verdict->seen);
	bool relay = verdict->client_class == CLIENT_RELAY;

	add_result(writer, "spf", spf_result_text(spf->result));
	/* A pass needs no reason; the log has the term that matched. */
	if (seen)
		add_seen(writer, &verdict->seen);
	else if (relay)
		add_comment(writer, str_lit("trusted relay"));
	if ((seen || !relay) && spf->result != SPF_PASS)
		add_comment(writer, spf->reason);
	add_limits(writer, verdict, VERDICT_LIMIT_SPF_TIME);
	add_property(writer,
		     spf->scope == SPF_HELO ? "smtp.helo" : "smtp.mailfrom",
		     spf->domain);
}

static bool
is_local_octet(char c)
{
	return ascii_is_alnum(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/?^_`{|}~", c) != NULL);
}

static bool
is_dot_atom(struct str text)
{
	struct str rest = text, atom;

	while (str_split(&rest, '.', &atom)) {
		for (size_t i = 0; i < atom.n; i++) {
			if (!is_local_octet(atom.p[i]))
				return false;
		}
		if (atom.n == 0)
			return false;
	}
	return true;
}

/*
 * pvalue = [ [ local-part ] "@" ] domain-name: the local part only where it
 * needs no quoting and holds no "=", which might make it a result or an encoded
 * word; nothing where the domain is none.
 */
static struct str
identity(struct arena *arena, struct str text)
{
	size_t at = str_rchr(text, '@');
	struct str local = str_first(text, at), domain;

	if (domain_canonical(arena, str_from(text, at + 1), &domain) !=
	    DOMAIN_OK)
		return str_empty();
	if (local.n + 1 + domain.n > LIMIT_MAILBOX || !is_dot_atom(local))
		local = str_empty();
	return arena_printf(arena, "%.*s@%.*s", STR_ARG(local),
			    STR_ARG(domain));
}

/* RFC 8601 section 2.7.1, RFC 6008 for header.b */
static void
add_signature(struct writer *writer, const struct dkim_outcome *outcome)
{
	add_result(writer, "dkim", dkim_result_text(outcome->result));
	add_comment(writer, outcome->reason);
	add_property(writer, "header.d", outcome->domain);
	add_raw_property(writer, "header.i",
			 identity(writer->arena, outcome->identity));
	add_property(writer, "header.s", outcome->selector);
	add_property(writer, "header.a", outcome->algorithm);
	add_property(writer, "header.b", outcome->b_start);
}

static void
add_dkim(struct writer *writer, const struct verdict *verdict)
{
	const struct dkim_results *dkim = &verdict->dkim;

	if (dkim->count == 0)
		add_result(writer, "dkim", dkim_result_text(DKIM_NONE));
	for (size_t i = 0; i < dkim->count; i++)
		add_signature(writer, &dkim->outcome[i]);
	if (dkim->unshown > 0)
		add_comment(writer,
			    arena_printf(writer->arena,
					 "and %zu more signatures, not tried",
					 dkim->unshown));
	add_limits(writer, verdict,
		   VERDICT_LIMIT_CRYPTO | VERDICT_LIMIT_SIGNATURES);
}

/* RFC 8617 section 10.2; without a chain there is nothing to say. */
static void
add_arc(struct writer *writer, const struct verdict *verdict)
{
	const struct arc_results *arc = &verdict->arc;
	char ip[IP_TEXT_MAX];

	if (arc->result == ARC_NONE)
		return;
	add_result(writer, "arc", arc_result_text(arc->result));
	add_comment(writer, arc->reason);
	add_comment(writer, arc_chain_text(writer->arena, arc));
	add_limits(writer, verdict,
		   VERDICT_LIMIT_ARC_TIME | VERDICT_LIMIT_ARC_KEYS);
	if (verdict->client.family != IP_NONE)
		add_property(writer, "smtp.remote-ip",
			     str_of(ip_format(verdict->client, ip)));
	if (arc->result == ARC_PASS)
		add_property(
		    writer, "header.oldest-pass",
		    arena_printf(writer->arena, "%u", arc->oldest_pass));
}

/* The From domains that did not decide: one result has one of them. */
static void
add_others(struct writer *writer, const struct dmarc_results *dmarc)
{
	for (size_t i = 0; i < dmarc->count; i++) {
		const struct dmarc_outcome *other = &dmarc->outcome[i];
		if (i == dmarc->decisive)
			continue;
		add_comment(writer,
			    arena_printf(writer->arena, "also %.*s: %s",
					 STR_ARG(other->from),
					 dmarc_result_text(other->result)));
	}
}

/* RFC 9989 section 9.1 */
static void
add_dmarc(struct writer *writer, const struct verdict *verdict)
{
	const struct dmarc_outcome *outcome = verdict_dmarc(verdict);
	enum dmarc_result result = outcome ? outcome->result : DMARC_NONE;

	add_result(writer, "dmarc", dmarc_result_text(result));
	if (verdict->decision.shape.shape != SHAPE_NONE)
		add_comment(
		    writer,
		    arena_printf(writer->arena, "shape=%s",
				 shape_text(verdict->decision.shape.shape)));
	add_comment(writer, verdict_from_text(writer->arena, verdict));
	if (outcome != NULL)
		add_comment(writer, outcome->reason);
	/* The result stays what it is; what is done about it does not.  Its
	   arc=pass is no other one than the chain's, and names of sealers hold
	   no "=". */
	if (verdict->decision.cause == CAUSE_ARC)
		add_comment_as(writer, verdict->decision.reason, true);
	if (verdict->decision.deferrals_spent)
		add_comment(writer,
			    str_lit("deferrals spent, handled as a failure"));
	add_others(writer, &verdict->dmarc);
	add_limits(writer, verdict,
		   VERDICT_LIMIT_AUTHORS | VERDICT_LIMIT_HEADER_FIELDS |
		       VERDICT_LIMIT_HEADER_BYTES |
		       VERDICT_LIMIT_DNS_QUESTIONS |
		       VERDICT_LIMIT_MESSAGE_TIME | VERDICT_LIMIT_ZONE_TIME |
		       VERDICT_LIMIT_ZONE_WAITERS | VERDICT_LIMIT_SLOW_WAITERS |
		       VERDICT_LIMIT_DNS_RECORDS);
	if (outcome == NULL)
		return;
	add_property(writer, "header.from", outcome->from);
	if (outcome->has_record)
		add_property(writer, "policy.dmarc",
			     str_of(dmarc_policy_text(outcome->policy)));
}

/* RFC 8601 section 2.7.3.  A relay's name says nothing of who sent the mail. */
static void
add_iprev(struct writer *writer, const struct verdict *verdict)
{
	char ip[IP_TEXT_MAX];

	if (verdict->iprev == IPREV_NONE ||
	    verdict->client_class != CLIENT_FOREIGN ||
	    verdict->client.family == IP_NONE)
		return;
	add_result(writer, "iprev", iprev_result_text(verdict->iprev));
	add_property(writer, "policy.iprev",
		     str_of(ip_format(verdict->client, ip)));
}

struct str
authres_build(struct arena *arena, const struct authres_options *options,
	      const struct verdict *verdict)
{
	struct writer writer = {.arena = arena, .comments = options->comments};

	buf_init(&writer.text, arena);
	encode_value(arena, &writer.text, options->id);
	add_spf(&writer, verdict);
	add_dkim(&writer, verdict);
	add_arc(&writer, verdict);
	add_dmarc(&writer, verdict);
	if (options->iprev)
		add_iprev(&writer, verdict);
	return buf_str(&writer.text);
}
