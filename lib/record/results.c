/* What SPF, DKIM, ARC and DMARC said. */
#include "record/parts.h"

#include <string.h>

#include "base/limits.h"

/* --- SPF --- */

static Record__Spf *
pack_spf(struct packer *p, const struct spf_outcome *spf)
{
	Record__Spf *out = pack_message(p, &record__spf__descriptor);

	out->result = codes_number(&codes_spf_result, spf->result);
	out->scope = codes_number(&codes_spf_scope, spf->scope);
	out->domain = pack_text(p, spf->domain);
	out->reason = pack_text(p, spf->reason);
	out->mechanism = pack_text(p, spf->mechanism);
	out->explanation = pack_text(p, spf->explanation);
	out->troubled = pack_text(p, spf->troubled);
	out->for_anybody = spf->for_anybody;
	return out;
}

static void
unpack_spf(struct unpacker *u, const Record__Spf *in, struct spf_outcome *spf)
{
	spf->result = unpack_code(u, &codes_spf_result, in->result);
	spf->scope = unpack_code(u, &codes_spf_scope, in->scope);
	spf->domain = unpack_text(u, in->domain);
	spf->reason = unpack_text(u, in->reason);
	spf->mechanism = unpack_text(u, in->mechanism);
	spf->explanation = unpack_text(u, in->explanation);
	spf->troubled = unpack_text(u, in->troubled);
	spf->for_anybody = in->for_anybody;
}

static void
pack_client_spf(struct packer *p, const struct verdict *verdict,
		Record__Message *message)
{
	size_t n = verdict->client_spfs;

	message->n_client_spf = n;
	message->client_spf =
	    arena_array(p->arena, n, sizeof *message->client_spf);
	for (size_t i = 0; i < n; i++) {
		const struct client_spf *spf = &verdict->client_spf[i];
		Record__ClientSpf *out =
		    pack_message(p, &record__client_spf__descriptor);
		out->domain = pack_text(p, spf->domain);
		out->result = codes_number(&codes_spf_result, spf->result);
		out->for_anybody = spf->for_anybody;
		out->reason = pack_text(p, spf->reason);
		message->client_spf[i] = out;
	}
}

static void
unpack_client_spf(struct unpacker *u, const Record__Message *message,
		  struct verdict *verdict)
{
	size_t n = message->n_client_spf;

	if (!unpack_if(u, n <= 2 * LIMIT_CLIENT_SPF,
		       "SPF of the client is told of too many domains"))
		return;
	struct client_spf *spf = arena_array(u->arena, n, sizeof *spf);
	for (size_t i = 0; i < n; i++) {
		const Record__ClientSpf *in = message->client_spf[i];
		spf[i].domain = unpack_printable(u, in->domain);
		spf[i].result = unpack_code(u, &codes_spf_result, in->result);
		spf[i].for_anybody = in->for_anybody;
		spf[i].reason = unpack_text(u, in->reason);
	}
	verdict->client_spf = spf;
	verdict->client_spfs = n;
}

/* --- DKIM --- */

/* "@" and the domain, as where a signature has no i=. */
static bool
is_usual_identity(const struct dkim_outcome *dkim)
{
	struct str identity = dkim->identity;

	return dkim->domain.n == 0
		   ? identity.n == 0
		   : identity.n == dkim->domain.n + 1 && identity.p[0] == '@' &&
			 str_eq(str_from(identity, 1), dkim->domain);
}

static Record__Signature *
pack_signature(struct packer *p, const struct dkim_outcome *dkim)
{
	Record__Signature *out =
	    pack_message(p, &record__signature__descriptor);

	out->result = codes_number(&codes_dkim_result, dkim->result);
	out->domain = pack_text(p, dkim->domain);
	out->selector = pack_text(p, dkim->selector);
	out->algorithm = pack_text(p, dkim->algorithm);
	if (!is_usual_identity(dkim)) {
		out->identity = pack_text(p, dkim->identity);
		out->no_identity = dkim->identity.n == 0;
	}
	out->reason = pack_text(p, dkim->reason);
	out->stopped_at = codes_number(&codes_dkim_step, dkim->stopped_at);
	out->not_tried = !dkim->tried;
	out->key_testing = dkim->key_testing;
	out->header_verifies = dkim->header_verifies;
	out->header_undecided = dkim->header_undecided;
	out->troubled = pack_text(p, dkim->troubled);
	out->b = pack_octets(dkim->b_start);
	return out;
}

