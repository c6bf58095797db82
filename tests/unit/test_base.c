#include "tests/support/test.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/b64.h"
#include "base/buf.h"
#include "base/domain.h"
#include "base/ip.h"
#include "base/lex.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/siphash.h"
#include "base/suffix.h"
#include "tests/support/b64_text.h"

static void
test_str_split(void **state)
{
	struct str rest = exact("a;;b"), piece;

	(void)state;
	assert_true(str_split(&rest, ';', &piece));
	assert_str(piece, "a");
	assert_true(str_split(&rest, ';', &piece));
	assert_str(piece, "");
	assert_true(str_split(&rest, ';', &piece));
	assert_str(piece, "b");
	assert_false(str_split(&rest, ';', &piece));
	rest = exact("");
	assert_true(str_split(&rest, ';', &piece));
	assert_str(piece, "");
	assert_false(str_split(&rest, ';', &piece));
}

static void
test_str_uint(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_true(str_uint(exact("0"), 10, &value));
	assert_int_equal(value, 0);
	assert_true(
	    str_uint(exact("18446744073709551615"), UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_false(
	    str_uint(exact("18446744073709551616"), UINT64_MAX, &value));
	assert_true(str_uint(exact("010"), 10, &value));
	assert_false(str_uint(exact("11"), 10, &value));
	assert_false(str_uint(exact(""), 10, &value));
	assert_false(str_uint(exact("-1"), 10, &value));
	assert_false(str_uint(exact("1 "), 10, &value));
}

static void
test_octets(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[2] = {(char)c, '\0'};
		bool hex = ascii_is_xdigit((char)c);
		long want = hex ? strtol(text, NULL, 16) : -1;

		assert_int_equal(ascii_hex_value((char)c), want);
		assert_int_equal(str_is_ascii(str_n(text, 1)), c < 0x80);
		assert_int_equal(str_has_control(str_n(text, 1)),
				 c < 0x20 || c == 0x7f);
	}
	assert_true(str_is_ascii(str_empty()));
	assert_false(str_has_control(str_empty()));
}

static void
test_arena_pool(void **state)
{
	struct arena_pool pool;

	(void)state;
	arena_pool_init(&pool, 20000);
	struct arena *arena = arena_new(&pool);
	memset(arena_alloc(arena, 100), 1, 100);
	assert_false(arena_failed(arena));
	memset(arena_alloc(arena, 50000), 1, 50000);
	assert_true(arena_failed(arena));
	arena_free(arena);
	assert_int_equal(pool.used, 0);
}

static void
test_arena_reset(void **state)
{
	struct arena_pool pool;

	(void)state;
	arena_pool_init(&pool, 40000);
	struct arena *arena = arena_new(&pool);
	arena_reset(arena);
	assert_int_equal(pool.used, 0);
	for (int i = 0; i < 100; i++) {
		char *small = arena_alloc(arena, 1000);
		for (size_t j = 0; j < 1000; j++)
			assert_int_equal(small[j], 0);
		memset(small, 1, 1000);
		memset(arena_alloc(arena, 25000), 1, 25000);
		arena_reset(arena);
	}
	/* What it keeps does not grow, and counts. */
	assert_true(arena_size(arena) > 0 && arena_size(arena) <= 8192);
	assert_int_equal(pool.used, arena_size(arena));
	memset(arena_alloc(arena, 50000), 1, 50000);
	assert_true(arena_failed(arena));
	arena_reset(arena);
	assert_false(arena_failed(arena));
	arena_free(arena);
	assert_int_equal(pool.used, 0);
}

static void
test_buf(void **state)
{
	struct buf buf;

	for (int heap = 0; heap < 2; heap++) {
		buf_init(&buf, heap ? NULL : *state);
		for (int i = 0; i < 3000; i++) {
			buf_printf(&buf, "%d,", i % 10);
			if (i % 100 == 0 && !heap)
				assert_non_null(arena_alloc(*state, 3));
		}
		assert_int_equal(buf.n, 6000);
		for (size_t i = 0; i < buf.n; i += 2)
			assert_int_equal(buf.p[i], '0' + (int)(i / 2 % 10));
		buf_clear(&buf);
	}
}

static const char *const bad_b64[] = {
    /* a digit too few */
    "Z",
    "Z=",
    "Z==",
    "Z===",
    "Zm9vY",
    "Zm9vY===",
    /* set spare bits */
    "Zm9vYh==",
    "Zm9vYh",
    "Zm9vYmF=",
    "Zm9vYmF",
    /* surplus or misplaced padding */
    "=",
    "====",
    "Zm9v=",
    "Zm9v==",
    "Zm9v====",
    "Zm9vYg===",
    "Zm9vYmE==",
    "Zm=vYg==",
    "Zg==Zg==",
    "=Zg==",
    "Zg==\n=",
    /* other octets */
    "Zm9*",
    "Zm9v-_",
    "Zg==\"",
    "\"Zg==\"",
    "Zm9v\\",
    "Zm9v\xc3",
};

static void
test_b64(void **state)
{
	struct str out;

	assert_true(b64_decode(*state, exact("Zm9vYg=="), &out));
	assert_str(out, "foob");
	assert_true(b64_decode(*state, exact(" Zm9v\r\n\tYmE="), &out));
	assert_str(out, "fooba");
	assert_true(b64_decode(*state, exact(""), &out));
	assert_int_equal(out.n, 0);
	/* RFC 6376 section 2.10: each "=" may be missing. */
	assert_true(b64_decode(*state, exact("Zm9vYg="), &out));
	assert_str(out, "foob");
	assert_true(b64_decode(*state, exact("Zm9vYg"), &out));
	assert_str(out, "foob");
	assert_true(b64_decode(*state, exact("Zm9vYmE"), &out));
	assert_str(out, "fooba");
	assert_true(b64_decode(*state, exact("Zg = \r\n ="), &out));
	assert_str(out, "f");
	for (size_t i = 0; i < sizeof bad_b64 / sizeof *bad_b64; i++)
		if (b64_decode(*state, exact(bad_b64[i]), &out))
			fail_msg("taken: %s", bad_b64[i]);
	assert_str(b64_text(*state, exact("foobar")), "Zm9vYmFy");
	assert_str(b64_text(*state, exact("fooba")), "Zm9vYmE=");
	assert_str(b64_text(*state, exact("foob")), "Zm9vYg==");
	assert_str(b64_text(*state, exact("")), "");
}

static void
test_json_string(void **state)
{
	struct buf buf;

	buf_init(&buf, *state);
	buf_add_json(&buf, exact("a \"b\" \\c\n\x7f \xc3\xa4"));
	assert_str(buf_str(&buf),
		   "\"a \\u0022b\\u0022 \\u005cc\\u000a\\u007f \xc3\xa4\"");
	buf_reset(&buf);
	buf_add_json(&buf, exact("\xc3\xa4 \xff"));
	assert_str(buf_str(&buf), "\"\\u00c3\\u00a4 \\u00ff\"");
	buf_reset(&buf);
	buf_add_json(&buf, exact(""));
	assert_str(buf_str(&buf), "\"\"");
}

static void
test_domain_canonical(void **state)
{
	struct str out;

	assert_int_equal(domain_canonical(*state, exact("Ex-A_m.COM."), &out),
			 DOMAIN_OK);
	assert_str(out, "ex-a_m.com");
	assert_int_equal(domain_canonical(*state,
					  exact("b\xc3\xbc"
						"cher.example"),
					  &out),
			 DOMAIN_OK);
	assert_str(out, "xn--bcher-kva.example");
	/* full-width letters and an ideographic full stop (UTS #46) */
	assert_int_equal(domain_canonical(*state,
					  exact("\xef\xbd\x85x\xe3\x80\x82"
						"Example"),
					  &out),
			 DOMAIN_OK);
	assert_str(out, "ex.example");
	assert_int_equal(domain_canonical(*state, exact(""), &out),
			 DOMAIN_EMPTY);
	assert_int_equal(domain_canonical(*state, exact("."), &out),
			 DOMAIN_EMPTY);
	assert_int_equal(domain_canonical(*state, exact("a..b"), &out),
			 DOMAIN_EMPTY);
	assert_int_equal(domain_canonical(*state, exact("a.b.."), &out),
			 DOMAIN_EMPTY);
	assert_int_equal(domain_canonical(*state, exact("a b.c"), &out),
			 DOMAIN_CHARACTER);
	assert_int_equal(
	    domain_canonical(*state, exact_n("\xc3\xbc\0.example", 11), &out),
	    DOMAIN_CHARACTER);
	assert_int_equal(domain_canonical(*state, exact("\xff.example"), &out),
			 DOMAIN_IDNA);
}

static void
test_domain_lengths(void **state)
{
	char text[300];
	struct str out;

	memset(text, 'a', sizeof text);
	for (size_t i = 63; i < sizeof text; i += 64)
		text[i] = '.';
	assert_int_equal(domain_canonical(*state, exact_n(text, 253), &out),
			 DOMAIN_OK);
	assert_int_equal(domain_canonical(*state, exact_n(text, 254), &out),
			 DOMAIN_LENGTH);
	memset(text, 'a', 64);
	assert_int_equal(domain_canonical(*state, exact_n(text, 64), &out),
			 DOMAIN_LENGTH);
	assert_int_equal(domain_canonical(*state, exact_n(text, 63), &out),
			 DOMAIN_OK);
}

static void
test_domain_tree(void **state)
{
	struct str name = exact("a.b.c.example");

	(void)state;
	assert_int_equal(domain_labels(name), 4);
	assert_int_equal(domain_labels(exact("")), 0);
	assert_str(domain_parent(name), "b.c.example");
	assert_str(domain_parent(exact("example")), "");
	assert_str(domain_last_labels(name, 2), "c.example");
	assert_str(domain_last_labels(name, 9), "a.b.c.example");
	assert_true(domain_is_at_or_below(name, exact("c.example")));
	assert_true(domain_is_at_or_below(name, name));
	assert_false(
	    domain_is_at_or_below(exact("xc.example"), exact("c.example")));
	assert_false(domain_is_at_or_below(exact("example"), name));
	assert_false(domain_is_at_or_below(name, exact("")));
}

static void
test_ip(void **state)
{
	struct ip a, b;
	struct ip_network net;
	char text[IP_TEXT_MAX];

	(void)state;
	assert_true(ip_parse(exact("::ffff:192.0.2.1"), &a));
	assert_true(ip_parse(exact("192.0.2.1"), &b));
	assert_true(ip_eq(a, b));
	assert_string_equal(ip_format(a, text), "192.0.2.1");
	assert_true(ip_parse(exact("2001:DB8:0::7"), &a));
	assert_string_equal(ip_format(a, text), "2001:db8::7");
	assert_false(ip_parse(exact("192.0.2.1 "), &a));
	assert_false(ip_parse(exact("192.0.2"), &a));
	assert_false(ip_parse(exact(""), &a));
	assert_true(ip_network_parse(exact("192.0.2.128/25"), &net));
	assert_false(ip_in_network(b, &net));
	assert_true(ip_parse(exact("192.0.2.129"), &b));
	assert_true(ip_in_network(b, &net));
	assert_false(ip_network_parse(exact("192.0.2.129/25"), &net));
	assert_false(ip_network_parse(exact("192.0.2.0/33"), &net));
	assert_true(ip_network_parse(exact("::/0"), &net));
	assert_false(ip_in_network(b, &net));
	assert_true(ip_parse(exact("::1"), &a));
	assert_true(ip_is_loopback(a));
	assert_true(ip_parse(exact("127.255.255.255"), &a));
	assert_true(ip_is_loopback(a));
	assert_false(ip_is_loopback(b));
	assert_string_equal(ip_format(ip_loopback(IP_V4), text), "127.0.0.1");
	assert_string_equal(ip_format(ip_loopback(IP_V6), text), "::1");
	assert_true(ip_eq(ip_loopback(IP_NONE), ip_none()));
	assert_true(ip_parse(exact("0.0.0.0"), &a) && ip_is_any(a));
	assert_true(ip_parse(exact("::"), &a) && ip_is_any(a));
	assert_false(ip_is_any(b) || ip_is_any(ip_none()));
}

static void
test_ip_in_networks(void **state)
{
	struct ip_network nets[2];
	struct ip ip;

	(void)state;
	assert_true(ip_network_parse(exact("192.0.2.0/24"), &nets[0]));
	assert_true(ip_network_parse(exact("2001:db8::/32"), &nets[1]));
	assert_true(ip_parse(exact("2001:db8:ffff::1"), &ip));
	assert_true(ip_in_networks(ip, nets, 2));
	assert_false(ip_in_networks(ip, nets, 1));
	assert_false(ip_in_networks(ip, nets, 0));
	assert_true(ip_parse(exact("192.0.3.1"), &ip));
	assert_false(ip_in_networks(ip, nets, 2));
}

/* RFC 7208 section 5: an IPv4-mapped client is an IPv4 client. */
static void
test_ip_from_sockaddr(void **state)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(0xc0000201)};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	struct sockaddr local = {.sa_family = AF_UNIX};
	char text[IP_TEXT_MAX];

	(void)state;
	assert_string_equal(
	    ip_format(ip_from_sockaddr((struct sockaddr *)&in), text),
	    "192.0.2.1");
	memcpy(in6.sin6_addr.s6_addr, "\x20\x01\x0d\xb8", 4);
	assert_string_equal(
	    ip_format(ip_from_sockaddr((struct sockaddr *)&in6), text),
	    "2001:db8::");
	memcpy(in6.sin6_addr.s6_addr, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\7",
	       16);
	assert_string_equal(
	    ip_format(ip_from_sockaddr((struct sockaddr *)&in6), text),
	    "192.0.2.7");
	assert_int_equal(ip_from_sockaddr(&local).family, IP_NONE);
	assert_int_equal(ip_from_sockaddr(NULL).family, IP_NONE);
}

