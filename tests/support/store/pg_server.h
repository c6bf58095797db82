/*
 * A PostgreSQL server for tests: started by the test, on a loopback port, as an
 * ordinary user (initdb refuses root), with its data in a folder of its own.
 * The system's, or the one that contrib/install-deps has unpacked.
 */
#ifndef TESTS_SUPPORT_STORE_PG_SERVER_H
#define TESTS_SUPPORT_STORE_PG_SERVER_H

#include <sys/types.h>

/* Starts it at the first call.  NULL: there is none on this machine; a server
   that is there and does not start fails the test. */
const char *pg_server_url(void);
/* Ends it; the next call of pg_server_url() starts it again with its data. */
void pg_server_down(void);
/* Sends a signal to each of its processes. */
void pg_server_signal(int number);
/* The server's; 0: it does not run. */
pid_t pg_server_pid(void);
/* Ends it and removes its data.  Does nothing where none was started. */
void pg_server_stop(void);

#endif