static struct str
unpack_identity(struct unpacker *u, const Record__Signature *in,
		struct str domain)
{
	struct buf text;

	if (in->identity != 0 || in->no_identity || domain.n == 0)
		return unpack_text(u, in->identity);
	buf_init(&text, u->arena);
	buf_addc(&text, '@');
	buf_add(&text, domain);
	return buf_str(&text);
}

static void
unpack_signature(struct unpacker *u, const Record__Signature *in,
		 struct dkim_outcome *dkim)
{
	dkim->result = unpack_code(u, &codes_dkim_result, in->result);
	dkim->domain = unpack_text(u, in->domain);
	dkim->selector = unpack_text(u, in->selector);
	dkim->algorithm = unpack_text(u, in->algorithm);
	dkim->identity = unpack_identity(u, in, dkim->domain);
	dkim->reason = unpack_text(u, in->reason);
	dkim->stopped_at = unpack_code(u, &codes_dkim_step, in->stopped_at);
	dkim->tried = !in->not_tried;
	dkim->key_testing = in->key_testing;
	dkim->header_verifies = in->header_verifies;
	dkim->header_undecided = in->header_undecided;
	dkim->troubled = unpack_text(u, in->troubled);
	dkim->b_start = unpack_octets(u, in->b);
}

static void
pack_dkim(struct packer *p, const struct dkim_results *dkim,
	  Record__Message *message)
{
	message->n_signature = dkim->count;
	message->signature =
	    arena_array(p->arena, dkim->count, sizeof *message->signature);
	for (size_t i = 0; i < dkim->count; i++)
		message->signature[i] = pack_signature(p, &dkim->outcome[i]);
	message->signatures_unshown = pack_size(dkim->unshown);
	message->signatures_untried = pack_size(dkim->untried);
}

static void
unpack_dkim(struct unpacker *u, const Record__Message *message,
	    struct dkim_results *dkim)
{
	size_t n = message->n_signature;

	if (!unpack_if(u, n <= LIMIT_DKIM_SHOWN,
		       "there are too many signatures"))
		return;
	struct dkim_outcome *outcome =
	    arena_array(u->arena, n, sizeof *outcome);
	for (size_t i = 0; i < n; i++)
		unpack_signature(u, message->signature[i], &outcome[i]);
	*dkim = (struct dkim_results){
	    .outcome = outcome,
	    .count = n,
	    .unshown = message->signatures_unshown,
	    .untried = message->signatures_untried,
	};
}

/* --- ARC --- */

static Record__Arc *
pack_arc(struct packer *p, const struct verdict *verdict)
{
	const struct arc_results *arc = &verdict->arc;
	Record__Arc *out;

	if (arc->result == ARC_NONE && arc->count == 0 && arc->reason.n == 0)
		return NULL;
	out = pack_message(p, &record__arc__descriptor);
	out->result = codes_number(&codes_arc_result, arc->result);
	out->reason = pack_text(p, arc->reason);
	out->oldest_pass = arc->oldest_pass;
	out->n_domain = out->n_selector = arc->count;
	out->domain = pack_numbers(p, arc->count);
	out->selector = pack_numbers(p, arc->count);
	for (size_t i = 0; i < arc->count; i++) {
		out->domain[i] = pack_text(p, arc->hop[i].domain);
		out->selector[i] = pack_text(p, arc->hop[i].selector);
	}
	out->trusted = verdict->arc_trusted;
	out->run = verdict->arc_run;
	out->keys_exhausted = arc->keys_exhausted;
	return out;
}

