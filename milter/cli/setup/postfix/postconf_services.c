/* master.cf as postconf -M prints it: one line a service, blanks joined. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "milter/cli/setup/postfix/postconf.h"

enum { NAME, TYPE, CHROOT = 4, COMMAND = 7, COLUMNS };

static char *
copy(struct str s)
{
	return mem_copy(s.p, s.n);
}

/* The next word; what stands in braces is one, and they are kept. */
static struct str
next_word(struct str *rest)
{
	size_t n = 0, depth = 0;

	*rest = str_trim_fws(*rest);
	for (; n < rest->n; n++) {
		if (rest->p[n] == '{')
			depth++;
		else if (rest->p[n] == '}' && depth > 0)
			depth--;
		else if (depth == 0 && ascii_is_wsp(rest->p[n]))
			break;
	}
	struct str word = str_first(*rest, n);
	*rest = str_from(*rest, n);
	return word;
}

/* "name=value" or "{ name = value }", which becomes the first form. */
static void
keep_override(struct postconf_service *service, struct str pair)
{
	if (str_starts(pair, str_lit("{")) && pair.p[pair.n - 1] == '}')
		pair = str_trim_fws(str_n(pair.p + 1, pair.n - 2));
	size_t equals = str_chr(pair, '=');
	struct str name = str_trim_fws(str_first(pair, equals));
	struct str value = str_trim_fws(str_from(pair, equals + 1));
	char *kept = mem_alloc(name.n + value.n + 2);

	memcpy(kept, name.p, name.n);
	kept[name.n] = '=';
	if (value.n > 0)
		memcpy(kept + name.n + 1, value.p, value.n);
	kept[name.n + 1 + value.n] = '\0';
	service->override =
	    mem_resize(service->override,
		       (service->overrides + 1) * sizeof *service->override);
	service->override[service->overrides++] = kept;
}

/* As getopt() takes the options of Postfix's daemons: these have a value. */
static void
take_option(struct postconf_service *service, struct str word, struct str *rest)
{
	for (size_t i = 1; i < word.n; i++) {
		if (strchr("imnost", word.p[i]) == NULL)
			continue;
		struct str value = str_from(word, i + 1);
		if (value.n == 0)
			value = next_word(rest);
		if (word.p[i] == 'o' && value.n > 0)
			keep_override(service, value);
		return;
	}
}

static void
take_line(struct str line, struct postconf *postconf)
{
	struct str column[COLUMNS];

	for (size_t i = 0; i < COLUMNS; i++)
		column[i] = next_word(&line);
	if (column[COMMAND].n == 0)
		return;
	struct postconf_service service = {.overrides = 0};
	struct str command = column[COMMAND];
	size_t slash = str_rchr(command, '/');
	struct str name = column[NAME], type = column[TYPE];
	service.name = mem_alloc(name.n + type.n + 2);
	memcpy(service.name, name.p, name.n);
	service.name[name.n] = '/';
	memcpy(service.name + name.n + 1, type.p, type.n);
	service.name[name.n + 1 + type.n] = '\0';
	service.chroot = copy(column[CHROOT]);
	service.command =
	    copy(slash < command.n ? str_from(command, slash + 1) : command);
	for (struct str word = next_word(&line); word.n > 0;
	     word = next_word(&line)) {
		if (word.p[0] == '-')
			take_option(&service, word, &line);
	}
	postconf->service =
	    mem_resize(postconf->service,
		       (postconf->services + 1) * sizeof *postconf->service);
	postconf->service[postconf->services++] = service;
}

void
postconf_parse_services(const char *text, struct postconf *postconf)
{
	struct str rest = str_of(text), line;

	while (str_split(&rest, '\n', &line))
		take_line(line, postconf);
}

void
postconf_clear(struct postconf *postconf)
{
	for (size_t i = 0; i < postconf->services; i++) {
		struct postconf_service *service = &postconf->service[i];
		for (size_t j = 0; j < service->overrides; j++)
			free(service->override[j]);
		free(service->override);
		free(service->name);
		free(service->command);
		free(service->chroot);
		free(service->parameters);
	}
	free(postconf->service);
	free(postconf->written);
	free(postconf->parameters);
	buf_clear(&postconf->complaints);
}
