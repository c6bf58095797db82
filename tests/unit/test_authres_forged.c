/* Which fields are deleted. */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "authres/authres.h"
#include "base/buf.h"

#define ID "mx.receiver.example"

enum who { ANYBODY, RELAY, RELAY_THAT_VERIFIES, AUTHENTICATED, INTERNAL };

static const enum client_class class_of[] = {
    [ANYBODY] = CLIENT_FOREIGN,
    [RELAY] = CLIENT_RELAY,
    [RELAY_THAT_VERIFIES] = CLIENT_RELAY,
    [AUTHENTICATED] = CLIENT_AUTHENTICATED,
    [INTERNAL] = CLIENT_INTERNAL,
};

/* "NAME:N " for each field to delete, in order. */
static struct str
deletions(struct arena *arena, const struct header *header, enum who who,
	  const char *tag)
{
	static const struct str id = STR(ID);
	const struct authres_options options = {
	    .id = id,
	    .ids = &id,
	    .n_ids = 1,
	    .tag_header = str_of(tag),
	    .relays_verify = who == RELAY_THAT_VERIFIES,
	};
	struct authres_deletion *found;
	struct buf buf;
	size_t count;

	buf_init(&buf, arena);
	found = authres_forged(arena, header, &options, class_of[who], &count);
	for (size_t i = 0; i < count; i++)
		buf_printf(&buf, "%.*s:%zu ", STR_ARG(found[i].name),
			   found[i].occurrence);
	return buf_str(&buf);
}

static void
test_forged(void **state)
{
	static const struct {
		const char *name, *value;
	} fields[] = {
	    {"Authentication-Results", " " ID "; spf=pass"},
	    {"From", " a@b.example"},
	    {"X-Verdict-Action", " accept"},
	    {"authentication-results", " mx.other.example; spf=pass"},
	    {"AUTHENTICATION-RESULTS \t", " " ID "; dkim=pass"},
	    {"ARC-Authentication-Results", " i=1; " ID "; dkim=pass"},
	    {"x-verdict-action ", " accept"},
	    {"Authentication-Results", " mx.other.example; spf=pass"},
	    {"Authentication-Results", ""},
	};
	struct header header;

	header_init(&header, *state, NULL);
	assert_str(deletions(*state, &header, ANYBODY, "X-Verdict-Action"), "");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		assert_true(header_add(&header, exact(fields[i].name),
				       exact(fields[i].value)));
	assert_str(deletions(*state, &header, ANYBODY, "X-Verdict-Action"),
		   "Authentication-Results:5 X-Verdict-Action:2 "
		   "Authentication-Results:3 X-Verdict-Action:1 "
		   "Authentication-Results:1 ");
	assert_str(
	    deletions(*state, &header, RELAY_THAT_VERIFIES, "X-Verdict-Action"),
	    "X-Verdict-Action:2 X-Verdict-Action:1 ");
	assert_str(deletions(*state, &header, ANYBODY, ""),
		   "Authentication-Results:5 Authentication-Results:3 "
		   "Authentication-Results:1 ");
	assert_str(deletions(*state, &header, RELAY_THAT_VERIFIES, ""), "");
	/* An empty name is not that of a tag field which is not written. */
	assert_true(header_add(&header, exact(" "), exact(" x")));
	assert_true(header_add(&header, exact("X\r"), exact(" x")));
	assert_str(deletions(*state, &header, RELAY_THAT_VERIFIES, ""), "");
}

static void
add_to(struct header *header, const char *name, const char *value)
{
	assert_true(header_add(header, exact(name), exact(value)));
}

/* What stands above the topmost Received was added by who wrote that. */
static void
test_kept_above_received(void **state)
{
	struct header header;

	header_init(&header, *state, NULL);
	add_to(&header, "Authentication-Results", " " ID "; spf=pass");
	assert_str(deletions(*state, &header, RELAY, ""),
		   "Authentication-Results:1 ");
	add_to(&header, "X-Verdict-Action", " accept");
	add_to(&header, "Return-Path", " <>");
	add_to(&header, "authentication-results", " " ID "; dkim=pass");
	add_to(&header, "RECEIVED \t", " from a.example");
	add_to(&header, "Authentication-Results", " " ID "; dmarc=pass");
	add_to(&header, "Authentication-Results", " mx.other.example; none");
	add_to(&header, "Received", " from b.example");
	add_to(&header, "Authentication-Results", " " ID "; dmarc=pass");
	assert_str(deletions(*state, &header, RELAY, "X-Verdict-Action"),
		   "Authentication-Results:5 Authentication-Results:3 "
		   "X-Verdict-Action:1 ");
	assert_str(deletions(*state, &header, RELAY_THAT_VERIFIES, ""), "");
	assert_str(deletions(*state, &header, ANYBODY, ""),
		   "Authentication-Results:5 Authentication-Results:3 "
		   "Authentication-Results:2 Authentication-Results:1 ");
}

