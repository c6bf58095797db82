#include "mail/encoded_word.h"

#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/lex.h"

struct decoder {
	struct lex lex;
	struct buf out;
	bool closed;
	bool unterminated; /* no "?=" follows: do not look again */
};

struct encoded_word {
	char encoding; /* 'b' or 'q' */
	struct str text;
};

static bool
is_charset(char c)
{
	return c != '?' && !ascii_is_fws(c);
}

/* encoded-text runs to the next "?=", blanks or not; closed, over no "?". */
static bool
encoded_text(struct decoder *decoder, struct lex *lex, struct str *text_out)
{
	struct str rest = lex_rest(lex);

	if (decoder->closed)
		rest = str_first(rest, str_chr(rest, '?') + 2);
	const char *end =
	    decoder->unterminated ? NULL : memmem(rest.p, rest.n, "?=", 2);
	decoder->unterminated = end == NULL && !decoder->closed;
	if (end == NULL)
		return false;
	*text_out = str_n(rest.p, (size_t)(end - rest.p));
	lex->p = end + 2;
	return true;
}

/* RFC 2047 section 2 */
static bool
encoded_word(struct decoder *decoder, struct encoded_word *word_out)
{
	struct lex at = decoder->lex;
	struct str charset;

	if (!lex_literal_nocase(&at, str_lit("=?")) ||
	    !lex_run(&at, is_charset, &charset) || !lex_char(&at, '?'))
		return false;
	int encoding = lex_peek(&at);
	if (encoding < 0 || strchr("BbQq", encoding) == NULL || encoding == 0)
		return false;
	at.p++;
	if (!lex_char(&at, '?') || !encoded_text(decoder, &at, &word_out->text))
		return false;
	word_out->encoding = ascii_lower((char)encoding);
	decoder->lex = at;
	return true;
}

/* Section 4.2; an "=" that no two digits follow is itself. */
static void
decode_q(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '=' && text.n - i > 2 &&
		    ascii_is_xdigit(text.p[i + 1]) &&
		    ascii_is_xdigit(text.p[i + 2])) {
			int high = ascii_hex_value(text.p[i + 1]);
			int low = ascii_hex_value(text.p[i + 2]);
			buf_addc(out, (char)(high << 4 | low));
			i += 2;
		} else {
			buf_addc(out, text.p[i] == '_' ? ' ' : text.p[i]);
		}
	}
}

/* Section 4.1; what is not of the alphabet is skipped. */
static void
decode_b(struct buf *out, struct str text)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < text.n; i++) {
		const char *at = memchr(alphabet, text.p[i], 64);
		if (at == NULL)
			continue;
		bits = (bits << 6 | (uint32_t)(at - alphabet)) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			buf_addc(out, (char)(bits >> have & 0xff));
		}
	}
}

struct str
encoded_words_decode(struct arena *arena, struct str text, bool closed)
{
	struct decoder decoder = {.lex = lex_of(text), .closed = closed};
	struct encoded_word word;
	bool after_word = false; /* nothing but blanks since an encoded word */
	size_t word_end = 0;

	buf_init(&decoder.out, arena);
	buf_room(&decoder.out, text.n);
	while (!lex_eof(&decoder.lex)) {
		if (!encoded_word(&decoder, &word)) {
			char c = *decoder.lex.p++;
			after_word = after_word && ascii_is_fws(c);
			buf_addc(&decoder.out, c);
			continue;
		}
		if (after_word)
			decoder.out.n = word_end;
		if (word.encoding == 'q')
			decode_q(&decoder.out, word.text);
		else
			decode_b(&decoder.out, word.text);
		buf_addc(&decoder.out, '\0');
		after_word = true;
		word_end = decoder.out.n;
	}
	return buf_str(&decoder.out);
}
