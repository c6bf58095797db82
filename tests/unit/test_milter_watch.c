#include "tests/support/test.h"

#include <string.h>

#include "milter/observe/watch.h"

#define HOUR ((int64_t)3600 * 1000)

static char last[1000];
/* What goes on while the line is written. */
static void (*meanwhile)(void);

static void
keep(void *ctx, enum log_level level, struct str line)
{
	(void)ctx;
	assert_int_equal(level, LOG_LEVEL_WARNING);
	assert_true(line.n < sizeof last);
	memcpy(last, line.p, line.n);
	last[line.n] = '\0';
	if (meanwhile != NULL)
		meanwhile();
}

static const struct log log_kept = {.level = LOG_LEVEL_WARNING, .write = keep};
static const struct domain_list nobody;
static const struct client_list no_relays;
static const struct watch_trusted none = {&nobody, &no_relays};

static struct ip
ip(const char *text)
{
	struct ip parsed;

	assert_true(ip_parse(str_of(text), &parsed));
	return parsed;
}

static void
send(struct watch *watch, int times, const char *client,
     enum dmarc_result result, int64_t now_ms)
{
	struct dmarc_outcome outcome = {.result = result,
					.from = str_lit("sender.example")};
	struct verdict verdict = {.client = ip(client),
				  .dmarc = {.outcome = {outcome}, .count = 1}};

	for (int i = 0; i < times; i++)
		watch_message(watch, &verdict, &none, now_ms);
}

static void
test_a_domain_that_breaks(void **state)
{
	struct watch *watch = watch_new(&log_kept);

	(void)state;
	send(watch, 60, "192.0.2.1", DMARC_PASS, 1);
	send(watch, 19, "192.0.2.2", DMARC_FAIL, HOUR + 1);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 0);
	send(watch, 1, "192.0.2.2", DMARC_FAIL, HOUR + 2);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 1);
	assert_non_null(strstr(last, "watch=domain"));
	assert_non_null(strstr(last, "from-domain=sender.example"));
	assert_non_null(strstr(last, "passed=0 of=20 passed-before=60"));
	/* Once, until it is well again. */
	send(watch, 100, "192.0.2.2", DMARC_FAIL, HOUR + 3);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 1);
	watch_free(watch);
}

/* Nine of ten are well again, which may break once more. */
static void
test_a_domain_that_breaks_twice(void **state)
{
	struct watch *watch = watch_new(&log_kept);

	(void)state;
	send(watch, 60, "192.0.2.1", DMARC_PASS, 1);
	send(watch, 20, "192.0.2.1", DMARC_FAIL, HOUR + 1);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 1);
	/* 30 of 50 are not, those and 75 more are. */
	send(watch, 75, "192.0.2.1", DMARC_PASS, 2 * HOUR + 1);
	send(watch, 20, "192.0.2.1", DMARC_FAIL, 3 * HOUR + 1);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 2);
	assert_non_null(strstr(last, "passed=0 of=20 passed-before=90 "
				     "of-before=100"));
	watch_free(watch);
}

/* Of the fewest messages that tell anything half are no fall. */
static void
test_half_is_no_fall(void **state)
{
	struct watch *watch = watch_new(&log_kept);

	(void)state;
	send(watch, 50, "192.0.2.1", DMARC_PASS, 1);
	send(watch, 10, "192.0.2.1", DMARC_PASS, HOUR + 1);
	send(watch, 10, "192.0.2.1", DMARC_FAIL, HOUR + 1);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 0);
	send(watch, 1, "192.0.2.1", DMARC_FAIL, HOUR + 1);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 1);
	watch_free(watch);
	watch = watch_new(&log_kept);
	send(watch, 49, "192.0.2.1", DMARC_PASS, 1);
	send(watch, 99, "192.0.2.1", DMARC_FAIL, HOUR + 1);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 0);
	watch_free(watch);
}

static struct watch *watched;

static void
break_another(void)
{
	meanwhile = NULL;
	send(watched, 20, "198.51.100.1", DMARC_FAIL, HOUR + 2);
}

static void
test_a_log_that_waits_costs_no_sample(void **state)
{
	(void)state;
	watched = watch_new(&log_kept);
	send(watched, 60, "192.0.2.1", DMARC_PASS, 1);
	send(watched, 60, "198.51.100.1", DMARC_PASS, 1);
	meanwhile = break_another;
	send(watched, 20, "192.0.2.2", DMARC_FAIL, HOUR + 1);
	assert_null(meanwhile);
	assert_int_equal(watch_warnings(watched, WATCH_DOMAIN), 2);
	watch_free(watched);
}

