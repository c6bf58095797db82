#include "milter/cli/mta.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/mem.h"
#include "milter/cli/cli.h"
#include "milter/cli/postconf.h"

/* What the daemon may need beyond message-time until its answer is read. */
#define EXTRA_S 5
/* A busy machine may take this long for a connection or a command. */
#define LEAST_S 5
/* A year: no timeout is longer. */
#define TIME_MAX_S (365L * 86400)

static const char *const names[] = {"compatibility_level",
				    "message_reject_characters",
				    "milter_command_timeout",
				    "milter_connect_timeout",
				    "milter_content_timeout",
				    "milter_default_action",
				    "milter_end_of_data_macros",
				    "milter_mail_macros",
				    "milter_protocol",
				    "myhostname",
				    "non_smtpd_milters",
				    "queue_directory",
				    "smtpd_forbid_bare_newline",
				    "smtpd_milter_maps",
				    "smtpd_milters",
				    NULL};

struct mta {
	const struct config *config;
	const struct postconf *postconf;
	char *listen; /* of our configuration */
	unsigned found;
};

static void tell(struct mta *mta, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
tell(struct mta *mta, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	mta->found++;
}

/* Never NULL; to be freed. */
static char *
value_of(const struct mta *mta, const char *name)
{
	char *value = postconf_value(mta->postconf, name);

	return value != NULL ? value : mem_copy("", 0);
}

/* --- lists of milters --- */

/*
 * The next entry of a list: "address" or "{ address, option=value, ... }", cut
 * off at its end; NULL: no more.
 */
static char *
next_entry(char **rest)
{
	char *entry = *rest + strspn(*rest, ", \t\n");

	if (*entry == '\0')
		return NULL;
	bool braced = *entry == '{';
	if (braced)
		entry++;
	char *end = entry + strcspn(entry, braced ? "}" : ", \t\n");
	*rest = *end != '\0' ? end + 1 : end;
	*end = '\0';
	return entry + strspn(entry, " \t");
}

static bool
is_same_unix(const struct mta *mta, const char *path)
{
	const char *own = strchr(mta->listen, ':') + 1;
	char *queue = value_of(mta, "queue_directory");
	size_t n = strlen(queue);
	bool below = strncmp(own, queue, n) == 0 && own[n] == '/';
	bool same = strcmp(own, path) == 0 ||
		    (below && strcmp(own + n + (path[0] != '/'), path) == 0);

	free(queue);
	return same;
}

/* Names of hosts may be written in many ways: the port tells. */
static bool
is_ours(const struct mta *mta, const char *entry)
{
	size_t n = strcspn(entry, ", \t}");
	char *address = mem_copy(entry, n);
	bool ours = false;
	const char *own = strchr(mta->listen, ':');
	const char *port = strrchr(address, ':');

	if (own == NULL || port == NULL)
		;
	else if (strncmp(address, "unix:", 5) == 0)
		ours = mta->listen[0] != 'i' && is_same_unix(mta, address + 5);
	else if (mta->listen[0] == 'i')
		ours = strspn(own + 1, "0123456789") == strlen(port + 1) &&
		       strncmp(own + 1, port + 1, strlen(port + 1)) == 0;
	free(address);
	return ours;
}

/* Our entry of a parameter, to be freed; NULL: there is none. */
static char *
find_entry(const struct mta *mta, const char *name)
{
	char *list = value_of(mta, name);
	char *rest = list, *found = NULL;

	for (char *entry = next_entry(&rest); entry != NULL && found == NULL;
	     entry = next_entry(&rest)) {
		if (is_ours(mta, entry))
			found = mem_copy(entry, strlen(entry));
	}
	free(list);
	return found;
}

/* The entry's option, or else the parameter milter_OPTION; to be freed. */
static char *
option_of(const struct mta *mta, const char *entry, const char *option)
{
	char name[64];
	size_t n = strlen(option);

	for (const char *at = strchr(entry, ','); at; at = strchr(at, ',')) {
		at += strspn(at, ", \t");
		if (strncmp(at, option, n) != 0)
			continue;
		const char *value = at + n + strspn(at + n, " \t");
		if (*value++ != '=')
			continue;
		value += strspn(value, " \t");
		return mem_copy(value, strcspn(value, ", \t"));
	}
	snprintf(name, sizeof name, "milter_%s", option);
	return value_of(mta, name);
}

/* --- the checks --- */

static void
check_action(struct mta *mta, const char *entry)
{
	char *action = option_of(mta, entry, "default_action");

	if (strcmp(action, "tempfail") != 0)
		tell(mta,
		     "milter_default_action: \"%s\" %s while verdict-milter is "
		     "down; cure: default_action=tempfail in the entry of "
		     "smtpd_milters",
		     action,
		     strcmp(action, "accept") == 0 ? "lets mail in unchecked"
						   : "refuses or holds mail");
	free(action);
}

/* postconf(5): a number with s, m, h, d or w; seconds where there is none. */
static long
seconds_of(const char *value)
{
	static const struct unit {
		char letter;
		long seconds;
	} units[] = {{'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	char *end;
	long number = strtol(value, &end, 10);

	if (number < 0 || number > TIME_MAX_S)
		return TIME_MAX_S;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (*end == units[i].letter)
			return number * units[i].seconds;
	}
	return number;
}

static void
check_timeout(struct mta *mta, const char *entry, const char *option,
	      long least)
{
	char *value = option_of(mta, entry, option);

	if (seconds_of(value) < least)
		tell(mta,
		     "milter_%s: %s is too short, Postfix gives up before the "
		     "answer comes; cure: at least %lds",
		     option, value, least);
	free(value);
}

static void
check_timeouts(struct mta *mta, const char *entry)
{
	unsigned message_ms = mta->config->verify.limits.message_ms;
	long message_s = (message_ms ? message_ms : LIMIT_MESSAGE_MS) / 1000;

	check_timeout(mta, entry, "connect_timeout", LEAST_S);
	check_timeout(mta, entry, "command_timeout", LEAST_S);
	check_timeout(mta, entry, "content_timeout", message_s + EXTRA_S);
}

/* Where smtpd looks for a socket: below the queue if it is in a chroot, or if
   the path is relative. */
static void
check_reach(struct mta *mta, const char *entry)
{
	bool chroot = postconf_smtpd_is_chrooted(mta->postconf);
	char *queue = value_of(mta, "queue_directory");
	char seen[512];

	if (strncmp(entry, "unix:", 5) == 0) {
		const char *path = entry + 5;
		int n = (int)strcspn(path, ", \t");
		const char *own = strchr(mta->listen, ':') + 1;
		bool below = chroot || path[0] != '/';
		snprintf(seen, sizeof seen, "%s%s%.*s", below ? queue : "",
			 path[0] == '/' ? "" : "/", n, path);
		if (strcmp(seen, own) != 0)
			tell(mta,
			     "smtpd_milters: smtpd %s, so it looks for the "
			     "socket at %s and cannot reach %s; cure: listen: "
			     "unix:%s/verdict/verdict.sock and "
			     "unix:verdict/verdict.sock in smtpd_milters",
			     chroot ? "runs in a chroot" : "has no chroot",
			     seen, own, queue);
	}
	free(queue);
}

static void
check_entry(struct mta *mta)
{
	char *entry = find_entry(mta, "smtpd_milters");
	char *maps = value_of(mta, "smtpd_milter_maps");

	if (entry != NULL) {
		check_action(mta, entry);
		check_timeouts(mta, entry);
		check_reach(mta, entry);
	} else {
		tell(mta,
		     "smtpd_milters: no entry leads to \"listen: %s\", so mail "
		     "is not checked%s; cure: add one as in contrib/postfix",
		     mta->listen,
		     maps[0] ? " unless smtpd_milter_maps names it" : "");
	}
	free(maps);
	free(entry);
}

static void
check_name(struct mta *mta)
{
	struct str id = mta->config->authserv_id;
	char *own = mem_copy(id.p, id.n);
	char *host = value_of(mta, "myhostname");

	if (strcasecmp(own, host) != 0)
		tell(mta,
		     "authserv-id: \"%s\" is not Postfix's myhostname \"%s\", "
		     "by which readers know whose results they may trust; "
		     "cure: authserv-id: %s",
		     own, host, host);
	free(host);
	free(own);
}

static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; *at != '\0';) {
		at += strspn(at, ", \t");
		size_t length = strcspn(at, ", \t");
		if (length == n && strncmp(at, word, n) == 0)
			return true;
		at += length;
	}
	return false;
}

