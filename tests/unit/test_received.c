#include "tests/support/test.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "mail/received.h"

#define MX2 "by mx2.receiver.example (Postfix) with ESMTP id 4XyZ12;"
#define DATE "Mon, 30 Nov 2026 11:00:05 +0000"
#define END " " DATE " (UTC)"
#define TIME 1796036405

static bool
parse(struct arena *arena, const char *value, struct received *received_out)
{
	struct header header;

	header_init(&header, arena, NULL);
	assert_true(header_add(&header, exact("Received"), exact(value)));
	return received_parse(arena, &header.field[0], received_out);
}

/* As servers write them. */
static const struct {
	const char *what, *value, *by, *client, *helo;
	enum received_origin origin;
} forms[] = {
    {"Postfix",
     " from mail.sender.example (mail.sender.example [192.0.2.10])\r\n"
     "\tby mx2.receiver.example (Postfix) with ESMTP id 4XyZ12\r\n"
     "\tfor <user@receiver.example>; Mon, 30 Nov 2026 11:00:05 +0000 (UTC)",
     "mx2.receiver.example", "192.0.2.10", "mail.sender.example",
     RECEIVED_CLIENT},
    {"Postfix, no name, IPv6, TLS and a client certificate",
     " from helo.example (unknown [IPv6:2001:db8::10])\r\n"
     "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n"
     "\t key-exchange X25519 server-signature RSA-PSS (2048 bits) "
     "server-digest SHA256)\r\n"
     "\t(Client CN \"mail.sender.example\", Issuer \"R3 (x)\" (verified "
     "OK))\r\n"
     "\tby mx2.receiver.example (Postfix) with ESMTPS id 4XyZ12\r\n"
     "\tfor <user@receiver.example>; Mon, 30 Nov 2026 12:00:05 +0100 (CET)",
     "mx2.receiver.example", "2001:db8::10", "helo.example", RECEIVED_CLIENT},
    {"Postfix, HELO is a literal, of another address",
     " from [192.0.2.1] (unknown [198.51.100.9]) " MX2 END,
     "mx2.receiver.example", "198.51.100.9", "[192.0.2.1]", RECEIVED_CLIENT},
    {"Postfix, of octets that it put ? for",
     " from a?b??192.0.2.1? (unknown [198.51.100.9]) " MX2 END,
     "mx2.receiver.example", "198.51.100.9", "a?b??192.0.2.1?",
     RECEIVED_CLIENT},
    {"Postfix, a recipient in quotes",
     " from a.example (unknown [198.51.100.9])\r\n\tby mx2.receiver.example "
     "(Postfix) with SMTP id 4X\r\n\tfor <\"a; b (\"@receiver.example>;" END,
     "mx2.receiver.example", "198.51.100.9", "a.example", RECEIVED_CLIENT},
    {"Postfix, SMTP AUTH",
     " from laptop (dsl.provider.example [198.51.100.9])\r\n"
     "\t(Authenticated sender: user)\r\n\tby mx2.receiver.example (Postfix) "
     "with ESMTPSA id 4X;" END,
     "mx2.receiver.example", NULL, "", RECEIVED_LOGIN},
    {"Postfix, without an address (XCLIENT)",
     " from a.example (unknown [unknown]) " MX2 END, "mx2.receiver.example",
     NULL, "", RECEIVED_UNSURE},
    {"Postfix, a bounce of its own",
     " by mx2.receiver.example (Postfix)\r\n\tid 4XyZ12;" END,
     "mx2.receiver.example", NULL, "", RECEIVED_LOCAL},
    {"Postfix, sendmail(1)",
     " by mx2.receiver.example (Postfix, from userid 1000)\r\n\tid 4X;" END,
     "mx2.receiver.example", NULL, "", RECEIVED_LOCAL},
    {"Postfix, given back by a filter",
     " from localhost (localhost [127.0.0.1]) " MX2 END, "mx2.receiver.example",
     "127.0.0.1", "localhost", RECEIVED_CLIENT},
    {"Sendmail",
     " from mail.sender.example (mail.sender.example [192.0.2.10])\r\n"
     "\tby mx2.receiver.example (8.17.1/8.17.1/Debian-2) with ESMTPS id "
     "3AUB05x001\r\n"
     "\t(version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 "
     "verify=NOT)\r\n"
     "\tfor <user@receiver.example>; Mon, 30 Nov 2026 11:00:05 GMT",
     "mx2.receiver.example", "192.0.2.10", "mail.sender.example",
     RECEIVED_CLIENT},
    {"Sendmail, may be forged, IDENT",
     " from h (root@a.example [198.51.100.9] (may be forged))\r\n\tby "
     "mx2.receiver.example (8.17.1/8.17.1) with SMTP id 3A;" END,
     "mx2.receiver.example", "198.51.100.9", "h", RECEIVED_CLIENT},
    {"Sendmail, without a name",
     " from h.example ([198.51.100.9])\r\n\tby mx2.receiver.example "
     "(8.17.1/8.17.1) with ESMTP id 3A;" END,
     "mx2.receiver.example", "198.51.100.9", "", RECEIVED_CLIENT},
    {"Sendmail, without a name, HELO is a literal; others write HELO there",
     " from [192.0.2.1] ([198.51.100.9])\r\n\tby mx2.receiver.example "
     "(8.17.1/8.17.1) with ESMTP id 3A;" END,
     "mx2.receiver.example", NULL, "", RECEIVED_UNSURE},
    {"... HELO is its address",
     " from [198.51.100.9] ([198.51.100.9])\r\n\tby mx2.receiver.example "
     "(8.17.1/8.17.1) with ESMTP id 3A;" END,
     "mx2.receiver.example", "198.51.100.9", "", RECEIVED_CLIENT},
    {"Sendmail, without a name, IPv6, may be forged",
     " from h.example ([IPv6:2001:db8:0:0:0:0:0:9] (may be forged))\r\n\tby "
     "mx2.receiver.example (8.17.1/8.17.1) with ESMTP id 3A;" END,
     "mx2.receiver.example", "2001:db8::9", "", RECEIVED_CLIENT},
    {"Sendmail, its own",
     " (from root@localhost)\r\n\tby mx2.receiver.example (8.17.1/8.17.1/"
     "Submit) id 3A;" END,
     "mx2.receiver.example", NULL, "", RECEIVED_LOCAL},
    {"Exim, a confirmed name",
     " from mail.sender.example ([192.0.2.10])\r\n"
     "\tby mx2.receiver.example with esmtps  (TLS1.3) tls "
     "TLS_AES_256_GCM_SHA384\r\n"
     "\t(Exim 4.96)\r\n\t(envelope-from <user@sender.example>)\r\n"
     "\tid 1tHabc-000123-2X\r\n\tfor user@receiver.example;\r\n\t" DATE,
     "mx2.receiver.example", "192.0.2.10", "", RECEIVED_CLIENT},
    {"Exim, a confirmed name and another HELO",
     " from mail.sender.example ([192.0.2.10] helo=helo.example)\r\n"
     "\tby mx2.receiver.example with esmtp (Exim 4.96)\r\n\t(envelope-from "
     "<>)\r\n\tid 1tHabc-000123-2X\r\n\tfor user@receiver.example;" END,
     "mx2.receiver.example", "192.0.2.10", "helo.example", RECEIVED_CLIENT},
    {"Exim, no name",
     " from [198.51.100.9] (port=4711 helo=[192.0.2.1] ident=u)\r\n"
     "\tby mx2.receiver.example with smtp (Exim 4.96)\r\n\tid 1tH;" END,
     "mx2.receiver.example", "198.51.100.9", "[192.0.2.1]", RECEIVED_CLIENT},
    {"Exim, no name, IPv6, without a version",
     " from [2001:db8::9] (helo=h.example)\r\n"
     "\tby mx2.receiver.example with esmtp\r\n\tid 1tH;" END,
     "mx2.receiver.example", "2001:db8::9", "h.example", RECEIVED_CLIENT},
    {"Exim, HELO was the address",
     " from [198.51.100.9]\r\n\tby mx2.receiver.example with smtp (Exim "
     "4.96)\r\n\tid 1tH;" END,
     "mx2.receiver.example", "198.51.100.9", "", RECEIVED_CLIENT},
    {"Exim, a program on it",
     " from www-data by mx2.receiver.example with local (Exim 4.96)\r\n"
     "\t(envelope-from <www@receiver.example>)\r\n\tid 1tH;" END,
     "mx2.receiver.example", NULL, "", RECEIVED_LOCAL},
    {"Exim, SMTP AUTH",
     " from [198.51.100.9] (helo=laptop) by mx2.receiver.example with "
     "esmtpsa (TLS1.3) (Exim 4.96) id 1tH;" END,
     "mx2.receiver.example", NULL, "", RECEIVED_LOGIN},
    {"Exchange",
     " from mail.sender.example (192.0.2.10) by\r\n"
     " MX2.receiver.example (192.0.2.50) with Microsoft SMTP Server\r\n"
     " (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\r\n"
     " 15.2.1544.11 via Frontend Transport; " DATE,
     "MX2.receiver.example", "192.0.2.10", "mail.sender.example",
     RECEIVED_CLIENT},
    {"Exchange, IPv6",
     " from mail.sender.example (2001:db8::10) by mx2.receiver.example\r\n"
     " (2001:db8::50) with Microsoft SMTP Server id 15.20.1; " DATE,
     "mx2.receiver.example", "2001:db8::10", "mail.sender.example",
     RECEIVED_CLIENT},
    {"another one that writes so",
     " from mail.sender.example (192.0.2.10) by mx2.receiver.example with "
     "SMTP id 1;" END,
     "mx2.receiver.example", NULL, "", RECEIVED_UNSURE},
    {"OpenSMTPD",
     " from h.example (<unknown> [198.51.100.9])\r\n\tby "
     "mx2.receiver.example (OpenSMTPD) with ESMTPS id 12ab34cd "
     "(TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO)\r\n\tfor "
     "<user@receiver.example>;\r\n\t" DATE,
     "mx2.receiver.example", "198.51.100.9", "h.example", RECEIVED_CLIENT},
    {"Haraka",
     " from h.example (Unknown [198.51.100.9])\r\n\tby mx2.receiver.example "
     "(Haraka/3.0.3) with ESMTPS id 5F-1.1\r\n\tenvelope-from "
     "<user@sender.example>\r\n\t(version=TLSv1.3 cipher=x verify=FAIL);\r\n"
     "\t" DATE,
     "mx2.receiver.example", "198.51.100.9", "h.example", RECEIVED_CLIENT},
    {"Courier",
     " from h.example (mail.sender.example [::ffff:192.0.2.10])\r\n  (TLS: "
     "TLSv1.3,256bits,TLS_AES_256_GCM_SHA384)\r\n  by mx2.receiver.example "
     "with ESMTPS\r\n  id 0000000000012345.1; " DATE,
     "mx2.receiver.example", "192.0.2.10", "h.example", RECEIVED_CLIENT},
    {"Google",
     " from mail.sender.example (mail.sender.example. [192.0.2.10])\r\n"
     "        by mx2.receiver.example with ESMTPS id a1-20020a\r\n"
     "        for <user@receiver.example>\r\n"
     "        (version=TLS1_3 cipher=TLS_AES_128_GCM_SHA256 "
     "bits=128/128);\r\n        Mon, 30 Nov 2026 03:00:05 -0800 (PST)",
     "mx2.receiver.example", "192.0.2.10", "mail.sender.example",
     RECEIVED_CLIENT},
    {"amavisd",
     " from mx2.receiver.example ([127.0.0.1])\r\n\tby localhost "
     "(mx2.receiver.example [127.0.0.1]) (amavisd-new, port 10024)\r\n"
     "\twith ESMTP id aBc for <user@receiver.example>;" END,
     "localhost", "127.0.0.1", "", RECEIVED_CLIENT},
    {"fetchmail",
     " from pop.provider.example [192.0.2.110]\r\n\tby home.receiver.example "
     "with POP3 (fetchmail-6.4.37)\r\n\tfor <user@home.receiver.example> "
     "(single-drop); " DATE,
     "home.receiver.example", NULL, "", RECEIVED_FETCHED},
    {"getmail",
     " from imap.provider.example by home.receiver.example with IMAP4-SSL "
     "(getmail6 6.18) for <user@home.receiver.example>; " DATE,
     "home.receiver.example", NULL, "", RECEIVED_FETCHED},
    {"Dovecot's LMTP, without an address",
     " from mx2.receiver.example\r\n\tby store.receiver.example with LMTP\r\n"
     "\tid abc\r\n\t(envelope-from <user@sender.example>)\r\n\tfor "
     "<user@receiver.example>; " DATE,
     "store.receiver.example", NULL, "", RECEIVED_UNSURE},
    {"qmail, by SMTP",
     " from unknown (HELO h.example) (198.51.100.9)\r\n  by "
     "mx2.receiver.example with SMTP; 30 Nov 2026 11:00:05 -0000",
     "mx2.receiver.example", NULL, "", RECEIVED_UNSURE},
    {"of words that nobody writes",
     " From a.example (unknown [198.51.100.9]) BY mx2.receiver.example VIA "
     "tcp WITH smtp ID 1 FOR <u@receiver.example>;" END,
     "mx2.receiver.example", "198.51.100.9", "a.example", RECEIVED_CLIENT},
};

