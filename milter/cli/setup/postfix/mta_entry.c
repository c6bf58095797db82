/* Which entry of a list of milters leads to us, how it is written, and how it
   is mended. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/ip.h"
#include "base/mem.h"
#include "milter/cli/setup/postfix/mta_parts.h"

/* --- lists --- */

/* To the brace that closes the one at the beginning; all where none does. */
static size_t
braced(struct str s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '{')
			depth++;
		else if (s.p[i] == '}' && --depth == 0)
			return i + 1;
	}
	return s.n;
}

struct str
mta_next_item(struct str *rest)
{
	struct str again = *rest, item = mta_next_word(&again);

	if (!str_starts(item, str_lit("{"))) {
		*rest = again;
		return item;
	}
	item = str_n(item.p, (size_t)(rest->p + rest->n - item.p));
	size_t n = braced(item);
	*rest = str_from(item, n);
	item = str_first(item, n);
	bool closed = item.n > 1 && item.p[item.n - 1] == '}';
	item = str_trim_fws(str_n(item.p + 1, item.n - 1 - closed));
	/* "{}" is an item; an empty one would end the list. */
	return item.n > 0 ? item : str_lit("{}");
}

/* --- addresses --- */

void
mta_split_place(struct str place, struct str *host_out, struct str *port_out)
{
	size_t colon = str_rchr(place, ':');
	bool alone = colon == place.n;
	struct str host = str_first(place, alone ? 0 : colon);

	if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = str_n(host.p + 1, host.n - 2);
	*host_out = host;
	*port_out = str_from(place, alone ? 0 : colon + 1);
}

/* milter8.c knows both words. */
struct str
mta_unix_path(struct str address)
{
	static const struct str words[] = {STR("unix:"), STR("local:")};

	for (size_t i = 0; i < 2; i++) {
		if (str_starts(address, words[i]))
			return str_from(address, words[i].n);
	}
	return str_empty();
}

void
mta_add_seen_path(const struct mta *mta, struct str path, struct buf *out)
{
	bool full = str_starts(path, str_lit("/"));

	if (!full || (mta->service != NULL &&
		      postconf_is_chrooted(mta->postconf, mta->service))) {
		char *queue = mta_value(mta, "queue_directory");
		buf_printf(out, "%s%s", queue, full ? "" : "/");
		free(queue);
	}
	buf_add(out, path);
}

static bool
is_same_unix(const struct mta *mta, struct str path)
{
	struct str own = mta->own.path;
	char *queue = mta_value(mta, "queue_directory");
	struct str below = str_of(queue);
	bool same = str_eq(own, path);

	if (str_starts(own, below) && own.n > below.n && own.p[below.n] == '/')
		same = same ||
		       str_eq(str_from(own, below.n + 1),
			      str_from(path, str_starts(path, str_lit("/"))));
	free(queue);
	return same;
}

/* Does connecting to the name reach the address that we listen on? */
static bool
reaches(struct str name, struct ip own)
{
	char text[256];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	bool reached = false;

	snprintf(text, sizeof text, "%.*s", STR_ARG(name));
	if (getaddrinfo(text, NULL, &hints, &found) != 0)
		return false;
	for (struct addrinfo *at = found; at != NULL; at = at->ai_next)
		reached = reached || ip_eq(ip_from_sockaddr(at->ai_addr), own);
	freeaddrinfo(found);
	return reached;
}

/* postconf(5), smtpd_milters */
static bool
is_same_inet(const struct mta *mta, struct str address)
{
	struct str host, port;
	uint64_t number;

	mta_split_place(address, &host, &port);
	if (!str_uint(port, UINT16_MAX, &number) || number != mta->own.port)
		return false;
	return ip_is_any(mta->own.ip) ||
	       reaches(host.n > 0 ? host : str_lit("localhost"), mta->own.ip);
}

bool
mta_is_ours(const struct mta *mta, struct str entry)
{
	struct str address = mta_next_word(&entry);
	struct str path = mta_unix_path(address);
	const struct own *own = mta->answers != NULL ? mta->answers->own : NULL;

	if (own != NULL && own->place == OWN_OTHER)
		return false;
	if (path.n > 0)
		return mta->own.path.n > 0 && is_same_unix(mta, path);
	return mta->own.path.n == 0 && str_starts(address, str_lit("inet:")) &&
	       is_same_inet(mta, str_from(address, 5));
}

