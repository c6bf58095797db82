/* What all programs say together. */
#include "milter/cli/over/parts.h"

/* --- sentences --- */

bool
over_name_next(struct over_naming *naming, struct str text)
{
	if (naming->count++ >= 5)
		return false;
	buf_printf(&naming->names, "%s%.*s", naming->count > 1 ? ", " : "",
		   STR_ARG(text));
	return true;
}

struct str
over_named(struct over_naming *naming)
{
	if (naming->count > 5)
		buf_adds(&naming->names, " and more");
	return buf_str(&naming->names);
}

void
over_name_programs(struct buf *out, unsigned programs)
{
	const char *before = " (";

	for (unsigned i = 0; i < OVER_PROGRAMS; i++) {
		if ((programs & 1u << i) == 0)
			continue;
		buf_printf(out, "%s%s", before,
			   over_name((enum over_program)i));
		before = ", ";
	}
	buf_addc(out, ')');
}

/* --- single values --- */

/* Our own name is one of them without a word. */
static void
finish_ids(struct over *over)
{
	size_t count;
	const struct over_item *item = over_items(over, OVER_STRIP_IDS, &count);

	for (size_t i = count; i > 0; i--) {
		if (over_holds(over, OVER_AUTHSERV_ID, item[i - 1].text))
			over_drop(over, OVER_STRIP_IDS, i - 1);
	}
}

static void
finish_listen(struct over *over)
{
	unsigned port = OVER_PORT;

	if (over_has(over, OVER_LISTEN))
		return;
	while ((over->ports & over_port_bit(port)) != 0)
		port++;
	over_note(over, OVER_LISTEN, NULL,
		  "A port of its own, so that both can run side by side: name "
		  "it in smtpd_milters, after theirs.");
	over_add(over, OVER_LISTEN,
		 arena_printf(over->arena, "inet:%u@127.0.0.1", port));
}

static void
finish_mode(struct over *over)
{
	over_add(over, OVER_MODE, str_lit("monitor"));
	if (over->acting.n == 0) {
		over_note(over, OVER_MODE, NULL,
			  "The old programs refuse nothing, and nor does "
			  "this.");
		return;
	}
	over_mark(over, OVER_MODE, NULL,
		  "Today mail is refused, held or put off by %.*s. monitor is "
		  "for the time in which they run beside it; write enforce "
		  "when they go.",
		  STR_ARG(buf_str(&over->acting)));
	if (!over_has(over, OVER_ON_QUARANTINE) &&
	    !over_is_kept(over, OVER_ON_QUARANTINE))
		over_mark(over, OVER_ON_QUARANTINE, NULL,
			  "The old programs do not say what a quarantine is; "
			  "enforce wants it chosen: hold, reject, or tag with "
			  "tag-filed: yes.");
}

/* --- what one lets in and another refuses --- */

/* A rule lets in by the From domain alone what rspamd judged for itself. */
static void
compare_ignored(struct over *over)
{
	if (over->mild_rules.n > 0 && (over->acts & 1u << OVER_RSPAMD) != 0)
		over_mark(over, OVER_RULES, NULL,
			  "CONFLICT: rspamd acts on DMARC failures in the "
			  "names of IgnoreMailFrom, too; the rule "
			  "opendmarc-ignored lets all of them in. Drop the "
			  "rule where rspamd's word counts.");
}

/* Two judges of DMARC, and whose seals excuse a failure before either. */
static void
compare_sealers(struct over *over)
{
	unsigned both = 1u << OVER_OPENDMARC | 1u << OVER_RSPAMD;
	size_t count;
	const struct over_item *item =
	    over_items(over, OVER_TRUSTED_SEALERS, &count);
	struct over_naming some = {.count = 0};

	if ((over->acts & both) != both)
		return;
	buf_init(&some.names, over->arena);
	for (size_t i = 0; i < count; i++) {
		if ((item[i].programs & both) != both &&
		    over_name_next(&some, item[i].text))
			over_name_programs(&some.names, item[i].programs);
	}
	if (some.count > 0)
		over_mark(over, OVER_TRUSTED_SEALERS, NULL,
			  "CONFLICT: not in every list: %.*s. The other "
			  "program acts on a DMARC failure, whoever has sealed "
			  "the mail; from now on these excuse it. Take out "
			  "those who must not.",
			  STR_ARG(over_named(&some)));
}

/* A relay would have to return what is refused to whoever is forged. */
static void
compare_relays(struct over *over)
{
	unsigned others = over->acts & ~(1u << OVER_RSPAMD);

	if (!over_has(over, OVER_TRUSTED_RELAYS) ||
	    (others == 0 && !(over->acts != 0 && over->relays_judged)))
		return;
	over_mark(over, OVER_TRUSTED_RELAYS, NULL,
		  "CONFLICT: mail from these hosts is refused, held or put off "
		  "today, too, by %.*s; from now on what would be refused is "
		  "quarantined, since they would return it to whoever is "
		  "forged. Take out hosts that are not yours.",
		  STR_ARG(buf_str(&over->acting)));
}

void
over_finish(struct over *over)
{
	finish_listen(over);
	finish_mode(over);
	over_finish_hosts(over);
	finish_ids(over);
	over_compare_kept(over);
	compare_ignored(over);
	compare_sealers(over);
	compare_relays(over);
}
