/* Macros: grammar, every letter and transformer, the cut at 253 octets. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "spf/macro.h"

static struct str
validated(void *ctx, struct str domain)
{
	snprintf(ctx, 64, "mx.%.*s", STR_ARG(domain));
	return str_of(ctx);
}

struct world {
	struct arena *arena;
	struct spf_macro_values values;
	char scratch[64];
};

static int
setup(void **state)
{
	static struct world world;

	world.arena = arena_new(NULL);
	world.values = (struct spf_macro_values){
	    .sender = str_lit("first-last+x=y@out.sender.example"),
	    .local = str_lit("first-last+x=y"),
	    .sender_domain = str_lit("out.sender.example"),
	    .domain = str_lit("spf.sender.example"),
	    .helo = str_lit("Helo.example"),
	    .receiver = str_lit("mx.receiver.example"),
	    .now = 1700000000,
	    .validated_name = validated,
	    .ctx = world.scratch,
	};
	assert_true(ip_parse(str_lit("192.0.2.77"), &world.values.client));
	*state = &world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	arena_free(world->arena);
	return 0;
}

static void
expands(struct world *world, const char *spec, const char *want)
{
	struct str text = exact(spec);

	assert_null(spf_explain_string_error(text));
	assert_str(spf_expand_explanation(world->arena, text, &world->values),
		   want);
}

static void
test_letters(void **state)
{
	expands(*state, "%{s}", "first-last+x=y@out.sender.example");
	expands(*state, "%{l}", "first-last+x=y");
	expands(*state, "%{o}", "out.sender.example");
	expands(*state, "%{d}", "spf.sender.example");
	expands(*state, "%{i}", "192.0.2.77");
	expands(*state, "%{p}", "mx.spf.sender.example");
	expands(*state, "%{v}", "in-addr");
	expands(*state, "%{h}", "Helo.example");
	expands(*state, "%{c}", "192.0.2.77");
	expands(*state, "%{r}", "mx.receiver.example");
	expands(*state, "%{t}", "1700000000");
	expands(*state, "%%a%_b%-c", "%a b%20c");
	expands(*state, "", "");
	expands(*state, "two words", "two words");
}

static void
test_ipv6(void **state)
{
	struct world *world = *state;

	assert_true(ip_parse(str_lit("2001:db8::cb01"), &world->values.client));
	expands(world, "%{v}", "ip6");
	expands(world, "%{c}", "2001:db8::cb01");
	expands(world, "%{i}",
		"2.0.0.1.0.D.B.8.0.0.0.0.0.0.0.0."
		"0.0.0.0.0.0.0.0.0.0.0.0.C.B.0.1");
	expands(world, "%{ir}",
		"1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0."
		"0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2");
	expands(world, "%{i1}", "1");
}

static void
test_no_receiver(void **state)
{
	struct world *world = *state;

	world->values.receiver = str_empty();
	expands(world, "%{r}", "unknown");
}

static void
test_transformers(void **state)
{
	expands(*state, "%{o1}", "example");
	expands(*state, "%{o2}", "sender.example");
	expands(*state, "%{o3}", "out.sender.example");
	expands(*state, "%{o4}", "out.sender.example");
	expands(*state, "%{o127}", "out.sender.example");
	expands(*state, "%{o99999999999999999999}", "out.sender.example");
	expands(*state, "%{o01}", "example");
	expands(*state, "%{or}", "example.sender.out");
	expands(*state, "%{oR}", "example.sender.out");
	expands(*state, "%{o1r}", "out");
	expands(*state, "%{o2r}", "sender.out");
	expands(*state, "%{ir}", "77.2.0.192");
	expands(*state, "%{l-}", "first.last+x=y");
	expands(*state, "%{l+}", "first-last.x=y");
	expands(*state, "%{l=}", "first-last+x.y");
	expands(*state, "%{l-+=}", "first.last.x.y");
	expands(*state, "%{lr-}", "last+x=y.first");
	expands(*state, "%{l1r-+=}", "first");
	expands(*state, "%{l.}", "first-last+x=y");
	expands(*state, "%{o.-}", "out.sender.example");
}

static void
test_delimiters(void **state)
{
	struct world *world = *state;

	world->values.local = exact("a.b-c+d,e/f_g=h");
	expands(world, "%{l.-+,/_=}", "a.b.c.d.e.f.g.h");
	expands(world, "%{lr.-+,/_=}", "h.g.f.e.d.c.b.a");
	expands(world, "%{l,}", "a.b-c+d.e/f_g=h");
	expands(world, "%{l/}", "a.b-c+d,e.f_g=h");
	expands(world, "%{l_}", "a.b-c+d,e/f.g=h");
	/* Empty parts stay. */
	world->values.local = exact("-a--b-");
	expands(world, "%{l-}", ".a..b.");
	expands(world, "%{l2-}", "b.");
	expands(world, "%{l2r-}", "a.");
}

