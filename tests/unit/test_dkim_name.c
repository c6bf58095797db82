#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/domain.h"
#include "dkim/name.h"
#include "tests/support/dkim_world.h"

#define BUECHER     \
	"b\xc3\xbc" \
	"cher.example"
#define A_BUECHER "xn--bcher-kva.example"
#define BUECHER_TAGS "v=1; a=rsa-sha256; c=relaxed; h=from; d=" BUECHER "; s=s1"

static void
add_junk(struct dkim_world *w, const char *d, const char *s)
{
	dkim_world_signature(
	    w, arena_printf(w->arena,
			    "v=1; a=rsa-sha256; d=%s; s=%s; h=from; bh=AAAAAAA"
			    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AAAA",
			    d, s));
}

static void
add_u_junk(struct dkim_world *w, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		add_junk(w, dkim_world_u_name(w->arena, i).p, "s1");
}

static const struct dkim_outcome *
last_shown(const struct dkim_world *w)
{
	return &w->results.outcome[w->results.count - 1];
}

static void
expect_last_passes(struct dkim_world *w, const char *tags, const char *key)
{
	dkim_world_from(w);
	add_u_junk(w, 999);
	dkim_world_signature(w, dkim_world_sign(w, tags));
	dkim_world_run(w, dkim_world_key(w, key, "", dkim_world_rsa).p, BODY);
	assert_str(last_shown(w)->reason, "");
	assert_int_equal(last_shown(w)->result, DKIM_PASS);
	assert_true(w->results.untried > 900);
	assert_dkim_outcome(w, LIMIT_DKIM_SHOWN - 2, DKIM_NEUTRAL,
			    "not tried: more than 10 signatures");
}

static void
test_aligned_u_label_behind_junk(void **state)
{
	struct dkim_world *w = *state;

	w->author[0] = str_lit(A_BUECHER);
	expect_last_passes(w, BUECHER_TAGS, "s1._domainkey." A_BUECHER);
}

static void
test_u_label_above_author_behind_junk(void **state)
{
	struct dkim_world *w = *state;

	w->author[0] = str_lit("mail." A_BUECHER);
	expect_last_passes(w, BUECHER_TAGS, "s1._domainkey." A_BUECHER);
}

static void
test_u_label_below_author_behind_junk(void **state)
{
	struct dkim_world *w = *state;

	w->author[0] = str_lit("sender.example");
	expect_last_passes(w,
			   "v=1; a=rsa-sha256; c=relaxed; h=from; s=s1; "
			   "d=b\xc3\xbc"
			   "cher.Sender.example",
			   "s1._domainkey.xn--bcher-kva.sender.example");
}

/* d= in A-labels and capitals, s= and i= in U-labels */
static void
test_mixed_labels_behind_junk(void **state)
{
	struct dkim_world *w = *state;

	w->author[0] = str_lit(A_BUECHER);
	expect_last_passes(
	    w,
	    "v=1; a=rsa-sha256; c=relaxed; h=from; d=XN--BCHER-KVA.Example; "
	    "s=m\xc3\xa4rz; i=@" BUECHER,
	    "xn--mrz-qla._domainkey." A_BUECHER);
}

static void
test_ascii_behind_junk(void **state)
{
	struct dkim_world *w = *state;

	expect_last_passes(w, TAGS, S1);
}

/* Each of the two accounts ends, and says so. */
static void
test_accounts_end(void **state)
{
	struct dkim_world *w = *state;

	w->author[0] = str_lit(A_BUECHER);
	w->input.max_signatures = LIMIT_DKIM_SHOWN;
	dkim_world_from(w);
	for (unsigned i = 0; i < LIMIT_DKIM_MAPPED / 2 + 1; i++)
		add_junk(w, BUECHER, "m\xc3\xa4rz\xff");
	for (unsigned i = 0; i < LIMIT_DKIM_MAPPED + 1; i++)
		add_junk(w, "\xff.example", "s1");
	dkim_world_run(w, "", BODY);
	assert_int_equal(w->results.untried, 2);
	assert_dkim_outcome(w, 0, DKIM_PERMERROR, "s= is not a selector");
}

static void
test_shown_ones_are_mapped(void **state)
{
	struct dkim_world *w = *state;

	w->input.max_signatures = LIMIT_DKIM_SHOWN;
	dkim_world_from(w);
	for (unsigned i = 0; i < LIMIT_DKIM_SHOWN; i++)
		add_junk(w, dkim_world_u_name(w->arena, i).p,
			 "m\xc3\xa4rz; i=@m\xc3\xa4rz");
	dkim_world_run(w, "", BODY);
	assert_int_equal(w->results.untried, 0);
}

/* 253 octets in UTF-8 are enough for every name, if short in A-labels too. */
static void
test_length(void **state)
{
	struct dkim_world *w = *state;
	struct buf d;

	buf_init(&d, w->arena);
	for (int i = 0; i < 61; i++)
		buf_adds(&d,
			 i == 50 ? ".\xf0\x90\x8c\xb0" : "\xf0\x90\x8c\xb0");
	buf_adds(&d, ".example");
	assert_int_equal(d.n, LIMIT_DOMAIN);
	dkim_world_from(w);
	add_junk(w, d.p, "s1");
	buf_adds(&d, "s");
	add_junk(w, d.p, "s1");
	dkim_world_run(w, "", BODY);
	assert_dkim_outcome(w, 0, DKIM_FAIL, "body hash did not verify");
	assert_dkim_outcome(w, 1, DKIM_PERMERROR, "d= is not a domain name");
}

/* --- one name --- */

