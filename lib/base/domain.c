#include "base/domain.h"

#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/words.h"

static bool
is_host_octet(char c)
{
	return ascii_is_alnum(c) || c == '-' || c == '_';
}

static enum domain_status
check_labels(struct str name)
{
	struct str rest = name, label;

	if (name.n == 0)
		return DOMAIN_EMPTY;
	if (name.n > LIMIT_DOMAIN)
		return DOMAIN_LENGTH;
	while (str_split(&rest, '.', &label)) {
		if (label.n == 0)
			return DOMAIN_EMPTY;
		if (label.n > LIMIT_LABEL)
			return DOMAIN_LENGTH;
		for (size_t i = 0; i < label.n; i++) {
			if (!is_host_octet(label.p[i]))
				return DOMAIN_CHARACTER;
		}
	}
	return DOMAIN_OK;
}

/* UTF-8 to A-labels.  A name that is long before mapping is long after it. */
static enum domain_status
to_a_labels(struct arena *arena, struct str in, struct str *out)
{
	char *ascii = NULL;

	if (memchr(in.p, '\0', in.n) != NULL)
		return DOMAIN_CHARACTER;
	if (in.n > LIMIT_DOMAIN * 4)
		return DOMAIN_LENGTH;
	struct str text = arena_copy(arena, in);
	int rc = idn2_to_ascii_8z(text.p, &ascii,
				  IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK) {
		bool length =
		    rc == IDN2_TOO_BIG_DOMAIN || rc == IDN2_TOO_BIG_LABEL;
		return length ? DOMAIN_LENGTH : DOMAIN_IDNA;
	}
	*out = arena_copy(arena, str_of(ascii));
	idn2_free(ascii);
	return DOMAIN_OK;
}

enum domain_status
domain_canonical(struct arena *arena, struct str in, struct str *out)
{
	if (!str_is_ascii(in)) {
		enum domain_status status = to_a_labels(arena, in, &in);
		if (status != DOMAIN_OK)
			return status;
	}
	if (in.n > 1 && in.p[in.n - 1] == '.')
		in.n--;
	enum domain_status status = check_labels(in);
	if (status != DOMAIN_OK)
		return status;
	char *name = arena_alloc(arena, in.n + 1);
	for (size_t i = 0; i < in.n; i++)
		name[i] = ascii_lower(in.p[i]);
	*out = (struct str){name, in.n};
	return DOMAIN_OK;
}

bool
domain_may_hold(char c)
{
	return is_host_octet(c) || c == '.' || (unsigned char)c > 0x7f;
}

static const char *const status_words[] = {
    [DOMAIN_OK] = "valid domain name",
    [DOMAIN_EMPTY] = "domain name is empty or has an empty label",
    [DOMAIN_LENGTH] = "domain name or label is too long",
    [DOMAIN_CHARACTER] = "domain name has a forbidden character",
    [DOMAIN_IDNA] = "internationalized domain name is invalid",
    NULL};

const char *
domain_status_text(enum domain_status status)
{
	return words_text(status_words, status);
}

struct str
domain_u_labels(struct arena *arena, struct str domain)
{
	char *text = NULL;

	if (idn2_to_unicode_8z8z(arena_copy(arena, domain).p, &text, 0) !=
	    IDN2_OK)
		return domain;
	domain = arena_copy(arena, str_of(text));
	idn2_free(text);
	return domain;
}

size_t
domain_labels(struct str domain)
{
	size_t labels = domain.n > 0;

	for (size_t i = 0; i < domain.n; i++)
		labels += domain.p[i] == '.';
	return labels;
}

struct str
domain_parent(struct str domain)
{
	return str_from(domain, str_chr(domain, '.') + 1);
}

struct str
domain_last_labels(struct str domain, size_t n)
{
	for (size_t have = domain_labels(domain); have > n; have--)
		domain = domain_parent(domain);
	return domain;
}

bool
domain_is_at_or_below(struct str domain, struct str ancestor)
{
	if (str_eq(domain, ancestor))
		return true;
	return ancestor.n > 0 && domain.n > ancestor.n + 1 &&
	       domain.p[domain.n - ancestor.n - 1] == '.' &&
	       str_eq(str_from(domain, domain.n - ancestor.n), ancestor);
}
