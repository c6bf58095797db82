#include "milter/cli/setup/postfix/postconf.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/line.h"
#include "base/mem.h"

/* Far more than any main.cf or master.cf has. */
#define OUTPUT_MAX ((size_t)1 << 20)

extern char **environ;

/* --- running it --- */

/* NULL: more than OUTPUT_MAX; what was cut off might be what matters. */
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
	if (n < OUTPUT_MAX)
		return text;
	free(text);
	return NULL;
}

/* A parameter that this Postfix does not have is an answer, not a complaint. */
static bool
is_expected(struct str line)
{
	const struct str end = STR(": unknown parameter");

	return line.n == 0 ||
	       (line.n > end.n && str_eq(str_from(line, line.n - end.n), end));
}

static bool
is_told(const struct buf *told, struct str line)
{
	struct str rest = buf_str(told), known;

	while (str_split(&rest, '\n', &known)) {
		if (str_eq(known, line))
			return true;
	}
	return false;
}

/* What the program wrote to its standard error, fit for a terminal.  It runs
   once for each service, and says the same of main.cf each time. */
static void
pass_complaints(int fd, struct buf *told)
{
	struct buf out;
	struct str rest, line;
	char *text = lseek(fd, 0, SEEK_SET) == 0 ? read_all(fd) : NULL;

	buf_init(&out, NULL);
	rest = str_of(text != NULL ? text : "");
	while (str_split(&rest, '\n', &line)) {
		if (is_expected(line) || (told && is_told(told, line)))
			continue;
		if (told != NULL) {
			buf_add(told, line);
			buf_addc(told, '\n');
		}
		line_add(&out, LINE_ESCAPED, line, LINE_WHOLE);
		buf_addc(&out, '\n');
	}
	if (out.n > 0)
		fwrite(out.p, 1, out.n, stderr);
	buf_clear(&out);
	free(text);
}