static void
test_forgeries_warn_of_nothing(void **state)
{
	struct watch *watch = watch_new(&log_kept);

	(void)state;
	send(watch, 60, "192.0.2.1", DMARC_PASS, 1);
	send(watch, 500, "198.51.100.1", DMARC_FAIL, HOUR + 1);
	send(watch, 60, "192.0.2.1", DMARC_PASS, HOUR + 2);
	/* DNS trouble is neither. */
	send(watch, 60, "192.0.2.1", DMARC_TEMPERROR, 2 * HOUR + 3);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 0);
	watch_free(watch);
}

static void
test_a_slow_fall_is_none(void **state)
{
	struct watch *watch = watch_new(&log_kept);

	(void)state;
	send(watch, 50, "192.0.2.1", DMARC_PASS, 1);
	send(watch, 10, "192.0.2.1", DMARC_FAIL, 2);
	send(watch, 100, "192.0.2.1", DMARC_FAIL, HOUR + 1);
	assert_int_equal(watch_warnings(watch, WATCH_DOMAIN), 0);
	watch_free(watch);
}

static void
test_one_address(void **state)
{
	struct watch *watch = watch_new(&log_kept);

	(void)state;
	send(watch, 20, "198.51.100.1", DMARC_NONE, 1);
	send(watch, 80, "192.0.2.1", DMARC_NONE, 2);
	send(watch, 1, "192.0.2.1", DMARC_NONE, HOUR + 1);
	/* 80 of 100 are not over 80 %. */
	assert_int_equal(watch_warnings(watch, WATCH_REWRITTEN), 0);
	send(watch, 10, "198.51.100.1", DMARC_NONE, HOUR + 2);
	send(watch, 99, "192.0.2.1", DMARC_NONE, HOUR + 3);
	send(watch, 1, "192.0.2.1", DMARC_NONE, 2 * HOUR + 1);
	assert_int_equal(watch_warnings(watch, WATCH_REWRITTEN), 1);
	assert_non_null(strstr(last, "watch=rewritten client=192.0.2.1"));
	/* Once a day. */
	send(watch, 200, "192.0.2.1", DMARC_NONE, 2 * HOUR + 2);
	send(watch, 1, "192.0.2.1", DMARC_NONE, 3 * HOUR + 1);
	assert_int_equal(watch_warnings(watch, WATCH_REWRITTEN), 1);
	watch_free(watch);
}

static void
seal(struct watch *watch, int times, const char *domain,
     const struct watch_trusted *trusted, int64_t now_ms)
{
	struct arc_hop hop = {.instance = 1, .domain = str_of(domain)};
	struct verdict verdict = {
	    .client = ip("192.0.2.9"),
	    .client_class = CLIENT_RELAY,
	    .arc = {.result = ARC_PASS, .hop = &hop, .count = 1}};

	for (int i = 0; i < times; i++)
		watch_message(watch, &verdict, trusted, now_ms);
}

static void
test_a_sealer_that_goes_silent(void **state)
{
	struct watch *watch = watch_new(&log_kept);
	const struct str name[] = {STR("busy.example"), STR("rare.example")};
	const struct domain_list sealers = {name, 2};
	struct client_element relay = {.by = CLIENT_BY_NETWORK};
	const struct client_list relays = {.element = &relay, .count = 1};
	const struct watch_trusted trusted = {&sealers, &relays};

	(void)state;
	assert_true(ip_network_parse(str_lit("192.0.2.0/24"), &relay.network));
	seal(watch, 20, "busy.example", &trusted, 1);
	seal(watch, 19, "rare.example", &trusted, 2);
	seal(watch, 99, "other.example", &trusted, 24 * HOUR + 1);
	seal(watch, 1, "other.example", &trusted, 24 * HOUR + 2);
	assert_int_equal(watch_warnings(watch, WATCH_SILENT), 0);
	seal(watch, 1, "other.example", &trusted, 48 * HOUR + 3);
	assert_int_equal(watch_warnings(watch, WATCH_SILENT), 1);
	assert_non_null(strstr(last, "sealer=busy.example day-before=20"));
	/* The relay was never silent, and a silence is told once. */
	seal(watch, 200, "other.example", &trusted, 48 * HOUR + 4);
	seal(watch, 1, "other.example", &trusted, 72 * HOUR + 5);
	assert_int_equal(watch_warnings(watch, WATCH_SILENT), 1);
	watch_free(watch);
}

