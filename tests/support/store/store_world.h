/*
 * An empty store of SQLite or PostgreSQL for each test, and the same tests for
 * both.
 */
#ifndef TESTS_SUPPORT_STORE_STORE_WORLD_H
#define TESTS_SUPPORT_STORE_STORE_WORLD_H

#include "store/sql.h"
#include "tests/support/test.h"

enum store_engine { ENGINE_SQLITE, ENGINE_PGSQL };

/* Between store_world_setup and its teardown. */
enum store_engine store_world_engine(void);
const char *store_world_url(void);
/* SQLite: its file. */
const char *store_world_path(void);
/* A folder of the test's own. */
const char *store_world_folder(void);

/* For one test. */
int store_world_setup(void **state);
int store_world_teardown(void **state);

/* Opens it; fails the test with the error's text. */
struct sql *store_world_open(enum sql_access access);
/* A statement without parameters, and its only integer. */
int64_t store_world_get(const char *text);
void store_world_run(const char *text);

/* The tests with SQLite, then with PostgreSQL where there is one. */
#define STORE_TEST(f)                                         \
	cmocka_unit_test_setup_teardown(f, store_world_setup, \
					store_world_teardown)
#define store_world_main(tests) \
	store_world_run_tests(#tests, tests, sizeof(tests) / sizeof(tests[0]))
int store_world_run_tests(const char *name, const struct CMUnitTest *tests,
			  size_t n);
/* With PostgreSQL alone. */
#define store_world_main_pgsql(tests) \
	store_world_run_pgsql(#tests, tests, sizeof(tests) / sizeof(tests[0]))
int store_world_run_pgsql(const char *name, const struct CMUnitTest *tests,
			  size_t n);

#endif
