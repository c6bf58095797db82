/* verdict replay: recorded messages under another configuration. */
#include <string.h>

#include "milter/cli/cli.h"
#include "tests/support/replay/replay_world.h"

static void
enforce_would_refuse(void **state)
{
	(void)state;
	replay_add(replay_spoof());
	replay_add(replay_honest());
	replay_add(replay_spoof());
	replay_write();
	assert_int_equal(replay_try(REPLAY_ENFORCE), 1);
	replay_says(
	    "{\"messages\":3,\"changed\":2,\"refused\":2,\"unjudged\":0,");
	replay_says("\"compared\":\"done\"");
	replay_says(
	    "{\"before\":\"accept\",\"after\":\"reject\",\"messages\":2,"
	    "\"from_domain\":\"sender.example\",\"rule_before\":\"\","
	    "\"rule_after\":\"\",\"sources\":[{\"client\":\"198.51.100.66\","
	    "\"client_name\":\"mail.other.example\",\"messages\":2}],"
	    "\"elsewhere\":0,\"samples\":["
	    "{\"time\":\"2025-12-01T00:00:00Z\",\"queue_id\":\"Q2\","
	    "\"from\":\"boss@sender.example\"},");
}

static void
people_read_it(void **state)
{
	(void)state;
	replay_add(replay_spoof());
	replay_add(replay_honest());
	replay_write();
	assert_int_equal(replay_try_with(REPLAY_ENFORCE, NULL, NULL), 1);
	replay_says("2 messages, ");
	replay_says(
	    "(mode: enforce)\nWhat is done with them would change for 1:\n"
	    "      1  accept -> reject\n\n"
	    "      1  accept -> reject  sender.example\n"
	    "         of 198.51.100.66 (mail.other.example) 1\n");
	replay_says(
	    "  Q0  boss@sender.example\n\n"
	    "1 that passed would be refused, so the exit status is 1.\n");
}

static void
the_same_changes_nothing(void **state)
{
	(void)state;
	replay_add(replay_spoof());
	replay_add(replay_honest());
	replay_write();
	assert_int_equal(replay_try(""), 0);
	replay_says(
	    "{\"messages\":2,\"changed\":0,\"refused\":0,\"unjudged\":0,");
	replay_says("\"compared\":\"decided\"");
	assert_int_equal(replay_try_with("", NULL, NULL), 0);
	replay_says("What is decided (and not done): nothing would change.\n");
}

static void
rules_are_told(void **state)
{
	(void)state;
	replay_add(replay_spoof());
	replay_write();
	assert_int_equal(replay_try("rules:\n  - name: let-in\n    client: "
				    "198.51.100.66\n    action: accept\n"),
			 0);
	replay_says("\"before\":\"reject\",\"after\":\"accept\"");
	replay_says("\"rule_after\":\"let-in\"");
	assert_int_equal(replay_try("rules:\n  - name: none\n    from: "
				    "sender.example\n    action: discard\n"),
			 0);
	replay_says("\"after\":\"discard\"");
}

static void
mode_can_be_told(void **state)
{
	(void)state;
	replay_add(replay_spoof());
	replay_write();
	assert_int_equal(
	    replay_try_with("on-quarantine: hold\n", "--mode", "enforce"), 1);
	replay_says("(mode: enforce)");
}

/* What changes is of the records that there are. */
static void
tells_what_was_lost(void **state)
{
	const struct batch_gap gap = {
	    .time = replay_spoof().now, .messages = 1200, .octets = 34};

	(void)state;
	replay_add(replay_spoof());
	batch_add_gap(replay_world.batch, &gap);
	replay_write();
	assert_int_equal(replay_try("mode: monitor\n"), 0);
	replay_says("\"lost\":1200,\"lost_octets\":34");
	assert_int_equal(
	    replay_try_with("mode: monitor\n", "--mode", "monitor"), 0);
	replay_says(
	    "Of that time 1,200 messages have no record, and 34 octets");
}

static void
only_what_is_asked(void **state)
{
	struct verdict other = replay_spoof(), old = replay_spoof();

	(void)state;
	other.from.domain[0] = other.dmarc.outcome[0].from =
	    str_lit("other.example");
	replay_add(replay_spoof());
	replay_add(other);
	old.now -= 86400 * 3;
	replay_add(old);
	replay_write();
	assert_int_equal(
	    replay_try_with(REPLAY_ENFORCE, "--domain", "Other.Example"), 1);
	replay_says("1 messages from Other.Example, ");
	assert_int_equal(replay_try(REPLAY_ENFORCE), 1);
	replay_says("{\"messages\":2,");
}

/* Nothing of mail reaches a terminal as it came. */
static void
names_are_escaped(void **state)
{
	struct verdict verdict = replay_spoof();

	(void)state;
	verdict.client_name = str_lit("a\033]0;x\007.example");
	verdict.from.address[0].local = str_lit("b\n\033[2J\"");
	replay_add(verdict);
	replay_write();
	assert_int_equal(replay_try_with(REPLAY_ENFORCE, NULL, NULL), 1);
	assert_null(strchr(replay_world.said, '\033'));
	replay_says("b??[2J\"@sender.example");
	assert_int_equal(replay_try(REPLAY_ENFORCE), 1);
	assert_null(strchr(replay_world.said, '\033'));
	replay_says("b\\u000a\\u001b[2J\\u0022@sender.example");
}

static void
many_groups(void **state)
{
	(void)state;
	for (int i = 0; i < 40; i++) {
		struct verdict verdict = replay_spoof();
		struct str name =
		    arena_printf(replay_world.arena, "s%02d.example", i % 20);

		verdict.client = replay_ip(i % 2 ? "192.0.2.1" : "192.0.2.2");
		verdict.client.octet[3] = (uint8_t)i;
		verdict.from.domain[0] = name;
		verdict.dmarc.outcome[0].from = name;
		replay_add(verdict);
		if (i == 0)
			for (int j = 0; j < 8; j++) {
				verdict.client.octet[3] = (uint8_t)(100 + j);
				replay_add(verdict);
			}
	}
	replay_write();
	assert_int_equal(replay_try_with(REPLAY_ENFORCE, NULL, NULL), 1);
	replay_says("     10  accept -> reject  s00.example\n");
	replay_says(", others 6\n");
	replay_says("and 5 smaller groups; --json has them all\n");
}

static void
wrong_calls(void **state)
{
	char *none[] = {"replay", NULL};
	char *when[] = {"replay",  "--config", "/dev/null",
			"--since", "soon",     NULL};
	char *mode[] = {"replay", "--config", "/dev/null",
			"--mode", "loose",    NULL};
	char *missing[] = {"replay", "--config", "/nonexistent/new.yaml", NULL};

	(void)state;
	assert_int_equal(replay_call(none, 1), CLI_USAGE);
	assert_int_equal(replay_call(when, 5), CLI_USAGE);
	assert_int_equal(replay_call(mode, 5), CLI_USAGE);
	assert_int_equal(replay_call(missing, 3), CLI_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REPLAY_TEST(enforce_would_refuse),
	    REPLAY_TEST(people_read_it),
	    REPLAY_TEST(the_same_changes_nothing),
	    REPLAY_TEST(rules_are_told),
	    REPLAY_TEST(mode_can_be_told),
	    REPLAY_TEST(tells_what_was_lost),
	    REPLAY_TEST(only_what_is_asked),
	    REPLAY_TEST(names_are_escaped),
	    REPLAY_TEST(many_groups),
	    REPLAY_TEST(wrong_calls),
	};

	return store_world_main(tests);
}
