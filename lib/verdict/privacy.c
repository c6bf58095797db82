#include "verdict/privacy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/domain.h"

/* --- what stands for an address --- */

struct str
privacy_token(struct arena *arena, const struct siphash_key *key,
	      struct str address)
{
	char *lower = arena_alloc(arena, address.n);

	for (size_t i = 0; i < address.n; i++)
		lower[i] = ascii_lower(address.p[i]);
	return arena_printf(
	    arena, "~%016llx",
	    (unsigned long long)siphash(key, str_n(lower, address.n)));
}

struct str
privacy_sender(struct arena *arena, const struct siphash_key *key,
	       struct str address)
{
	const size_t at = str_rchr(address, '@');
	const struct str token = privacy_token(arena, key, address);

	return arena_printf(arena, "%.*s%.*s", STR_ARG(token),
			    STR_ARG(str_from(address, at)));
}

/* --- names and texts into which SPF's macros put a local part --- */

struct hider {
	struct arena *arena;
	const struct siphash_key *key;
	struct str local, token; /* of MAIL FROM */
};

/* Does "%2B" or the like end there?  A macro in capitals makes them. */
static bool
is_escape(struct str text, size_t at)
{
	return at >= 3 && text.p[at - 3] == '%' &&
	       ascii_hex_value(text.p[at - 2]) >= 0 &&
	       ascii_hex_value(text.p[at - 1]) >= 0;
}

/* How many octets at `at` are the text, in any case, as a whole word. */
static size_t
word_at(struct str text, size_t at, struct str word)
{
	if (word.n == 0 || word.n > text.n - at ||
	    !str_eq_nocase(str_n(text.p + at, word.n), word))
		return 0;
	if (at > 0 && ascii_is_alnum(text.p[at - 1]) && !is_escape(text, at))
		return 0;
	if (at + word.n < text.n && ascii_is_alnum(text.p[at + word.n]))
		return 0;
	return word.n;
}

/* The whole local part, or one of the pieces that a macro makes of it (RFC 7208
   section 7.3). */
static size_t
secret_at(const struct hider *hider, struct str text, size_t at)
{
	size_t n = word_at(text, at, hider->local), begin = 0;

	for (size_t i = 0; i <= hider->local.n && n == 0; i++) {
		if (i < hider->local.n && ascii_is_alnum(hider->local.p[i]))
			continue;
		n = word_at(text, at, str_n(hider->local.p + begin, i - begin));
		begin = i + 1;
	}
	return n;
}

static struct str
hide_text(const struct hider *hider, struct str text)
{
	struct buf out;
	size_t n;

	if (hider->local.n == 0 || text.n == 0)
		return text;
	buf_init(&out, hider->arena);
	for (size_t i = 0; i<text.n; i += n> 0 ? n : 1) {
		n = secret_at(hider, text, i);
		if (n > 0)
			buf_add(&out, hider->token);
		else
			buf_addc(&out, text.p[i]);
	}
	return arena_copy(hider->arena, buf_str(&out));
}

static bool
is_below(struct str name, struct str domain)
{
	return domain.n > 0 && name.n > domain.n &&
	       name.p[name.n - domain.n - 1] == '.' &&
	       str_ends_nocase(name, domain);
}

static bool
is_key_name(struct str name, struct str selector, struct str domain)
{
	const struct str infix = str_lit("._domainkey.");

	return name.n == selector.n + infix.n + domain.n &&
	       str_starts_nocase(name, selector) &&
	       str_starts_nocase(str_from(name, selector.n), infix) &&
	       str_ends_nocase(name, domain);
}

/* The name of a key that a signature or a seal names.  Others that look so are
   SPF's. */
static bool
is_key(const struct verdict *verdict, struct str name)
{
	bool found = false;

	for (size_t i = 0; i < verdict->dkim.count && !found; i++)
		found = is_key_name(name, verdict->dkim.outcome[i].selector,
				    verdict->dkim.outcome[i].domain);
	for (size_t i = 0; i < verdict->arc.count && !found; i++)
		found = is_key_name(name, verdict->arc.hop[i].selector,
				    verdict->arc.hop[i].domain);
	return found;
}

/* One at which the records of From, or of what might be aligned with it, are
   looked for: of that domain, or above it. */
static bool
is_policy(const struct verdict *verdict, struct str name)
{
	const struct str prefix = str_lit("_dmarc.");
	const struct str at = str_from(name, prefix.n);
	bool found = domain_is_at_or_below(verdict->spf.domain, at);

	for (size_t i = 0; i < verdict->from.count && !found; i++)
		found = domain_is_at_or_below(verdict->from.domain[i], at);
	for (size_t i = 0; i < verdict->dkim.count && !found; i++)
		found =
		    domain_is_at_or_below(verdict->dkim.outcome[i].domain, at);
	return found && str_starts_nocase(name, prefix);
}

/* A name of the DNS, of which what is of the sender's domain stays: a macro
   stands before it. */
static struct str
hide_name(const struct hider *hider, const struct verdict *verdict,
	  struct str name)
{
	const struct str domain = verdict->mail_from_domain;
	const size_t own = is_below(name, domain) ? name.n - domain.n : name.n;

	if (name.n == 0 || str_eq_nocase(name, domain) ||
	    is_policy(verdict, name) || is_key(verdict, name))
		return name;
	const struct str hidden = hide_text(hider, str_first(name, own));
	return arena_printf(hider->arena, "%.*s%.*s", STR_ARG(hidden),
			    STR_ARG(str_from(name, own)));
}

/* --- the parts of a verdict --- */

static void
hide_envelope(const struct hider *hider, const struct verdict *verdict,
	      struct verdict *out)
{
	struct str *recipient =
	    arena_array(hider->arena, verdict->recipients, sizeof *recipient);