static void
test_escape(void **state)
{
	struct world *world = *state;

	expands(world, "%{L}", "first-last%2Bx%3Dy");
	expands(world, "%{S}", "first-last%2Bx%3Dy%40out.sender.example");
	expands(world, "%{LR-}", "last%2Bx%3Dy.first");
	world->values.local = exact("~_.-%/ \xe9");
	expands(world, "%{L}", "~_.-%25%2F%20%E9");
}

static void
test_grammar(void **state)
{
	static const char *const bad[] = {
	    "%",     "%{",    "%{}",    "%{d",    "%d",     "%(d)",
	    "%{d}%", "%{d0}", "%{d00}", "%{dr0}", "%{drr}", "%{d-r}",
	    "%{x}",  "%{d|}", "%{d }",  "%{ d}",  "%{5}",   "%{dd}",
	    "%{d:}", "%&",    "a\tb",   "\x7f",   "\x80",   "%{d-1}"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_non_null(spf_explain_string_error(exact(bad[i])));
		assert_non_null(spf_macro_string_error(exact(bad[i])));
		assert_non_null(spf_domain_spec_error(exact(bad[i])));
	}
	assert_non_null(spf_explain_string_error(exact_n("a\0b", 3)));
	/* SP, c, r and t are for explanations only. */
	assert_non_null(spf_macro_string_error(exact("a b")));
	assert_non_null(spf_macro_string_error(exact("%{c}")));
	assert_non_null(spf_macro_string_error(exact("%{R}")));
	assert_non_null(spf_domain_spec_error(exact("%{t}.example")));
	assert_null(spf_explain_string_error(exact("%{C} %{r} %{T}")));
	assert_null(spf_macro_string_error(exact("")));
}

static void
test_domain_spec(void **state)
{
	static const char *const good[] = {
	    "a.example",    "a.example.", ".example",    "%{d}", "a.%{d}",
	    "%{d}.example", "a.%%",       "a%{d1r+}",    "a.1a", "a.a1",
	    "a.1-2",        "a.xn--a",    "a!b.example", "_a.b", "a.1a.",
	    "a..example",   "%_",         "a.b.%-"};
	static const char *const bad[] = {
	    "",       "a",       "a.",         "example.",    ".",
	    "..",     "a.1",     "a.-a",       "a.a-",        "a.-",
	    "a.a_b",  "%{d}a",   "a.b!",       "a.example..", "%{d}.",
	    "%{d}.1", "a.ex/24", "%{d}.a%{d}a"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *error = spf_domain_spec_error(exact(good[i]));
		if (error != NULL)
			fail_msg("\"%s\": %s", good[i], error);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (spf_domain_spec_error(exact(bad[i])) == NULL)
			fail_msg("\"%s\" was accepted", bad[i]);
	}
}

static void
test_uses_local(void **state)
{
	(void)state;
	assert_true(spf_macro_uses_local(exact("a.%{l}.example")));
	assert_true(spf_macro_uses_local(exact("%{S2r-}.example")));
	assert_false(spf_macro_uses_local(exact("%{d}.%{o}.%{i}.l.s")));
	assert_false(spf_macro_uses_local(exact("%%{l}")));
	assert_false(spf_macro_uses_local(exact("")));
}

