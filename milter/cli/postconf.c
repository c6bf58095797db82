#include "milter/cli/postconf.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/* Far more than any main.cf or master.cf has. */
#define OUTPUT_MAX ((size_t)1 << 20)
#define WORDS_MAX 40

extern char **environ;

static char *
read_all(int fd)
{
	char *text = mem_alloc(OUTPUT_MAX + 1);
	size_t n = 0;

	while (n < OUTPUT_MAX) {
		ssize_t got = read(fd, text + n, OUTPUT_MAX - n);
		if (got == 0 || (got < 0 && errno != EINTR))
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	text[n] = '\0';
	return text;
}

/* What the program printed; NULL: it could not run, or failed. */
static char *
output_of(char *const words[])
{
	posix_spawn_file_actions_t actions;
	int ends[2], status = -1;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	int error =
	    posix_spawnp(&child, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	char *text = error == 0 ? read_all(ends[0]) : NULL;
	close(ends[0]);
	if (error != 0)
		fprintf(stderr,
			"verdict config: cannot run %s: %s; give its path with "
			"--postconf\n",
			words[0], strerror(error));
	else if (waitpid(child, &status, 0) != child || status != 0)
		fprintf(stderr, "verdict config: %s failed\n", words[0]);
	if (status != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

/* names NULL: none. */
static char *
ask(const char *program, const char *folder, const char *option,
    const char *const names[])
{
	char *words[WORDS_MAX + 5];
	size_t n = 0;

	words[n++] = mem_copy(program, strlen(program));
	if (folder != NULL) {
		words[n++] = mem_copy("-c", 2);
		words[n++] = mem_copy(folder, strlen(folder));
	}
	words[n++] = mem_copy(option, strlen(option));
	for (size_t i = 0; names && names[i] && n < WORDS_MAX; i++)
		words[n++] = mem_copy(names[i], strlen(names[i]));
	words[n] = NULL;
	char *text = output_of(words);
	while (n > 0)
		free(words[--n]);
	return text;
}

bool
postconf_read(const char *program, const char *folder,
	      const char *const names[], struct postconf *postconf_out)
{
	struct postconf postconf = {0};

	postconf.parameters = ask(program, folder, "-x", names);
	if (postconf.parameters == NULL)
		return false;
	postconf.services = ask(program, folder, "-M", NULL);
	if (postconf.services == NULL) {
		free(postconf.parameters);
		return false;
	}
	*postconf_out = postconf;
	return true;
}

void
postconf_clear(struct postconf *postconf)
{
	free(postconf->parameters);
	free(postconf->services);
}

char *
postconf_value(const struct postconf *postconf, const char *name)
{
	size_t n = strlen(name);
	const char *line = postconf->parameters;

	while (line != NULL && *line != '\0') {
		size_t length = strcspn(line, "\n");
		if (length > n && strncmp(line, name, n) == 0 &&
		    strncmp(line + n, " =", 2) == 0) {
			const char *value = line + n + 2;
			value += strspn(value, " ");
			return mem_copy(value, (size_t)(line + length - value));
		}
		line += length + (line[length] == '\n');
	}
	return NULL;
}

/* master(5): "-" is "y" before compatibility_level 1. */
static bool
chroots(const struct postconf *postconf, const char *word)
{
	if (strcmp(word, "-") != 0)
		return strcmp(word, "y") == 0;
	char *level = postconf_value(postconf, "compatibility_level");
	bool old = level == NULL || atof(level) < 1;
	free(level);
	return old;
}

bool
postconf_smtpd_is_chrooted(const struct postconf *postconf)
{
	char chroot[8], command[64];
	const char *line = postconf->services;
	bool found = false;

	/* service type private unpriv chroot wakeup maxproc command */
	while (*line != '\0' && !found) {
		size_t length = strcspn(line, "\n");
		found = sscanf(line, "%*s %*s %*s %*s %7s %*s %*s %63s", chroot,
			       command) == 2 &&
			line[0] != ' ' && strcmp(command, "smtpd") == 0 &&
			chroots(postconf, chroot);
		line += length + (line[length] == '\n');
	}
	return found;
}
