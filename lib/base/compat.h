/*
 * The one place for compiler differences: no other file holds an `#if`.
 */
#ifndef VERDICT_BASE_COMPAT_H
#define VERDICT_BASE_COMPAT_H

#include <stddef.h>

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

/*
 * With the address sanitizer a fence stands behind each piece of an arena, so
 * that it sees who reads or writes one octet too far.
 */
#if defined(__SANITIZE_ADDRESS__)
#define FENCED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FENCED 1
#endif
#endif
#if defined(FENCED)
/* The sanitizer's own header says const, and gcc fears an unset octet. */
void __asan_poison_memory_region(void *at, size_t n);
void __asan_unpoison_memory_region(void *at, size_t n);
#define FENCE_SIZE 16
#define FENCE_PUT(p, n) __asan_poison_memory_region(p, n)
#define FENCE_TAKE(p, n) __asan_unpoison_memory_region(p, n)
#else
#define FENCE_SIZE 0
#define FENCE_PUT(p, n) ((void)(p), (void)(n))
#define FENCE_TAKE(p, n) ((void)(p), (void)(n))
#endif

/* Is this a build with planted bugs, which a fuzzer must find? */
#if defined(FUZZ_CANARY)
#define CANARY_BUILD 1
#else
#define CANARY_BUILD 0
#endif

#endif
