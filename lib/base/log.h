/*
 * Where log lines go.  The library holds no global: whoever may log is given
 * a sink.  A sink may be called from any thread.
 *
 * Lines are `key=value` pairs.  log_value() quotes what needs it and escapes
 * every octet that could end a line or start a field, so that nothing a
 * sender wrote can forge a log entry.
 */
#ifndef VERDICT_BASE_LOG_H
#define VERDICT_BASE_LOG_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compat.h"
#include "base/str.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};
extern const char *const log_level_words[]; /* base/words.h */

struct log {
	/* Less important lines are dropped; may change while others log. */
	_Atomic enum log_level level;
	/* One whole line without its end; must be thread-safe. */
	void (*write)(void *ctx, enum log_level level, struct str line);
	void *ctx;
};

/* NULL drops the line, whose maker answers for every octet of it. */
void log_line(const struct log *log, enum log_level level, struct str line);
/* A line of at most 1,023 octets, mended: LINE_TEXT of base/line.h. */
void log_printf(const struct log *log, enum log_level level, const char *fmt,
		...) PRINTF_LIKE(3, 4);

/*
 * Adds " key=value" (without the leading space where the line is empty).  The
 * value is bare where it holds only letters, digits and -._:/@+,[]<>, else in
 * double quotes with \" \\ and \xHH; "-" where it is empty; cut, with "..."
 * behind, at LIMIT_LOG_VALUE octets.
 */
void log_value(struct buf *line, const char *key, struct str value);
/* A line "key=value text", the value as log_value() writes it. */
void log_about(const struct log *log, enum log_level level, const char *key,
	       struct str value, const char *text);
void log_number(struct buf *line, const char *key, int64_t value);

#endif
