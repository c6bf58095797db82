#include "tests/support/zone.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/lex.h"
#include "base/mem.h"

static _Noreturn void
bad_line(struct str line)
{
	fprintf(stderr, "zone: bad line: %.*s\n", STR_ARG(line));
	abort();
}

/* --- words --- */

static bool
is_word(char c)
{
	return !ascii_is_wsp(c);
}

static struct str
word(struct lex *lex)
{
	struct str found = str_empty();

	lex_skip_fws(lex);
	lex_run(lex, is_word, &found);
	return found;
}

/* A name without its trailing dot. */
static struct str
name_word(struct lex *lex)
{
	struct str name = word(lex);

	return name.n && name.p[name.n - 1] == '.' ? str_first(name, name.n - 1)
						   : name;
}

/* The octet behind a backslash: itself, or three decimal digits. */
static bool
escaped(struct lex *lex, struct buf *out)
{
	unsigned value = 0;

	if (lex_eof(lex))
		return false;
	if (!ascii_is_digit(*lex->p)) {
		buf_addc(out, *lex->p++);
		return true;
	}
	for (int i = 0; i < 3; i++, lex->p++) {
		if (lex_eof(lex) || !ascii_is_digit(*lex->p))
			return false;
		value = value * 10 + (unsigned)(*lex->p - '0');
	}
	buf_addc(out, (char)value);
	return value <= 255;
}

static bool
quoted(struct lex *lex, struct buf *out)
{
	lex_skip_fws(lex);
	if (!lex_char(lex, '"'))
		return false;
	while (!lex_eof(lex) && !lex_char(lex, '"')) {
		if (!lex_char(lex, '\\'))
			buf_addc(out, *lex->p++);
		else if (!escaped(lex, out))
			return false;
	}
	return lex->p[-1] == '"';
}

/* 0: no type of ours. */
static int
type_of(struct str text)
{
	static const enum dns_type types[] = {DNS_A, DNS_PTR, DNS_MX, DNS_TXT,
					      DNS_AAAA};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (str_is(text, dns_type_text(types[i])))
			return (int)types[i];
	return str_is(text, "CNAME") ? ZONE_CNAME : ZONE_NONE;
}

/* --- records --- */

/* Character-strings of at most 255 octets each (RFC 1035 section 3.3). */
static void
add_strings(struct buf *rdata, struct str text)
{
	do {
		struct str piece = str_first(text, 255);

		buf_addc(rdata, (char)piece.n);
		buf_add(rdata, piece);
		text = str_from(text, piece.n);
	} while (text.n);
}

static bool
parse_txt(struct zone *zone, struct lex *lex, struct zone_record *record)
{
	struct buf text, rdata, piece;
	bool ok = true;

	buf_init(&text, zone->arena);
	buf_init(&rdata, zone->arena);
	buf_init(&piece, NULL);
	do {
		buf_reset(&piece);
		ok = quoted(lex, &piece);
		buf_add(&text, buf_str(&piece));
		add_strings(&rdata, buf_str(&piece));
		lex_skip_fws(lex);
	} while (ok && !lex_eof(lex));
	buf_clear(&piece);
	record->text = buf_str(&text);
	record->rdata = buf_str(&rdata);
	return ok;
}

static bool
parse_data(struct zone *zone, struct lex *lex, struct zone_record *record)
{
	uint64_t preference = 0;

	switch (record->type) {
	case DNS_A:
	case DNS_AAAA:
		return ip_parse(word(lex), &record->ip) &&
		       (record->ip.family == IP_V4) == (record->type == DNS_A);
	case DNS_MX:
		if (!str_uint(word(lex), UINT16_MAX, &preference))
			return false;
		record->preference = (uint16_t)preference;
		record->target = name_word(lex);
		return true;
	case DNS_PTR:
	case ZONE_CNAME:
		record->target = name_word(lex);
		return true;
	case DNS_TXT:
		return parse_txt(zone, lex, record);
	default:
		return true;
	}
}

