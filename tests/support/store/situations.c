#include "tests/support/store/situations.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/store/store_world.h"

#define BANK                                                \
	"bank.example TXT \"v=spf1 ip4:192.0.2.10 -all\"\n" \
	"bank.example TXT \"some-site-verification=1\"\n"   \
	"_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n"  \
	"s1._domainkey.bank.example TXT \"%P%\"\n"
#define UNI                                                      \
	"lists.uni.example TXT \"v=spf1 ip4:192.0.2.40 -all\"\n" \
	"k1._domainkey.lists.uni.example TXT \"%P%\"\n"          \
	"bank.example TXT \"v=spf1 ip4:192.0.2.10 -all\"\n"      \
	"_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n"
#define FROM_BOSS "From: Boss <boss@bank.example>"
#define TO_JANE                           \
	{                                 \
		"<jane@receiver.example>" \
	}

const struct situation_case situations[] = {
    {{.name = "spoof",
      .zone = BANK,
      .client = "198.51.100.66",
      .helo = "mail.attacker.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = {"<jane@receiver.example>", "<joe@receiver.example>"},
      .field = {FROM_BOSS, "Message-ID: <1@attacker.example>"},
      .body = "Hi.\r\n",
      .queue_id = "4SPOOF"},
     {"REFUSED  boss@bank.example -> jane@receiver.example and 1 more",
      "(550 5.7.26)", "it looks like a forgery",
      "Passes if the SPF record of bank.example lists 198.51.100.66",
      "or if     it is signed with d=bank.example"},
     "    from: bank.example\n    client: 198.51.100.66\n"},
    {{.name = "body changed",
      .zone = BANK,
      .client = "198.51.100.7",
      .helo = "gate.bank.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .sign = "d=bank.example; s=s1; t=1764453400",
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .changed_body = "Hi.\r\nChecked by our gateway.\r\n",
      .queue_id = "4BODY"},
     {"HELD", "body hash did not verify",
      "its signature d=bank.example s=s1 still fits when it arrives",
      "s1._domainkey.bank.example  \"v=DKIM1; k=ed25519"},
     "    client: 198.51.100.7\n"},
    {{.name = "key revoked",
      .zone = "_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n"
	      "s1._domainkey.bank.example TXT \"v=DKIM1; k=ed25519; p=\"\n",
      .client = "198.51.100.7",
      .helo = "mx.bank.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .sign = "d=bank.example; s=s1",
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4REVOKED"},
     {"key is revoked",
      "s1._domainkey.bank.example  \"v=DKIM1; k=ed25519; p=\"",
      "has its key in the DNS",
      "bank.example has an SPF record that lists 198.51.100.7"},
     "    client: 198.51.100.7\n"},
    {{.name = "quarantine",
      .zone = "shop.example TXT \"v=spf1 ip4:192.0.2.10 ~all\"\n"
	      "_dmarc.shop.example TXT \"v=DMARC1; p=quarantine\"\n",
      .config = "mode: enforce\non-quarantine: tag\ntag-filed: yes\n",
      .client = "2001:db8::7",
      .helo = "mx.other.example",
      .mail_from = "<news@shop.example>",
      .rcpt = TO_JANE,
      .field = {"From: news@shop.example"},
      .body = "Hi.\r\n",
      .queue_id = "4JUNK"},
     {"FILED AS JUNK", "asks to set aside mail"},
     "    client: \"2001:db8::7\"\n"},
    {{.name = "list",
      .zone = UNI,
      .client = "192.0.2.40",
      .client_name = "lists.uni.example",
      .helo = "lists.uni.example",
      .mail_from = "<club-bounces@lists.uni.example>",
      .rcpt = TO_JANE,
      .sign = "d=lists.uni.example; s=k1",
      .field = {FROM_BOSS, "List-Id: Club <club.lists.uni.example>"},
      .body = "Hi.\r\n",
      .queue_id = "4LIST"},
     {"HELD", "it looks like mail of a list",
      "it was set aside, and not refused",
      "MAIL FROM is of bank.example, and the SPF record there lists "
      "192.0.2.40"},
     "    dkim-domain: lists.uni.example\n    spf-domain: "
     "lists.uni.example\n    list-id: club.lists.uni.example\n"},
    {{.name = "forwarder",
      .zone = BANK,
      .config = ENFORCE "forwarders: [192.0.2.41]\n",
      .client = "192.0.2.41",
      .helo = "alumni.uni.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4FORWARD"},
     {"HELD",
      "it looks like forwarded mail (strong evidence: "
      "forwarder-network)",
      "from a forwarder of yours, 192.0.2.41"},
     "    client: 192.0.2.41\n"},
    {{.name = "rule",
      .zone = "pal.example TXT \"v=spf1 ip4:192.0.2.77 -all\"\n"
	      "_dmarc.pal.example TXT \"v=DMARC1; p=reject\"\n",
      .config = ENFORCE "rules:\n"
			"  - name: no-pals-secret\n"
			"    from: pal.example\n"
			"    action: reject\n"
			"    reason: \"we fell out\"\n",
      .client = "192.0.2.77",
      .helo = "mx.pal.example",
      .mail_from = "<joe@pal.example>",
      .rcpt = TO_JANE,
      .field = {"From: joe@pal.example"},
      .body = "Hi.\r\n",
      .queue_id = "4RULE"},
     {"REFUSED", "your rule no-pals-secret: we fell out",
      "your rule no-pals-secret does not match it"},
     "    dmarc: pass\n"},
    {{.name = "let in by a rule",
      .zone = BANK,
      .config = ENFORCE "rules:\n"
			"  - name: their-old-host\n"
			"    from: bank.example\n"
			"    client: 198.51.100.77\n"
			"    action: accept\n",
      .client = "198.51.100.77",
      .helo = "mx.old.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4LETIN"},
     {"DELIVERED", "your rule their-old-host",
      "Passes if the SPF record of bank.example lists 198.51.100.77",
      "or if     it is signed with d=bank.example"},
     NULL},
    {{.name = "bad From",
      .zone = BANK,
      .client = "198.51.100.9",
      .helo = "mx.other.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .field = {FROM_BOSS, "From: joe@other.example"},
      .body = "Hi.\r\n",
      .queue_id = "4FROM"},
     {"REFUSED", "bad From", "it has one From field",
      "No rule   no rule lets in mail whose From field"},
     ""},
    {{.name = "deferred",
      .zone = "_dmarc.bank.example !servfail\n",
      .client = "198.51.100.9",
      .helo = "mx.bank.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4DEFER",
      .deferrals = 1},
     {"PUT OFF", "(451 4.7.5)", "put off for the 2. time, after 5 times",
      "it is sent again", "_dmarc.bank.example  failure"},
     "    client: 198.51.100.9\n"},
    {{.name = "deferrals spent",
      .zone = "bank.example !servfail\n"
	      "_dmarc.bank.example TXT \"v=DMARC1; p=reject\"\n",
      .client = "198.51.100.9",
      .helo = "mx.bank.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4SPENT",
      .deferrals = 7},
     {"HELD", "it has been put off as often as it may be"},
     "    client: 198.51.100.9\n"},
    {{.name = "no memory",
      .zone = BANK,
      .client = "198.51.100.9",
      .helo = "mx.bank.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4MEMORY",
      .hindrance = HINDRANCE_MEMORY},
     {"PUT OFF", "max-memory: the memory for messages is used up",
      "it is sent again", "No rule   it was put off for want of room"},
     ""},
    {{.name = "monitor",
      .zone = BANK,
      .config = "mode: monitor\n",
      .client = "198.51.100.66",
      .helo = "mail.attacker.example",
      .mail_from = "<x@attacker.example>",
      .rcpt = TO_JANE,
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4MONITOR"},
     {"DELIVERED (REFUSED in mode enforce)  boss@bank.example",
      "bank.example asks to refuse"},
     "    client: 198.51.100.66\n"},
    {{.name = "authenticated",
      .zone = BANK,
      .config = ENFORCE "rules:\n"
			"  - name: no-logins\n"
			"    smtp-auth: yes\n"
			"    action: reject\n",
      .client = "203.0.113.5",
      .helo = "laptop",
      .mail_from = "<jane@receiver.example>",
      .rcpt = {"<boss@bank.example>"},
      .smtp_auth = true,
      .field = {"From: jane@receiver.example"},
      .body = "Hi.\r\n",
      .queue_id = "4LOGIN"},
     {"REFUSED", "your rule no-logins"},
     "    smtp-auth: yes\n    client: 203.0.113.5\n"},
    {{.name = "relay",
      .zone = BANK,
      .config = ENFORCE "trusted-relays: [192.0.2.25]\n",
      .client = "192.0.2.25",
      .helo = "mx2.receiver.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4RELAY"},
     {"HELD", "it came over a relay of yours",
      "No rule   nothing tells it from a forgery"},
     ""},
    {{.name = "own subdomain",
      .zone = "sub.bank.example TXT \"v=spf1 ip4:192.0.2.11 -all\"\n"
	      "bank.example TXT \"v=spf1 -all\"\n"
	      "_dmarc.bank.example TXT \"v=DMARC1; p=reject; aspf=s\"\n",
      .client = "192.0.2.11",
      .helo = "mx.sub.bank.example",
      .mail_from = "<news@sub.bank.example>",
      .rcpt = TO_JANE,
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4STRICT"},
     {"it looks like the domain's own mail, set up wrongly",
      "MAIL FROM is of bank.example itself, which aspf=s asks for"},
     "    spf-domain: sub.bank.example\n"},
    {{.name = "no policy wanted",
      .zone = "_dmarc.soft.example TXT \"v=DMARC1; p=none\"\n",
      .client = "198.51.100.66",
      .helo = "mx.other.example",
      .mail_from = "<a@soft.example>",
      .rcpt = TO_JANE,
      .field = {"From: a@soft.example"},
      .body = "Hi.\r\n",
      .queue_id = "4NONE"},
     {"DELIVERED  a@soft.example", "asks for nothing with mail",
      "so it goes on as others do"},
     NULL},
    {{.name = "fine",
      .zone = BANK,
      .client = "192.0.2.10",
      .helo = "mx.bank.example",
      .mail_from = "<boss@bank.example>",
      .rcpt = TO_JANE,
      .sign = "d=bank.example; s=s1",
      .field = {FROM_BOSS},
      .body = "Hi.\r\n",
      .queue_id = "4FINE"},
     {"DELIVERED  boss@bank.example -> jane@receiver.example",
      "SPF and DKIM prove that it is from bank.example"},
     NULL},
};

const size_t situations_n = sizeof situations / sizeof situations[0];

struct situation_store situations_store;

int
situations_setup(void **state)
{
	store_world_setup(state);
	situation_open(&situations_store);
	for (size_t i = 0; i < situations_n; i++)
		situation_feed(&situations_store, &situations[i].is,
			       SITUATION_NOW);
	situation_write(&situations_store);
	return 0;
}

int
situations_teardown(void **state)
{
	situation_close(&situations_store);
	return store_world_teardown(state);
}

const struct tell_rule_options situations_rule = {.now = SITUATION_NOW};

void
situations_find(struct arena *arena, const char *queue_id,
		struct verdict *verdict, struct tell_known *known)
{
	situation_find(&situations_store, arena, queue_id, verdict);
	if (!tell_know(situations_store.store, arena, verdict, known))
		fail_msg("%s", store_error(situations_store.store)->text);
}

/* Below the configuration that was in force, above its own rules. */
const char *
situations_with_rule(struct arena *arena, const char *config, struct str yaml)
{
	const struct str head = str_lit("rules:\n");
	const char *own = config != NULL ? config : ENFORCE;
	const char *rules = strstr(own, head.p);
	size_t before = rules != NULL ? (size_t)(rules - own) : strlen(own);

	return arena_printf(arena, "%.*srules:\n%.*s%s", (int)before, own,
			    STR_ARG(yaml), rules != NULL ? rules + head.n : "")
	    .p;
}

int
situations_main(const char *name, const struct CMUnitTest *tests, size_t n)
{
	void *state = NULL;
	int failed;

	/* Times are shown in the zone of who calls. */
	setenv("TZ", "UTC", 1);
	if (situation_group_setup(&state) != 0)
		return 1;
	failed = store_world_run_tests(name, tests, n);
	situation_group_teardown(&state);
	return failed;
}
