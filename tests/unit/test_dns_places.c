/* Places of lookups that wait: who may, for how long, and for whom it counts.
 */
#include "tests/support/test.h"

#include <stdio.h>

#include "base/limits.h"
#include "dns/places.h"

#define PATIENCE LIMIT_DNS_PATIENCE_MS
#define STEP LIMIT_DNS_TROUBLE_STEP_MS
#define TROUBLE LIMIT_DNS_TROUBLE_MS

static enum dns_room
enter(struct dns_places *places, const char *name, int64_t now_ms,
      struct dns_place *place)
{
	return dns_places_enter(places, str_of(name), 0, now_ms, place);
}

static void
enter_all(struct dns_places *places, const char *name, int64_t now_ms,
	  struct dns_place *place, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(enter(places, name, now_ms, &place[i]),
				 DNS_ROOM);
}

static void
leave_all(struct dns_places *places, const struct dns_place *place, size_t n,
	  int64_t now_ms)
{
	for (size_t i = 0; i < n; i++)
		dns_places_leave(places, &place[i], now_ms);
}

/* A zone whose one lookup has used its patience up. */
static struct dns_place
trouble(struct dns_places *places, const char *name, int64_t now_ms)
{
	struct dns_place place;

	enter_all(places, name, now_ms - PATIENCE, &place, 1);
	assert_int_equal(dns_places_stay(places, &place, now_ms), DNS_ROOM);
	assert_int_equal(place.kind, DNS_PLACE_SLOW);
	return place;
}

static void
test_calm(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 5, 100);
	struct dns_place calm[5], brief, other;

	(void)state;
	enter_all(places, "a.one.example", 0, calm, 5);
	assert_int_equal(calm[4].kind, DNS_PLACE_CALM);
	enter_all(places, "b.one.example", 0, &brief, 1);
	assert_int_equal(brief.kind, DNS_PLACE_BRIEF);
	enter_all(places, "a.two.example", 0, &other, 1);
	assert_int_equal(other.kind, DNS_PLACE_CALM);
	leave_all(places, calm, 1, 1);
	enter_all(places, "c.one.example", 1, calm, 1);
	assert_int_equal(calm[0].kind, DNS_PLACE_CALM);
	leave_all(places, calm, 5, 2);
	leave_all(places, &brief, 1, 2);
	leave_all(places, &other, 1, 2);
	dns_places_free(places);
}

/* A slow lookup makes its zone troubled, and for a while after it left. */
static void
test_trouble(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 5, 100);
	struct dns_place slow = trouble(places, "a.one.example", 1000), place;

	(void)state;
	enter_all(places, "b.one.example", 1000 + 2 * TROUBLE, &place, 1);
	assert_int_equal(place.kind, DNS_PLACE_BRIEF);
	leave_all(places, &place, 1, 1000);
	leave_all(places, &slow, 1, 1001);
	enter_all(places, "b.one.example", 1000 + STEP - 1, &place, 1);
	assert_int_equal(place.kind, DNS_PLACE_BRIEF);
	leave_all(places, &place, 1, 1000);
	enter_all(places, "b.one.example", 1000 + STEP, &place, 1);
	assert_int_equal(place.kind, DNS_PLACE_CALM);
	leave_all(places, &place, 1, 1000);
	dns_places_free(places);
}

