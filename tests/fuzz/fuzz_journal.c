#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "journal/crc32c.h"
#include "journal/format.h"
#include "tests/fuzz/fuzz.h"

/*
 * The first octet says what the rest is: with SEALED, frames whose markers and
 * checksums are made good here, after a good head; else a whole segment.  With
 * FOLLOWED another segment comes after it, so that it is known to be over.
 */
#define SEALED 1
#define FOLLOWED 2
#define MARKER 0x4d41524b
#define FIRST "0000000001-x.segment"
#define NEXT "0000000002-x.segment"

/* In memory where there is such a folder: a run reads it some ten times. */
static char folder[64];
static int folder_fd = -1;

static void
remove_folder(void)
{
	unlinkat(folder_fd, FIRST, 0);
	unlinkat(folder_fd, NEXT, 0);
	rmdir(folder);
}

static void
make_folder(void)
{
	if (folder_fd >= 0)
		return;
	snprintf(folder, sizeof folder, "%s/fuzz_journal.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	fuzz_require(mkdtemp(folder) != NULL);
	folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fuzz_require(folder_fd >= 0);
	atexit(remove_folder);
}

static void
store(const char *name, struct str octets)
{
	int fd = openat(folder_fd, name,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_require(fd >= 0 &&
		     write(fd, octets.p, octets.n) == (ssize_t)octets.n);
	close(fd);
}

static void
add_head(struct buf *out, uint64_t sequence, uint64_t number)
{
	const struct segment_head head = {.journal = 7,
					  .sequence = sequence,
					  .number = number,
					  .marker = MARKER,
					  .host = "h"};
	char octets[SEGMENT_HEAD];

	segment_head_write(&head, octets);
	buf_add(out, str_n(octets, sizeof octets));
}

/* As far as lengths fit. */
static void
seal(char *p, size_t n)
{
	while (n >= FRAME_HEAD) {
		uint32_t length = (uint32_t)(uint8_t)p[4] |
				  (uint32_t)(uint8_t)p[5] << 8 |
				  (uint32_t)(uint8_t)p[6] << 16;
		if (p[7] != 0 || length > n - FRAME_HEAD)
			return;
		struct frame frame = {
		    {(uint8_t)p[16], str_n(p + FRAME_HEAD, length)}, 0};
		for (int i = 7; i >= 0; i--)
			frame.number = frame.number << 8 | (uint8_t)p[8 + i];
		frame_head_write(MARKER, &frame, crc32c(0, frame.frame.octets),
				 p);
		p += FRAME_HEAD + length;
		n -= FRAME_HEAD + length;
	}
}

/* How many things there are from the cursor on. */
static size_t
read_all(const struct journal_cursor *from, size_t stop,
	 struct journal_cursor *stopped_out, uint64_t *octets_out)
{
	struct journal_reader *reader = journal_reader_new(folder, from);
	struct journal_item item;
	size_t n = 0;

	*octets_out = 0;
	for (;;) {
		enum journal_found found = journal_next(reader, &item);
		fuzz_require(found != JOURNAL_FAILED);
		if (found == JOURNAL_END || found == JOURNAL_NEWER)
			break;
		n++;
		fuzz_require(n < 1000000);
		fuzz_require(found == JOURNAL_FRAME || item.amount > 0);
		if (item.sequence == 1 && found == JOURNAL_CORRUPT)
			*octets_out += item.amount;
		if (item.sequence == 1 && found == JOURNAL_FRAME)
			*octets_out += FRAME_HEAD + item.frame.octets.n;
		if (found == JOURNAL_FRAME)
			fuzz_canary(item.frame.octets, "planted");
		if (n == stop)
			*stopped_out = journal_cursor(reader);
	}
	journal_reader_free(reader);
	return n;
}

void
fuzz_one(struct str input)
{
	struct buf file, next;
	struct journal_cursor middle = {.journal = 0};
	uint64_t octets, rest;

	if (input.n == 0)
		return;
	int mode = input.p[0];
	make_folder();
	buf_init(&file, NULL);
	buf_init(&next, NULL);
	if (mode & SEALED)
		add_head(&file, 1, 0);
	size_t head = file.n;
	buf_add(&file, str_from(input, 1));
	if (mode & SEALED)
		seal(file.p + head, file.n - head);
	store(FIRST, buf_str(&file));
	unlinkat(folder_fd, NEXT, 0);
	if (mode & FOLLOWED) {
		add_head(&next, 2, 100);
		store(NEXT, buf_str(&next));
	}
	size_t stop = 1 + (unsigned char)mode / 4;
	size_t n = read_all(NULL, stop, &middle, &octets);
	/* Each octet is of a frame or counted as none. */
	if ((mode & (SEALED | FOLLOWED)) == (SEALED | FOLLOWED))
		fuzz_require(octets == file.n - head);
	/* A reader that begins where another one was finds the same rest. */
	if (n >= stop)
		fuzz_require(read_all(&middle, 0, &middle, &rest) == n - stop);
	buf_clear(&file);
	buf_clear(&next);
}
