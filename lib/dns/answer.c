#include "dns/answer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "base/mem.h"
#include "base/words.h"
#include "dns/digest.h"

/* What malloc() adds to a block, roughly. */
#define BLOCK_OVERHEAD 16
/*
 * What a parsed form takes, erring on the high side: an RSA key a few kB, an
 * SPF record of 8 kB about 28 kB.
 */
#define FORM_BYTES 4096
#define FORM_FACTOR 4

struct form {
	const void *kind;
	void *form;
	void (*free_form)(void *);
};

/* The public part comes first, so that a pointer to it is one to the whole. */
struct built {
	struct dns_answer answer;
	struct dns_rr *rr;
	struct str *alias;
	size_t cap;
	size_t bytes;
	atomic_uint refs;
	_Atomic(struct form *) form;
	_Atomic(uint8_t *) digest; /* NULL: nobody has asked for it */
};

static struct built *
built_of(const struct dns_answer *answer)
{
	return (struct built *)(uintptr_t)answer;
}

static const char *const status_words[] = {[DNS_OK] = "found",
					   [DNS_NODATA] = "no such record",
					   [DNS_NXDOMAIN] = "no such name",
					   [DNS_FAILED] = "failure",
					   [DNS_TIMEOUT] = "timeout",
					   [DNS_LIMIT] = "too many questions",
					   [DNS_TOO_MANY] = "too many records",
					   NULL};

const char *
dns_status_text(enum dns_status status)
{
	return words_text(status_words, status);
}

const char *
dns_type_text(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_PTR:
		return "PTR";
	case DNS_MX:
		return "MX";
	case DNS_TXT:
		return "TXT";
	case DNS_AAAA:
		return "AAAA";
	}
	return "?";
}

static const char *
trouble_word(enum dns_status status)
{
	switch (status) {
	case DNS_TIMEOUT:
		return "timed out";
	case DNS_LIMIT:
		return "was not made";
	case DNS_FAILED:
		return "failed";
	case DNS_TOO_MANY:
		return "found too many records";
	case DNS_OK:
	case DNS_NODATA:
	case DNS_NXDOMAIN:
		break;
	}
	return "found nothing";
}

struct str
dns_trouble_text(struct arena *arena, const struct dns_answer *answer)
{
	/* A name of a macro may hold any octet. */
	struct str name = line_text(arena, LINE_NAME, answer->name, LINE_WHOLE);

	return arena_printf(arena, "%s lookup of %.*s %s%s%s",
			    dns_type_text(answer->type), STR_ARG(name),
			    trouble_word(answer->status),
			    answer->reason[0] ? ": " : "", answer->reason);
}

bool
dns_is_void(const struct dns_answer *answer)
{
	return answer->status == DNS_NODATA || answer->status == DNS_NXDOMAIN;
}

bool
dns_is_trouble(const struct dns_answer *answer)
{
	return answer->status == DNS_FAILED || answer->status == DNS_TIMEOUT;
}

bool
dns_is_limited(const struct dns_answer *answer)
{
	return answer->status == DNS_LIMIT || answer->status == DNS_TOO_MANY;
}

bool
dns_name_exists(const struct dns_answer *answer)
{
	return answer->aliases > 0 || answer->status == DNS_OK ||
	       answer->status == DNS_NODATA || answer->status == DNS_TOO_MANY;
}

bool
dns_name_is_absent(const struct dns_answer *answer)
{
	return answer->status == DNS_NXDOMAIN && answer->aliases == 0;
}

/* A copy of s, its letters in lower case where `lower`, on the answer's bill */
static struct str
keep(struct built *built, struct str s, bool lower)
{
	char *copy = mem_copy(s.p, s.n);

	for (size_t i = 0; lower && i < s.n; i++)
		copy[i] = ascii_lower(copy[i]);
	built->bytes += s.n + 1 + BLOCK_OVERHEAD;
	return str_n(copy, s.n);
}

static void
drop(struct built *built, struct str s)
{
	free((char *)(uintptr_t)s.p);
	built->bytes -= s.n + 1 + BLOCK_OVERHEAD;
}

static void
drop_texts(struct built *built)
{
	for (size_t i = 0; i < built->answer.count; i++)
		if (built->rr[i].text.p != NULL)
			drop(built, built->rr[i].text);
	built->answer.count = 0;
}

struct dns_answer *
dns_answer_new(struct str name, enum dns_type type, enum dns_status status,
	       const char *reason)
{
	struct built *built = mem_alloc(sizeof *built);

	atomic_init(&built->refs, 1);
	atomic_init(&built->form, NULL);
	atomic_init(&built->digest, NULL);
	built->bytes = sizeof *built + BLOCK_OVERHEAD;
	if (type == DNS_TXT)
		built->bytes += DNS_DIGEST_OCTETS + BLOCK_OVERHEAD;
	built->answer.name = keep(built, name, true);
	built->answer.type = type;
	/* DNS_OK comes with the first record only. */
	built->answer.status = status == DNS_OK ? DNS_NODATA : status;
	built->answer.reason = reason;
	return &built->answer;
}

