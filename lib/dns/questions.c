#include <string.h>

#include "dns/session_parts.h"

/* Under the lock. */
static struct dns_question
question_of(const struct entry *entry)
{
	struct dns_question question = {
	    .name = dns_key_name(&entry->key),
	    .type = entry->key.type,
	    .status = DNS_TIMEOUT,
	    .answer = entry->answer,
	};

	if (entry->answer != NULL) {
		question.status = entry->answer->status;
		question.ttl = entry->answer->ttl;
	}
	return question;
}

size_t
dns_session_questions(struct dns_session *session, struct arena *arena,
		      const struct dns_question **question_out)
{
	pthread_mutex_lock(&session->lock);
	size_t n = session->n;
	struct dns_question *question = arena_array(arena, n, sizeof *question);
	for (size_t i = 0; i < n; i++)
		question[i] = question_of(session->slot[i].entry);
	pthread_mutex_unlock(&session->lock);
	for (size_t i = 0; i < n; i++) {
		const uint8_t *digest =
		    question[i].answer != NULL
			? dns_answer_digest(question[i].answer)
			: NULL;
		if (digest != NULL)
			memcpy(question[i].digest, digest, DNS_DIGEST_OCTETS);
	}
	*question_out = question;
	return n;
}
