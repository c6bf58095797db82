#include "dkim/name.h"

#include "base/buf.h"
#include "base/domain.h"
#include "base/lex.h"
#include "mail/taglist.h"

/* --- names --- */

enum dkim_group
dkim_group_of(const struct str *author, size_t authors, struct str domain)
{
	for (size_t i = 0; i < authors; i++) {
		if (domain_is_at_or_below(domain, author[i]) ||
		    domain_is_at_or_below(author[i], domain))
			return DKIM_ALIGNED;
	}
	return DKIM_OTHER;
}

void
dkim_labels_init(struct dkim_labels *labels, struct arena *arena,
		 const struct str *author, size_t authors)
{
	*labels = (struct dkim_labels){
	    .left = {LIMIT_DKIM_MAPPED, LIMIT_DKIM_MAPPED},
	};
	for (size_t i = 0; i < authors && i < LIMIT_AUTHOR_DOMAINS; i++) {
		labels->author[labels->authors++] = author[i];
		labels->author[labels->authors++] =
		    domain_u_labels(arena, author[i]);
	}
}

/*
 * RFC 8616 section 4 has signers write the one form of a U-label, so that
 * octets tell which signatures are near a From domain before any is mapped.
 */
void
dkim_labels_of(struct dkim_labels *labels, struct str d)
{
	char name[LIMIT_DOMAIN];

	labels->group = DKIM_OTHER;
	if (d.n > sizeof name)
		return;
	for (size_t i = 0; i < d.n; i++)
		name[i] = ascii_lower(d.p[i]);
	labels->group =
	    dkim_group_of(labels->author, labels->authors, str_n(name, d.n));
}

static bool
may_map(struct dkim_labels *labels)
{
	if (labels == NULL)
		return true;
	if (labels->left[labels->group] == 0)
		return false;
	labels->left[labels->group]--;
	return true;
}

/*
 * domain-name; a final dot is not part of the grammar.  What a mail's domain
 * may have of octets (RFC 5321 section 4.5.3.1.2) is no more in UTF-8.
 */
enum dkim_name_status
dkim_name(struct arena *arena, struct str value, struct dkim_labels *labels,
	  struct str *domain_out)
{
	if (value.n > LIMIT_DOMAIN ||
	    (value.n > 0 && value.p[value.n - 1] == '.'))
		return DKIM_NAME_BAD;
	if (!str_is_ascii(value) && !may_map(labels))
		return DKIM_NAME_NOT_MAPPED;
	return domain_canonical(arena, value, domain_out) == DOMAIN_OK
		   ? DKIM_NAME_OK
		   : DKIM_NAME_BAD;
}

/* --- i= --- */

/* 2HEXDIG */
static bool
hex_octet(struct lex *lex, char *octet_out)
{
	if (lex->end - lex->p < 2)
		return false;
	int high = ascii_hex_value(lex->p[0]), low = ascii_hex_value(lex->p[1]);
	if (high < 0 || low < 0)
		return false;
	*octet_out = (char)(high << 4 | low);
	lex->p += 2;
	return true;
}

/* RFC 6376 section 2.11; FWS is not part of the value. */
static bool
dkim_quoted_printable(struct arena *arena, struct str value,
		      struct str *text_out)
{
	struct lex lex = lex_of(tag_without_fws(arena, value));
	struct buf text;

	buf_init(&text, arena);
	while (!lex_eof(&lex)) {
		char c = *lex.p++;
		if (c == '=') {
			if (!hex_octet(&lex, &c))
				return false;
		}
		if ((unsigned char)c < 0x20 || c == 0x7f)
			return false;
		buf_addc(&text, c);
	}
	*text_out = buf_str(&text);
	return true;
}

static bool
is_local_octet(char c)
{
	return c != '@' && c != ' ' && c != '"';
}

/* [Local-part] "@" domain-name */
static bool
auid(struct str text, struct str *domain_out)
{
	struct lex lex = lex_of(text);
	struct str local_part;

	if (!lex_quoted_string(&lex, &local_part))
		lex_run(&lex, is_local_octet, &local_part);
	if (!lex_char(&lex, '@'))
		return false;
	*domain_out = lex_rest(&lex);
	return true;
}

bool
dkim_identity(struct arena *arena, struct str value, struct str *text_out,
	      struct str *domain_out)
{
	return dkim_quoted_printable(arena, value, text_out) &&
	       auid(*text_out, domain_out);
}
