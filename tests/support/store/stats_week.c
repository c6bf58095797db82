#include "tests/support/store/stats_week.h"

#include "tests/support/store/stats_world.h"

#define HOUR STATS_WORLD_HOUR
#define DAY STATS_WORLD_DAY
#define MAIL(mail) stats_world_mail(mail, sizeof(mail) / sizeof((mail)[0]))

const char stats_week_rules[] =
    "on-quarantine: hold\n"
    "authserv-id: mx.receiver.example\n"
    "rules:\n"
    "  - name: broken-partner\n"
    "    client: 192.0.2.44\n"
    "    from: partner.example\n"
    "    action: accept\n"
    "    owner: \"jane@receiver.example\"\n"
    "    reason: \"they mend their SPF record in December\"\n"
    "    expires: 2026-12-05\n"
    "  - name: old-list\n"
    "    client: 192.0.2.45\n"
    "    action: accept\n"
    "    expires: 2026-10-01\n"
    "  - name: lookalikes\n"
    "    from: [bank-example.example, bonk.example]\n"
    "    action: reject\n"
    "    owner: \"security@receiver.example\"\n";

#define GOOD(domain, at, n, every)                                      \
	{                                                               \
		.from = domain, .policy = DMARC_P_REJECT, .client = at, \
		.spf = domain, .dkim = domain, .count = n,              \
		.ago = 7 * DAY - HOUR, .each = every                    \
	}

static const struct stats_mail week[] = {
    GOOD("bank.example", "192.0.2.10", 1003, 600),
    GOOD("bank.example", "192.0.2.11", 400, 1500),
    GOOD("shop.example", "192.0.2.20", 2100, 285),
    GOOD("uni.example", "192.0.2.30", 900, 660),
    GOOD("partner.example", "192.0.2.41", 120, 5000),
    {.from = "letters.example",
     .no_policy = true,
     .client = "192.0.2.50",
     .spf = "letters.example",
     .count = 700,
     .ago = 7 * DAY - HOUR,
     .each = 850},
    /* a forger, most of it on one day */
    {.from = "bank.example",
     .policy = DMARC_P_REJECT,
     .client = "198.51.100.66",
     .count = 96,
     .ago = 3 * DAY,
     .each = 300},
    {.from = "bank.example",
     .policy = DMARC_P_REJECT,
     .client = "198.51.100.9",
     .count = 40,
     .ago = 5 * DAY,
     .each = 9000},
    {.from = "shop.example",
     .policy = DMARC_P_QUARANTINE,
     .client = "198.51.100.67",
     .count = 31,
     .ago = 6 * DAY,
     .each = 16000},
    /* a list */
    {.from = "uni.example",
     .policy = DMARC_P_REJECT,
     .client = "192.0.2.60",
     .name = "lists.uni.example",
     .spf = "lists.uni.example",
     .dkim = "lists.uni.example",
     .broken = "uni.example",
     .list = "staff.lists.uni.example",
     .count = 88,
     .ago = 6 * DAY,
     .each = 5800},
    /* a forwarder */
    {.from = "shop.example",
     .policy = DMARC_P_REJECT,
     .client = "192.0.2.70",
     .name = "mx.alumni.example",
     .spf = "alumni.example",
     .broken = "shop.example",
     .count = 12,
     .ago = 4 * DAY,
     .each = 20000},
    /* what a rule lets in */
    {.from = "partner.example",
     .policy = DMARC_P_REJECT,
     .client = "192.0.2.44",
     .count = 31,
     .ago = 4 * DAY,
     .each = 9000},
    /* the site's own, and somebody who writes in its name */
    {.from = "receiver.example",
     .client = "192.0.2.200",
     .class = CLIENT_AUTHENTICATED,
     .count = 300,
     .ago = 6 * DAY,
     .each = 1500},
    {.from = "receiver.example",
     .policy = DMARC_P_REJECT,
     .client = "192.0.2.7",
     .name = "mx.payroll.example",
     .spf = "payroll.example",
     .dkim = "payroll.example",
     .count = 31,
     .ago = 5 * DAY,
     .each = 12000},
    /* a sender that broke */
    {.from = "travel.example",
     .policy = DMARC_P_REJECT,
     .client = "192.0.2.80",
     .dkim = "travel.example",
     .count = 300,
     .ago = 7 * DAY - HOUR,
     .each = 1300},
    {.from = "travel.example",
     .policy = DMARC_P_REJECT,
     .client = "192.0.2.80",
     .broken = "travel.example",
     .count = 57,
     .ago = 2 * DAY + 8 * HOUR,
     .each = 3500},
};

void
stats_week(void)
{
	stats_world_configure(stats_week_rules);
	MAIL(week);
	stats_world_event(6 * DAY - 3 * HOUR, "start", "0.2.0", "monitor");
	stats_world_event(2 * DAY, "reload", "0.2.0", "monitor");
	stats_world_gap(4 * DAY - 5 * HOUR, 12);
	stats_world_seen("s1._domainkey.travel.example",
			 "v=DKIM1; k=rsa; p=MIIBIjANBgkqh", 30 * DAY,
			 2 * DAY + 9 * HOUR);
	stats_world_seen("s1._domainkey.travel.example",
			 "v=DKIM1; k=rsa; p=MIGfMA0GCSqGS", 2 * DAY + 8 * HOUR,
			 0);
	stats_world_seen("_dmarc.travel.example", "v=DMARC1; p=reject",
			 30 * DAY, 0);
}