static void
test_forms(void **state)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct received received;
		char text[IP_TEXT_MAX];
		const char *client = forms[i].client ? forms[i].client : "-";
		if (!parse(*state, forms[i].value, &received))
			fail_msg("not read: %s", forms[i].what);
		if (received.origin != forms[i].origin ||
		    strcmp(ip_format(received.client, text), client) != 0 ||
		    !str_is(received.helo, forms[i].helo))
			fail_msg("%s: %d %s %.*s", forms[i].what,
				 (int)received.origin, text,
				 STR_ARG(received.helo));
		assert_str(received.by, forms[i].by);
		assert_int_equal(received.time, TIME);
	}
}

/* qmail's topmost one names no server, so nobody knows whose it is. */
static const char *const unreadable[] = {
    "",
    " ",
    " (qmail 4711 invoked from network); 30 Nov 2026 11:00:05 -0000",
    " (qmail 4711 invoked by uid 1000); 30 Nov 2026 11:00:05 -0000",
    " from",
    " from a.example (unknown [198.51.100.9])",
    " from a.example (unknown [198.51.100.9]);" END,
    " from by mx2.receiver.example;" END,
    " from (unknown [198.51.100.9]) by mx2.receiver.example;" END,
    " a.example (unknown [198.51.100.9]) " MX2 END,
    " from a.example (unknown [198.51.100.9]) by;" END,
    " from a.example (unknown [198.51.100.9]) by (x) y;" END,
    " from a.example (unknown [198.51.100.9]) by from;" END,
    " from a.example (unknown [198.51.100.9]) by mx2.receiver.example",
    " from a.example (unknown [198.51.100.9]) " MX2,
    " from a.example (unknown [198.51.100.9]) " MX2 " yesterday",
    " from a.example (unknown [198.51.100.9]) " MX2 END " x",
    " from a.example (unknown [198.51.100.9]) " MX2 END ";",
    /* The server's own words are in the comment: HELO opened it, and a line
       that the sender's message began with closed it. */
    " from [198.51.100.9] (helo=x) (y [192.0.2.1]) by mx2.receiver.example "
    "with ESMTP id 1; Sun, 29 Nov 2026 11:00:05 +0000 ()\r\n\tby "
    "mx2.receiver.example with esmtp (Exim 4.96)\r\n\tid 1tH;" END "\r\n )",
    " from x (y [198.51.100.9]) by mx2.receiver.example for <(a>; " DATE
    "\r\n ); Sun, 29 Nov 2026 11:00:05 +0000",
    " from x (y [198.51.100.9]) by mx2.receiver.example for <\"a>; " DATE
    "\r\n \"@b.example>; Sun, 29 Nov 2026 11:00:05 +0000",
    " from x (y [192.0.2.1]) by mx2.receiver.example with ESMTP id 1; Sun, "
    "29 Nov 2026 (([198.51.100.9])\r\n\tby mx2.receiver.example "
    "(Postfix);" END "\r\n\t) 11:00:05 +0000",
    " from a.example (unknown [198.51.100.9]) " MX2 " " DATE " (UTC",
    " from a.example (unknown [198.51.100.9]) " MX2 " (x " DATE,
    " from a.example b.example c.example " MX2 END,
    " from a.example (x) b.example " MX2 END,
    " from a.example from b.example " MX2 END,
    " from a.example (1) (2) (3) (4) (5) (6) (7) (8) (9) " MX2 END,
    " from a.example (unknown [198.51.100.9]) by mx2.receiver.example with "
    "SMTP with ESMTP id 1;" END,
    " from a.example (unknown [198.51.100.9]) by mx2.receiver.example by "
    "mx3.receiver.example;" END,
    " from a.example (unknown [198.51.100.9]) by mx2.receiver.example id x "
    "from y;" END,
    " from \"a.example\" (unknown [198.51.100.9]) " MX2 END,
    " from a.example (unknown [198.51.100.9]) by mx2.receiver.example for "
    "\"a b\"@receiver.example;" END,
    " from a.example (unknown [198.51.100.9]) by mx2.receiver.example for "
    "<\"a b>;" END,
    " from a.example (unknown [198.51.100.9]) by mx2.receiver.example for "
    "<\"a\">;" END,
    " from a.example (unknown [198.51.100.9]) by mx2.receiver.example for "
    "<a\\ b@receiver.example>;" END,
    " from a.example (unknown \\[198.51.100.9]) " MX2 END,
    " from a.example (unknown [198.51.100.9] " MX2 END,
    " from a.example unknown [198.51.100.9]) " MX2 END,
    " from a.example (unknown [198.51.100.9]) " MX2 "\r" END,
    " from a.example (unknown [198.51.100.9]) " MX2 END "\x01",
    " from a.example\xc2\xa0(unknown [198.51.100.9]) " MX2 END,
};