/* The more lookups are slow, the longer it is troubled: a minute at most. */
static void
test_much_trouble(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 64, 100);
	struct dns_place slow[40], place;

	(void)state;
	enter_all(places, "a.one.example", 0, slow, 40);
	for (size_t i = 0; i < 40; i++)
		assert_int_equal(dns_places_stay(places, &slow[i], PATIENCE),
				 DNS_ROOM);
	leave_all(places, slow, 40, PATIENCE);
	enter_all(places, "b.one.example", PATIENCE + TROUBLE - 1, &place, 1);
	assert_int_equal(place.kind, DNS_PLACE_BRIEF);
	leave_all(places, &place, 1, PATIENCE);
	enter_all(places, "b.one.example", PATIENCE + TROUBLE, &place, 1);
	assert_int_equal(place.kind, DNS_PLACE_CALM);
	/* It was calm: what was slow before counts no more. */
	place.since_ms = TROUBLE * 2;
	assert_int_equal(
	    dns_places_stay(places, &place, TROUBLE * 2 + PATIENCE), DNS_ROOM);
	leave_all(places, &place, 1, TROUBLE * 2 + PATIENCE);
	enter_all(places, "b.one.example", TROUBLE * 2 + PATIENCE + STEP,
		  &place, 1);
	assert_int_equal(place.kind, DNS_PLACE_CALM);
	leave_all(places, &place, 1, TROUBLE * 3);
	dns_places_free(places);
}

/* Two dead zones take half of the brief places, and no more than two others. */
static void
test_share(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 64, 2 * 20);
	struct dns_place slow[3], dead[10], one[LIMIT_DNS_ZONE_BRIEF_SHARE],
	    none;
	char name[40];

	(void)state;
	slow[0] = trouble(places, "x.dead.example", 1000);
	slow[1] = trouble(places, "x.done.example", 1000);
	slow[2] = trouble(places, "x.slow.example", 1000);
	for (size_t i = 0; i < 10; i++) {
		snprintf(name, sizeof name, "m%zu.%s.example", i,
			 i % 2 ? "dead" : "done");
		enter_all(places, name, 1000, &dead[i], 1);
	}
	enter_all(places, "x.slow.example", 1000, &one[0], 1);
	assert_int_equal(enter(places, "n.dead.example", 1000, &none),
			 DNS_ROOM_ALL);
	enter_all(places, "x.slow.example", 1000, &one[1], 1);
	assert_int_equal(enter(places, "y.slow.example", 1000, &none),
			 DNS_ROOM_ALL);
	leave_all(places, dead, 2, 1000);
	enter_all(places, "y.slow.example", 1000, dead, 1);
	leave_all(places, dead, 1, 1000);
	leave_all(places, dead + 2, 8, 1000);
	leave_all(places, one, 2, 1000);
	leave_all(places, slow, 3, 1000);
	dns_places_free(places);
}

/* Who had no patience left proves nothing of the zone. */
static void
test_no_patience(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 5, 100);
	struct dns_place place;

	(void)state;
	enter_all(places, "a.one.example", 0, &place, 1);
	assert_int_equal(dns_places_stay(places, &place, PATIENCE - 1),
			 DNS_ROOM);
	leave_all(places, &place, 1, PATIENCE - 1);
	enter_all(places, "a.one.example", PATIENCE, &place, 1);
	assert_int_equal(place.kind, DNS_PLACE_CALM);
	leave_all(places, &place, 1, PATIENCE);
	dns_places_free(places);
}

/* A dead branch of a troubled zone leaves brief places to the others. */
static void
test_branches(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 64, 100);
	struct dns_place slow = trouble(places, "x.dead.one.example", 1000);
	struct dns_place place[LIMIT_DNS_ZONE_BRIEF], none;
	const char *branch[] = {"1.dead.one.example", "one.example",
				"_dmarc.one.example",
				"s._domainkey.one.example"};
	const size_t each = LIMIT_DNS_BRANCH_BRIEF;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		enter_all(places, branch[i], 1000, &place[i * each], each);
		assert_int_equal(enter(places, branch[i], 1000, &none),
				 DNS_ROOM_ZONE);
	}
	assert_int_equal(enter(places, "2.dead.one.example", 1000, &none),
			 DNS_ROOM_ZONE);
	assert_int_equal(LIMIT_DNS_ZONE_BRIEF, 4 * each);
	assert_int_equal(enter(places, "mail.one.example", 1000, &none),
			 DNS_ROOM_ZONE);
	leave_all(places, place, 1, 1000);
	enter_all(places, "mail.one.example", 1000, place, 1);
	leave_all(places, place, LIMIT_DNS_ZONE_BRIEF, 1000);
	leave_all(places, &slow, 1, 1000);
	dns_places_free(places);
}

