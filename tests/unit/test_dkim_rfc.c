/*
 * The signed examples of RFC 6376 (appendix A.2, key in appendix C) and RFC
 * 8463 (appendix A): their messages and keys are theirs, octet by octet, down
 * to the names, which is why they are not under .example.
 */
#include "tests/support/test.h"

#include <string.h>

#include "mail/message.h"
#include "tests/support/dkim_world.h"

static const char rfc6376_zone[] =
    "brisbane._domainkey.example.com TXT \"v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQU"
    "AA4GNADCBiQ\" \"KBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt\" "
    "\"IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v\" "
    "\"/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi\" "
    "\"tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB\"\n";

static const char rfc6376_message[] =
    "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
    "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
    "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
    "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
    "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
    "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
    "      4bmp/YzhwvcubU4=;\r\n"
    "Received: from client1.football.example.com  [192.0.2.1]\r\n"
    "      by submitserver.example.com with SUBMISSION;\r\n"
    "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game. Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n";

static const char rfc8463_zone[] =
    "brisbane._domainkey.football.example.com TXT \"v=DKIM1; k=ed25519; "
    "p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"\n"
    "test._domainkey.football.example.com TXT "
    "\"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWR\" "
    "\"iGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutAC\""
    " \"DfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
    "\" \"Ip3G+2kryOTIKT+l/K4w3QIDAQAB\"\n";

static const char rfc8463_message[] =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game.  Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n"
    "\r\n";

static void
run_message(struct dkim_world *w, const char *zone, const char *text)
{
	struct message message;

	message_split(w->arena, exact(text), &message);
	for (size_t i = 0; i < message.count; i++)
		header_add(&w->header, message.field[i].raw_name,
			   message.field[i].value);
	struct str body = arena_copy(w->arena, message.body);
	dkim_world_run(w, zone, body.p);
}

/* The RFC prints two spaces in "game.  Are"; what was signed has one. */
static void
test_rfc6376(void **state)
{
	struct dkim_world *w = *state;

	run_message(w, rfc6376_zone, rfc6376_message);
	assert_int_equal(w->results.count, 1);
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
	assert_str(w->results.outcome[0].domain, "example.com");
	assert_str(w->results.outcome[0].identity, "joe@football.example.com");
	assert_str(w->results.outcome[0].b_start, "AuUoFEfD");
}

static void
test_rfc8463(void **state)
{
	struct dkim_world *w = *state;

	run_message(w, rfc8463_zone, rfc8463_message);
	assert_int_equal(w->results.count, 2);
	assert_dkim_outcome(w, 0, DKIM_PASS, "");
	assert_dkim_outcome(w, 1, DKIM_PASS, "");
	assert_str(w->results.outcome[0].algorithm, "ed25519-sha256");
	assert_str(w->results.outcome[1].algorithm, "rsa-sha256");
}

/* A second Subject breaks both: it is signed twice for this reason. */
static void
test_rfc8463_field_added(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_field(w, "Subject", " another");
	run_message(w, rfc8463_zone, rfc8463_message);
	assert_dkim_outcome(w, 0, DKIM_FAIL, "signature did not verify");
	assert_dkim_outcome(w, 1, DKIM_FAIL, "signature did not verify");
}

#define TEST(name)                                              \
	cmocka_unit_test_setup_teardown(name, dkim_world_setup, \
					dkim_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_rfc6376),
	    TEST(test_rfc8463),
	    TEST(test_rfc8463_field_added),
	};

	return cmocka_run_group_tests_name("dkim_rfc", tests, NULL, NULL);
}
