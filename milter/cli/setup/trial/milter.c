#include "milter/cli/setup/trial/milter.h"

#include <string.h>
#include <unistd.h>

#include "milter/cli/setup/reach/reach.h"

#define VERSION 6
/* All that a milter may do to a message, and those steps that it may do
   without; no step goes without an answer. */
#define ACTIONS 0x1FFu
#define PROTOCOL (0x37Fu | LEADING_SPACE)
/* The blank after a field's colon is handed over, as Postfix does. */
#define LEADING_SPACE 0x100000u
/* Far more than the daemon has to say at once. */
#define PACKET_MAX 262144

/* Of PROTOCOL: the milter does not want to be told. */
struct step {
	char command;
	unsigned unwanted;
};

static const struct step steps[] = {{'C', 0x1},  {'H', 0x2},  {'M', 0x4},
				    {'R', 0x8},  {'B', 0x10}, {'L', 0x20},
				    {'N', 0x40}, {'T', 0x200}};

/* A session with it. */
struct talk {
	int fd;
	unsigned protocol;
	struct milter_answer *answer;
	bool over; /* it has said the last word on the message */
};

/* --- packets --- */

static void
add_number(struct buf *out, uint32_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_addc(out, (char)(unsigned char)(number >> shift));
}

static uint32_t
number_of(struct str s)
{
	uint32_t number = 0;

	for (size_t i = 0; i < 4 && i < s.n; i++)
		number = number << 8 | (unsigned char)s.p[i];
	return number;
}

static void
add_text(struct buf *out, struct str text)
{
	buf_add(out, text);
	buf_addc(out, '\0');
}

static bool
put(struct talk *talk, char command, struct str data)
{
	struct buf packet;

	buf_init(&packet, NULL);
	add_number(&packet, (uint32_t)data.n + 1);
	buf_addc(&packet, command);
	buf_add(&packet, data);
	bool ok = reach_write(talk->fd, buf_str(&packet));
	buf_clear(&packet);
	return ok;
}

/* Returns its command; '\0': there is none. */
static char
get(struct talk *talk, struct buf *data)
{
	char head[5];

	buf_reset(data);
	if (!reach_read(talk->fd, head, sizeof head))
		return '\0';
	uint32_t n = number_of(str_n(head, 4));
	if (n == 0 || n > PACKET_MAX ||
	    !reach_read(talk->fd, buf_room(data, n - 1), n - 1))
		return '\0';
	data->n = n - 1;
	data->p[data->n] = '\0';
	return head[4];
}

/* --- what it answers --- */

/* "550 5.7.26 ...", in which "%" stands twice. */
static void
take_reply(struct milter_answer *answer, struct str text)
{
	text = str_first(text, str_chr(text, '\0'));
	answer->end =
	    str_starts(text, str_lit("5")) ? MILTER_REJECT : MILTER_TEMPFAIL;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '%' && i + 1 < text.n && text.p[i + 1] == '%')
			i++;
		buf_addc(&answer->reply, text.p[i]);
	}
}

static void
take_field(struct milter_answer *answer, struct str data)
{
	struct str name = str_first(data, str_chr(data, '\0'));
	struct str value = str_from(data, name.n + 1);

	if (!str_is_nocase(name, "Authentication-Results"))
		return;
	buf_reset(&answer->results);
	buf_add(&answer->results,
		str_trim_fws(str_first(value, str_chr(value, '\0'))));
}

/* False: that is no answer. */
static bool
take(struct talk *talk, char command, struct str data)
{
	struct milter_answer *answer = talk->answer;
	static const struct end {
		char command;
		enum milter_end end;
	} ends[] = {{'a', MILTER_ACCEPT},
		    {'r', MILTER_REJECT},
		    {'t', MILTER_TEMPFAIL},
		    {'d', MILTER_DISCARD}};

	if (command == 'y') {
		take_reply(answer, data);
		talk->over = true;
		return true;
	}
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		if (command != ends[i].command)
			continue;
		answer->end = ends[i].end;
		talk->over = true;
		return true;
	}
	return command == 'c' || command == 's';
}

/* The answer to a step, and before it, at the end of a message, what is to be
   changed. */
static bool
listen_to(struct talk *talk)
{
	struct buf data;
	bool good = true, answered = false;

	buf_init(&data, NULL);
	while (good && !answered) {
		char command = get(talk, &data);
		if (command == 'i')
			take_field(talk->answer, str_from(buf_str(&data), 4));
		else if (command == 'h')
			take_field(talk->answer, buf_str(&data));
		else if (command == 'q')
			talk->answer->held = true;
		else if (command != 'p' && command != 'm')
			good = answered = take(talk, command, buf_str(&data));
	}
	buf_clear(&data);
	return good;
}