/* --- how an entry that leads to us is written --- */

/* As smtpd sees the socket: in a chroot below the queue. */
static void
add_unix(const struct mta *mta, struct buf *out)
{
	char *queue = mta_value(mta, "queue_directory");
	struct str path = mta->own.path;
	size_t n = strlen(queue);

	if (str_starts(path, str_of(queue)) && path.n > n && path.p[n] == '/')
		path = str_from(path, n + 1);
	buf_printf(out, "unix:%.*s", STR_ARG(path));
	free(queue);
}

static void
add_inet(const struct mta *mta, struct buf *out)
{
	char text[IP_TEXT_MAX];
	struct ip ip = mta->own.ip;

	buf_printf(out,
		   ip_is_any(ip)        ? "inet:%s:%u"
		   : ip.family == IP_V4 ? "inet:%s:%u"
					: "inet:[%s]:%u",
		   ip_is_any(ip) ? "localhost" : ip_format(ip, text),
		   (unsigned)mta->own.port);
}

void
mta_add_own_entry(const struct mta *mta, struct buf *out)
{
	buf_adds(out, "{ ");
	if (mta->own.path.n > 0)
		add_unix(mta, out);
	else
		add_inet(mta, out);
	buf_adds(out, ", " MTA_OWN_OPTIONS " }");
}

static bool
holds_us(const struct mta *mta, struct str list)
{
	struct str entry = mta_next_item(&list);

	while (entry.n > 0 && !mta_is_ours(mta, entry))
		entry = mta_next_item(&list);
	return entry.n > 0;
}

bool
mta_leads_here(const struct mta *mta, const char *name)
{
	char *list = mta_value(mta, name);
	bool found = holds_us(mta, str_of(list));

	free(list);
	return found;
}

/* --- mending it --- */

struct change {
	const char *option, *value; /* that it gets; NULL: none */
	bool address;               /* it gets the one of mta_add_own_entry */
	bool leave_out;             /* it goes, and what was left of it */
	bool renew;                 /* it takes the place of those */
	enum mta_order order;       /* it goes there */
};

static size_t
count_items(const char *list)
{
	struct str rest = str_of(list);
	size_t n = 0;

	while (mta_next_item(&rest).n > 0)
		n++;
	return n;
}

/* An item that is no single word stands in braces. */
static void
add_item(struct buf *out, struct str item)
{
	struct str rest = item;
	bool word = mta_next_word(&rest).n == item.n;

	buf_printf(out, word ? "%.*s" : "{ %.*s }", STR_ARG(item));
}

static void
add_changed(const struct mta *mta, struct str entry,
	    const struct change *change, struct buf *out)
{
	struct str address = mta_next_item(&entry);
	struct buf changed;

	buf_init(&changed, NULL);
	if (change->address)
		add_unix(mta, &changed);
	else
		buf_add(&changed, address);
	for (struct str item = mta_next_item(&entry); item.n > 0;
	     item = mta_next_item(&entry)) {
		struct str name = str_first(item, str_chr(item, '='));
		if (change->option != NULL &&
		    str_is(str_trim_fws(name), change->option))
			continue;
		buf_adds(&changed, ", ");
		add_item(&changed, item);
	}
	if (change->option != NULL)
		buf_printf(&changed, ", %s=%s", change->option, change->value);
	add_item(out, buf_str(&changed));
	buf_clear(&changed);
}

/* One more of a list. */
static void
add_to(struct buf *list, struct str item)
{
	buf_adds(list, list->n > 0 ? ", " : "");
	add_item(list, item);
}

/* Before a list, or after it; both may be empty. */
static void
put_at(enum mta_order order, struct str entries, struct buf *list)
{
	struct buf whole;
	struct str rest = buf_str(list);
	bool last = order == MTA_LAST;

	buf_init(&whole, NULL);
	buf_add(&whole, last ? rest : entries);
	buf_adds(&whole, rest.n > 0 && entries.n > 0 ? ", " : "");
	buf_add(&whole, last ? entries : rest);
	buf_reset(list);
	buf_add(list, buf_str(&whole));
	buf_adds(list, "");
	buf_clear(&whole);
}

