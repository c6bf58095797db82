/*
 * What Postfix's program postconf prints, and what is judged of it.  The input
 * is three texts, an empty line between them: main.cf's parameters, the lines
 * of master.cf, the parameters as a service with overrides sees them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "config/snapshot.h"
#include "milter/cli/setup/postfix/mta_parts.h"
#include "tests/fuzz/fuzz.h"

static bool
holds(const char *text, char c)
{
	return strchr(text, c) != NULL;
}

/* As master.cf would have it again. */
static void
write_again(const struct postconf_service *service, struct buf *out)
{
	struct str name = str_of(service->name);
	size_t slash = str_rchr(name, '/');

	buf_printf(out, "%.*s %.*s - - %s - - %s",
		   STR_ARG(str_first(name, slash)),
		   STR_ARG(str_from(name, slash + 1)), service->chroot,
		   service->command);
	for (size_t i = 0; i < service->overrides; i++) {
		struct str pair = str_of(service->override[i]);
		size_t equals = str_chr(pair, '=');
		buf_printf(out, " -o { %.*s = %.*s }",
			   STR_ARG(str_first(pair, equals)),
			   STR_ARG(str_from(pair, equals + 1)));
	}
	buf_addc(out, '\n');
}

static void
require_same(const struct postconf_service *a, const struct postconf_service *b)
{
	fuzz_require(strcmp(a->name, b->name) == 0);
	fuzz_require(strcmp(a->command, b->command) == 0);
	fuzz_require(strcmp(a->chroot, b->chroot) == 0);
	fuzz_require(a->overrides == b->overrides);
	for (size_t i = 0; i < a->overrides; i++)
		fuzz_require(strcmp(a->override[i], b->override[i]) == 0);
}

/* Braces change what a word is; and no service has a type without a name. */
static bool
is_plain(const struct postconf_service *service)
{
	struct str name = str_of(service->name);
	bool plain = service->command[0] != '\0' && name.p[name.n - 1] != '/';

	for (size_t i = 0; i < service->overrides; i++)
		plain = plain && strpbrk(service->override[i], "{}") == NULL;
	return plain && strpbrk(service->name, "{}") == NULL &&
	       strpbrk(service->chroot, "{}") == NULL &&
	       strpbrk(service->command, "{} \t") == NULL;
}

/* What was read says the same when it is read again. */
static void
check_again(const struct postconf_service *service)
{
	struct postconf again = {.services = 0};
	struct buf line;

	buf_init(&line, NULL);
	buf_init(&again.complaints, NULL);
	write_again(service, &line);
	if (is_plain(service)) {
		postconf_parse_services(line.p, &again);
		fuzz_require(again.services == 1);
		require_same(service, &again.service[0]);
	}
	postconf_clear(&again);
	buf_clear(&line);
}

static void
check_service(const struct postconf_service *service)
{
	fuzz_require(holds(service->name, '/'));
	fuzz_require(!holds(service->command, '/'));
	fuzz_require(service->chroot[0] != '\0');
	for (size_t i = 0; i < service->overrides; i++) {
		struct str pair = str_of(service->override[i]);
		struct str name = str_first(pair, str_chr(pair, '='));
		fuzz_require(name.n < pair.n);
		fuzz_require(str_eq(name, str_trim_fws(name)));
		char *copy = mem_copy(name.p, name.n);
		fuzz_require(postconf_overrides(service, copy));
		free(copy);
	}
	check_again(service);
	fuzz_canary(str_of(service->command), "zq");
}

/* A value is what stands after "NAME =" in a line of what was printed. */
static void
check_value(const struct postconf *postconf, const char *name)
{
	char *value = postconf_value(postconf, NULL, name);
	struct str rest = str_of(postconf->parameters), line;
	bool found = false;

	while (!found && str_split(&rest, '\n', &line)) {
		struct str after = str_from(line, strlen(name));
		if (!str_starts(line, str_of(name)) ||
		    !str_starts(after, str_lit(" =")))
			continue;
		found = true;
		after = str_from(after, 2);
		while (str_starts(after, str_lit(" ")))
			after = str_from(after, 1);
		fuzz_require(value != NULL && str_is(after, value));
	}
	fuzz_require(found || value == NULL);
	free(value);
}

