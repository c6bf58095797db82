/*
 * Whole numbers with units, as an admin writes them in a configuration.
 */
#ifndef VERDICT_CONFIG_AMOUNT_H
#define VERDICT_CONFIG_AMOUNT_H

#include "base/buf.h"
#include "config/schema.h"

/*
 * 1*DIGIT [unit], case apart: octets for a size, milliseconds for a time
 * (where the unit must stand).  Saturates at UINT64_MAX.
 */
bool amount_parse(struct str text, enum config_type type, uint64_t *value_out);
/* With the largest unit that leaves a whole number; CONFIG_OCTAL in octal. */
void amount_add(struct buf *out, enum config_type type, uint64_t value);

#endif
