#include "tests/support/test.h"

#include "base/err.h"
#include "tests/support/zone.h"
#include "verify/verify.h"

/* The limits that a header of `fields` fields, 20 octets each, passes. */
static unsigned
header_limits(struct header_limits limits, int fields)
{
	struct zone *zone = zone_parse("");
	struct verify_engine engine = {
	    .resolver = dns_resolver_new_offline(zone_oracle, zone)};
	struct verify_options options = {.limits = {.header = limits}};
	struct verify_envelope envelope = {.now = 1};
	struct verify *verify = verify_begin(&engine, &options, &envelope);

	for (int i = 0; i < fields; i++)
		verify_header(verify, exact("Subject"), exact(" 12345678"));
	verify_eoh(verify);
	unsigned passed = verify_verdict(verify)->limits;
	verify_free(verify);
	dns_resolver_free(engine.resolver);
	zone_free(zone);
	return passed;
}

static void
test_header_limits(void **state)
{
	(void)state;
	/* The colon and the line end count. */
	const size_t field = sizeof "Subject: 12345678\r\n" - 1;
	struct header_limits three = {.fields = 3, .bytes = 1000};
	struct header_limits octets = {.fields = 10, .bytes = 3 * field};

	assert_int_equal(header_limits(three, 3), 0);
	assert_int_equal(header_limits(three, 4), VERDICT_LIMIT_HEADER_FIELDS);
	assert_int_equal(header_limits(octets, 3), 0);
	assert_int_equal(header_limits(octets, 4), VERDICT_LIMIT_HEADER_BYTES);
	octets.fields = 3;
	assert_int_equal(header_limits(octets, 4),
			 VERDICT_LIMIT_HEADER_FIELDS |
			     VERDICT_LIMIT_HEADER_BYTES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