/* --- what it is told --- */

static bool
tell(struct talk *talk, char command, struct str data)
{
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (steps[i].command == command &&
		    (talk->protocol & steps[i].unwanted) != 0)
			return true;
	}
	return talk->over || (put(talk, command, data) && listen_to(talk));
}

/* A step whose data is one text. */
static bool
tell_text(struct talk *talk, char command, const char *before, const char *word,
	  const char *after)
{
	struct buf data;

	buf_init(&data, NULL);
	buf_printf(&data, "%s%s%s", before, word, after);
	buf_addc(&data, '\0');
	bool ok = tell(talk, command, buf_str(&data));
	buf_clear(&data);
	return ok;
}

/* All macros of a step are told at once: a second time would undo the first. */
static bool
tell_macros(struct talk *talk, char step, const char *const words[])
{
	struct buf data;

	buf_init(&data, NULL);
	buf_addc(&data, step);
	for (size_t i = 0; words[i] != NULL; i++)
		add_text(&data, str_of(words[i]));
	bool ok = put(talk, 'D', buf_str(&data));
	buf_clear(&data);
	return ok;
}

static bool
negotiate(struct talk *talk)
{
	struct buf data;

	buf_init(&data, NULL);
	add_number(&data, VERSION);
	add_number(&data, ACTIONS);
	add_number(&data, PROTOCOL);
	bool ok = put(talk, 'O', buf_str(&data)) && get(talk, &data) == 'O';
	talk->protocol = ok ? number_of(str_from(buf_str(&data), 8)) : 0;
	buf_clear(&data);
	return ok;
}

static bool
tell_client(struct talk *talk, struct ip client)
{
	char ip[IP_TEXT_MAX];
	struct buf data;

	ip_format(client, ip);
	buf_init(&data, NULL);
	buf_printf(&data, "[%s]", ip);
	buf_addc(&data, '\0');
	buf_addc(&data, client.family == IP_V6 ? '6' : '4');
	/* A port; no milter asks whether there is one. */
	buf_addc(&data, '\x10');
	buf_addc(&data, '\0');
	buf_printf(&data, "%s%s", client.family == IP_V6 ? "IPv6:" : "", ip);
	buf_addc(&data, '\0');
	bool ok = tell(talk, 'C', buf_str(&data));
	buf_clear(&data);
	return ok;
}

static bool
tell_field(struct talk *talk, struct str line)
{
	struct buf data;
	size_t colon = str_chr(line, ':');
	struct str value = str_from(line, colon + 1);
	bool whole = (talk->protocol & LEADING_SPACE) != 0;

	buf_init(&data, NULL);
	add_text(&data, str_first(line, colon));
	add_text(&data, whole ? value : str_trim_fws(value));
	bool ok = tell(talk, 'L', buf_str(&data));
	buf_clear(&data);
	return ok;
}

static bool
tell_content(struct talk *talk, struct str message)
{
	struct str line = str_lit("-");
	bool ok = true;

	while (ok && str_split(&message, '\n', &line)) {
		line = str_trim_fws(line);
		if (line.n == 0)
			break;
		ok = tell_field(talk, line);
	}
	return ok && tell(talk, 'N', str_empty()) &&
	       (message.n == 0 || tell(talk, 'B', message));
}

static bool
tell_all(struct talk *talk, const struct milter_server *server,
	 const struct mail *mail)
{
	const char *const own[] = {"v", server->version, "j", server->name,
				   NULL};
	const char *const id[] = {"i", "VERDICTSETUP", NULL};

	return negotiate(talk) && tell_macros(talk, 'C', own) &&
	       tell_client(talk, mail->client) &&
	       tell_text(talk, 'H', "", mail->helo, "") &&
	       tell_text(talk, 'M', "<", mail->from, ">") &&
	       tell_text(talk, 'R', "<", mail->to, ">") &&
	       tell(talk, 'T', str_empty()) &&
	       tell_content(talk, mail->message) &&
	       tell_macros(talk, 'E', id) && tell(talk, 'E', str_empty());
}

void
milter_send(const struct config *config, const struct milter_server *server,
	    const struct mail *mail, struct milter_answer *answer)
{
	struct talk talk = {.fd = reach_daemon(config, REACH_TRIAL_S),
			    .answer = answer};

	answer->end = MILTER_LOST;
	answer->held = false;
	if (talk.fd < 0)
		return;
	if (tell_all(&talk, server, mail) && !talk.over)
		answer->end = MILTER_ACCEPT;
	(void)!put(&talk, 'Q', str_empty());
	close(talk.fd);
}
