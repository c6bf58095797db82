/* What a mail server that canonifies may show for a From domain. */
#include "tests/support/test.h"

#include <stdio.h>

#include "dns/answer.h"
#include "verify/alias.h"

/* A name server of the sender's: each type its own way. */
struct liar {
	enum dns_type type; /* of which alias.example shows a CNAME */
	const char *target;
	unsigned links;   /* n0.example -> n1.example -> ... */
	const char *host; /* the mail server's; NULL: mx.receiver.example */
};

static struct dns_answer *
answer_as(void *ctx, struct str name, enum dns_type type)
{
	const struct liar *liar = ctx;
	struct dns_answer *answer = dns_answer_new(name, type, DNS_NODATA, "");
	unsigned at;
	char next[32];

	if (str_is(name, "lost.example") && type == DNS_MX)
		answer->status = DNS_TIMEOUT;
	if (str_is(name, "alias.example") && type == liar->type)
		dns_answer_add_alias(answer, str_of(liar->target));
	if (str_is(name, "www.shop.receiver.example") && type == DNS_A)
		dns_answer_add_ip(answer,
				  ip_v4((const uint8_t[4]){192, 0, 2, 7}));
	if (name.p[0] == 'n' && name.n < sizeof next) {
		snprintf(next, sizeof next, "%.*s", STR_ARG(name));
		if (sscanf(next, "n%u.example", &at) == 1 && at < liar->links) {
			snprintf(next, sizeof next, "n%u.example", at + 1);
			dns_answer_add_alias(answer, str_of(next));
		}
	}
	return answer;
}

static void
run_targets(struct arena *arena, struct liar *liar, unsigned questions,
	    struct verdict_from *from,
	    struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS])
{
	struct dns_limits limits = {.questions = questions, .prefetches = 40};
	struct dns_resolver *resolver =
	    dns_resolver_new_offline(answer_as, liar);
	struct dns_session *session = dns_session_new(resolver, &limits);

	alias_domains(arena, session,
		      str_of(liar->host ? liar->host : "mx.receiver.example"),
		      INT64_MAX, from, doubt);
	dns_session_unref(session);
	dns_resolver_free(resolver);
}

static struct verdict_from
targets(struct arena *arena, struct liar *liar, const char *author,
	unsigned questions, struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS])
{
	struct verdict_from from = {.state = FROM_ONE,
				    .domain = {str_of(author)},
				    .count = 1,
				    .strict = true,
				    .reason = ""};

	run_targets(arena, liar, questions, &from, doubt);
	return from;
}

static void
test_each_type(void **state)
{
	static const enum dns_type types[] = {DNS_AAAA, DNS_A, DNS_MX};
	struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS];
	struct arena *arena = arena_new(NULL);

	(void)state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct liar liar = {.type = types[i], .target = "Bank.Example"};
		struct verdict_from from =
		    targets(arena, &liar, "alias.example", 200, doubt);
		assert_int_equal(from.count, 2);
		assert_int_equal(from.state, FROM_SEVERAL);
		assert_str(from.domain[0], "alias.example");
		assert_str(from.domain[1], "bank.example");
		assert_int_equal(doubt[0].reason.n + doubt[1].reason.n, 0);
	}
	/* Nobody canonifies by another type. */
	struct liar liar = {.type = DNS_TXT, .target = "bank.example"};
	assert_int_equal(
	    targets(arena, &liar, "alias.example", 200, doubt).count, 1);
	arena_free(arena);
}

/* Below the domain of the host, by its own name or by one that hosts share. */
static void
test_completed(void **state)
{
	static const char *const hosts[] = {"mx.receiver.example",
					    "mx.a.b.receiver.example",
					    "receiver.example"};
	struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS];
	struct arena *arena = arena_new(NULL);
	struct liar liar = {.target = ""};

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		liar.host = hosts[i];
		struct verdict_from from =
		    targets(arena, &liar, "www.shop", 200, doubt);
		assert_int_equal(from.count, 2);
		assert_str(from.domain[1], "www.shop.receiver.example");
		assert_int_equal(
		    targets(arena, &liar, "ftp.shop", 200, doubt).count, 1);
	}
	/* nothing below a top-level domain */
	liar.host = "example";
	assert_int_equal(
	    targets(arena, &liar, "www.shop.receiver", 200, doubt).count, 1);
	arena_free(arena);
}

