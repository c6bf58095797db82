/*
 * Which identity of a message SPF checks (RFC 7208 sections 2.3, 2.4, 4.1 and
 * 4.3): MAIL FROM, or postmaster@HELO for the null path.
 */
#ifndef VERDICT_SPF_IDENTITY_H
#define VERDICT_SPF_IDENTITY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"
#include "spf/spf.h"

struct spf_identity {
	enum spf_scope scope;
	struct str sender;        /* local@sender_domain */
	struct str local;         /* "postmaster" where the path has none */
	struct str sender_domain; /* ASCII as given, else in A-labels */
	struct str domain; /* canonical; as given where there is a problem */
	bool local_is_ascii;
	const char *problem; /* static: why nothing can be checked; or NULL */
};

void spf_identity_of(struct arena *arena, const struct spf_input *input,
		     struct spf_identity *identity_out);

#endif
