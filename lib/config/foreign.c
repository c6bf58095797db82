#include "config/foreign.h"

#define DMARC "OpenDMARC", "--from-opendmarc"
#define DKIM "OpenDKIM", "--from-opendkim"
#define SPF "policyd-spf", "--from-policyd-spf"
#define RSPAMD "rspamd", "--from-rspamd"

/* In real files at least one of these stands; what follows the name there is
   told by `next`. */
static const struct {
	const char *program, *option, *word;
	char next; /* ' ': a blank */
	bool shared;
} words[] = {
    {DMARC, "FailureReports", ' ', false},
    {DMARC, "HistoryFile", ' ', false},
    {DMARC, "HoldQuarantinedMessages", ' ', false},
    {DMARC, "IgnoreAuthenticatedClients", ' ', false},
    {DMARC, "IgnoreHosts", ' ', false},
    {DMARC, "IgnoreMailFrom", ' ', false},
    {DMARC, "PublicSuffixList", ' ', false},
    {DMARC, "RejectFailures", ' ', false},
    {DMARC, "SPFIgnoreResults", ' ', false},
    {DMARC, "SPFSelfValidate", ' ', false},
    {DMARC, "TrustedAuthservIDs", ' ', false},
    {DKIM, "Canonicalization", ' ', false},
    {DKIM, "Domain", ' ', false},
    {DKIM, "ExternalIgnoreList", ' ', false},
    {DKIM, "InternalHosts", ' ', false},
    {DKIM, "KeyFile", ' ', false},
    {DKIM, "KeyTable", ' ', false},
    {DKIM, "LogWhy", ' ', false},
    {DKIM, "Mode", ' ', false},
    {DKIM, "On-BadSignature", ' ', false},
    {DKIM, "On-Default", ' ', false},
    {DKIM, "OversignHeaders", ' ', false},
    {DKIM, "PeerList", ' ', false},
    {DKIM, "Selector", ' ', false},
    {DKIM, "SigningTable", ' ', false},
    {DKIM, "SubDomains", ' ', false},
    {DKIM, "SyslogSuccess", ' ', false},
    {DKIM, "TrustAnchorFile", ' ', false},
    {SPF, "debugLevel", '=', false},
    {SPF, "defaultSeedOnly", '=', false},
    {SPF, "HELO_reject", '=', false},
    {SPF, "Mail_From_reject", '=', false},
    {SPF, "PermError_reject", '=', false},
    {SPF, "skip_addresses", '=', false},
    {SPF, "TempError_Defer", '=', false},
    {SPF, "TestOnly", '=', false},
    {RSPAMD, "dmarc", '{', false},
    {RSPAMD, "spf", '{', false},
    {RSPAMD, "dkim", '{', false},
    {RSPAMD, "arc", '{', false},
    {RSPAMD, "milter_headers", '{', false},
    /* Both have these; the file that only holds such is likelier the short
       one. */
    {DMARC, "AuthservID", ' ', true},
    {DMARC, "PidFile", ' ', true},
    {DMARC, "Socket", ' ', true},
    {DMARC, "Syslog", ' ', true},
    {DMARC, "UMask", ' ', true},
    {DMARC, "UserID", ' ', true},
};

static bool
begins(struct str line, size_t i)
{
	struct str name = str_of(words[i].word);
	struct str rest = str_from(line, name.n);

	if (words[i].next != ' ')
		return str_starts(line, name) &&
		       str_starts(str_trim_wsp(rest), str_n(&words[i].next, 1));
	/* "mode : monitor" is ours. */
	return str_starts_nocase(line, name) && rest.n > 0 &&
	       ascii_is_wsp(rest.p[0]) &&
	       !str_starts(str_trim_wsp(rest), str_lit(":"));
}

#define WORDS (sizeof words / sizeof words[0])

bool
foreign_find(struct str text, struct foreign *foreign_out)
{
	/* Of its own, and of one that both have. */
	struct foreign own = {.line = 0}, shared = {.line = 0};
	struct str line;
	size_t lines = 0;

	for (size_t number = 1; str_split(&text, '\n', &line); number++) {
		size_t i = 0;
		line = str_trim_wsp(line);
		while (i < WORDS && !begins(line, i))
			i++;
		if (i == WORDS)
			continue;
		struct foreign *first = words[i].shared ? &shared : &own;
		if (first->line == 0)
			*first = (struct foreign){.program = words[i].program,
						  .option = words[i].option,
						  .word = words[i].word,
						  .line = number};
		lines++;
	}
	if (lines == 0)
		return false;
	*foreign_out = own.line > 0 ? own : shared;
	foreign_out->lines = lines;
	return true;
}
