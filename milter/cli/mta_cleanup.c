/* What changes a message, or what we wrote into it, before it is read. */
#include <stdlib.h>

#include "milter/cli/mta_parts.h"

static void
check_table(struct mta *mta, const char *name, const char *what)
{
	char *tables = mta_value(mta, name);

	if (tables[0] != '\0')
		mta_tell(mta, name,
			 "what \"%s\" does cannot be judged here: it can %s; "
			 "cure: leave it empty",
			 tables, what);
	free(tables);
}

static void
check_missing_headers(struct mta *mta)
{
	char *add = mta_value(mta, "always_add_missing_headers");

	if (add[0] != '\0' && !str_is_nocase(str_of(add), "no"))
		mta_tell(mta, "always_add_missing_headers",
			 "\"%s\" gives mail of strangers that has no From the "
			 "one of its envelope, which on-bad-from then never "
			 "sees; cure: always_add_missing_headers = no",
			 add);
	free(add);
}

static void
check_own_programs(struct mta *mta)
{
	char *classes = mta_value(mta, "internal_mail_filter_classes");

	if (mta_leads_here(mta, "non_smtpd_milters")) {
		mta_tell(mta, "non_smtpd_milters",
			 "mail of this host's own programs has no client to "
			 "check; cure: take verdict-milter out");
		if (classes[0] != '\0')
			mta_tell(mta, "internal_mail_filter_classes",
				 "\"%s\" sends what Postfix itself writes "
				 "through verdict-milter; cure: take it out of "
				 "non_smtpd_milters",
				 classes);
	}
	free(classes);
}

void
mta_check_cleanup(struct mta *mta)
{
	check_table(mta, "milter_header_checks",
		    "change or remove the fields that verdict-milter writes");
	check_missing_headers(mta);
	check_own_programs(mta);
}

void
mta_check_delivery(struct mta *mta)
{
	static const char *const checks[] = {
	    "smtp_header_checks",        "smtp_mime_header_checks",
	    "smtp_nested_header_checks", "lmtp_header_checks",
	    "lmtp_mime_header_checks",   "lmtp_nested_header_checks"};
	static const char *const maps[] = {"smtp_generic_maps",
					   "lmtp_generic_maps"};
	char own = mta->service != NULL ? mta->service->command[0] : '\0';

	/* The program smtp is a client of both protocols, by its name. */
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
		if (own == '\0' || checks[i][0] == own)
			check_table(mta, checks[i],
				    "change or remove header fields after they "
				    "were checked, From too");
	for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
		if (own == '\0' || maps[i][0] == own)
			check_table(mta, maps[i],
				    "rewrite the addresses of header fields "
				    "after they were checked, From too");
}
