#include "tests/support/store/situation.h"

#include <string.h>

#include "policy/policy.h"
#include "record/record.h"
#include "store/frames.h"
#include "tests/support/config_file.h"
#include "tests/support/dkim_signer.h"
#include "tests/support/store/store_world.h"
#include "tests/support/zone.h"
#include "verify/verify.h"

#define JOURNAL 0x8000000000000001u

static struct dkim_signer *signer;

int
situation_group_setup(void **state)
{
	signer = dkim_signer_ed25519();
	return config_file_setup(state);
}

int
situation_group_teardown(void **state)
{
	dkim_signer_free(signer);
	return config_file_teardown(state);
}

/* --- one message --- */

static struct zone *
zone_of(struct arena *arena, const char *text)
{
	const char *mark = strstr(text, "%P%");

	if (mark == NULL)
		return zone_parse(text);
	return zone_parse(arena_printf(arena, "%.*sv=DKIM1; k=ed25519; p=%s%s",
				       (int)(mark - text), text,
				       dkim_signer_p(arena, signer).p, mark + 3)
			      .p);
}

static struct config *
config_of(struct arena *arena, const char *text)
{
	return config_file_load(
	    arena_printf(arena,
			 "listen: inet:8891@127.0.0.1\n"
			 "authserv-id: mx.receiver.example\n%s",
			 text != NULL ? text
				      : "mode: enforce\non-quarantine: hold\n")
		.p);
}

static struct verify_envelope
envelope_of(const struct situation *situation, const struct config *config,
	    int64_t now)
{
	struct verify_envelope envelope = {
	    .client_name = str_of(situation->client_name),
	    .iprev = situation->client_name != NULL ? IPREV_PASS : IPREV_NONE,
	    .helo = str_of(situation->helo),
	    .mail_from_known = situation->mail_from != NULL,
	    .mail_from = str_of(situation->mail_from),
	    .now = now,
	};

	assert_true(ip_parse(str_of(situation->client), &envelope.client));
	envelope.client_class = config_client_class(
	    config, envelope.client, envelope.client_name, &envelope.relay);
	if (situation->smtp_auth)
		envelope.client_class = CLIENT_AUTHENTICATED;
	return envelope;
}

/* The signed fields in canonical form: the first alone, which is From. */
static struct str
signature_of(struct arena *arena, const struct situation *situation)
{
	const char *from = situation->field[0];
	struct buf canonical;
	bool colon = false;

	buf_init(&canonical, arena);
	for (; *from != '\0'; from++) {
		if (!colon && *from == ':')
			colon = true;
		else if (colon && canonical.n == 5 && *from == ' ')
			continue;
		buf_addc(&canonical, colon ? *from : ascii_lower(*from));
	}
	buf_adds(&canonical, "\r\n");
	return dkim_signer_sign(
	    arena, signer,
	    arena_printf(arena,
			 "v=1; a=ed25519-sha256; c=relaxed/relaxed; %s; "
			 "h=from",
			 situation->sign)
		.p,
	    "dkim-signature:", canonical.p, situation->body);
}

static void
add_fields(struct verify *verify, struct arena *arena,
	   const struct situation *situation)
{
	if (situation->sign != NULL)
		verify_header(verify, str_lit("DKIM-Signature"),
			      arena_printf(arena, " %s",
					   signature_of(arena, situation).p));
	for (size_t i = 0; i < 4 && situation->field[i] != NULL; i++) {
		struct str line = str_of(situation->field[i]);
		size_t colon = str_chr(line, ':');
		verify_header(verify, str_first(line, colon),
			      str_from(line, colon + 1));
	}
}

static void
add_message(struct verify *verify, struct arena *arena,
	    const struct situation *situation)
{
	struct str body =
	    str_of(situation->changed_body != NULL ? situation->changed_body
						   : situation->body);

	for (size_t i = 0; i < SITUATION_RCPTS && situation->rcpt[i]; i++)
		verify_rcpt(verify, str_of(situation->rcpt[i]));
	add_fields(verify, arena, situation);
	verify_eoh(verify);
	verify_body(verify, body.p, body.n);
}

static struct decision
decide(struct arena *arena, const struct situation *situation,
       const struct verdict *verdict, const struct config *config)
{
	struct deferrals *deferrals = deferrals_new();
	struct decision decision = {.wants = ""};

	for (unsigned i = 0; i <= situation->deferrals; i++)
		decision =
		    policy_decide_counted(arena, verdict, &config->policy,
					  deferrals, (int64_t)i * 3600000);
	deferrals_free(deferrals);
	return decision;
}