/* A relay by name is seen where the message is by it. */
static void
test_a_named_relay_that_goes_silent(void **state)
{
	static const struct client_element relay[] = {
	    {.by = CLIENT_BY_DOMAIN, .domain = STR("out.receiver.example")},
	    {.by = CLIENT_BY_SPF, .domain = STR("receiver.example")},
	};
	static const struct client_list relays = {relay, 2, 1, 1};
	static const struct watch_trusted trusted = {&nobody, &relays};
	struct watch *watch = watch_new(&log_kept);
	struct verdict verdict = {.client = ip("192.0.2.9"),
				  .client_class = CLIENT_RELAY,
				  .relay = &relay[0]};

	(void)state;
	for (int i = 0; i < 20; i++)
		watch_message(watch, &verdict, &trusted, 1);
	verdict.relay = &relay[1];
	for (int day = 1; day < 3; day++)
		for (int i = 0; i < 200; i++)
			watch_message(watch, &verdict, &trusted,
				      day * (24 * HOUR + 1));
	watch_message(watch, &verdict, &trusted, 3 * (24 * HOUR + 1));
	assert_int_equal(watch_warnings(watch, WATCH_SILENT), 1);
	assert_non_null(strstr(
	    last, "relay=\"name:*.out.receiver.example\" day-before=20"));
	watch_free(watch);
}

static void
relayed(struct watch *watch, int times, bool unread, int64_t now_ms)
{
	const struct client_element relay = {.by = CLIENT_BY_HOST,
					     .domain = STR("mx2.example")};
	struct verdict verdict = {
	    .client_class = CLIENT_RELAY,
	    .client = ip("192.0.2.9"),
	    .relay = &relay,
	    .seen = {.asked = true,
		     .unread = unread,
		     .reason = unread ? "its Received field is unclear" : ""}};

	for (int i = 0; i < times; i++)
		watch_message(watch, &verdict, &none, now_ms);
}

/* One message may be odd; when none can be read the keyword is wrong. */
static void
test_relays_that_are_not_read(void **state)
{
	struct watch *watch = watch_new(&log_kept);
	const char *reason;

	(void)state;
	relayed(watch, 9, true, 1);
	relayed(watch, 1, false, 2);
	relayed(watch, 9, true, 3);
	assert_int_equal(watch_warnings(watch, WATCH_UNREAD), 0);
	assert_int_equal(watch_unread(watch, &reason), 0);
	assert_string_equal(reason, "");
	relayed(watch, 1, true, 4);
	assert_int_equal(watch_warnings(watch, WATCH_UNREAD), 1);
	assert_string_equal(last, "watch=unread relay=name:mx2.example "
				  "messages=10 reason=\"its Received field is "
				  "unclear\"");
	/* Once a day, while it lasts. */
	relayed(watch, 40, true, 23 * HOUR);
	assert_int_equal(watch_warnings(watch, WATCH_UNREAD), 1);
	assert_int_equal(watch_unread(watch, &reason), 50);
	assert_string_equal(reason, "its Received field is unclear");
	relayed(watch, 1, true, 25 * HOUR);
	assert_int_equal(watch_warnings(watch, WATCH_UNREAD), 2);
	relayed(watch, 1, false, 25 * HOUR);
	assert_int_equal(watch_unread(watch, &reason), 0);
	watch_free(watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_domain_that_breaks),
	    cmocka_unit_test(test_a_domain_that_breaks_twice),
	    cmocka_unit_test(test_half_is_no_fall),
	    cmocka_unit_test(test_a_log_that_waits_costs_no_sample),
	    cmocka_unit_test(test_forgeries_warn_of_nothing),
	    cmocka_unit_test(test_a_slow_fall_is_none),
	    cmocka_unit_test(test_one_address),
	    cmocka_unit_test(test_a_sealer_that_goes_silent),
	    cmocka_unit_test(test_a_named_relay_that_goes_silent),
	    cmocka_unit_test(test_relays_that_are_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
