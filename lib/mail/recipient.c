#include "mail/recipient.h"

#include <string.h>

#include "base/domain.h"
#include "base/lex.h"
#include "base/limits.h"

/*
 * atext and dots, but for "%" and "!", which route; what is not ASCII may be
 * folded into what is (U+212A into "k").
 */
static bool
is_plain(struct str local)
{
	for (size_t i = 0; i < local.n; i++) {
		char c = local.p[i];
		if (!ascii_is_alnum(c) &&
		    (c == '\0' || strchr(".#$&'*+-/=?^_`{|}~", c) == NULL))
			return false;
	}
	return local.n > 0;
}

/* Without quotes around and quoted pairs, which need none of them. */
static struct str
unquoted(struct arena *arena, struct str local)
{
	if (local.n < 2 || local.p[0] != '"' || local.p[local.n - 1] != '"')
		return local;
	return lex_unquoted(arena, str_n(local.p + 1, local.n - 2));
}

static struct str
lower(struct arena *arena, struct str text)
{
	char *copy = arena_alloc(arena, text.n);

	for (size_t i = 0; i < text.n; i++)
		copy[i] = ascii_lower(text.p[i]);
	return str_n(copy, text.n);
}

struct str
recipient_bare(struct str text)
{
	text = str_trim_wsp(text);
	if (text.n >= 2 && text.p[0] == '<' && text.p[text.n - 1] == '>')
		text = str_n(text.p + 1, text.n - 2);
	return text;
}

void
recipient_read(struct arena *arena, struct str text,
	       struct recipient *recipient_out)
{
	struct recipient read = {.certain = true};

	*recipient_out = (struct recipient){
	    .local = str_empty(), .domain = str_empty(), .base = str_empty()};
	text = recipient_bare(text);
	size_t at = str_rchr(text, '@');
	struct str local = unquoted(arena, str_first(text, at));
	if (text.n > LIMIT_MAILBOX || !is_plain(local) ||
	    domain_canonical(arena, str_from(text, at + 1), &read.domain) !=
		DOMAIN_OK ||
	    domain_labels(read.domain) < 2)
		return;
	read.local = lower(arena, local);
	size_t plus = str_chr(read.local, '+');
	read.base =
	    plus < read.local.n ? str_first(read.local, plus) : str_empty();
	*recipient_out = read;
}

struct str
recipient_choose(struct arena *arena, struct str given, struct str resolved)
{
	struct recipient read;

	recipient_read(arena, given, &read);
	if (read.certain)
		return given;
	recipient_read(arena, resolved, &read);
	return read.certain ? resolved : given;
}
