#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "journal/crc32c.h"
#include "journal/parts.h"

uint64_t
journal_lost(const struct journal *journal)
{
	return journal->refused + journal->dropped;
}

static uint64_t
counted_of(const struct journal_frame *frame, size_t n)
{
	uint64_t counted = 0;

	for (size_t i = 0; i < n; i++)
		counted += frame_is_counted(frame[i].kind);
	return counted;
}

bool
segment_write(struct segment *segment, const struct iovec *vec, size_t n)
{
	size_t whole = 0;
	ssize_t done;

	for (size_t i = 0; i < n; i++)
		whole += vec[i].iov_len;
	do
		done = writev(segment->fd, vec, (int)n);
	while (done < 0 && errno == EINTR);
	if (done == (ssize_t)whole) {
		segment->octets += whole;
		segment->unsynced = true;
		return true;
	}
	/* A part of it stands there where the disk is full. */
	int error = done < 0 ? errno : ENOSPC;
	if (done > 0)
		segment->torn =
		    ftruncate(segment->fd, (off_t)segment->octets) != 0;
	errno = error;
	return false;
}

/* crc: of each frame's octets.  Under the lock. */
static bool
write_frames(struct journal *journal, const struct journal_frame *frame,
	     const uint32_t *crc, size_t n)
{
	char head[JOURNAL_APPEND_MAX][FRAME_HEAD];
	struct iovec vec[2 * JOURNAL_APPEND_MAX];
	struct segment *now = &journal->now;
	uint64_t number = journal->number;

	for (size_t i = 0; i < n; i++) {
		const struct frame one = {frame[i], number};
		frame_head_write(now->head.marker, &one, crc[i], head[i]);
		vec[2 * i] = (struct iovec){head[i], FRAME_HEAD};
		vec[2 * i + 1] = (struct iovec){(void *)frame[i].octets.p,
						frame[i].octets.n};
		number += frame_is_counted(frame[i].kind);
	}
	uint64_t before = now->octets, most = journal->options.segment_octets;
	if (!segment_write(now, vec, 2 * n))
		return false;
	now->appends++;
	if (before < most && now->octets >= most) {
		journal->wanted = true;
		pthread_cond_signal(&journal->wake);
	}
	return true;
}

/* Under the lock.  0, errno, or -1 where nothing was tried. */
static int
append(struct journal *journal, const struct journal_frame *frame,
       const uint32_t *crc, size_t n)
{
	if (journal->now.fd < 0 || journal->now.torn ||
	    (journal->paused_ms != 0 &&
	     clock_monotonic_ms() < journal->paused_ms))
		return -1;
	if (write_frames(journal, frame, crc, n)) {
		journal->paused_ms = 0;
		return 0;
	}
	int error = errno;
	journal->paused_ms = clock_monotonic_ms() + journal->options.sync_ms;
	return error;
}

/* Under the lock. */
static void
count(struct journal *journal, uint64_t counted, bool written)
{
	journal->number += counted;
	*(written ? &journal->written : &journal->refused) += counted;
}

static bool
are_fit(const struct journal_frame *frame, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (frame[i].octets.n > LIMIT_JOURNAL_FRAME)
			return false;
	return n > 0 && n <= JOURNAL_APPEND_MAX;
}

static uint64_t
sequence_now(const struct journal *journal)
{
	return journal->now.fd >= 0 ? journal->now.head.sequence : 0;
}

enum journal_appended
journal_append(struct journal *journal, const struct journal_frame *frame,
	       size_t n, uint64_t segment)
{
	uint32_t crc[JOURNAL_APPEND_MAX];
	bool fit = are_fit(frame, n), fresh = false;
	int error = -1;

	for (size_t i = 0; fit && i < n; i++)
		crc[i] = crc32c(0, frame[i].octets);
	pthread_mutex_lock(&journal->lock);
	if (segment != JOURNAL_ANY_SEGMENT &&
	    segment != sequence_now(journal)) {
		pthread_mutex_unlock(&journal->lock);
		return JOURNAL_MOVED;
	}
	if (fit)
		error = append(journal, frame, crc, n);
	if (error > 0)
		fresh = trouble_begin(&journal->trouble, TROUBLE_WRITE, error,
				      journal_lost(journal));
	count(journal, counted_of(frame, n), error == 0);
	struct trouble trouble = journal->trouble;
	pthread_mutex_unlock(&journal->lock);
	if (fresh)
		journal_say(journal, &trouble);
	return error == 0 ? JOURNAL_APPENDED : JOURNAL_LOST;
}

uint64_t
journal_segment(struct journal *journal)
{
	pthread_mutex_lock(&journal->lock);
	uint64_t sequence = sequence_now(journal);
	pthread_mutex_unlock(&journal->lock);
	return sequence;
}

void
journal_report(struct journal *journal, struct journal_report *report_out)
{
	pthread_mutex_lock(&journal->lock);
	struct trouble trouble =
	    journal->trouble.since != 0 ? journal->trouble : journal->unread;
	*report_out = (struct journal_report){
	    .written = journal->written,
	    .refused = journal->refused,
	    .dropped = journal->dropped,
	    .octets = journal->earlier.octets + journal->now.octets,
	    .segments = journal->earlier.segments + (journal->now.fd >= 0),
	    .syncs = journal->syncs,
	    .trouble_since = trouble.since,
	};
	pthread_mutex_unlock(&journal->lock);
	if (trouble.since != 0)
		trouble_text(&trouble, journal->folder_path,
			     report_out->trouble);
}