static struct str
domain(struct world *world, const char *spec)
{
	return spf_expand_domain(world->arena, exact(spec), &world->values);
}

static void
test_domain(void **state)
{
	struct world *world = *state;

	assert_str(domain(world, "%{ir}.%{v}._spf.%{d2}"),
		   "77.2.0.192.in-addr._spf.sender.example");
	assert_str(domain(world, "a.example."), "a.example");
	assert_str(domain(world, "%{d}."), "spf.sender.example");
}

/* Whole labels are cut from the left until 253 octets are left. */
static void
test_cut(void **state)
{
	struct world *world = *state;
	char label[65];

	memset(label, 'a', 64);
	label[64] = '\0';
	for (size_t n = 1; n <= 64; n++) {
		char spec[512];
		int used =
		    snprintf(spec, sizeof spec, "x.%s.%s.%s.%s.%s",
			     label + 64 - n, label, label, label, "example");
		struct str name = domain(world, spec);
		size_t whole = (size_t)used;
		size_t first = whole - 2, second = whole - 2 - n - 1;
		assert_int_equal(name.n, whole <= 253   ? whole
					 : first <= 253 ? first
							: second);
		assert_true(str_ends_nocase(str_of(spec), name));
	}
}

/* However long the macros make it, only the end is kept. */
static void
test_cut_long(void **state)
{
	struct world *world = *state;
	char spec[4200] = "";

	for (int i = 0; i < 1000; i++)
		strcat(spec, "%{o}");
	strcat(spec, ".z.example");
	struct str name = domain(world, spec);
	assert_true(name.n <= LIMIT_DOMAIN && name.n > LIMIT_DOMAIN - 20);
	assert_true(str_ends_nocase(name, str_lit("exampleout.sender.example."
						  "z.example")));
	assert_true(arena_size(world->arena) < 100000);
	/* One label that is too long leaves nothing. */
	strcpy(spec, "");
	for (int i = 0; i < 100; i++)
		strcat(spec, "abcdefghij");
	assert_int_equal(domain(world, spec).n, 0);
}

static void
test_explanation_limit(void **state)
{
	struct world *world = *state;
	char text[1000];

	memset(text, 'x', sizeof text);
	struct str got = spf_expand_explanation(
	    world->arena, exact_n(text, LIMIT_SPF_EXPLANATION), &world->values);
	assert_int_equal(got.n, LIMIT_SPF_EXPLANATION);
	got = spf_expand_explanation(world->arena, exact_n(text, sizeof text),
				     &world->values);
	assert_int_equal(got.n, LIMIT_SPF_EXPLANATION);
	memcpy(text + LIMIT_SPF_EXPLANATION - 3, "%{d}", 4);
	got = spf_expand_explanation(world->arena, exact_n(text, sizeof text),
				     &world->values);
	assert_int_equal(got.n, LIMIT_SPF_EXPLANATION);
	assert_str(str_from(got, LIMIT_SPF_EXPLANATION - 3), "spf");
}

/* A value of delimiters only has the most parts that can be. */
static void
test_most_parts(void **state)
{
	struct world *world = *state;
	char local[LIMIT_MAILBOX + 10];

	memset(local, '-', sizeof local);
	world->values.local = exact_n(local, sizeof local);
	struct str got = spf_expand_explanation(world->arena, exact("%{lr-}"),
						&world->values);
	assert_int_equal(got.n, LIMIT_MAILBOX);
	assert_str(str_first(got, 3), "...");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	    TEST(test_letters),     TEST(test_ipv6),
	    TEST(test_no_receiver), TEST(test_transformers),
	    TEST(test_delimiters),  TEST(test_escape),
	    TEST(test_grammar),     TEST(test_domain_spec),
	    TEST(test_uses_local),  TEST(test_domain),
	    TEST(test_cut),         TEST(test_cut_long),
	    TEST(test_most_parts),  TEST(test_explanation_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
