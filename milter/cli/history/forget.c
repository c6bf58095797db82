/* verdict forget: what is recorded of an address or a domain goes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/domain.h"
#include "base/line.h"
#include "base/mem.h"
#include "milter/cli/history/history.h"
#include "milter/cli/progress.h"
#include "milter/cli/reader.h"
#include "store/remove.h"
#include "verdict/privacy.h"

#define NAME "verdict forget"

struct call {
	struct reader_call reader;
	const char *whom;
	bool yes, json, help;
};

static const struct option_row rows[] = {
    READER_ROWS(struct call, reader),
    {"yes", .help = "remove it; without this it is counted alone",
     .at = offsetof(struct call, yes)},
    {"json", .help = "JSON instead of text", .at = offsetof(struct call, json)},
    {"help", .letter = 'h', .help = "this text",
     .at = offsetof(struct call, help)},
    {NULL}};

static bool set_whom(void *ctx, const char *word);

static const struct options options = {
    .command = "forget",
    .usage = "usage: verdict forget [OPTION...] ADDRESS|DOMAIN [--yes]\n"
	     "Removes the records of all messages from or to an address, or a "
	     "domain and all\n"
	     "below it; of a domain its counts and what the DNS said of it, "
	     "too.\n",
    .row = rows,
    .notes = "Exit status: 0 done, 64 wrong call, 69 the store cannot be "
	     "used, 70 the system\nfailed, 78 the configuration cannot be "
	     "used.\n",
    .long_help = true,
    .argument = set_whom,
};

static bool
set_whom(void *ctx, const char *word)
{
	struct call *call = ctx;

	if (call->whom != NULL)
		return options_complain(&options, "unexpected argument '%s'",
					word);
	call->whom = word;
	return true;
}

/* --- whose a message is --- */

struct whom {
	struct arena *arena;
	/* Canonical; of an address "". */
	struct str domain;
	/* "local@domain", and how it is hidden; "" of a domain. */
	struct str address, token, sender;
	struct progress progress;
};

static struct str
domain_of(struct str address)
{
	return str_from(address, str_rchr(address, '@') + 1);
}

/* domain_is_at_or_below() of names as they came: in any case. */
static bool
is_at_or_below(struct str name, struct str domain)
{
	const size_t more = name.n - domain.n;

	return str_eq_nocase(name, domain) ||
	       (name.n > domain.n && name.p[more - 1] == '.' &&
		str_eq_nocase(str_from(name, more), domain));
}

static bool
names_domain(const struct whom *whom, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->from.count; i++)
		if (is_at_or_below(verdict->from.domain[i], whom->domain))
			return true;
	for (size_t i = 0; i < verdict->recipients; i++)
		if (is_at_or_below(domain_of(verdict->recipient[i]),
				   whom->domain))
			return true;
	return is_at_or_below(verdict->mail_from_domain, whom->domain) ||
	       is_at_or_below(domain_of(verdict->mail_from), whom->domain);
}

static bool
is_them(const struct whom *whom, struct str text)
{
	return text.n > 0 && (str_eq_nocase(text, whom->address) ||
			      str_eq_nocase(text, whom->token) ||
			      str_eq_nocase(text, whom->sender));
}

static bool
is_mailbox(const struct whom *whom, const struct address_mailbox *mailbox)
{
	const size_t at = str_rchr(whom->address, '@');

	return str_eq_nocase(mailbox->domain, domain_of(whom->address)) &&
	       (str_eq_nocase(mailbox->local, str_first(whom->address, at)) ||
		(whom->token.n > 0 && str_eq(mailbox->local, whom->token)));
}

static bool
names_address(const struct whom *whom, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->from.addresses; i++)
		if (is_mailbox(whom, &verdict->from.address[i]))
			return true;
	for (size_t i = 0; i < verdict->recipients; i++)
		if (is_them(whom, verdict->recipient[i]))
			return true;
	for (size_t i = 0; i < verdict->dkim.count; i++)
		if (is_them(whom, verdict->dkim.outcome[i].identity))
			return true;
	return is_them(whom, verdict->mail_from);
}

static bool
wants(void *ctx, const struct verdict *verdict)
{
	const struct whom *whom = ctx;

	return whom->domain.n > 0 ? names_domain(whom, verdict)
				  : names_address(whom, verdict);
}

static void
step(void *ctx, uint64_t done)
{
	struct whom *whom = ctx;

	progress_step(&whom->progress, done, 0);
}

/* --- who is meant --- */

static bool
read_whom(const struct call *call, struct whom *whom)
{
	struct str text = str_of(call->whom);
	const size_t at = str_rchr(text, '@');
	struct str domain;

	if (text.n == 0)
		return options_complain(&options,
					"no ADDRESS or DOMAIN is given");
	if (domain_canonical(whom->arena,
			     at < text.n ? str_from(text, at + 1) : text,
			     &domain) != DOMAIN_OK ||
	    at == 0)
		return options_complain(&options,
					"'%s' is neither an address nor a "
					"domain",
					call->whom);
	if (at < text.n)
		whom->address =
		    arena_printf(whom->arena, "%.*s@%.*s",
				 STR_ARG(str_first(text, at)), STR_ARG(domain));
	else
		whom->domain = domain;
	return true;
}

/* Records may hide it, whatever the configuration says now.  False: they do,
   and cannot be found. */
