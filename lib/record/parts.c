#include "record/parts.h"

#include "base/limits.h"

/* --- to octets --- */

void *
pack_message(struct packer *p, const ProtobufCMessageDescriptor *kind)
{
	void *message = arena_alloc(p->arena, kind->sizeof_message);

	protobuf_c_message_init(kind, message);
	return message;
}

uint32_t
pack_text(struct packer *p, struct str text)
{
	return texts_add(&p->texts, text);
}

uint32_t *
pack_numbers(struct packer *p, size_t n)
{
	return arena_array(p->arena, n, sizeof(uint32_t));
}

uint32_t
pack_size(size_t n)
{
	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

ProtobufCBinaryData
pack_octets(struct str octets)
{
	/* It is only read. */
	return (ProtobufCBinaryData){octets.n, (uint8_t *)(uintptr_t)octets.p};
}

ProtobufCBinaryData
pack_ip(struct packer *p, struct ip ip)
{
	size_t n = ip.family == IP_V4 ? 4 : ip.family == IP_V6 ? 16 : 0;

	return pack_octets(
	    arena_copy(p->arena, str_n((const char *)ip.octet, n)));
}

/* --- from octets --- */

void
unpack_fault(struct unpacker *u, const char *fault)
{
	if (u->fault == NULL)
		u->fault = fault;
}

bool
unpack_if(struct unpacker *u, bool right, const char *fault)
{
	if (!right)
		unpack_fault(u, fault);
	return right;
}

struct str
unpack_text(struct unpacker *u, uint32_t number)
{
	struct str text = str_empty();

	unpack_if(u, texts_find(&u->texts, number, &text),
		  "the number of a text is unknown");
	return text;
}

struct str
unpack_printable(struct unpacker *u, uint32_t number)
{
	struct str text = unpack_text(u, number);

	if (unpack_if(u, str_is_printable(text), "a text is not printable"))
		return text;
	return str_empty();
}

const char *
unpack_word(struct unpacker *u, uint32_t number)
{
	return unpack_printable(u, number).p;
}

const struct str *
unpack_texts(struct unpacker *u, const uint32_t *number, size_t n,
	     bool printable)
{
	struct str *text = arena_array(u->arena, n, sizeof *text);

	for (size_t i = 0; i < n; i++)
		text[i] = printable ? unpack_printable(u, number[i])
				    : unpack_text(u, number[i]);
	return text;
}

unsigned
unpack_code(struct unpacker *u, const struct codes *codes, int number)
{
	unsigned value = 0;

	unpack_if(u, codes_value(codes, number, &value),
		  "a value of an enumeration is unknown");
	return value;
}

struct str
unpack_octets(struct unpacker *u, ProtobufCBinaryData octets)
{
	return arena_copy(u->arena,
			  str_n((const char *)octets.data, octets.len));
}

struct ip
unpack_ip(struct unpacker *u, ProtobufCBinaryData octets)
{
	switch (octets.len) {
	case 0:
		break;
	case 4:
		return ip_v4(octets.data);
	case 16:
		return ip_v6(octets.data);
	default:
		unpack_fault(u, "an address has another length");
	}
	return ip_none();
}

int64_t
unpack_time(struct unpacker *u, uint64_t time)
{
	if (unpack_if(u, time <= LIMIT_RECORD_TIME, "a time is too large"))
		return (int64_t)time;
	return 0;
}