static void
test_slow_of_a_zone(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 2, 100);
	struct dns_place calm[2], brief;

	(void)state;
	enter_all(places, "a.one.example", 0, calm, 2);
	enter_all(places, "b.one.example", 0, &brief, 1);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(dns_places_stay(places, &calm[i], PATIENCE),
				 DNS_ROOM);
	assert_int_equal(dns_places_stay(places, &brief, PATIENCE),
			 DNS_ROOM_ZONE);
	leave_all(places, calm, 1, PATIENCE);
	assert_int_equal(dns_places_stay(places, &brief, PATIENCE), DNS_ROOM);
	leave_all(places, calm + 1, 1, PATIENCE);
	leave_all(places, &brief, 1, PATIENCE);
	dns_places_free(places);
}

static void
test_slow_in_all(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 64, 3);
	struct dns_place slow[3], place;

	(void)state;
	slow[0] = trouble(places, "one.example", 1000);
	slow[1] = trouble(places, "two.example", 1000);
	slow[2] = trouble(places, "three.example", 1000);
	enter_all(places, "four.example", 1000, &place, 1);
	assert_int_equal(place.kind, DNS_PLACE_CALM);
	assert_int_equal(dns_places_stay(places, &place, 1000 + PATIENCE),
			 DNS_ROOM_ALL);
	leave_all(places, &place, 1, 1000 + PATIENCE);
	/* Refused as it was, it showed that its zone is slow. */
	enter_all(places, "four.example", 1000 + PATIENCE, &place, 1);
	assert_int_equal(place.kind, DNS_PLACE_BRIEF);
	/* Half of three: the others are held up by no zone of theirs. */
	assert_int_equal(
	    enter(places, "one.example", 1000 + PATIENCE, &slow[2]),
	    DNS_ROOM_ALL);
	leave_all(places, &place, 1, 1000 + PATIENCE);
	dns_places_free(places);
}

/* What is known of zones long past is forgotten, and nothing else is. */
static void
test_many_zones(void **state)
{
	struct dns_places *places = dns_places_new(NULL, 64, 20000);
	struct dns_place slow, kept = trouble(places, "kept.example", 1);
	char name[32];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "z%d.example", i);
		slow = trouble(places, name, (int64_t)i * 100);
		leave_all(places, &slow, 1, (int64_t)i * 100);
	}
	enter_all(places, "kept.example", 10000 * 100, &slow, 1);
	assert_int_equal(slow.kind, DNS_PLACE_BRIEF);
	leave_all(places, &slow, 1, 10000 * 100);
	leave_all(places, &kept, 1, 10000 * 100);
	dns_places_free(places);
}

static void
assert_zone(const char *name, const char *zone)
{
	struct str found = dns_zone_of(NULL, str_of(name));

	assert_true(str_is(found, zone));
}

static void
test_zone_of(void **state)
{
	(void)state;
	assert_zone("a.b.one.example", "one.example");
	assert_zone("s._domainkey.one.example", "one.example");
	assert_zone("example", "example");
	assert_zone("4.3.2.192.in-addr.arpa", "2.192.in-addr.arpa");
	assert_zone("1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0."
		    "1.0.0.2.ip6.arpa",
		    "8.b.d.0.1.0.0.2.ip6.arpa");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_calm),
	    cmocka_unit_test(test_trouble),
	    cmocka_unit_test(test_much_trouble),
	    cmocka_unit_test(test_share),
	    cmocka_unit_test(test_no_patience),
	    cmocka_unit_test(test_branches),
	    cmocka_unit_test(test_slow_of_a_zone),
	    cmocka_unit_test(test_slow_in_all),
	    cmocka_unit_test(test_many_zones),
	    cmocka_unit_test(test_zone_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
