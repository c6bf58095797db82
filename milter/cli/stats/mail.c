/* The answer as a message, by sendmail(1). */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/line.h"
#include "base/number.h"
#include "milter/cli/stats/stats.h"

#define SENDMAIL "/usr/sbin/sendmail"
/* RFC 5321 section 4.5.3.1.3. */
#define ADDRESS_OCTETS 254

const char *
stats_mail_fault(const char *address)
{
	const struct str text = str_of(address);
	size_t i;

	if (text.n == 0 || text.n > ADDRESS_OCTETS || text.p[0] == '-')
		return "it is no address";
	for (i = 0; i < text.n; i++)
		if (text.p[i] <= ' ' || text.p[i] > '~' ||
		    strchr("\"(),:;<>[\\]", text.p[i]))
			return "it is no address: write it without a name, "
			       "quotes "
			       "and brackets";
	return NULL;
}

/* --- the message --- */

static void
add_subject(struct buf *out, struct str host, const struct stats_answer *answer)
{
	const struct stats_findings *findings = &answer->findings;
	const int64_t refused = findings->decided[ACTION_REJECT];
	const bool did = str_is(answer->events.mode, "enforce");

	buf_adds(out, "Subject: verdict-milter on ");
	line_add(out, LINE_NAME, host, 100);
	buf_adds(out, did ? ": refused " : ": enforce would refuse ");
	number_add(out, refused);
	buf_adds(out, refused == 1 ? " mail" : " mails");
	if (findings->wanting > 0) {
		buf_adds(out, ", ");
		number_add(out, (int64_t)findings->wanting);
		buf_adds(out, findings->wanting == 1 ? " sender needs you"
						     : " senders need you");
	}
	buf_addc(out, '\n');
}

void
stats_add_mail(struct buf *out, struct arena *arena, struct str host,
	       const char *address, const struct stats_answer *answer)
{
	add_subject(out, host, answer);
	buf_printf(out, "To: %s\n", address);
	/* RFC 3834 section 5: nobody answers it. */
	buf_adds(out, "Auto-Submitted: auto-generated\n"
		      "MIME-Version: 1.0\n"
		      "Content-Type: text/plain; charset=us-ascii\n"
		      "Content-Transfer-Encoding: 7bit\n\n");
	stats_add_text(out, arena, answer, false);
}

/* --- sendmail --- */

static int
complain(const char *program, const char *what)
{
	fprintf(stderr, STATS_NAME ": %s: %s\n", program, what);
	return CLI_UNAVAILABLE;
}

static bool
write_all(int fd, struct str text)
{
	ssize_t n;

	while (text.n > 0) {
		n = write(fd, text.p, text.n);
		if (n < 0 && errno != EINTR)
			return false;
		text = str_from(text, n > 0 ? (size_t)n : 0);
	}
	return true;
}

/* -i: a dot alone does not end the message. */
static void
become(const char *program, const char *address, int input)
{
	const char *const argv[] = {program, "-i",    "-F", "verdict-milter",
				    "--",    address, NULL};

	if (dup2(input, STDIN_FILENO) == STDIN_FILENO)
		execv(program, (char *const *)(uintptr_t)argv);
	fprintf(stderr, STATS_NAME ": %s: %s\n", program, strerror(errno));
	_exit(127);
}

static int
send_message(const char *program, const char *address, struct str message)
{
	int pipes[2], status = 0;
	bool written;
	pid_t pid;

	/* One that does not read is told by its exit status. */
	signal(SIGPIPE, SIG_IGN);
	if (pipe(pipes) != 0 || (pid = fork()) < 0)
		return complain(program, strerror(errno));
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		close(pipes[1]);
		become(program, address, pipes[0]);
	}
	close(pipes[0]);
	written = write_all(pipes[1], message);
	close(pipes[1]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !written)
		return complain(program, "did not take the message; the mail "
					 "server's log may say why");
	return CLI_ACCEPT;
}

int
stats_mail(const struct stats_call *call, const struct config *config,
	   const struct stats_answer *answer)
{
	const char *program = call->sendmail ? call->sendmail : SENDMAIL;
	struct arena *arena = arena_new(NULL);
	struct buf message;
	int status;

	buf_init(&message, arena);
	stats_add_mail(&message, arena, config->verify.authserv_id, call->mail,
		       answer);
	status = send_message(program, call->mail, buf_str(&message));
	arena_free(arena);
	return status;
}