/* `n` octets with the name and the colon, in `head`, a line and `tail`. */
static bool
long_field_goes(struct arena *arena, const char *name, const char *head,
		size_t n, const char *tail)
{
	struct header header;
	struct buf value;

	buf_init(&value, arena);
	buf_adds(&value, head);
	size_t line = strchr(head, '\n') == NULL ? strlen(name) + 1 : 0;
	size_t start =
	    value.n - (line == 0 ? strlen(strchr(head, '\n') + 1) : value.n);
	while (line + value.n - start < n)
		buf_addc(&value, 'x');
	buf_adds(&value, tail);
	header_init(&header, arena, NULL);
	add_to(&header, "Subject", " x");
	assert_true(header_add(&header, exact(name), buf_str(&value)));
	return deletions(arena, &header, RELAY_THAT_VERIFIES, "X-Tag").n > 0;
}

/* RFC 5322 section 2.1.1: to the octet, whosever results they are. */
static void
test_long_lines(void **state)
{
	static const struct {
		const char *name, *head, *tail;
	} fields[] = {
	    {"Authentication-Results", " mx.other.example; ", ""},
	    {"Authentication-Results", " mx.other.example; ", "\r\n x"},
	    {"Authentication-Results", " mx.other.example; ", "\n x"},
	    {"Authentication-Results", " mx.other.example;\r\n ", ""},
	    {"Authentication-Results", " mx.other.example;\n ", "\n y"},
	    {"authentication-RESULTS \t", " mx.other.example; ", ""},
	    {"ARC-Seal", " i=1; ", ""},
	    {"ARC-Message-Signature", " i=1;\r\n\t", "\r\n x"},
	    {"arc-authentication-results", " i=1; ", ""},
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		assert_false(long_field_goes(*state, fields[i].name,
					     fields[i].head, 998,
					     fields[i].tail));
		assert_true(long_field_goes(*state, fields[i].name,
					    fields[i].head, 999,
					    fields[i].tail));
	}
	assert_false(long_field_goes(*state, "Subject", " ", 5000, ""));
	assert_false(long_field_goes(*state, "DKIM-Signature", " ", 5000, ""));
}

/* Behind what some reader takes for a line end, in whatever field. */
static void
test_hidden(void **state)
{
	static const char *const ends[] = {
	    "\r",   "\n",   "\r\n", "\v",       "\f",           "\x1c",
	    "\x1d", "\x1e", "\x85", "\xc2\x85", "\xe2\x80\xa8", "\r\r",
	};
	static const char *const fields[] = {
	    "Authentication-Results: " ID "; dmarc=pass",
	    "authentication-RESULTS \t: \"" ID "\"; dmarc=pass",
	    "x-verdict-action: none",
	    "X-Verdict-Action\t:none",
	    "BIMI-Location: v=BIMI1; l=https://a.example/",
	    "bimi-indicator :",
	};
	static const char *const harmless[] = {
	    " Authentication-Results: " ID "; dmarc=pass",
	    "Authentication-Resultsx: " ID "; dmarc=pass",
	    "Authentication-Results " ID "; dmarc=pass",
	    "X-Other: a",
	    "BIMI-Locations: a",
	    "BIMI-Selector: v=BIMI1; s=one",
	};

	for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
			struct header header;
			char value[200];
			header_init(&header, *state, NULL);
			snprintf(value, sizeof value, " a%s%s", ends[e],
				 fields[i]);
			add_to(&header, "Subject", " x");
			add_to(&header, "subject", value);
			add_to(&header, "X-Note", value);
			assert_str(deletions(*state, &header,
					     RELAY_THAT_VERIFIES,
					     "X-Verdict-Action"),
				   "X-Note:1 subject:2 ");
			header_init(&header, *state, NULL);
			snprintf(value, sizeof value, " a%s%s", ends[e],
				 harmless[i]);
			add_to(&header, "Subject", value);
			assert_str(deletions(*state, &header, ANYBODY,
					     "X-Verdict-Action"),
				   "");
		}
	}
}

/* The same within what stands for a field's name. */
static void
test_hidden_in_name(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
	    {"X\rAuthentication-Results", "X\rAuthentication-Results:1 "},
	    {"X\nauthentication-results \t", "X\nauthentication-results:1 "},
	    {"X\v\rx-verdict-action", "X\v\rx-verdict-action:1 "},
	    {"X\rBimi-Location", "X\rBimi-Location:1 "},
	    {"X\rX-Authentication-Results", ""},
	    {"X-Authentication-Results", ""},
	    {"Authentication-Results\r", ""},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct header header;
		header_init(&header, *state, NULL);
		add_to(&header, cases[i].name, " " ID "; dmarc=pass");
		assert_str(deletions(*state, &header, RELAY_THAT_VERIFIES,
				     "X-Verdict-Action"),
			   cases[i].want);
	}
}

/*
 * U-labels of a foreign name, each mapped in several readings, took a second
 * for a header of 1 MiB, and 10 MB of the message's memory.  From some number
 * on such a field counts as ours.
 */
