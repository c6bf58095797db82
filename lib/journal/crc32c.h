/*
 * CRC-32C (Castagnoli), as of iSCSI: RFC 3720 section 12.1 and appendix B.4.
 */
#ifndef VERDICT_JOURNAL_CRC32C_H
#define VERDICT_JOURNAL_CRC32C_H

#include <stdint.h>

#include "base/str.h"

/* Of all that came before (crc, at first 0) and of these octets. */
uint32_t crc32c(uint32_t crc, struct str octets);

#endif