static void
test_group(void **state)
{
	const struct str author[] = {str_lit("a.example"),
				     str_lit("b.example")};

	(void)state;
	assert_int_equal(dkim_group_of(author, 1, exact("m.a.example")),
			 DKIM_ALIGNED);
	assert_int_equal(dkim_group_of(author, 1, exact("b.example")),
			 DKIM_OTHER);
	assert_int_equal(dkim_group_of(author, 1, exact("")), DKIM_OTHER);
	assert_int_equal(dkim_group_of(author, 0, exact("a.example")),
			 DKIM_OTHER);
}

static void
test_label_authors(void **state)
{
	struct dkim_world *w = *state;
	struct str author[LIMIT_AUTHOR_DOMAINS + 1];
	struct dkim_labels labels;

	for (size_t i = 0; i < LIMIT_AUTHOR_DOMAINS + 1; i++)
		author[i] = str_lit(A_BUECHER);
	dkim_labels_init(&labels, w->arena, author, 1);
	assert_int_equal(labels.authors, 2);
	assert_str(labels.author[1], BUECHER);
	dkim_labels_init(&labels, w->arena, author, LIMIT_AUTHOR_DOMAINS + 1);
	assert_int_equal(labels.authors, 2 * LIMIT_AUTHOR_DOMAINS);
}

/* Names that an account has left, of the group that d= belongs to. */
static unsigned
mapped(struct dkim_world *w, struct dkim_labels *labels, const char *d)
{
	unsigned count = 0;
	struct str out;

	dkim_labels_of(labels, exact(d));
	while (dkim_name(w->arena, exact(BUECHER), labels, &out) ==
	       DKIM_NAME_OK) {
		assert_str(out, A_BUECHER);
		count++;
	}
	assert_int_equal(dkim_name(w->arena, exact("A.example"), labels, &out),
			 DKIM_NAME_OK);
	assert_str(out, "a.example");
	return count;
}

static void
test_two_accounts(void **state)
{
	struct dkim_world *w = *state;
	struct dkim_labels labels;

	dkim_labels_init(&labels, w->arena, w->author, 1);
	assert_int_equal(mapped(w, &labels, "A.Example"), LIMIT_DKIM_MAPPED);
	assert_int_equal(mapped(w, &labels, "mail.a.example"), 0);
	assert_int_equal(mapped(w, &labels, "b.example"), LIMIT_DKIM_MAPPED);
	assert_int_equal(mapped(w, &labels, "c.example"), 0);
}

/* The longest name is near its author; a longer one is nobody's. */
static void
test_group_of_longest(void **state)
{
	struct dkim_world *w = *state;
	struct dkim_labels labels;
	struct str longer = arena_printf(w->arena, "%0244d.a.example", 0);

	dkim_labels_init(&labels, w->arena, w->author, 1);
	assert_int_equal(longer.n, LIMIT_DOMAIN + 1);
	dkim_labels_of(&labels, str_from(longer, 1));
	assert_int_equal(labels.group, DKIM_ALIGNED);
	dkim_labels_of(&labels, longer);
	assert_int_equal(labels.group, DKIM_OTHER);
}

static void
test_no_name(void **state)
{
	static const char *const bad[] = {"", ".", "a.example."};
	struct dkim_world *w = *state;
	struct str out;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(dkim_name(w->arena, exact(bad[i]), NULL, &out),
				 DKIM_NAME_BAD);
}

/* --- i= --- */

static void
test_identity(void **state)
{
	static const char *const good[][3] = {
	    {"@a.example", "@a.example", "a.example"},
	    {"joe@a.example", "joe@a.example", "a.example"},
	    {"j=6Fe@ a.example", "joe@a.example", "a.example"},
	    {"joe@a.exampl=65", "joe@a.example", "a.example"},
	    {"\"j=20e\"@a.example", "\"j e\"@a.example", "a.example"},
	    {"\"j=40e\"@a.example", "\"j@e\"@a.example", "a.example"},
	    {"j=C3=a9@a.example", "j\xc3\xa9@a.example", "a.example"},
	};
	struct dkim_world *w = *state;
	struct str text, domain;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_true(
		    dkim_identity(w->arena, exact(good[i][0]), &text, &domain));
		assert_str(text, good[i][1]);
		assert_str(domain, good[i][2]);
	}
}

static void
test_no_identity(void **state)
{
	static const char *const bad[] = {
	    "",
	    "joe",
	    "a.example",
	    "joe@a.example=",
	    "joe@a.example=6",
	    "joe@a.example=6g",
	    "joe@a.example=g6",
	    "j=0Ae@a.example",
	    "j=1Fe@a.example",
	    "j=7Fe@a.example",
	    "j=00e@a.example",
	    "j=20e@a.example",
	    "j\"e@a.example",
	    "\"joe@a.example",
	};
	struct dkim_world *w = *state;
	struct str text, domain;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(
		    dkim_identity(w->arena, exact(bad[i]), &text, &domain));
}

#define TEST(name)                                              \
	cmocka_unit_test_setup_teardown(name, dkim_world_setup, \
					dkim_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_aligned_u_label_behind_junk),
	    TEST(test_u_label_above_author_behind_junk),
	    TEST(test_u_label_below_author_behind_junk),
	    TEST(test_mixed_labels_behind_junk),
	    TEST(test_ascii_behind_junk),
	    TEST(test_accounts_end),
	    TEST(test_shown_ones_are_mapped),
	    TEST(test_length),
	    TEST(test_group),
	    TEST(test_label_authors),
	    TEST(test_two_accounts),
	    TEST(test_group_of_longest),
	    TEST(test_no_name),
	    TEST(test_identity),
	    TEST(test_no_identity),
	};

	return cmocka_run_group_tests_name("dkim_name", tests,
					   dkim_world_group_setup,
					   dkim_world_group_teardown);
}
