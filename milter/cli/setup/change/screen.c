#include "milter/cli/setup/change/screen.h"

#include <stdlib.h>
#include <string.h>

#include "base/wrap.h"

void
screen_add_text(struct buf *out, size_t indent, struct str text)
{
	buf_printf(out, "%*s", (int)indent, "");
	wrap_line(out, LINE_ESCAPED, text, indent, indent);
}

/* --- what would be changed --- */

void
screen_add_quoted(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:=-";
	struct str rest = str_of(word), piece;
	bool first = true;

	if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
		buf_adds(out, word);
		return;
	}
	buf_addc(out, '\'');
	while (str_split(&rest, '\'', &piece)) {
		buf_adds(out, first ? "" : "'\\''");
		line_add(out, LINE_ESCAPED, piece, LINE_WHOLE);
		first = false;
	}
	buf_addc(out, '\'');
}

static void
add_command(struct buf *out, const char *folder, const struct mta_edit *edit)
{
	char *argument = change_argument(edit);

	buf_adds(out, "    postconf ");
	if (folder != NULL) {
		buf_adds(out, "-c ");
		screen_add_quoted(out, folder);
		buf_addc(out, ' ');
	}
	buf_printf(out, "%s ", change_option(edit));
	screen_add_quoted(out, argument);
	buf_addc(out, '\n');
	free(argument);
}

void
screen_add_commands(struct buf *out, const char *folder,
		    const struct mta_plan *plan)
{
	for (size_t i = 0; i < plan->edits; i++)
		add_command(out, folder, &plan->edit[i]);
}

static const struct postconf_service *
find_service(const struct postconf *postconf, const char *name)
{
	for (size_t i = 0; name != NULL && i < postconf->services; i++) {
		if (strcmp(postconf->service[i].name, name) == 0)
			return &postconf->service[i];
	}
	return NULL;
}

static void
add_present(struct buf *out, const struct change *change,
	    const struct mta_edit *edit)
{
	const struct postconf_service *service =
	    find_service(&change->postconf, edit->service);
	bool own =
	    service == NULL || postconf_overrides(service, edit->parameter);
	char *value =
	    postconf_written(&change->postconf, service, edit->parameter);

	buf_adds(out, "    now: ");
	if (!own)
		buf_adds(out, "as main.cf says");
	else if (value == NULL || value[0] == '\0')
		buf_adds(out, "empty");
	else
		line_add(out, LINE_ESCAPED, str_of(value), LINE_WHOLE);
	buf_addc(out, '\n');
	free(value);
}

/* A finding is no sentence of its own. */
static void
add_why(struct buf *out, struct str line)
{
	struct buf sentence;

	buf_init(&sentence, NULL);
	buf_add(&sentence, line);
	buf_addc(&sentence, '.');
	screen_add_text(out, 2, buf_str(&sentence));
	buf_clear(&sentence);
}

static void
add_edit(struct buf *out, const struct change *change,
	 const struct mta_edit *edit)
{
	struct str rest = buf_str(&edit->why), line;

	line_add(out, LINE_ESCAPED,
		 str_of(edit->service != NULL ? edit->service : "main.cf"),
		 LINE_WHOLE);
	buf_printf(out, "%s\n", edit->service != NULL ? " in master.cf" : "");
	while (str_split(&rest, '\n', &line)) {
		if (line.n > 0)
			add_why(out, line);
	}
	add_present(out, change, edit);
	add_command(out, change->named ? change->folder : NULL, edit);
	buf_addc(out, '\n');
}

/* --- what is not --- */

static const struct theme {
	const char *name, *parameters; /* the latter between blanks */
	bool of_entry;                 /* of ours: without it there is none */
} themes[] = {
    {"the entry of verdict-milter",
     " smtpd_milters receive_override_options "
     "smtpd_milter_maps master.cf ",
     false},
    {"what happens while it is down", " milter_default_action ", true},
    {"time limits",
     " milter_connect_timeout milter_command_timeout "
     "milter_content_timeout ",
     true},
    {"protocol", " milter_protocol ", true},
    {"macros",
     " milter_connect_macros milter_mail_macros milter_rcpt_macros "
     "milter_end_of_data_macros milter_macro_v "
     "milter_macro_daemon_name milter_macro_defaults ",
     false},
    {"NUL and bare CR",
     " message_reject_characters "
     "cleanup_replace_stray_cr_lf ",
     false},
    {"bare newlines",
     " smtpd_forbid_bare_newline "
     "smtpd_forbid_bare_newline_exclusions ",
     false},
    {"this host's own programs",
     " non_smtpd_milters "
     "internal_mail_filter_classes ",
     false},
    {"header rewriting",
     " remote_header_rewrite_domain "
     "local_header_rewrite_clients milter_header_checks "
     "always_add_missing_headers ",
     false},
};

static bool
is_right(const struct theme *theme, const struct mta_plan *plan)
{
	struct str rest = buf_str(&plan->found), name;
	bool right = !theme->of_entry || !plan->missing;

	while (right && str_split(&rest, '\n', &name)) {
		struct buf word;
		if (name.n == 0)
			continue;
		buf_init(&word, NULL);
		buf_printf(&word, " %.*s ", STR_ARG(name));
		right = strstr(theme->parameters, word.p) == NULL;
		buf_clear(&word);
	}
	return right;
}

static void
add_right(struct buf *out, const struct mta_plan *plan)
{
	struct buf line;
	size_t n = 0;

	buf_init(&line, NULL);
	buf_adds(&line, "Right already: ");
	for (size_t i = 0; i < sizeof themes / sizeof themes[0]; i++) {
		if (is_right(&themes[i], plan))
			buf_printf(&line, "%s%s", n++ > 0 ? ", " : "",
				   themes[i].name);
	}
	buf_addc(&line, '.');
	if (n > 0)
		screen_add_text(out, 0, buf_str(&line));
	buf_clear(&line);
}

/* A cure can be pasted: no full stop. */
void
screen_add_lines(struct buf *out, struct str lines)
{
	struct str line;

	while (str_split(&lines, '\n', &line)) {
		if (line.n > 0)
			screen_add_text(out, 2, line);
	}
}

static void
add_left(struct buf *out, const struct change *change)
{
	if (change->left.n == 0)
		return;
	screen_add_text(out, 0,
			str_lit("Left to you, since it may be meant so, or is "
				"not Postfix's alone:"));
	screen_add_lines(out, buf_str(&change->left));
	buf_addc(out, '\n');
}

void
screen_add_change(struct buf *out, const struct change *change)
{
	struct buf head;

	buf_init(&head, NULL);
	buf_adds(&head, "Postfix in ");
	line_add(&head, LINE_ESCAPED, str_of(change->folder), LINE_WHOLE);
	buf_printf(&head, ", verdict-milter at %.*s",
		   STR_ARG(change->config->listen));
	screen_add_text(out, 0, buf_str(&head));
	buf_addc(out, '\n');
	buf_reset(&head);
	own_add_fault(change->own, change->config, OWN_LOSS(change->asks),
		      &head);
	if (head.n > 0) {
		screen_add_text(out, 0, buf_str(&head));
		buf_addc(out, '\n');
	}
	buf_clear(&head);
	for (size_t i = 0; i < change->plan.edits; i++)
		add_edit(out, change, &change->plan.edit[i]);
	add_left(out, change);
	add_right(out, &change->plan);
}