/* One line a finding, each different and fit for a terminal. */
static void
check_lines(struct str out, size_t mistakes)
{
	struct str rest = out, line, more;
	size_t plain = 0;

	fuzz_require(out.n == 0 || out.p[out.n - 1] == '\n');
	while (str_split(&rest, '\n', &line)) {
		if (line.n == 0 && rest.n == 0)
			break;
		plain += !str_starts(line, str_lit("hint: "));
		fuzz_require(str_is_printable(line) &&
			     str_chr(line, ':') < line.n);
		struct str others = rest;
		while (str_split(&others, '\n', &more))
			fuzz_require(!str_eq(line, more));
	}
	/* A service's name may begin as a hint does. */
	fuzz_require(plain <= mistakes);
}

/* Each edit is of one parameter in one place, and tells why. */
static void
check_plan(const struct mta_plan *plan, size_t mistakes)
{
	fuzz_require(plan->edits == 0 || mistakes > 0);
	for (size_t i = 0; i < plan->edits; i++) {
		const struct mta_edit *edit = &plan->edit[i];
		struct str rest = buf_str(&edit->why), line;
		fuzz_require(edit->why.n > 0 && edit->parameter[0] != '\0' &&
			     (edit->value != NULL || edit->service != NULL));
		while (str_split(&rest, '\n', &line))
			fuzz_require(str_is_printable(line));
		for (size_t j = 0; j < i; j++)
			fuzz_require(
			    strcmp(plan->edit[j].parameter, edit->parameter) ||
			    !plan->edit[j].service != !edit->service ||
			    (edit->service &&
			     strcmp(plan->edit[j].service, edit->service)));
	}
}

/* No name that would be asked of the DNS: the address is a path, or any. */
static const struct config *
config_of(const char *listen)
{
	struct config *config = NULL;
	struct config_error error;
	struct buf text;

	buf_init(&text, NULL);
	buf_printf(&text,
		   "authserv-id: mx.receiver.example\nlisten: %s\n"
		   "allow-remote-mta: 192.0.2.0/24\n"
		   "rules:\n  - name: one\n    recipient: a@receiver.example\n"
		   "    action: reject\n",
		   listen);
	fuzz_require(config_load_text("fuzz", buf_str(&text), &config,
				      &error) == ERR_OK);
	buf_clear(&text);
	return config;
}

static void
judge(const struct postconf *postconf)
{
	static const struct config *config[2];
	struct mta_plan plan;
	struct buf out;

	if (config[0] == NULL) {
		config[0] = config_of("unix:/var/spool/postfix/v/v.sock");
		config[1] = config_of("inet:8891@0.0.0.0");
	}
	for (size_t i = 0; i < 2; i++) {
		buf_init(&out, NULL);
		mta_plan_init(&plan);
		size_t mistakes =
		    mta_judge(config[i], postconf, NULL, &plan, &out);
		check_lines(buf_str(&out), mistakes);
		check_plan(&plan, mistakes);
		mta_plan_clear(&plan);
		buf_clear(&out);
	}
}

/* Up to the empty line, as a C string; the rest is what follows. */
static char *
next_text(struct str *rest)
{
	size_t n = 0;

	while (n < rest->n && !str_starts(str_from(*rest, n), str_lit("\n\n")))
		n++;
	char *text = mem_copy(rest->p, n);
	*rest = str_from(*rest, n + 2);
	return text;
}

void
fuzz_one(struct str input)
{
	static const char *const names[] = {"smtpd_milters", "myhostname",
					    "milter_macro_v", "mynetworks"};
	struct postconf postconf = {.program = "postconf"};

	buf_init(&postconf.complaints, NULL);
	postconf.parameters = next_text(&input);
	postconf.written =
	    mem_copy(postconf.parameters, strlen(postconf.parameters));
	char *services = next_text(&input);
	char *overridden = next_text(&input);
	postconf_parse_services(services, &postconf);
	for (size_t i = 0; i < postconf.services; i++) {
		struct postconf_service *service = &postconf.service[i];
		check_service(service);
		if (service->overrides > 0)
			service->parameters =
			    mem_copy(overridden, strlen(overridden));
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		check_value(&postconf, names[i]);
	judge(&postconf);
	postconf_clear(&postconf);
	free(overridden);
	free(services);
}