static void
test_lex(void **state)
{
	struct lex lex = lex_of(exact("(a(b\\))c) \r\n x"));
	struct str raw;

	(void)state;
	assert_true(lex_skip_cfws(&lex));
	assert_int_equal(lex_peek(&lex), 'x');
	lex = lex_of(exact("(open"));
	assert_false(lex_skip_cfws(&lex));
	assert_int_equal(lex_peek(&lex), '(');
	lex = lex_of(exact("\r\nx"));
	assert_false(lex_skip_fws(&lex));
	lex = lex_of(exact("\"a\\\"b\"c"));
	assert_true(lex_quoted_string(&lex, &raw));
	assert_str(raw, "a\\\"b");
	assert_str(lex_rest(&lex), "c");
	lex = lex_of(exact("\"a\\"));
	assert_false(lex_quoted_string(&lex, &raw));
	lex = lex_of(exact("\"a\\\""));
	assert_false(lex_quoted_string(&lex, &raw));
}

static void
test_lex_comment_depth(void **state)
{
	char text[2 * (LIMIT_COMMENT_DEPTH + 1)];

	(void)state;
	for (size_t depth = LIMIT_COMMENT_DEPTH;
	     depth <= LIMIT_COMMENT_DEPTH + 1; depth++) {
		memset(text, '(', depth);
		memset(text + depth, ')', depth);
		struct lex lex = lex_of(exact_n(text, 2 * depth));
		assert_int_equal(lex_skip_cfws(&lex),
				 depth == LIMIT_COMMENT_DEPTH);
	}
}

