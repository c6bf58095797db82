/* The keywords of conditions: one table for reader, command and manual. */
#include "policy/rules.h"

const char *const rule_action_words[] = {
    [RULE_ACCEPT] = "accept",
    [RULE_TAG] = "tag",
    [RULE_HOLD] = "hold",
    [RULE_QUARANTINE] = "quarantine",
    [RULE_REJECT] = "reject",
    [RULE_TEMPFAIL] = "tempfail",
    [RULE_AS_PUBLISHED] = "as-published",
    NULL,
};

const struct rule_keyword rule_keywords[RULE_SUBJECTS] = {
    [RULE_CLIENT] = {"client", RULE_NETWORKS, NULL, true,
		     "Address of the client."},
    [RULE_CLIENT_NAME] = {"client-name", RULE_DOMAINS, NULL, true,
			  "Confirmed name of the client."},
    [RULE_SMTP_AUTH] = {"smtp-auth", RULE_YES_NO, NULL, false,
			"Whether the client logged in."},
    [RULE_HELO] = {"helo", RULE_DOMAINS, NULL, true,
		   "Name that the client gives itself."},
    [RULE_MAIL_FROM] = {"mail-from", RULE_SENDERS, NULL, true,
			"Address or domain of MAIL FROM."},
    [RULE_FROM] = {"from", RULE_SENDERS, NULL, true,
		   "Address in From, or From domain; all of them where there "
		   "are several."},
    [RULE_DKIM_DOMAIN] = {"dkim-domain", RULE_DOMAINS, NULL, true,
			  "Domain of a DKIM signature that passes."},
    [RULE_SPF_DOMAIN] = {"spf-domain", RULE_DOMAINS, NULL, true,
			 "Domain for which SPF passes."},
    [RULE_RECIPIENT] = {"recipient", RULE_ADDRESSES, NULL, true,
			"Address or domain of every recipient."},
    [RULE_ANY_RECIPIENT] = {"any-recipient", RULE_ADDRESSES, NULL, false,
			    "Address or domain of some recipient; only for "
			    "stricter actions."},
    [RULE_LIST_ID] = {"list-id", RULE_DOMAINS, NULL, true,
		      "Identifier in List-Id."},
    [RULE_TRUSTED_SEALER] = {"trusted-sealer", RULE_DOMAINS, NULL, true,
			     "Trusted ARC sealer that vouches for the mail."},
    [RULE_SPF] = {"spf", RULE_WORDS, spf_result_words, true, "Result of SPF."},
    [RULE_DKIM] = {"dkim", RULE_WORDS, dkim_result_words, true,
		   "Result of some DKIM signature."},
    [RULE_ARC] = {"arc", RULE_WORDS, arc_result_words, true, "Result of ARC."},
    [RULE_DMARC] = {"dmarc", RULE_WORDS, dmarc_result_words, true,
		    "Result of DMARC."},
    [RULE_POLICY] = {"policy", RULE_WORDS, dmarc_policy_words, true,
		     "The sender's policy."},
    [RULE_SHAPE] = {"shape", RULE_WORDS, shape_words, true,
		    "Shape of the DMARC failure."},
    [RULE_PUBLIC_SUFFIX] = {"org-domain-is-public-suffix", RULE_YES_NO, NULL,
			    false, "Whether DMARC ended at a public suffix."},
};