static void
unpack_arc(struct unpacker *u, const Record__Arc *in, struct verdict *verdict)
{
	struct arc_results *arc = &verdict->arc;

	*arc = (struct arc_results){.result = ARC_NONE, .reason = str_empty()};
	if (in == NULL)
		return;
	size_t n = in->n_domain;
	arc->result = unpack_code(u, &codes_arc_result, in->result);
	arc->reason = unpack_text(u, in->reason);
	if (!unpack_if(u,
		       n <= LIMIT_ARC_SETS && in->n_selector == n &&
			   in->oldest_pass <= n && in->trusted <= n &&
			   in->run <= n,
		       "an ARC chain names a seal that it does not have"))
		return;
	struct arc_hop *hop = arena_array(u->arena, n, sizeof *hop);
	for (size_t i = 0; i < n; i++) {
		hop[i].instance = (unsigned)i + 1;
		hop[i].domain = unpack_printable(u, in->domain[i]);
		hop[i].selector = unpack_printable(u, in->selector[i]);
	}
	arc->oldest_pass = in->oldest_pass;
	arc->hop = hop;
	arc->count = n;
	arc->keys_exhausted = in->keys_exhausted;
	verdict->arc_trusted = in->trusted;
	verdict->arc_run = in->run;
}

/* --- DMARC --- */

static const char *const tags[] = {[RECORD__DMARC_TAG__TAG_P] = "p",
				   [RECORD__DMARC_TAG__TAG_SP] = "sp",
				   [RECORD__DMARC_TAG__TAG_NP] = "np"};

static Record__DmarcTag
tag_number(const char *tag)
{
	Record__DmarcTag number = RECORD__DMARC_TAG__TAG_NP;

	while (number > RECORD__DMARC_TAG__TAG_P &&
	       strcmp(tag, tags[number]) != 0)
		number--;
	return number;
}

static void
pack_policy(struct packer *p, const struct dmarc_outcome *dmarc,
	    Record__Dmarc *out)
{
	const struct dmarc_published *record = &dmarc->record;

	out->policy_domain = pack_text(p, dmarc->policy_domain);
	out->applies = tag_number(dmarc->policy_tag);
	out->p = codes_number(&codes_dmarc_policy, record->p);
	if (record->has_sp)
		out->sp = codes_number(&codes_dmarc_policy, record->sp);
	if (record->has_np)
		out->np = codes_number(&codes_dmarc_policy, record->np);
	out->psd = codes_number(&codes_dmarc_psd, record->psd);
	out->dkim_strict = record->dkim_strict;
	out->spf_strict = record->spf_strict;
	out->testing = dmarc->testing;
}

/* RFC 9989 section 4.7: np falls back to sp, and that to p. */
static struct dmarc_published
unpack_published(struct unpacker *u, const Record__Dmarc *in)
{
	struct dmarc_published record = {
	    .has_sp = in->sp != 0,
	    .has_np = in->np != 0,
	    .dkim_strict = in->dkim_strict,
	    .spf_strict = in->spf_strict,
	};

	record.psd = unpack_code(u, &codes_dmarc_psd, in->psd);
	record.p = unpack_code(u, &codes_dmarc_policy, in->p);
	record.sp = record.has_sp ? unpack_code(u, &codes_dmarc_policy, in->sp)
				  : record.p;
	record.np = record.has_np ? unpack_code(u, &codes_dmarc_policy, in->np)
				  : record.sp;
	return record;
}

