#include "tests/bench/chain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

#define ACCEPTED 'a'
#define CLIENT_PORT 4000
#define TEXT_MAX 512 /* of an address or name with its brackets */

int64_t
chain_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
chain_init(struct chain *chain, const struct filter_address *address, size_t n)
{
	memset(chain, 0, sizeof *chain);
	chain->address = address;
	chain->n = n;
	for (size_t i = 0; i < CHAIN_MAX; i++)
		chain->filter[i].fd = -1;
}

/* --- the session --- */

static bool
is_going_on(char letter)
{
	return letter == 'c';
}

static char
greet(struct filter *filter, const struct mail *mail)
{
	bool v6 = str_chr(mail->client, ':') < mail->client.n;
	uint16_t port = htons(CLIENT_PORT);
	struct buf data;
	char letter;

	buf_init(&data, NULL);
	buf_add(&data, mail->host);
	buf_addc(&data, '\0');
	buf_addc(&data, v6 ? '6' : '4');
	buf_add(&data, str_n((char *)&port, sizeof port));
	buf_adds(&data, v6 ? "IPv6:" : "");
	buf_add(&data, mail->client);
	buf_addc(&data, '\0');
	filter_macros(filter, 'C', "j", "mx.receiver.example", "{daemon_name}",
		      "mx.receiver.example", "{daemon_addr}", "192.0.2.1", "v",
		      "Postfix 3.7.11", NULL);
	letter = filter_ask(filter, 'C', buf_str(&data));
	buf_reset(&data);
	buf_add(&data, mail->helo);
	buf_addc(&data, '\0');
	if (is_going_on(letter))
		letter = filter_ask(filter, 'H', buf_str(&data));
	buf_clear(&data);
	return letter;
}

bool
chain_open(struct chain *chain, const struct mail *mail)
{
	for (size_t i = 0; i < chain->n; i++) {
		struct filter *filter = &chain->filter[i];

		if (!filter_open(filter, &chain->address[i]))
			return false;
		char letter = greet(filter, mail);
		filter->accepted = is_going_on(letter) ? '\0' : letter;
		if (letter == FILTER_LOST) {
			errno = ECONNRESET;
			return false;
		}
	}
	return true;
}

void
chain_close(struct chain *chain)
{
	for (size_t i = 0; i < chain->n; i++)
		filter_close(&chain->filter[i]);
}

void
chain_clear(struct chain *chain)
{
	chain_close(chain);
	free(chain->field);
}

/* --- what a milter does to the header --- */

static void
insert_field(struct chain *chain, size_t at, const struct edit *edit)
{
	struct field field = {edit->name, edit->value};

	chain->field =
	    mem_resize(chain->field, (chain->field_n + 1) * sizeof field);
	at = at > chain->field_n ? chain->field_n : at;
	memmove(chain->field + at + 1, chain->field + at,
		(chain->field_n - at) * sizeof field);
	chain->field[at] = field;
	chain->field_n++;
}

/* The occurrence edit->at, counted from 1, gets a value, or goes. */
static void
change_field(struct chain *chain, const struct edit *edit)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < chain->field_n; i++) {
		if (!str_eq_nocase(chain->field[i].name, edit->name) ||
		    ++seen != edit->at)
			continue;
		if (edit->value.n > 0) {
			chain->field[i].value = edit->value;
			return;
		}
		chain->field_n--;
		memmove(chain->field + i, chain->field + i + 1,
			(chain->field_n - i) * sizeof *chain->field);
		return;
	}
	if (edit->value.n > 0)
		insert_field(chain, chain->field_n, edit);
}

static void
apply_edits(struct chain *chain, const struct filter *filter)
{
	for (size_t i = 0; i < filter->edit_n; i++) {
		const struct edit *edit = &filter->edit[i];

		if (edit->kind == 'm')
			change_field(chain, edit);
		else
			insert_field(chain,
				     edit->kind == 'i' ? edit->at : SIZE_MAX,
				     edit);
	}
}

/* --- a message --- */

static struct str
bracketed(char text[TEXT_MAX], struct str path)
{
	int n = snprintf(text, TEXT_MAX, "<%.*s>", STR_ARG(path));

	/* The end of a C string ends the argument. */
	return str_n(text, (size_t)n + 1);
}

