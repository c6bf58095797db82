/*
 * What every unit test includes: cmocka with the headers it wants, and helpers.
 * Run with CMOCKA_MESSAGE_OUTPUT=TAP, as tests/run does.
 */
#ifndef TESTS_SUPPORT_TEST_H
#define TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compat.h"
#include "base/str.h"

/*
 * A copy of the text in a heap block of exactly its size, so that sanitizers
 * see a read one octet too far.  Freed at exit of the program.
 */
struct str exact(const char *text);
struct str exact_n(const char *p, size_t n);

/* For cmocka: *state is an arena while a test runs, or a group of them. */
int arena_setup(void **state);
int arena_teardown(void **state);

/* Fails with both texts. */
#define assert_str(got, want) assert_str_at(got, want, __FILE__, __LINE__)
void assert_str_at(struct str got, const char *want, const char *file,
		   int line);

#endif
