/*
 * Messages of record.proto as octets.  They are read by the tables that
 * protoc-c makes of it, and into its structs, but not by protobuf-c: whoever
 * reads a month of records wants neither a copy of each string nor what is
 * skipped.  Of the language that is read what record.proto uses.
 */
#include "record/parts.h"

#include <string.h>

#include "base/limits.h"

struct str
encode_message(struct arena *arena, const ProtobufCMessage *message)
{
	size_t n = protobuf_c_message_get_packed_size(message);
	uint8_t *p = arena_alloc(arena, n);

	protobuf_c_message_pack(message, p);
	return str_n((const char *)p, n);
}

/* --- the wire --- */

struct wire {
	const uint8_t *p, *end;
};

/* What stands under one tag. */
struct item {
	uint32_t number;
	ProtobufCWireType type;
	uint64_t value;     /* of a varint */
	struct wire octets; /* of all else */
};

/* 7 bits each, the lowest first. */
static bool
take_varint(struct wire *wire, uint64_t *value_out)
{
	uint64_t value = 0;

	for (unsigned bit = 0; bit < 64 && wire->p < wire->end; bit += 7) {
		uint8_t octet = *wire->p++;
		value |= (uint64_t)(octet & 0x7f) << bit;
		if (octet < 0x80) {
			*value_out = value;
			return true;
		}
	}
	return false;
}

static bool
take_octets(struct wire *wire, uint64_t n, struct wire *octets_out)
{
	if (n > (uint64_t)(wire->end - wire->p))
		return false;
	*octets_out = (struct wire){wire->p, wire->p + n};
	wire->p += n;
	return true;
}

