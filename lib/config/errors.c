#include "config/errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/line.h"

static struct str
format(const struct errors *errors, struct config_place place, const char *fmt,
       va_list args)
{
	char text[CONFIG_ERROR_TEXT] = "";
	int n = 0;

	if (errors->path != NULL && place.line > 0)
		n = snprintf(text, sizeof text, "%s:%zu:%zu: ", errors->path,
			     place.line, place.column);
	else if (errors->path != NULL)
		n = snprintf(text, sizeof text, "%s: ", errors->path);
	if (n >= 0 && (size_t)n < sizeof text)
		vsnprintf(text + n, sizeof text - (size_t)n, fmt, args);
	line_mend(text, strlen(text));
	return arena_copy(errors->arena, str_of(text));
}

static bool
is_before(struct config_place a, struct config_place b)
{
	if (a.line == 0 || b.line == 0)
		return a.line > 0 && b.line == 0;
	return a.line < b.line || (a.line == b.line && a.column < b.column);
}

static size_t
kept(const struct errors *errors)
{
	return errors->found < LIMIT_CONFIG_ERRORS ? errors->found
						   : LIMIT_CONFIG_ERRORS;
}

void
errors_add(struct errors *errors, struct config_place place, const char *fmt,
	   ...)
{
	size_t n = kept(errors);
	size_t at = n;
	va_list args;

	while (at > 0 && is_before(place, errors->first[at - 1].place))
		at--;
	errors->found++;
	if (at == LIMIT_CONFIG_ERRORS)
		return;
	size_t moved = (n < LIMIT_CONFIG_ERRORS ? n : n - 1) - at;
	memmove(&errors->first[at + 1], &errors->first[at],
		moved * sizeof errors->first[0]);
	va_start(args, fmt);
	errors->first[at].place = place;
	errors->first[at].text = format(errors, place, fmt, args);
	va_end(args);
}

void
errors_forget(struct errors *errors)
{
	errors->found = 0;
}

void
errors_tell(const struct errors *errors, struct config_error *error_out)
{
	size_t more = errors->found - kept(errors);
	struct buf out;

	buf_init(&out, NULL);
	for (size_t i = 0; i < kept(errors); i++) {
		buf_adds(&out, i > 0 ? "\n" : "");
		buf_add(&out, errors->first[i].text);
	}
	if (more > 0)
		buf_printf(&out, "\n%s: and %zu more; mend these first",
			   errors->path, more);
	buf_addc(&out, '\0');
	snprintf(error_out->text, sizeof error_out->text, "%s", out.p);
	buf_clear(&out);
}

void
config_each_error(const struct config_error *error,
		  void (*tell)(void *ctx, struct str line), void *ctx)
{
	struct str rest = str_of(error->text), line;

	while (str_split(&rest, '\n', &line))
		tell(ctx, line);
}
