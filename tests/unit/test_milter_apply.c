/* What is said to the mail server, and what becomes of a call that fails. */
#include "tests/support/milter/mail_world.h"

#include "base/buf.h"
#include "milter/session/apply.h"

static struct arena *arena;
static struct log log_of;
static struct application application;
static struct buf logged;

static void
keep(void *ctx, enum log_level level, struct str line)
{
	(void)ctx;
	assert_int_equal(level, LOG_LEVEL_ERROR);
	buf_add(&logged, line);
	buf_addc(&logged, '\n');
}

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(NULL);
	buf_init(&logged, NULL);
	mail_world_refuse(NULL);
	mail_world_said();
	log_of = (struct log){.level = LOG_LEVEL_INFO, .write = keep};
	application = (struct application){
	    .log = &log_of, .queue_id = str_lit("4A"), .leading_space = true};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_clear(&logged);
	arena_free(arena);
	return 0;
}

static void
test_delete(void **state)
{
	(void)state;
	/* libmilter wants C strings, and the names are slices. */
	apply_delete(&application, arena, exact_n("Subjects", 7), 3);
	apply_delete(&application, arena, exact("X"), (size_t)INT32_MAX + 7);
	assert_string_equal(mail_world_said(),
			    "delete Subject 3\ndelete X 2147483647\n");
	assert_false(application.failed);
	assert_int_equal(logged.n, 0);
}

static void
test_insert(void **state)
{
	(void)state;
	apply_insert(&application, arena, exact_n("X-A:", 3), exact("a;\n\tb"));
	assert_string_equal(mail_world_said(), "insert 0 X-A: a;\n\tb\n");
	/* A mail server without SMFIP_HDR_LEADSPC adds the blank itself. */
	application.leading_space = false;
	apply_insert(&application, arena, exact("X-A"), exact("a"));
	assert_string_equal(mail_world_said(), "insert 0 X-A:a\n");
}

static void
test_hold_and_progress(void **state)
{
	(void)state;
	apply_hold(&application, "why");
	apply_progress(&application);
	assert_string_equal(mail_world_said(), "hold why\nprogress\n");
}

static void
fails(const char *line, void (*call)(void), const char *name)
{
	struct buf want;

	application.failed = false;
	mail_world_refuse(line);
	call();
	assert_true(application.failed);
	buf_init(&want, NULL);
	buf_printf(&want,
		   "queue-id=4A %s failed: the mail server did not allow it "
		   "or is gone\n",
		   name);
	assert_str(buf_str(&logged), want.p);
	buf_clear(&want);
	buf_reset(&logged);
}

static void
call_delete(void)
{
	apply_delete(&application, arena, exact("X"), 1);
}

static void
call_insert(void)
{
	apply_insert(&application, arena, exact("X"), exact("y"));
}

static void
call_hold(void)
{
	apply_hold(&application, "why");
}

static void
call_progress(void)
{
	apply_progress(&application);
}

static void
call_refusal(void)
{
	const struct decision decision = {.applied = ACTION_REJECT,
					  .reply_code = "550",
					  .reply_xcode = "5.7.1",
					  .reply_text = str_lit("no")};

	/* The answer stays: libmilter has its own text for it. */
	assert_int_equal(apply_refusal(&application, &decision), SMFIS_REJECT);
}

static void
test_failures(void **state)
{
	(void)state;
	fails("delete", call_delete, "smfi_chgheader");
	fails("insert", call_insert, "smfi_insheader");
	fails("hold", call_hold, "smfi_quarantine");
	fails("progress", call_progress, "smfi_progress");
	fails("reply", call_refusal, "smfi_setmlreply");
	/* What succeeds later does not make good for it. */
	mail_world_refuse(NULL);
	call_delete();
	assert_true(application.failed);
}

static void
test_refusals(void **state)
{
	static const struct {
		enum action applied;
		const char *code, *xcode, *text, *said;
		sfsistat answer;
	} c[] = {
	    {ACTION_REJECT, "550", "5.7.26", "no",
	     "reply 550 5.7.26 no (queue id 4A)\n", SMFIS_REJECT},
	    {ACTION_TEMPFAIL, "451", "4.7.5", "a\n100%",
	     "reply 451 4.7.5 a|100%% (queue id 4A)\n", SMFIS_TEMPFAIL},
	    /* The code decides: libmilter drops what does not match. */
	    {ACTION_REJECT, "451", "4.7.1", "x",
	     "reply 451 4.7.1 x (queue id 4A)\n", SMFIS_TEMPFAIL},
	    {ACTION_QUARANTINE, "550", "5.7.1", "1\n2\n3\n4\n5\n6\n7\n8",
	     "reply 550 5.7.1 1|2|3|4|5|6|7|8 (queue id 4A)\n", SMFIS_REJECT},
	    {ACTION_TEMPFAIL, "", "", "x", "", SMFIS_TEMPFAIL},
	    {ACTION_TEMPFAIL, NULL, NULL, "x", "", SMFIS_TEMPFAIL},
	    {ACTION_REJECT, NULL, NULL, "x", "", SMFIS_REJECT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof c / sizeof c[0]; i++) {
		const struct decision decision = {.applied = c[i].applied,
						  .reply_code = c[i].code,
						  .reply_xcode = c[i].xcode,
						  .reply_text =
						      exact(c[i].text)};
		assert_int_equal(apply_refusal(&application, &decision),
				 c[i].answer);
		assert_string_equal(mail_world_said(), c[i].said);
	}
	assert_false(application.failed);
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ONE(test_delete),   ONE(test_insert),   ONE(test_hold_and_progress),
	    ONE(test_failures), ONE(test_refusals),
	};

	return cmocka_run_group_tests_name("milter-apply", tests, NULL, NULL);
}