static void
test_bounds(void **state)
{
	struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS];
	struct arena *arena = arena_new(NULL);
	struct liar chain = {.links = LIMIT_AUTHOR_ALIASES - 1};
	struct liar longer = {.links = LIMIT_AUTHOR_ALIASES};
	struct liar odd = {.type = DNS_A, .target = "bank.example\""};
	struct liar hidden = {.type = DNS_MX, .target = ""};

	(void)state;
	struct verdict_from from =
	    targets(arena, &chain, "n0.example", 200, doubt);
	assert_int_equal(from.count, 2);
	assert_str(from.domain[1], "n11.example");
	from = targets(arena, &longer, "n0.example", 200, doubt);
	assert_int_equal(from.state, FROM_TOO_MANY);
	assert_int_equal(
	    targets(arena, &odd, "alias.example", 200, doubt).state,
	    FROM_TOO_MANY);
	assert_int_equal(
	    targets(arena, &hidden, "alias.example", 200, doubt).state,
	    FROM_TOO_MANY);
	/* Not asked is not answered. */
	from = targets(arena, &chain, "n0.example", 5, doubt);
	assert_true(doubt[0].limited);
	assert_true(doubt[0].reason.n > 0);
	arena_free(arena);
}

/* What a display name shows stays mere text, unless Sendmail shows it too. */
static void
test_shown(void **state)
{
	struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS];
	struct arena *arena = arena_new(NULL);
	struct liar liar = {.type = DNS_A, .target = "bank.example"};
	struct verdict_from written = {
	    .state = FROM_SEVERAL,
	    .domain = {str_lit("alias.example"), str_lit("text.example")},
	    .count = 2,
	    .shown = 1,
	    .strict = true,
	    .reason = ""};

	(void)state;
	struct verdict_from from = written;
	run_targets(arena, &liar, 200, &from, doubt);
	assert_int_equal(from.count, 3);
	assert_int_equal(from.shown, 1);
	assert_str(from.domain[0], "alias.example");
	assert_str(from.domain[1], "bank.example");
	assert_str(from.domain[2], "text.example");
	from = written;
	from.domain[1] = str_lit("bank.example");
	run_targets(arena, &liar, 200, &from, doubt);
	assert_int_equal(from.count, 2);
	assert_int_equal(from.shown, 0);
	/* Text is looked at only where nobody knows what is text. */
	from = written;
	from.domain[0] = str_lit("text.example");
	from.domain[1] = str_lit("alias.example");
	run_targets(arena, &liar, 200, &from, doubt);
	assert_int_equal(from.count, 2);
	from.strict = false;
	run_targets(arena, &liar, 200, &from, doubt);
	assert_int_equal(from.count, 3);
	assert_str(from.domain[1], "bank.example");
	assert_str(from.domain[2], "alias.example");
	/* Nor does a doubt get lost where a target is named beside it. */
	from = written;
	from.strict = false;
	from.shown = 2;
	from.count = 3;
	from.domain[0] = str_lit("author.example");
	from.domain[1] = str_lit("lost.example");
	from.domain[2] = str_lit("alias.example");
	liar.target = "lost.example";
	run_targets(arena, &liar, 200, &from, doubt);
	assert_int_equal(from.count, 3);
	assert_str(from.domain[1], "lost.example");
	assert_true(doubt[1].reason.n > 0);
	liar.target = "bank.example";
	/* The doubt goes with its domain. */
	from = written;
	run_targets(arena, &liar, 4, &from, doubt);
	assert_true(doubt[0].limited);
	assert_int_equal(doubt[2].reason.n, 0);
	arena_free(arena);
}

/* As many as a message may have, and one more. */
static void
test_room(void **state)
{
	struct dmarc_doubt doubt[LIMIT_AUTHOR_DOMAINS];
	struct arena *arena = arena_new(NULL);
	struct liar liar = {.type = DNS_A, .target = "bank.example"};
	struct verdict_from written = {
	    .state = FROM_SEVERAL,
	    .domain = {str_lit("a.example"), str_lit("b.example"),
		       str_lit("c.example"), str_lit("alias.example")},
	    .count = LIMIT_AUTHOR_DOMAINS,
	    .strict = true,
	    .reason = ""};

	(void)state;
	struct verdict_from from = written;
	run_targets(arena, &liar, 200, &from, doubt);
	assert_int_equal(from.count, LIMIT_AUTHOR_DOMAINS);
	assert_int_equal(from.state, FROM_TOO_MANY);
	from = written;
	from.count = LIMIT_AUTHOR_DOMAINS - 1;
	from.domain[0] = from.domain[3];
	run_targets(arena, &liar, 200, &from, doubt);
	assert_int_equal(from.count, LIMIT_AUTHOR_DOMAINS);
	assert_int_equal(from.state, FROM_SEVERAL);
	assert_str(from.domain[3], "bank.example");
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_type), cmocka_unit_test(test_completed),
	    cmocka_unit_test(test_bounds),    cmocka_unit_test(test_shown),
	    cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
