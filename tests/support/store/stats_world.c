#include "tests/support/store/stats_world.h"

#include <stdio.h>
#include <string.h>

#include "base/domain.h"
#include "record/record.h"
#include "tests/support/config_file.h"
#include "tests/support/store/store_world.h"

static struct {
	struct store *store;
	struct batch *batch;
	struct journal_cursor cursor;
	struct config *config;
	unsigned sent; /* queue ids */
} world;

int
stats_world_setup(void **state)
{
	struct sql_error error;

	store_world_setup(state);
	config_file_setup(state);
	memset(&world, 0, sizeof(world));
	world.store = store_open(store_world_url(), SQL_MAKE, &error);
	if (!world.store)
		fail_msg("%s", error.text);
	world.batch = batch_new(store_key(world.store));
	world.cursor.journal = 1;
	stats_world_configure("on-quarantine: hold\n");
	return 0;
}

int
stats_world_teardown(void **state)
{
	batch_free(world.batch);
	store_close(world.store);
	config_unref(world.config);
	config_file_teardown(state);
	return store_world_teardown(state);
}

struct store *
stats_world_store(void)
{
	return world.store;
}

void
stats_world_configure(const char *text)
{
	config_unref(world.config);
	world.config = config_file_load(text);
}

/* --- one mail --- */

static void
set_dkim(struct arena *arena, const struct stats_mail *mail, struct verdict *v)
{
	struct dkim_outcome *one = arena_array(arena, 2, sizeof(*one));
	const struct {
		const char *domain;
		enum dkim_result result;
	} signatures[] = {{mail->dkim, DKIM_PASS}, {mail->broken, DKIM_FAIL}};
	size_t i, n = 0;

	for (i = 0; i < 2; i++)
		if (signatures[i].domain)
			one[n++] = (struct dkim_outcome){
			    .result = signatures[i].result,
			    .domain = str_of(signatures[i].domain),
			    .selector = str_lit("s1"),
			    .algorithm = str_lit("rsa-sha256"),
			    .tried = true,
			    .header_verifies =
				signatures[i].result == DKIM_FAIL};
	v->dkim.outcome = one;
	v->dkim.count = n;
}

/* Relaxed alignment, where the From domain is the organizational one. */
static bool
is_aligned(const char *domain, const char *from)
{
	return domain && domain_is_at_or_below(str_of(domain), str_of(from));
}

static void
set_dmarc(const struct stats_mail *mail, struct verdict *v)
{
	struct dmarc_outcome *dmarc = &v->dmarc.outcome[0];

	v->dmarc.count = 1;
	dmarc->from = dmarc->org_domain = dmarc->policy_domain =
	    str_of(mail->from);
	dmarc->policy_tag = "p";
	dmarc->has_record = !mail->no_policy;
	if (mail->no_policy)
		return;
	dmarc->published = dmarc->policy = dmarc->record.p = mail->policy;
	dmarc->spf_aligned = is_aligned(mail->spf, mail->from);
	dmarc->dkim_aligned = is_aligned(mail->dkim, mail->from);
	dmarc->result =
	    dmarc->spf_aligned || dmarc->dkim_aligned ? DMARC_PASS : DMARC_FAIL;
	if (mail->trouble)
		dmarc->result = mail->trouble;
}

static void
set_from(const struct stats_mail *mail, struct verdict *v)
{
	v->from.reason = "";
	v->from.state = mail->from ? FROM_ONE : FROM_MISSING;
	if (!mail->from)
		return;
	v->from.domain[0] = str_of(mail->from);
	v->from.count = v->from.addresses = 1;
	v->from.address[0].local = str_lit("jane");
	v->from.address[0].domain = str_of(mail->from);
	v->from.addresses_sure = v->from.strict = v->from.shows_domain = true;
}

static void
set_recipient(struct arena *arena, const struct stats_mail *mail,
	      struct verdict *v)
{
	struct str *recipient = arena_alloc(arena, sizeof(*recipient));

	if (!mail->recipient)
		return;
	*recipient = str_of(mail->recipient);
	v->recipient = recipient;
	v->recipients = 1;
}