static bool
read_token(const struct config *config, struct whom *whom)
{
	const char *path = arena_copy(whom->arena, config->privacy_key).p;
	struct siphash_key key;
	const char *why;

	if (whom->address.n == 0)
		return true;
	why = privacy_key_read(path, false, &key);
	if (why == NULL) {
		whom->token = privacy_token(whom->arena, &key, whom->address);
		whom->sender = privacy_sender(whom->arena, &key, whom->address);
		return true;
	}
	if (config->privacy != CONFIG_PRIVACY_STRICT && access(path, F_OK) != 0)
		return true;
	fprintf(stderr,
		NAME ": privacy-key: %s %s; records that hide the address are "
		     "not found and stay\n",
		path, why);
	return false;
}

/* --- what is said --- */

static void
add_line(struct buf *out, uint64_t number, const char *what)
{
	buf_printf(out, "%8llu  %s\n", (unsigned long long)number, what);
}

static void
print_text(const struct call *call, const struct store_removed *removed,
	   int segments)
{
	struct buf out;

	buf_init(&out, NULL);
	buf_adds(&out,
		 call->yes ? "Removed what was recorded of " : "Recorded of ");
	line_add(&out, LINE_TEXT, str_of(call->whom), LINE_WHOLE);
	buf_adds(&out, ":\n");
	add_line(&out, removed->messages, "messages");
	add_line(&out, removed->counts, "counts of an hour");
	add_line(&out, removed->names, "texts of the DNS");
	if (call->yes && segments > 0)
		add_line(&out, (uint64_t)segments,
			 "files of the journal that were fed, whoever's mail "
			 "was in them");
	if (!call->yes)
		buf_adds(&out, "Nothing was removed: --yes removes it.\n");
	else
		buf_adds(
		    &out,
		    "Still there may be: the journal's file that grows, for "
		    "ten minutes (run this\n"
		    "again then), backups, the logs of the mail server and "
		    "ours, reports, pages\n"
		    "and files that were made, and, with PostgreSQL, what "
		    "VACUUM has not yet\n"
		    "overwritten and its log of writes.\n");
	fputs(out.p, stdout);
	buf_clear(&out);
}

static void
print_json(const struct call *call, const struct store_removed *removed,
	   int segments)
{
	struct buf out;

	buf_init(&out, NULL);
	buf_adds(&out, "{\"whom\":");
	buf_add_json(&out, str_of(call->whom));
	buf_printf(
	    &out,
	    ",\"removed\":%s,\"messages\":%llu,\"counts\":%llu,"
	    "\"dns_texts\":%llu,\"journal_files\":%d}\n",
	    call->yes ? "true" : "false", (unsigned long long)removed->messages,
	    (unsigned long long)removed->counts,
	    (unsigned long long)removed->names, segments > 0 ? segments : 0);
	fputs(out.p, stdout);
	buf_clear(&out);
}

/* --- the work --- */

static int
failed(const struct sql_error *error)
{
	fprintf(stderr, NAME ": %s%s\n", error->text,
		error->trouble == SQL_HELD
		    ? ": stop it on each mail host (systemctl stop "
		      "verdict-history), then again"
		    : "");
	return CLI_UNAVAILABLE;
}

static int
remove_all(const struct call *call, const char *url, const char *journal,
	   struct whom *whom)
{
	const struct store_removal removal = {.wants = wants,
					      .step = step,
					      .ctx = whom,
					      .domain = whom->domain,
					      .counts_only = !call->yes};
	struct store_removed removed = {0};
	struct sql_error error;
	struct store *store =
	    store_open(url, call->yes ? SQL_WRITE : SQL_READ, &error);
	int status = CLI_ACCEPT, segments = 0;

	if (store == NULL)
		return failed(&error);
	progress_begin(&whom->progress, "messages looked at");
	if ((call->yes && !store_claim_all(store)) ||
	    !store_remove(store, &removal, &removed))
		status = failed(store_error(store));
	progress_end(&whom->progress);
	const char *unread = store_unread_text(store);
	if (unread != NULL)
		fprintf(stderr, NAME ": %s; what stands there is not removed\n",
			unread);
	store_close(store);
	if (status == CLI_ACCEPT && call->yes)
		segments = journal_remove_read(journal);
	if (segments < 0)
		fprintf(stderr,
			NAME ": %s: files of the journal that were fed "
			     "are still there: %s\n",
			journal, strerror(errno));
	if (status == CLI_ACCEPT && call->json)
		print_json(call, &removed, segments);
	else if (status == CLI_ACCEPT)
		print_text(call, &removed, segments);
	return status == CLI_ACCEPT && segments < 0 ? CLI_FAILURE : status;
}

static int
forget(const struct call *call, struct whom *whom)
{
	struct reader reader;
	int status = reader_open(NAME, &call->reader, &reader);
	bool found;

	if (status != CLI_ACCEPT)
		return status;
	char *journal = reader_journal_folder(reader.config);
	char *url = reader_store_url(&call->reader, reader.config);
	reader_become_owner(journal);
	found = read_token(reader.config, whom);
	status = remove_all(call, url, journal, whom);
	if (status == CLI_ACCEPT && !found)
		status = CLI_FAILURE;
	reader_become_root();
	free(url);
	free(journal);
	reader_close(&reader);
	return status;
}

int
history_forget(int argc, char **argv)
{
	struct call call = {.yes = false};
	struct whom whom = {.arena = arena_new(NULL)};
	int status = CLI_USAGE;

	if (!options_read(&options, argc, argv, &call)) {
		status = CLI_USAGE;
	} else if (call.help) {
		options_help(&options, stdout);
		status = CLI_ACCEPT;
	} else if (call.whom == NULL) {
		options_complain(&options, "no ADDRESS or DOMAIN is given");
	} else if (read_whom(&call, &whom)) {
		status = forget(&call, &whom);
	}
	arena_free(whom.arena);
	return status;
}
