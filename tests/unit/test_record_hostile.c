/* Records are read from files: nothing in one is believed. */
#include "tests/support/test.h"

#include <string.h>

#include "record/record.pb-c.h"
#include "tests/support/law.h"
#include "tests/support/record_world.h"

static const struct str names[] = {STR("Subject"), STR("X-Y")};
static const struct record_about about = {
    .context = 7, .field = names, .fields = 2};

static const char *
unpack(struct arena *arena, struct str octets)
{
	struct verdict verdict;
	uint32_t context;
	/* Exactly so many, so that a sanitizer sees a read too far. */
	const char *fault = record_unpack(arena, exact_n(octets.p, octets.n),
					  &verdict, &context);

	if (fault == NULL)
		(void)verdict_json(arena, &verdict, str_empty());
	return fault != NULL ? fault : "";
}

/* --- one thing is wrong --- */

static void
newer_result(Record__Message *m)
{
	m->spf->result = 99;
}

static void
no_result(Record__Message *m)
{
	m->spf->result = 0;
}

static void
newer_step(Record__Message *m)
{
	m->signature[0]->stopped_at = 99;
}

static void
newer_kind(Record__Message *m)
{
	m->questions->kind[3] = 99;
}

static void
newer_status(Record__Message *m)
{
	m->questions->status[3] = 99;
}

static void
newer_tag(Record__Message *m)
{
	m->dmarc[1]->applies = 99;
}

static void
newer_path(Record__Message *m)
{
	m->envelope->mail_from_form = 99;
}

static void
newer_hindrance(Record__Message *m)
{
	m->hindrance = 99;
}

static void
newer_text(Record__Message *m)
{
	m->client->helo = 31;
}

static void
unknown_text(Record__Message *m)
{
	m->client->helo = 32 + (uint32_t)m->n_string;
}

static void
later_tail(Record__Message *m)
{
	m->tail[2] = 32 + 2;
}

static void
fewer_tails(Record__Message *m)
{
	m->n_tail--;
}

static void
no_part(Record__Message *m)
{
	m->header->from = NULL;
}

static void
long_message_id(Record__Message *m)
{
	static uint8_t id[LIMIT_RECORD_MESSAGE_ID - 1];

	memset(id, 'x', sizeof id);
	m->string[0] = (ProtobufCBinaryData){sizeof id, id};
	m->header->message_id = 32;
}

static void
many_domains(Record__Message *m)
{
	static uint32_t domain[LIMIT_AUTHOR_DOMAINS + 1];

	m->header->from->domain = domain;
	m->header->from->n_domain = LIMIT_AUTHOR_DOMAINS + 1;
}

static void
many_shown(Record__Message *m)
{
	m->header->from->shown = 3;
}

static void
control_in_domain(Record__Message *m)
{
	m->string[0] = (ProtobufCBinaryData){3, (uint8_t[]){'a', 7, 'b'}};
	m->header->from->domain[0] = 32;
}

static void
octet_in_word(Record__Message *m)
{
	m->string[0] = (ProtobufCBinaryData){1, (uint8_t[]){0xff}};
	m->decision->wants = 32;
}

static void
octet_in_removed(Record__Message *m)
{
	m->string[0] = (ProtobufCBinaryData){1, (uint8_t[]){0xff}};
	m->removed->name[0] = 32;
}

static void
odd_address(Record__Message *m)
{
	m->client->address.len = 3;
}

static void
long_prefix(Record__Message *m)
{
	m->client->relay->prefix = 33;
}

static void
late_time(Record__Message *m)
{
	m->time = UINT64_MAX;
}

static void
no_such_seal(Record__Message *m)
{
	m->arc->trusted = 3;
}

static void
fewer_selectors(Record__Message *m)
{
	m->arc->n_selector = 1;
}

static void
none_decides(Record__Message *m)
{
	m->decisive = 2;
}

static void
many_signatures(Record__Message *m)
{
	static Record__Signature *signature[LIMIT_DKIM_SHOWN + 1];

	for (size_t i = 0; i <= LIMIT_DKIM_SHOWN; i++)
		signature[i] = m->signature[0];
	m->signature = signature;
	m->n_signature = LIMIT_DKIM_SHOWN + 1;
}

static void
fewer_outcomes(Record__Message *m)
{
	m->questions->n_ttl--;
}