static void
make(struct arena *arena, const struct stats_mail *mail, struct verdict *v)
{
	*v = (struct verdict){.client_class = mail->class};
	v->decision.wants = v->decision.reply_code = v->decision.reply_xcode =
	    "";
	v->seen.reason = "";
	ip_parse(str_of(mail->client), &v->client);
	v->client_name = str_of(mail->name);
	v->iprev = mail->name ? IPREV_PASS : IPREV_PERMERROR;
	v->mail_from_known = true;
	v->mail_from_domain = str_of(mail->spf ? mail->spf : mail->from);
	v->mail_from_local = str_of(mail->local ? mail->local : "bounce");
	v->mail_from =
	    arena_printf(arena, "%.*s@%.*s", STR_ARG(v->mail_from_local),
			 STR_ARG(v->mail_from_domain));
	set_recipient(arena, mail, v);
	v->list.named = mail->list != NULL;
	v->list.id = str_of(mail->list);
	set_from(mail, v);
	if (!client_is_checked(mail->class))
		return;
	v->spf = (struct spf_outcome){.result = mail->spf ? SPF_PASS : SPF_FAIL,
				      .domain = v->mail_from_domain,
				      .reason = str_of(mail->spf_says),
				      .explanation = str_of(mail->spf_says),
				      .for_anybody = mail->spf_open};
	set_dkim(arena, mail, v);
	if (mail->from)
		set_dmarc(mail, v);
}

enum action
stats_world_decide(const char *configuration, const struct stats_mail *mail)
{
	struct arena *arena = arena_new(NULL);
	struct config *config = config_file_load(configuration);
	struct verdict verdict;
	enum action action;

	make(arena, mail, &verdict);
	action = policy_decide(arena, &verdict, &config->policy).action;
	config_unref(config);
	arena_free(arena);
	return action;
}

/* --- into the store --- */

static void
write_batch(void)
{
	struct journal_cursor to = world.cursor;

	to.sequence = 1;
	to.offset++;
	if (!store_write(world.store, world.batch, &world.cursor, &to))
		fail_msg("%s", store_error(world.store)->text);
	world.cursor = to;
}

static void
add(const struct stats_mail *mail, int nth)
{
	const struct record_about about = {.context = 1};
	struct arena *arena = arena_new(NULL);
	struct store_message message;
	struct verdict verdict;
	struct str record;

	make(arena, mail, &verdict);
	verdict.now = STATS_WORLD_NOW - mail->ago + nth * mail->each;
	verdict.queue_id = mail->queue_id
			       ? str_of(mail->queue_id)
			       : arena_printf(arena, "Q%u", world.sent);
	world.sent++;
	verdict.decision =
	    policy_decide(arena, &verdict, &world.config->policy);
	record = record_pack(arena, &verdict, &about);
	store_message_of(arena, &verdict, record, &message);
	batch_add_message(world.batch, &message);
	arena_free(arena);
}

void
stats_world_mail(const struct stats_mail *mail, size_t n)
{
	size_t i;
	int nth;

	batch_reset(world.batch, str_lit("mx"));
	for (i = 0; i < n; i++) {
		for (nth = 0; nth < (mail[i].count ? mail[i].count : 1); nth++)
			add(&mail[i], nth);
	}
	write_batch();
}

void
stats_world_event(int64_t ago, const char *what, const char *version,
		  const char *mode)
{
	const struct batch_event event = {STATS_WORLD_NOW - ago, str_of(what),
					  str_of(version), str_of(mode),
					  str_lit("digest")};

	batch_reset(world.batch, str_lit("mx"));
	batch_add_event(world.batch, &event);
	write_batch();
}

void
stats_world_gap(int64_t ago, int64_t messages)
{
	const struct batch_gap gap = {STATS_WORLD_NOW - ago, messages, 0};

	batch_reset(world.batch, str_lit("mx"));
	batch_add_gap(world.batch, &gap);
	write_batch();
}

void
stats_world_seen(const char *name, const char *text, int64_t first_ago,
		 int64_t last_ago)
{
	static const char insert_seen[] =
	    "INSERT INTO dns_seen (name, digest, first, last) "
	    "VALUES ($1, $2, $3, $4)";
	static const char insert_text[] =
	    "INSERT INTO dns_text (digest, place, last_day, octets) "
	    "VALUES ($1, $2, $3, $4)";
	const uint64_t half = siphash(store_key(world.store), str_of(text));
	const uint64_t digest[2] = {half, ~half};
	const struct str octets = str_n((const char *)digest, sizeof(digest));
	const int64_t last = STATS_WORLD_NOW - last_ago;
	const struct sql_value seen[] = {
	    sql_text(str_of(name)), sql_blob(octets),
	    sql_integer(STATS_WORLD_NOW - first_ago), sql_integer(last)};
	const struct sql_value texts[] = {sql_blob(octets), sql_integer(0),
					  sql_integer(day_of(last)),
					  sql_blob(str_of(text))};
	struct sql *sql = store_sql(world.store);

	assert_true(sql_begin(sql));
	assert_true(sql_run(sql, insert_seen, seen, 4, NULL));
	assert_true(sql_run(sql, insert_text, texts, 4, NULL));
	assert_true(sql_commit(sql));
}