/* --- into the store --- */

void
situation_open(struct situation_store *store)
{
	struct sql_error error;

	store->store = store_open(store_world_url(), SQL_MAKE, &error);
	if (!store->store)
		fail_msg("%s", error.text);
	store->batch = batch_new(store_key(store->store));
	batch_reset(store->batch, str_lit("mx.receiver.example"));
	assert_true(store_cursor_read(store->store, JOURNAL, &store->cursor));
}

void
situation_close(struct situation_store *store)
{
	batch_free(store->batch);
	store_close(store->store);
}

static void
take(struct situation_store *store, struct arena *arena, uint8_t kind,
     struct str octets)
{
	const struct journal_item item = {.started = SITUATION_NOW,
					  .frame = {kind, octets}};

	assert_true(frames_take(NULL, arena, &item, store->batch));
}

static void
record(struct situation_store *store, struct arena *arena,
       const struct verdict *verdict, const struct config *config)
{
	const struct record_about about = {.context = 1,
					   .field = config->policy.rules->field,
					   .fields =
					       config->policy.rules->fields};

	for (size_t i = 0; i < verdict->questions; i++) {
		const struct dns_question *question = &verdict->question[i];
		if (question->type == DNS_TXT && question->answer != NULL &&
		    question->status == DNS_OK)
			take(store, arena, RECORD_DNS_TEXT,
			     record_dns_text_pack(arena, question));
	}
	take(store, arena, RECORD_MESSAGE | JOURNAL_COUNTED,
	     record_pack(arena, verdict, &about));
}

void
situation_feed(struct situation_store *store, const struct situation *situation,
	       int64_t now)
{
	struct arena *arena = arena_new(NULL);
	struct zone *zone = zone_of(arena, situation->zone);
	struct verify_engine engine = {
	    .resolver = dns_resolver_new_offline(zone_oracle, zone)};
	struct config *config = config_of(arena, situation->config);
	struct verify_envelope envelope = envelope_of(situation, config, now);
	struct verify *verify =
	    verify_begin(&engine, &config->verify, &envelope);

	add_message(verify, arena, situation);
	verify_queued_as(verify, str_of(situation->queue_id));
	if (situation->hindrance != HINDRANCE_NONE)
		verify_hinder(verify, situation->hindrance);
	else
		assert_int_equal(verify_finish(verify, NULL, NULL), 0);
	verify_decide(verify, decide(verify_arena(verify), situation,
				     verify_verdict(verify), config));
	record(store, arena, verify_verdict(verify), config);
	verify_free(verify);
	config_unref(config);
	dns_resolver_free(engine.resolver);
	zone_free(zone);
	arena_free(arena);
}

void
situation_write(struct situation_store *store)
{
	struct journal_cursor to = store->cursor;

	to.sequence = 1;
	to.offset++;
	if (!store_write(store->store, store->batch, &store->cursor, &to))
		fail_msg("%s", store_error(store->store)->text);
	store->cursor = to;
	batch_reset(store->batch, str_lit("mx.receiver.example"));
}

/* --- and back --- */

struct finding {
	struct arena *arena;
	struct str queue_id;
	struct verdict *verdict;
	size_t found;
};

static bool
see(void *ctx, const struct store_place *place, struct str octets)
{
	struct finding *finding = ctx;
	struct verdict verdict;
	uint32_t context;

	(void)place;
	assert_null(record_unpack(finding->arena, octets, &verdict, &context));
	if (str_eq(verdict.queue_id, finding->queue_id)) {
		*finding->verdict = verdict;
		finding->found++;
	}
	return true;
}

void
situation_find(struct situation_store *store, struct arena *arena,
	       const char *queue_id, struct verdict *verdict_out)
{
	struct finding finding = {arena, str_of(queue_id), verdict_out, 0};
	const struct store_term term = {TERM_QUEUE_ID, finding.queue_id};

	assert_true(
	    store_find(store->store, &term, 0, INT64_MAX, see, &finding));
	assert_int_equal(finding.found, 1);
}

struct decision
situation_decide(struct arena *arena, const struct verdict *verdict,
		 const char *text)
{
	struct config *config = config_of(arena, text);
	struct decision decision =
	    policy_decide(arena, verdict, &config->policy);

	/* Names of rules live in it. */
	decision.rule = arena_copy(arena, decision.rule);
	config_unref(config);
	return decision;
}
