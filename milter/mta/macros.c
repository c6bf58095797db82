/*
 * Macros of the milter protocol, before libmilter sees them.
 *
 * smfi_getsymval() steps over two strings at a time, a name and its value, and
 * so over the end where a value is missing: one such packet of anybody who may
 * connect would end the daemon (contrib/libmilter-macros.md).
 *
 * Macros tell of the command that follows them.  libmilter keeps those of a
 * command until others come for the same one, so that the login of one message
 * would count for the next, which told of none.  Such a command finds a list
 * without names before it.
 */
#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "milter/mta/parts.h"
#include "milter/mta/stream.h"

/* What precedes the macros in a packet: the letter of their command. */
#define BEFORE_MACROS 1

/* Names and their values, one at least: others libmilter does not take. */
static bool
are_paired(const char *p, size_t n)
{
	size_t strings = 0;

	for (size_t i = BEFORE_MACROS; i < n; i++)
		strings += p[i] == '\0';
	return strings > 0 && strings % 2 == 0;
}

/* Those that come again in a session; libmilter forgets what follows them. */
static unsigned
repeated_command(char command)
{
	switch (command) {
	case SMFIC_HELO:
		return 1U << 0;
	case SMFIC_MAIL:
		return 1U << 1;
	case SMFIC_RCPT:
		return 1U << 2;
	default:
		return 0;
	}
}

bool
macros_are_stale(unsigned told, char command)
{
	return (repeated_command(command) & ~told) != 0;
}

bool
macros_are_broken(char command, const char *p, size_t n)
{
	return command == SMFIC_MACRO && n > 0 && !are_paired(p, n);
}

void
macros_none(unsigned *told, char command, char list_out[MACROS_NONE_N])
{
	*told |= repeated_command(command);
	list_out[0] = command;
	list_out[1] = list_out[2] = '\0';
}

void
macros_note(unsigned *told, char command, const char *p, size_t n)
{
	if (command == SMFIC_MACRO && n > 0)
		*told |= repeated_command(p[0]);
	else if (command == SMFIC_ABORT || command == SMFIC_BODYEOB)
		*told = 0;
	else
		*told &= ~repeated_command(command);
}

static void
add_packet(struct buf *out, char command, struct str content)
{
	char head[PACKET_HEAD_N];

	packet_head(head, command, content.n);
	buf_add(out, str_n(head, sizeof head));
	buf_add(out, content);
}

static void
add_none(struct buf *out, unsigned *told, char of)
{
	char list[MACROS_NONE_N];

	macros_none(told, of, list);
	add_packet(out, SMFIC_MACRO, str_n(list, sizeof list));
}

void
macros_hand_on(struct buf *out, unsigned *told, char command,
	       struct str content)
{
	if (macros_are_stale(*told, command))
		add_none(out, told, command);
	macros_note(told, command, content.p, content.n);
	if (macros_are_broken(command, content.p, content.n))
		add_none(out, told, content.p[0]);
	else
		add_packet(out, command == SMFIC_QUIT_NC ? SMFIC_QUIT : command,
			   content);
}
