/*
 * What a message keeps in memory: whoever sends many at once must not hold many
 * times what was sent, nor what nobody counts.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authres/authres.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tests/support/zone.h"
#include "verify/verify.h"

/* Beside the octets: the lists of 2,000 fields, and what a message has anyway.
 */
#define KEPT_ANYWAY (512 * 1024)
#define KEPT_TIMES 3

#define BODY_HASH "bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; "
#define SIGNATURE \
	" v=1; a=rsa-sha256; d=sender.example; s=s; " BODY_HASH "b=AAAA; "
#define INSTANCE " i=%u; a=rsa-sha256; d=sender.example; s=s; "

/* A header: `fields` fields of one name; the octet that `many` begins with
   fills each to its size, the rest of `many` included. */
static const struct hostile {
	const char *what, *name, *begin, *many, *end;
	unsigned fields;
	size_t octets; /* of a value */
} headers[] = {
    {"fields without a value", "X", "", "", "", 2000, 0},
    {"values of 500 octets", "X", "", "x", "", 2000, 500},
    {"values of half a chunk", "X", "", "x", "", 240, 4100},
    {"values of a chunk", "X", "", "x", "", 120, 8200},
    {"one large value", "X", "", "x", "", 1, 1000000},
    {"bare line feeds", "X", "", "\n", "", 1, 1000000},
    {"empty signatures", "DKIM-Signature", "", "", "", 2000, 0},
    {"signatures of many tags", "DKIM-Signature", " v=1", ";", "", 2000, 500},
    {"names in h=", "DKIM-Signature", SIGNATURE "h=from", ":a", "", 1500, 600},
    {"a long b=", "DKIM-Signature", " v=1; d=sender.example; b=", "A", "", 1,
     1000000},
    {"many long b=", "DKIM-Signature",
     " v=1; a=rsa-sha256; d=sender.example; s=s; h=from; " BODY_HASH "b=", "A",
     "", 19, 50000},
    {"a long i=", "DKIM-Signature", SIGNATURE "h=from; i=", "a",
     "@sender.example", 19, 50000},
    {"a long bh=", "DKIM-Signature",
     " v=1; a=rsa-sha256; d=sender.example; s=s; h=from; b=AAAA; bh=", "A", "",
     19, 50000},
    {"long unknown tags", "DKIM-Signature", SIGNATURE "h=from; z=", "a", "", 19,
     50000},
    {"unknown tags of blanks", "DKIM-Signature", SIGNATURE "h=from; z=a", " ",
     "a", 19, 50000},
    {"long message signatures", "ARC-Message-Signature",
     INSTANCE "h=from; " BODY_HASH "b=AAAA; z=", "a", "", 50, 20000},
    {"long b= of message signatures", "ARC-Message-Signature",
     INSTANCE "h=from; " BODY_HASH "b=", "A", "", 50, 20000},
    {"names in h= of message signatures", "ARC-Message-Signature",
     INSTANCE BODY_HASH "b=AAAA; h=from", ":a", "", 50, 600},
    {"long b= of seals", "ARC-Seal", INSTANCE "cv=none; b=", "A", "", 50,
     20000},
    {"long results", "ARC-Authentication-Results", " i=%u; ", "a", "", 50,
     20000},
    {"a From of addresses", "From", " a@b.example", ",a@b.example", "", 1,
     LIMIT_FROM_BYTES},
    {"a From of long names", "From", " a b", "@aaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "", 1, LIMIT_FROM_BYTES},
    {"a From of many readings", "From", " a b", "@a\".\\.(.).\x01", "", 1,
     LIMIT_FROM_BYTES},
    {"a From of one name", "From", " a b@a", "\"a", "", 1, LIMIT_FROM_BYTES},
    {"a From of encoded words", "From", " a b", "=?a?q?@a.example?=", "", 1,
     LIMIT_FROM_BYTES},
    {"many From fields", "From", " a b", "@a\".\\.(.).\x01", "", 1000, 60},
    {"results of ours", "Authentication-Results", " mx.receiver.example; ", "a",
     "", 1500, 600},
    {"results of comments", "Authentication-Results", " ", "(", "", 10, 90000},
    {"a long List-Id", "List-Id", " ", "a", "<b.example>", 1, 1000000},
};

/* Returns its octets. */
static size_t
add_field(struct verify *verify, const struct hostile *h, unsigned number)
{
	size_t room = h->octets + 1000, n;
	char *value = mem_alloc(room);

	/* clang-format off */
	n = strstr(h->begin, "%u") != NULL
		? (size_t)snprintf(value, room, " i=%u%s", number + 1,
				   strchr(h->begin, ';'))
		: (size_t)snprintf(value, room, "%s", h->begin);
	/* clang-format on */
	for (size_t i = 0; n < h->octets; i++)
		value[n++] = h->many[i % strlen(h->many)];
	memcpy(value + n, h->end, strlen(h->end));
	n += strlen(h->end);
	verify_header(verify, str_of(h->name), str_n(value, n));
	free(value);
	return strlen(h->name) + n + 3;
}

/* Octets that a message with this header keeps, to its end. */
static size_t
kept_by(const struct hostile *h, size_t *octets_out)
{
	struct zone *zone = zone_parse("");
	struct verify_engine engine = {
	    .resolver = dns_resolver_new_offline(zone_oracle, zone)};
	struct verify_options options = {.limits = {.dns = {0}}};
	struct verify_envelope envelope = {.now = 1, .prefetch = true};
	struct verify *verify = verify_begin(&engine, &options, &envelope);
	const struct str id = str_lit("mx.receiver.example");
	const struct authres_options own = {
	    .id = id, .ids = &id, .n_ids = 1, .comments = true};
	size_t count;

	*octets_out = 0;
	for (unsigned i = 0; i < h->fields; i++)
		*octets_out += add_field(verify, h, i);
	if (strcmp(h->name, "From") != 0)
		verify_header(verify, str_lit("From"), str_lit(" a@b.example"));
	assert_int_equal(verify_finish(verify, NULL, NULL), 0);
	struct arena *arena = verify_arena(verify);
	(void)authres_forged(arena, verify_header_fields(verify), &own,
			     CLIENT_FOREIGN, &count);
	(void)authres_build(arena, &own, verify_verdict(verify));
	size_t kept = arena_size(arena);
	verify_free(verify);
	dns_resolver_free(engine.resolver);
	zone_free(zone);
	return kept;
}

static void
test_kept_octets(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		size_t octets, kept = kept_by(&headers[i], &octets);
		bool fits = kept <= KEPT_TIMES * octets + KEPT_ANYWAY;
		print_message("# %s: %zu octets, %zu kept\n", headers[i].what,
			      octets, kept);
		if (!fits)
			print_message("#   too many\n");
		wrong += !fits;
	}
	assert_int_equal(wrong, 0);
}

