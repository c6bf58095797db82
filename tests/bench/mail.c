#include "tests/bench/mail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define COLUMNS 6

void
bench_fail(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		why);
	exit(1);
}

static void
read_file(const char *path, struct buf *text_out)
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (file == NULL)
		bench_fail(path, strerror(errno));
	buf_init(text_out, NULL);
	buf_adds(text_out, "");
	do {
		n = fread(buf_room(text_out, 1 << 16), 1, 1 << 16, file);
		text_out->n += n;
	} while (n > 0);
	if (ferror(file))
		bench_fail(path, "cannot be read");
	fclose(file);
}

/* --- one message --- */

/* CRLF to LF, in place; the length that is left. */
static size_t
drop_cr(char *p, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r')
			p[kept++] = p[i];
	return kept;
}

static void
add_field(struct mail *mail, char *p, size_t n)
{
	struct str line = str_n(p, n);
	size_t colon = str_chr(line, ':');

	if (colon == n)
		bench_fail(mail->name.p, "a line of the header is no field");
	mail->field =
	    mem_resize(mail->field, (mail->field_n + 1) * sizeof *mail->field);
	mail->field[mail->field_n].name = str_first(line, colon);
	mail->field[mail->field_n].value =
	    str_n(p + colon + 1, drop_cr(p + colon + 1, n - colon - 1));
	mail->field_n++;
}

/* Where the line ends that begins at `at`: the offset of its CRLF. */
static size_t
line_end(struct str text, size_t at)
{
	const char *end = memmem(text.p + at, text.n - at, "\r\n", 2);

	return end ? (size_t)(end - text.p) : text.n;
}

static void
split(struct mail *mail, char *p)
{
	struct str text = mail->text;
	size_t begun = 0, at = 0, end;

	while ((end = line_end(text, at)) != at && end < text.n) {
		bool more = end + 2 < text.n && ascii_is_wsp(p[end + 2]);

		at = end + 2;
		if (more)
			continue;
		add_field(mail, p + begun, end - begun);
		begun = at;
	}
	mail->body = str_from(text, at + 2);
}

static void
read_mail(struct mail *mail, const char *folder)
{
	struct buf text, path;

	buf_init(&path, NULL);
	buf_printf(&path, "%s/%.*s", folder, STR_ARG(mail->name));
	read_file(path.p, &text);
	mail->text = buf_str(&text);
	mail->size = text.n;
	split(mail, text.p);
	if (mail->field_n == 0)
		bench_fail(path.p, "is no message");
	buf_clear(&path);
}

/* --- all of them --- */

static void
read_line(struct corpus *corpus, const char *folder, struct str line)
{
	struct mail mail = {0};
	struct str *column[COLUMNS] = {&mail.name, &mail.client, &mail.host,
				       &mail.helo, &mail.from,   &mail.to};

	for (size_t i = 0; i < COLUMNS; i++)
		if (!str_split(&line, '\t', column[i]))
			bench_fail(folder, "a line of envelopes is too short");
	read_mail(&mail, folder);
	corpus->mail =
	    mem_resize(corpus->mail, (corpus->n + 1) * sizeof *corpus->mail);
	corpus->mail[corpus->n++] = mail;
}

static bool
same_client(const struct mail *a, const struct mail *b)
{
	return str_eq(a->client, b->client) && str_eq(a->helo, b->helo);
}

static void
make_batches(struct corpus *corpus, size_t per_session)
{
	corpus->batch = mem_array(corpus->n + 1, sizeof *corpus->batch);
	for (size_t i = 0; i < corpus->n; i++) {
		const struct mail *mail = &corpus->mail[i];
		struct batch *last = &corpus->batch[corpus->batch_n] - 1;

		if (corpus->batch_n > 0 && last->n < per_session &&
		    same_client(last->mail, mail)) {
			last->n++;
		} else {
			corpus->batch[corpus->batch_n].mail = mail;
			corpus->batch[corpus->batch_n++].n = 1;
		}
	}
}

static void
shuffle(struct corpus *corpus, unsigned seed)
{
	for (size_t i = corpus->batch_n; seed != 0 && i > 1; i--) {
		size_t other = (size_t)rand_r(&seed) % i;
		struct batch kept = corpus->batch[i - 1];

		corpus->batch[i - 1] = corpus->batch[other];
		corpus->batch[other] = kept;
	}
}

void
corpus_read(struct corpus *corpus, const char *folder, size_t per_session,
	    unsigned seed)
{
	struct buf path;
	struct str rest, line;

	memset(corpus, 0, sizeof *corpus);
	buf_init(&path, NULL);
	buf_printf(&path, "%s/envelopes", folder);
	read_file(path.p, &corpus->envelopes);
	buf_clear(&path);
	rest = buf_str(&corpus->envelopes);
	while (str_split(&rest, '\n', &line))
		if (line.n > 0)
			read_line(corpus, folder, line);
	if (corpus->n == 0)
		bench_fail(folder, "holds no message");
	make_batches(corpus, per_session);
	shuffle(corpus, seed);
}

void
corpus_clear(struct corpus *corpus)
{
	for (size_t i = 0; i < corpus->n; i++) {
		free(corpus->mail[i].field);
		free((char *)(uintptr_t)corpus->mail[i].text.p);
	}
	free(corpus->mail);
	free(corpus->batch);
	buf_clear(&corpus->envelopes);
}
