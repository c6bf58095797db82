/*
 * A cursor over a slice for hand-written ABNF parsers: one function for each
 * core production of RFC 5234 appendix B and RFC 5322 section 3.2.2, more in
 * the modules that own a grammar.
 *
 * A function either consumes what it names and says true, or consumes nothing
 * and says false.  Nothing here reads beyond `end`.  FWS accepts CRLF followed
 * by WSP, and also a lone LF followed by WSP, since mail servers hand folded
 * fields over in either form.
 */
#ifndef VERDICT_BASE_LEX_H
#define VERDICT_BASE_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

struct lex {
	const char *p;
	const char *end;
};

struct lex lex_of(struct str s);
bool lex_eof(const struct lex *lex);
/* The next octet as 0..255, or -1 at the end. */
int lex_peek(const struct lex *lex);
/* What is left. */
struct str lex_rest(const struct lex *lex);
/* From an earlier position of the same cursor to here. */
struct str lex_since(const struct lex *lex, const char *start);

bool lex_char(struct lex *lex, char c);
bool lex_literal_nocase(struct lex *lex, struct str literal);
/* One or more octets for which `accept` is true; the run in *run_out. */
bool lex_run(struct lex *lex, bool (*accept)(char), struct str *run_out);

/* [FWS]: true where something was skipped. */
bool lex_skip_fws(struct lex *lex);
/*
 * [CFWS], RFC 5322 section 3.2.2: comments nest (at most LIMIT_COMMENT_DEPTH)
 * and hold quoted pairs.  False on an unterminated or too deep comment, with
 * the cursor where that comment began; true otherwise, skipped or not.
 */
bool lex_skip_cfws(struct lex *lex);
/*
 * quoted-string, from quote to quote (no CFWS around).  *raw_out holds the
 * octets between the quotes, escapes kept.  False: not one, or unterminated.
 */
bool lex_quoted_string(struct lex *lex, struct str *raw_out);
/* That without the backslashes of its quoted pairs, in the arena. */
struct str lex_unquoted(struct arena *arena, struct str raw);

#endif
