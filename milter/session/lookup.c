#include "milter/session/lookup.h"

/* "[192.0.2.1]" (RFC 5321 section 4.1.3) and "unknown" are no names. */
static bool
is_name(struct str name)
{
	return name.n > 0 && name.p[0] != '[' &&
	       !str_is_nocase(name, "unknown");
}

/* Postfix has "Postfix 3.7.11", Sendmail "8.17.1.9". */
static bool
is_sendmail(struct str version)
{
	return version.n > 0 && version.p[0] >= '0' && version.p[0] <= '9';
}

/* Sendmail passes a forged name as well, Postfix "unknown" in its place. */
enum iprev_result
lookup_result(struct str name, struct str resolve, struct str version)
{
	if (resolve.n == 0 && is_sendmail(version))
		return IPREV_NONE;
	if (resolve.n == 0 || str_is(resolve, "OK"))
		return is_name(name) ? IPREV_PASS : IPREV_NONE;
	if (str_is(resolve, "FORGED"))
		return IPREV_FAIL;
	if (str_is(resolve, "TEMP"))
		return IPREV_TEMPERROR;
	return str_is(resolve, "FAIL") ? IPREV_PERMERROR : IPREV_NONE;
}
