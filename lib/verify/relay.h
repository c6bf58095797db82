/*
 * Inside verify/ only: the client that a trusted relay saw, and when.
 */
#ifndef VERDICT_VERIFY_RELAY_H
#define VERDICT_VERIFY_RELAY_H

#include "verify/verify.h"

/*
 * After the whole header, where the client is a relay that may tell: fills
 * `seen` of the verdict from the Received fields of the relay and, where its
 * client is one as well, of that one, and says whom SPF is to be checked for.
 * Where there is no client to check the reason of the SPF outcome tells why.
 */
void relay_see(struct verify *verify);

#endif
