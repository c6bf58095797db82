#include "mail/canon.h"

#include <string.h>

#include "base/lex.h"

/*
 * What one call sends: short pieces are gathered, since a digest takes one
 * call of 500 octets far cheaper than 100 calls of 5.
 */
struct out {
	canon_sink *sink;
	void *ctx;
	uint64_t sent;
	size_t n;
	char p[512];
};

static void
out_init(struct out *out, canon_sink *sink, void *ctx)
{
	out->sink = sink;
	out->ctx = ctx;
	out->sent = 0;
	out->n = 0;
}

static void
out_send(struct out *out, const char *p, size_t n)
{
	out->sent += n;
	if (n > 0)
		out->sink(out->ctx, p, n);
}

static void
out_flush(struct out *out)
{
	out_send(out, out->p, out->n);
	out->n = 0;
}

static void
out_octet(struct out *out, char c)
{
	if (out->n == sizeof out->p)
		out_flush(out);
	out->p[out->n++] = c;
}

static void
out_add(struct out *out, const char *p, size_t n)
{
	if (n > sizeof out->p - out->n)
		out_flush(out);
	if (n > sizeof out->p / 2) {
		out_flush(out);
		out_send(out, p, n);
		return;
	}
	if (n > 0)
		memcpy(out->p + out->n, p, n);
	out->n += n;
}

/* --- header fields --- */

static void
relaxed_name(struct out *out, struct str raw_name)
{
	struct str name = str_trim_wsp(raw_name);

	for (size_t i = 0; i < name.n; i++)
		out_octet(out, ascii_lower(name.p[i]));
}

static bool
is_crlf(const char *p, const char *end)
{
	return end - p >= 2 && p[0] == '\r' && p[1] == '\n';
}

/* Past WSP and line ends; *wsp_out: was there WSP? */
static const char *
skip_blanks(const char *p, const char *end, bool *wsp_out)
{
	*wsp_out = false;
	for (; p < end; p++) {
		if (ascii_is_wsp(*p))
			*wsp_out = true;
		else if (is_crlf(p, end))
			p++;
		else
			break;
	}
	return p;
}

static const char *
skip_word(const char *p, const char *end)
{
	while (p < end && *p != ' ' && *p != '\t' &&
	       (*p != '\r' || !is_crlf(p, end)))
		p++;
	return p;
}

/* Unfolded, WSP runs as one SP, none at the ends. */
static void
relaxed_value(struct out *out, struct str value)
{
	struct lex lex = lex_of(value);
	const char *p = lex.p, *end = lex.end;
	bool first = true;

	for (;;) {
		bool wsp;
		p = skip_blanks(p, end, &wsp);
		const char *word = p;
		p = skip_word(p, end);
		if (p == word)
			return;
		if (wsp && !first)
			out_octet(out, ' ');
		out_add(out, word, (size_t)(p - word));
		first = false;
	}
}

void
canon_header(enum canon canon, struct str raw_name, struct str value,
	     bool final_crlf, canon_sink *sink, void *ctx)
{
	struct out out;

	out_init(&out, sink, ctx);
	if (canon == CANON_SIMPLE) {
		/* RFC 6376 section 3.4.1 */
		out_add(&out, raw_name.p, raw_name.n);
		out_octet(&out, ':');
		out_add(&out, value.p, value.n);
	} else {
		/* RFC 6376 section 3.4.2 */
		relaxed_name(&out, raw_name);
		out_octet(&out, ':');
		relaxed_value(&out, value);
	}
	if (final_crlf)
		out_add(&out, "\r\n", 2);
	out_flush(&out);
}

/* --- bodies --- */

/* What was held back turned out to be part of the body. */
static void
out_held(struct out *out, struct canon_body *body)
{
	for (; body->crlfs > 0; body->crlfs--) {
		out_octet(out, '\r');
		out_octet(out, '\n');
	}
	if (body->wsp)
		out_octet(out, ' ');
	if (body->cr)
		out_octet(out, '\r');
	body->wsp = body->cr = false;
}

static bool
holds_nothing(const struct canon_body *body)
{
	return body->crlfs == 0 && !body->wsp && !body->cr;
}

void
canon_body_init(struct canon_body *body, enum canon canon, canon_sink *sink,
		void *ctx)
{
	*body = (struct canon_body){.canon = canon, .sink = sink, .ctx = ctx};
}

/*
 * RFC 6376 section 3.4.3.  Only line ends at the end of what came so far are
 * held back; all before them goes on in one piece, unread.
 */