	for (size_t i = 0; i < verdict->recipients; i++)
		recipient[i] = privacy_token(hider->arena, hider->key,
					     verdict->recipient[i]);
	out->recipient = recipient;
	if (verdict->mail_from.n == 0)
		return;
	out->mail_from =
	    arena_printf(hider->arena, "%.*s%s%.*s", STR_ARG(hider->token),
			 verdict->mail_from_domain.n > 0 ? "@" : "",
			 STR_ARG(verdict->mail_from_domain));
	if (verdict->mail_from_local.n > 0)
		out->mail_from_local = hider->token;
}

static void
hide_from(const struct hider *hider, struct verdict_from *from)
{
	for (size_t i = 0; i < from->addresses; i++) {
		struct address_mailbox *address = &from->address[i];
		const struct str whole = arena_printf(hider->arena, "%.*s@%.*s",
						      STR_ARG(address->local),
						      STR_ARG(address->domain));
		if (address->local.n > 0)
			address->local =
			    privacy_token(hider->arena, hider->key, whole);
	}
}

static void
hide_signatures(const struct hider *hider, struct dkim_results *dkim)
{
	struct dkim_outcome *outcome =
	    arena_array(hider->arena, dkim->count, sizeof *outcome);

	for (size_t i = 0; i < dkim->count; i++) {
		outcome[i] = dkim->outcome[i];
		const struct str identity = outcome[i].identity;
		if (str_rchr(identity, '@') > 0 && identity.n > 0)
			outcome[i].identity =
			    privacy_sender(hider->arena, hider->key, identity);
	}
	dkim->outcome = outcome;
}

static void
hide_results(const struct hider *hider, struct verdict *verdict)
{
	struct spf_outcome *spf = &verdict->spf;

	spf->explanation = hide_text(hider, spf->explanation);
	spf->reason = hide_text(hider, spf->reason);
	spf->troubled = hide_name(hider, verdict, spf->troubled);
	for (size_t i = 0; i < verdict->dmarc.count; i++) {
		struct dmarc_outcome *dmarc = &verdict->dmarc.outcome[i];
		dmarc->reason = hide_text(hider, dmarc->reason);
		dmarc->troubled = hide_name(hider, verdict, dmarc->troubled);
	}
	verdict->decision.reason = hide_text(hider, verdict->decision.reason);
	verdict->decision.reply_text =
	    hide_text(hider, verdict->decision.reply_text);
}

static void
hide_questions(const struct hider *hider, struct verdict *verdict)
{
	struct dns_question *question =
	    arena_array(hider->arena, verdict->questions, sizeof *question);

	for (size_t i = 0; i < verdict->questions; i++) {
		question[i] = verdict->question[i];
		question[i].name = hide_name(hider, verdict, question[i].name);
	}
	verdict->question = question;
}

struct verdict
privacy_hide(struct arena *arena, const struct siphash_key *key,
	     const struct verdict *verdict)
{
	const struct dmarc_outcome *dmarc = verdict_dmarc(verdict);
	const struct hider hider = {
	    .arena = arena,
	    .key = key,
	    .local = verdict->mail_from_local,
	    .token = privacy_token(arena, key, verdict->mail_from),
	};
	struct verdict hidden = *verdict;

	hidden.addresses_hidden = true;
	hidden.path_names_author =
	    dmarc != NULL && verdict_path_names(verdict, dmarc->from);
	hidden.header = NULL;
	hide_envelope(&hider, verdict, &hidden);
	hide_from(&hider, &hidden.from);
	hide_signatures(&hider, &hidden.dkim);
	hide_results(&hider, &hidden);
	hide_questions(&hider, &hidden);
	return hidden;
}

/* --- the key's file --- */

#define KEY_OCTETS sizeof(struct siphash_key)
#define KEY_TEXT (2 * KEY_OCTETS + 1) /* and a line's end */

static const char *
make_key(const char *path, struct siphash_key *key_out)
{
	const struct siphash_key key = siphash_key_random();
	const uint8_t *octet = (const uint8_t *)&key;
	char text[KEY_TEXT + 1];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return "cannot be made; let its folder belong to the daemon's "
		       "user";
	for (size_t i = 0; i < KEY_OCTETS; i++)
		snprintf(text + 2 * i, 3, "%02x", octet[i]);
	text[KEY_TEXT - 1] = '\n';
	const bool written =
	    write(fd, text, KEY_TEXT) == (ssize_t)KEY_TEXT && fsync(fd) == 0;
	if (close(fd) == 0 && written) {
		*key_out = key;
		return NULL;
	}
	(void)unlink(path);
	return "cannot be written";
}

static bool
parse_key(const char *text, struct siphash_key *key_out)
{
	uint8_t octet[KEY_OCTETS];

	for (size_t i = 0; i < KEY_OCTETS; i++) {
		const int high = ascii_hex_value(text[2 * i]);
		const int low = ascii_hex_value(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		octet[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(key_out, octet, sizeof octet);
	return true;
}

const char *
privacy_key_read(const char *path, bool make, struct siphash_key *key_out)
{
	char text[KEY_TEXT + 1];
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0 && errno == ENOENT && make)
		return make_key(path, key_out);
	if (fd < 0)
		return "cannot be read";
	const bool plain = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
	const ssize_t n = plain ? read(fd, text, sizeof text) : -1;
	close(fd);
	errno = 0;
	if (!plain || (status.st_mode & 077) != 0)
		return "can be read by others, or is no file: chmod 600";
	if (n < (ssize_t)(KEY_TEXT - 1) || n > (ssize_t)KEY_TEXT ||
	    !parse_key(text, key_out))
		return "is no key: restore it, or remove it for a new one";
	return NULL;
}
