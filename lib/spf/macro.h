/*
 * SPF macros: the grammar of RFC 7208 section 7.1 and the expansion of 7.2
 * and 7.3.
 *
 * Texts are slices and are checked here before they are expanded, so that
 * expansion cannot fail.  Reasons are static.  Everything is reentrant.
 */
#ifndef VERDICT_SPF_MACRO_H
#define VERDICT_SPF_MACRO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/ip.h"
#include "base/str.h"

/* What the macro letters stand for (section 7.2). */
struct spf_macro_values {
	struct str sender;        /* s: local@sender_domain */
	struct str local;         /* l */
	struct str sender_domain; /* o */
	struct str domain;        /* d */
	struct ip client;         /* i, c, v */
	struct str helo;          /* h */
	struct str receiver;      /* r */
	int64_t now;              /* t: seconds since 1970 */
	/* p: a validated name of the client for `domain`, or "unknown" */
	struct str (*validated_name)(void *ctx, struct str domain);
	void *ctx;
};

/* NULL where `text` is a domain-spec, else what is wrong with it. */
const char *spf_domain_spec_error(struct str text);
/* The same for a macro-string in a record, which may be empty. */
const char *spf_macro_string_error(struct str text);
/* The same for an explain-string: also SP and the letters c, r and t. */
const char *spf_explain_string_error(struct str text);

/* Does a valid text use %{s} or %{l} (RFC 8616 section 4)? */
bool spf_macro_uses_local(struct str text);
/* Does it use %{i}, the client's address? */
bool spf_macro_uses_address(struct str text);

/*
 * The target name of a valid domain-spec, without trailing dot and at most
 * LIMIT_DOMAIN octets (labels are cut from the left, section 7.3).  It may
 * hold any octets and empty labels.
 */
struct str spf_expand_domain(struct arena *arena, struct str spec,
			     const struct spf_macro_values *values);
/*
 * The text of a valid explain-string, cut at LIMIT_SPF_EXPLANATION octets; it
 * may hold any octets.
 */
struct str spf_expand_explanation(struct arena *arena, struct str text,
				  const struct spf_macro_values *values);

#endif
