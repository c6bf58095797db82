/* Who answers where the entries of milters lead, and which of them were written
   for us once. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ip.h"
#include "base/mem.h"
#include "milter/cli/setup/postfix/mta_parts.h"
#include "milter/cli/setup/reach/reach.h"

/* A name that has more is asked at these alone, so that the look has an end. */
#define ADDRESSES_MAX 4
/* As the shipped verdict.yaml has it. */
#define USUAL_PORT 8891

/* Of one place. */
struct mta_answer {
	char *place; /* as smtpd sees it */
	char *why;   /* nobody answers; NULL: somebody does, or who knows */
	struct listening there; /* who does; pid 0: not seen */
};

void
mta_answers_init(struct mta_answers *answers, const struct own *own)
{
	*answers = (struct mta_answers){.own = own};
	buf_init(&answers->brought, NULL);
}

void
mta_answers_clear(struct mta_answers *answers)
{
	for (size_t i = 0; i < answers->answers; i++) {
		free(answers->answer[i].place);
		free(answers->answer[i].why);
	}
	free(answers->answer);
	buf_clear(&answers->brought);
	mta_answers_init(answers, NULL);
}

/* --- asking --- */

/* Who may not even look does not know. */
static const char *
reason(int error)
{
	return error == EACCES || error == EPERM ? NULL : strerror(error);
}

/* Says nothing there. */
static void
see(int fd, struct listening *there_out)
{
	if (!listener_of(fd, there_out))
		*there_out = (struct listening){.pid = 0};
	close(fd);
}

/* NULL: it answers. */
static const char *
ask_found(const struct addrinfo *at, struct listening *there_out)
{
	int error = 0;

	for (int i = 0; at != NULL && i < ADDRESSES_MAX;
	     at = at->ai_next, i++) {
		const struct sockaddr_in *v4 = (const void *)at->ai_addr;
		const struct sockaddr_in6 *v6 = (const void *)at->ai_addr;
		in_port_t port =
		    at->ai_family == AF_INET6 ? v6->sin6_port : v4->sin_port;
		int fd = reach_address(ip_from_sockaddr(at->ai_addr),
				       ntohs(port), REACH_LOOK_S);
		if (fd >= 0) {
			see(fd, there_out);
			return NULL;
		}
		error = errno;
	}
	return reason(error);
}

static const char *
ask_inet(struct str address, struct listening *there_out)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	struct str host, port;

	mta_split_place(address, &host, &port);
	if (host.n == 0)
		host = str_lit("localhost");
	char *name = mem_copy(host.p, host.n);
	char *service = mem_copy(port.p, port.n);
	int error = getaddrinfo(name, service, &hints, &found);
	const char *why =
	    error != 0 ? gai_strerror(error) : ask_found(found, there_out);
	if (error == 0)
		freeaddrinfo(found);
	free(service);
	free(name);
	return why;
}

static const char *
ask_unix(struct str path, struct listening *there_out)
{
	int fd = reach_unix(path, REACH_LOOK_S);

	if (fd < 0)
		return reason(errno);
	see(fd, there_out);
	return NULL;
}

/* The place as smtpd sees it; empty: none that Postfix knows. */
static void
add_place(const struct mta *mta, struct str address, struct buf *out)
{
	struct str path = mta_unix_path(address);

	if (path.n > 0) {
		buf_adds(out, "unix:");
		mta_add_seen_path(mta, path, out);
	} else if (str_starts(address, str_lit("inet:")) && address.n > 5) {
		buf_add(out, address);
	}
}

static const struct mta_answer *
ask(struct mta_answers *answers, struct str place)
{
	for (size_t i = 0; i < answers->answers; i++) {
		if (str_is(place, answers->answer[i].place))
			return &answers->answer[i];
	}
	answers->answer = mem_resize(
	    answers->answer, (answers->answers + 1) * sizeof *answers->answer);
	struct mta_answer *answer = &answers->answer[answers->answers++];
	*answer = (struct mta_answer){.place = mem_copy(place.p, place.n)};
	const char *why = str_starts(place, str_lit("unix:"))
			      ? ask_unix(str_from(place, 5), &answer->there)
			      : ask_inet(str_from(place, 5), &answer->there);
	answer->why = why != NULL ? mem_copy(why, strlen(why)) : NULL;
	return answer;
}

/* NULL: nobody is asked. */
static const struct mta_answer *
answer_of(const struct mta *mta, struct str entry)
{
	struct str address = mta_next_word(&entry);
	const struct mta_answer *answer = NULL;
	struct buf place;

	buf_init(&place, NULL);
	add_place(mta, address, &place);
	if (mta->answers != NULL && place.n > 0)
		answer = ask(mta->answers, buf_str(&place));
	buf_clear(&place);
	return answer;
}

const char *
mta_silence(const struct mta *mta, struct str entry)
{
	const struct mta_answer *answer = answer_of(mta, entry);

	return answer != NULL ? answer->why : NULL;
}

const struct listening *
mta_other_there(const struct mta *mta, struct str entry)
{
	const struct mta_answer *answer = answer_of(mta, entry);
	const struct listening *there = answer != NULL ? &answer->there : NULL;

	return there != NULL && there->pid > 0 && !there->is_ours ? there
								  : NULL;
}

/* --- entries of ours that were left --- */

/* Stands it in an own line there? */
static bool
is_brought(const struct mta *mta, struct str address)
{
	struct str rest = buf_str(&mta->answers->brought), line;
	bool is = false;

	while (!is && str_split(&rest, '\n', &line))
		is = line.n > 0 && str_eq(line, address);
	return is;
}

/* The options that we write; *alone_out: and none beside them. */
static bool
has_own_options(struct str entry, bool *alone_out)
{
	struct str own = str_lit(MTA_OWN_OPTIONS), option = mta_next_item(&own);
	struct str other = mta_next_item(&own);
	size_t n = 0, count = 0;

	mta_next_item(&entry);
	for (struct str item = mta_next_item(&entry); item.n > 0;
	     item = mta_next_item(&entry)) {
		n += str_eq(item, option) || str_eq(item, other);
		count++;
	}
	*alone_out = n == count;
	return n == 2;
}

/* Where nobody but us listens by custom. */
static bool
is_own_name(struct str path)
{
	const struct str name = str_lit("verdict.sock");

	return str_eq(str_from(path, path.n - name.n), name);
}

/* The port where we listen, or did as shipped. */
static bool
is_own_port(const struct mta *mta, struct str address)
{
	struct str host, port;
	uint64_t number;

	mta_split_place(address, &host, &port);
	return str_uint(port, UINT16_MAX, &number) &&
	       (number == USUAL_PORT || number == mta->own.port);
}

bool
mta_is_left_over(const struct mta *mta, struct str entry)
{
	struct str rest = entry, address = mta_next_word(&rest);
	struct str path = mta_unix_path(address);
	bool alone, options = has_own_options(entry, &alone);

	if (mta->answers == NULL || mta_is_ours(mta, entry))
		return false;
	bool written = path.n > 0
			   ? is_own_name(path)
			   : options && alone && is_own_port(mta, address);
	if (mta_silence(mta, entry) != NULL)
		return written || (options && is_brought(mta, address));
	/* Another program may have come to where we were. */
	return options && is_brought(mta, address) &&
	       mta_other_there(mta, entry) != NULL;
}
