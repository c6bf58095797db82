#include "record/parts.h"

#include "base/limits.h"

/* Frees nothing: the arena does. */
struct bounded {
	struct arena *arena;
	size_t left;
};

static void *
allocate(void *ctx, size_t n)
{
	struct bounded *bounded = ctx;

	if (n > bounded->left)
		return NULL;
	bounded->left -= n;
	return arena_alloc(bounded->arena, n);
}

static void
release(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

struct str
encode_message(struct arena *arena, const ProtobufCMessage *message)
{
	size_t n = protobuf_c_message_get_packed_size(message);
	uint8_t *p = arena_alloc(arena, n);

	protobuf_c_message_pack(message, p);
	return str_n((const char *)p, n);
}

const void *
decode_message(struct arena *arena, const ProtobufCMessageDescriptor *kind,
	       struct str octets)
{
	struct bounded bounded = {arena, LIMIT_RECORD_MEMORY};
	ProtobufCAllocator allocator = {allocate, release, &bounded};

	if (octets.n > LIMIT_RECORD_OCTETS)
		return NULL;
	return protobuf_c_message_unpack(kind, &allocator, octets.n,
					 (const uint8_t *)octets.p);
}
