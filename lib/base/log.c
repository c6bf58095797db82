#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/line.h"

const char *const log_level_words[] = {[LOG_LEVEL_ERROR] = "error",
				       [LOG_LEVEL_WARNING] = "warning",
				       [LOG_LEVEL_INFO] = "info",
				       [LOG_LEVEL_DEBUG] = "debug",
				       NULL};

static bool
is_enabled(const struct log *log, enum log_level level)
{
	return log != NULL && log->write != NULL &&
	       level <= atomic_load_explicit(&log->level, memory_order_relaxed);
}

void
log_line(const struct log *log, enum log_level level, struct str line)
{
	if (is_enabled(log, level))
		log->write(log->ctx, level, line);
}

void
log_printf(const struct log *log, enum log_level level, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	if (!is_enabled(log, level))
		return;
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	size_t len = n < 0 ? 0 : (size_t)n;
	if (len >= sizeof text)
		len = sizeof text - 1;
	line_mend(text, len);
	log->write(log->ctx, level, str_n(text, len));
}

static bool
is_bare(char c)
{
	return ascii_is_alnum(c) ||
	       (c != '\0' && strchr("-._:/@+,[]<>", c) != NULL);
}

static void
add_key(struct buf *line, const char *key)
{
	if (line->n > 0)
		buf_addc(line, ' ');
	buf_adds(line, key);
	buf_addc(line, '=');
}

void
log_value(struct buf *line, const char *key, struct str value)
{
	bool cut = value.n > LIMIT_LOG_VALUE;
	bool bare = !cut;

	add_key(line, key);
	value = str_first(value, LIMIT_LOG_VALUE);
	for (size_t i = 0; i < value.n && bare; i++)
		bare = is_bare(value.p[i]);
	if (value.n == 0)
		buf_addc(line, '-');
	else if (bare)
		buf_add(line, value);
	else {
		buf_addc(line, '"');
		line_add(line, LINE_QUOTED, value, LINE_WHOLE);
		buf_addc(line, '"');
	}
	if (cut)
		buf_adds(line, "...");
}

void
log_about(const struct log *log, enum log_level level, const char *key,
	  struct str value, const char *text)
{
	struct buf line;

	if (!is_enabled(log, level))
		return;
	buf_init(&line, NULL);
	log_value(&line, key, value);
	buf_addc(&line, ' ');
	buf_adds(&line, text);
	log_line(log, level, buf_str(&line));
	buf_clear(&line);
}

void
log_number(struct buf *line, const char *key, int64_t value)
{
	add_key(line, key);
	buf_printf(line, "%" PRId64, value);
}
