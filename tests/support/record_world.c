#include "tests/support/record_world.h"

#include <string.h>

#define V4(a, b, c, d)                                   \
	{                                                \
		.family = IP_V4, .octet = { a, b, c, d } \
	}

static const struct client_element relay = {.by = CLIENT_BY_NETWORK,
					    .network = {V4(192, 0, 2, 0), 24}};
static const struct client_element forwarder = {.by = CLIENT_BY_DOMAIN,
						.domain = STR("lists.example")};

static const struct str recipients[] = {STR("joe@receiver.example"),
					STR("eve@receiver.example"),
					STR("odd \xff\"@x")};

static const struct client_spf client_spf[] = {
    {STR("provider.example"), SPF_PASS, true, STR("mx")},
    {STR("other.example"), SPF_TEMPERROR, false, STR("timeout")},
};

static const struct dkim_outcome signatures[] = {
    {.result = DKIM_FAIL,
     .domain = STR("sender.example"),
     .selector = STR("s1"),
     .algorithm = STR("rsa-sha256"),
     .identity = STR("@sender.example"),
     .b_start = STR("AbCdEfGh"),
     .reason = STR("body hash did not verify"),
     .stopped_at = DKIM_STEP_BODY,
     .tried = true,
     .header_verifies = true},
    {.result = DKIM_TEMPERROR,
     .domain = STR("lists.example"),
     .selector = STR("k1"),
     .algorithm = STR("ed25519-sha256"),
     .identity = STR("joe@lists.example"),
     .b_start = STR("AbCdEfXyz"),
     .reason = STR("TXT lookup of k1._domainkey.lists.example timed out"),
     .stopped_at = DKIM_STEP_LOOKUP,
     .troubled = STR("k1._domainkey.lists.example"),
     .tried = true,
     .key_testing = true,
     .header_undecided = true},
    {.result = DKIM_NEUTRAL,
     .domain = STR("x.example"),
     .reason = STR("unknown algorithm in a="),
     .stopped_at = DKIM_STEP_FIELD},
};

static const struct arc_hop seals[] = {
    {.instance = 1, .domain = STR("a.example"), .selector = STR("s1")},
    {.instance = 2, .domain = STR("lists.example"), .selector = STR("k1")},
};

static const struct verdict_removed removed[] = {{STR("X-Tag"), 2},
						 {STR("other"), 1}};

static const struct dns_question questions[] = {
    {.name = STR("_dmarc.news.sender.example"),
     .type = DNS_TXT,
     .status = DNS_NXDOMAIN,
     .ttl = 900},
    {.name = STR("_dmarc.sender.example"),
     .type = DNS_TXT,
     .status = DNS_OK,
     .ttl = 3600,
     .digest = "0123456789abcde"},
    {.name = STR("s1._domainkey.sender.example"),
     .type = DNS_TXT,
     .status = DNS_OK,
     .ttl = 300,
     .digest = "fedcba987654321"},
    {.name = STR("sender.example"),
     .type = DNS_TXT,
     .status = DNS_OK,
     .ttl = 3599,
     .digest = "ABCDEFGHIJKLMNO"},
    {.name = STR("k1._domainkey.lists.example"),
     .type = DNS_TXT,
     .status = DNS_TIMEOUT},
    {.name = STR("mx.sender.example"), .type = DNS_A, .status = DNS_OK},
    {.name = STR("mx.sender.example"), .type = DNS_AAAA, .status = DNS_NODATA},
    {.name = STR("sender.example"), .type = DNS_MX, .status = DNS_FAILED},
    {.name = STR("1.2.0.192.in-addr.arpa"), .type = DNS_PTR},
    {.name = STR("_dmarc."), .type = DNS_TXT, .status = DNS_LIMIT},
    {.name = STR("odd.\xff.example"), .type = DNS_TXT, .status = DNS_TOO_MANY},
};

static void
set_facts(struct verdict *v)
{
	v->client_class = CLIENT_RELAY;
	v->client = (struct ip)V4(192, 0, 2, 7);
	v->client_name = str_lit("out.lists.example");
	v->iprev = IPREV_PASS;
	v->relay = &relay;
	v->helo = str_lit("helo.lists.example");
	v->seen = (struct verdict_seen){
	    .asked = true,
	    .client = {.family = IP_V6, .octet = {0x20, 1, 0xd, 0xb8}},
	    .helo = str_lit("far.example"),
	    .time = 1699999000,
	    .reason = ""};
	v->mail_from_known = true;
	v->mail_from = str_lit("bounces@lists.example");
	v->mail_from_local = str_lit("bounces");
	v->mail_from_domain = str_lit("lists.example");
	v->now = 1700000000;
	v->queue_id = str_lit("4FwD1b");
	v->message_id = str_lit("<1@news.sender.example>");
	v->recipient = recipients;
	v->recipients = 3;
	v->recipients_dropped = 4;
	v->rewriting = ADDRESSES_CANONIFIED;
	v->list = (struct mail_list){true, str_lit("l.lists.example")};
	v->header_fields = 30;
	v->header_dropped = 1;
	v->header_octets = 4321;
	v->body_octets = (size_t)5 << 32;
	v->from = (struct verdict_from){
	    .state = FROM_SEVERAL,
	    .domain = {STR("news.sender.example"), STR("x.example")},
	    .count = 2,
	    .shown = 1,
	    .address = {{STR("Joe"), STR("news.sender.example")},
			{STR("a@b"), STR("x.example")}},
	    .addresses = 2,
	    .addresses_sure = true,
	    .shows_domain = true,
	    .reason = "what is shown cannot be read",
	};
}

