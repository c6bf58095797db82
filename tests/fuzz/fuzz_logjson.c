/*
 * A log line as a JSON object: the input is the line, whatever it holds.
 */
#include <jansson.h>

#include "base/log_json.h"
#include "tests/fuzz/fuzz.h"

/* Strings, numbers, and arrays of strings: nothing else, and one level deep. */
static void
check_member(const json_t *value)
{
	size_t i;
	const json_t *element;

	if (!json_is_array(value)) {
		fuzz_require(json_is_string(value) || json_is_integer(value));
		return;
	}
	json_array_foreach(value, i, element)
	    fuzz_require(json_is_string(element));
}

static void
check_object(json_t *object)
{
	const json_t *queue_id = json_object_get(object, "queue-id");
	const char *name;
	json_t *value;

	fuzz_require(json_object_get(object, "level") != NULL);
	json_object_foreach(object, name, value) check_member(value);
	if (json_is_string(queue_id))
		fuzz_canary(str_n(json_string_value(queue_id),
				  json_string_length(queue_id)),
			    "zq.a");
}

void
fuzz_one(struct str input)
{
	struct buf out;
	json_error_t error;

	buf_init(&out, NULL);
	log_json(&out, LOG_LEVEL_WARNING, input);
	fuzz_require(!str_has_control(buf_str(&out)));
	json_t *object = json_loadb(out.p, out.n, JSON_ALLOW_NUL, &error);
	fuzz_require(json_is_object(object));
	check_object(object);
	json_decref(object);
	buf_clear(&out);
}