static void
no_code(Record__Message *m)
{
	m->decision->reply->code = 0;
}

static void
many_questions(Record__Message *m)
{
	m->questions->dropped = UINT32_MAX;
}

static void
fewer_digests(Record__Message *m)
{
	m->questions->digest.len--;
}

static void
fewer_keys(Record__Message *m)
{
	m->questions->n_selector--;
}

static void
no_such_name(Record__Message *m)
{
	m->header->reading[0]->name = 2;
}

static void
many_texts(Record__Message *m)
{
	static ProtobufCBinaryData text[FIELD_READINGS + 1];

	m->header->reading[0]->text = text;
	m->header->reading[0]->n_text = FIELD_READINGS + 1;
}

static void
long_text(Record__Message *m)
{
	static uint8_t text[LIMIT_RULE_TEXT + 2];

	m->header->reading[0]->text[0] =
	    (ProtobufCBinaryData){sizeof text, text};
}

static void
other_counts(Record__Message *m)
{
	m->removed->n_count--;
}

static void
many_recipients(Record__Message *m)
{
	static uint32_t recipient[LIMIT_RECIPIENTS_KEPT + 1];

	m->envelope->recipient = recipient;
	m->envelope->n_recipient = LIMIT_RECIPIENTS_KEPT + 1;
}

static void
many_clients(Record__Message *m)
{
	static Record__ClientSpf *spf[2 * LIMIT_CLIENT_SPF + 1];

	for (size_t i = 0; i <= 2 * LIMIT_CLIENT_SPF; i++)
		spf[i] = m->client_spf[0];
	m->client_spf = spf;
	m->n_client_spf = 2 * LIMIT_CLIENT_SPF + 1;
}

#define UNKNOWN "a value of an enumeration is unknown"

static const struct {
	void (*spoil)(Record__Message *message);
	const char *fault;
} wrongs[] = {
    {newer_result, UNKNOWN},
    {no_result, UNKNOWN},
    {newer_step, UNKNOWN},
    {newer_kind, UNKNOWN},
    {newer_status, UNKNOWN},
    {newer_tag, UNKNOWN},
    {newer_path, UNKNOWN},
    {newer_hindrance, UNKNOWN},
    {newer_text, "the number of a text is unknown"},
    {unknown_text, "the number of a text is unknown"},
    {later_tail, "texts are too long, or one has the tail of none"},
    {fewer_tails, "a text has no tail"},
    {no_part, "a part is missing"},
    {long_message_id, "a Message-ID is too long"},
    {many_domains, "From has too many domains or addresses"},
    {many_shown, "From has too many domains or addresses"},
    {control_in_domain, "a text is not printable"},
    {octet_in_word, "a text is not printable"},
    {octet_in_removed, "a text is not printable"},
    {odd_address, "an address has another length"},
    {long_prefix, "the prefix of a network is too long"},
    {late_time, "a time is too large"},
    {no_such_seal, "an ARC chain names a seal that it does not have"},
    {fewer_selectors, "an ARC chain names a seal that it does not have"},
    {none_decides, "there are too many results of DMARC, or none decides"},
    {many_signatures, "there are too many signatures"},
    {fewer_outcomes, "there are too many questions, or some have no outcome"},
    {many_questions, "there are too many questions, or some have no outcome"},
    {no_code, "a reply has no code"},
    {fewer_digests, "a digest is missing"},
    {fewer_keys, "a question for a key has no selector"},
    {no_such_name, "a field has no name, or too many texts"},
    {many_texts, "a field has no name, or too many texts"},
    {long_text, "the text of a field is too long"},
    {other_counts, "too many names of fields were removed"},
    {many_recipients, "there are too many recipients"},
    {many_clients, "SPF of the client is told of too many domains"},
};

/* In the arena, since what is put in may be anywhere. */
static void *
allocate(void *arena, size_t n)
{
	return arena_alloc(arena, n);
}

