#include "spf/eval.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/line.h"

/* Two names and some words. */
#define REASON_MAX 640
/* A term in a reason; the rest of a long one tells nothing more. */
#define SHOWN_MAX 255

static struct str PRINTF_LIKE(2, 0)
    format(struct arena *arena, const char *fmt, va_list args)
{
	char text[REASON_MAX];

	vsnprintf(text, sizeof text, fmt, args);
	return arena_copy(arena, str_of(text));
}

void
spf_eval_reason(struct spf_eval *eval, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	eval->reason = format(eval->arena, fmt, args);
	va_end(args);
}

void
spf_eval_fail(struct spf_eval *eval, enum spf_result error, const char *fmt,
	      ...)
{
	va_list args;

	if (eval->error != SPF_NONE || eval->explaining)
		return;
	eval->error = error;
	va_start(args, fmt);
	eval->reason = format(eval->arena, fmt, args);
	va_end(args);
}

struct str
spf_eval_shown(struct spf_eval *eval, struct str text)
{
	struct buf shown;

	buf_init(&shown, eval->arena);
	if (!line_add(&shown, LINE_NAME, text, SHOWN_MAX))
		buf_adds(&shown, "...");
	return buf_str(&shown);
}

void
spf_eval_fail_lookup(struct spf_eval *eval, enum spf_result error,
		     const struct dns_answer *answer)
{
	struct str text = dns_trouble_text(eval->arena, answer);

	if (eval->error == SPF_NONE)
		eval->troubled = arena_copy(eval->arena, answer->name);
	spf_eval_fail(eval, error, "%.*s", STR_ARG(text));
}

/* --- lookups within the limits (section 4.6.4) --- */

/* Records of other types lead to names; what a term looks for is addresses. */
static bool
is_address(const struct dns_answer *answer)
{
	return answer->type == DNS_A || answer->type == DNS_AAAA;
}

static void
note_found(struct spf_eval *eval, const struct dns_answer *answer)
{
	/* Without a record the evaluation ends anyway: TXT does not count. */
	if (answer->type == DNS_TXT)
		return;
	if (answer->count > 0)
		eval->found = eval->found || is_address(answer);
	/* With a reason: no name of the DNS (4.8), so there was no query. */
	else if (dns_is_void(answer) && *answer->reason == '\0')
		eval->missed = true;
}

void
spf_eval_begin_term(struct spf_eval *eval)
{
	eval->found = eval->missed = false;
}

void
spf_eval_end_term(struct spf_eval *eval, struct str term)
{
	struct str shown = spf_eval_shown(eval, term);

	if (!eval->missed || eval->found)
		return;
	if (++eval->voids > LIMIT_SPF_VOIDS)
		spf_eval_fail(eval, SPF_PERMERROR,
			      "more than %d terms found nothing, at last %.*s",
			      LIMIT_SPF_VOIDS, STR_ARG(shown));
}

static void
check_limits(struct spf_eval *eval, const struct dns_answer *answer)
{
	struct str name = spf_eval_shown(eval, answer->name);

	if (dns_is_limited(answer))
		spf_eval_fail_lookup(eval, SPF_PERMERROR, answer);
	else if (answer->status == DNS_TIMEOUT &&
		 clock_monotonic_ms() >= eval->deadline_ms)
		spf_eval_fail_lookup(eval, SPF_TEMPERROR, answer);
	else if (answer->type == DNS_MX && answer->count > LIMIT_SPF_MX)
		spf_eval_fail(eval, SPF_PERMERROR,
			      "%.*s has more than %d MX hosts", STR_ARG(name),
			      LIMIT_SPF_MX);
}

const struct dns_answer *
spf_eval_lookup(void *ctx, struct str name, enum dns_type type)
{
	struct spf_eval *eval = ctx;

	if (eval->error != SPF_NONE)
		return NULL;
	const struct dns_answer *answer =
	    dns_lookup(eval->session, name, type, eval->deadline_ms);
	if (dns_is_trouble(answer))
		eval->trouble = answer;
	note_found(eval, answer);
	check_limits(eval, answer);
	return eval->error == SPF_NONE ? answer : NULL;
}

enum dns_type
spf_address_type(struct ip client)
{
	return client.family == IP_V4 ? DNS_A : DNS_AAAA;
}

/* --- target names (section 4.8) --- */

bool
spf_eval_target(struct spf_eval *eval, struct str spec, struct str domain,
		struct str *target_out)
{
	if (!eval->identity.local_is_ascii && spf_macro_uses_local(spec))
		return false;
	eval->values.domain = domain;
	*target_out = spf_expand_domain(eval->arena, spec, &eval->values);
	return true;
}

/* --- %{p} (sections 5.5 and 7.3) --- */

static bool
has_address(const struct dns_answer *answer, struct ip ip)
{
	for (size_t i = 0; answer != NULL && i < answer->count; i++) {
		if (ip_eq(answer->rr[i].ip, ip))
			return true;
	}
	return false;
}

static void
validate_names(struct spf_eval *eval)
{
	struct ip client = eval->values.client;
	struct str reverse = spf_expand_domain(
	    eval->arena, str_lit("%{ir}.%{v}.arpa"), &eval->values);
	const struct dns_answer *ptr = spf_eval_lookup(eval, reverse, DNS_PTR);

	eval->validated_known = true;
	for (size_t i = 0; ptr != NULL && i < ptr->count && i < LIMIT_SPF_PTR;
	     i++) {
		struct str name = ptr->rr[i].text;
		if (has_address(
			spf_eval_lookup(eval, name, spf_address_type(client)),
			client))
			eval->validated[eval->n_validated++] = name;
	}
}

static bool
is_below(struct str name, struct str domain)
{
	return name.n > domain.n && name.p[name.n - domain.n - 1] == '.' &&
	       str_ends_nocase(name, domain);
}

struct str
spf_eval_validated_name(void *ctx, struct str domain)
{
	struct spf_eval *eval = ctx;

	if (!eval->validated_known)
		validate_names(eval);
	for (size_t i = 0; i < eval->n_validated; i++) {
		if (str_eq_nocase(eval->validated[i], domain))
			return eval->validated[i];
	}
	for (size_t i = 0; i < eval->n_validated; i++) {
		if (is_below(eval->validated[i], domain))
			return eval->validated[i];
	}
	return eval->n_validated ? eval->validated[0] : str_lit("unknown");
}
