#include "config/amount.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* Ascending; a name of "" allows a bare number. */
static const struct unit count_units[] = {{"", 1}, {NULL, 0}};
static const struct unit size_units[] = {{"", 1},
					 {"k", 1024},
					 {"M", 1024 * 1024},
					 {"G", 1024 * 1024 * 1024},
					 {NULL, 0}};
static const struct unit time_units[] = {{"ms", 1},       {"s", 1000},
					 {"m", 60000},    {"h", 3600000},
					 {"d", 86400000}, {NULL, 0}};

static const struct unit *
units_of(enum config_type type)
{
	return type == CONFIG_SIZE   ? size_units
	       : type == CONFIG_TIME ? time_units
				     : count_units;
}

bool
amount_parse(struct str text, enum config_type type, uint64_t *value_out)
{
	const struct unit *unit = units_of(type);
	size_t digits = 0;
	uint64_t number;

	while (digits < text.n && ascii_is_digit(text.p[digits]))
		digits++;
	if (digits == 0)
		return false;
	if (!str_uint(str_first(text, digits), UINT64_MAX, &number))
		number = UINT64_MAX;
	struct str suffix = str_from(text, digits);
	for (; unit->name != NULL; unit++) {
		if (!str_is_nocase(suffix, unit->name))
			continue;
		*value_out = number > UINT64_MAX / unit->factor
				 ? UINT64_MAX
				 : number * unit->factor;
		return true;
	}
	return false;
}

void
amount_add(struct buf *out, enum config_type type, uint64_t value)
{
	const struct unit *best = units_of(type);

	if (type == CONFIG_OCTAL) {
		buf_printf(out, "%04o", (unsigned)value);
		return;
	}
	for (const struct unit *unit = best; unit->name != NULL; unit++) {
		if (value > 0 && value % unit->factor == 0)
			best = unit;
	}
	buf_printf(out, "%llu%s", (unsigned long long)(value / best->factor),
		   best->name);
}