static void
test_log_value(void **state)
{
	struct buf line;
	char longer[LIMIT_LOG_VALUE + 10];

	buf_init(&line, *state);
	log_value(&line, "a", exact("x.example"));
	log_value(&line, "b", exact(""));
	log_value(&line, "c", exact("q\" b=\n\\\x80"));
	log_number(&line, "d", -5);
	assert_str(buf_str(&line),
		   "a=x.example b=- c=\"q\\\" b=\\x0a\\\\\\x80\" d=-5");
	buf_reset(&line);
	memset(longer, 'a', sizeof longer);
	log_value(&line, "a", exact_n(longer, sizeof longer));
	assert_int_equal(line.n, 2 + LIMIT_LOG_VALUE + 2 + 3);
}

/* The vectors of the SipHash paper's reference implementation. */
static void
test_siphash(void **state)
{
	struct siphash_key key = {{0x0706050403020100U, 0x0f0e0d0c0b0a0908U}};
	char data[16];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (char)i;
	assert_true(siphash(&key, exact_n(data, 0)) == 0x726fdb47dd0e0e31U);
	assert_true(siphash(&key, exact_n(data, 8)) == 0x93f5f5799a932462U);
	assert_true(siphash(&key, exact_n(data, 15)) == 0xa129ca6149be45e5U);
}

