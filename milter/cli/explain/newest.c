#include "milter/cli/explain/newest.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DAY_S 86400

void
newest_init(struct newest *newest, size_t most)
{
	*newest = (struct newest){.most = most};
}

void
newest_clear(struct newest *newest)
{
	for (size_t i = 0; i < newest->count; i++)
		free((char *)newest->kept[i].record.p);
	free(newest->kept);
	*newest = (struct newest){.most = 0};
}

static void
drop_oldest(struct newest *newest)
{
	struct newest_kept *oldest = &newest->kept[--newest->count];

	newest->octets -= oldest->record.n;
	free((char *)oldest->record.p);
}

static void
make_room(struct newest *newest)
{
	if (newest->count < newest->room)
		return;
	newest->room = newest->room > 0 ? newest->room * 2 : 32;
	newest->kept =
	    mem_resize(newest->kept, newest->room * sizeof *newest->kept);
}

/* Of two of one second that of the later place; of several hosts no matter. */
static bool
is_newer(int64_t time, const struct store_place *place,
	 const struct newest_kept *than)
{
	if (time != than->time)
		return time > than->time;
	if (place->day != than->place.day || place->host != than->place.host)
		return false;
	if (place->part != than->place.part)
		return place->part > than->place.part;
	return place->place > than->place.place;
}

void
newest_add(struct newest *newest, int64_t time, const struct store_place *place,
	   struct str record)
{
	size_t at = newest->count;

	newest->found++;
	while (at > 0 && is_newer(time, place, &newest->kept[at - 1]))
		at--;
	if (at >= newest->most)
		return;
	make_room(newest);
	memmove(&newest->kept[at + 1], &newest->kept[at],
		(newest->count - at) * sizeof *newest->kept);
	newest->kept[at] = (struct newest_kept){
	    time, *place, str_n(mem_copy(record.p, record.n), record.n)};
	newest->count++;
	newest->octets += record.n;
	while (newest->count > newest->most)
		drop_oldest(newest);
	while (newest->octets > NEWEST_OCTETS && newest->count > 1) {
		drop_oldest(newest);
		newest->most = newest->count;
	}
}

bool
newest_is_done(const struct newest *newest, int64_t time)
{
	const int64_t slack = newest->days ? 2 * DAY_S : NEWEST_SLACK_S;

	return newest->count > 0 && newest->count >= newest->most &&
	       time < newest->kept[newest->count - 1].time - slack;
}
