/*
 * The client's name, as the mail server looked it up.
 */
#ifndef VERDICT_MILTER_SESSION_LOOKUP_H
#define VERDICT_MILTER_SESSION_LOOKUP_H

#include "base/str.h"
#include "verdict/verdict.h"

/*
 * name: of the connection; resolve: the macro {client_resolve}, version: v; ""
 * where it is not sent.  With IPREV_PASS, and only then, the name is a
 * confirmed one.
 */
enum iprev_result lookup_result(struct str name, struct str resolve,
				struct str version);

#endif
