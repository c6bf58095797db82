/* How a domain's good mail looked: from counts, in the words of a person. */
#include "tell/parts.h"

#include "base/line.h"
#include "base/when.h"

/* "s1 of bank.example", and how many good messages it signed. */
struct named_count {
	struct str name;
	int64_t messages;
};

/* Distinct names that are counted; of more the rest is not shown. */
#define NAMES 64

struct good {
	int64_t all, passed, signed_so, by_spf, here;
	struct named_count signer[NAMES], client[NAMES];
	size_t signers, clients;
};

static void
count(struct named_count *list, size_t *n, struct str name, int64_t messages)
{
	for (size_t i = 0; i < *n; i++) {
		if (str_eq(list[i].name, name)) {
			list[i].messages += messages;
			return;
		}
	}
	if (*n < NAMES)
		list[(*n)++] = (struct named_count){name, messages};
}

static const struct named_count *
most(const struct named_count *list, size_t n)
{
	const struct named_count *best = list;

	for (size_t i = 1; i < n; i++) {
		if (list[i].messages > best->messages)
			best = &list[i];
	}
	return best;
}

/* "pass sender.example s1, fail ..." (store/message.h): the first that passed
   and is of the domain's own; signers of others are no proof. */
static struct str
own_signer(struct str dkim, struct str from)
{
	const struct str pass = str_lit("pass ");
	struct str piece;

	while (str_split(&dkim, ',', &piece)) {
		piece = str_trim_wsp(piece);
		struct str name = str_from(piece, pass.n);
		struct str domain = str_first(name, str_chr(name, ' '));
		if (str_starts(piece, pass) &&
		    (domain_is_at_or_below(domain, from) ||
		     domain_is_at_or_below(from, domain)))
			return name;
	}
	return str_empty();
}

static void
add_kind(struct good *good, const struct store_kind *kind, struct str from,
	 struct str client)
{
	const struct str *column = kind->column;
	struct str signer = own_signer(column[TALLY_DKIM], from);

	good->all += kind->messages;
	if (!str_is(column[TALLY_DMARC], "pass"))
		return;
	good->passed += kind->messages;
	if (str_eq(column[TALLY_CLIENT], client))
		good->here += kind->messages;
	if (str_starts(column[TALLY_ALIGNED], str_lit("spf")))
		good->by_spf += kind->messages;
	if (signer.n > 0) {
		good->signed_so += kind->messages;
		count(good->signer, &good->signers, signer, kind->messages);
	}
	count(good->client, &good->clients, column[TALLY_CLIENT],
	      kind->messages);
}

static void
add_signers(struct buf *text, const struct good *good)
{
	if (good->signers == 0) {
		buf_adds(text, "none of these was signed");
		return;
	}
	const struct named_count *best = most(good->signer, good->signers);
	size_t blank = str_chr(best->name, ' ');
	buf_printf(text,
		   "%lld of these were signed (d=", (long long)good->signed_so);
	line_add(text, LINE_NAME, str_first(best->name, blank), LINE_WHOLE);
	buf_adds(text, " s=");
	line_add(text, LINE_NAME, str_from(best->name, blank + 1), LINE_WHOLE);
	if (good->signers > 1)
		buf_printf(text, ": %lld", (long long)best->messages);
	buf_addc(text, ')');
}

static void
add_clients(struct buf *text, const struct good *good)
{
	const struct named_count *best = most(good->client, good->clients);

	buf_printf(text, "%lld passed by SPF; ", (long long)good->by_spf);
	if (good->clients == 1)
		buf_adds(text, "all came from ");
	else
		buf_printf(text, "%lld came from ", (long long)best->messages);
	line_add(text, LINE_NAME, best->name, LINE_WHOLE);
	if (good->here == 0)
		buf_adds(text, ", none from the client of this one");
	else if (good->clients > 1)
		buf_printf(text, ", %lld from the client of this one",
			   (long long)good->here);
}

static struct str
source_text(struct arena *arena, const struct verdict *verdict)
{
	const struct verdict_seen *seen = &verdict->seen;
	char text[IP_TEXT_MAX];
	/* As store/message.c has it. */
	struct ip ip = verdict->client_class == CLIENT_RELAY &&
			       seen->client.family != IP_NONE
			   ? seen->client
			   : verdict->client;

	return arena_copy(arena, str_of(ip_format(ip, text)));
}

struct str
tell_before(struct arena *arena, const struct verdict *verdict,
	    const struct store_kinds *kinds)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	struct good *good = arena_alloc(arena, sizeof *good);
	struct buf text;

	if (dmarc == NULL)
		return str_empty();
	for (size_t i = 0; i < kinds->kinds; i++)
		add_kind(good, &kinds->kind[i], dmarc->from,
			 source_text(arena, verdict));
	buf_init(&text, arena);
	if (good->passed == 0) {
		buf_printf(&text, "no mail of %.*s passed DMARC since ",
			   STR_ARG(dmarc->from));
		when_add_utc_day(&text, kinds->since);
		buf_printf(&text, " (%lld did not)", (long long)good->all);
		return buf_str(&text);
	}
	if (kinds->sampled)
		buf_printf(&text, "%lld messages, of some kinds of mail alone,",
			   (long long)good->passed);
	else
		buf_printf(&text, "%lld of %lld messages",
			   (long long)good->passed, (long long)good->all);
	buf_printf(&text, " of %.*s since ", STR_ARG(dmarc->from));
	when_add_utc_day(&text, kinds->since);
	buf_adds(&text, " passed DMARC: ");
	add_signers(&text, good);
	buf_adds(&text, ", ");
	add_clients(&text, good);
	return buf_str(&text);
}
