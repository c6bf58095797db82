/*
 * Octets that readers of addresses treat in a way of their own: repeated often,
 * each would show a cost that grows faster than the field.
 */
#ifndef TESTS_SUPPORT_ADDRESS_PIECES_H
#define TESTS_SUPPORT_ADDRESS_PIECES_H

#include <stddef.h>

extern const char *const address_pieces[];
extern const size_t address_pieces_n;

#endif
