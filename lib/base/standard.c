#include "base/standard.h"

#include <fcntl.h>
#include <unistd.h>

bool
standard_fill(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int other_way = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
		/* The lowest free number is taken. */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", other_way) < 0)
			return false;
	}
	return true;
}
