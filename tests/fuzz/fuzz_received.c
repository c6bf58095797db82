/*
 * Received fields, and what a stranger may have put into one, who gave the
 * input as HELO, as a name, as MAIL FROM or as a recipient: all of it, or up to
 * a "|", and the rest as the folded first line of a message, which a server
 * that does not mind appends to its own field.
 */
#include "base/buf.h"
#include "mail/received.h"
#include "tests/fuzz/fuzz.h"

#define REAL "198.51.100.9"
#define BY "by mx2.receiver.example "
#define DATE "Mon, 30 Nov 2026 11:00:05 +0000 (UTC)"
#define TIME 1796036405

static const struct {
	const char *before, *after;
} forms[] = {
    {" from ",
     " (unknown [" REAL "])\r\n\t" BY
     "(Postfix) with ESMTP id 4X\r\n\tfor <u@receiver.example>; " DATE},
    {" from ", " ([" REAL "] (may be forged))\r\n\t" BY
	       "(8.17.1/8.17.1) with SMTP id 3A; " DATE},
    {" from ", " (" REAL ") " BY
	       "(192.0.2.50) with Microsoft SMTP Server id 15.2; " DATE},
    {" from [" REAL "] (helo=",
     ")\r\n\t" BY "with esmtp (Exim 4.96)\r\n\tid 1t; " DATE},
    {" from b.example ([" REAL "] helo=",
     ")\r\n\t" BY "with esmtp (Exim 4.96)\r\n\tid 1t; " DATE},
    {" from ", " ([" REAL "] helo=a.example)\r\n\t" BY
	       "with esmtp (Exim 4.96)\r\n\tid 1t; " DATE},
    {" from a.example (",
     " [" REAL "])\r\n\t" BY "(Postfix) with ESMTP id 4X; " DATE},
    {" from a.example (unknown [" REAL "])\r\n\t(Client CN \"",
     "\", Issuer \"x\" (not verified))\r\n\t" BY
     "(Postfix) with ESMTPS id 4X; " DATE},
    {" from [" REAL "] (helo=a.example)\r\n\t" BY
     "with esmtp (Exim 4.96)\r\n\t(envelope-from <",
     ">)\r\n\tid 1t; " DATE},
    {" from a.example (unknown [" REAL "])\r\n\t" BY
     "(Postfix) with ESMTP id 4X\r\n\tfor <",
     ">; " DATE},
    {" from [" REAL "] (HELO ",
     ") " BY "(CommuniGate Pro SMTP 6.3.3) with ESMTP id 1; " DATE},
    {" from unknown (HELO ", ") (root@" REAL ")\r\n  " BY "with SMTP; " DATE},
};

static bool
parse(struct arena *arena, struct str value, struct received *received_out)
{
	struct header header;

	header_init(&header, arena, NULL);
	return header_add(&header, str_lit("Received"), value) &&
	       received_parse(arena, &header.field[0], received_out);
}

static void
within(struct str outer, struct str inner)
{
	fuzz_require(inner.n <= outer.n);
}

/* Any field at all. */
static void
any(struct arena *arena, struct str input)
{
	struct received received;

	if (!parse(arena, input, &received))
		return;
	fuzz_require(received.by.n > 0);
	within(input, received.by);
	within(input, received.helo);
	fuzz_require((received.origin == RECEIVED_CLIENT) ==
		     (received.client.family != IP_NONE));
	fuzz_canary(received.by, "z.ab");
}

/* Whatever a stranger says, the words of the server are its own. */
static void
framed(struct arena *arena, size_t form, struct str strange, struct str after)
{
	struct received received;
	struct buf value;
	struct ip real;

	fuzz_require(ip_parse(str_lit(REAL), &real));
	buf_init(&value, arena);
	buf_adds(&value, forms[form].before);
	buf_add(&value, strange);
	buf_adds(&value, forms[form].after);
	if (after.n > 0) {
		buf_adds(&value, "\r\n ");
		buf_add(&value, after);
	}
	if (!parse(arena, buf_str(&value), &received))
		return;
	fuzz_require(received.time == TIME);
	fuzz_require(str_is(received.by, "mx2.receiver.example"));
	fuzz_require(received.origin == RECEIVED_UNSURE ||
		     (received.origin == RECEIVED_CLIENT &&
		      ip_eq(received.client, real)));
}

void
fuzz_one(struct str input)
{
	struct arena *arena = arena_new(NULL);
	size_t bar = str_chr(input, '|');

	any(arena, input);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		framed(arena, i, input, str_empty());
		framed(arena, i, str_first(input, bar),
		       str_from(input, bar + 1));
	}
	arena_free(arena);
}