static void
test_suffix(void **state)
{
	struct suffix_list *list = suffix_list_open();

	(void)state;
	assert_true(suffix_is_public(list, exact("co.uk")));
	assert_false(suffix_is_public(list, exact("example.co.uk")));
	assert_str(suffix_registrable(list, exact("a.b.example.co.uk")),
		   "example.co.uk");
	assert_str(suffix_registrable(list, exact("co.uk")), "co.uk");
	suffix_list_close(list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_str_split),
	    cmocka_unit_test(test_str_uint),
	    cmocka_unit_test(test_octets),
	    cmocka_unit_test(test_arena_pool),
	    cmocka_unit_test(test_arena_reset),
	    cmocka_unit_test_setup_teardown(test_buf, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_b64, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_domain_canonical, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_json_string, arena_setup,
					    arena_teardown),
	    cmocka_unit_test_setup_teardown(test_domain_lengths, arena_setup,
					    arena_teardown),
	    cmocka_unit_test(test_domain_tree),
	    cmocka_unit_test(test_ip),
	    cmocka_unit_test(test_ip_in_networks),
	    cmocka_unit_test(test_ip_from_sockaddr),
	    cmocka_unit_test(test_lex),
	    cmocka_unit_test(test_lex_comment_depth),
	    cmocka_unit_test_setup_teardown(test_log_value, arena_setup,
					    arena_teardown),
	    cmocka_unit_test(test_siphash),
	    cmocka_unit_test(test_suffix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
