/*
 * Packets of the milter protocol, in the place of libmilter's own mi_rd_cmd()
 * and mi_wr_cmd(), with macros checked on the way (macros.c).
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
#include "milter/mta/mta.h"
#include "milter/mta/parts.h"
#include "milter/mta/stream.h"

/* No packet; libmilter's word for the end of a connection. */
#define NO_PACKET 5

/* Macros for a command that brought none: those that libmilter kept go. */
static char *
no_macros(struct stream *stream, char command, char *command_out, size_t *n_out)
{
	char list[MACROS_NONE_N];

	macros_none(&stream->told, command, list);
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

/* libmilter's own, which keep their names in it. */
char *mi_rd_cmd(int fd, struct timeval *timeout, char *command_out,
		size_t *n_out, char *name);
int mi_wr_cmd(int fd, struct timeval *timeout, int command, char *p, size_t n);

char *
mta_mi_rd_cmd(int fd, struct timeval *timeout, char *command_out, size_t *n_out,
	      char *name)
{
	struct stream *stream = stream_of(fd);
	char head[PACKET_HEAD_N];

	call_reached(CALL_MI_RD_CMD);
	if (mta_is_plain())
		return mi_rd_cmd(fd, timeout, command_out, n_out, name);
	*n_out = 0;
	*command_out = NO_PACKET;
	if (stream == NULL || !stream_peek(stream, head, sizeof head) ||
	    packet_length(head) > LIMIT_MILTER_PACKET)
		return NULL;
	char command = head[PACKET_LENGTH_N];
	if (macros_are_stale(stream->told, command))
		return no_macros(stream, command, command_out, n_out);
	if (!stream_read(stream, head, sizeof head))
		return NULL;
	/* Without more than its letter, a packet is complete. */
	size_t n = packet_length(head) > 1 ? packet_length(head) - 1 : 0;
	char *p = n > 0 ? read_rest(stream, n) : NULL;
	if (n > 0 && p == NULL)
		return NULL;
	stream_end_packet(stream);
	macros_note(&stream->told, command, p, n);
	if (macros_are_broken(command, p, n)) {
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
	char head[PACKET_HEAD_N];

	call_reached(CALL_MI_WR_CMD);
	if (mta_is_plain())
		return mi_wr_cmd(fd, timeout, command, p, n);
	packet_head(head, (char)command, n);
	if (stream == NULL || n > LIMIT_MILTER_PACKET || (n > 0 && p == NULL) ||
	    !stream_write(stream, head, p, n, is_held(command)))
		return MI_FAILURE;
	return MI_SUCCESS;
}
