#include "mail/date.h"

#include <stddef.h>

/* Exactly `least` to `most` digits. */
static bool
digits(struct lex *lex, size_t least, size_t most, unsigned *value_out)
{
	struct str run;
	uint64_t value;

	if (!lex_skip_cfws(lex) || !lex_run(lex, ascii_is_digit, &run) ||
	    run.n < least || run.n > most || !str_uint(run, 9999, &value))
		return false;
	*value_out = (unsigned)value;
	return true;
}

static bool
mark(struct lex *lex, char c)
{
	return lex_skip_cfws(lex) && lex_char(lex, c);
}

/* The index of the next word in the list, which NULL ends. */
static bool
word_of(struct lex *lex, const char *const *words, unsigned *index_out)
{
	struct str word;

	if (!lex_skip_cfws(lex) || !lex_run(lex, ascii_is_alpha, &word))
		return false;
	for (unsigned i = 0; words[i] != NULL; i++) {
		if (str_is_nocase(word, words[i])) {
			*index_out = i;
			return true;
		}
	}
	return false;
}

/* [ day-of-week "," ] */
static bool
day_of_week(struct lex *lex)
{
	static const char *const names[] = {"Mon", "Tue", "Wed", "Thu",
					    "Fri", "Sat", "Sun", NULL};
	unsigned index;

	if (!lex_skip_cfws(lex))
		return false;
	if (lex_eof(lex) || ascii_is_digit(*lex->p))
		return true;
	return word_of(lex, names, &index) && mark(lex, ',');
}

static unsigned
days_of_month(unsigned month, unsigned year)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30,
					     31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month] + (month == 1 && leap ? 1U : 0U);
}

/* date = day month year; *days_out: since 1970 */
static bool
date(struct lex *lex, int64_t *days_out)
{
	static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May",
					    "Jun", "Jul", "Aug", "Sep", "Oct",
					    "Nov", "Dec", NULL};
	unsigned day, month, year;

	if (!digits(lex, 1, 2, &day) || !word_of(lex, names, &month) ||
	    !digits(lex, 4, 4, &year) || year < 1970 || day == 0 ||
	    day > days_of_month(month, year))
		return false;
	unsigned before = year - 1;
	int64_t days = (int64_t)before * 365 + before / 4 - before / 100 +
		       before / 400 - 719162;
	for (unsigned i = 0; i < month; i++)
		days += days_of_month(i, year);
	*days_out = days + day - 1;
	return true;
}

/* time-of-day = hour ":" minute [ ":" second ] */
static bool
time_of_day(struct lex *lex, int64_t *seconds_out)
{
	unsigned hour, minute, second = 0;

	if (!digits(lex, 2, 2, &hour) || !mark(lex, ':') ||
	    !digits(lex, 2, 2, &minute))
		return false;
	if (mark(lex, ':') && !digits(lex, 2, 2, &second))
		return false;
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	*seconds_out = (int64_t)hour * 3600 + minute * 60 + second;
	return true;
}

/* obs-zone, section 4.3; other letters mean nothing that is known. */
static bool
named_zone(struct lex *lex, int64_t *east_out)
{
	static const char *const names[] = {"UT",  "GMT", "UTC", "EDT",
					    "EST", "CDT", "CST", "MDT",
					    "MST", "PDT", "PST", NULL};
	static const signed char hours[] = {0,  0,  0,  -4, -5, -5,
					    -6, -6, -7, -7, -8};
	unsigned index;

	if (!word_of(lex, names, &index))
		return false;
	*east_out = hours[index] * INT64_C(3600);
	return true;
}

/* zone = ( "+" / "-" ) 4DIGIT; *east_out: seconds that it is before UTC */
static bool
zone(struct lex *lex, int64_t *east_out)
{
	unsigned offset;

	if (!lex_skip_cfws(lex))
		return false;
	bool west = lex_char(lex, '-');
	if (!west && !lex_char(lex, '+'))
		return named_zone(lex, east_out);
	if (lex_eof(lex) || !ascii_is_digit(*lex->p) ||
	    !digits(lex, 4, 4, &offset) || offset % 100 > 59)
		return false;
	int64_t seconds = (int64_t)(offset / 100) * 3600 + offset % 100 * 60;
	*east_out = west ? -seconds : seconds;
	return true;
}

bool
date_time(struct lex *lex, int64_t *seconds_out)
{
	int64_t days, seconds, east;

	if (!day_of_week(lex) || !date(lex, &days) ||
	    !time_of_day(lex, &seconds) || !zone(lex, &east))
		return false;
	*seconds_out = days * 86400 + seconds - east;
	return true;
}
