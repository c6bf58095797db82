#include "verify/facts.h"

#include <string.h>

#include "base/limits.h"
#include "mail/recipient.h"

/* The list doubles whenever it has grown to a power of two. */
static void
append(struct arena *arena, struct verdict *verdict, struct str text)
{
	size_t n = verdict->recipients;
	struct str *list;

	list = n == 0 || (n & (n - 1)) == 0
		   ? arena_array(arena, n == 0 ? 1 : 2 * n, sizeof *list)
		   : (struct str *)(uintptr_t)verdict->recipient;
	if (n > 0 && list != verdict->recipient)
		memcpy(list, verdict->recipient, n * sizeof *list);
	list[n] = text;
	verdict->recipient = list;
	verdict->recipients = n + 1;
}

void
facts_add_recipient(struct arena *arena, struct verdict *verdict,
		    struct str path)
{
	if (path.n == 0)
		return;
	if (verdict->recipients == LIMIT_RECIPIENTS_KEPT) {
		verdict->recipients_dropped++;
		return;
	}
	/* One octet more shows that it is too long. */
	path = str_first(recipient_bare(path), LIMIT_MAILBOX + 1);
	append(arena, verdict, arena_copy(arena, path));
}

void
facts_before_results(struct verdict *verdict)
{
	verdict->spf = (struct spf_outcome){
	    .result = SPF_NONE,
	    .scope = verdict->mail_from_null ? SPF_HELO : SPF_MAILFROM,
	    .domain = verdict->mail_from_null ? str_empty()
					      : verdict->mail_from_domain,
	    .explanation = str_empty(),
	    .reason = verdict->client_class == CLIENT_RELAY
			  ? str_lit("trusted relay")
			  : str_lit("not checked"),
	    .mechanism = str_empty(),
	};
	verdict->from.state = FROM_MISSING;
	verdict->from.reason = "";
}
