/* Octets that hide mail from a milter, or split it. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "milter/cli/setup/postfix/mta_parts.h"

/* --- line ends --- */

/* Words that Postfix has for smtpd_forbid_bare_newline, any version; they have
   no case.  The first set is as good as we need. */
static bool
is_one_of(const char *word, const char *const list[])
{
	size_t i = 0;

	while (list[i] != NULL && !str_is_nocase(str_of(word), list[i]))
		i++;
	return list[i] != NULL;
}

void
mta_check_newlines(struct mta *mta)
{
	static const char *const safe[] = {"yes", "normalize", "note", "reject",
					   NULL};
	static const char *const unsafe[] = {"no", "", NULL};
	const char *name = "smtpd_forbid_bare_newline";
	char *newline = postconf_value(mta->postconf, mta->service, name);

	if (newline == NULL) {
		mta_tell(mta, name,
			 "this Postfix does not know it, so mail can be "
			 "smuggled past a check; cure: update Postfix");
		return;
	}
	bool good = is_one_of(newline, safe);
	if (is_one_of(newline, unsafe))
		mta_tell(mta, name,
			 "\"%s\" lets mail be smuggled past a check; cure: "
			 "smtpd_forbid_bare_newline = yes",
			 newline);
	else if (!good)
		mta_tell(mta, name,
			 "what \"%s\" does cannot be judged here; cure: "
			 "smtpd_forbid_bare_newline = yes",
			 newline);
	else
		mta_check_clients(mta, "smtpd_forbid_bare_newline_exclusions",
				  "can smuggle mail past a check", true);
	if (!good)
		mta_mend(mta, name, "yes");
	free(newline);
}

/* --- octets in a message --- */

static char
simple_escape(char c)
{
	static const char letters[] = "abfnrtv", octets[] = "\a\b\f\n\r\t\v";
	const char *at = strchr(letters, c);

	return c != '\0' && at != NULL ? octets[at - letters] : c;
}

/* Does the set of octets, in Postfix's notation of C escapes, hold it? */
static bool
holds(const char *set, char octet)
{
	while (*set != '\0') {
		char c = *set++;
		if (c == '\\' && *set == '\0')
			break;
		if (c == '\\' && *set >= '0' && *set <= '7') {
			unsigned value = 0;
			for (int i = 0; i < 3 && *set >= '0' && *set <= '7';
			     i++)
				value = value * 8 + (unsigned)(*set++ - '0');
			c = (char)(unsigned char)value;
		} else if (c == '\\') {
			c = simple_escape(*set++);
		}
		if (c == octet)
			return true;
	}
	return false;
}

static bool
is_kept_out(const struct mta *mta, char octet)
{
	char *reject = mta_value(mta, "message_reject_characters");
	char *strip = mta_value(mta, "message_strip_characters");
	bool out = holds(reject, octet) || holds(strip, octet);

	free(strip);
	free(reject);
	return out;
}

/* Beside what is rejected already. */
static void
reject(struct mta *mta, char octet, const char *escape)
{
	const char *name = "message_reject_characters";
	char *written = mta_written(mta, name);
	struct buf set;

	buf_init(&set, NULL);
	buf_printf(&set, "%s%s", written, holds(written, octet) ? "" : escape);
	/* Not a list: a blank is an octet of the set, too. */
	if (strpbrk(written, " ,") == NULL)
		mta_mend(mta, name, set.p);
	buf_clear(&set);
	free(written);
}

void
mta_check_octets(struct mta *mta)
{
	char *stray = postconf_value(mta->postconf, mta->service,
				     "cleanup_replace_stray_cr_lf");
	bool replaced = stray != NULL && str_is_nocase(str_of(stray), "yes");

	if (!is_kept_out(mta, '\0')) {
		mta_tell(mta, "message_reject_characters",
			 "what follows a NUL is hidden from a milter, but not "
			 "from every mail program; cure: "
			 "message_reject_characters = \\0");
		reject(mta, '\0', "\\0");
	}
	if (!replaced && !is_kept_out(mta, '\r')) {
		mta_tell(mta, "cleanup_replace_stray_cr_lf",
			 "%s%s%s, so a carriage return within a header field "
			 "is handed on, which other programs take for a line "
			 "end; cure: cleanup_replace_stray_cr_lf = yes, or "
			 "message_reject_characters = \\0\\r",
			 stray != NULL ? "\"" : "this Postfix does not know it",
			 stray != NULL ? stray : "", stray != NULL ? "\"" : "");
		if (stray != NULL)
			mta_mend(mta, "cleanup_replace_stray_cr_lf", "yes");
		else
			reject(mta, '\r', "\\r");
	}
	free(stray);
}