static void
test_forged_cost(void **state)
{
	struct arena *arena = arena_new(NULL);
	struct header header;
	struct buf value;

	(void)state;
	buf_init(&value, arena);
	buf_adds(&value, " (c) \"");
	for (int i = 0; i < 225; i++)
		buf_adds(&value, i % 25 == 24 ? ".\\ " : "\xc3\xbc");
	buf_adds(&value, "\"; spf=pass (");
	header_init(&header, arena, NULL);
	header_add(&header, str_lit("Authentication-Results"),
		   str_lit(" b\xc3\xbc"
			   "cher.example; spf=pass"));
	while (header_add(&header, str_lit("Authentication-Results"),
			  buf_str(&value)))
		;
	size_t before = arena_size(arena);
	struct str text = deletions(arena, &header, ANYBODY, "");
	assert_true(arena_size(arena) - before < 1024 * 1024);
	/* the last ones, not the first */
	assert_true(
	    str_starts(text, arena_printf(arena, "Authentication-Results:%zu ",
					  header.count)));
	assert_false(
	    str_ends_nocase(text, str_lit("Authentication-Results:1 ")));
	arena_free(arena);
}

/* The same limit to the octet: 40 readings with 8-bit octets, not 41. */
static void
test_forged_mapped_readings(void **state)
{
	static const struct str three = STR(" \xc3\xbc.other.example; none");
	static const struct str two = STR(" a=\xc3\xbc.other.example; none");

	for (int threes = 12; threes <= 13; threes++) {
		struct header header;
		header_init(&header, *state, NULL);
		for (int i = 0; i < 14; i++)
			header_add(&header, str_lit("Authentication-Results"),
				   i < threes ? three : two);
		assert_str(deletions(*state, &header, ANYBODY, ""),
			   threes == 12 ? "" : "Authentication-Results:14 ");
	}
}

/* What a receiver tells mail programs of logos is for nobody else to say. */
static void
test_indicators(void **state)
{
	static const struct {
		enum who who;
		const char *want;
	} cases[] = {
	    {ANYBODY, "BIMI-Location:2 BIMI-Indicator:2 BIMI-Indicator:1 "
		      "BIMI-Location:1 "},
	    {AUTHENTICATED, "BIMI-Location:2 BIMI-Indicator:2 "
			    "BIMI-Indicator:1 BIMI-Location:1 "},
	    {RELAY, "BIMI-Location:2 BIMI-Indicator:2 "},
	    {RELAY_THAT_VERIFIES, ""},
	    {INTERNAL, ""},
	};
	struct header header;

	header_init(&header, *state, NULL);
	add_to(&header, "BIMI-Location", " v=BIMI1; l=https://a.example/");
	add_to(&header, "bimi-INDICATOR \t", " PHN2Zz4=");
	add_to(&header, "Received", " from a.example");
	add_to(&header, "BIMI-Selector", " v=BIMI1; s=brand");
	add_to(&header, "BIMI-Indicator", " PHN2Zz4=");
	add_to(&header, "X-BIMI-Location", " x");
	add_to(&header, "BIMI-Locations", " x");
	add_to(&header, "BIMI-Location", "");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_str(deletions(*state, &header, cases[i].who, ""),
			   cases[i].want);
}

/* How many of which name: no name of a sender's, and none twice. */
static void
test_removed(void **state)
{
	static const struct authres_options options = {.tag_header =
							   STR("X-Tag")};
	static const struct authres_deletion deletion[] = {
	    {STR("X-Evil\r=a"), 2}, {STR("BIMI-Location"), 2},
	    {STR("X-Tag"), 1},      {STR("BIMI-Location"), 1},
	    {STR("Subject"), 1},    {STR("Authentication-Results"), 1},
	};
	struct verdict verdict = {0};

	verdict.removed = authres_removed(*state, &options, deletion, 6,
					  &verdict.removed_names);
	assert_str(verdict_removed_text(*state, &verdict),
		   "X-Tag:1,Authentication-Results:1,BIMI-Location:2,other:2");
	verdict.removed = authres_removed(*state, &options, deletion, 0,
					  &verdict.removed_names);
	assert_str(verdict_removed_text(*state, &verdict), "");
}

/* Without a tag field no line is one, not even one without a name. */
static void
test_no_tag_header(void **state)
{
	struct header header;

	header_init(&header, *state, NULL);
	assert_true(
	    header_add(&header, exact("Subject"), exact(" x\r: accept")));
	assert_str(deletions(*state, &header, ANYBODY, ""), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_tag_header),
	    cmocka_unit_test(test_forged),
	    cmocka_unit_test(test_kept_above_received),
	    cmocka_unit_test(test_indicators),
	    cmocka_unit_test(test_removed),
	    cmocka_unit_test(test_long_lines),
	    cmocka_unit_test(test_hidden),
	    cmocka_unit_test(test_hidden_in_name),
	    cmocka_unit_test(test_forged_cost),
	    cmocka_unit_test(test_forged_mapped_readings),
	};

	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
