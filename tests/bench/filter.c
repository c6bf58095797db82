#include "tests/bench/filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

#define VERSION 6
#define ACTIONS 0x1ff
#define PROTOCOL 0x1fffff
#define LEADING_BLANK 0x100000
#define PACKET_MAX (1 << 20) /* of an answer; the protocol's own limit */

/* For each command: "do not send it" and "I will not answer it". */
static const struct {
	char letter;
	uint32_t unwanted, unanswered;
} commands[] = {
    {'C', 0x1, 0x1000},   {'H', 0x2, 0x2000},    {'M', 0x4, 0x4000},
    {'R', 0x8, 0x8000},   {'B', 0x10, 0x80000},  {'L', 0x20, 0x80},
    {'N', 0x40, 0x40000}, {'T', 0x200, 0x10000},
};

bool
filter_address_parse(const char *text, struct filter_address *out)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&out->name;
	struct sockaddr_in *in = (struct sockaddr_in *)&out->name;
	char host[INET_ADDRSTRLEN];
	uint64_t port;

	memset(out, 0, sizeof *out);
	if (strncmp(text, "unix:", 5) == 0) {
		if (strlen(text + 5) >= sizeof un->sun_path)
			return false;
		un->sun_family = AF_UNIX;
		memcpy(un->sun_path, text + 5, strlen(text + 5));
		out->n = sizeof *un;
		return true;
	}
	if (strncmp(text, "inet:", 5) != 0)
		return false;
	struct str rest = str_of(text + 5);
	size_t colon = str_chr(rest, ':');
	if (colon >= sizeof host ||
	    !str_uint(str_from(rest, colon + 1), UINT16_MAX, &port))
		return false;
	memcpy(host, rest.p, colon);
	host[colon] = '\0';
	in->sin_family = AF_INET;
	in->sin_port = htons((uint16_t)port);
	out->n = sizeof *in;
	return inet_pton(AF_INET, host, &in->sin_addr) == 1;
}

/* --- packets --- */

static char
lose(struct filter *filter)
{
	if (filter->fd >= 0)
		close(filter->fd);
	filter->fd = -1;
	return FILTER_LOST;
}

static bool
write_all(struct filter *filter, struct iovec *part, int n)
{
	while (n > 0 && filter->fd >= 0) {
		ssize_t put = writev(filter->fd, part, n);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0) {
			lose(filter);
			break;
		}
		for (; n > 0 && (size_t)put >= part->iov_len; part++, n--)
			put -= (ssize_t)part->iov_len;
		if (n > 0) {
			part->iov_base = (char *)part->iov_base + put;
			part->iov_len -= (size_t)put;
		}
	}
	return filter->fd >= 0;
}

/* Writes what was gathered, and the data behind it. */
static bool
flush(struct filter *filter, struct str data)
{
	struct iovec part[] = {
	    {filter->out.p, filter->out.n},
	    {(char *)(uintptr_t)data.p, data.n},
	};

	bool done = write_all(filter, part, 2);
	buf_reset(&filter->out);
	return done;
}

static void
put_number(struct buf *out, uint32_t number)
{
	number = htonl(number);
	buf_add(out, str_n((char *)&number, sizeof number));
}

static void
put_head(struct filter *filter, char letter, size_t n)
{
	put_number(&filter->out, (uint32_t)n + 1);
	buf_addc(&filter->out, letter);
}

static void
put(struct filter *filter, char letter, struct str data)
{
	put_head(filter, letter, data.n);
	buf_add(&filter->out, data);
	if (filter->out.n >= FILTER_CHUNK)
		flush(filter, str_empty());
}

/* Waits until n octets are there that were not used. */
static bool
fill(struct filter *filter, size_t n)
{
	if (filter->in_at == filter->in.n) {
		buf_reset(&filter->in);
		filter->in_at = 0;
	}
	while (filter->fd >= 0 && filter->in.n - filter->in_at < n) {
		char *room = buf_room(&filter->in, 4096);
		ssize_t got = read(filter->fd, room, 4096);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			lose(filter);
		else
			filter->in.n += (size_t)got;
	}
	return filter->fd >= 0;
}

static uint32_t
number_at(const char *p)
{
	uint32_t number;

	memcpy(&number, p, sizeof number);
	return ntohl(number);
}

/* The next answer's letter; its data stay until the next call. */
static char
take(struct filter *filter, struct str *data_out)
{
	if (!fill(filter, 4))
		return FILTER_LOST;
	size_t n = number_at(filter->in.p + filter->in_at);
	if (n == 0 || n > PACKET_MAX || !fill(filter, 4 + n))
		return lose(filter);
	const char *p = filter->in.p + filter->in_at + 4;
	*data_out = str_n(p + 1, n - 1);
	filter->in_at += 4 + n;
	return *p;
}

static char
wait_answer(struct filter *filter)
{
	struct str data;
	char letter = FILTER_LOST;

	if (!flush(filter, str_empty()))
		return letter;
	do
		letter = take(filter, &data);
	while (letter == 'p');
	buf_reset(&filter->reply);
	if (letter == 'y')
		buf_add(&filter->reply, str_first(data, str_chr(data, '\0')));
	return letter;
}

/* --- a connection --- */

static bool
negotiate(struct filter *filter)
{
	struct str data;

	put_head(filter, 'O', 12);
	put_number(&filter->out, VERSION);
	put_number(&filter->out, ACTIONS);
	put_number(&filter->out, PROTOCOL);
	if (!flush(filter, str_empty()) || take(filter, &data) != 'O' ||
	    data.n < 12) {
		errno = EPROTO;
		return false;
	}
	filter->protocol = number_at(data.p + 8);
	return true;
}

