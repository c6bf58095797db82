#include "milter/cli/setup/trial/smtp.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "milter/cli/setup/reach/reach.h"

/* Longer than any line of a reply (RFC 5321 section 4.5.3.1.5 says 512). */
#define LINE_MAX_OCTETS 2048
/* More lines than any server's answer to EHLO. */
#define LINES_MAX 100

/* Without its end. */
static bool
read_line(int fd, struct buf *line)
{
	char c = '\0';

	buf_reset(line);
	while (c != '\n') {
		if (line->n > LINE_MAX_OCTETS || !reach_read(fd, &c, 1))
			return false;
		if (c != '\r' && c != '\n')
			buf_addc(line, c);
	}
	return true;
}

/* All lines of it, joined by "\n".  Returns its first digit. */
static char
read_reply(int fd, struct buf *reply)
{
	struct buf line;
	bool more = true;

	buf_init(&line, NULL);
	buf_reset(reply);
	buf_adds(reply, "");
	for (int i = 0; more && i < LINES_MAX; i++) {
		if (!read_line(fd, &line) || line.n < 4) {
			buf_reset(reply);
			buf_adds(reply, "Postfix closed the connection");
			break;
		}
		more = line.p[3] == '-';
		buf_adds(reply, reply->n > 0 ? "\n" : "");
		buf_add(reply, buf_str(&line));
	}
	buf_clear(&line);
	return more ? '\0' : reply->p[0];
}

/* The first digit of the answer. */
static char
say(int fd, struct buf *reply, const char *verb, const char *word,
    const char *end)
{
	struct buf line;

	buf_init(&line, NULL);
	buf_printf(&line, "%s%s%s\r\n", verb, word, end);
	/* Who was sent away reads why. */
	(void)!reach_write(fd, buf_str(&line));
	buf_clear(&line);
	return read_reply(fd, reply);
}

/* Did the answer to EHLO offer it? */
static bool
offers_xclient(struct str reply)
{
	const struct str word = STR("XCLIENT ");
	struct str line;

	while (str_split(&reply, '\n', &line)) {
		if (str_starts(str_from(line, 4), word))
			return true;
	}
	return false;
}

static bool
become_client(int fd, struct ip client, const char *helo, struct buf *reply)
{
	char ip[IP_TEXT_MAX];

	return say(fd, reply, "XCLIENT NAME=[UNAVAILABLE] ADDR=",
		   client.family == IP_V6 ? "IPV6:" : "",
		   ip_format(client, ip)) == '2' &&
	       say(fd, reply, "EHLO ", helo, "") == '2';
}

static bool
hand_over(int fd, const struct mail *mail, struct buf *reply)
{
	if (say(fd, reply, "MAIL FROM:<", mail->from, ">") != '2' ||
	    say(fd, reply, "RCPT TO:<", mail->to, ">") != '2' ||
	    say(fd, reply, "DATA", "", "") != '3')
		return true;
	if (!reach_write(fd, mail->message))
		return false;
	say(fd, reply, ".", "", "");
	return true;
}

bool
smtp_send(struct ip server, unsigned port, const struct mail *mail, bool anyhow,
	  struct smtp_answer *answer)
{
	struct buf *reply = &answer->reply;
	int fd = reach_address(server, port, REACH_TRIAL_S);
	bool ok = fd >= 0;

	answer->as_client = false;
	if (!ok) {
		buf_adds(reply, strerror(errno));
		return false;
	}
	ok = read_reply(fd, reply) == '2' &&
	     say(fd, reply, "EHLO ", mail->helo, "") == '2';
	if (ok && offers_xclient(buf_str(reply))) {
		ok = become_client(fd, mail->client, mail->helo, reply);
		answer->as_client = ok;
	}
	if (ok && (answer->as_client || anyhow))
		ok = hand_over(fd, mail, reply);
	close(fd);
	return ok;
}
