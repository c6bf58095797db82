/* The one verifier of signatures: fault by fault, for DKIM and for ARC. */
#include <string.h>

#include "tests/support/arc_world.h"
#include "tests/support/test.h"

/* One signature over BODY with one thing wrong. */
struct row {
	const char *name;
	/* Lines for S1, of a key made on the spot; both NULL: the right one. */
	const char *zone, *const *key;
	const char *tags; /* more of them: "; l=5" */
	const char *dkim_tags;
	const char *signed_body; /* NULL: BODY */
	bool no_questions, no_budget;
	enum dkim_result result;
	const char *dkim; /* the reason */
	const char *arc;  /* the same without the field and its instance */
};

/* Records of keys that do not fit. */
static const char *ed25519_key, *other_key, *ed25519_then_other,
    *other_then_ed25519, *strict_key, *many_keys;

static const char *
lines(struct arena *arena, const char *a, const char *b)
{
	return arena_printf(arena, "%s%s", a, b).p;
}

static void
make_keys(struct arena *arena)
{
	struct dkim_world w = {.arena = arena};
	struct dkim_signer *other = dkim_signer_rsa(1024);

	ed25519_key =
	    dkim_world_key(&w, S1, "k=ed25519; ", dkim_world_ed25519).p;
	other_key = dkim_world_key(&w, S1, "", other).p;
	strict_key = dkim_world_key(&w, S1, "t=s; ", dkim_world_rsa).p;
	ed25519_then_other = lines(arena, ed25519_key, other_key);
	other_then_ed25519 = lines(arena, other_key, ed25519_key);
	many_keys = "";
	for (int i = 0; i <= LIMIT_DNS_ANSWER_RRS; i++)
		many_keys = lines(arena, many_keys, S1 " TXT \"x\"\n");
	dkim_signer_free(other);
}

static const char *
zone_of(const struct row *row)
{
	return row->key != NULL ? *row->key : row->zone;
}

static void
check_dkim(const struct row *row)
{
	const char *zone = zone_of(row);
	void *state;

	dkim_world_setup(&state);
	struct dkim_world *w = state;
	struct str tags =
	    arena_printf(w->arena, "%s%s%s", TAGS, row->tags ? row->tags : "",
			 row->dkim_tags ? row->dkim_tags : "");
	if (row->no_questions)
		w->limits = (struct dns_limits){0, 0};
	if (row->no_budget)
		w->verifier.budget.limit_us = 0;
	dkim_world_from(w);
	dkim_world_signature(
	    w, dkim_signer_sign(w->arena, dkim_world_rsa, tags.p,
				"dkim-signature:", FROM,
				row->signed_body ? row->signed_body : BODY));
	dkim_world_run(w, zone ? zone : dkim_world_zone(w, ""), BODY);
	assert_int_equal(w->results.count, 1);
	assert_dkim_outcome(w, 0, row->result, row->dkim);
	dkim_world_teardown(&state);
}

static void
use_up_questions(struct arc_world *w)
{
	for (int i = 0; i < LIMIT_DNS_QUESTIONS; i++)
		dns_lookup(w->session, arena_printf(w->arena, "q%d.example", i),
			   DNS_TXT, INT64_MAX);
}

static void
check_arc(const struct row *row)
{
	const char *zone = zone_of(row);
	struct arc_how how = {.keyless = zone != NULL,
			      .message_tags = row->tags,
			      .body = row->signed_body};
	void *state;

	arc_world_setup(&state);
	struct arc_world *w = state;
	buf_adds(&w->zone_text, zone ? zone : "");
	if (row->no_budget)
		w->verifier.budget.limit_us = 0;
	arc_world_seal(w, &how);
	struct arc *arc = arc_world_begin(w);
	bodyhash_update(w->hashes, BODY, strlen(BODY));
	bodyhash_finish(w->hashes);
	if (row->no_questions)
		use_up_questions(w);
	arc_evaluate(arc, clock_monotonic_ms() + 10000, &w->results);
	if (row->arc[0] == '\0')
		assert_arc(w, ARC_PASS, "");
	else
		assert_arc(w, ARC_FAIL,
			   arena_printf(w->arena, "ARC-Message-Signature 1: %s",
					row->arc)
			       .p);
	arc_world_teardown(&state);
}

#define LOOKUP "TXT lookup of " S1
#define NOTHING "other.example A 192.0.2.1\n"

