#include "config/listening.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
		    (is_any(local) || strcmp(local, address) == 0))
			sockets->inode[sockets->count++] = inode;
	}
	if (stream != NULL)
		fclose(stream);
}

static bool
is_our_name(const char *pid)
{
	char path[300], name[32] = "";

	snprintf(path, sizeof path, "/proc/%s/comm", pid);
	FILE *stream = fopen(path, "re");
	bool ours = stream != NULL && fgets(name, sizeof name, stream) != NULL;
	if (stream != NULL)
		fclose(stream);
	name[strcspn(name, "\n")] = '\0';
	return ours && strcmp(name, OUR_NAME) == 0;
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

static bool
is_any_of_ours(const struct sockets *sockets)
{
	const struct dirent *entry;
	bool ours = false;
	DIR *folder = opendir("/proc");
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own */
	while (folder != NULL && !ours && (entry = readdir(folder)) != NULL)
		ours = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
		       is_our_name(entry->d_name) &&
		       holds_one(entry->d_name, sockets);
	if (folder != NULL)
		closedir(folder);
	return ours;
}

bool
listening_is_ours(struct ip ip, uint16_t port, bool itself)
{
	struct sockets sockets = {.count = 0};
	char address[33];

	write_address(ip, address);
	find_sockets("/proc/self/net/tcp", address, port, &sockets);
	find_sockets("/proc/self/net/tcp6", address, port, &sockets);
	return sockets.count > 0 && (itself ? holds_one("self", &sockets)
					    : is_any_of_ours(&sockets));
}