static void
test_unreadable(void **state)
{
	for (size_t i = 0; i < sizeof unreadable / sizeof *unreadable; i++) {
		struct received received = {.time = -1};
		if (parse(*state, unreadable[i], &received))
			fail_msg("read: %s", unreadable[i]);
		assert_int_equal(received.time, -1);
	}
}

/* --- forgeries --- */

/* What a stranger at 198.51.100.9 gives a server that writes it down as it
   comes; %s in the server's form stands for it. */
#define REAL "198.51.100.9"
#define WANTED "192.0.2.1"

static const char *const servers[] = {
    /* Postfix, Sendmail, Haraka, Exchange */
    " from %s (unknown [" REAL "])\r\n\tby mx2.receiver.example (Postfix) "
    "with ESMTP id 4X\r\n\tfor <user@receiver.example>;" END,
    " from %s ([" REAL "] (may be forged))\r\n\tby mx2.receiver.example "
    "(8.17.1/8.17.1) with SMTP id 3A;" END,
    " from %s (" REAL ") by mx2.receiver.example (192.0.2.50) with Microsoft "
    "SMTP Server id 15.2; " DATE,
    /* a client certificate, a reverse name, IDENT */
    " from a.example (unknown [" REAL "])\r\n\t(Client CN \"%s\", Issuer "
    "\"x\" (not verified))\r\n\tby mx2.receiver.example (Postfix) with "
    "ESMTPS id 4X;" END,
    " from a.example (%s [" REAL "]) " MX2 END,
    " from a.example (%s@b.example [" REAL "]) " MX2 END,
    /* Exim: HELO, IDENT, MAIL FROM, a confirmed name */
    " from [" REAL "] (helo=%s)\r\n\tby mx2.receiver.example with esmtp (Exim "
    "4.96)\r\n\tid 1tH;" END,
    " from b.example ([" REAL "] helo=%s)\r\n\tby mx2.receiver.example with "
    "esmtp (Exim 4.96)\r\n\tid 1tH;" END,
    " from [" REAL "] (helo=a.example ident=%s)\r\n\tby mx2.receiver.example "
    "with esmtp (Exim 4.96)\r\n\tid 1tH;" END,
    " from [" REAL "] (helo=a.example)\r\n\tby mx2.receiver.example with "
    "esmtp (Exim 4.96)\r\n\t(envelope-from <%s>)\r\n\tid 1tH\r\n\tfor "
    "user@receiver.example;" END,
    " from %s ([" REAL "] helo=a.example)\r\n\tby mx2.receiver.example with "
    "esmtp (Exim 4.96)\r\n\tid 1tH;" END,
    /* CommuniGate, and others that name the command, with IDENT */
    " from [" REAL "] (HELO %s) by mx2.receiver.example (CommuniGate Pro "
    "SMTP 6.3.3) with ESMTP id 1;" END,
    " from unknown (HELO %s) (root@" REAL ")\r\n  by mx2.receiver.example "
    "with SMTP;" END,
    " from unknown (EHLO %s) (" REAL ":4711) " MX2 END,
    " from b.example (%s) (root@" REAL ") " MX2 END,
    /* a recipient */
    " from a.example (unknown [" REAL "])\r\n\tby mx2.receiver.example "
    "(Postfix) with ESMTP id 4X\r\n\tfor <%s>;" END,
    " from a.example (unknown [" REAL "])\r\n\tby mx2.receiver.example "
    "(Postfix) with ESMTP id 4X\r\n\tfor %s;" END,
};

