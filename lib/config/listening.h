/*
 * Inside config/ only: who listens on a TCP port of this host.
 */
#ifndef VERDICT_CONFIG_LISTENING_H
#define VERDICT_CONFIG_LISTENING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/ip.h"

/*
 * Does a verdict-milter listen there, on that address or on all: this process
 * itself, or any that we may look at?  By /proc: root sees every process,
 * others their own.
 */
bool listening_is_ours(struct ip ip, uint16_t port, bool itself) MUST_CHECK;

#endif
