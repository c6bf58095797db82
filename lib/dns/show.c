/* What the cache knows, as text for people. */
#include "base/line.h"
#include "dns/ask.h"

static void
add_record(struct buf *out, enum dns_type type, const struct dns_rr *rr)
{
	char ip[IP_TEXT_MAX];

	buf_printf(out, "  %s ", dns_type_text(type));
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		buf_adds(out, ip_format(rr->ip, ip));
		break;
	case DNS_MX:
		buf_printf(out, "%u ", rr->preference);
		line_add(out, LINE_ESCAPED, rr->text, LINE_WHOLE);
		break;
	case DNS_PTR:
	case DNS_TXT:
		line_add(out, LINE_ESCAPED, rr->text, LINE_WHOLE);
		break;
	}
	buf_addc(out, '\n');
}

static void
add_answer(struct buf *out, const struct dns_answer *answer, int64_t left_ms)
{
	buf_printf(out, "%s: %s", dns_type_text(answer->type),
		   dns_status_text(answer->status));
	if (answer->reason[0] != '\0')
		buf_printf(out, " (%s)", answer->reason);
	buf_printf(out, ", for %lld s\n", (long long)(left_ms + 999) / 1000);
	for (size_t i = 0; i < answer->count; i++)
		add_record(out, answer->type, &answer->rr[i]);
}

bool
dns_resolver_show(struct dns_resolver *resolver, struct str name,
		  struct buf *out)
{
	static const enum dns_type type[] = {DNS_A, DNS_AAAA, DNS_MX, DNS_PTR,
					     DNS_TXT};
	bool found = false;

	for (size_t i = 0; i < sizeof type / sizeof type[0]; i++) {
		struct dns_key key;
		int64_t left_ms;

		dns_key_make(dns_resolver_siphash_key(resolver), name, type[i],
			     &key);
		struct dns_answer *answer =
		    dns_resolver_peek(resolver, &key, &left_ms);
		if (answer == NULL)
			continue;
		add_answer(out, answer, left_ms);
		dns_answer_unref(answer);
		found = true;
	}
	return found;
}
