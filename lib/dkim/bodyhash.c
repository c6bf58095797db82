#include "dkim/bodyhash.h"

#include <string.h>

#include "dkim/crypto.h"

#define STREAMS 2

struct request {
	enum canon canon;
	uint64_t limit;
	struct request *next; /* of the same stream, by rising limit */
	bool done;
	uint8_t digest[BODYHASH_OCTETS];
};

/* One canonical form of the body on its way into a digest. */
struct stream {
	struct canon_body body;
	struct crypto_sha256 *sha; /* NULL: nobody asked */
	uint64_t octets;
	struct request *first;   /* all */
	struct request *pending; /* the first that is not done */
	uint64_t last_limit;     /* of the last request */
};

struct bodyhash {
	struct arena *arena;
	struct stream stream[STREAMS];
	struct request **request; /* by handle */
	size_t count, room;
};

struct bodyhash *
bodyhash_new(struct arena *arena)
{
	struct bodyhash *hashes = arena_alloc(arena, sizeof *hashes);

	hashes->arena = arena;
	return hashes;
}

void
bodyhash_clear(struct bodyhash *hashes)
{
	if (hashes == NULL)
		return;
	for (size_t i = 0; i < STREAMS; i++) {
		crypto_sha256_free(hashes->stream[i].sha);
		hashes->stream[i].sha = NULL;
	}
}

/* --- requests --- */

static void
digest_now(const struct stream *stream, struct request *request)
{
	struct crypto_sha256 *copy = crypto_sha256_copy(stream->sha);

	crypto_sha256_final(copy, request->digest);
	request->done = true;
}

/* Takes the digests that end where the stream stands. */
static void
take_due(struct stream *stream)
{
	struct request *due = stream->pending;

	for (; due != NULL && due->limit == stream->octets; due = due->next)
		digest_now(stream, due);
	stream->pending = due;
}

/* The canon_sink() of a stream. */
static void
hash_octets(void *ctx, const char *p, size_t n)
{
	struct stream *stream = ctx;

	while (n > 0) {
		size_t piece = n;
		if (stream->pending != NULL &&
		    stream->pending->limit - stream->octets < n)
			piece =
			    (size_t)(stream->pending->limit - stream->octets);
		crypto_sha256_update(stream->sha, p, piece);
		stream->octets += piece;
		p += piece;
		n -= piece;
		take_due(stream);
	}
}

static void
open_stream(struct stream *stream, enum canon canon)
{
	if (stream->sha != NULL)
		return;
	stream->sha = crypto_sha256_new();
	canon_body_init(&stream->body, canon, hash_octets, stream);
}

static void
insert(struct stream *stream, struct request *request)
{
	struct request **at = &stream->first;

	while (*at != NULL && (*at)->limit < request->limit)
		at = &(*at)->next;
	request->next = *at;
	*at = request;
	stream->pending = stream->first;
	if (request->limit > stream->last_limit)
		stream->last_limit = request->limit;
}

static size_t
add_handle(struct bodyhash *hashes, struct request *request)
{
	if (hashes->count == hashes->room) {
		size_t room = hashes->room ? hashes->room * 2 : 8;
		struct request **grown =
		    arena_array(hashes->arena, room, sizeof(struct request *));
		for (size_t i = 0; i < hashes->count; i++)
			grown[i] = hashes->request[i];
		hashes->request = grown;
		hashes->room = room;
	}
	hashes->request[hashes->count] = request;
	return hashes->count++;
}

size_t
bodyhash_request(struct bodyhash *hashes, enum canon canon, uint64_t limit)
{
	for (size_t i = 0; i < hashes->count; i++) {
		const struct request *have = hashes->request[i];
		if (have->canon == canon && have->limit == limit)
			return i;
	}
	struct request *request = arena_alloc(hashes->arena, sizeof *request);
	request->canon = canon;
	request->limit = limit;
	open_stream(&hashes->stream[canon], canon);
	insert(&hashes->stream[canon], request);
	return add_handle(hashes, request);
}

/* --- the body --- */

static bool
wants_more(const struct stream *stream)
{
	return stream->sha != NULL && stream->octets <= stream->last_limit;
}

bool
bodyhash_wants_more(const struct bodyhash *hashes)
{
	return wants_more(&hashes->stream[0]) || wants_more(&hashes->stream[1]);
}

void
bodyhash_update(struct bodyhash *hashes, const char *p, size_t n)
{
	for (size_t i = 0; i < STREAMS; i++) {
		struct stream *stream = &hashes->stream[i];
		if (!wants_more(stream))
			continue;
		take_due(stream);
		canon_body_update(&stream->body, p, n);
	}
}

static void
finish_stream(struct stream *stream)
{
	if (wants_more(stream)) {
		take_due(stream);
		canon_body_finish(&stream->body);
	}
	for (; stream->pending != NULL;
	     stream->pending = stream->pending->next) {
		if (stream->pending->limit == BODYHASH_NO_LIMIT)
			digest_now(stream, stream->pending);
	}
}

void
bodyhash_finish(struct bodyhash *hashes)
{
	for (size_t i = 0; i < STREAMS; i++)
		finish_stream(&hashes->stream[i]);
}

bool
bodyhash_get(const struct bodyhash *hashes, size_t handle,
	     uint8_t digest_out[BODYHASH_OCTETS],
	     uint64_t *canonical_octets_out)
{
	const struct request *request = hashes->request[handle];

	if (!request->done)
		return false;
	memcpy(digest_out, request->digest, BODYHASH_OCTETS);
	*canonical_octets_out = hashes->stream[request->canon].octets;
	return true;
}
