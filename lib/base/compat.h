/*
 * The one place for compiler differences: no other file holds an `#if`.
 */
#ifndef VERDICT_BASE_COMPAT_H
#define VERDICT_BASE_COMPAT_H

#if defined(__clang__)
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define PRINTF_LIKE(fmt, args) __attribute__((format(gnu_printf, fmt, args)))
#endif

#define MUST_CHECK __attribute__((warn_unused_result))
#define NO_RETURN __attribute__((noreturn))

/* Is this a build that turns a broken promise into an abort? */
#if defined(VERDICT_DEBUG)
#define DEBUG_BUILD 1
#else
#define DEBUG_BUILD 0
#endif

/* Is this a build with planted bugs, which a fuzzer must find? */
#if defined(FUZZ_CANARY)
#define CANARY_BUILD 1
#else
#define CANARY_BUILD 0
#endif

#endif
