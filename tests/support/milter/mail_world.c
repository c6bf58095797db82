#include "tests/support/milter/mail_world.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/config_file.h"
#include "tests/support/dns_server.h"

static struct {
	bool is_open;
	struct server server;
	struct dns_server_test *dns;
	const char *queue_id, *refused;
	struct buf said, said_before;
	/* The resolver's thread logs, too. */
	pthread_mutex_t lock;
	struct buf logged, logged_before;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --- the mail server --- */

static int say(const char *fmt, ...) PRINTF_LIKE(1, 2);

static int
say(const char *fmt, ...)
{
	char line[4096];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof line, fmt, args);
	va_end(args);
	buf_printf(&world.said, "%s\n", line);
	return world.refused != NULL &&
		       strncmp(line, world.refused, strlen(world.refused)) == 0
		   ? MI_FAILURE
		   : MI_SUCCESS;
}

char *
smfi_getsymval(SMFICTX *ctx, char *name)
{
	(void)ctx;
	return strcmp(name, "i") == 0 ? (char *)(uintptr_t)world.queue_id
				      : NULL;
}

int
smfi_chgheader(SMFICTX *ctx, char *name, int occurrence, char *value)
{
	(void)ctx;
	assert_null(value);
	return say("delete %s %d", name, occurrence);
}

int
smfi_insheader(SMFICTX *ctx, int index, char *name, char *value)
{
	(void)ctx;
	return say("insert %d %s:%s", index, name, value);
}

int
smfi_quarantine(SMFICTX *ctx, char *reason)
{
	(void)ctx;
	return say("hold %s", reason);
}

int
smfi_progress(SMFICTX *ctx)
{
	(void)ctx;
	return say("progress");
}

int
smfi_setmlreply(SMFICTX *ctx, const char *code, const char *xcode, ...)
{
	char text[8192] = "";
	va_list lines;

	(void)ctx;
	va_start(lines, xcode);
	for (const char *line = va_arg(lines, const char *); line != NULL;
	     line = va_arg(lines, const char *)) {
		strcat(text, text[0] != '\0' ? "|" : "");
		strcat(text, line);
	}
	va_end(lines);
	return say("reply %s %s %s", code, xcode, text);
}

/* --- what was kept --- */

static const char *
take(struct buf *now, struct buf *before)
{
	buf_clear(before);
	*before = *now;
	buf_init(now, NULL);
	return before->n > 0 ? before->p : "";
}

const char *
mail_world_said(void)
{
	return take(&world.said, &world.said_before);
}

const char *
mail_world_logged(void)
{
	pthread_mutex_lock(&world.lock);
	const char *text = take(&world.logged, &world.logged_before);
	pthread_mutex_unlock(&world.lock);
	return text;
}

void
assert_begins(const char *text, const char *beginning)
{
	if (strncmp(text, beginning, strlen(beginning)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", text, beginning);
}

static void
keep_line(void *ctx, enum log_level level, struct str line)
{
	static const char *const word[] = {"error", "warning", "info", "debug"};

	(void)ctx;
	pthread_mutex_lock(&world.lock);
	buf_printf(&world.logged, "%s %.*s\n", word[level], STR_ARG(line));
	pthread_mutex_unlock(&world.lock);
}

void
mail_world_queue_id(const char *queue_id)
{
	world.queue_id = queue_id;
}

void
mail_world_refuse(const char *beginning)
{
	world.refused = beginning;
}

/* --- the server --- */

int
mail_world_group_setup(void **state)
{
	return config_file_setup(state);
}

int
mail_world_group_teardown(void **state)
{
	return config_file_teardown(state);
}

static void
write_config(const char *config, struct buf *text)
{
	buf_printf(text,
		   "authserv-id: mx.receiver.example\n"
		   "resolver: 127.0.0.1:%u\n%s",
		   dns_server_port(world.dns), config);
	config_file_write(text->p, text->n);
}

void
mail_world_write(const char *config)
{
	struct buf text;

	buf_init(&text, NULL);
	write_config(config, &text);
	buf_clear(&text);
}

struct server *
mail_world(const char *config, const char *zone)
{
	struct buf text;

	assert_false(world.is_open);
	buf_init(&world.said, NULL);
	buf_init(&world.logged, NULL);
	world.queue_id = "4ABC";
	world.refused = NULL;
	world.dns = dns_server_start(zone);
	buf_init(&text, NULL);
	write_config(config, &text);
	server_init(&world.server, config_file_load(text.p),
		    config_file_path());
	buf_clear(&text);
	world.server.log =
	    (struct log){.level = LOG_LEVEL_INFO, .write = keep_line};
	assert_int_equal(server_start(&world.server), 0);
	world.is_open = true;
	return &world.server;
}

int
mail_world_teardown(void **state)
{
	(void)state;
	if (!world.is_open)
		return 0;
	world.is_open = false;
	/* Who leaves a gate closed behind would stop the daemon in the end. */
	unsigned left = gate_used(&world.server.messages) +
			gate_used(&world.server.evaluations) +
			gate_used(&world.server.sessions);
	server_clear(&world.server);
	accounts_free(world.server.accounts);
	dns_server_stop(world.dns);
	buf_clear(&world.said);
	buf_clear(&world.said_before);
	buf_clear(&world.logged);
	buf_clear(&world.logged_before);
	return left == 0 ? 0 : -1;
}

/* --- mail --- */

struct session *
mail_world_session(const char *client)
{
	struct session *session = session_new(&world.server, true);
	struct sockaddr_in address = {.sin_family = AF_INET};

	session->protocol = SMFIP_HDR_LEADSPC;
	assert_int_equal(inet_pton(AF_INET, client, &address.sin_addr), 1);
	assert_true(session_connect(session, str_lit("client.example"),
				    IPREV_PASS, (struct sockaddr *)&address));
	session_helo(session, str_lit("client.example"));
	return session;
}

void
mail_world_message(struct session *session, const char *mail_from,
		   const char *header)
{
	struct str rest = exact(header), line;

	session_mail(session, exact(mail_from), false);
	session_rcpt(session, str_lit("<rcpt@receiver.example>"), str_empty());
	while (str_split(&rest, '\n', &line)) {
		size_t colon = str_chr(line, ':');
		if (colon < line.n)
			session_header(session, str_first(line, colon),
				       str_from(line, colon + 1));
	}
	session_eoh(session);
	session_body(session, "Hi.\r\n", 5);
}

sfsistat
mail_world_send(struct session *session, const char *mail_from,
		const char *header)
{
	mail_world_message(session, mail_from, header);
	return session_eom(session, NULL);
}
