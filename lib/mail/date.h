/*
 * date-time of a header field, RFC 5322 section 3.3.  Reentrant.
 */
#ifndef VERDICT_MAIL_DATE_H
#define VERDICT_MAIL_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/lex.h"

/*
 * date-time, with CFWS before its tokens and none after it; of obs-date-time
 * (section 4.3) that and the zones that have a meaning.  A day of the week is
 * not compared with the date.  *seconds_out: since 1970, UTC; a leap second is
 * the one after it.  False: not one, with the cursor anywhere.
 */
bool date_time(struct lex *lex, int64_t *seconds_out);

#endif