static void
simple_update(struct canon_body *body, struct out *out, const char *p, size_t n)
{
	uint64_t crlfs = 0;

	if (body->cr && *p == '\n') {
		body->cr = false;
		body->crlfs++;
		p++;
		n--;
	}
	bool cr = n > 0 && p[n - 1] == '\r';
	n -= cr;
	for (; n >= 2 && is_crlf(p + n - 2, p + n); n -= 2)
		crlfs++;
	/* A CR held until now stood before something else than LF. */
	if (n > 0 || body->cr)
		out_held(out, body);
	out_add(out, p, n);
	body->crlfs += crlfs;
	body->cr = cr;
}

/* Octets that need no care; returns where they end. */
static const char *
ordinary_octets(struct out *out, const char *p, const char *end)
{
	char *to = out->p + out->n;
	size_t n = 0;

	if ((size_t)(end - p) > sizeof out->p - out->n)
		end = p + (sizeof out->p - out->n);
	for (; p < end && *p != ' ' && *p != '\t' && *p != '\r'; p++)
		to[n++] = *p;
	out->n += n;
	return p;
}

/* One blank, half a line end or a run of other octets. */
static const char *
relaxed_piece(struct canon_body *body, struct out *out, const char *p,
	      const char *end)
{
	if (body->cr && *p == '\n') {
		body->cr = body->wsp = false;
		body->crlfs++;
		return p + 1;
	}
	if (body->cr)
		out_held(out, body);
	if (*p == '\r') {
		body->cr = true;
		return p + 1;
	}
	if (*p == ' ' || *p == '\t') {
		body->wsp = true;
		return p + 1;
	}
	if (!holds_nothing(body))
		out_held(out, body);
	if (out->n == sizeof out->p)
		out_flush(out);
	return ordinary_octets(out, p, end);
}

#define BLOCK 32

/*
 * Does relaxed canonicalization leave p[0..BLOCK) as it is, as far as the
 * octet behind it can tell?  A plain loop that compilers turn into a few
 * vector operations.
 */
static bool
is_settled(const char *p)
{
	unsigned char bad = 0;

	for (size_t i = 0; i < BLOCK; i++) {
		bool next = (p[i + 1] == ' ') | (p[i + 1] == '\r');
		bad |= (unsigned char)((p[i] == '\t') | ((p[i] == ' ') & next));
	}
	return bad == 0;
}

/*
 * How many octets at p stay as they are: whole blocks, less what would have to
 * be held back.  Nothing may be held back at p.
 */
static size_t
settled_octets(const char *p, size_t size)
{
	size_t n = 0;

	while (size - n > BLOCK && is_settled(p + n))
		n += BLOCK;
	while (n > 0) {
		if (ascii_is_wsp(p[n - 1]) || p[n - 1] == '\r')
			n--;
		else if (n >= 2 && is_crlf(p + n - 2, p + n))
			n -= 2;
		else
			break;
	}
	return n;
}

/*
 * RFC 6376 section 3.4.4.  After an octet that needed care the next BLOCK ones
 * go piece by piece, so that a body full of them is not looked at twice.
 */
static void
relaxed_update(struct canon_body *body, struct out *out, const char *p,
	       size_t n)
{
	const char *end = p + n;

	while (p < end) {
		if (holds_nothing(body)) {
			n = settled_octets(p, (size_t)(end - p));
			out_add(out, p, n);
			p += n;
		}
		for (const char *start = p; p < end && p - start < BLOCK;)
			p = relaxed_piece(body, out, p, end);
	}
}

void
canon_body_update(struct canon_body *body, const char *p, size_t n)
{
	struct out out;

	if (n == 0)
		return;
	out_init(&out, body->sink, body->ctx);
	if (body->canon == CANON_SIMPLE)
		simple_update(body, &out, p, n);
	else
		relaxed_update(body, &out, p, n);
	out_flush(&out);
	body->octets += out.sent;
}

void
canon_body_finish(struct canon_body *body)
{
	struct out out;

	out_init(&out, body->sink, body->ctx);
	/* A lone CR at the end is an octet like any other. */
	if (body->cr)
		out_held(&out, body);
	body->wsp = false;
	body->crlfs = 0;
	/* An empty body is one CRLF in simple form, nothing in relaxed. */
	if (body->canon == CANON_SIMPLE || body->octets + out.sent + out.n > 0)
		out_add(&out, "\r\n", 2);
	out_flush(&out);
	body->octets += out.sent;
}