static void
release(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

/* The record of the whole verdict, with one thing changed. */
static struct str
spoilt(struct arena *arena, void (*spoil)(Record__Message *message))
{
	const struct verdict verdict = record_world_verdict(arena);
	struct str octets = record_pack(arena, &verdict, &about);
	ProtobufCAllocator allocator = {allocate, release, arena};
	Record__Message *message = record__message__unpack(
	    &allocator, octets.n, (const uint8_t *)octets.p);

	assert_non_null(message);
	spoil(message);
	uint8_t *p =
	    arena_alloc(arena, record__message__get_packed_size(message));
	size_t n = record__message__pack(message, p);
	return str_n((const char *)p, n);
}

static void
test_wrong(void **state)
{
	for (size_t i = 0; i < sizeof wrongs / sizeof wrongs[0]; i++) {
		const char *fault =
		    unpack(*state, spoilt(*state, wrongs[i].spoil));
		if (strcmp(fault, wrongs[i].fault) != 0)
			fail_msg("row %zu: \"%s\"", i, fault);
	}
}

/* --- octets --- */

static void
nothing(Record__Message *m)
{
	(void)m;
}

/* Field 100 of a later version, a number, text and a message. */
static void
test_newer_fields(void **state)
{
	static const char newer[] = "\xa0\x06\x01\xa2\x06\x02hi\xa2\x06\x00";
	struct str octets = spoilt(*state, nothing);
	char *p = arena_alloc(*state, octets.n + sizeof newer - 1);

	memcpy(p, octets.p, octets.n);
	memcpy(p + octets.n, newer, sizeof newer - 1);
	assert_string_equal(
	    unpack(*state, str_n(p, octets.n + sizeof newer - 1)), "");
}

/* Between two of the last parts, which need not be there, it seems whole: that
   is for the journal's checksum. */
static void
test_cut(void **state)
{
	struct str octets = spoilt(*state, nothing);
	size_t taken = 0;

	assert_string_equal(unpack(*state, octets), "");
	for (size_t n = 0; n < octets.n; n++)
		taken += *unpack(*state, str_first(octets, n)) == '\0';
	/* arc, decisive, seen, two of client_spf, removed, hindrance, the
	   signatures' two. */
	assert_in_range(taken, 1, 9);
}

/* Whatever comes of it, it is no crash. */
static void
test_changed(void **state)
{
	struct str octets = spoilt(*state, nothing);
	char *p = arena_alloc(*state, octets.n);

	memcpy(p, octets.p, octets.n);
	for (size_t i = 0; i < octets.n; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct arena *arena = arena_new(NULL);
			p[i] = (char)(p[i] ^ 1 << bit);
			(void)unpack(arena, str_n(p, octets.n));
			p[i] = octets.p[i];
			arena_free(arena);
		}
	}
}

/* Two octets for what takes a hundred. */
static void
test_memory(void **state)
{
	size_t n = LIMIT_RECORD_OCTETS;
	char *p = arena_alloc(*state, n + 2);
	struct verdict verdict;
	uint32_t context;

	for (size_t i = 0; i < n + 2; i += 2) {
		p[i] = 10 << 3 | 2; /* a signature */
		p[i + 1] = 0;
	}
	struct arena *arena = arena_new(NULL);
	assert_string_equal(
	    record_unpack(arena, str_n(p, n), &verdict, &context),
	    "it is no record of a message");
	assert_true(arena_size(arena) < 2 * LIMIT_RECORD_MEMORY);
	arena_free(arena);
	assert_string_equal(
	    record_unpack(*state, str_n(p, n + 2), &verdict, &context),
	    "it is no record of a message");
}

/* Each text with all before it as its tail. */
static void
chain(Record__Message *m)
{
	enum { MANY = 5000 };
	static ProtobufCBinaryData string[MANY];
	static uint32_t tail[MANY];
	static uint8_t octet[1000];

	for (uint32_t i = 0; i < MANY; i++) {
		string[i] = (ProtobufCBinaryData){sizeof octet, octet};
		tail[i] = i > 0 ? 31 + i : 0;
	}
	string[0].len = 1;
	m->string = string;
	m->tail = tail;
	m->n_string = m->n_tail = 200;
}

static void
test_growing_texts(void **state)
{
	assert_string_equal(unpack(*state, spoilt(*state, chain)),
			    "texts are too long, or one has the tail of none");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_wrong),  TEST(test_newer_fields),
	    TEST(test_cut),    TEST(test_changed),
	    TEST(test_memory), TEST(test_growing_texts),
	};

	return cmocka_run_group_tests_name("record_hostile", tests, NULL, NULL);
}
