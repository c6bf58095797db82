/*
 * Is a list of networks too much to tell anything about a client?  Pure.
 */
#ifndef VERDICT_CONFIG_BROAD_H
#define VERDICT_CONFIG_BROAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"

/* Together, counted once where they overlap. */
bool networks_are_broad(const struct ip_network *network, size_t n);

#endif