/*
 * Of addresses and hosts each counts by itself.  Of TXT records one is looked
 * for, which a part of the set need not hold.
 */
static void
cut(struct built *built)
{
	struct dns_answer *answer = &built->answer;

	answer->cut = true;
	if (answer->type != DNS_TXT)
		return;
	drop_texts(built);
	answer->status = DNS_TOO_MANY;
}

/* Room for one record more; NULL beyond the limit. */
static struct dns_rr *
add(struct built *built)
{
	struct dns_answer *answer = &built->answer;

	if (answer->count >= LIMIT_DNS_ANSWER_RRS)
		cut(built);
	if (answer->cut)
		return NULL;
	if (answer->count == built->cap) {
		built->bytes -= built->cap * sizeof *built->rr;
		built->cap = built->cap ? built->cap * 2 : 1;
		built->bytes += built->cap * sizeof *built->rr;
		built->rr =
		    mem_resize(built->rr, built->cap * sizeof *built->rr);
		answer->rr = built->rr;
	}
	struct dns_rr *rr = &built->rr[answer->count++];
	memset(rr, 0, sizeof *rr);
	answer->status = DNS_OK;
	return rr;
}

void
dns_answer_add_ip(struct dns_answer *answer, struct ip ip)
{
	struct dns_rr *rr = add(built_of(answer));

	if (rr)
		rr->ip = ip;
}

void
dns_answer_add_mx(struct dns_answer *answer, uint16_t preference,
		  struct str target)
{
	struct dns_rr *rr = add(built_of(answer));

	if (rr == NULL)
		return;
	rr->preference = preference;
	rr->text = keep(built_of(answer), target, true);
}

void
dns_answer_add_text(struct dns_answer *answer, struct str text)
{
	struct dns_rr *rr = add(built_of(answer));

	/* A PTR target is a name, a TXT string is not. */
	if (rr)
		rr->text =
		    keep(built_of(answer), text, answer->type != DNS_TXT);
}

void
dns_answer_add_alias(struct dns_answer *answer, struct str target)
{
	struct built *built = built_of(answer);

	if (answer->aliases == LIMIT_DNS_CNAMES)
		return;
	if (built->alias == NULL) {
		built->alias =
		    mem_alloc(LIMIT_DNS_CNAMES * sizeof *built->alias);
		built->bytes +=
		    LIMIT_DNS_CNAMES * sizeof *built->alias + BLOCK_OVERHEAD;
		answer->alias = built->alias;
	}
	built->alias[answer->aliases++] = keep(built, target, true);
}

struct dns_answer *
dns_answer_ref(const struct dns_answer *answer)
{
	struct built *built = built_of(answer);

	atomic_fetch_add_explicit(&built->refs, 1, memory_order_relaxed);
	return &built->answer;
}

static void
free_form(struct form *form)
{
	if (form == NULL)
		return;
	form->free_form(form->form);
	free(form);
}

void
dns_answer_unref(const struct dns_answer *answer)
{
	if (answer == NULL)
		return;
	struct built *built = built_of(answer);
	if (atomic_fetch_sub_explicit(&built->refs, 1, memory_order_acq_rel) >
	    1)
		return;
	free_form(atomic_load(&built->form));
	free(atomic_load(&built->digest));
	drop_texts(built);
	for (size_t i = 0; i < built->answer.aliases; i++)
		drop(built, built->alias[i]);
	drop(built, built->answer.name);
	free(built->alias);
	free(built->rr);
	free(built);
}

size_t
dns_answer_size(const struct dns_answer *answer)
{
	const struct built *built = built_of(answer);

	if (atomic_load(&built->form) == NULL)
		return built->bytes;
	return built->bytes * (1 + FORM_FACTOR) + FORM_BYTES;
}

const uint8_t *
dns_answer_digest(const struct dns_answer *answer)
{
	struct built *built = built_of(answer);
	uint8_t *first = atomic_load(&built->digest);

	if (first != NULL || answer->type != DNS_TXT || answer->count == 0)
		return first;
	uint8_t *mine = mem_alloc(DNS_DIGEST_OCTETS);
	dns_digest_texts(answer, mine);
	/* Another thread may have been faster. */
	if (atomic_compare_exchange_strong(&built->digest, &first, mine))
		return mine;
	free(mine);
	return first;
}

const void *
dns_answer_form(const struct dns_answer *answer, const void *kind)
{
	const struct form *kept = atomic_load(&built_of(answer)->form);

	return kept && kept->kind == kind ? kept->form : NULL;
}

const void *
dns_answer_set_form(const struct dns_answer *answer, const void *kind,
		    void *form, void (*free_it)(void *))
{
	struct form *mine = mem_alloc(sizeof *mine), *first = NULL;

	*mine = (struct form){kind, form, free_it};
	if (atomic_compare_exchange_strong(&built_of(answer)->form, &first,
					   mine))
		return form;
	free(mine);
	if (first->kind != kind)
		return NULL;
	free_it(form);
	return first->form;
}