/* The others stay as they are written, where each is written for itself. */
static void
change_list(struct mta *mta, const char *name, const struct change *change)
{
	char *written = mta_written(mta, name);
	char *seen = mta_is_planned(mta, name)
			 ? mem_copy(written, strlen(written))
			 : mta_value(mta, name);
	bool apart = count_items(written) == count_items(seen) &&
		     strstr(written, "${") == NULL;
	struct str rest = str_of(seen), own = str_of(apart ? written : seen);
	/* Is there none of ours yet? */
	bool place = change->renew && !holds_us(mta, rest);
	struct buf list, moved;

	buf_init(&list, NULL);
	buf_init(&moved, NULL);
	buf_adds(&list, "");
	for (struct str entry = mta_next_item(&rest); entry.n > 0;
	     entry = mta_next_item(&rest)) {
		struct str as_written = mta_next_item(&own);
		bool ours = mta_is_ours(mta, entry);
		bool left = (change->leave_out || change->renew) &&
			    mta_is_left_over(mta, entry);
		if ((ours && change->leave_out) || (left && !place))
			continue;
		if (ours && change->order != MTA_ANYWHERE) {
			add_to(&moved, as_written);
			continue;
		}
		buf_adds(&list, list.n > 0 ? ", " : "");
		if (left)
			mta_add_own_entry(mta, &list);
		else if (ours)
			add_changed(mta, entry, change, &list);
		else
			add_item(&list, as_written);
		place = place && !left;
	}
	put_at(change->order, buf_str(&moved), &list);
	mta_mend(mta, name, list.p);
	buf_clear(&moved);
	buf_clear(&list);
	free(seen);
	free(written);
}

void
mta_mend_order(struct mta *mta)
{
	const struct change change = {.order = mta->plan->order};

	change_list(mta, "smtpd_milters", &change);
}

bool
mta_is_in_order(const struct mta *mta)
{
	char *value = mta_value(mta, "smtpd_milters");
	struct str rest = str_of(value);
	bool first = false, last = false;
	size_t n = 0;

	for (struct str entry = mta_next_item(&rest); entry.n > 0;
	     entry = mta_next_item(&rest)) {
		last = mta_is_ours(mta, entry);
		first |= last && n == 0;
		n++;
	}
	free(value);
	return mta->plan->order == MTA_ANYWHERE ||
	       (mta->plan->order == MTA_FIRST ? first : last);
}

void
mta_mend_entry(struct mta *mta, const char *option, const char *value)
{
	const struct change change = {.option = option, .value = value};

	change_list(mta, "smtpd_milters", &change);
}

bool
mta_mend_address(struct mta *mta)
{
	const struct change change = {.address = true};
	struct buf address;

	buf_init(&address, NULL);
	add_unix(mta, &address);
	bool below_queue = !str_starts(buf_str(&address), str_lit("unix:/"));
	if (below_queue)
		change_list(mta, "smtpd_milters", &change);
	buf_clear(&address);
	return below_queue;
}

void
mta_mend_left_over(struct mta *mta)
{
	const struct change change = {.renew = true};

	change_list(mta, "smtpd_milters", &change);
}

void
mta_mend_without_us(struct mta *mta, const char *name)
{
	const struct change change = {.leave_out = true};

	change_list(mta, name, &change);
}

/* Is main.cf's list, as it is or as it will be, we alone? */
static bool
main_has_us_alone(const struct mta *mta)
{
	struct mta of_main = *mta;

	of_main.service = NULL;
	char *list = mta_written(&of_main, "smtpd_milters");
	struct str rest = str_of(list);
	bool alone =
	    count_items(list) == 1 && mta_is_ours(mta, mta_next_item(&rest));
	free(list);
	return alone;
}

void
mta_mend_missing(struct mta *mta)
{
	char *written = mta_written(mta, "smtpd_milters");
	struct buf list, own;

	if (written[0] == '\0' &&
	    postconf_overrides(mta->service, "smtpd_milters") &&
	    main_has_us_alone(mta)) {
		mta_mend(mta, "smtpd_milters", NULL);
		free(written);
		return;
	}
	buf_init(&list, NULL);
	buf_init(&own, NULL);
	buf_adds(&list, written);
	mta_add_own_entry(mta, &own);
	if (!mta_is_planned(mta, "smtpd_milters"))
		put_at(mta->plan->order, buf_str(&own), &list);
	mta_mend(mta, "smtpd_milters", list.p);
	buf_clear(&own);
	buf_clear(&list);
	free(written);
}
