/* Growth of what reads a text: no piece of it, repeated, may cost more. */
#include <string.h>

#include "authres/authres.h"
#include "mail/address.h"
#include "tests/bench/growth.h"
#include "tests/support/address_pieces.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct str own_id = STR("mx.receiver.example");
static const struct authres_options own = {
    .id = STR("mx.receiver.example"),
    .ids = &own_id,
    .n_ids = 1,
    .tag_header = STR("X-Tag"),
};

static const char *const claims_pieces[] = {
    "(", "\\(", "\"", "\\\"", "()", "a(", "(\\", "\"\" ", "a", ";", "(a)b"};

/* Folds and tabs hide nothing, which is looked for in all of them. */
static const char *const hiding_pieces[] = {"\r",
					    "\rAuthentication-Results ",
					    "\rAuthentication-Results",
					    "\xe2\x80\xa8",
					    "\rx:",
					    "\r\n ",
					    "\t"};

static struct str
repeated(struct job *job, struct str begin, const char *piece, size_t octets)
{
	struct buf buf;

	buf_init(&buf, job->arena);
	buf_add(&buf, begin);
	while (buf.n < octets)
		buf_adds(&buf, piece);
	return buf_str(&buf);
}

static void
address_text(struct job *job)
{
	job->text = repeated(job, str_lit(" x@y.(\\(("), job->piece, job->n);
}

static void
plain_address_text(struct job *job)
{
	job->text = repeated(job, str_lit(""), job->piece, job->n);
}

static void
read_addresses(struct job *job)
{
	struct address_authors authors;

	address_authors(job->arena, job->text, &authors);
}

static void
claims_text(struct job *job)
{
	job->text = repeated(job, str_lit("x "), job->piece, job->n);
}

static void
find_claims(struct job *job)
{
	(void)authres_claims(job->arena, job->text, &own_id, 1);
}

/* Half of it blanks, which many lines might look at. */
static void
hiding_text(struct job *job)
{
	struct str lines = repeated(job, str_lit(""), job->piece, job->n / 2);

	job->text = repeated(job, lines, " ", job->n);
	header_init(&job->header, job->arena, NULL);
}

/* It is looked for what a field hides as it is added, and where it is. */
static void
find_hidden(struct job *job)
{
	size_t count;

	header_add(&job->header, str_lit("X"), job->text);
	(void)authres_forged(job->arena, &job->header, &own, CLIENT_FOREIGN,
			     &count);
}

static const struct work address = {"addresses after a comment",
				    address_text,
				    read_addresses,
				    NULL,
				    2000,
				    8000,
				    GROWTH_LINEAR};
static const struct work plain_address = {
    "addresses", plain_address_text, read_addresses, NULL, 2000,
    8000,        GROWTH_LINEAR};
static const struct work claim = {
    "claims of results", claims_text, find_claims, NULL, 8000, 32000,
    GROWTH_LINEAR};
static const struct work hidden = {
    "hidden fields", hiding_text, find_hidden,  NULL,
    16000,           64000,       GROWTH_LINEAR};

static void
measure_pieces(growth_measure *measure, const struct work *work,
	       const char *const *piece, size_t n)
{
	for (size_t i = 0; i < n; i++)
		measure(work, piece[i]);
}

void
growth_of_texts(growth_measure *measure)
{
	measure_pieces(measure, &address, address_pieces, address_pieces_n);
	measure_pieces(measure, &plain_address, address_pieces,
		       address_pieces_n);
	measure_pieces(measure, &claim, claims_pieces, COUNT(claims_pieces));
	measure_pieces(measure, &hidden, hiding_pieces, COUNT(hiding_pieces));
}