bool
filter_open(struct filter *filter, const struct filter_address *address)
{
	const struct sockaddr *name = (const struct sockaddr *)&address->name;
	int one = 1;

	memset(filter, 0, sizeof *filter);
	filter->fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (filter->fd < 0)
		return false;
	if (name->sa_family == AF_INET)
		setsockopt(filter->fd, IPPROTO_TCP, TCP_NODELAY, &one,
			   sizeof one);
	if (connect(filter->fd, name, address->n) != 0 || !negotiate(filter)) {
		int why = errno;
		filter_close(filter);
		errno = why;
		return false;
	}
	return true;
}

void
filter_close(struct filter *filter)
{
	if (filter->fd >= 0) {
		put_head(filter, 'Q', 0);
		flush(filter, str_empty());
	}
	lose(filter);
	buf_clear(&filter->out);
	buf_clear(&filter->in);
	buf_clear(&filter->reply);
	buf_clear(&filter->edit_text);
	free(filter->edit);
	filter->edit = NULL;
}

/* --- commands --- */

static bool
is_unwanted(const struct filter *filter, char letter, bool *unanswered_out)
{
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (commands[i].letter != letter)
			continue;
		*unanswered_out =
		    (filter->protocol & commands[i].unanswered) != 0;
		return (filter->protocol & commands[i].unwanted) != 0;
	}
	*unanswered_out = false;
	return false;
}

char
filter_ask(struct filter *filter, char letter, struct str data)
{
	bool unanswered;

	if (filter->fd < 0)
		return FILTER_LOST;
	if (is_unwanted(filter, letter, &unanswered))
		return 'c';
	put(filter, letter, data);
	return unanswered ? 'c' : wait_answer(filter);
}

void
filter_macros(struct filter *filter, char letter, ...)
{
	struct buf data;
	const char *word;
	va_list words;
	bool unanswered;

	if (is_unwanted(filter, letter, &unanswered))
		return;
	buf_init(&data, NULL);
	buf_addc(&data, letter);
	va_start(words, letter);
	while ((word = va_arg(words, const char *)) != NULL)
		buf_add(&data, str_n(word, strlen(word) + 1));
	va_end(words);
	put(filter, 'D', buf_str(&data));
	buf_clear(&data);
}

char
filter_header(struct filter *filter, struct str name, struct str value)
{
	bool unanswered;

	if (filter->fd < 0)
		return FILTER_LOST;
	if (is_unwanted(filter, 'L', &unanswered))
		return 'c';
	if (!(filter->protocol & LEADING_BLANK) && value.n > 0 &&
	    value.p[0] == ' ')
		value = str_from(value, 1);
	put_head(filter, 'L', name.n + value.n + 2);
	buf_add(&filter->out, name);
	buf_addc(&filter->out, '\0');
	buf_add(&filter->out, value);
	buf_addc(&filter->out, '\0');
	if (filter->out.n >= FILTER_CHUNK)
		flush(filter, str_empty());
	return unanswered ? 'c' : wait_answer(filter);
}

char
filter_body(struct filter *filter, struct str body)
{
	bool unanswered;
	char letter = 'c';

	if (is_unwanted(filter, 'B', &unanswered))
		return letter;
	while (body.n > 0 && letter == 'c') {
		struct str chunk = str_first(body, FILTER_CHUNK);

		body = str_from(body, FILTER_CHUNK);
		put_head(filter, 'B', chunk.n);
		if (!flush(filter, chunk))
			return FILTER_LOST;
		if (!unanswered)
			letter = wait_answer(filter);
	}
	return letter == 's' ? 'c' : letter;
}

/* --- end of message --- */

static struct str
keep(struct filter *filter, struct str *rest)
{
	struct str word = str_first(*rest, str_chr(*rest, '\0'));

	*rest = str_from(*rest, word.n + 1);
	/* Offsets for now: the text may still move. */
	struct str kept = {(const char *)filter->edit_text.n, word.n};
	buf_add(&filter->edit_text, word);
	buf_addc(&filter->edit_text, '\0');
	return kept;
}

static void
take_edit(struct filter *filter, char letter, struct str data)
{
	struct edit edit = {.kind = letter};

	if (letter != 'h' && data.n >= 4) {
		edit.at = number_at(data.p);
		data = str_from(data, 4);
	}
	edit.name = keep(filter, &data);
	edit.value = keep(filter, &data);
	filter->edit =
	    mem_resize(filter->edit, (filter->edit_n + 1) * sizeof edit);
	filter->edit[filter->edit_n++] = edit;
}

static void
settle_edits(struct filter *filter)
{
	for (size_t i = 0; i < filter->edit_n; i++) {
		struct edit *edit = &filter->edit[i];

		edit->name.p = filter->edit_text.p + (uintptr_t)edit->name.p;
		edit->value.p = filter->edit_text.p + (uintptr_t)edit->value.p;
	}
}

char
filter_eom(struct filter *filter)
{
	struct str data = str_empty();
	char letter;

	filter->edit_n = 0;
	buf_reset(&filter->edit_text);
	buf_reset(&filter->reply);
	put(filter, 'E', str_empty());
	flush(filter, str_empty());
	for (;;) {
		letter = take(filter, &data);
		if (letter == 'h' || letter == 'i' || letter == 'm')
			take_edit(filter, letter, data);
		else if (memchr("pq+-2eb", letter, 7) == NULL)
			break;
	}
	if (letter == 'y')
		buf_add(&filter->reply, str_first(data, str_chr(data, '\0')));
	settle_edits(filter);
	return letter;
}

void
filter_abort(struct filter *filter)
{
	if (filter->fd >= 0)
		put(filter, 'A', str_empty());
}