static void
check_macro(struct mta *mta, const char *name, const char *macro,
	    const char *loss)
{
	char *list = value_of(mta, name);

	if (!has_word(list, macro))
		tell(mta, "%s: %s is missing, without which %s; cure: add it",
		     name, macro, loss);
	free(list);
}

static void
check_bytes(struct mta *mta)
{
	char *reject = value_of(mta, "message_reject_characters");
	char *newline =
	    postconf_value(mta->postconf, "smtpd_forbid_bare_newline");

	if (strstr(reject, "\\0") == NULL)
		tell(mta,
		     "message_reject_characters: what follows a NUL is hidden "
		     "from a milter, but not from every mail program; cure: "
		     "message_reject_characters = \\0");
	if (newline == NULL)
		tell(mta,
		     "smtpd_forbid_bare_newline: this Postfix does not know "
		     "it, so mail can be smuggled past a check; cure: update "
		     "Postfix");
	else if (newline[0] == '\0' || strcmp(newline, "no") == 0)
		tell(mta,
		     "smtpd_forbid_bare_newline: \"%s\" lets mail be smuggled "
		     "past a check; cure: smtpd_forbid_bare_newline = yes",
		     newline);
	free(newline);
	free(reject);
}

static void
check_rest(struct mta *mta)
{
	char *local = find_entry(mta, "non_smtpd_milters");
	char *protocol = value_of(mta, "milter_protocol");

	if (local != NULL)
		tell(mta,
		     "non_smtpd_milters: mail of this host's own programs has "
		     "no client to check; cure: take verdict-milter out");
	if (atoi(protocol) < 6)
		tell(mta,
		     "milter_protocol: before 6 blanks of header fields are "
		     "lost and DKIM fails; cure: milter_protocol = 6");
	free(protocol);
	free(local);
}

int
mta_check(const struct config *config, const char *program, const char *folder)
{
	struct postconf postconf;
	struct mta mta = {.config = config, .postconf = &postconf};

	if (!postconf_read(program, folder, names, &postconf))
		return CLI_FAILURE;
	mta.listen = mem_copy(config->listen.p, config->listen.n);
	check_entry(&mta);
	check_name(&mta);
	check_macro(&mta, "milter_mail_macros", "{auth_authen}",
		    "users who logged in are checked as strangers");
	check_macro(&mta, "milter_end_of_data_macros", "i",
		    "the log lacks queue ids");
	check_bytes(&mta);
	check_rest(&mta);
	if (mta.found == 0)
		puts("Postfix fits this configuration.");
	free(mta.listen);
	postconf_clear(&postconf);
	return mta.found > 0;
}