static int
start(char *const words[], int out, int complaints, pid_t *child_out)
{
	posix_spawn_file_actions_t actions;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (complaints >= 0)
		posix_spawn_file_actions_adddup2(&actions, complaints,
						 STDERR_FILENO);
	int error =
	    posix_spawnp(child_out, words[0], &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* What the program printed; NULL: it could not run, or failed. */
static char *
output_of(char *const words[], struct buf *told)
{
	int ends[2], status = -1;
	int complaints = memfd_create("complaints", MFD_CLOEXEC);
	char *text = NULL;
	pid_t child;

	if (complaints < 0 || pipe2(ends, O_CLOEXEC) != 0) {
		fprintf(stderr, "verdict: cannot run %s: %s\n", words[0],
			strerror(errno));
		if (complaints >= 0)
			close(complaints);
		return NULL;
	}
	int error = start(words, ends[1], complaints, &child);
	close(ends[1]);
	if (error == 0)
		text = read_all(ends[0]);
	close(ends[0]);
	if (error != 0) {
		fprintf(stderr,
			"verdict: cannot run %s: %s; give its path with "
			"--postconf\n",
			words[0], strerror(error));
	} else {
		bool ended = waitpid(child, &status, 0) == child;
		bool failed = !ended || status != 0 || text == NULL;
		if (told != NULL || failed)
			pass_complaints(complaints, told);
		if (failed)
			fprintf(stderr, "verdict: %s failed\n", words[0]);
	}
	close(complaints);
	if (status != 0) {
		free(text);
		text = NULL;
	}
	return text;
}

char *
postconf_run(const char *program, const char *folder, const char *const words[],
	     struct buf *told)
{
	const char *const first[] = {program, folder ? "-c" : NULL, folder};
	size_t count = sizeof first / sizeof first[0] + 1, n = 0;

	for (size_t i = 0; words[i] != NULL; i++)
		count++;
	char **argv = mem_array(count, sizeof *argv);
	for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
		if (first[i] != NULL)
			argv[n++] = mem_copy(first[i], strlen(first[i]));
	}
	for (size_t i = 0; words[i] != NULL; i++)
		argv[n++] = mem_copy(words[i], strlen(words[i]));
	char *text = output_of(argv, told);
	while (n > 0)
		free(argv[--n]);
	free(argv);
	return text;
}

/* postconf OPTION, which may be NULL, with the service's overrides and the
   names where given. */
static char *
ask(struct postconf *postconf, const char *option,
    const struct postconf_service *service, const char *const names[])
{
	size_t count = 2 + (service ? 2 * service->overrides : 0), n = 0;

	for (size_t i = 0; names && names[i]; i++)
		count++;
	const char **words = mem_array(count, sizeof *words);
	if (option != NULL)
		words[n++] = option;
	for (size_t i = 0; service && i < service->overrides; i++) {
		words[n++] = "-o";
		words[n++] = service->override[i];
	}
	for (size_t i = 0; names && names[i]; i++)
		words[n++] = names[i];
	char *text =
	    postconf_run(postconf->program, postconf->folder, words,
			 postconf->quiet ? NULL : &postconf->complaints);
	free(words);
	return text;
}

bool
postconf_read(const char *program, const char *folder,
	      const char *const names[], bool quiet,
	      struct postconf *postconf_out)
{
	struct postconf postconf = {.program = program,
				    .folder = folder,
				    .names = names,
				    .quiet = quiet};
	bool ok = false;

	buf_init(&postconf.complaints, NULL);
	postconf.parameters = ask(&postconf, "-x", NULL, names);
	postconf.written =
	    postconf.parameters ? ask(&postconf, NULL, NULL, names) : NULL;
	char *services =
	    postconf.written ? ask(&postconf, "-M", NULL, NULL) : NULL;
	if (services != NULL) {
		ok = true;
		postconf_parse_services(services, &postconf);
	}
	free(services);
	/* Postfix itself says what the overrides make of each value. */
	for (size_t i = 0; ok && i < postconf.services; i++) {
		struct postconf_service *service = &postconf.service[i];
		if (service->overrides == 0)
			continue;
		service->parameters = ask(&postconf, "-x", service, names);
		ok = service->parameters != NULL;
	}
	if (ok)
		*postconf_out = postconf;
	else
		postconf_clear(&postconf);
	return ok;
}

/* --- what it said --- */

/* Of lines "name = value"; NULL: it has none of that name. */
static char *
value_in(const char *lines, const char *name)
{
	size_t n = strlen(name);
	const char *line = lines;

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

char *
postconf_value(const struct postconf *postconf,
	       const struct postconf_service *service, const char *name)
{
	return value_in(service != NULL && service->parameters != NULL
			    ? service->parameters
			    : postconf->parameters,
			name);
}

/* The last one of the service's line counts. */
static const char *
own_value(const struct postconf_service *service, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = service != NULL ? service->overrides : 0; i > 0; i--) {
		const char *override = service->override[i - 1];
		if (strncmp(override, name, n) == 0 && override[n] == '=')
			return override + n + 1;
	}
	return NULL;
}

char *
postconf_written(const struct postconf *postconf,
		 const struct postconf_service *service, const char *name)
{
	const char *own = own_value(service, name);

	return own != NULL ? mem_copy(own, strlen(own))
			   : value_in(postconf->written, name);
}

bool
postconf_overrides(const struct postconf_service *service, const char *name)
{
	return own_value(service, name) != NULL;
}

/* master(5): "-" is "y" before compatibility_level 1. */
bool
postconf_is_chrooted(const struct postconf *postconf,
		     const struct postconf_service *service)
{
	if (strcmp(service->chroot, "-") != 0)
		return strcmp(service->chroot, "y") == 0;
	char *level = postconf_value(postconf, NULL, "compatibility_level");
	bool old = level == NULL || atof(level) < 1;
	free(level);
	return old;
}

char *
postconf_folder(const char *program)
{
	const char *const words[] = {"-h", "config_directory", NULL};
	char *folder = postconf_run(program, NULL, words, NULL);

	if (folder != NULL)
		folder[strcspn(folder, "\n")] = '\0';
	return folder;
}
