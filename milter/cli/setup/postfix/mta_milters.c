/* Lists of milters, and the entry that leads to us. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "milter/cli/setup/postfix/mta_parts.h"

/* What the daemon may need beyond message-time until its answer is read. */
#define EXTRA_S 5
/* A busy machine may take this long for a connection or a command. */
#define LEAST_S 5
/* A year: no timeout is longer. */
#define TIME_MAX_S (365L * 86400)

/* --- what an entry says --- */

/* The entry's option, the last one where it stands twice, or else the parameter
   milter_OPTION; to be freed.  found_out, which may be NULL: does it stand in
   the entry? */
static char *
option_of(const struct mta *mta, struct str entry, const char *option,
	  bool *found_out)
{
	char name[64];
	struct str value = str_empty();
	bool found = false;

	for (struct str item = mta_next_item(&entry); item.n > 0;
	     item = mta_next_item(&entry)) {
		size_t equals = str_chr(item, '=');
		if (equals == item.n ||
		    !str_is(str_trim_fws(str_first(item, equals)), option))
			continue;
		value = str_trim_fws(str_from(item, equals + 1));
		found = true;
	}
	snprintf(name, sizeof name, "milter_%s", option);
	if (found_out != NULL)
		*found_out = found;
	return found ? mem_copy(value.p, value.n) : mta_value(mta, name);
}