static void
set_results(struct verdict *v)
{
	v->spf = (struct spf_outcome){
	    .result = SPF_FAIL,
	    .scope = SPF_HELO,
	    .domain = str_lit("lists.example"),
	    .explanation = str_lit("not ours"),
	    .reason = str_lit("-all"),
	    .mechanism = str_lit("-all"),
	    .troubled = str_lit("t.lists.example"),
	    .for_anybody = true,
	};
	v->client_spf = client_spf;
	v->client_spfs = 2;
	v->dkim = (struct dkim_results){signatures, 3, 2, 1};
	v->arc = (struct arc_results){.result = ARC_PASS,
				      .reason = str_lit("r"),
				      .oldest_pass = 2,
				      .hop = seals,
				      .count = 2,
				      .keys_exhausted = true};
	v->arc_trusted = 1;
	v->arc_run = 2;
	v->dmarc.count = 2;
	v->dmarc.decisive = 1;
	v->dmarc.outcome[0] = (struct dmarc_outcome){
	    .result = DMARC_TEMPERROR,
	    .from = str_lit("news.sender.example"),
	    .org_trouble = str_lit("TXT lookup of a timed out"),
	    .policy_tag = "p",
	    .policy_unknown = true,
	    .spf_aligned = true,
	    .reason = str_lit("TXT lookup of b timed out"),
	    .troubled = str_lit("b"),
	};
	v->dmarc.outcome[1] = (struct dmarc_outcome){
	    .result = DMARC_FAIL,
	    .from = str_lit("x.example"),
	    .org_domain = str_lit("x.example"),
	    .has_record = true,
	    .policy_domain = str_lit("x.example"),
	    .published = DMARC_P_REJECT,
	    .policy = DMARC_P_QUARANTINE,
	    .testing = true,
	    .policy_tag = "np",
	    .record = {.p = DMARC_P_NONE,
		       .sp = DMARC_P_QUARANTINE,
		       .np = DMARC_P_REJECT,
		       .has_sp = true,
		       .has_np = true,
		       .psd = DMARC_PSD_Y,
		       .dkim_strict = true,
		       .spf_strict = true},
	    .dkim_aligned = true,
	    .org_domain_is_public_suffix = true,
	    .reason = str_lit("no aligned identifier"),
	};
}

static void
set_decision(struct verdict *v)
{
	v->limits = VERDICT_LIMIT_DNS_QUESTIONS | VERDICT_LIMIT_DNS_RECORDS;
	v->dns = (struct dns_usage){.questions = 14,
				    .prefetches = 5,
				    .sent = 6,
				    .late = 7,
				    .waited_us = 1234567,
				    .questions_exhausted = true,
				    .records_exhausted = true};
	v->question = questions;
	v->questions = sizeof questions / sizeof questions[0];
	v->total_us = 7654321;
	v->decision = (struct decision){
	    .action = ACTION_QUARANTINE,
	    .applied = ACTION_ACCEPT,
	    .how = QUARANTINE_HOLD,
	    .wants = "on-quarantine",
	    .cause = CAUSE_RULE,
	    .deferral = 2,
	    .deferrals_allowed = 5,
	    .deferrals_spent = true,
	    .reason = str_lit("rule strict"),
	    .shape = {SHAPE_LIST, true, str_lit("forwarder-name,list-fields"),
		      &forwarder},
	    .rule = str_lit("strict"),
	    .monitored_rule = str_lit("later"),
	    .monitored_action = ACTION_DISCARD,
	    .unjudged = str_empty(),
	    .reply_code = "451",
	    .reply_xcode = "4.7.1",
	    .reply_text = str_lit("Not now\nhttps://receiver.example/"),
	};
	v->removed = removed;
	v->removed_names = 2;
	v->hindrance = HINDRANCE_CHANGES;
}

struct verdict
record_world_verdict(struct arena *arena)
{
	struct header *header = arena_alloc(arena, sizeof *header);
	struct verdict verdict = {.header = header};

	header_init(header, arena, NULL);
	(void)header_add(header, str_lit("Subject"), str_lit(" A Secret"));
	(void)header_add(header, str_lit("X-Y"), str_lit(" =?utf-8?q?one?="));
	(void)header_add(header, str_lit("subject"), str_lit(" Again"));
	set_facts(&verdict);
	set_results(&verdict);
	set_decision(&verdict);
	return verdict;
}
