/*
 * Who listens on a TCP port of this host, by /proc: root sees every process,
 * others their own.
 */
#ifndef VERDICT_CONFIG_LISTENING_H
#define VERDICT_CONFIG_LISTENING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compat.h"
#include "base/ip.h"

/* As the kernel keeps the name of a program, its NUL included. */
#define LISTENING_NAME_MAX 16

struct listening {
	long pid;
	char name[LISTENING_NAME_MAX]; /* fit for a terminal */
	bool is_ours;                  /* it is a verdict-milter */
};

/* On that address or, if nobody has it, on all; of several processes, one of
   ours first.  False: nobody whom we may look at. */
bool listening_find(struct ip ip, uint16_t port,
		    struct listening *who_out) MUST_CHECK;
/* The process.  False: there is none, or we may not see it. */
bool listening_named(long pid, struct listening *who_out) MUST_CHECK;
/* Does a verdict-milter listen there: this process itself, or any? */
bool listening_is_ours(struct ip ip, uint16_t port, bool itself) MUST_CHECK;

#endif
