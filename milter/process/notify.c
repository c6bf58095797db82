#include "milter/process/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "milter/process/process.h"

/* A week, in microseconds: more is no watchdog. */
#define WATCHDOG_MAX_US (UINT64_C(7) * 86400 * 1000000)
/* How long a service manager may let us wait. */
#define PATIENCE_S 5

/* NULL: not set, or empty. */
static const char *
variable(const char *name)
{
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets variables */
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* "/path", or "@name" in the abstract namespace. */
static bool
socket_address(const char *name, struct sockaddr_un *address, socklen_t *n_out)
{
	size_t n = strlen(name);

	if ((name[0] != '/' && name[0] != '@') ||
	    n >= sizeof address->sun_path) {
		errno = EINVAL;
		return false;
	}
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, name, n);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	*n_out = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return true;
}

static bool
send_text(const char *name, const char *text)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un address;
	socklen_t n;

	if (!socket_address(name, &address, &n))
		return false;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	bool sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL,
			   (struct sockaddr *)&address, n) >= 0;
	int error = errno;
	close(fd);
	errno = error;
	return sent;
}

static void
tell(const char *text)
{
	const char *name = variable("NOTIFY_SOCKET");

	if (name != NULL && !send_text(name, text))
		process_complain("cannot tell the service manager (%s): %m",
				 name);
}

bool
notify_is_wanted(void)
{
	return variable("NOTIFY_SOCKET") != NULL;
}

void
notify_ready(void)
{
	tell("READY=1");
}

void
notify_reloading(void)
{
	char text[64];

	snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)clock_monotonic_us());
	tell(text);
}

void
notify_stopping(void)
{
	tell("STOPPING=1");
}

void
notify_watchdog(void)
{
	tell("WATCHDOG=1");
}

int64_t
notify_watchdog_ms(void)
{
	const char *interval = variable("WATCHDOG_USEC");
	const char *process = variable("WATCHDOG_PID");
	uint64_t us, pid;

	if (interval == NULL ||
	    !str_uint(str_of(interval), WATCHDOG_MAX_US, &us))
		return 0;
	if (process != NULL && (!str_uint(str_of(process), INT32_MAX, &pid) ||
				(pid_t)pid != getpid()))
		return 0;
	return (int64_t)(us / 1000);
}
