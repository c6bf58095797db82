#include "base/number.h"

#include <stdio.h>
#include <string.h>

/* The longest: "-9,223,372,036,854,775,808". */
#define NUMBER_TEXT 32

static void
format(int64_t number, char text_out[NUMBER_TEXT])
{
	char digits[NUMBER_TEXT];
	size_t i, n, at = 0, sign;

	snprintf(digits, sizeof(digits), "%lld", (long long)number);
	n = strlen(digits);
	sign = number < 0;
	for (i = 0; i < n; i++) {
		if (i > sign && (n - i) % 3 == 0)
			text_out[at++] = ',';
		text_out[at++] = digits[i];
	}
	text_out[at] = '\0';
}

void
number_add(struct buf *out, int64_t number)
{
	char text[NUMBER_TEXT];

	format(number, text);
	buf_adds(out, text);
}

void
number_add_right(struct buf *out, int64_t number, size_t columns)
{
	char text[NUMBER_TEXT];

	format(number, text);
	buf_printf(out, "%*s", (int)columns, text);
}
