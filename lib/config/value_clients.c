/* Lists of clients: networks, confirmed names, domains that vouch by SPF. */
#include "base/domain.h"
#include "base/limits.h"
#include "config/broad.h"
#include "config/setting.h"

/* The words before a colon. */
static const char *const kinds[] = {"name", "spf", NULL};

#define ANYBODY                                                             \
	"names a top-level domain or a public suffix, below which anybody " \
	"can have a name: write the domain that is meant"

static bool
is_address(struct str text)
{
	struct ip_network network;

	return ip_network_parse(text, &network);
}

/* "name:" or "spf:" is gone from the text. */
static bool
set_domain(struct setting *s, struct str text, enum client_by by,
	   struct client_element *element)
{
	enum domain_status status =
	    domain_canonical(s->snapshot->arena, text, &element->domain);

	if (is_address(text) ||
	    (status == DOMAIN_OK && is_address(element->domain)))
		return setting_wrong(s, "is an address: write it alone, "
					"without what stands before it");
	if (status != DOMAIN_OK) {
		setting_wrong(s, "is not usable: ");
		buf_adds(s->why, domain_status_text(status));
		return false;
	}
	element->by = by;
	if (broad_domain(s->snapshot->suffixes, element->domain,
			 by == CLIENT_BY_DOMAIN))
		return setting_wrong(s, ANYBODY);
	return true;
}

static bool
set_name(struct setting *s, struct str text, struct client_element *element)
{
	if (str_is(text, "*"))
		return setting_wrong(s, "names everybody: write name:HOST or "
					"name:*.DOMAIN");
	if (str_starts(text, str_lit(".")))
		return setting_wrong(s, "is not usable: write name:*.DOMAIN "
					"for all names below a domain, and "
					"name:DOMAIN for itself");
	if (!str_starts(text, str_lit("*.")))
		return set_domain(s, text, CLIENT_BY_HOST, element);
	return set_domain(s, str_from(text, 2), CLIENT_BY_DOMAIN, element);
}

static bool
set_spf(struct setting *s, struct str text, struct client_element *element)
{
	const struct client_list *list = setting_slot(s);

	if (str_starts(text, str_lit("*")) || str_starts(text, str_lit(".")))
		return setting_wrong(s, "is not usable: SPF is asked for one "
					"domain, so write it without a dot or "
					"star before it");
	if (list->spf == LIMIT_CLIENT_SPF)
		return setting_wrong(s, "is one spf: too many: 8 are allowed, "
					"since each is looked up for a "
					"message");
	return set_domain(s, text, CLIENT_BY_SPF, element);
}

/* "provider.example", maybe with what stands for all below it. */
static bool
is_bare_name(struct arena *arena, struct str text)
{
	struct str name;

	if (str_starts(text, str_lit("*")))
		text = str_from(text, 1);
	if (str_starts(text, str_lit(".")))
		text = str_from(text, 1);
	/* Digits at the end are those of an address. */
	return domain_labels(text) > 1 && text.p[text.n - 1] > '9' &&
	       domain_canonical(arena, text, &name) == DOMAIN_OK;
}

/* None of the forms: which one is meant? */
static bool
refuse(struct setting *s, struct str item)
{
	size_t end = 0;

	while (end < item.n && ascii_is_alnum(item.p[end]))
		end++;
	bool marked =
	    end < item.n && (item.p[end] == ':' || item.p[end] == '=');
	bool name = is_bare_name(s->snapshot->arena, item);
	setting_wrong(s, name ? "is a name: write name:HOST for the host of "
				"that name, name:*.DOMAIN for all below a "
				"domain, or spf:DOMAIN for those whom its "
				"SPF record passes"
			      : "is neither an address nor a network nor a "
				"name: write 192.0.2.1, 192.0.2.0/24 or "
				"2001:db8::/32, with zeros after the prefix, "
				"name:HOST, name:*.DOMAIN or spf:DOMAIN");
	if (marked)
		schema_add_nearest_word(s->why, kinds, str_first(item, end));
	return false;
}

static bool
set_element(struct setting *s, struct client_element *element)
{
	struct str item = s->item[s->at];

	if (ip_network_parse(item, &element->network)) {
		element->by = CLIENT_BY_NETWORK;
		return true;
	}
	if (str_starts_nocase(item, str_lit("name:")))
		return set_name(s, str_from(item, 5), element);
	if (str_starts_nocase(item, str_lit("spf:")))
		return set_spf(s, str_from(item, 4), element);
	return refuse(s, item);
}

bool
setting_clients(struct setting *s)
{
	struct client_list *list = setting_slot(s);
	struct client_element *element =
	    arena_array(s->snapshot->arena, s->count, sizeof *element);

	*list = (struct client_list){.element = element};
	for (; s->at < s->count; s->at++, list->count++) {
		if (!set_element(s, &element[s->at]))
			return false;
		list->spf += element[s->at].by == CLIENT_BY_SPF;
		list->names += element[s->at].by == CLIENT_BY_HOST ||
			       element[s->at].by == CLIENT_BY_DOMAIN;
	}
	return true;
}

void
setting_print_clients(const struct config *config, const struct config_key *key,
		      bool json, struct buf *out)
{
	const struct client_list *list = setting_slot_of(config, key);

	(void)json;
	buf_addc(out, '[');
	for (size_t i = 0; i < list->count; i++) {
		buf_adds(out, i > 0 ? ", \"" : "\"");
		client_element_add(out, &list->element[i]);
		buf_addc(out, '"');
	}
	buf_addc(out, ']');
}

bool
setting_clients_narrow(const struct snapshot *snapshot,
		       const struct config_key *key, struct buf *why)
{
	const struct client_list *list =
	    setting_slot_of(&snapshot->config, key);
	struct ip_network *network =
	    arena_array(snapshot->arena, list->count, sizeof *network);
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->element[i].by == CLIENT_BY_NETWORK)
			network[n++] = list->element[i].network;
	}
	return setting_are_narrow(network, n, why);
}