static char
send_envelope(struct filter *filter, const struct mail *mail, const char *id)
{
	char path[TEXT_MAX], plain[TEXT_MAX];
	char letter;

	snprintf(plain, sizeof plain, "%.*s", STR_ARG(mail->from));
	filter_macros(filter, 'M', "i", id, "{mail_addr}", plain,
		      "{mail_mailer}", "smtp", NULL);
	letter = filter_ask(filter, 'M', bracketed(path, mail->from));
	if (!is_going_on(letter))
		return letter;
	snprintf(plain, sizeof plain, "%.*s", STR_ARG(mail->to));
	filter_macros(filter, 'R', "i", id, "{rcpt_addr}", plain,
		      "{rcpt_mailer}", "smtp", NULL);
	letter = filter_ask(filter, 'R', bracketed(path, mail->to));
	if (!is_going_on(letter))
		return letter;
	filter_macros(filter, 'T', "i", id, NULL);
	return filter_ask(filter, 'T', str_empty());
}

static char
send_content(struct chain *chain, struct filter *filter,
	     const struct mail *mail, const char *id, int64_t *eom_ns)
{
	char letter = 'c';

	for (size_t i = 0; i < chain->field_n && is_going_on(letter); i++)
		letter = filter_header(filter, chain->field[i].name,
				       chain->field[i].value);
	filter_macros(filter, 'N', "i", id, NULL);
	if (is_going_on(letter))
		letter = filter_ask(filter, 'N', str_empty());
	if (is_going_on(letter))
		letter = filter_body(filter, mail->body);
	filter_macros(filter, 'E', "i", id, NULL);
	if (!is_going_on(letter))
		return letter;
	int64_t begun = chain_now_ns();
	letter = filter_eom(filter);
	*eom_ns += chain_now_ns() - begun;
	return letter;
}

/* --- the record of it --- */

static void
dump_text(FILE *dump, struct str text)
{
	fputc('"', dump);
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
			fprintf(dump, "\\u%04x", c);
		else
			fputc(c, dump);
	}
	fputc('"', dump);
}

static void
dump_outcome(FILE *dump, const struct mail *mail, const struct filter *filter,
	     size_t number, char letter)
{
	flockfile(dump);
	fputs("{\"message\":", dump);
	dump_text(dump, mail->name);
	fprintf(dump, ",\"milter\":%zu,\"answer\":\"%c\",\"reply\":", number,
		letter);
	dump_text(dump, buf_str(&filter->reply));
	fputs(",\"edits\":[", dump);
	for (size_t i = 0; i < filter->edit_n; i++) {
		const struct edit *edit = &filter->edit[i];

		fprintf(dump, "%s[\"%c\",%u,", i ? "," : "", edit->kind,
			(unsigned)edit->at);
		dump_text(dump, edit->name);
		fputc(',', dump);
		dump_text(dump, edit->value);
		fputc(']', dump);
	}
	fputs("]}\n", dump);
	funlockfile(dump);
}

/* Is the message, so far, one that the MTA goes on with? */
static bool
is_kept(char letter)
{
	return letter == 'c' || letter == ACCEPTED;
}

static void
take_fields(struct chain *chain, const struct mail *mail)
{
	chain->field_n = mail->field_n;
	chain->field =
	    mem_resize(chain->field, mail->field_n * sizeof *chain->field);
	memcpy(chain->field, mail->field, mail->field_n * sizeof *chain->field);
}

struct outcome
chain_send(struct chain *chain, const struct mail *mail, FILE *dump)
{
	struct outcome outcome = {.letter = 'c'};
	char stage[CHAIN_MAX], id[32];
	int64_t begun = chain_now_ns();

	take_fields(chain, mail);
	snprintf(id, sizeof id, "B%08X", ++chain->queue_id);
	for (size_t i = 0; i < chain->n && is_kept(outcome.letter); i++) {
		struct filter *filter = &chain->filter[i];

		filter->edit_n = 0;
		stage[i] = filter->accepted ? filter->accepted
					    : send_envelope(filter, mail, id);
		outcome.letter = stage[i];
	}
	for (size_t i = 0; i < chain->n && is_kept(outcome.letter); i++) {
		struct filter *filter = &chain->filter[i];

		if (is_going_on(stage[i]))
			stage[i] = send_content(chain, filter, mail, id,
						&outcome.eom_ns);
		outcome.letter = stage[i];
		apply_edits(chain, filter);
		if (dump)
			dump_outcome(dump, mail, filter, i, stage[i]);
	}
	outcome.whole_ns = chain_now_ns() - begun;
	if (outcome.eom_ns == 0 && outcome.letter != FILTER_LOST)
		for (size_t i = 0; i < chain->n; i++)
			filter_abort(&chain->filter[i]);
	return outcome;
}
