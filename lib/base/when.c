#include "base/when.h"

#include <string.h>
#include <time.h>

#include "base/str.h"

/* Beyond half a year a day without its year could be two of them. */
#define NEAR_S ((int64_t)182 * 86400)

static const struct unit {
	char letter;
	int64_t seconds;
} units[] = {{'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};

static bool
read_span(struct str text, int64_t now, int64_t *time_out)
{
	uint64_t amount;

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (text.n > 1 && text.p[text.n - 1] == units[i].letter &&
		    str_uint(str_first(text, text.n - 1), 100000, &amount)) {
			*time_out = now - (int64_t)amount * units[i].seconds;
			return true;
		}
	return false;
}

static bool
read_date(const char *text, int64_t *time_out)
{
	static const char *const forms[] = {
	    "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S",
	    "%Y-%m-%dT%H:%M:%S"};

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(text, forms[i], &tm);
		if (end == NULL || (*end != '\0' && strcmp(end, "Z") != 0))
			continue;
		*time_out = *end == 'Z' ? timegm(&tm) : mktime(&tm);
		return true;
	}
	return false;
}

const char *
when_read(const char *text, int64_t now, int64_t *time_out)
{
	if (read_span(str_of(text), now, time_out) || read_date(text, time_out))
		return NULL;
	return "is no time: write 90m, 24h, 7d or 2w, 2026-11-29 or "
	       "\"2026-11-29 21:58\"";
}

/* What strftime() makes of it, in English. */
static void
add_form(struct buf *out, const struct tm *tm, bool year, bool clock)
{
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr",
					     "May", "Jun", "Jul", "Aug",
					     "Sep", "Oct", "Nov", "Dec"};

	buf_printf(out, "%d %s", tm->tm_mday, months[tm->tm_mon]);
	if (year)
		buf_printf(out, " %d", 1900 + tm->tm_year);
	if (clock)
		buf_printf(out, " %02d:%02d", tm->tm_hour, tm->tm_min);
}

/* A damaged store may have any number: what no calendar has becomes the first
   or the last day that is shown. */
#define LAST_TIME ((int64_t)253402214400) /* 9999-12-31 UTC */

static time_t
shown_time(int64_t time)
{
	return (time_t)(time < 0 ? 0 : time > LAST_TIME ? LAST_TIME : time);
}

static bool
is_far(int64_t time, int64_t now)
{
	return time < now - NEAR_S || time > now + NEAR_S;
}

void
when_add(struct buf *out, int64_t time, int64_t now)
{
	struct tm tm;
	time_t at = shown_time(time);
	bool far = is_far(time, now);

	localtime_r(&at, &tm);
	add_form(out, &tm, far, !far);
}

void
when_add_day(struct buf *out, int64_t time, int64_t now)
{
	struct tm tm;
	time_t at = shown_time(time);

	localtime_r(&at, &tm);
	add_form(out, &tm, is_far(time, now), false);
}

static void
add_utc_day(struct buf *out, const struct tm *tm)
{
	buf_printf(out, "%04d-%02d-%02d", 1900 + tm->tm_year, tm->tm_mon + 1,
		   tm->tm_mday);
}

void
when_add_utc_day(struct buf *out, int64_t time)
{
	struct tm tm;
	time_t at = shown_time(time);

	gmtime_r(&at, &tm);
	add_utc_day(out, &tm);
}

void
when_add_utc(struct buf *out, int64_t time)
{
	struct tm tm;
	time_t at = shown_time(time);

	gmtime_r(&at, &tm);
	add_utc_day(out, &tm);
	buf_printf(out, "T%02d:%02d:%02dZ", tm.tm_hour, tm.tm_min, tm.tm_sec);
}
