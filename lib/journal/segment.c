#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "journal/crc32c.h"
#include "journal/parts.h"
#include "journal/past.h"

/* Names that somebody else has taken. */
#define NAMES_TRIED 16

void
journal_random(void *out, size_t n)
{
	/* Asked for so few, the kernel gives all or ends nobody. */
	if (getrandom(out, n, 0) != (ssize_t)n)
		mem_exhausted(n);
}

/* A file whose name nobody has taken; -1: errno tells. */
static int
make_file(struct journal *journal, struct segment_head *head,
	  char name_out[SEGMENT_NAME])
{
	int fd = -1;

	errno = EEXIST;
	for (int i = 0; fd < 0 && errno == EEXIST && i < NAMES_TRIED; i++) {
		errno = EOVERFLOW;
		if (journal->sequence >= SEGMENT_SEQUENCE_MAX)
			break;
		head->sequence = ++journal->sequence;
		segment_name_write(head, name_out);
		fd = folder_new_file(journal->folder, name_out);
	}
	return fd;
}

struct journal_first {
	struct journal_frame frame[JOURNAL_FIRST_MAX]; /* octets.p: see below */
	size_t count;
	struct buf octets; /* of all, one after the other */
};

void
journal_add_first(struct journal_first *first, uint8_t kind, struct str octets)
{
	if (first->count >= JOURNAL_FIRST_MAX || frame_is_counted(kind) ||
	    octets.n > LIMIT_JOURNAL_FRAME - first->octets.n)
		return;
	first->frame[first->count++] =
	    (struct journal_frame){kind, {NULL, octets.n}};
	buf_add(&first->octets, octets);
}

/* Head and first frames.  Under the lock.  False: errno tells. */
static bool
write_beginning(struct journal *journal, struct segment *fresh,
		const struct journal_first *first)
{
	char head[SEGMENT_HEAD], of_frame[JOURNAL_FIRST_MAX][FRAME_HEAD];
	struct iovec vec[1 + 2 * JOURNAL_FIRST_MAX] = {{head, sizeof head}};
	const char *at = first->octets.p;

	fresh->head.number = journal->number;
	segment_head_write(&fresh->head, head);
	for (size_t i = 0; i < first->count; i++) {
		struct frame frame = {first->frame[i], journal->number};
		struct str *octets = &frame.frame.octets;
		octets->p = at;
		at += octets->n;
		frame_head_write(fresh->head.marker, &frame, crc32c(0, *octets),
				 of_frame[i]);
		vec[2 * i + 1] = (struct iovec){of_frame[i], FRAME_HEAD};
		vec[2 * i + 2] = (struct iovec){(void *)octets->p, octets->n};
	}
	return segment_write(fresh, vec, 1 + 2 * first->count);
}

void
segment_end(struct segment *segment)
{
	if (segment->fd < 0)
		return;
	if (segment->unsynced)
		(void)fdatasync(segment->fd);
	close(segment->fd);
	segment->fd = -1;
}

/* It takes the place of the one before. */
static bool
put_in_place(struct journal *journal, struct segment *fresh,
	     const struct journal_first *first)
{
	pthread_mutex_lock(&journal->lock);
	bool done = write_beginning(journal, fresh, first);
	int error = errno;
	if (done) {
		struct segment before = journal->now;
		journal->now = *fresh;
		*fresh = before;
		journal->paused_ms = 0;
		if (before.fd >= 0) {
			journal->earlier.segments++;
			journal->earlier.octets += before.octets;
		}
	}
	pthread_mutex_unlock(&journal->lock);
	errno = error;
	return done;
}

void
segment_begin(struct journal *journal)
{
	const struct journal_options *options = &journal->options;
	struct segment fresh = {
	    .head = {.journal = journal->id, .start = clock_wall_seconds()},
	    .begun_ms = clock_monotonic_ms()};
	char name[SEGMENT_NAME];
	struct journal_first first = {.count = 0};

	buf_init(&first.octets, NULL);
	if (options->first != NULL)
		options->first(options->ctx, &first);
	journal_random(&fresh.head.marker, sizeof fresh.head.marker);
	snprintf(fresh.head.host, sizeof fresh.head.host, "%s", journal->host);
	fresh.fd = make_file(journal, &fresh.head, name);
	if (fresh.fd < 0) {
		journal_complain(journal, TROUBLE_SEGMENT, errno);
	} else if (!put_in_place(journal, &fresh, &first)) {
		journal_complain(journal, TROUBLE_SEGMENT, errno);
		unlinkat(journal->folder, name, 0);
	} else if (fsync(journal->folder) != 0) {
		journal_complain(journal, TROUBLE_SYNC, errno);
	}
	/* The one before, or the one that came to nothing. */
	segment_end(&fresh);
	buf_clear(&first.octets);
}