#define BY "by mx2.receiver.example with ESMTP id 1; "
#define EARLIER "Sun, 29 Nov 2026 11:00:05 +0000"

static const char *const forgeries[] = {
    "[" WANTED "]",
    "[IPv6:2001:db8::1]",
    WANTED,
    "(" WANTED ")",
    "x (" WANTED ")",
    "x ([" WANTED "])",
    "x (y [" WANTED "])",
    "[" WANTED "] (helo=x)",
    "[" WANTED "] (helo=x) (Exim 4.96)",
    "[" WANTED "] (helo=",
    "x (y [" WANTED "]) (",
    "x (y [" WANTED "]) \"",
    "x (y [" WANTED "]) \\",
    "x (y [" WANTED "]) " BY EARLIER,
    "x (y [" WANTED "]) " BY EARLIER " (",
    "x (y [" WANTED "]) " BY EARLIER " \"",
    "x (y [" WANTED "]) by mx2.receiver.example",
    "x (y [" WANTED "]) by mx2.receiver.example (",
    "x (y [" WANTED "]) by mx2.receiver.example for <\"",
    "x (y [" WANTED "]) by mx2.receiver.example with Microsoft (",
    "x (y [" WANTED "])\r\n\tby mx2.receiver.example with ESMTP id 1;\r\n\t",
    "x (y [" WANTED "]\r\n\t(z)",
    "x (" WANTED ") by mx2.receiver.example with Microsoft",
    "x) (y [" WANTED "])",
    "x) (y [" WANTED "]",
    "x) (y [" WANTED "]) " BY EARLIER " (",
    "x]) (y [" WANTED "])",
    "x])) (y [" WANTED "]",
    "x\") (y [" WANTED "]) (\"",
    "x [" WANTED "]",
    "x [" WANTED "] helo=y",
    "x helo=[" WANTED "]",
    "x (may be forged)",
    "x (y [" WANTED "] (may be forged))",
    "x ((y [" WANTED "]))",
    "x (a (b [" WANTED "]) c)",
    "\"x\" (y [" WANTED "])",
    "from x (y [" WANTED "])",
    "by x (y [" WANTED "])",
    "by",
    "x by",
    "x ;",
    "a)\"@b> (y [" WANTED "]) by mx2.receiver.example; " EARLIER,
    "\"a)\"@b.example",
    "\"a) by mx2.receiver.example (b\"@b.example",
    "\"a; " EARLIER "\"@b.example",
    "a; " EARLIER " (",
    "a) with POP3 (b",
    "a> with ESMTPA for <b",
    "\\",
    "x\\) (y [" WANTED "]",
    "\xe2\x80\xa8",
};