static void
unpack_policy(struct unpacker *u, const Record__Dmarc *in,
	      struct dmarc_outcome *dmarc)
{
	dmarc->has_record = true;
	dmarc->policy_domain = unpack_printable(u, in->policy_domain);
	dmarc->record = unpack_published(u, in);
	dmarc->testing = in->testing;
	switch (in->applies) {
	case RECORD__DMARC_TAG__TAG_P:
		dmarc->published = dmarc->record.p;
		break;
	case RECORD__DMARC_TAG__TAG_SP:
		dmarc->published = dmarc->record.sp;
		break;
	case RECORD__DMARC_TAG__TAG_NP:
		dmarc->published = dmarc->record.np;
		break;
	default:
		unpack_fault(u, "a value of an enumeration is unknown");
		return;
	}
	dmarc->policy_tag = tags[in->applies];
	dmarc->policy = in->testing ? dmarc_policy_lowered(dmarc->published)
				    : dmarc->published;
}

static Record__Dmarc *
pack_dmarc(struct packer *p, const struct dmarc_outcome *dmarc)
{
	Record__Dmarc *out = pack_message(p, &record__dmarc__descriptor);

	out->result = codes_number(&codes_dmarc_result, dmarc->result);
	out->from = pack_text(p, dmarc->from);
	out->org_domain = pack_text(p, dmarc->org_domain);
	if (dmarc->has_record)
		pack_policy(p, dmarc, out);
	out->spf_aligned = dmarc->spf_aligned;
	out->dkim_aligned = dmarc->dkim_aligned;
	out->reason = pack_text(p, dmarc->reason);
	out->policy_unknown = dmarc->policy_unknown;
	out->org_domain_is_public_suffix = dmarc->org_domain_is_public_suffix;
	out->org_trouble = pack_text(p, dmarc->org_trouble);
	out->troubled = pack_text(p, dmarc->troubled);
	return out;
}

static void
unpack_dmarc(struct unpacker *u, const Record__Dmarc *in,
	     struct dmarc_outcome *dmarc)
{
	dmarc->policy_tag = "p";
	dmarc->policy_domain = str_empty();
	dmarc->result = unpack_code(u, &codes_dmarc_result, in->result);
	dmarc->from = unpack_printable(u, in->from);
	dmarc->org_domain = unpack_printable(u, in->org_domain);
	if (in->p != 0)
		unpack_policy(u, in, dmarc);
	dmarc->spf_aligned = in->spf_aligned;
	dmarc->dkim_aligned = in->dkim_aligned;
	dmarc->reason = unpack_text(u, in->reason);
	dmarc->policy_unknown = in->policy_unknown;
	dmarc->org_domain_is_public_suffix = in->org_domain_is_public_suffix;
	dmarc->org_trouble = unpack_text(u, in->org_trouble);
	dmarc->troubled = unpack_text(u, in->troubled);
}

/* --- all of them --- */

void
pack_results(struct packer *p, const struct verdict *verdict,
	     Record__Message *message)
{
	size_t n = verdict->dmarc.count;

	message->spf = pack_spf(p, &verdict->spf);
	pack_client_spf(p, verdict, message);
	pack_dkim(p, &verdict->dkim, message);
	message->arc = pack_arc(p, verdict);
	message->n_dmarc = n;
	message->dmarc = arena_array(p->arena, n, sizeof *message->dmarc);
	for (size_t i = 0; i < n; i++)
		message->dmarc[i] = pack_dmarc(p, &verdict->dmarc.outcome[i]);
	message->decisive = pack_size(verdict->dmarc.decisive);
}

void
unpack_results(struct unpacker *u, const Record__Message *message,
	       struct verdict *verdict)
{
	size_t n = message->n_dmarc;

	unpack_spf(u, message->spf, &verdict->spf);
	unpack_client_spf(u, message, verdict);
	unpack_dkim(u, message, &verdict->dkim);
	unpack_arc(u, message->arc, verdict);
	if (!unpack_if(u,
		       n <= LIMIT_AUTHOR_DOMAINS &&
			   (n == 0 || message->decisive < n),
		       "there are too many results of DMARC, or none decides"))
		return;
	verdict->dmarc.count = n;
	verdict->dmarc.decisive = message->decisive;
	for (size_t i = 0; i < n; i++)
		unpack_dmarc(u, message->dmarc[i], &verdict->dmarc.outcome[i]);
}