/* It has grown enough, or old with something in it, or cannot be written. */
bool
segment_is_due(struct journal *journal)
{
	const struct journal_options *options = &journal->options;

	pthread_mutex_lock(&journal->lock);
	const struct segment *now = &journal->now;
	bool due = now->fd < 0 || now->torn ||
		   now->octets >= options->segment_octets ||
		   (now->appends > 0 && clock_monotonic_ms() - now->begun_ms >=
					    options->segment_ms);
	pthread_mutex_unlock(&journal->lock);
	return due;
}

void
segment_sync(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	bool unsynced = journal->now.fd >= 0 && journal->now.unsynced;
	int fd = journal->now.fd;
	journal->now.unsynced = false;
	pthread_mutex_unlock(&journal->lock);
	if (!unsynced)
		return;
	int error = fdatasync(fd) == 0 ? 0 : errno;
	pthread_mutex_lock(&journal->lock);
	journal->syncs += error == 0;
	journal->now.unsynced |= error != 0;
	pthread_mutex_unlock(&journal->lock);
	if (error != 0)
		journal_complain(journal, TROUBLE_SYNC, error);
}

/* --- the bound --- */

static void
note_removal(struct journal *journal, uint64_t octets, uint64_t unread)
{
	struct folder_content *earlier = &journal->earlier;
	bool fresh = false, over = unread == 0;
	uint64_t lost = 0;

	pthread_mutex_lock(&journal->lock);
	earlier->octets -= octets < earlier->octets ? octets : earlier->octets;
	earlier->segments -= earlier->segments > 0;
	if (unread > 0)
		fresh = trouble_begin(&journal->unread, TROUBLE_UNREAD, 0,
				      journal_lost(journal));
	over = over && journal->unread.since != 0;
	journal->dropped += unread;
	if (over)
		lost = journal_end_trouble(journal, &journal->unread);
	struct trouble trouble = journal->unread;
	pthread_mutex_unlock(&journal->lock);
	if (fresh)
		journal_say(journal, &trouble);
	if (over)
		journal_say_over(journal, "read", lost);
}

/* What grows does not go; all others are earlier. */
static uint64_t
end_of_earlier(const struct journal *journal)
{
	return journal->now.fd >= 0 ? journal->now.head.sequence : UINT64_MAX;
}

/* False: none, or it cannot go. */
static bool
remove_oldest(struct journal *journal)
{
	struct folder_segment oldest;
	struct stat status;

	if (!folder_next(journal->folder, 0, &oldest) ||
	    oldest.sequence >= end_of_earlier(journal))
		return false;
	uint64_t unread = past_unread(journal->folder_path, journal->folder,
				      journal->id, oldest.sequence);
	if (fstatat(journal->folder, oldest.name, &status,
		    AT_SYMLINK_NOFOLLOW) != 0 ||
	    unlinkat(journal->folder, oldest.name, 0) != 0) {
		journal_complain(journal, TROUBLE_REMOVE, errno);
		return false;
	}
	note_removal(journal, (uint64_t)status.st_size, unread);
	return true;
}

static bool
is_too_large(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	const struct folder_content *earlier = &journal->earlier;
	bool large =
	    earlier->segments > 0 &&
	    (earlier->octets + journal->now.octets > journal->options.size ||
	     earlier->segments >= LIMIT_JOURNAL_SEGMENTS);
	pthread_mutex_unlock(&journal->lock);
	return large;
}

/* On a full disk, what a reader has had is not worth its room. */
static bool
may_make_room(struct journal *journal)
{
	struct folder_segment oldest;

	pthread_mutex_lock(&journal->lock);
	bool full =
	    trouble_is_full(&journal->trouble) && journal->earlier.segments > 0;
	pthread_mutex_unlock(&journal->lock);
	return full && folder_next(journal->folder, 0, &oldest) &&
	       folder_furthest(journal->folder, journal->id).sequence >
		   oldest.sequence;
}

void
journal_keep_bound(struct journal *journal)
{
	struct folder_content earlier;
	bool large = is_too_large(journal), full = may_make_room(journal);

	/* Others may have removed some, too. */
	if ((!large && !full) ||
	    !folder_look(journal->folder, end_of_earlier(journal), &earlier))
		return;
	pthread_mutex_lock(&journal->lock);
	journal->earlier = earlier;
	pthread_mutex_unlock(&journal->lock);
	if (full)
		(void)remove_oldest(journal);
	while (is_too_large(journal) && remove_oldest(journal))
		;
}
