#include "config/listening.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/line.h"

/* As the kernel shortens a program's name, which ours need not be. */
#define OUR_NAME "verdict-milter"
/* Sockets that listen on one port, each on another address. */
#define SOCKETS_MAX 16
/* /proc/net/tcp: the state of a socket that listens. */
#define LISTENS 0x0A

struct sockets {
	unsigned long inode[SOCKETS_MAX];
	size_t count;
};

/* As in /proc/net/tcp6: words of four octets as this host reads them. */
static void
write_address(struct ip ip, char hex_out[33])
{
	size_t octets = ip.family == IP_V4 ? 4 : 16;

	for (size_t i = 0; i < octets; i += 4) {
		uint32_t word;
		memcpy(&word, ip.octet + i, sizeof word);
		snprintf(hex_out + 2 * i, 9, "%08X", word);
	}
}

static bool
is_any(const char *hex)
{
	return strspn(hex, "0") == strlen(hex);
}

/* address NULL: those of all addresses. */
static void
find_sockets(const char *table, const char *address, uint16_t port,
	     struct sockets *sockets)
{
	FILE *stream = fopen(table, "re");
	char line[512];

	while (stream != NULL && sockets->count < SOCKETS_MAX &&
	       fgets(line, sizeof line, stream) != NULL) {
		char local[33];
		unsigned found, state;
		unsigned long inode;
		/* NOLINTNEXTLINE(cert-err34-c): the kernel wrote it */
		if (sscanf(line,
			   " %*u: %32[0-9A-F]:%x %*s %x %*s %*s %*s %*u %*u "
			   "%lu",
			   local, &found, &state, &inode) == 4 &&
		    state == LISTENS && found == port &&
		    (address != NULL ? strcmp(local, address) == 0
				     : is_any(local)))
			sockets->inode[sockets->count++] = inode;
	}
	if (stream != NULL)
		fclose(stream);
}

static bool
read_name(long pid, char name_out[LISTENING_NAME_MAX])
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/comm", pid);
	FILE *stream = fopen(path, "re");
	bool read = stream != NULL &&
		    fgets(name_out, LISTENING_NAME_MAX, stream) != NULL;
	if (stream != NULL)
		fclose(stream);
	for (size_t i = 0; read && name_out[i] != '\0'; i++)
		name_out[i] =
		    name_out[i] == '\n' ? '\0' : line_octet(name_out[i]);
	return read;
}

bool
listening_named(long pid, struct listening *who_out)
{
	struct listening who = {.pid = pid};

	if (pid <= 0 || !read_name(pid, who.name))
		return false;
	who.is_ours = strcmp(who.name, OUR_NAME) == 0;
	*who_out = who;
	return true;
}

static bool
is_one_of(const char *link, const struct sockets *sockets)
{
	char wanted[40];

	for (size_t i = 0; i < sockets->count; i++) {
		snprintf(wanted, sizeof wanted, "socket:[%lu]",
			 sockets->inode[i]);
		if (strcmp(link, wanted) == 0)
			return true;
	}
	return false;
}

static bool
holds_one(const char *pid, const struct sockets *sockets)
{
	char path[600], link[64];
	const struct dirent *entry;
	bool holds = false;

	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	DIR *folder = opendir(path);
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
	while (folder != NULL && !holds && (entry = readdir(folder)) != NULL) {
		snprintf(path, sizeof path, "/proc/%s/fd/%s", pid,
			 entry->d_name);
		ssize_t n = readlink(path, link, sizeof link - 1);
		link[n > 0 ? n : 0] = '\0';
		holds = is_one_of(link, sockets);
	}
	if (folder != NULL)
		closedir(folder);
	return holds;
}

/* Of several, one of ours first.  False: nobody whom we may look at. */
static bool
find_holder(const struct sockets *sockets, struct listening *who_out)
{
	const struct dirent *entry;
	struct listening one;
	bool found = false, ours = false;
	DIR *folder = sockets->count > 0 ? opendir("/proc") : NULL;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
	while (folder != NULL && !ours && (entry = readdir(folder)) != NULL) {
		long pid = strtol(entry->d_name, NULL, 10);
		if (!listening_named(pid, &one) || (found && !one.is_ours) ||
		    !holds_one(entry->d_name, sockets))
			continue;
		*who_out = one;
		found = true;
		ours = one.is_ours;
	}
	if (folder != NULL)
		closedir(folder);
	return found;
}

/* The kernel takes the closest: the address itself, all of its family, all of
   both. */
static void
find_closest(struct ip ip, uint16_t port, struct sockets *sockets)
{
	char address[33];

	write_address(ip, address);
	find_sockets("/proc/self/net/tcp", address, port, sockets);
	find_sockets("/proc/self/net/tcp6", address, port, sockets);
	if (sockets->count == 0 && ip.family == IP_V4)
		find_sockets("/proc/self/net/tcp", NULL, port, sockets);
	if (sockets->count == 0)
		find_sockets("/proc/self/net/tcp6", NULL, port, sockets);
}

bool
listening_find(struct ip ip, uint16_t port, struct listening *who_out)
{
	struct sockets sockets = {.count = 0};

	find_closest(ip, port, &sockets);
	return find_holder(&sockets, who_out);
}

bool
listening_is_ours(struct ip ip, uint16_t port, bool itself)
{
	struct sockets sockets = {.count = 0};
	struct listening who;

	find_closest(ip, port, &sockets);
	return itself ? holds_one("self", &sockets)
		      : find_holder(&sockets, &who) && who.is_ours;
}
