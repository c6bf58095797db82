/*
 * A configuration file in a folder of its own, for unit tests.
 */
#ifndef TESTS_SUPPORT_CONFIG_FILE_H
#define TESTS_SUPPORT_CONFIG_FILE_H

#include <stddef.h>

#include "config/config.h"

/* Setup and teardown of cmocka, of a group or a test: the folder, and that
   nothing is left. */
int config_file_setup(void **state);
int config_file_teardown(void **state);

/* Valid between the two. */
const char *config_file_folder(void);
const char *config_file_path(void);

void config_file_write(const char *text, size_t n);
/* Writes the text and reads it; fails the test with the error's text. */
struct config *config_file_load(const char *text);

#endif