static const struct row rows[] = {
    {.name = "valid", .result = DKIM_PASS, .dkim = "", .arc = ""},
    {.name = "body short",
     .tags = "; l=9999",
     .result = DKIM_PERMERROR,
     .dkim = "l= is longer than the body",
     .arc = "l= is longer than the body"},
    {.name = "body hash",
     .signed_body = "Other.\r\n",
     .result = DKIM_FAIL,
     .dkim = "body hash did not verify",
     .arc = "body hash did not verify"},
    {.name = "body partial",
     .tags = "; l=2",
     .signed_body = "Hi",
     .result = DKIM_POLICY,
     .dkim = "l= leaves a part of the body unsigned",
     .arc = "l= leaves a part of the body unsigned"},
    /* Where both are at fault the two say another thing first. */
    {.name = "body partial and no key",
     .tags = "; l=2",
     .signed_body = "Hi",
     .zone = NOTHING,
     .result = DKIM_PERMERROR,
     .dkim = "no key at " S1,
     .arc = "l= leaves a part of the body unsigned"},
    {.name = "body hash and no key",
     .signed_body = "Other.\r\n",
     .zone = NOTHING,
     .result = DKIM_FAIL,
     .dkim = "body hash did not verify",
     .arc = "body hash did not verify"},
    {.name = "no such name",
     .zone = NOTHING,
     .result = DKIM_PERMERROR,
     .dkim = "no key at " S1,
     .arc = "no key"},
    {.name = "no record",
     .zone = S1 " EMPTY\n",
     .result = DKIM_PERMERROR,
     .dkim = "no key at " S1,
     .arc = "no key"},
    {.name = "lookup failed",
     .zone = S1 " !servfail\n",
     .result = DKIM_TEMPERROR,
     .dkim = LOOKUP " failed: SERVFAIL",
     .arc = "key lookup failed"},
    {.name = "lookup timed out",
     .zone = S1 " !silent\n",
     .result = DKIM_TEMPERROR,
     .dkim = LOOKUP " timed out: no answer",
     .arc = "key lookup timed out"},
    {.name = "lookup not made",
     .no_questions = true,
     .result = DKIM_NEUTRAL,
     .dkim = LOOKUP " was not made: the message's questions are used up",
     .arc = "key lookup was not made: limit of DNS questions"},
    {.name = "key record",
     .zone = S1 " TXT \"v=DKIM1; p=\"\n",
     .result = DKIM_PERMERROR,
     .dkim = "key is revoked at " S1,
     .arc = "key is revoked"},
    {.name = "key type",
     .key = &ed25519_key,
     .result = DKIM_PERMERROR,
     .dkim = "key type does not fit a=",
     .arc = "key type does not fit a="},
    {.name = "key strict; ARC has no i= of that kind",
     .key = &strict_key,
     .dkim_tags = "; i=@sub.a.example",
     .result = DKIM_PERMERROR,
     .dkim = "the key demands that i= has the domain of d=",
     .arc = ""},
    {.name = "signature",
     .key = &other_key,
     .result = DKIM_FAIL,
     .dkim = "signature did not verify",
     .arc = "signature did not verify"},
    {.name = "the last of two keys tells",
     .key = &ed25519_then_other,
     .result = DKIM_FAIL,
     .dkim = "signature did not verify",
     .arc = "signature did not verify"},
    {.name = "the last of two keys tells, the other way round",
     .key = &other_then_ed25519,
     .result = DKIM_PERMERROR,
     .dkim = "key type does not fit a=",
     .arc = "key type does not fit a="},
    {.name = "budget",
     .no_budget = true,
     .result = DKIM_NEUTRAL,
     .dkim = "not tried: limit of CPU time for signatures",
     .arc = "not tried: limit of CPU time for signatures"},
    /* ARC waits for no key that it cannot use. */
    {.name = "budget and no key",
     .zone = NOTHING,
     .no_budget = true,
     .result = DKIM_PERMERROR,
     .dkim = "no key at " S1,
     .arc = "not tried: limit of CPU time for signatures"},
};

static void
test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("%s\n", rows[i].name);
		check_dkim(&rows[i]);
		check_arc(&rows[i]);
	}
}

/* --- the verifier alone --- */

