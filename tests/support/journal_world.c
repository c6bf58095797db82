#include "tests/support/journal_world.h"

#include <dirent.h>
#include <ftw.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "tests/support/test.h"

/* Far longer than what is waited for takes. */
#define PATIENCE_MS 20000
#define FILES_MAX 1000

static char top[64], folder[80], file[512];
static struct buf logged, logged_before, found;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int
journal_world_setup(void **state)
{
	(void)state;
	umask(022);
	snprintf(top, sizeof top, "/tmp/test_journal.XXXXXX");
	if (mkdtemp(top) == NULL || chmod(top, 0755) != 0)
		return -1;
	snprintf(folder, sizeof folder, "%s/journal", top);
	buf_init(&logged, NULL);
	buf_init(&logged_before, NULL);
	buf_init(&found, NULL);
	return 0;
}

static int
remove_one(const char *path, const struct stat *status, int type,
	   struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

int
journal_world_teardown(void **state)
{
	(void)state;
	buf_clear(&logged);
	buf_clear(&logged_before);
	buf_clear(&found);
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
journal_world_top(void)
{
	return top;
}

const char *
journal_world_folder(void)
{
	return folder;
}

static void
keep_line(void *ctx, enum log_level level, struct str line)
{
	(void)ctx;
	pthread_mutex_lock(&lock);
	buf_printf(&logged, "%s %.*s\n", log_level_words[level], STR_ARG(line));
	pthread_mutex_unlock(&lock);
}

struct journal_options
journal_world_options(void)
{
	static const struct log log = {.level = LOG_LEVEL_INFO,
				       .write = keep_line};

	return (struct journal_options){.folder = folder,
					.host = "mx.receiver.example",
					.size = 1 << 30,
					.log = &log,
					.sync_ms = 10};
}

struct str
journal_world_logged(void)
{
	pthread_mutex_lock(&lock);
	buf_reset(&logged_before);
	buf_add(&logged_before, buf_str(&logged));
	pthread_mutex_unlock(&lock);
	return buf_str(&logged_before);
}

enum journal_appended
journal_world_try(struct journal *journal, uint8_t kind, const char *text)
{
	const struct journal_frame frame = {kind, str_of(text)};

	return journal_append(journal, &frame, 1, JOURNAL_ANY_SEGMENT);
}

void
journal_world_put(struct journal *journal, uint8_t kind, const char *text)
{
	assert_int_equal(journal_world_try(journal, kind, text),
			 JOURNAL_APPENDED);
}

static void
add_found(enum journal_found what, const struct journal_item *item)
{
	switch (what) {
	case JOURNAL_FRAME:
		if (item->frame.kind & JOURNAL_COUNTED)
			buf_printf(&found, "%" PRIu64, item->number);
		else
			buf_addc(&found, '-');
		buf_printf(&found, " %.*s\n", STR_ARG(item->frame.octets));
		break;
	case JOURNAL_GAP:
		buf_printf(&found, "gap %" PRIu64 "\n", item->amount);
		break;
	case JOURNAL_CORRUPT:
		buf_printf(&found, "corrupt %" PRIu64 "\n", item->amount);
		break;
	case JOURNAL_NEWER:
		buf_printf(&found, "newer %s\n", item->text);
		break;
	case JOURNAL_FAILED:
		buf_printf(&found, "failed %s\n", item->text);
		break;
	case JOURNAL_END:
		break;
	}
}

const char *
journal_world_read(struct journal_reader *reader)
{
	struct journal_item item;
	enum journal_found what;

	buf_reset(&found);
	buf_adds(&found, "");
	do {
		what = journal_next(reader, &item);
		add_found(what, &item);
	} while (what != JOURNAL_END && what != JOURNAL_NEWER &&
		 what != JOURNAL_FAILED);
	return found.p;
}

const char *
journal_world_read_from(const struct journal_cursor *cursor)
{
	struct journal_reader *reader = journal_reader_new(folder, cursor);

	journal_world_read(reader);
	journal_reader_free(reader);
	return found.p;
}

static int
is_segment(const struct dirent *entry)
{
	return strstr(entry->d_name, ".segment") != NULL;
}

static size_t
look(size_t n, char *name_out, size_t size)
{
	struct dirent **entry = NULL;
	int count = scandir(folder, &entry, is_segment, alphasort);

	for (int i = 0; i < count; i++) {
		if ((size_t)i == n)
			snprintf(name_out, size, "%s/%s", folder,
				 entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	return count > 0 ? (size_t)count : 0;
}

const char *
journal_world_file(size_t n)
{
	assert_true(n < look(n, file, sizeof file));
	return file;
}

size_t
journal_world_files(void)
{
	return look(FILES_MAX, NULL, 0);
}

void
journal_world_load(const char *path, struct buf *out)
{
	FILE *stream = fopen(path, "rb");

	assert_non_null(stream);
	while (!feof(stream) && !ferror(stream))
		out->n += fread(buf_room(out, 65536), 1, 65536, stream);
	assert_false(ferror(stream));
	fclose(stream);
}

void
journal_world_store(const char *path, struct str octets)
{
	FILE *stream = fopen(path, "wb");

	assert_non_null(stream);
	assert_int_equal(fwrite(octets.p, 1, octets.n, stream), octets.n);
	assert_int_equal(fclose(stream), 0);
}

void
journal_world_await(struct journal *journal,
		    bool (*good)(const struct journal_report *report))
{
	int64_t end = clock_monotonic_ms() + PATIENCE_MS;
	struct journal_report report;

	for (;;) {
		journal_report(journal, &report);
		if (good(&report))
			return;
		if (clock_monotonic_ms() > end)
			fail_msg("not in time: %s", report.trouble);
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
}

bool
journal_world_has_trouble(const struct journal_report *report)
{
	return report->trouble_since != 0;
}

bool
journal_world_has_no_trouble(const struct journal_report *report)
{
	return report->trouble_since == 0;
}

bool
journal_world_has_fresh_segment(const struct journal_report *report)
{
	return report->segments == 1 && report->octets < 308 + 32;
}

struct journal *
journal_world_open(struct journal_options options)
{
	struct journal *journal = journal_open(&options);

	assert_non_null(journal);
	return journal;
}

struct journal *
journal_world_open_plain(void)
{
	return journal_world_open(journal_world_options());
}

size_t
journal_world_times(const char *part)
{
	const char *text = journal_world_logged().p;
	size_t n = 0;

	for (; text != NULL && (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

struct journal_cursor
journal_world_cursor(unsigned frames)
{
	struct journal_reader *reader =
	    journal_reader_new(journal_world_folder(), NULL);
	struct journal_item item;

	for (unsigned i = 0; i < frames; i++)
		assert_int_equal(journal_next(reader, &item), JOURNAL_FRAME);
	struct journal_cursor cursor = journal_cursor(reader);
	journal_reader_free(reader);
	return cursor;
}

void
journal_world_assert_lost(struct journal *journal, unsigned lost)
{
	struct journal_report report;
	char text[80];

	journal_report(journal, &report);
	assert_int_equal(report.refused, lost);
	assert_int_equal(journal_world_times("error "), 1);
	snprintf(text, sizeof text,
		 "is written again; records lost meanwhile: %u\n", lost);
	assert_int_equal(journal_world_times(text), 1);
}