static bool
take_item(struct wire *wire, struct item *item)
{
	uint64_t tag, n;

	if (!take_varint(wire, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
		return false;
	item->number = (uint32_t)(tag >> 3);
	item->type = (ProtobufCWireType)(tag & 7);
	switch ((unsigned)item->type) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return take_varint(wire, &item->value);
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		return take_varint(wire, &n) &&
		       take_octets(wire, n, &item->octets);
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return take_octets(wire, 8, &item->octets);
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return take_octets(wire, 4, &item->octets);
	default:
		return false;
	}
}

/* --- members of a struct --- */

/* Frees nothing: the arena does. */
struct decoder {
	struct arena *arena;
	size_t left; /* octets that it may take yet */
};

static void *
allocate(struct decoder *d, size_t n)
{
	if (n > d->left)
		return NULL;
	d->left -= n;
	return arena_alloc(d->arena, n);
}

static void *decode(struct decoder *d, const ProtobufCMessageDescriptor *kind,
		    struct wire wire, uint64_t without);

static bool
set_octets(const struct item *item, void *member)
{
	/* It is only read. */
	const ProtobufCBinaryData octets = {
	    (size_t)(item->octets.end - item->octets.p),
	    (uint8_t *)(uintptr_t)item->octets.p};

	if (item->type != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
		return false;
	memcpy(member, &octets, sizeof octets);
	return true;
}

static bool
set_message(struct decoder *d, const ProtobufCFieldDescriptor *field,
	    const struct item *item, void *member)
{
	void *message = NULL;

	if (item->type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
		message = decode(d, field->descriptor, item->octets, 0);
	memcpy(member, &message, sizeof message);
	return message != NULL;
}

static bool
set_number(const ProtobufCFieldDescriptor *field, const struct item *item,
	   void *member)
{
	const uint32_t number = (uint32_t)item->value;
	const protobuf_c_boolean yes = item->value != 0;

	if (item->type != PROTOBUF_C_WIRE_TYPE_VARINT)
		return false;
	switch ((unsigned)field->type) {
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_ENUM:
		memcpy(member, &number, sizeof number);
		return true;
	case PROTOBUF_C_TYPE_UINT64:
		memcpy(member, &item->value, sizeof item->value);
		return true;
	case PROTOBUF_C_TYPE_BOOL:
		memcpy(member, &yes, sizeof yes);
		return true;
	default:
		return false;
	}
}

/* --- lists --- */

struct list {
	char *at;     /* its first member */
	size_t count; /* of them */
};

static struct list
list_of(const ProtobufCFieldDescriptor *field, const char *message)
{
	struct list list;

	memcpy(&list.at, message + field->offset, sizeof list.at);
	memcpy(&list.count, message + field->quantifier_offset,
	       sizeof list.count);
	return list;
}

/* Makes it hold `room` of this size, of which those that it has are copied. */
static bool
grow(struct decoder *d, struct list *list, size_t room, size_t size)
{
	char *at = allocate(d, room * size);

	if (at == NULL)
		return false;
	if (list->count > 0)
		memcpy(at, list->at, list->count * size);
	list->at = at;
	return true;
}

static void
keep(const ProtobufCFieldDescriptor *field, const struct list *list,
     char *message)
{
	memcpy(message + field->offset, &list->at, sizeof list->at);
	memcpy(message + field->quantifier_offset, &list->count,
	       sizeof list->count);
}

#define LIST_ROOM 8 /* at first; it doubles once it is full */

static bool
append(struct decoder *d, const ProtobufCFieldDescriptor *field,
       const struct item *item, char *message)
{
	const bool octets = field->type == PROTOBUF_C_TYPE_BYTES;
	const size_t size =
	    octets ? sizeof(ProtobufCBinaryData) : sizeof(void *);
	struct list list = list_of(field, message);
	const bool full =
	    list.count == 0 ||
	    (list.count >= LIST_ROOM && (list.count & (list.count - 1)) == 0);

	if (full &&
	    !grow(d, &list, list.count ? 2 * list.count : LIST_ROOM, size))
		return false;
	void *member = list.at + list.count++ * size;
	keep(field, &list, message);
	return octets ? set_octets(item, member)
		      : set_message(d, field, item, member);
}

/* Numbers of a list stand one after the other, or one alone. */
static bool
append_numbers(struct decoder *d, const ProtobufCFieldDescriptor *field,
	       const struct item *item, char *message)
{
	struct list list = list_of(field, message);
	struct wire wire = item->octets;
	struct item one = {.type = PROTOBUF_C_WIRE_TYPE_VARINT,
			   .value = item->value};
	size_t more = 1;

	if (item->type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
		more = 0;
		for (const uint8_t *p = wire.p; p < wire.end; p++)
			more += *p < 0x80;
	} else if (item->type != PROTOBUF_C_WIRE_TYPE_VARINT) {
		return false;
	}
	if (!grow(d, &list, list.count + more, sizeof(uint32_t)))
		return false;
	for (; more > 0; more--) {
		if (item->type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
		    !take_varint(&wire, &one.value))
			return false;
		if (!set_number(field, &one,
				list.at + list.count++ * sizeof(uint32_t)))
			return false;
	}
	keep(field, &list, message);
	return item->type == PROTOBUF_C_WIRE_TYPE_VARINT || wire.p == wire.end;
}

static bool
repeat(struct decoder *d, const ProtobufCFieldDescriptor *field,
       const struct item *item, char *message)
{
	switch ((unsigned)field->type) {
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return append(d, field, item, message);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_ENUM:
		return append_numbers(d, field, item, message);
	default:
		return false;
	}
}

/* --- messages --- */

static bool
set_field(struct decoder *d, const ProtobufCFieldDescriptor *field,
	  const struct item *item, char *message)
{
	char *member = message + field->offset;
	void *former;

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return repeat(d, field, item, message);
	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return set_octets(item, member);
	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return set_number(field, item, member);
	/* Two would be merged; nobody writes two. */
	memcpy(&former, member, sizeof former);
	return former == NULL && set_message(d, field, item, member);
}

/* NULL: there is none. */
static const ProtobufCFieldDescriptor *
field_of(const ProtobufCMessageDescriptor *kind, uint32_t number)
{
	/* Numbers without a gap before them, as nearly all are. */
	if (number <= kind->n_fields && kind->fields[number - 1].id == number)
		return &kind->fields[number - 1];
	return protobuf_c_message_descriptor_get_field(kind, number);
}

/* A struct of that kind, or NULL. */
static void *
decode(struct decoder *d, const ProtobufCMessageDescriptor *kind,
       struct wire wire, uint64_t without)
{
	char *message = allocate(d, kind->sizeof_message);
	struct item item = {.value = 0};

	if (message == NULL)
		return NULL;
	protobuf_c_message_init(kind, message);
	while (wire.p < wire.end) {
		if (!take_item(&wire, &item))
			return NULL;
		const ProtobufCFieldDescriptor *field =
		    field_of(kind, item.number);
		if (field == NULL ||
		    (item.number < 64 && (without >> item.number & 1) != 0))
			continue;
		if (!set_field(d, field, &item, message))
			return NULL;
	}
	return message;
}

const void *
decode_message(struct arena *arena, const ProtobufCMessageDescriptor *kind,
	       struct str octets, uint64_t without)
{
	struct decoder decoder = {arena, LIMIT_RECORD_MEMORY};
	const uint8_t *p = (const uint8_t *)octets.p;

	if (octets.n > LIMIT_RECORD_OCTETS)
		return NULL;
	return decode(&decoder, kind, (struct wire){p, p + octets.n}, without);
}
