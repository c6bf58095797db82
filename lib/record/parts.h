/*
 * Inside record/ only: the parts of a record, each with both ways side by side.
 * pack_*() fills a message of record.pb-c.h from a verdict, unpack_*() a
 * verdict from such a message, which is untrusted.
 */
#ifndef VERDICT_RECORD_PARTS_H
#define VERDICT_RECORD_PARTS_H

#include "record/codes.h"
#include "record/record.h"
#include "record/record.pb-c.h"
#include "record/texts.h"

/* --- both ways --- */

/* A record on its way to octets: what it points to is the verdict's, or in the
   arena. */
struct packer {
	struct arena *arena;
	struct texts texts;
};

/* An empty message, in the arena. */
void *pack_message(struct packer *p, const ProtobufCMessageDescriptor *kind);
/* The number of a text. */
uint32_t pack_text(struct packer *p, struct str text);
/* That of a list of n. */
uint32_t *pack_numbers(struct packer *p, size_t n);
/* What is too large for a field is told as its largest value. */
uint32_t pack_size(size_t n);
ProtobufCBinaryData pack_octets(struct str octets);

/* Octets on their way to a verdict: the first thing that is wrong counts, what
   is taken after it is of no use. */
struct unpacker {
	struct arena *arena;
	struct texts_read texts;
	bool to_decide;    /* record_unpack_to_decide() */
	const char *fault; /* NULL: none yet */
};

/* Says what is wrong, once. */
void unpack_fault(struct unpacker *u, const char *fault);
/* Is what the record says as it must be?  Else `fault` is what is wrong. */
bool unpack_if(struct unpacker *u, bool right, const char *fault);
/* Any octets, with a NUL after them. */
struct str unpack_text(struct unpacker *u, uint32_t number);
/* Printable ASCII: what the verdict has made so, or made sure of. */
struct str unpack_printable(struct unpacker *u, uint32_t number);
const char *unpack_word(struct unpacker *u, uint32_t number);
/* Texts of a list, in the arena; `printable` as above. */
const struct str *unpack_texts(struct unpacker *u, const uint32_t *number,
			       size_t n, bool printable);
/* The value of an enumeration; 0 where there is none. */
unsigned unpack_code(struct unpacker *u, const struct codes *codes, int number);
/* A copy in the arena. */
struct str unpack_octets(struct unpacker *u, ProtobufCBinaryData octets);
/* IP_NONE for no octets. */
struct ip unpack_ip(struct unpacker *u, ProtobufCBinaryData octets);
ProtobufCBinaryData pack_ip(struct packer *p, struct ip ip);
int64_t unpack_time(struct unpacker *u, uint64_t time);

/* --- facts.c --- */

Record__Client *pack_client(struct packer *p, const struct verdict *verdict);
void unpack_client(struct unpacker *u, const Record__Client *client,
		   struct verdict *verdict);
Record__ClientElement *pack_element(struct packer *p,
				    const struct client_element *element);
/* NULL for NULL. */
const struct client_element *unpack_element(
    struct unpacker *u, const Record__ClientElement *element);
Record__Envelope *pack_envelope(struct packer *p,
				const struct verdict *verdict);
void unpack_envelope(struct unpacker *u, const Record__Envelope *envelope,
		     struct verdict *verdict);
Record__Seen *pack_seen(struct packer *p, const struct verdict_seen *seen);
void unpack_seen(struct unpacker *u, const Record__Seen *seen,
		 struct verdict_seen *seen_out);

/* --- header.c --- */

Record__Header *pack_header(struct packer *p, const struct verdict *verdict,
			    const struct record_about *about);
void unpack_header(struct unpacker *u, const Record__Header *header,
		   struct verdict *verdict);

/* --- results.c --- */

void pack_results(struct packer *p, const struct verdict *verdict,
		  Record__Message *message);
void unpack_results(struct unpacker *u, const Record__Message *message,
		    struct verdict *verdict);

/* --- decision.c: after the results, of which its reason may be made --- */

Record__Decision *pack_decision(struct packer *p,
				const struct verdict *verdict);
void unpack_decision(struct unpacker *u, const Record__Decision *decision,
		     struct verdict *verdict);
Record__Removed *pack_removed(struct packer *p, const struct verdict *verdict);
void unpack_removed(struct unpacker *u, const Record__Removed *removed,
		    struct verdict *verdict);

/* --- questions.c --- */

Record__Questions *pack_questions(struct packer *p,
				  const struct verdict *verdict);
void unpack_questions(struct unpacker *u, const Record__Questions *questions,
		      struct verdict *verdict);
Record__Cost *pack_cost(struct packer *p, const struct verdict *verdict);
void unpack_cost(struct unpacker *u, const Record__Cost *cost,
		 struct verdict *verdict);

/* --- octets.c --- */

/* In the arena. */
struct str encode_message(struct arena *arena, const ProtobufCMessage *message);
/*
 * In the arena, LIMIT_RECORD_MEMORY at most; NULL: that is passed, or these are
 * no octets of such a message.  What is of type bytes points into the octets.
 * without: 1 << number, or-ed, of fields that are skipped.
 */
const void *decode_message(struct arena *arena,
			   const ProtobufCMessageDescriptor *kind,
			   struct str octets, uint64_t without);

#endif