/* One of the server's own words may go unread, but none of the stranger's is
   taken for it. */
static void
test_forgeries(void **state)
{
	const size_t n = sizeof forgeries / sizeof *forgeries;
	const size_t m = sizeof servers / sizeof *servers;
	size_t unread = 0, unsure = 0;
	struct ip real;

	assert_true(ip_parse(str_lit(REAL), &real));
	for (size_t i = 0; i < n * m; i++) {
		struct received received;
		const char *form = servers[i % m];
		const char *mark = strstr(form, "%s");
		struct str value =
		    arena_printf(*state, "%.*s%s%s", (int)(mark - form), form,
				 forgeries[i / m], mark + 2);
		if (!parse(*state, value.p, &received)) {
			unread++;
			continue;
		}
		bool known = received.origin == RECEIVED_CLIENT;
		unsure += !known;
		if (received.time != TIME ||
		    !str_is(received.by, "mx2.receiver.example") ||
		    received.origin == RECEIVED_LOCAL ||
		    (known && !ip_eq(received.client, real)))
			fail_msg("forged: %.*s", STR_ARG(value));
	}
	/* Of each kind there are some. */
	assert_true(unread > 0 && unsure > 0 && unread + unsure < n * m);
}

static void
test_long(void **state)
{
	struct buf value;
	struct received received;

	buf_init(&value, *state);
	buf_adds(&value, " from a.example (unknown [198.51.100.9]) " MX2);
	buf_adds(&value, END);
	size_t begin = value.n;
	while (value.n < LIMIT_RECEIVED)
		buf_addc(&value, ' ');
	buf_addc(&value, '\0');
	assert_true(parse(*state, value.p, &received));
	value.n = begin;
	while (value.n < LIMIT_RECEIVED + 1)
		buf_addc(&value, ' ');
	buf_addc(&value, '\0');
	assert_false(parse(*state, value.p, &received));
}

static void
test_next(void **state)
{
	static const char *const names[] = {"From", "RECEIVED \t", "X-Received",
					    "Received", "Received-SPF"};
	struct header header;

	header_init(&header, *state, NULL);
	assert_int_equal(received_next(&header, 0), 0);
	for (size_t i = 0; i < 5; i++)
		assert_true(header_add(&header, exact(names[i]), exact(" x")));
	assert_int_equal(received_next(&header, 0), 1);
	assert_int_equal(received_next(&header, 1), 1);
	assert_int_equal(received_next(&header, 2), 3);
	assert_int_equal(received_next(&header, 4), 5);
	assert_int_equal(received_next(&header, 5), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),     cmocka_unit_test(test_unreadable),
	    cmocka_unit_test(test_forgeries), cmocka_unit_test(test_long),
	    cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests_name("received", tests, arena_setup,
					   arena_teardown);
}
