/*
 * What the daemon tells the service manager: sd_notify(3)'s protocol, one
 * datagram to the socket that the environment's NOTIFY_SOCKET names.  Without
 * NOTIFY_SOCKET nothing is told.
 *
 * These lines are our own: the protocol is stable and this small, and a library
 * would be one more that is mapped into a daemon that reads hostile mail.
 *
 * Any thread may call.
 */
#ifndef VERDICT_MILTER_PROCESS_NOTIFY_H
#define VERDICT_MILTER_PROCESS_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Is there a service manager that listens? */
bool notify_is_wanted(void);

/* At work: after the start, and after a reload, whether it changed anything
   or not. */
void notify_ready(void);
/* A reload begins; notify_ready() is to follow. */
void notify_reloading(void);
void notify_stopping(void);
/* The daemon works (WATCHDOG_USEC). */
void notify_watchdog(void);
/* At least so often notify_watchdog() is waited for; 0: never. */
int64_t notify_watchdog_ms(void);

#endif
