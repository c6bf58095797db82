/* Each value of an enumeration has a number, the one of its name. */
#include "tests/support/test.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "record/codes.h"
#include "record/record.h"
#include "record/record.pb-c.h"

static const char *
spf_scope(size_t value)
{
	return value <= SPF_HELO ? spf_scope_text((enum spf_scope)value) : NULL;
}

static const char *
iprev(size_t value)
{
	return value <= IPREV_PERMERROR
		   ? iprev_result_text((enum iprev_result)value)
		   : NULL;
}

static const char *
cause(size_t value)
{
	return value <= CAUSE_MILTER
		   ? decision_cause_text((enum decision_cause)value)
		   : NULL;
}

static const struct {
	const struct codes *codes;
	const ProtobufCEnumDescriptor *numbers;
	const char *prefix;
	/* The words of the enumeration, in a table or by a function. */
	const char *const *words;
	const char *(*word)(size_t value);
	/* Its first value is an absent field. */
	bool absent;
} rows[] = {
    {&codes_client_class, &record__client_class__descriptor, "CLIENT_",
     client_class_words, NULL, false},
    {&codes_spf_result, &record__spf_result__descriptor, "SPF_",
     spf_result_words, NULL, false},
    {&codes_spf_scope, &record__spf_scope__descriptor, "SCOPE_", NULL,
     spf_scope, false},
    {&codes_iprev, &record__iprev__descriptor, "IPREV_", NULL, iprev, true},
    {&codes_dkim_result, &record__dkim_result__descriptor, "DKIM_",
     dkim_result_words, NULL, false},
    {&codes_arc_result, &record__arc_result__descriptor, "ARC_",
     arc_result_words, NULL, false},
    {&codes_dmarc_result, &record__dmarc_result__descriptor, "DMARC_",
     dmarc_result_words, NULL, false},
    {&codes_action, &record__action__descriptor, "ACTION_", action_words, NULL,
     false},
    {&codes_cause, &record__cause__descriptor, "CAUSE_", NULL, cause, false},
    {&codes_shape, &record__shape_of__descriptor, "SHAPE_", shape_words, NULL,
     true},
};

static const char *
word_of(size_t row, size_t value)
{
	return rows[row].words != NULL ? rows[row].words[value]
				       : rows[row].word(value);
}

static void
assert_named(size_t row, size_t value, const char *word)
{
	char name[64];
	unsigned back;
	int number = codes_number(rows[row].codes, (unsigned)value);

	if (rows[row].absent && value == 0) {
		assert_int_equal(number, 0);
		return;
	}
	int n = snprintf(name, sizeof name, "%s%s", rows[row].prefix, word);
	for (int i = 0; i < n; i++)
		name[i] = (char)toupper((unsigned char)name[i]);
	const ProtobufCEnumValue *found =
	    protobuf_c_enum_descriptor_get_value_by_name(rows[row].numbers,
							 name);
	if (found == NULL)
		fail_msg("record.proto has no %s", name);
	assert_int_equal(found->value, number);
	assert_true(codes_value(rows[row].codes, number, &back));
	assert_int_equal(back, value);
}

static void
test_words(void **state)
{
	(void)state;
	for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
		size_t value = 0;
		while (word_of(row, value) != NULL) {
			assert_named(row, value, word_of(row, value));
			value++;
		}
		assert_int_equal(rows[row].codes->count, value);
		/* Nothing in the contract is left out. */
		assert_int_equal(rows[row].numbers->n_values,
				 value + !rows[row].absent);
	}
}

/* Those without words, and how many values they have. */
static void
test_counts(void **state)
{
	static const struct {
		const struct codes *codes;
		const ProtobufCEnumDescriptor *numbers;
		size_t count;
		bool absent;
	} table[] = {
	    {&codes_client_by, &record__client_by__descriptor,
	     CLIENT_BY_SPF + 1, false},
	    {&codes_rewriting, &record__rewriting__descriptor,
	     ADDRESSES_CANONIFIED + 1, true},
	    {&codes_from_state, &record__from_state__descriptor,
	     FROM_MISSING + 1, false},
	    {&codes_dkim_step, &record__dkim_step__descriptor,
	     DKIM_STEP_VERIFY + 1, true},
	    {&codes_dmarc_policy, &record__dmarc_policy__descriptor,
	     DMARC_P_REJECT + 1, false},
	    {&codes_dmarc_psd, &record__dmarc_psd__descriptor, DMARC_PSD_Y + 1,
	     true},
	    {&codes_hindrance, &record__hindrance__descriptor,
	     HINDRANCE_CHANGES + 1, true},
	    {&codes_dns_status, &record__question_status__descriptor,
	     DNS_TOO_MANY + 1, false},
	};
	unsigned back;

	(void)state;
	for (size_t row = 0; row < sizeof table / sizeof table[0]; row++) {
		size_t n = table[row].count;
		assert_int_equal(table[row].codes->count, n);
		assert_int_equal(table[row].numbers->n_values,
				 n + !table[row].absent);
		for (unsigned value = 0; value < n; value++) {
			int number = codes_number(table[row].codes, value);
			assert_int_equal(number == 0,
					 table[row].absent && value == 0);
			assert_true(
			    codes_value(table[row].codes, number, &back));
			assert_int_equal(back, value);
		}
	}
}

static void
test_unknown(void **state)
{
	unsigned value = 5;

	(void)state;
	assert_false(codes_value(&codes_action, 0, &value));
	assert_false(codes_value(&codes_action, 6, &value));
	assert_false(codes_value(&codes_action, -1, &value));
	assert_int_equal(value, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests_name("record_codes", tests, NULL, NULL);
}
