#include "mail/address.h"

#include <string.h>

#include "mail/address_internal.h"

bool
address_is_atext(char c)
{
	return ascii_is_alnum(c) || (unsigned char)c > 0x7f ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

enum domain_status
authors_name(struct arena *arena, struct address_authors *authors,
	     struct str text, struct str *name_out)
{
	enum domain_status status = domain_canonical(arena, text, name_out);

	if (status != DOMAIN_OK)
		authors->invalid_domain = true;
	return status;
}

void
authors_add(struct address_authors *authors, struct str name)
{
	for (size_t i = 0; i < authors->count; i++) {
		if (str_eq(authors->domain[i], name))
			return;
	}
	if (authors->count == LIMIT_AUTHOR_DOMAINS)
		authors->too_many = true;
	else
		authors->domain[authors->count++] = name;
}

void
authors_conclude(struct address_authors *authors)
{
	bool others = authors->mailboxes > 1;

	for (size_t i = 0; i < authors->count; i++)
		others = others || address_is_whole(authors->domain[i]);
	if (authors->incomplete && others)
		authors->unreadable = true;
}

bool
address_is_whole(struct str name)
{
	size_t last = str_rchr(name, '.');

	return last < name.n && !str_is(str_from(name, last), ".uucp");
}

/* RFC 5322 section 2.2.3: a CRLF that WSP follows is dropped. */
static struct str
unfold(struct arena *arena, struct str value)
{
	char *text = arena_alloc(arena, value.n);
	size_t n = 0;

	for (size_t i = 0; i < value.n; i++) {
		if (value.n - i > 2 && value.p[i] == '\r' &&
		    value.p[i + 1] == '\n' && ascii_is_wsp(value.p[i + 2]))
			i += 2;
		text[n++] = value.p[i];
	}
	return str_n(text, n);
}

/* A name, a bang path, or what may hide one. */
static bool
shows_domain(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool dot = c == '.' && i > 0 && i + 1 < text.n &&
			   ascii_is_alnum(text.p[i - 1]) &&
			   ascii_is_alnum(text.p[i + 1]);
		if (dot || (unsigned char)c > 0x7e ||
		    ((unsigned char)c < 0x20 && c != '\t') ||
		    strchr("@!%[\\?", c) != NULL)
			return true;
	}
	return false;
}

static const char *
strict_reason(const struct address_authors *authors)
{
	if (authors->too_many)
		return "too many From domains";
	if (authors->invalid_domain)
		return "an address literal is no From domain";
	if (authors->count == 0)
		return "no mailbox";
	return authors->unreadable ? "an address without a whole domain" : "";
}

static bool
has_bare_line_end(struct str unfolded)
{
	return str_chr(unfolded, '\r') < unfolded.n ||
	       str_chr(unfolded, '\n') < unfolded.n;
}

static void
find_authors(struct arena *arena, struct str value,
	     struct address_authors *authors_out)
{
	struct address_authors strict = {.strict = true}, tolerant = {0};

	if (value.n > LIMIT_FROM_BYTES) {
		tolerant.too_many = true;
		tolerant.shows_domain = true;
		tolerant.reason = "the field is too long";
		*authors_out = tolerant;
		return;
	}
	struct str text = unfold(arena, value);
	strict.shows_domain = tolerant.shows_domain = shows_domain(text);
	/* Only what is longer than the bound has to be taken apart. */
	strict.longest = tolerant.longest =
	    text.n > LIMIT_ADDRESS_KEPT ? address_longest(text) : text.n;
	strict.reason = address_strict(arena, text, &strict);
	if (strict.reason == NULL) {
		authors_conclude(&strict);
		strict.addresses = strict.count;
		strict.reason = strict_reason(&strict);
		*authors_out = strict;
		return;
	}
	tolerant.reason = strict.reason;
	tolerant.invalid_domain = strict.invalid_domain;
	tolerant.too_many = strict.too_many;
	address_tolerant(arena, text, &tolerant);
	if (tolerant.addresses == 0)
		tolerant.addresses = tolerant.count;
	if (has_bare_line_end(text))
		tolerant.unreadable = true;
	*authors_out = tolerant;
}

static void
copy_mailbox(struct arena *arena, struct address_mailbox *mailbox)
{
	mailbox->local = arena_copy(arena, mailbox->local);
	mailbox->domain = arena_copy(arena, mailbox->domain);
}

/* The readings of a field take many times its octets: they do not stay. */
void
address_authors(struct arena *arena, struct str value,
		struct address_authors *authors_out)
{
	struct arena *scratch = arena_new(NULL);

	find_authors(scratch, value, authors_out);
	for (size_t i = 0; i < authors_out->count; i++)
		authors_out->domain[i] =
		    arena_copy(arena, authors_out->domain[i]);
	for (size_t i = 0; i < authors_out->kept; i++)
		copy_mailbox(arena, &authors_out->mailbox[i]);
	arena_free(scratch);
}
