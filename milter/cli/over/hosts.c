/* Networks of all the old programs together: compared as networks, not as
   texts. */
#include <stdlib.h>
#include <string.h>

#include "config/broad.h"
#include "milter/cli/over/parts.h"

/* --- one network --- */

static void
clear_host_bits(struct ip_network *network)
{
	unsigned width = network->base.family == IP_V4 ? 32 : 128;

	for (unsigned bit = network->prefix; bit < width; bit++)
		network->base.octet[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

bool
over_network_parse(struct str entry, struct ip_network *out)
{
	struct str address = str_first(entry, str_chr(entry, '/'));
	struct ip_network network;
	uint64_t prefix;

	if (ip_network_parse(entry, out))
		return true;
	if (address.n > 1 && address.p[0] == '[' &&
	    address.p[address.n - 1] == ']') {
		struct str inner = str_n(address.p + 1, address.n - 2);
		if (address.n == entry.n)
			return ip_network_parse(inner, out);
		address = inner;
	}
	if (!ip_parse(address, &network.base))
		return false;
	uint64_t width = network.base.family == IP_V4 ? 32 : 128;
	struct str length = str_from(entry, str_chr(entry, '/') + 1);
	if (!str_uint(length, 128, &prefix))
		return false;
	/* ::ffff:127.0.0.0/104 is 127.0.0.0/8. */
	if (width == 32 && str_chr(address, ':') < address.n)
		prefix = prefix >= 96 ? prefix - 96 : 129;
	if (prefix > width)
		return false;
	network.prefix = (unsigned)prefix;
	clear_host_bits(&network);
	*out = network;
	return true;
}

/* A list as it stands now. */
struct hosts {
	const struct over_item *item;
	struct ip_network *network; /* of each; IP_NONE: it is none */
	size_t count;
};

static struct hosts
hosts_in(const struct over *over, enum over_key key)
{
	struct hosts hosts;

	hosts.item = over_items(over, key, &hosts.count);
	hosts.network =
	    arena_array(over->arena, hosts.count + 1, sizeof *hosts.network);
	for (size_t i = 0; i < hosts.count; i++) {
		if (!ip_network_parse(hosts.item[i].text, &hosts.network[i]))
			hosts.network[i] =
			    (struct ip_network){.base = ip_none()};
	}
	return hosts;
}

bool
over_network_holds(const struct ip_network *outer,
		   const struct ip_network *inner)
{
	return outer->base.family != IP_NONE && inner->base.family != IP_NONE &&
	       outer->prefix <= inner->prefix &&
	       ip_in_network(inner->base, outer);
}

/* Programs in whose part of the list the whole network is. */
static unsigned
programs_with(const struct hosts *hosts, const struct ip_network *network)
{
	unsigned programs = 0;

	for (size_t i = 0; i < hosts->count; i++) {
		if (over_network_holds(&hosts->network[i], network))
			programs |= hosts->item[i].programs;
	}
	return programs;
}

static int
by_place(const void *a, const void *b)
{
	const struct ip_network *first = a, *second = b;
	int n = (int)first->base.family - (int)second->base.family;

	if (n == 0)
		n = memcmp(first->base.octet, second->base.octet,
			   sizeof first->base.octet);
	return n != 0 ? n : (int)first->prefix - (int)second->prefix;
}

/* Two halves of a network, of which the first is before the second. */
static bool
are_halves(const struct ip_network *first, const struct ip_network *second)
{
	return first->prefix == second->prefix && first->prefix > 0 &&
	       ip_prefix_eq(first->base, second->base, first->prefix - 1);
}

/* Those of one program, in as few networks as can be. */
static struct hosts
joined(struct arena *arena, const struct hosts *hosts, unsigned program)
{
	struct ip_network *network =
	    arena_array(arena, hosts->count + 1, sizeof *network);
	size_t count = 0, top = 0;

	for (size_t i = 0; i < hosts->count; i++) {
		if ((hosts->item[i].programs & program) != 0 &&
		    hosts->network[i].base.family != IP_NONE)
			network[count++] = hosts->network[i];
	}
	qsort(network, count, sizeof *network, by_place);
	for (size_t i = 0; i < count; i++) {
		if (top > 0 &&
		    over_network_holds(&network[top - 1], &network[i]))
			continue;
		network[top++] = network[i];
		while (top > 1 &&
		       are_halves(&network[top - 2], &network[top - 1])) {
			top--;
			network[top - 1].prefix--;
		}
	}
	return (struct hosts){NULL, network, top};
}

static bool
is_in(const struct hosts *hosts, const struct ip_network *network)
{
	for (size_t i = 0; i < hosts->count; i++) {
		if (over_network_holds(&hosts->network[i], network))
			return true;
	}
	return false;
}

/* --- exceptions and breadth --- */

/* The file names us wherever the old one said less than all of a network. */
static bool
is_excepted(const struct over *over, const struct ip_network *network)
{
	const struct ip_network *not = (const void *)over->excepted.p;
	size_t count = over->excepted.n / sizeof *not ;

	for (size_t i = 0; i < count; i++) {
		if (over_network_holds(network, &not [i]))
			return true;
	}
	return false;
}

static void
apply_exceptions(struct over *over, enum over_key key)
{
	struct hosts hosts = hosts_in(over, key);

	for (size_t i = hosts.count; i > 0; i--) {
		if (!is_excepted(over, &hosts.network[i - 1]))
			continue;
		over_mark(over, key, NULL,
			  "%.*s holds addresses that were excepted with \"!\", "
			  "so it is left out: write what is left of it as "
			  "narrower networks.",
			  STR_ARG(hosts.item[i - 1].text));
		over_drop(over, key, i - 1);
	}
}

/* Each is narrow enough; all together must be, too. */
static void
check_breadth(struct over *over, enum over_key key)
{
	struct hosts hosts = hosts_in(over, key);
	struct ip_network *network =
	    arena_array(over->arena, hosts.count + 1, sizeof *network);
	size_t count = 0;

	for (size_t i = 0; i < hosts.count; i++) {
		if (hosts.network[i].base.family != IP_NONE)
			network[count++] = hosts.network[i];
	}
	if (!networks_are_broad(network, count))
		return;
	for (size_t i = hosts.count; i > 0; i--) {
		if (hosts.network[i - 1].base.family != IP_NONE)
			over_drop(over, key, i - 1);
	}
	over_mark(over, key, NULL,
		  "The networks hold a quarter of all IPv4 addresses or a /4 "
		  "of IPv6 together, so anybody can be among them: the list "
		  "is left out. Narrow it.");
}

/* --- what several lists say of a host --- */

static bool
is_own(const struct ip_network *network)
{
	static const struct ip_network loopback[] = {
	    {{IP_V4, {127}}, 8}, {{IP_V6, {[15] = 1}}, 128}};

	return over_network_holds(&loopback[0], network) ||
	       over_network_holds(&loopback[1], network);
}

/* A host is not checked at all as soon as one program's list has it; but those
   that have no list, and refuse mail, check it. */
static void
compare_programs(struct over *over)
{
	unsigned check = over->hosts_of | over->acts;
	struct hosts hosts = hosts_in(over, OVER_INTERNAL_NETWORKS);
	struct hosts own[OVER_PROGRAMS];
	struct over_naming some = {.count = 0};

	buf_init(&some.names, over->arena);
	for (unsigned p = 0; p < OVER_PROGRAMS; p++)
		own[p] = joined(over->arena, &hosts, 1u << p);
	for (size_t i = 0; i < hosts.count; i++) {
		unsigned of = 0;
		for (unsigned p = 0; p < OVER_PROGRAMS; p++)
			of |= is_in(&own[p], &hosts.network[i]) ? 1u << p : 0;
		if ((check & ~of) == 0 || is_own(&hosts.network[i]))
			continue;
		if (over_name_next(&some, hosts.item[i].text))
			over_name_programs(&some.names, of);
	}
	if (some.count > 0)
		over_mark(over, OVER_INTERNAL_NETWORKS, NULL,
			  "CONFLICT: not in every list: %.*s. The other "
			  "programs check mail from there; from now on nothing "
			  "of it is checked. Take out those whose mail must "
			  "be checked.",
			  STR_ARG(over_named(&some)));
}

/* Nothing is checked of internal hosts, so being a forwarder adds nothing. */
static void
part_forwarders(struct over *over)
{
	struct hosts hosts = hosts_in(over, OVER_FORWARDERS);
	struct hosts internal = hosts_in(over, OVER_INTERNAL_NETWORKS);
	struct over_naming same = {.count = 0}, other = {.count = 0};

	buf_init(&same.names, over->arena);
	buf_init(&other.names, over->arena);
	for (size_t i = hosts.count; i > 0; i--) {
		const struct over_item item = hosts.item[i - 1];
		unsigned of = programs_with(&internal, &hosts.network[i - 1]);
		bool own = is_own(&hosts.network[i - 1]);
		if (of == 0 && !own)
			continue;
		over_name_next(own || (item.programs & of) != 0 ? &same
								: &other,
			       item.text);
		over_drop(over, OVER_FORWARDERS, i - 1);
	}
	if (same.count > 0)
		over_note(over, OVER_FORWARDERS, NULL,
			  "In internal-networks, which counts, so nothing of "
			  "their mail is checked; left out here: %.*s.",
			  STR_ARG(over_named(&same)));
	if (other.count > 0)
		over_mark(over, OVER_FORWARDERS, NULL,
			  "CONFLICT: in internal-networks by another program's "
			  "list, which counts, so nothing of their mail is "
			  "checked; left out here: %.*s. Where it must be "
			  "checked, take them out there.",
			  STR_ARG(over_named(&other)));
}

/* The narrower network counts; the same one in both lists is refused. */
static void
part_relays(struct over *over)
{
	struct hosts hosts = hosts_in(over, OVER_TRUSTED_RELAYS);
	struct hosts internal = hosts_in(over, OVER_INTERNAL_NETWORKS);

	for (size_t i = hosts.count; i > 0; i--) {
		const struct str text = hosts.item[i - 1].text;
		unsigned of = programs_with(&internal, &hosts.network[i - 1]);
		if (is_own(&hosts.network[i - 1]) ||
		    over_holds(over, OVER_INTERNAL_NETWORKS, text)) {
			over_mark(over, OVER_TRUSTED_RELAYS, NULL,
				  "%.*s is in internal-networks already, which "
				  "says more: left out here.",
				  STR_ARG(text));
			over_drop(over, OVER_TRUSTED_RELAYS, i - 1);
		} else if (of != 0) {
			over_mark(over, OVER_TRUSTED_RELAYS, NULL,
				  "%.*s lies in internal-networks, too: the "
				  "narrower network counts, so its mail is "
				  "checked, without SPF, and never refused.",
				  STR_ARG(text));
		}
	}
}

/* What another network of the list holds says nothing more; but where the two
   lists meet the narrower network counts, so there it stays. */
static void
drop_held(struct over *over, enum over_key key, enum over_key other)
{
	struct hosts hosts = hosts_in(over, key);
	struct hosts others = hosts_in(over, other);
	struct over_naming held = {.count = 0};
	size_t count = hosts.count;

	buf_init(&held.names, over->arena);
	for (size_t i = count; i > 0; i--) {
		bool again = false;
		for (size_t j = 0; j < count && !again; j++)
			again = j != i - 1 &&
				over_network_holds(&hosts.network[j],
						   &hosts.network[i - 1]);
		if (!again ||
		    programs_with(&others, &hosts.network[i - 1]) != 0)
			continue;
		over_name_next(&held, hosts.item[i - 1].text);
		over_drop(over, key, i - 1);
	}
	if (held.count > 0)
		over_note(over, key, NULL,
			  "In a network of the list, so not named again: %.*s.",
			  STR_ARG(over_named(&held)));
}

void
over_finish_hosts(struct over *over)
{
	apply_exceptions(over, OVER_INTERNAL_NETWORKS);
	apply_exceptions(over, OVER_FORWARDERS);
	apply_exceptions(over, OVER_TRUSTED_RELAYS);
	compare_programs(over);
	if (over_has(over, OVER_INTERNAL_NETWORKS))
		over_note(over, OVER_INTERNAL_NETWORKS, NULL,
			  "127.0.0.0/8 and ::1 are in it always: what programs "
			  "of this host hand in.");
	drop_held(over, OVER_INTERNAL_NETWORKS, OVER_TRUSTED_RELAYS);
	check_breadth(over, OVER_INTERNAL_NETWORKS);
	part_forwarders(over);
	drop_held(over, OVER_FORWARDERS, OVER_NOTHING);
	check_breadth(over, OVER_FORWARDERS);
	part_relays(over);
	drop_held(over, OVER_TRUSTED_RELAYS, OVER_INTERNAL_NETWORKS);
	check_breadth(over, OVER_TRUSTED_RELAYS);
}
