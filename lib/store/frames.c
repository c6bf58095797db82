#include "store/frames.h"

#include "record/record.h"

/* The record goes as it came, with what this version skips in it. */
static bool
take_message(struct arena *arena, struct str octets, struct batch *batch)
{
	struct store_message message;
	struct verdict verdict;
	uint32_t context;

	if (record_unpack(arena, octets, &verdict, &context))
		return false;
	store_message_of(arena, &verdict, octets, &message);
	batch_add_message(batch, &message);
	return true;
}

/* Stands at the head of each segment, too: the store keeps it once. */
static bool
take_context(struct arena *arena, struct str octets, struct batch *batch)
{
	struct record_context context;
	struct batch_event event;

	if (record_context_unpack(arena, octets, &context))
		return false;
	event = (struct batch_event){
	    .time = context.time,
	    .what = context.number > 1 ? str_lit("reload") : str_lit("start"),
	    .version = context.version,
	    .mode = context.enforce ? str_lit("enforce") : str_lit("monitor"),
	    .configuration = str_n((const char *)context.configuration,
				   sizeof(context.configuration)),
	};
	batch_add_event(batch, &event);
	return true;
}

static bool
take_texts(struct arena *arena, const struct journal_item *item,
	   struct batch *batch)
{
	struct record_dns_text texts;

	if (record_dns_text_unpack(arena, item->frame.octets, &texts))
		return false;
	batch_add_texts(batch, texts.digest, texts.text, texts.texts,
			item->started);
	return true;
}

bool
frames_take(void *ctx, struct arena *arena, const struct journal_item *item,
	    struct batch *batch)
{
	(void)ctx;
	switch (item->frame.kind & ~JOURNAL_COUNTED) {
	case RECORD_MESSAGE:
		return take_message(arena, item->frame.octets, batch);
	case RECORD_CONTEXT:
		return take_context(arena, item->frame.octets, batch);
	case RECORD_DNS_TEXT:
		return take_texts(arena, item, batch);
	default:
		return false;
	}
}
