/*
 * Inside record/ only: values of our enumerations and the numbers that stand
 * for them in a record, which never change.
 */
#ifndef VERDICT_RECORD_CODES_H
#define VERDICT_RECORD_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One enumeration: the number of each of its values. */
struct codes {
	const uint8_t *number;
	size_t count;
};

extern const struct codes codes_client_class, codes_iprev, codes_client_by,
    codes_rewriting, codes_from_state, codes_spf_result, codes_spf_scope,
    codes_dkim_result, codes_dkim_step, codes_arc_result, codes_dmarc_result,
    codes_dmarc_policy, codes_dmarc_psd, codes_action, codes_cause, codes_shape,
    codes_hindrance, codes_dns_status;

/* Of a value that the enumeration has. */
int codes_number(const struct codes *codes, unsigned value);
/* False: no value has that number. */
bool codes_value(const struct codes *codes, int number, unsigned *value_out);

#endif
