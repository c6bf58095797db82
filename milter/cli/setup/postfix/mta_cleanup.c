/* What changes a message, or what we wrote into it, before it is read. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "milter/cli/setup/postfix/mta_parts.h"
#include "policy/rules.h"

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
		mta_mend_without_us(mta, "non_smtpd_milters");
		if (classes[0] != '\0')
			mta_tell(mta, "internal_mail_filter_classes",
				 "\"%s\" sends what Postfix itself writes "
				 "through verdict-milter; cure: take it out of "
				 "non_smtpd_milters",
				 classes);
	}
	mta_check_answers(mta, "non_smtpd_milters", false);
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

/* From is judged as if lines up to LIMIT_LINE stayed whole; 0: all do. */
static void
check_line_length(struct mta *mta, const char *name)
{
	char *limit = mta_value(mta, name);
	uint64_t octets;

	if (str_uint(str_of(limit), UINT32_MAX, &octets) && octets != 0 &&
	    octets < LIMIT_LINE)
		mta_tell(mta, name,
			 "\"%s\" folds lines of header fields that were judged "
			 "whole, and a From so folded may show another author; "
			 "cure: %s = %d",
			 limit, name, LIMIT_LINE);
	free(limit);
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
	static const char *const lengths[] = {"smtp_line_length_limit",
					      "lmtp_line_length_limit"};
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
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
		if (own == '\0' || lengths[i][0] == own)
			check_line_length(mta, lengths[i]);
}

/* --- recipients --- */

static bool
names_recipients(const struct rules *rules)
{
	for (size_t i = 0; rules != NULL && i < rules->count; i++) {
		const struct rule *rule = &rules->rule[i];
		for (size_t k = 0; k < rule->conditions; k++) {
			enum rule_subject subject = rule->condition[k].subject;
			if (subject == RULE_RECIPIENT ||
			    subject == RULE_ANY_RECIPIENT)
				return true;
		}
	}
	return false;
}

void
mta_check_recipients(struct mta *mta)
{
	char *delimiters = mta_value(mta, "recipient_delimiter");

	if (delimiters[strspn(delimiters, "+")] != '\0' &&
	    names_recipients(mta->config->policy.rules))
		mta_tell(mta, "recipient_delimiter",
			 "\"%s\" gives mailboxes more names than your rules on "
			 "recipients know, which see an extension after \"+\" "
			 "only; cure: recipient_delimiter = +",
			 delimiters);
	free(delimiters);
}
