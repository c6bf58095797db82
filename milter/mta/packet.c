/*
 * Packets of the milter protocol, in the place of libmilter's own mi_rd_cmd()
 * and mi_wr_cmd().
 *
 * Macros are checked on the way.  smfi_getsymval() steps over two strings at a
 * time, a name and its value, and so over the end where a value is missing: one
 * such packet of anybody who may connect would end the daemon.
 *
 * Macros tell of the command that follows them.  libmilter keeps those of a
 * command until others come for the same one, so that the login of one message
 * would count for the next, which told of none.  Such a command finds a list
 * without names before it.
 *
 * A mail server that goes on to another client without new negotiation
 * (SMFIC_QUIT_NC) finds its connection closed: nothing is left of what was
 * agreed, and it may expect no reply until the end of a message.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <libmilter/mfapi.h>
#include <libmilter/mfdef.h>

#include "base/mem.h"
#include "milter/limits.h"
#include "milter/mta/parts.h"
#include "milter/mta/stream.h"

/* What precedes the macros in a packet: the letter of their command. */
#define BEFORE_MACROS 1
/* No packet; libmilter's word for the end of a connection. */
#define NO_PACKET 5

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

/* Notes whose macros have come, and for whom they are used up. */
static void
note_macros(struct stream *stream, char command, const char *p, size_t n)
{
	if (command == SMFIC_MACRO && n > 0)
		stream->told |= repeated_command(p[0]);
	else if (command == SMFIC_ABORT || command == SMFIC_BODYEOB)
		stream->told = 0;
	else
		stream->told &= ~repeated_command(command);
}

/* Macros for a command that brought none: those that libmilter kept go. */
static char *
no_macros(struct stream *stream, char command, char *command_out, size_t *n_out)
{
	const char list[] = {command, '\0', '\0'};

	stream->told |= repeated_command(command);
	*command_out = SMFIC_MACRO;
	*n_out = sizeof list;
	return mem_copy(list, sizeof list);
}

/* Header edits come before an answer, which sends them. */
static bool
is_held(int command)
{
	return command == SMFIR_ADDHEADER || command == SMFIR_INSHEADER ||
	       command == SMFIR_CHGHEADER || command == SMFIR_QUARANTINE;
}

/* The rest of a packet, to be freed; NULL: the connection ended. */
static char *
read_rest(struct stream *stream, size_t n)
{
	char *p = mem_resize(NULL, n);

	if (stream_read(stream, p, n))
		return p;
	free(p);
	return NULL;
}

char *
mta_mi_rd_cmd(int fd, struct timeval *timeout, char *command_out, size_t *n_out,
	      char *name)
{
	struct stream *stream = stream_of(fd);
	char head[PACKET_HEAD_N];

	(void)timeout;
	(void)name;
	*n_out = 0;
	*command_out = NO_PACKET;
	if (stream == NULL || !stream_peek(stream, head, sizeof head) ||
	    packet_length(head) > LIMIT_MILTER_PACKET)
		return NULL;
	char command = head[PACKET_LENGTH_N];
	if (repeated_command(command) & ~stream->told)
		return no_macros(stream, command, command_out, n_out);
	if (!stream_read(stream, head, sizeof head))
		return NULL;
	/* Without more than its letter, a packet is complete. */
	size_t n = packet_length(head) > 1 ? packet_length(head) - 1 : 0;
	char *p = n > 0 ? read_rest(stream, n) : NULL;
	if (n > 0 && p == NULL)
		return NULL;
	stream_end_packet(stream);
	note_macros(stream, command, p, n);
	if (p != NULL && command == SMFIC_MACRO && !are_paired(p, n)) {
		char of = p[0];
		free(p);
		return no_macros(stream, of, command_out, n_out);
	}
	*command_out = (char)(command == SMFIC_QUIT_NC ? SMFIC_QUIT : command);
	*n_out = n;
	return p;
}

int
mta_mi_wr_cmd(int fd, struct timeval *timeout, int command, char *p, size_t n)
{
	struct stream *stream = stream_of(fd);
	size_t length = n + 1;
	const char head[PACKET_HEAD_N] = {
	    (char)(length >> 24), (char)(length >> 16), (char)(length >> 8),
	    (char)length, (char)command};

	(void)timeout;
	if (stream == NULL || n > LIMIT_MILTER_PACKET || (n > 0 && p == NULL) ||
	    !stream_write(stream, head, p, n, is_held(command)))
		return MI_FAILURE;
	return MI_SUCCESS;
}