static struct zone_record *
parse_record(struct zone *zone, struct str line)
{
	struct zone_record *record = arena_alloc(zone->arena, sizeof *record);
	struct lex lex = lex_of(line);

	record->name = name_word(&lex);
	struct str type = word(&lex);
	record->type = type_of(type);
	if (record->type == ZONE_NONE && !str_is(type, "EMPTY"))
		bad_line(line);
	if (!parse_data(zone, &lex, record))
		bad_line(line);
	lex_skip_fws(&lex);
	if (!lex_eof(&lex))
		bad_line(line);
	return record;
}

/* --- behaviours --- */

static const char *const deeds[] = {
    [ZONE_SERVFAIL] = "!servfail",
    [ZONE_REFUSED] = "!refused",
    [ZONE_SILENT] = "!silent",
    [ZONE_FORMERR] = "!formerr",
    [ZONE_RCODE] = "!rcode",
    [ZONE_DELAY] = "!delay",
    [ZONE_DROP] = "!drop",
    [ZONE_TRUNCATE] = "!truncate",
    [ZONE_WRONG_ID] = "!wrong-id",
    [ZONE_WRONG_QUESTION] = "!wrong-question",
    [ZONE_WRONG_PORT] = "!wrong-port",
    [ZONE_EXTRA] = "!extra",
    [ZONE_GARBAGE] = "!garbage",
    [ZONE_TCP_CLOSE] = "!tcp-close",
    [ZONE_REVERSE] = "!reverse",
    [ZONE_AD] = "!ad",
    [ZONE_REFERRAL] = "!referral",
    [ZONE_TTL] = "!ttl",
};

static bool
parse_deed(struct str text, enum zone_deed *deed_out)
{
	for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++) {
		if (str_is(text, deeds[i])) {
			*deed_out = (enum zone_deed)i;
			return true;
		}
	}
	return false;
}

static struct zone_record *
parse_extra(struct zone *zone, struct lex *lex, struct str line)
{
	struct buf text;

	buf_init(&text, zone->arena);
	if (!quoted(lex, &text))
		bad_line(line);
	return parse_record(zone, buf_str(&text));
}

static struct zone_behaviour *
parse_behaviour(struct zone *zone, struct str line)
{
	struct zone_behaviour *behaviour =
	    arena_alloc(zone->arena, sizeof *behaviour);
	struct lex lex = lex_of(line);

	behaviour->name = name_word(&lex);
	if (!parse_deed(word(&lex), &behaviour->deed))
		bad_line(line);
	bool counted =
	    behaviour->deed == ZONE_DELAY || behaviour->deed == ZONE_DROP ||
	    behaviour->deed == ZONE_TTL || behaviour->deed == ZONE_RCODE;
	if (counted && !str_uint(word(&lex), UINT32_MAX, &behaviour->n))
		bad_line(line);
	if (behaviour->deed == ZONE_EXTRA)
		behaviour->extra = parse_extra(zone, &lex, line);
	struct str type = word(&lex);
	behaviour->type = type_of(type);
	if (type.n && behaviour->type == 0)
		bad_line(line);
	return behaviour;
}

static bool
is_behaviour(struct str line)
{
	struct lex lex = lex_of(line);

	word(&lex);
	return str_starts(word(&lex), str_lit("!"));
}

struct zone *
zone_parse(const char *text)
{
	struct zone *zone = mem_alloc(sizeof *zone);

	zone->arena = arena_new(NULL);
	struct zone_record **record = &zone->records;
	struct zone_behaviour **behaviour = &zone->behaviours;
	struct str rest = arena_copy(zone->arena, str_of(text)), line;
	while (str_split(&rest, '\n', &line)) {
		line = str_trim_fws(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (is_behaviour(line)) {
			*behaviour = parse_behaviour(zone, line);
			behaviour = &(*behaviour)->next;
		} else {
			*record = parse_record(zone, line);
			record = &(*record)->next;
		}
	}
	return zone;
}

void
zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	arena_free(zone->arena);
	free(zone);
}
