#include "journal/window.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Read at once: some eighty frames of a usual size. */
#define PIECE 65536

void
window_init(struct window *window)
{
	*window = (struct window){.fd = -1};
	buf_init(&window->held, NULL);
}

void
window_clear(struct window *window)
{
	buf_clear(&window->held);
}

void
window_set(struct window *window, int fd, uint64_t at)
{
	window->fd = fd;
	window->at = at;
	window->skip = 0;
	buf_reset(&window->held);
}

static void
move_to_front(struct window *window)
{
	struct buf *held = &window->held;

	held->n -= window->skip;
	if (held->n > 0 && window->skip > 0)
		memmove(held->p, held->p + window->skip, held->n);
	window->skip = 0;
}

bool
window_look(struct window *window, size_t want, struct str *octets_out)
{
	struct buf *held = &window->held;

	if (held->n - window->skip < want)
		move_to_front(window);
	while (held->n - window->skip < want) {
		char *room = buf_room(held, PIECE);
		ssize_t n = pread(window->fd, room, PIECE,
				  (off_t)(window->at + held->n));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		if (n == 0)
			break;
		held->n += (size_t)n;
	}
	*octets_out = str_from(buf_str(held), window->skip);
	return true;
}

void
window_pass(struct window *window, size_t n)
{
	if (n > window->held.n - window->skip) {
		window_set(window, window->fd, window->at + n);
		return;
	}
	window->at += n;
	window->skip += n;
}
