/* verdict replay: what was evaluated then, and would be evaluated otherwise. */
#include "tests/support/replay/replay_world.h"

static void
a_field_is_unknown(void **state)
{
	(void)state;
	replay_add(replay_spoof());
	replay_add(replay_honest());
	replay_write();
	assert_int_equal(replay_try("rules:\n  - name: subjects\n    header: "
				    "\"Subject: x\"\n    from: sender.example\n"
				    "    action: reject\n"),
			 0);
	replay_says("\"changed\":0,\"refused\":0,\"unjudged\":2,");
	replay_says(
	    "\"unjudged_for\":[{\"reason\":\"field\",\"about\":\"subjects\","
	    "\"messages\":2}]");
	assert_int_equal(
	    replay_try_with("rules:\n  - name: subjects\n    header: "
			    "\"Subject: x\"\n    action: reject\n",
			    NULL, NULL),
	    0);
	replay_says("      2  could not be judged:\n"
		    "      2  rule subjects looks at a header field or address "
		    "that the records do\n         not have\n");
}

static void
clients_of_another_class(void **state)
{
	struct verdict inside = replay_spoof(), relay = replay_spoof();

	(void)state;
	replay_add(replay_spoof());
	inside.client_class = CLIENT_INTERNAL;
	inside.client = replay_ip("192.0.2.5");
	replay_add(inside);
	relay.client_class = CLIENT_RELAY;
	relay.client = replay_ip("192.0.2.9");
	relay.relay = &(struct client_element){
	    .by = CLIENT_BY_HOST, .domain = STR("mx.backup.example")};
	replay_add(relay);
	replay_write();
	/* Who is not checked any more is decided; the other two are not. */
	assert_int_equal(replay_try("internal-networks: 198.51.100.64/28\n"),
			 0);
	replay_says(
	    "{\"messages\":3,\"changed\":1,\"refused\":0,\"unjudged\":2,"
	    "\"reclassed\":1,");
	replay_says("{\"reason\":\"unchecked\",\"about\":\"\",\"messages\":1}");
	replay_says(
	    "{\"reason\":\"no-relay\",\"about\":\"name:mx.backup.example\","
	    "\"messages\":1}");
	assert_int_equal(replay_try("trusted-relays: 198.51.100.66\n"), 0);
	replay_says("{\"reason\":\"relay\",\"about\":\"198.51.100.66\","
		    "\"messages\":1}");
	assert_int_equal(replay_try("trusted-relays: \"spf:mx.example\"\n"), 0);
	replay_says(
	    "{\"reason\":\"relay-unasked\",\"about\":\"spf:mx.example\","
	    "\"messages\":1}");
}

static void
who_logged_in_stays(void **state)
{
	struct verdict verdict = replay_spoof();

	(void)state;
	verdict.client_class = CLIENT_AUTHENTICATED;
	replay_add(verdict);
	replay_write();
	assert_int_equal(
	    replay_try(REPLAY_ENFORCE "trusted-relays: 198.51.100.66\n"), 0);
	replay_says(
	    "\"changed\":0,\"refused\":0,\"unjudged\":0,\"reclassed\":0,");
}

static void
sealers_are_trusted_anew(void **state)
{
	static const struct arc_hop hops[] = {{.instance = 1,
					       .domain = STR("lists.example"),
					       .selector = STR("s")}};
	struct verdict failed = replay_spoof(), passed = replay_honest();

	(void)state;
	failed.arc = passed.arc =
	    (struct arc_results){.result = ARC_PASS, .hop = hops, .count = 1};
	replay_add(failed);
	replay_add(passed);
	replay_write();
	assert_int_equal(replay_try("trusted-sealers: lists.example\n"), 0);
	replay_says("\"unjudged\":1,");
	replay_says("{\"reason\":\"sealer\",\"about\":\"lists.example\","
		    "\"messages\":1}");
	assert_int_equal(replay_try("trusted-sealers: other.example\n"), 0);
	replay_says("\"changed\":0,\"refused\":0,\"unjudged\":0,");
}

static void
a_seal_is_no_longer_trusted(void **state)
{
	static const struct arc_hop hops[] = {{.instance = 1,
					       .domain = STR("lists.example"),
					       .selector = STR("s")}};
	struct verdict verdict = replay_spoof();

	(void)state;
	verdict.arc =
	    (struct arc_results){.result = ARC_PASS, .hop = hops, .count = 1};
	verdict.arc_trusted = verdict.arc_run = 1;
	replay_add(verdict);
	replay_write();
	assert_int_equal(replay_try("trusted-sealers: lists.example\n"), 0);
	replay_says("\"changed\":0,\"refused\":0,\"unjudged\":0,");
	/* Its word is gone, but a chain that passes is weak evidence yet. */
	assert_int_equal(replay_try("on-reject: reject\n"), 1);
	replay_says("\"before\":\"accept\",\"after\":\"reject\"");
}

static void
forwarders_by_spf(void **state)
{
	struct client_spf asked = {.domain = STR("asked.example"),
				   .result = SPF_PASS};
	struct verdict verdict = replay_spoof();

	(void)state;
	replay_add(replay_spoof());
	replay_add(replay_honest());
	verdict.client_spf = &asked;
	verdict.client_spfs = 1;
	replay_add(verdict);
	replay_write();
	assert_int_equal(replay_try("forwarders: \"spf:asked.example\"\n"), 0);
	replay_says("\"changed\":1,\"refused\":0,\"unjudged\":1,");
	replay_says("{\"reason\":\"forwarder\",\"about\":\"spf:asked.example\","
		    "\"messages\":1}");
}

static void
deferrals_stay(void **state)
{
	struct verdict verdict = replay_spoof();

	(void)state;
	verdict.dmarc.outcome[0].result = DMARC_TEMPERROR;
	verdict.dmarc.outcome[0].reason = str_lit("a lookup failed");
	replay_world.then.mode = POLICY_ENFORCE;
	replay_world.then.on_quarantine = ON_QUARANTINE_HOLD;
	replay_add(verdict);
	verdict.decision.deferrals_spent = true;
	replay_add(verdict);
	replay_write();
	assert_int_equal(replay_try("mode: enforce\non-quarantine: hold\n"), 0);
	replay_says("\"messages\":2,\"changed\":0,");
	assert_int_equal(replay_try("mode: enforce\non-quarantine: hold\n"
				    "on-temperror: accept\n"),
			 0);
	replay_says("\"messages\":2,\"changed\":2,");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REPLAY_TEST(a_field_is_unknown),
	    REPLAY_TEST(clients_of_another_class),
	    REPLAY_TEST(who_logged_in_stays),
	    REPLAY_TEST(sealers_are_trusted_anew),
	    REPLAY_TEST(a_seal_is_no_longer_trusted),
	    REPLAY_TEST(forwarders_by_spf),
	    REPLAY_TEST(deferrals_stay),
	};

	return store_world_main(tests);
}
