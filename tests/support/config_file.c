#include "tests/support/config_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "tests/support/test.h"

static char folder[64], path[96];

int
config_file_setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_config.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/c.yaml", folder);
	return 0;
}

int
config_file_teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

const char *
config_file_folder(void)
{
	return folder;
}

const char *
config_file_path(void)
{
	return path;
}

void
config_file_write(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

struct config *
config_file_load(const char *text)
{
	struct config *config = NULL;
	struct config_error error;

	config_file_write(text, strlen(text));
	if (config_load(path, &config, &error) != ERR_OK)
		fail_msg("%s", error.text);
	return config;
}