/* A signature of a message, parsed. */
static void
parse(struct dkim_world *w, struct dkim_signature *sig_out)
{
	dkim_signature_parse(w->arena, FORM_DKIM,
			     &w->header.field[w->header.count - 1], NOW, NULL,
			     sig_out);
	assert_null(sig_out->flaw.reason);
}

static struct dkim_finding
find(struct dkim_world *w, const char *zone, bool covers_all,
     const uint8_t *digest)
{
	struct dkim_signature sig;
	struct dkim_finding finding;

	dkim_world_begin(w, zone, BODY);
	parse(w, &sig);
	struct dkim_trial trial = dkim_trial_of(&w->verifier, &sig);
	assert_str(trial.key_name, S1);
	trial.covers_all = covers_all;
	trial.digest = digest;
	dkim_verify_octets(&w->verifier, &trial, INT64_MAX, &finding);
	assert_non_null(finding.answer);
	return finding;
}

static void
expect_find(struct dkim_world *w, const char *zone, bool covers_all,
	    const uint8_t *digest, enum dkim_fault fault)
{
	struct dkim_finding finding = find(w, zone, covers_all, digest);

	assert_string_equal(finding.reason, dkim_fault_text(fault));
	assert_int_equal(finding.fault, fault);
}

static void
sign(struct dkim_world *w)
{
	dkim_world_from(w);
	dkim_world_signature(w, dkim_world_sign(w, TAGS));
}

/* The lowest From is signed; one above it is none of the signature's. */
static void
test_added_field(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_field(w, "From", " eve@b.example");
	sign(w);
	expect_find(w, dkim_world_zone(w, ""), true, NULL,
		    DKIM_FAULT_HEADER_ADDED);
	assert_int_equal(w->verifier.budget.exhausted, false);
}

static void
test_added_field_does_not_matter(void **state)
{
	struct dkim_world *w = *state;

	dkim_world_field(w, "From", " eve@b.example");
	sign(w);
	expect_find(w, dkim_world_zone(w, ""), false, NULL, DKIM_FAULT_NONE);
}

static void
test_nothing_added(void **state)
{
	struct dkim_world *w = *state;

	sign(w);
	expect_find(w, dkim_world_zone(w, ""), true, NULL, DKIM_FAULT_NONE);
}

/* As a seal's: the header is not hashed. */
static void
test_digest_of_the_caller(void **state)
{
	struct dkim_world *w = *state;
	static const uint8_t zeroes[SHA256_OCTETS];

	sign(w);
	expect_find(w, dkim_world_zone(w, ""), false, zeroes,
		    DKIM_FAULT_SIGNATURE);
	assert_null(w->verifier.headerhash);
}

static void
test_too_many_records(void **state)
{
	struct dkim_world *w = *state;

	sign(w);
	expect_find(w, many_keys, false, NULL, DKIM_FAULT_LOOKUP_TOO_MANY);
}

static void
test_testing_key(void **state)
{
	struct dkim_world *w = *state;

	sign(w);
	struct dkim_finding finding =
	    find(w, dkim_world_zone(w, "t=y; "), false, NULL);
	assert_int_equal(finding.fault, DKIM_FAULT_NONE);
	assert_true(finding.key_testing);
}

/* Each sentence stands once. */
static void
test_texts(void **state)
{
	(void)state;
	assert_string_equal(dkim_fault_text(DKIM_FAULT_NONE), "");
	for (enum dkim_fault a = 1; a < DKIM_FAULTS; a++) {
		assert_true(strlen(dkim_fault_text(a)) > 5);
		for (enum dkim_fault b = 0; b < a; b++)
			assert_string_not_equal(dkim_fault_text(a),
						dkim_fault_text(b));
	}
}

static struct arena *keys;

static int
group_setup(void **state)
{
	dkim_world_group_setup(state);
	keys = arena_new(NULL);
	make_keys(keys);
	return 0;
}

static int
group_teardown(void **state)
{
	arena_free(keys);
	return dkim_world_group_teardown(state);
}

#define TEST(name)                                              \
	cmocka_unit_test_setup_teardown(name, dkim_world_setup, \
					dkim_world_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_faults),
	    TEST(test_added_field),
	    TEST(test_added_field_does_not_matter),
	    TEST(test_nothing_added),
	    TEST(test_digest_of_the_caller),
	    TEST(test_too_many_records),
	    TEST(test_testing_key),
	    cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests_name("dkim_verifier", tests, group_setup,
					   group_teardown);
}