static void
check_action(struct mta *mta, struct str entry)
{
	char *action = option_of(mta, entry, "default_action", NULL);
	struct buf own;

	buf_init(&own, NULL);
	mta_add_own_entry(mta, &own);
	if (strcasecmp(action, "tempfail") != 0) {
		mta_tell(mta, "milter_default_action",
			 "\"%s\" %s while verdict-milter is down; cure: "
			 "default_action=tempfail in the entry of "
			 "smtpd_milters, as in %s",
			 action,
			 strcasecmp(action, "accept") == 0
			     ? "lets mail in unchecked"
			     : "refuses or holds mail",
			 own.p);
		mta_mend_entry(mta, "default_action", "tempfail");
	}
	buf_clear(&own);
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
check_timeout(struct mta *mta, struct str entry, const char *option, long least)
{
	bool in_entry;
	char *value = option_of(mta, entry, option, &in_entry);
	char name[64], enough[32];

	snprintf(name, sizeof name, "milter_%s", option);
	snprintf(enough, sizeof enough, "%lds", least);
	if (seconds_of(value) < least) {
		mta_tell(mta, name,
			 "%s is too short, Postfix gives up before the answer "
			 "comes; cure: at least %s, as in %s%s%s%s",
			 value, enough, in_entry ? option : name,
			 in_entry ? "=" : " = ", enough,
			 in_entry ? " in the entry of smtpd_milters" : "");
		mta_mend_entry(mta, option, enough);
	}
	free(value);
}

static void
check_timeouts(struct mta *mta, struct str entry)
{
	long message_s = mta->config->verify.limits.message_ms / 1000;

	check_timeout(mta, entry, "connect_timeout", LEAST_S);
	check_timeout(mta, entry, "command_timeout", LEAST_S);
	check_timeout(mta, entry, "content_timeout", message_s + EXTRA_S);
}

/* A version, and words that make Postfix speak it otherwise. */
static void
check_protocol(struct mta *mta, struct str entry)
{
	char *protocol = option_of(mta, entry, "protocol", NULL);
	struct str rest = str_of(protocol), version = mta_next_word(&rest);
	uint64_t number;

	bool old = !str_uint(version, 100, &number) || number < 6;
	bool more = mta_next_word(&rest).n > 0;
	if (old)
		mta_tell(mta, "milter_protocol",
			 "before 6 blanks of header fields are lost and DKIM "
			 "fails, and this is \"%s\"; cure: milter_protocol = "
			 "6, and no other in the entry of smtpd_milters",
			 protocol);
	else if (more)
		mta_tell(mta, "milter_protocol",
			 "\"%s\" asks for another protocol than verdict-milter "
			 "negotiates; cure: milter_protocol = 6",
			 protocol);
	if (old || more)
		mta_mend_entry(mta, "protocol", "6");
	free(protocol);
}

static void
check_reach(struct mta *mta, struct str entry)
{
	bool chroot = postconf_is_chrooted(mta->postconf, mta->service);
	struct str path = mta_unix_path(mta_next_word(&entry));
	struct str own = mta->own.path;
	struct buf seen;

	if (path.n == 0)
		return;
	buf_init(&seen, NULL);
	mta_add_seen_path(mta, path, &seen);
	if (!str_eq(own, buf_str(&seen))) {
		char *queue = mta_value(mta, "queue_directory");
		mta_tell(mta, "smtpd_milters",
			 "smtpd %s, so it looks for the socket at %s and "
			 "cannot reach %.*s; cure: listen: "
			 "unix:%s/verdict/verdict.sock and "
			 "unix:verdict/verdict.sock in smtpd_milters",
			 chroot ? "runs in a chroot" : "has no chroot", seen.p,
			 STR_ARG(own), queue);
		if (!mta_mend_address(mta))
			mta->plan->stops = true;
		free(queue);
	}
	buf_clear(&seen);
}

/* Does a brace of the list lack the one that closes it? */
static bool
is_open(struct str list)
{
	long depth = 0;

	for (size_t i = 0; i < list.n; i++)
		depth += list.p[i] == '{' ? 1 : list.p[i] == '}' ? -1 : 0;
	return depth > 0;
}

/* What smtpd cannot read, so that it takes no mail at all. */
static void
check_syntax(struct mta *mta)
{
	char *list = mta_value(mta, "smtpd_milters");
	struct str rest = str_of(list);
	struct buf own;

	buf_init(&own, NULL);
	mta_add_own_entry(mta, &own);
	for (struct str entry = mta_next_item(&rest); entry.n > 0;
	     entry = mta_next_item(&rest)) {
		struct str address = mta_next_word(&entry);
		if (str_chr(address, ':') == address.n)
			mta_tell(mta, "smtpd_milters",
				 "\"%.*s\" is no milter, inet:HOST:PORT or "
				 "unix:PATH, so Postfix puts mail off; cure: "
				 "options stand in braces with their milter, "
				 "as in %s",
				 STR_ARG(address), own.p);
	}
	if (is_open(str_of(list)))
		mta_tell(mta, "smtpd_milters",
			 "a brace is not closed, so Postfix takes no mail; "
			 "cure: close it, as in %s",
			 own.p);
	buf_clear(&own);
	free(list);
}

/* What Postfix does to mail while nobody answers. */
static const char *
deed_of(const char *action)
{
	if (strcasecmp(action, "accept") == 0)
		return "lets mail past that milter";
	return strcasecmp(action, "tempfail") == 0
		   ? "puts all mail off"
		   : "refuses or holds all mail";
}

static void
tell_silent(struct mta *mta, const char *list, struct str entry,
	    const char *why, bool left)
{
	struct str rest = entry, address = mta_next_word(&rest);
	char *action = option_of(mta, entry, "default_action", NULL);

	mta_tell(mta, list,
		 "nobody answers at %.*s (%s), so Postfix %s; cure: %s",
		 STR_ARG(address), why, deed_of(action),
		 left ? "take the entry out, verdict-milter listens "
			"elsewhere now"
		      : "start that milter, or take its entry out");
	free(action);
}

static void
tell_taken(struct mta *mta, const char *list, struct str entry)
{
	const struct listening *there = mta_other_there(mta, entry);
	struct str rest = entry, address = mta_next_word(&rest);

	mta_tell(mta, list,
		 "the entry of --apply leads to %.*s, where %s (process %ld) "
		 "listens now; cure: take the entry out, verdict-milter "
		 "listens elsewhere now",
		 STR_ARG(address), there->name, there->pid);
}

void
mta_check_answers(struct mta *mta, const char *list, bool renew)
{
	char *value = mta_value(mta, list);
	struct str rest = str_of(value);

	for (struct str entry = mta_next_item(&rest); entry.n > 0;
	     entry = mta_next_item(&rest)) {
		const char *why =
		    mta_is_ours(mta, entry) ? NULL : mta_silence(mta, entry);
		bool left = mta_is_left_over(mta, entry);
		if (why != NULL)
			tell_silent(mta, list, entry, why, left);
		else if (left)
			tell_taken(mta, list, entry);
		if (left && renew)
			mta_mend_left_over(mta);
		else if (left)
			mta_mend_without_us(mta, list);
	}
	free(value);
}

static bool
check_entries(struct mta *mta)
{
	char *list = mta_value(mta, "smtpd_milters");
	struct str rest = str_of(list);
	bool found = false;

	for (struct str entry = mta_next_item(&rest); entry.n > 0;
	     entry = mta_next_item(&rest)) {
		if (!mta_is_ours(mta, entry))
			continue;
		found = true;
		mta->plan->asks = true;
		check_action(mta, entry);
		check_timeouts(mta, entry);
		check_protocol(mta, entry);
		check_reach(mta, entry);
	}
	free(list);
	return found;
}

static void
check_maps(struct mta *mta)
{
	char *maps = mta_value(mta, "smtpd_milter_maps");

	if (maps[0] != '\0')
		mta_tell(mta, "smtpd_milter_maps",
			 "\"%s\" takes the place of smtpd_milters for the "
			 "clients that it finds, DISABLE means that their mail "
			 "is not checked, and what it holds cannot be judged "
			 "here; cure: leave it empty, and name such clients in "
			 "internal-networks or trusted-relays",
			 maps);
	free(maps);
}

static bool
is_empty(const struct mta *mta, const char *name)
{
	char *value = mta_value(mta, name);
	bool empty = value[0] == '\0';

	free(value);
	return empty;
}

/* Its line of master.cf may take away what main.cf has. */
static void
tell_missing(struct mta *mta)
{
	struct mta of_main = *mta;
	bool empty = is_empty(mta, "smtpd_milters");
	struct buf cure;

	of_main.service = NULL;
	buf_init(&cure, NULL);
	if (postconf_overrides(mta->service, "smtpd_milters") &&
	    mta_leads_here(&of_main, "smtpd_milters")) {
		buf_adds(&cure, "take -o smtpd_milters out of its line in "
				"master.cf");
	} else {
		buf_adds(&cure, empty ? "smtpd_milters = " : "add ");
		mta_add_own_entry(mta, &cure);
		buf_adds(&cure, empty ? ""
				      : ", or correct the entry that "
					"should lead there");
	}
	mta_tell(mta, "smtpd_milters",
		 "no entry leads to \"listen: %.*s\", so mail is not checked; "
		 "cure: %s",
		 STR_ARG(mta->config->listen), cure.p);
	mta->plan->missing = true;
	mta_mend_missing(mta);
	buf_clear(&cure);
}

static void
tell_order(struct mta *mta)
{
	const char *place = mta->plan->order == MTA_FIRST ? "first" : "last";

	mta_tell(mta, "smtpd_milters",
		 "our entry shall be the %s, and is not; cure: put it there",
		 place);
	mta_mend_order(mta);
}

void
mta_check_milters(struct mta *mta)
{
	check_maps(mta);
	if (mta_has_word(mta, "receive_override_options", "no_milters")) {
		mta_tell(mta, "receive_override_options",
			 "no_milters switches smtpd_milters off, so mail is "
			 "not checked; cure: take the word out");
		mta_mend_without_word(mta, "receive_override_options",
				      "no_milters");
	} else {
		mta_check_answers(mta, "smtpd_milters", true);
		if (!check_entries(mta))
			tell_missing(mta);
		else if (!mta_is_in_order(mta))
			tell_order(mta);
	}
	check_syntax(mta);
}