/* --- answers that stay with the message --- */

/* From domain of eight labels: so many policy records are asked for. */
#define DEEP "a.b.c.d.e.f.g.example"
#define DEEP_TARGETS 8

/* Each one's octets are `n`. */
static struct zone *
zone_of_answers(size_t n)
{
	struct buf text;

	buf_init(&text, NULL);
	for (size_t i = 0; i < DEEP_TARGETS; i++) {
		buf_printf(&text, "_dmarc.%s TXT \"",
			   DEEP + (i == 0 ? 0 : 2 * i));
		for (size_t k = 0; k < n; k++)
			buf_addc(&text, 'x');
		buf_adds(&text, "\"\n");
	}
	struct zone *zone = zone_parse(text.p);
	buf_clear(&text);
	return zone;
}

/* What the message comes to; *most_out: what it held at its end. */
static int
judge(size_t answer, size_t limit, struct account *account, size_t *most_out)
{
	struct zone *zone = zone_of_answers(answer);
	struct arena_pool pool;
	struct verify_engine engine = {
	    .resolver = dns_resolver_new_offline(zone_oracle, zone),
	    .pool = &pool};
	struct verify_options options = {.limits = {.dns = {0}}};
	struct verify_envelope envelope = {.now = 1, .account = account};

	arena_pool_init(&pool, limit);
	struct verify *verify = verify_begin(&engine, &options, &envelope);
	verify_header(verify, str_lit("From"), str_lit(" a@" DEEP));
	int status = verify_finish(verify, NULL, NULL);
	*most_out = pool.used;
	assert_int_equal(account_add(account, ACCOUNT_MEMORY, 0), pool.used);
	verify_free(verify);
	assert_int_equal(pool.used, 0);
	assert_int_equal(account_add(account, ACCOUNT_MEMORY, 0), 0);
	dns_resolver_free(engine.resolver);
	zone_free(zone);
	return status;
}

static void
test_large_answers(void **state)
{
	struct accounts *accounts = accounts_new();
	struct account *account = account_open(accounts, ip_none());
	size_t held;

	(void)state;
	assert_int_equal(judge(60000, 2000000, account, &held), ERR_OK);
	assert_in_range(held, DEEP_TARGETS * 60000, 600000);
	assert_int_equal(judge(60000, 200000, account, &held), ERR_MEMORY);
	/* Nothing more is asked for once there is no room. */
	assert_in_range(held, 60000, 200000);
	/* Small ones cost nothing. */
	assert_int_equal(judge(1000, 2000000, account, &held), ERR_OK);
	assert_in_range(held, 1, 30000);
	account_close(accounts, account);
	accounts_free(accounts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kept_octets),
	    cmocka_unit_test(test_large_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
